//! Passkey Entry in Secure Connections: twenty rounds, one for each bit, Vol 3 Part H 2.3.5.6.3.
//!
//! Invariants: a round shows one bit of the passkey and no more, and only to who has committed to the same
//! bit; every round has its own nonce.

use super::super::proof::{Check, Confirmed, Evidence};
use super::super::secure_connections::Exchange;
use super::super::terms::Terms;
use super::super::wire::Wire;
use super::{Agreed, Consent, Progress, Stage1};
use crate::io::{Answer, Draw, Note, Port, Prompt};
use crate::quirk::Quirk;
use blesim_crypto::toolbox::f4;
use blesim_packet::smp::{Reason, SmpPdu};

/// Bits of a passkey below a million, and so rounds.
pub(crate) const ROUNDS: u8 = 20;
/// Passkeys there are (Vol 3 Part H 2.3.5.3).
const PASSKEYS: u32 = 1_000_000;

/// Passkey Entry, by what is awaited.
#[derive(Debug)]
#[expect(clippy::enum_variant_names, reason = "states are named for what they await")]
pub(crate) enum Passkey {
    /// The user; the initiator may be faster and have committed already.
    AwaitUser(Option<u128>),
    /// Pairing Confirm.
    AwaitConfirm(Round),
    /// Pairing Random, which must open this commitment.
    AwaitRandom(Round, u128),
}

/// One of the twenty.
#[derive(Debug)]
pub(crate) struct Round {
    passkey: u32,
    /// Counted from zero, as the bits are.
    number: u8,
    random: u128,
}

/// The passkey that this side shows, or `None` if its user has to type one; tells the user either way.
pub(crate) fn ask(terms: &Terms, wire: &mut Wire<'_, impl Port>) -> Option<u32> {
    if !terms.displays() {
        wire.prompt(Prompt::EnterPasskey);
        return None;
    }
    let passkey = match wire.config.quirks.fixed_passkey {
        Some(fixed) => {
            wire.departs(Quirk::FixedPasskey);
            fixed % PASSKEYS
        }
        None => u32::try_from(wire.cx.draw(Draw::Passkey) % u128::from(PASSKEYS)).expect("below a million"),
    };
    wire.prompt(Prompt::DisplayPasskey(passkey));
    Some(passkey)
}

/// The passkey in what the user says: a key of more than six digits or none at all is no passkey.
pub(crate) fn typed(answer: Answer) -> Option<Result<u32, Reason>> {
    match answer {
        Answer::Passkey(passkey) if passkey < PASSKEYS => Some(Ok(passkey)),
        Answer::Passkey(_) | Answer::No | Answer::Cancel => Some(Err(Reason::PASSKEY_ENTRY_FAILED)),
        Answer::Yes | Answer::Keypress(_) => None,
    }
}

impl Passkey {
    pub(crate) fn begin(exchange: &Exchange, wire: &mut Wire<'_, impl Port>) -> Self {
        match ask(&exchange.terms, wire) {
            None => Self::AwaitUser(None),
            Some(passkey) => Self::AwaitConfirm(Round::begin(passkey, 0, exchange, wire)),
        }
    }

    pub(crate) fn receive(
        self,
        pdu: &SmpPdu,
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        let next = match (self, pdu) {
            (Self::AwaitUser(None), &SmpPdu::PairingConfirm(confirm)) if !exchange.terms.initiator => {
                Self::AwaitUser(Some(confirm))
            }
            (Self::AwaitConfirm(round), &SmpPdu::PairingConfirm(confirm)) => {
                round.committed(confirm, exchange, wire)
            }
            (Self::AwaitRandom(round, confirm), &SmpPdu::PairingRandom(random)) => {
                return round.opened((confirm, random), exchange, wire);
            }
            (Self::AwaitUser(_) | Self::AwaitConfirm(_) | Self::AwaitRandom(..), _) => {
                return Err(Reason::UNSPECIFIED_REASON);
            }
        };
        Ok(Progress::Continues(Stage1::Passkey(next)))
    }

    /// The user typed a passkey, or gave up: also one who only had to read it.
    pub(crate) fn answer(
        self,
        answer: Answer,
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        let next = match (self, typed(answer)) {
            (_, Some(Err(reason))) => return Err(reason),
            (Self::AwaitUser(confirm), Some(Ok(passkey))) => {
                wire.answered = true;
                let round = Round::begin(passkey, 0, exchange, wire);
                match confirm {
                    None => Self::AwaitConfirm(round),
                    Some(confirm) => round.committed(confirm, exchange, wire),
                }
            }
            (other, Some(Ok(_)) | None) => other,
        };
        Ok(Progress::Continues(Stage1::Passkey(next)))
    }
}

impl Round {
    /// Begins a round; the initiator commits first.
    fn begin(passkey: u32, number: u8, exchange: &Exchange, wire: &mut Wire<'_, impl Port>) -> Self {
        let round = Self { passkey, number, random: wire.cx.draw(Draw::PairingRandom) };
        wire.cx.note(Note::PasskeyBit(number + 1, round.bit() == 1));
        wire.value(exchange.nonce_name(), round.random);
        if exchange.terms.initiator {
            round.commit("Ca", exchange, wire);
        }
        round
    }

    /// The bit of this round, the least significant first.
    fn bit(&self) -> u8 {
        u8::from(self.passkey >> self.number & 1 == 1)
    }

    /// z of f4: 0x80 with the bit.
    fn z(&self) -> u8 {
        0x80 | self.bit()
    }

    fn commit(&self, name: &'static str, exchange: &Exchange, wire: &mut Wire<'_, impl Port>) {
        let confirm = f4(&exchange.own_x, &exchange.peer_x, self.random, self.z());
        wire.value(name, confirm);
        wire.send(&SmpPdu::PairingConfirm(confirm));
    }

    /// The peer has committed: the initiator opens its own commitment, the responder makes one.
    fn committed(self, confirm: u128, exchange: &Exchange, wire: &mut Wire<'_, impl Port>) -> Passkey {
        if exchange.terms.initiator {
            wire.send(&SmpPdu::PairingRandom(self.random));
        } else {
            self.commit("Cb", exchange, wire);
        }
        Passkey::AwaitRandom(self, confirm)
    }

    /// The peer has opened its commitment: it holds if both know the same bit.
    fn opened(
        self,
        (confirm, peer_random): (u128, u128),
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        let keys = (&exchange.peer_x, &exchange.own_x);
        let confirmed = Confirmed::secure_connections(confirm, keys, peer_random, self.z())
            .ok_or(Reason::CONFIRM_VALUE_FAILED)?;
        wire.proved(Check::Confirmed);
        if !exchange.terms.initiator {
            wire.send(&SmpPdu::PairingRandom(self.random));
        }
        if self.number + 1 < ROUNDS {
            let next = Self::begin(self.passkey, self.number + 1, exchange, wire);
            return Ok(Progress::Continues(Stage1::Passkey(Passkey::AwaitConfirm(next))));
        }
        // r is the passkey on both sides (Vol 3 Part H 2.3.5.6.5).
        let r = u128::from(self.passkey);
        let consent = Consent::Given(Evidence::Passkey(confirmed));
        let own_random = self.random;
        Ok(Progress::Agreed(Agreed { own_random, peer_random, own_r: r, peer_r: r, consent }))
    }
}
