//! The machine: which state takes which PDU, the Security Manager timer, and how a pairing ends.
//!
//! Invariant: the state is taken out, consumed by the step, and what comes back is the next one; a step that
//! fails leaves the machine idle.

use super::distribution::Distribution;
use super::legacy::Legacy;
use super::proof::{Authentic, Check, LinkEncrypted};
use super::secure_connections::SecureConnections;
use super::terms::Terms;
use super::wire::Wire;
use crate::bond::Bond;
use crate::config::Level;
use crate::failure::Shown;
use crate::io::{Answer, Context, Note, Port, Prompt, Step};
use crate::quirk::{Quirk, Timer};
use blesim_kernel::Instant;
use blesim_packet::DecodeError;
use blesim_packet::smp::{AuthReq, PairingFeatures, Reason, SmpPdu};

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

/// What a pairing waits for, for the observer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub enum Awaited {
    /// Nothing: no pairing is under way.
    #[default]
    Nothing,
    /// Pairing Response.
    Response,
    /// Pairing Public Key.
    PublicKey,
    /// The user, before anything is committed to.
    User,
    /// Pairing Confirm.
    Confirm,
    /// Pairing Random.
    Random,
    /// The DHKey, Pairing DHKey Check, and the user if asked.
    DhKeyCheck,
    /// The link to be encrypted.
    Encryption,
    /// The peer's keys, and the acknowledgement of the own.
    Keys,
}

impl Awaited {
    /// What it is, in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Response => "Pairing Response",
            Self::PublicKey => "Pairing Public Key",
            Self::User => "the user",
            Self::Confirm => "Pairing Confirm",
            Self::Random => "Pairing Random",
            Self::DhKeyCheck => "Pairing DHKey Check",
            Self::Encryption => "encryption",
            Self::Keys => "keys",
        }
    }
}

impl State {
    /// What it waits for.
    fn awaits(&self) -> Awaited {
        match self {
            Self::Idle => Awaited::Nothing,
            Self::AwaitResponse(_) => Awaited::Response,
            Self::Legacy(state) => state.awaits(),
            Self::SecureConnections(state) => state.awaits(),
            Self::AwaitEncryption(..) => Awaited::Encryption,
            Self::Distributing(_) => Awaited::Keys,
        }
    }

    /// Whether keypress notifications belong here.
    fn keypress(&self) -> bool {
        match self {
            Self::Legacy(state) => state.terms().keypress(),
            Self::SecureConnections(state) => state.terms().keypress(),
            Self::Idle | Self::AwaitResponse(_) | Self::AwaitEncryption(..) | Self::Distributing(_) => false,
        }
    }

    /// Phase 2 is over: the initiator starts encryption, the responder waits for it.
    pub(crate) fn keyed(terms: Terms, authentic: Authentic, key: u128) -> Turn {
        let initiator = terms.initiator;
        let state = Self::AwaitEncryption(terms, authentic, key);
        if initiator { Turn::Encrypts(state, key) } else { Turn::To(state) }
    }
}

/// What a step leads to.
#[derive(Debug)]
pub(crate) enum Turn {
    /// This state.
    To(State),
    /// This state, and the link is to be encrypted with this key, EDIV and Rand zero.
    Encrypts(State, u128),
    /// The end of the pairing, with a bond if both sides wanted one, and the security that the link has.
    Over(Option<Bond>, Level),
}

/// What a step asks of the host.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// Nothing.
    Continues,
    /// Start encryption with this key, EDIV and Rand zero.
    Encrypt(u128),
    /// The pairing is complete, with a bond if both sides wanted one, and the link has this security.
    Complete(Option<Bond>, Level),
    /// The pairing failed.
    Failed(Shown),
}

/// What a Pairing Failed can be about though no pairing is under way.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Open {
    /// Nothing.
    #[default]
    Nothing,
    /// A Security Request was sent and nothing has come of it yet.
    Requested,
    /// A pairing was completed on this link: the peer may still take it back.
    Completed,
}

