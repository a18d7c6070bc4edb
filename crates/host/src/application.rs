//! What an application sends once the link is as secure as it wants: notifications, write commands and requests of
//! the attribute protocol, and the count of what comes in.
//!
//! Invariant: nothing is sent on a link below the level asked for; what is received is counted under the
//! level the link has at that moment. It must never know what the octets mean.

use crate::attributes::{ERROR_RESPONSE, WRITE_RESPONSE};
use crate::config::Level;
use crate::host::Host;
use crate::io::{Context, Note, Port, Role};
use crate::session::Link;
use crate::signing::SIGNED_WRITE_COMMAND;
use blesim_kernel::{Instant, Span};
use blesim_packet::{Octets, l2cap};

/// The longest value: `ATT_MTU` is 23 unless asked otherwise, and three octets are the header
/// (Vol 3 Part G 5.2.1, Part F 3.4.7.1).
pub const MAX_VALUE: u8 = 20;
/// `ATT_HANDLE_VALUE_NTF`, Vol 3 Part F 3.4.7.1.
const NOTIFICATION: u8 = 0x1B;
/// `ATT_WRITE_CMD`, Vol 3 Part F 3.4.5.3.
const WRITE_COMMAND: u8 = 0x52;
/// `ATT_WRITE_REQ`, Vol 3 Part F 3.4.5.1.
pub(crate) const WRITE_REQUEST: u8 = 0x12;
/// The attribute that it is about: any one does.
pub(crate) const HANDLE: [u8; 2] = [0x10, 0x00];
/// Opcode and attribute handle.
pub(crate) const HEADER: usize = 3;

/// What the application of a device sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Application {
    /// From one value to the next.
    pub every: Span,
    /// Octets of a value; [`MAX_VALUE`] at the most.
    pub octets: u8,
    /// The least security of a link it sends them on.
    pub needs: Level,
    /// How it sends them.
    pub how: Sends,
}

/// How values are sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sends {
    /// As notifications, or by a central as write commands: nobody answers.
    Commands,
    /// By a central, as write requests: the next goes when the last was answered.
    Requests,
    /// Signed and in the clear, as a central with a bond may (Vol 3 Part H 2.4.5).
    Signed,
}

/// A value as it travels, with its opcode and attribute handle.
pub type Payload = Octets<{ MAX_VALUE as usize + HEADER }>;

/// The state of one link's application.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Sending {
    pub(crate) due: Option<Instant>,
    /// Values sent since power came on; they differ by it.
    count: u32,
    /// A request is not answered yet. One that never is stops the bearer (Vol 3 Part F 3.3.3).
    pub(crate) awaits: bool,
}

impl Host {
    /// The link is up or has another security: sends from now on, or no more.
    pub(crate) fn plan_sending(&mut self, cx: &Context<'_, impl Port>) {
        let Some(application) = self.config.application else { return };
        let peer = self.peer(cx);
        let fit = matches!(*peer.link, Link::Up { .. }) && peer.level >= application.needs;
        peer.sending.due = match peer.sending.due {
            due @ Some(_) if fit => due,
            Some(_) | None => fit.then_some(cx.now + application.every),
        };
    }

    /// The next value is due. One that finds the link busy is left out, as a stack without buffers does.
    pub(crate) fn sending_due(&mut self, cx: &mut Context<'_, impl Port>) {
        let Some(application) = self.config.application else { return };
        self.peer(cx).sending.due = None;
        self.plan_sending(cx);
        let peer = &mut self.peers[cx.peer];
        // A request waits for the security that the one before it has asked for.
        let raising = application.how == Sends::Requests && peer.smp.busy();
        if raising
            || peer.sending.due.is_none()
            || !peer.acl.all_sent()
            || peer.offered_key.is_some()
            || peer.sending.awaits
        {
            return;
        }
        if application.how == Sends::Signed {
            peer.sending.count = peer.sending.count.wrapping_add(1);
            let count = peer.sending.count.to_le_bytes();
            return self.send_signed(&count[..usize::from(application.octets).min(count.len())], cx);
        }
        let code = match (self.config.role, application.how) {
            (Role::Peripheral, _) => NOTIFICATION,
            (Role::Central, Sends::Requests) => WRITE_REQUEST,
            (Role::Central, Sends::Commands | Sends::Signed) => WRITE_COMMAND,
        };
        peer.sending.awaits = code == WRITE_REQUEST;
        let mut octets = [0; MAX_VALUE as usize + HEADER];
        octets[0] = code;
        octets[1..HEADER].copy_from_slice(&HANDLE);
        peer.sending.count = peer.sending.count.wrapping_add(1);
        octets[HEADER..HEADER + 4].copy_from_slice(&peer.sending.count.to_le_bytes());
        let value = application.octets.min(MAX_VALUE);
        let payload: Payload =
            Octets::from_slice(&octets[..HEADER + usize::from(value)]).expect("it is a part of as much");
        self.send_value(&payload, cx);
    }

    /// Sends a value, if there is a link.
    pub(crate) fn send_value(&mut self, payload: &Payload, cx: &mut Context<'_, impl Port>) {
        let peer = &mut self.peers[cx.peer];
        let Link::Up { key, .. } = *peer.link else { return };
        peer.acl.send_on(l2cap::CID_ATT, payload, &mut self.credits, cx);
        let octets = u8::try_from(payload.len().saturating_sub(HEADER)).unwrap_or(u8::MAX);
        cx.note(Note::ValueSent { octets, encrypted: key.is_some() });
    }

    /// A PDU of the attribute protocol: a value is counted, and nothing else is known; none if it is too long for
    /// one.
    pub(crate) fn value_received(&mut self, payload: Option<Payload>, cx: &mut Context<'_, impl Port>) {
        let Link::Up { key, .. } = *self.peers[cx.peer].link else { return };
        let Some(payload) = payload else { return };
        if payload.first() == Some(&SIGNED_WRITE_COMMAND) {
            return self.signed_received(&payload, cx);
        }
        match payload.first() {
            Some(&WRITE_REQUEST) => return self.write_requested(payload, cx),
            Some(&(WRITE_RESPONSE | ERROR_RESPONSE)) => return self.write_answered(&payload, cx),
            _ => {}
        }
        let [NOTIFICATION | WRITE_COMMAND, _, _, value @ ..] = &payload[..] else { return };
        let octets = u8::try_from(value.len()).unwrap_or(u8::MAX);
        cx.note(Note::ValueReceived { octets, encrypted: key.is_some() });
        cx.port.value(cx.peer, payload);
    }
}
