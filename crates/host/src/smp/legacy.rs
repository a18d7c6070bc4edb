//! LE legacy pairing, phase 2, Vol 3 Part H 2.3.5.2 to 2.3.5.5: the temporary key, confirm values and the
//! STK.
//!
//! Invariant: the own random number is sent only after the peer's confirm value is there, and the STK exists
//! only behind a [`Confirmed`].

use super::machine::{Awaited, State, Turn};
use super::model::Question;
use super::model::passkey::{ask, typed};
use super::proof::{Authentic, Check, Confirmed};
use super::terms::{Model, Terms};
use super::wire::Wire;
use crate::io::{Answer, Draw, Note, Port, Prompt};
use blesim_crypto::toolbox::{c1, s1};
use blesim_packet::smp::{Reason, SmpPdu};

/// The temporary key of Just Works (Vol 3 Part H 2.3.5.2).
const TK_JUST_WORKS: u128 = 0;

/// Phase 2 of legacy pairing, by what it awaits.
#[derive(Debug)]
#[expect(clippy::enum_variant_names, reason = "states are named for what they await")]
pub(crate) enum Legacy {
    /// The user, for the temporary key or to agree; the initiator may be faster and have committed already.
    AwaitUser(Terms, Option<Committed>),
    /// Pairing Confirm.
    AwaitConfirm(Secrets),
    /// Pairing Random.
    AwaitRandom(Secrets, Committed),
}

/// What this side keeps to itself until it may show it.
#[derive(Debug)]
pub(crate) struct Secrets {
    terms: Terms,
    tk: u128,
    random: u128,
}

/// The peer's confirm value.
#[derive(Debug)]
pub(crate) struct Committed(u128);

impl Legacy {
    /// Both sides know the terms; the initiator commits first, as soon as it has the temporary key.
    pub(crate) fn begin(terms: Terms, wire: &mut Wire<'_, impl Port>) -> Result<State, Reason> {
        let tk = match terms.model {
            Model::OutOfBand => Some(out_of_band(&terms, wire).ok_or(Reason::OOB_NOT_AVAILABLE)?),
            Model::JustWorks if wire.config.security.asks_before_just_works => {
                wire.prompt(Prompt::Confirm);
                None
            }
            // Numeric Comparison is of Secure Connections alone.
            Model::JustWorks | Model::NumericComparison => Some(TK_JUST_WORKS),
            // The passkey is the temporary key (Vol 3 Part H 2.3.5.3).
            Model::PasskeyInitiatorDisplays | Model::PasskeyResponderDisplays | Model::PasskeyBothInput => {
                ask(&terms, wire).map(u128::from)
            }
        };
        let state = match tk {
            Some(tk) => Secrets::begin(terms, tk, wire),
            None => Self::AwaitUser(terms, None),
        };
        Ok(State::Legacy(state))
    }

    /// What it waits for.
    pub(crate) const fn awaits(&self) -> Awaited {
        match self {
            Self::AwaitUser(..) => Awaited::User,
            Self::AwaitConfirm(_) => Awaited::Confirm,
            Self::AwaitRandom(..) => Awaited::Random,
        }
    }

    /// The terms of the pairing.
    pub(crate) fn terms(&self) -> &Terms {
        match self {
            Self::AwaitUser(terms, _) => terms,
            Self::AwaitConfirm(secrets) | Self::AwaitRandom(secrets, _) => &secrets.terms,
        }
    }

    /// Takes the next PDU.
    pub(crate) fn receive(self, pdu: &SmpPdu, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        let next = match (self, pdu) {
            (Self::AwaitUser(terms, None), &SmpPdu::PairingConfirm(confirm)) if !terms.initiator => {
                Self::AwaitUser(terms, Some(Committed(confirm)))
            }
            (Self::AwaitConfirm(secrets), &SmpPdu::PairingConfirm(confirm)) => {
                secrets.committed(Committed(confirm), wire)?
            }
            (Self::AwaitRandom(secrets, committed), &SmpPdu::PairingRandom(random)) => {
                return secrets.finish(&committed, random, wire);
            }
            (Self::AwaitUser(..) | Self::AwaitConfirm(_) | Self::AwaitRandom(..), _) => {
                return Err(Reason::UNSPECIFIED_REASON);
            }
        };
        Ok(Turn::To(State::Legacy(next)))
    }

