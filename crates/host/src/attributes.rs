//! Who may write an attribute, and what a client does that may not: errors of the attribute protocol for too little
//! security, and raising it (Vol 3 Part C 10.3.1).
//!
//! Invariants: a request gets one answer, and one request at a time is under way (Vol 3 Part F 3.3.2); a link's
//! security is raised one level for an error, never past what the error asks for. It must never know what the octets
//! mean.

use crate::application::{HANDLE, HEADER, Payload, WRITE_REQUEST};
use crate::config::Level;
use crate::host::Host;
use crate::io::{Context, Note, Port};
use crate::recovery::Changes;
use crate::session::{Attempt, Episode, Link};
use blesim_packet::{Octets, l2cap};

/// `ATT_ERROR_RSP`, Vol 3 Part F 3.4.1.1.
pub(crate) const ERROR_RESPONSE: u8 = 0x01;
/// `ATT_WRITE_RSP`, Vol 3 Part F 3.4.5.2.
pub(crate) const WRITE_RESPONSE: u8 = 0x13;

/// Why a write is refused, as the attribute protocol says it (Vol 3 Part F 3.4.1.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum AttError {
    /// The link's key is not good enough, or there is none.
    InsufficientAuthentication = 0x05,
    /// There is a key that is good enough, and the link is not encrypted.
    InsufficientEncryption = 0x0F,
}

impl AttError {
    /// The name that the specification has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsufficientAuthentication => "Insufficient Authentication",
            Self::InsufficientEncryption => "Insufficient Encryption",
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::InsufficientAuthentication, Self::InsufficientEncryption]
            .into_iter()
            .find(|error| *error as u8 == code)
    }
}

impl Host {
    /// A client asks to write a value: it is taken on a link that is secure enough.
    pub(crate) fn write_requested(&mut self, payload: Payload, cx: &mut Context<'_, impl Port>) {
        let Link::Up { key, .. } = *self.peers[cx.peer].link else { return };
        if let Some(error) = self.refuses_access(cx) {
            let [low, high] = HANDLE;
            cx.note(Note::AccessRefused(error));
            return self.answer(&[ERROR_RESPONSE, WRITE_REQUEST, low, high, error as u8], cx);
        }
        self.answer(&[WRITE_RESPONSE], cx);
        let octets = u8::try_from(payload.len().saturating_sub(HEADER)).unwrap_or(u8::MAX);
        cx.note(Note::ValueReceived { octets, encrypted: key.is_some() });
        cx.port.value(cx.peer, payload);
    }

    fn answer(&mut self, octets: &[u8], cx: &mut Context<'_, impl Port>) {
        let payload: Payload = Octets::from_slice(octets).expect("an answer has a few octets");
        self.peers[cx.peer].acl.send_on(l2cap::CID_ATT, &payload, &mut self.credits, cx);
    }

    /// Why the link is not secure enough, if it is not.
    fn refuses_access<P>(&self, cx: &Context<'_, P>) -> Option<AttError> {
        let (peer, guards) = (&self.peers[cx.peer], self.config.guards);
        if peer.level >= guards {
            return None;
        }
        let plain = matches!(*peer.link, Link::Up { key: None, .. });
        let encryption_does = plain && self.key(cx).is_some_and(|bond| bond.level() >= guards);
        Some(if encryption_does {
            AttError::InsufficientEncryption
        } else {
            AttError::InsufficientAuthentication
        })
    }

    /// The answer to a request has come; one that asks for more security gets it from a policy that raises it.
    pub(crate) fn write_answered(&mut self, payload: &Payload, cx: &mut Context<'_, impl Port>) {
        if !core::mem::take(&mut self.peer(cx).sending.awaits) {
            return;
        }
        let [ERROR_RESPONSE, WRITE_REQUEST, _, _, code] = payload[..] else { return };
        let Some(error) = AttError::from_code(code) else { return };
        cx.note(Note::AccessDenied(error));
        if cx.program.raises_level() {
            self.raise(error, cx);
        }
    }

    /// Encrypts if the bond does, pairs for the next level otherwise.
    fn raise(&mut self, error: AttError, cx: &mut Context<'_, impl Port>) {
        let peer = &self.peers[cx.peer];
        let at_it = peer.smp.busy() || peer.smp.closed() || peer.attempt != Attempt::None;
        let wanted = match (error, peer.level) {
            (AttError::InsufficientEncryption, _) | (_, Level::One) => Level::Two,
            (AttError::InsufficientAuthentication, Level::Two) => Level::Three,
            (AttError::InsufficientAuthentication, Level::Three | Level::Four) => Level::Four,
        };
        if at_it || matches!(*peer.episode, Episode::GaveUp(_)) || peer.level == Level::Four {
            return;
        }
        cx.note(Note::RaisesLevel(wanted));
        self.overtaken(cx);
        *self.peer(cx).episode = Episode::Open;
        let level = wanted.max(self.config.security.level);
        self.secure_to(level, Some(Changes { level: Some(level), ..Changes::default() }), cx);
    }
}
