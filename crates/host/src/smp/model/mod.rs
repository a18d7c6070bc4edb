//! Association models: how the two sides, or their users, make sure of each other, Vol 3 Part H 2.3.5.
//!
//! Invariant: a model is a small machine of its own that ends in [`Agreed`]; what it needs of the pairing it
//! borrows. It must never know how the public keys came or what follows the agreement.
//!
//! One file a model; the method table of [`super::terms`] says which is taken.

pub(super) mod compare;
pub(super) mod out_of_band;
pub(super) mod passkey;

use super::machine::Awaited;
use super::proof::{Compared, Evidence};
use super::secure_connections::Exchange;
use super::terms::Model;
use super::wire::Wire;
use crate::io::{Answer, Port};
use blesim_packet::smp::{Reason, SmpPdu};
use compare::Compare;
use out_of_band::OutOfBand;
use passkey::Passkey;

/// What stage 1 of Secure Connections ends with.
#[derive(Debug)]
pub(crate) struct Agreed {
    pub(crate) own_random: u128,
    pub(crate) peer_random: u128,
    /// What the peer puts into its check as r, and what this side does (Vol 3 Part H 2.3.5.6.5).
    pub(crate) own_r: u128,
    pub(crate) peer_r: u128,
    pub(crate) consent: Consent,
}

/// Whether the user has still a say.
#[derive(Debug)]
pub(crate) enum Consent {
    /// No more: this is what the pairing rests on.
    Given(Evidence),
    /// The user was asked.
    Asked(Question),
}

/// What a user was asked to say yes or no to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Question {
    /// Do both devices show this number?
    SameNumber,
    /// Shall these two pair at all?
    Pair,
}

impl Question {
    /// Takes the answer: a no, or going away, ends the pairing; what answers no question is ignored.
    pub(crate) fn answered(self, answer: Answer) -> Option<Result<Evidence, Reason>> {
        let refused = match self {
            Self::SameNumber => Reason::NUMERIC_COMPARISON_FAILED,
            Self::Pair => Reason::UNSPECIFIED_REASON,
        };
        match (self, answer) {
            (Self::SameNumber, Answer::Yes) => Compared::new(answer).map(|yes| Ok(Evidence::Compared(yes))),
            (Self::Pair, Answer::Yes) => Some(Ok(Evidence::Nothing)),
            (_, Answer::No | Answer::Cancel) => Some(Err(refused)),
            (_, Answer::Passkey(_) | Answer::Keypress(_)) => None,
        }
    }
}

/// Stage 1 of Secure Connections, by association model.
#[derive(Debug)]
pub(crate) enum Stage1 {
    /// Just Works and Numeric Comparison.
    Compare(Compare),
    /// Passkey Entry.
    Passkey(Passkey),
    /// Out of Band.
    OutOfBand(OutOfBand),
}

/// How far a step of stage 1 has brought it.
#[derive(Debug)]
pub(crate) enum Progress {
    /// It goes on.
    Continues(Stage1),
    /// It is over.
    Agreed(Agreed),
}

impl Stage1 {
    /// Both public keys are known.
    pub(crate) fn begin(exchange: &Exchange, wire: &mut Wire<'_, impl Port>) -> Result<Self, Reason> {
        match exchange.terms.model {
            Model::JustWorks | Model::NumericComparison => Ok(Self::Compare(Compare::begin(exchange, wire))),
            Model::PasskeyInitiatorDisplays | Model::PasskeyResponderDisplays | Model::PasskeyBothInput => {
                Ok(Self::Passkey(Passkey::begin(exchange, wire)))
            }
            Model::OutOfBand => OutOfBand::begin(exchange, wire).map(Self::OutOfBand),
        }
    }

    /// What it waits for.
    pub(crate) const fn awaits(&self) -> Awaited {
        match self {
            Self::Compare(Compare::AwaitConfirm(_)) | Self::Passkey(Passkey::AwaitConfirm(_)) => {
                Awaited::Confirm
            }
            Self::Compare(Compare::AwaitRandom(..))
            | Self::Passkey(Passkey::AwaitRandom(..))
            | Self::OutOfBand(_) => Awaited::Random,
            Self::Passkey(Passkey::AwaitUser(_)) => Awaited::User,
        }
    }

    /// Takes the next PDU.
    pub(crate) fn receive(
        self,
        pdu: &SmpPdu,
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        match self {
            Self::Compare(model) => model.receive(pdu, exchange, wire),
            Self::Passkey(model) => model.receive(pdu, exchange, wire),
            Self::OutOfBand(model) => model.receive(pdu, exchange, wire),
        }
    }

    /// The user says something.
    pub(crate) fn answer(
        self,
        answer: Answer,
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        match self {
            Self::Passkey(model) => model.answer(answer, exchange, wire),
            // Nobody has been asked yet.
            other @ (Self::Compare(_) | Self::OutOfBand(_)) => Ok(Progress::Continues(other)),
        }
    }
}
