//! What happens in a session with people outside, in lines for whoever looks after it.
//!
//! Invariant: a line says what a user of the real host has to know; PDUs and packets are for captures.

use blesim_host::{Note, Prompt};
use blesim_kernel::Instant;
use blesim_packet::hci::{Command, ErrorCode, Event, HciPacket, LeEnhancedConnectionComplete};
use blesim_packet::l2cap;
use blesim_packet::smp::SmpPdu;
use blesim_world::{Entry, Foreign, Trace};

/// Something that is worth a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// When, on the clock of the session.
    pub at: Instant,
    /// The device it is about.
    pub device: usize,
    /// What.
    pub text: String,
}

/// Collects lines.
#[derive(Debug)]
pub struct Journal {
    foreign: Vec<Option<Foreign>>,
    /// Commands that each device was told are unknown.
    unknown: Vec<Vec<u16>>,
    said: Vec<Said>,
}

impl Journal {
    /// Of a session with so many devices, some of them foreign by half.
    pub(crate) fn new(devices: usize, foreign: &[(usize, Foreign)]) -> Self {
        let mut halves = vec![None; devices];
        for &(device, half) in foreign {
            halves[device] = Some(half);
        }
        Self { foreign: halves, unknown: vec![Vec::new(); devices], said: Vec::new() }
    }

    /// Adds a line.
    pub(crate) fn say(&mut self, at: Instant, device: usize, text: impl Into<String>) {
        self.said.push(Said { at, device, text: text.into() });
    }

    /// The lines since the last time.
    pub(crate) fn take(&mut self) -> Vec<Said> {
        core::mem::take(&mut self.said)
    }

    /// What a packet between a foreign half and ours is worth.
    fn packet(&mut self, device: usize, packet: &HciPacket) -> Option<String> {
        match packet {
            HciPacket::Event(event) => self.event(device, event),
            HciPacket::Acl(acl) => {
                let frame =
                    l2cap::Frame::decode(&acl.data).ok().filter(|frame| frame.cid == l2cap::CID_SMP)?;
                match SmpPdu::decode(frame.payload).ok()? {
                    SmpPdu::PairingFailed(reason) => Some(format!("Pairing Failed: {reason}")),
                    pdu @ (SmpPdu::PairingRequest(_)
                    | SmpPdu::PairingResponse(_)
                    | SmpPdu::SecurityRequest(_)) => Some(pdu.name().to_owned()),
                    _ => None,
                }
            }
            HciPacket::Command(_) => None,
        }
    }

    fn event(&mut self, device: usize, event: &Event) -> Option<String> {
        match *event {
            Event::LeConnectionComplete { status, peer, .. }
            | Event::LeEnhancedConnectionComplete(LeEnhancedConnectionComplete { status, peer, .. }) => {
                let connected = status == ErrorCode::SUCCESS;
                Some(if connected {
                    format!("connected with {peer}")
                } else {
                    format!("no connection: {status}")
                })
            }
            Event::DisconnectionComplete { reason, .. } => Some(format!("disconnected: {reason}")),
            Event::EncryptionChange { status, enabled, .. } => Some(match (status, enabled) {
                (ErrorCode::SUCCESS, 0) => "encryption is off".to_owned(),
                (ErrorCode::SUCCESS, _) => "encryption is on".to_owned(),
                _ => format!("encryption failed: {status}"),
            }),
            Event::EncryptionKeyRefreshComplete { status, .. } => Some(format!("key refreshed: {status}")),
            Event::CommandComplete { opcode, ref parameters, .. }
                if parameters.first() == Some(&ErrorCode::UNKNOWN_HCI_COMMAND.0)
                    && !self.unknown[device].contains(&opcode) =>
            {
                self.unknown[device].push(opcode);
                Some(format!("command {opcode:#06x} is not known here: answered Unknown HCI Command (0x01)"))
            }
            Event::CommandComplete { opcode, ref parameters, .. } => refused(opcode, *parameters.first()?),
            Event::CommandStatus { status, opcode, .. } => refused(opcode, status.0),
            _ => None,
        }
    }
}

/// A command that was answered with an error.
fn refused(opcode: u16, status: u8) -> Option<String> {
    let name = Command::name_of(opcode)?;
    (status != 0).then(|| format!("{name} was refused: {}", ErrorCode(status)))
}

impl Trace for Journal {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        let line = match *entry {
            Entry::ToController { device, packet } | Entry::ToHost { device, packet } => {
                if self.foreign[device].is_none() {
                    return;
                }
                self.packet(device, packet).map(|text| (device, text))
            }
            Entry::Host { device, note } => told(note).map(|text| (device, text)),
            Entry::Fault { device, effect, .. } => Some((device, format!("fault: {}", effect.name()))),
            Entry::PowerOn { .. }
            | Entry::Frame { .. }
            | Entry::Collision { .. }
            | Entry::Controller { .. }
            | Entry::Step { .. }
            | Entry::HostWakes { .. } => None,
        };
        if let Some((device, text)) = line {
            self.say(at, device, text);
        }
    }
}

/// What one of our hosts tells.
fn told(note: Note) -> Option<String> {
    Some(match note {
        Note::Pairing { secure_connections, model } => {
            let kind = if secure_connections { "LE Secure Connections" } else { "LE legacy pairing" };
            format!("pairs by {kind}, {model}")
        }
        Note::Prompt(Prompt::DisplayPasskey(passkey)) => format!("shows the passkey {passkey:06}"),
        Note::Prompt(Prompt::EnterPasskey) => "asks for the passkey".to_owned(),
        Note::Prompt(Prompt::Compare(number)) => format!("asks whether both show {number:06}"),
        Note::Prompt(Prompt::Confirm) => "asks whether to pair".to_owned(),
        Note::Prompt(Prompt::Ask(_)) => "asks whether the policy may go on".to_owned(),
        Note::Failed(failure) => format!("failed: {} / {}", failure.procedure.name(), failure.shown),
        Note::Level(level) => format!("the link has security level {}", level as u8),
        Note::BondStored => "the bond is stored".to_owned(),
        Note::BondDeleted => "the bond is deleted".to_owned(),
        Note::Secured => "secured".to_owned(),
        Note::GaveUp => "the policy has given up".to_owned(),
        _ => return None,
    })
}
