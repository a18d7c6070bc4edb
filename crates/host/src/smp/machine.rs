//! The machine: which state takes which PDU, the Security Manager timer, and how a pairing ends.
//!
//! Invariant: the state is taken out, consumed by the step, and what comes back is the next one; a step that
//! fails leaves the machine idle.

use super::distribution::Distribution;
use super::legacy::Legacy;
use super::proof::{Authentic, LinkEncrypted};
use super::secure_connections::SecureConnections;
use super::terms::Terms;
use crate::acl::{Acl, Credits};
use crate::bond::Bond;
use crate::config::Config;
use crate::failure::Shown;
use crate::io::{Context, Note, Port, Step};
use blesim_kernel::{Instant, Span};
use blesim_packet::smp::{PairingFeatures, Reason, SmpPdu};
use blesim_packet::{Address, DecodeError};

/// The Security Manager timer: 30 s from each PDU that is queued (Vol 3 Part H 3.4).
pub const SMP_TIMEOUT: Span = Span::from_secs(30);

/// Where a pairing is.
#[derive(Debug, Default)]
pub(crate) enum State {
    #[default]
    Idle,
    /// Initiator: Pairing Response to this request.
    AwaitResponse(PairingFeatures),
    Legacy(Legacy),
    SecureConnections(SecureConnections),
    /// Either side: the link to be encrypted with this key.
    AwaitEncryption(Terms, Authentic, u128),
    Distributing(Distribution),
}

impl State {
    /// Phase 2 is over: the initiator starts encryption, the responder waits for it.
    pub(crate) fn keyed(terms: Terms, authentic: Authentic, key: u128) -> (Self, Outcome) {
        let outcome = if terms.initiator { Outcome::Encrypt(key) } else { Outcome::Continues };
        (Self::AwaitEncryption(terms, authentic, key), outcome)
    }
}

/// What a step asks of the host.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// Nothing.
    Continues,
    /// Start encryption with this key, EDIV and Rand zero.
    Encrypt(u128),
    /// The pairing is complete, with a bond if both sides wanted one.
    Complete(Option<Bond>),
    /// The pairing failed.
    Failed(Shown),
}

/// The way out for a pairing: PDUs, secrets, notes and the timer they restart.
pub(crate) struct Wire<'a, P> {
    pub(crate) cx: Context<'a, P>,
    acl: &'a mut Acl,
    credits: &'a mut Credits,
    pub(crate) config: &'a Config,
    pub(crate) peer: Address,
    timer: Option<Instant>,
}

impl<'a, P: Port> Wire<'a, P> {
    pub(crate) fn new(
        cx: Context<'a, P>,
        (acl, credits): (&'a mut Acl, &'a mut Credits),
        config: &'a Config,
        peer: Address,
    ) -> Self {
        Self { cx, acl, credits, config, peer, timer: None }
    }

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
}

/// The Security Manager on one link.
#[derive(Debug, Default)]
pub(crate) struct Smp {
    state: State,
    timer: Option<Instant>,
    /// The timer ran out on this link: no PDU goes in or out any more (Vol 3 Part H 3.4).
    closed: bool,
    /// A pairing was completed on this link: the peer may still take it back.
    completed: bool,
}

