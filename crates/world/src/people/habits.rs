//! Habits: how long a person takes, and how often they get it wrong.
//!
//! The published figures on people who pair devices were not at hand, so the usual habits are assumptions,
//! chosen to agree with what is reported: typing a passkey takes several seconds, and now and then more than
//! fifteen.

use blesim_host::Answer;
use blesim_kernel::chance::exponential_q32;
use blesim_kernel::{Chance, Span};

/// A time that a person takes: never less than one, and an exponential one on top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delay {
    /// The shortest.
    pub least: Span,
    /// The mean of what comes on top.
    pub mean_more: Span,
}

impl Delay {
    /// No time at all.
    pub const NONE: Self = Self { least: Span::ZERO, mean_more: Span::ZERO };

    /// The time for a uniform draw.
    #[must_use]
    pub fn draw(self, draw: u64) -> Span {
        self.least + self.mean_more.scale_q32(exponential_q32(draw))
    }
}

/// The habits of a device's user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct User {
    /// To see a prompt and to understand it, and to press a button where that is all.
    pub reads: Delay,
    /// To type six digits.
    pub types: Delay,
    /// A digit of the passkey goes wrong.
    pub mistypes: Chance,
    /// Numbers that are the same are taken for different ones, and different ones for the same.
    pub misjudges: Chance,
    /// Takes a number that the other device asks to compare for the passkey that this one asks for, and says yes
    /// there.
    pub confuses: Chance,
    /// Cancels instead of answering.
    pub cancels: Chance,
    /// Does not answer at all.
    pub walks_away: Chance,
    /// Agrees to what a recovery policy asks: to try again, to delete a bond, to pair anew.
    pub consents: Chance,
}

impl User {
    /// Answers at once and right.
    pub const PERFECT: Self = Self {
        reads: Delay::NONE,
        types: Delay::NONE,
        mistypes: Chance::NEVER,
        misjudges: Chance::NEVER,
        confuses: Chance::NEVER,
        cancels: Chance::NEVER,
        walks_away: Chance::NEVER,
        consents: Chance::ALWAYS,
    };

    /// Reads in 1 s and a bit, types in 4 s and a while, and is mostly right. An assumption.
    pub const USUAL: Self = Self {
        reads: Delay { least: Span::from_secs(1), mean_more: Span::from_secs(1) },
        types: Delay { least: Span::from_secs(4), mean_more: Span::from_secs(4) },
        mistypes: Chance::ratio(3, 100),
        misjudges: Chance::ratio(1, 100),
        // Nothing was at hand to assume it from.
        confuses: Chance::NEVER,
        cancels: Chance::ratio(1, 100),
        walks_away: Chance::ratio(1, 100),
        consents: Chance::ALWAYS,
    };

    /// What this person says where somebody without a fault would say `right`.
    pub(super) fn says(&self, right: Answer, draw: impl Fn(Moment) -> u64) -> Answer {
        if self.cancels.hits(draw(Moment::Cancels)) {
            return Answer::Cancel;
        }
        match right {
            Answer::Passkey(passkey) if self.mistypes.hits(draw(Moment::Errs)) => {
                Answer::Passkey(wrong_passkey(passkey, draw(Moment::Mistypes)))
            }
            Answer::Yes if self.misjudges.hits(draw(Moment::Errs)) => Answer::No,
            Answer::No if self.misjudges.hits(draw(Moment::Errs)) => Answer::Yes,
            Answer::Passkey(_) | Answer::Yes | Answer::No | Answer::Cancel | Answer::Keypress(_) => right,
        }
    }
}

/// What is left to chance at one prompt; the numbers are part of the field's place and never change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    WalksAway = 0,
    Cancels = 1,
    Errs = 2,
    Mistypes = 3,
    Reads = 4,
    Types = 5,
    Chooses = 6,
    Confuses = 7,
    Consents = 8,
}

/// The passkey with one digit changed.
pub(super) fn wrong_passkey(passkey: u32, draw: u64) -> u32 {
    let (position, change) = (draw % 6, draw / 6 % 9 + 1);
    let place = 10_u32.pow(u32::try_from(position).expect("below six"));
    let digit = passkey / place % 10;
    let wrong = (digit + u32::try_from(change).expect("below ten")) % 10;
    passkey - digit * place + wrong * place
}