/// The Security Manager on one link.
#[derive(Debug, Default)]
pub(crate) struct Smp {
    state: State,
    timer: Option<Instant>,
    /// The timer ran out on this link: no PDU goes in or out any more (Vol 3 Part H 3.4).
    closed: bool,
    /// What the peer may still refuse while nothing is under way.
    open: Open,
    /// What the observer was told last.
    awaits: Awaited,
    /// The user has something before them that an answer or the end of the pairing takes away.
    prompting: bool,
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
        if self.busy() || self.open == Open::Requested { self.timer } else { None }
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

    /// The features that were sent as initiator, while the response to them is awaited.
    pub(crate) fn requested(&self) -> Option<&PairingFeatures> {
        if let State::AwaitResponse(request) = &self.state { Some(request) } else { None }
    }

    /// Starts a pairing as initiator; false if the Security Manager is closed on this link.
    pub(crate) fn initiate(&mut self, request: PairingFeatures, mut wire: Wire<'_, impl Port>) -> bool {
        if self.closed {
            return false;
        }
        wire.send(&SmpPdu::PairingRequest(request));
        self.timer = wire.timer;
        self.state = State::AwaitResponse(request);
        self.tell(&mut wire.cx);
        true
    }

    /// Asks the initiator for security, unless a pairing is under way (Vol 3 Part H 2.4.6).
    pub(crate) fn request(&mut self, auth: AuthReq, mut wire: Wire<'_, impl Port>) {
        if self.closed || self.busy() {
            return;
        }
        if wire.config.quirks.pairs_as_peripheral {
            wire.departs(Quirk::PairsAsPeripheral);
            wire.send(&SmpPdu::PairingRequest(wire.config.features()));
        } else {
            wire.send(&SmpPdu::SecurityRequest(auth));
        }
        self.timer = wire.timer;
        self.open = Open::Requested;
    }

    /// The initiator has encrypted the link: the Security Request is met.
    pub(crate) fn granted(&mut self) {
        if self.open == Open::Requested {
            self.open = Open::Nothing;
        }
    }

    /// Answers a Pairing Request with these features.
    pub(crate) fn respond(
        &mut self,
        request: PairingFeatures,
        response: PairingFeatures,
        mut wire: Wire<'_, impl Port>,
    ) -> Outcome {
        self.open = Open::Nothing;
        let addresses = (wire.own, wire.peer);
        let result = Terms::settle(false, (request, response), addresses, wire.config).and_then(|terms| {
            wire.send(&SmpPdu::PairingResponse(response));
            begin(terms, &mut wire)
        });
        self.settle(result, wire)
    }

    /// Answers a PDU with Pairing Failed, whatever is under way going down with it.
    pub(crate) fn refuse(&mut self, reason: Reason, mut wire: Wire<'_, impl Port>) -> Outcome {
        wire.send(&SmpPdu::PairingFailed(reason));
        if self.abort(&mut wire.cx) {
            Outcome::Failed(Shown::PairingFailed(reason))
        } else {
            Outcome::Continues
        }
    }