impl Smp {
    /// A new link begins.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// True while a pairing is under way.
    pub(crate) fn busy(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// True when a time-out has closed the Security Manager on this link.
    pub(crate) fn closed(&self) -> bool {
        self.closed
    }

    /// When the timer runs out.
    pub(crate) fn timeout_at(&self) -> Option<Instant> {
        if self.busy() { self.timer } else { None }
    }

    /// When the DHKey is ready, while it is waited for.
    pub(crate) fn dh_key_at(&self) -> Option<Instant> {
        match &self.state {
            State::SecureConnections(state) => state.ready_at(),
            State::Idle
            | State::AwaitResponse(_)
            | State::Legacy(_)
            | State::AwaitEncryption(..)
            | State::Distributing(_) => None,
        }
    }

    /// The key for the link, when the peer asks for encryption in the middle of this pairing.
    pub(crate) fn link_key(&self) -> Option<u128> {
        match &self.state {
            State::AwaitEncryption(_, _, key) => Some(*key),
            State::Idle
            | State::AwaitResponse(_)
            | State::Legacy(_)
            | State::SecureConnections(_)
            | State::Distributing(_) => None,
        }
    }

    /// Starts a pairing as initiator; false if the Security Manager is closed on this link.
    pub(crate) fn initiate(&mut self, request: PairingFeatures, mut wire: Wire<'_, impl Port>) -> bool {
        if self.closed {
            return false;
        }
        wire.send(&SmpPdu::PairingRequest(request));
        self.timer = wire.timer;
        self.state = State::AwaitResponse(request);
        true
    }

    /// Answers a Pairing Request with these features.
    pub(crate) fn respond(
        &mut self,
        request: PairingFeatures,
        response: PairingFeatures,
        mut wire: Wire<'_, impl Port>,
    ) -> Outcome {
        let result = Terms::settle(
            false,
            (request, response),
            (wire.config.address, wire.peer),
            wire.config.min_key_size,
        );
        let result = result.map(|terms| {
            wire.send(&SmpPdu::PairingResponse(response));
            (begin(terms, &mut wire), Outcome::Continues)
        });
        self.settle(result, wire)
    }

    /// Answers a PDU with Pairing Failed, whatever is under way going down with it.
    pub(crate) fn refuse(&mut self, reason: Reason, mut wire: Wire<'_, impl Port>) -> Outcome {
        wire.send(&SmpPdu::PairingFailed(reason));
        if self.abort() { Outcome::Failed(Shown::PairingFailed(reason)) } else { Outcome::Continues }
    }

    /// Takes a PDU that is not a Pairing Request.
    pub(crate) fn receive(&mut self, pdu: &SmpPdu, mut wire: Wire<'_, impl Port>) -> Outcome {
        if self.closed {
            return Outcome::Continues;
        }
        let state = core::mem::take(&mut self.state);
        if matches!(state, State::Idle) {
            // Nothing is under way that the PDU could belong to, but a peer that finds fault with the last keys
            // says so when this side is done already.
            return match *pdu {
                SmpPdu::PairingFailed(reason) if core::mem::take(&mut self.completed) => {
                    Outcome::Failed(Shown::PairingFailed(reason))
                }
                _ => Outcome::Continues,
            };
        }
        if let Some(step) = Step::of(pdu) {
            wire.cx.step(step);
        }
        let result = match (state, pdu) {
            (_, &SmpPdu::PairingFailed(reason)) => {
                self.timer = None;
                return Outcome::Failed(Shown::PairingFailed(reason));
            }
            // A peripheral's wish for security is met by the pairing under way (Vol 3 Part H 2.4.6).
            (state, SmpPdu::SecurityRequest(_)) => Ok((state, Outcome::Continues)),
            (State::AwaitResponse(request), &SmpPdu::PairingResponse(response)) => {
                let addresses = (wire.config.address, wire.peer);
                let min = wire.config.min_key_size;
                Terms::settle(true, (request, response), addresses, min)
                    .map(|terms| (begin(terms, &mut wire), Outcome::Continues))
            }
            (State::Legacy(state), pdu) => state.receive(pdu, &mut wire),
            (State::SecureConnections(state), pdu) => state.receive(pdu, &mut wire),
            (State::Distributing(state), pdu) => state.receive(pdu, &mut wire),
            (State::Idle | State::AwaitResponse(_) | State::AwaitEncryption(..), _) => {
                Err(Reason::UNSPECIFIED_REASON)
            }
        };
        self.settle(result, wire)
    }

    /// Bytes that are no PDU: a code reserved for future use is ignored, a wrong length or value is answered
    /// with Invalid Parameters (Vol 3 Part H 3.3, 3.5.5).
    pub(crate) fn malformed(&mut self, error: DecodeError, wire: Wire<'_, impl Port>) -> Outcome {
        match error {
            _ if self.closed => Outcome::Continues,
            DecodeError::UnknownCode { .. } => Outcome::Continues,
            DecodeError::TooShort { .. }
            | DecodeError::TooLong { .. }
            | DecodeError::BadLength { .. }
            | DecodeError::BadValue { .. } => self.refuse(Reason::INVALID_PARAMETERS, wire),
        }
    }

    /// The DHKey is computed.
    pub(crate) fn dh_key_ready(&mut self, mut wire: Wire<'_, impl Port>) -> Outcome {
        match core::mem::take(&mut self.state) {
            State::SecureConnections(state) => {
                let result = state.ready(&mut wire);
                self.settle(result, wire)
            }
            other => {
                self.state = other;
                Outcome::Continues
            }
        }
    }

    /// The link was encrypted with the key of this pairing.
    pub(crate) fn encrypted(&mut self, proof: LinkEncrypted, mut wire: Wire<'_, impl Port>) -> Outcome {
        match core::mem::take(&mut self.state) {
            State::AwaitEncryption(terms, authentic, key) => {
                let result = Ok(Distribution::begin(terms, authentic, proof, key, &mut wire));
                self.settle(result, wire)
            }
            other => {
                self.state = other;
                Outcome::Continues
            }
        }
    }

    /// Everything this side sent was acknowledged.
    pub(crate) fn all_sent(&mut self, mut wire: Wire<'_, impl Port>) -> Outcome {
        match core::mem::take(&mut self.state) {
            State::Distributing(state) => {
                let result = Ok(state.all_sent(&mut wire));
                self.settle(result, wire)
            }
            other => {
                self.state = other;
                Outcome::Continues
            }
        }
    }

    /// The timer ran out: the pairing failed, and nothing more is said on this link (Vol 3 Part H 3.4).
    pub(crate) fn timed_out(&mut self, cx: &mut Context<'_, impl Port>) -> Outcome {
        self.state = State::Idle;
        self.timer = None;
        self.closed = true;
        cx.note(Note::SmpClosed);
        Outcome::Failed(Shown::SmpTimeout)
    }

    /// The pairing is over for a reason outside it; true if there was one.
    pub(crate) fn abort(&mut self) -> bool {
        self.timer = None;
        !matches!(core::mem::take(&mut self.state), State::Idle)
    }

    fn settle(&mut self, result: Result<(State, Outcome), Reason>, mut wire: Wire<'_, impl Port>) -> Outcome {
        let outcome = match result {
            Ok((state, outcome)) => {
                self.state = state;
                outcome
            }
            Err(reason) => {
                self.state = State::Idle;
                wire.send(&SmpPdu::PairingFailed(reason));
                Outcome::Failed(Shown::PairingFailed(reason))
            }
        };
        self.timer = wire.timer.or(self.timer).filter(|_| self.busy());
        self.completed = matches!(outcome, Outcome::Complete(_));
        outcome
    }
}

/// Phase 2 in the frame that the terms call for.
fn begin(terms: Terms, wire: &mut Wire<'_, impl Port>) -> State {
    let (secure_connections, model) = (terms.secure_connections, terms.model.name());
    wire.cx.note(Note::Pairing { secure_connections, model });
    if secure_connections { SecureConnections::begin(terms, wire) } else { Legacy::begin(terms, wire) }
}