    /// The user says something: also who only had to read a passkey may give up.
    pub(crate) fn answer(self, answer: Answer, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        let passkey = self.terms().model != Model::JustWorks;
        let tk = if passkey {
            typed(answer).transpose()?.map(u128::from)
        } else {
            Question::Pair.answered(answer).transpose()?.map(|_| TK_JUST_WORKS)
        };
        let next = match (self, tk) {
            (Self::AwaitUser(terms, committed), Some(tk)) => {
                wire.answered = true;
                match (Secrets::begin(terms, tk, wire), committed) {
                    (Self::AwaitConfirm(secrets), Some(committed)) => secrets.committed(committed, wire)?,
                    (begun, _) => begun,
                }
            }
            (other, _) => other,
        };
        Ok(Turn::To(State::Legacy(next)))
    }
}

/// The temporary key that came over another channel: what the responder made, or else the initiator
/// (Vol 3 Part H 2.3.5.4).
fn out_of_band(terms: &Terms, wire: &Wire<'_, impl Port>) -> Option<u128> {
    let made = wire.local_oob.map(|local| local.tk);
    let received = wire.received_oob.map(|data| data.tk);
    if terms.initiator { received.or(made) } else { made.or(received) }
}

impl Secrets {
    fn begin(terms: Terms, tk: u128, wire: &mut Wire<'_, impl Port>) -> Legacy {
        let random = wire.cx.draw(Draw::PairingRandom);
        let secrets = Self { terms, tk, random };
        wire.cx.note(Note::Key("TK", tk));
        wire.value(secrets.terms.by_role("Mrand", "Srand").0, random);
        if secrets.terms.initiator {
            wire.send(&SmpPdu::PairingConfirm(secrets.confirm()));
        }
        Legacy::AwaitConfirm(secrets)
    }

    fn confirm(&self) -> u128 {
        let (request, response) = self.terms.octets();
        let (initiator, responder) = self.terms.addresses();
        c1(self.tk, self.random, request, response, initiator, responder)
    }

    /// The peer has committed: the initiator shows its random number, the responder commits.
    fn committed(self, committed: Committed, wire: &mut Wire<'_, impl Port>) -> Result<Legacy, Reason> {
        let own = self.confirm();
        if self.terms.initiator {
            // A confirm value come back proves nothing (Vol 3 Part H 2.3.5.5).
            if committed.0 == own {
                return Err(Reason::CONFIRM_VALUE_FAILED);
            }
            wire.send(&SmpPdu::PairingRandom(self.random));
        } else {
            wire.send(&SmpPdu::PairingConfirm(own));
        }
        Ok(Legacy::AwaitRandom(self, committed))
    }

    fn finish(
        self,
        committed: &Committed,
        peer_random: u128,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Turn, Reason> {
        let terms = self.terms;
        let values = (self.tk, peer_random);
        let confirmed = Confirmed::legacy(committed.0, values, terms.octets(), terms.addresses())
            .ok_or(Reason::CONFIRM_VALUE_FAILED)?;
        wire.proved(Check::Confirmed);
        if !terms.initiator {
            wire.send(&SmpPdu::PairingRandom(self.random));
        }
        let (initiator_random, responder_random) = terms.by_role(self.random, peer_random);
        let stk = terms.masked(s1(self.tk, responder_random, initiator_random));
        wire.cx.note(Note::Key("STK", stk));
        let secret = terms.model.authenticated();
        Ok(State::keyed(terms, Authentic::Legacy(confirmed, secret), stk))
    }
}
