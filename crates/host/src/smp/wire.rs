//! The way out for a pairing: PDUs, secrets, prompts, notes, and the timer they restart.
//!
//! Invariant: every PDU that is queued restarts the timer (Vol 3 Part H 3.4).

use super::oob::{LocalOob, OobData};
use crate::acl::{Acl, Credits};
use crate::config::{Config, DebugKeys};
use crate::io::{Context, Note, Port, Prompt, Step};
use blesim_crypto::KeyPair;
use blesim_crypto::p256::debug_key_pair;
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::smp::SmpPdu;

/// The Security Manager timer: 30 s from each PDU that is queued (Vol 3 Part H 3.4).
pub const SMP_TIMEOUT: Span = Span::from_secs(30);

/// What a pairing reaches the rest of the host through.
pub(crate) struct Wire<'a, P> {
    pub(crate) cx: Context<'a, P>,
    pub(crate) acl: &'a mut Acl,
    pub(crate) credits: &'a mut Credits,
    pub(crate) config: &'a Config,
    /// The peer's address on this link.
    pub(crate) peer: Address,
    /// This side's.
    pub(crate) own: Address,
    /// What this side made for another channel.
    pub(crate) local_oob: Option<&'a LocalOob>,
    /// What came from the peer over another channel.
    pub(crate) received_oob: Option<&'a OobData>,
    /// When the timer runs out, if something was sent.
    pub(crate) timer: Option<Instant>,
    /// Whether the user was shown or asked something.
    pub(crate) prompted: bool,
    /// Whether what the user said was what they were asked for.
    pub(crate) answered: bool,
}

impl<P: Port> Wire<'_, P> {
    pub(crate) fn now(&self) -> Instant {
        self.cx.now
    }

    pub(crate) fn port(&mut self) -> &mut P {
        self.cx.port
    }

    pub(crate) fn all_sent(&self) -> bool {
        self.acl.all_sent()
    }

    /// Queues a PDU and restarts the timer (Vol 3 Part H 3.4).
    pub(crate) fn send(&mut self, pdu: &SmpPdu) {
        if let Some(step) = Step::of(pdu) {
            self.cx.step(step);
        }
        self.acl.send(pdu, self.credits, &mut self.cx);
        self.timer = Some(self.cx.now + SMP_TIMEOUT);
    }

    /// Shows or asks the user something.
    pub(crate) fn prompt(&mut self, prompt: Prompt) {
        self.prompted = true;
        self.cx.prompt(prompt);
    }

    /// Tells the observer an intermediate value.
    pub(crate) fn value(&mut self, name: &'static str, value: u128) {
        self.cx.note(Note::Value(name, value));
    }

    /// The key pair of this pairing: the debug one, the one that out-of-band data speaks of, or a fresh one
    /// (Vol 3 Part H 2.3.5.6.1).
    pub(crate) fn key_pair(&mut self) -> KeyPair {
        if self.config.security.debug_keys == DebugKeys::Used {
            return debug_key_pair();
        }
        match self.local_oob {
            Some(local) => local.pair,
            None => self.cx.key_pair(),
        }
    }
}
