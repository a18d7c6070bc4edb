//! What one side of a case shows: of its stack, and of what passes between its host and its controller.
//!
//! Invariant: what is taken from packets is taken alike whoever the host is.

use blesim_host::{Level, Note, Prompt};
use blesim_kernel::Instant;
use blesim_packet::hci::{ErrorCode, Event, HciPacket};
use blesim_packet::l2cap;
use blesim_packet::smp::SmpPdu;
use blesim_world::{Entry, Trace};
use std::collections::VecDeque;

/// What a side has shown since an act began.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Seen {
    /// Why pairing has failed, as Pairing Failed told it, and who said so.
    pub(crate) refusal: Option<(Said, u8)>,
    /// How encryption has ended.
    pub(crate) encryption: Option<String>,
    /// Why the link has ended.
    pub(crate) gone: Option<ErrorCode>,
    /// Association model.
    pub(crate) model: Option<String>,
    /// What the stack says has failed.
    pub(crate) failed: Option<String>,
    /// Whether the stack says that it has paired.
    pub(crate) paired: bool,
    /// The security of the link, as the stack has it.
    pub(crate) level: Option<Level>,
}

/// Who sent Pairing Failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    This,
    Peer,
}

/// Both sides, and what our hosts ask their users.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    pub(crate) seen: [Seen; 2],
    pub(crate) prompts: VecDeque<(usize, Prompt)>,
}

impl Watch {
    fn packet(&mut self, device: usize, packet: &HciPacket, said: Said) {
        let seen = &mut self.seen[device];
        match packet {
            HciPacket::Acl(acl) => {
                let Ok(frame) = l2cap::Frame::decode(&acl.data) else { return };
                if frame.cid != l2cap::CID_SMP {
                    return;
                }
                if let Ok(SmpPdu::PairingFailed(reason)) = SmpPdu::decode(frame.payload) {
                    seen.refusal = Some((said, reason.0));
                }
            }
            HciPacket::Event(Event::EncryptionChange { status, enabled, .. }) => {
                seen.encryption = Some(match (*status, enabled) {
                    (ErrorCode::SUCCESS, 0) => "off".to_owned(),
                    (ErrorCode::SUCCESS, _) => "on".to_owned(),
                    (status, _) => format!("failed: {status}"),
                });
            }
            HciPacket::Event(Event::DisconnectionComplete { reason, .. }) => seen.gone = Some(*reason),
            HciPacket::Event(_) | HciPacket::Command(_) => {}
        }
    }
}

impl Trace for Watch {
    const ON: bool = true;

    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::ToController { device, packet } => self.packet(device, packet, Said::This),
            Entry::ToHost { device, packet } => self.packet(device, packet, Said::Peer),
            Entry::Host { device, note } => match note {
                Note::Prompt(prompt) => self.prompts.push_back((device, prompt)),
                Note::Pairing { model, .. } => self.seen[device].model = Some(model.to_owned()),
                Note::Failed(failure) => self.seen[device].failed = Some(failure.shown.to_string()),
                Note::Secured => self.seen[device].paired |= self.seen[device].model.is_some(),
                Note::Level(level) => self.seen[device].level = Some(level),
                _ => {}
            },
            _ => {}
        }
    }
}
