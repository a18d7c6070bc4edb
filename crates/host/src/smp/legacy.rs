//! LE legacy pairing, phase 2, Vol 3 Part H 2.3.5.2 and 2.3.5.5: confirm values and the STK.
//!
//! Invariant: the own random number is sent only after the peer's confirm value is there, and the STK exists
//! only behind a [`Confirmed`].

use super::machine::{Outcome, State, Wire};
use super::proof::{Authentic, Confirmed};
use super::terms::Terms;
use crate::io::{Draw, Note, Port};
use blesim_crypto::toolbox::{c1, s1};
use blesim_packet::smp::{Reason, SmpPdu};

/// The temporary key of Just Works (Vol 3 Part H 2.3.5.2).
const TK_JUST_WORKS: u128 = 0;

/// Phase 2 of legacy pairing, by what it awaits.
#[derive(Debug)]
pub(crate) enum Legacy {
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

impl Secrets {
    fn confirm(&self) -> u128 {
        let (request, response) = self.terms.octets();
        let (initiator, responder) = self.terms.addresses();
        c1(self.tk, self.random, request, response, initiator, responder)
    }
}

impl Legacy {
    /// Both sides know the terms; the initiator commits first.
    pub(crate) fn begin(terms: Terms, wire: &mut Wire<'_, impl Port>) -> State {
        let random = wire.cx.draw(Draw::PairingRandom);
        let secrets = Secrets { terms, tk: TK_JUST_WORKS, random };
        wire.cx.note(Note::Key("TK", secrets.tk));
        if terms.initiator {
            wire.send(&SmpPdu::PairingConfirm(secrets.confirm()));
        }
        State::Legacy(Self::AwaitConfirm(secrets))
    }

    /// Takes the next PDU.
    pub(crate) fn receive(
        self,
        pdu: &SmpPdu,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<(State, Outcome), Reason> {
        match (self, pdu) {
            (Self::AwaitConfirm(secrets), &SmpPdu::PairingConfirm(confirm)) => {
                let answer = if secrets.terms.initiator {
                    SmpPdu::PairingRandom(secrets.random)
                } else {
                    SmpPdu::PairingConfirm(secrets.confirm())
                };
                wire.send(&answer);
                let next = Self::AwaitRandom(secrets, Committed(confirm));
                Ok((State::Legacy(next), Outcome::Continues))
            }
            (Self::AwaitRandom(secrets, committed), &SmpPdu::PairingRandom(random)) => {
                secrets.finish(&committed, random, wire)
            }
            (Self::AwaitConfirm(_) | Self::AwaitRandom(..), _) => Err(Reason::UNSPECIFIED_REASON),
        }
    }
}

impl Secrets {
    fn finish(
        self,
        committed: &Committed,
        peer_random: u128,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<(State, Outcome), Reason> {
        let terms = self.terms;
        let values = (self.tk, peer_random);
        let confirmed = Confirmed::legacy(committed.0, values, terms.octets(), terms.addresses())
            .ok_or(Reason::CONFIRM_VALUE_FAILED)?;
        if !terms.initiator {
            wire.send(&SmpPdu::PairingRandom(self.random));
        }
        let (initiator_random, responder_random) = terms.by_role(self.random, peer_random);
        let stk = terms.masked(s1(self.tk, responder_random, initiator_random));
        wire.cx.note(Note::Key("STK", stk));
        Ok(State::keyed(terms, Authentic::Legacy(confirmed), stk))
    }
}