    /// Takes a PDU that is not a Pairing Request.
    pub(crate) fn receive(&mut self, pdu: &SmpPdu, mut wire: Wire<'_, impl Port>) -> Outcome {
        if self.closed {
            return Outcome::Continues;
        }
        let state = core::mem::take(&mut self.state);
        if matches!(state, State::Idle) {
            // Nothing is under way that the PDU could belong to, but a peer that finds fault with the last
            // keys says so when this side is done already.
            return match *pdu {
                // Or it will not do what it was asked for.
                SmpPdu::PairingFailed(reason) if core::mem::take(&mut self.open) != Open::Nothing => {
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
                self.dismiss(&mut wire.cx);
                self.tell(&mut wire.cx);
                return Outcome::Failed(Shown::PairingFailed(reason));
            }
            (state, &SmpPdu::KeypressNotification(keypress)) if state.keypress() => {
                wire.cx.note(Note::Keypress(keypress));
                Ok(Turn::To(state))
            }
            (State::AwaitResponse(request), &SmpPdu::PairingResponse(response)) => {
                let addresses = (wire.own, wire.peer);
                Terms::settle(true, (request, response), addresses, wire.config)
                    .and_then(|terms| begin(terms, &mut wire))
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

    /// The user says something; what nobody asked for is ignored.
    pub(crate) fn answer(&mut self, answer: Answer, mut wire: Wire<'_, impl Port>) -> Outcome {
        if let Answer::Keypress(keypress) = answer {
            if self.state.keypress() {
                wire.send(&SmpPdu::KeypressNotification(keypress));
                self.timer = wire.timer;
            }
            return Outcome::Continues;
        }
        if !self.prompting {
            return Outcome::Continues;
        }
        let result = match core::mem::take(&mut self.state) {
            State::Legacy(state) => state.answer(answer, &mut wire),
            State::SecureConnections(state) => state.answer(answer, &mut wire),
            other @ (State::Idle
            | State::AwaitResponse(_)
            | State::AwaitEncryption(..)
            | State::Distributing(_)) => Ok(Turn::To(other)),
        };
        self.settle(result, wire)
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
                wire.proved(Check::LinkEncrypted);
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
        // This comes with every acknowledgement: only a state that asks for it is taken out.
        if !matches!(self.state, State::Distributing(_)) {
            return Outcome::Continues;
        }
        let State::Distributing(state) = core::mem::take(&mut self.state) else { return Outcome::Continues };
        let result = Ok(state.all_sent(&mut wire));
        self.settle(result, wire)
    }

    /// The timer ran out: the pairing failed, and nothing more is said on this link (Vol 3 Part H 3.4).
    pub(crate) fn timed_out(&mut self, timer: Timer, cx: &mut Context<'_, impl Port>) -> Outcome {
        self.abort(cx);
        self.closed = timer == Timer::Enforced;
        cx.note(if self.closed { Note::SmpClosed } else { Note::Departs(Quirk::LinkUsableAfterTimeout) });
        Outcome::Failed(Shown::SmpTimeout)
    }

    /// The pairing is over for a reason outside it; true if there was one.
    pub(crate) fn abort(&mut self, cx: &mut Context<'_, impl Port>) -> bool {
        self.timer = None;
        self.granted();
        self.dismiss(cx);
        let busy = !matches!(core::mem::take(&mut self.state), State::Idle);
        self.tell(cx);
        busy
    }

    /// Tells the observer what is awaited, if it is something else than before.
    fn tell(&mut self, cx: &mut Context<'_, impl Port>) {
        let awaits = self.state.awaits();
        if core::mem::replace(&mut self.awaits, awaits) != awaits {
            cx.note(Note::Awaits(awaits));
        }
    }

    /// Takes away what the user has before them: there is nothing left to read or to answer.
    fn dismiss(&mut self, cx: &mut Context<'_, impl Port>) {
        if core::mem::take(&mut self.prompting) {
            cx.prompt(Prompt::Dismissed);
        }
    }

    fn settle(&mut self, result: Result<Turn, Reason>, mut wire: Wire<'_, impl Port>) -> Outcome {
        let outcome = match result {
            Ok(Turn::To(state)) => {
                self.state = state;
                Outcome::Continues
            }
            Ok(Turn::Encrypts(state, key)) => {
                self.state = state;
                Outcome::Encrypt(key)
            }
            Ok(Turn::Over(bond, level)) => {
                self.state = State::Idle;
                Outcome::Complete(bond, level)
            }
            Err(reason) => {
                self.state = State::Idle;
                wire.send(&SmpPdu::PairingFailed(reason));
                Outcome::Failed(Shown::PairingFailed(reason))
            }
        };
        self.timer = wire.timer.or(self.timer).filter(|_| self.busy());
        self.prompting = (self.prompting && !wire.answered) || wire.prompted;
        if !matches!(self.state, State::Legacy(_) | State::SecureConnections(_)) {
            self.dismiss(&mut wire.cx);
        }
        self.tell(&mut wire.cx);
        self.open = if matches!(outcome, Outcome::Complete(..)) { Open::Completed } else { Open::Nothing };
        outcome
    }
}

/// Phase 2 in the frame that the terms call for.
fn begin(terms: Terms, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
    let (secure_connections, model) = (terms.secure_connections, terms.model.name());
    wire.cx.note(Note::Pairing { secure_connections, model });
    let state =
        if secure_connections { SecureConnections::begin(terms, wire) } else { Legacy::begin(terms, wire)? };
    Ok(Turn::To(state))
}
