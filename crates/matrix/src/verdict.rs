//! The six verdicts, and how a recommendation is made of them.
//!
//! Invariant: a verdict is one policy, which restarts at most once. Must never know: results.

use std::fmt;

/// What to do after an error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Nothing is restarted; the user is told.
    NotRestart,
    /// Once more at once, on the same link if there is one.
    Directly,
    /// Once more with the parameters changed that the error speaks of.
    Parameters,
    /// Once more on a fresh link.
    Reconnect,
    /// With the user's consent the bond goes, and the two pair.
    DeleteBond,
    /// It is impossible with this peer: the link is ended.
    GiveUp,
}

impl Verdict {
    /// In the order of every table.
    pub const ALL: [Self; 6] =
        [Self::NotRestart, Self::Directly, Self::Parameters, Self::Reconnect, Self::DeleteBond, Self::GiveUp];

    /// Its letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::NotRestart => 'N',
            Self::Directly => 'D',
            Self::Parameters => 'P',
            Self::Reconnect => 'R',
            Self::DeleteBond => 'B',
            Self::GiveUp => 'X',
        }
    }

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotRestart => "do not restart",
            Self::Directly => "restart directly",
            Self::Parameters => "change parameters",
            Self::Reconnect => "reconnect",
            Self::DeleteBond => "delete the bond with consent",
            Self::GiveUp => "give up",
        }
    }

    /// The name of its policy.
    #[must_use]
    pub const fn policy(self) -> &'static str {
        match self {
            Self::NotRestart => "n-do-not-restart",
            Self::Directly => "d-restart-directly",
            Self::Parameters => "p-change-parameters",
            Self::Reconnect => "r-reconnect",
            Self::DeleteBond => "b-delete-bond",
            Self::GiveUp => "x-give-up",
        }
    }

    /// The text of its policy.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotRestart => include_str!("../../../scenarios/matrix/policies/n-do-not-restart.ron"),
            Self::Directly => include_str!("../../../scenarios/matrix/policies/d-restart-directly.ron"),
            Self::Parameters => include_str!("../../../scenarios/matrix/policies/p-change-parameters.ron"),
            Self::Reconnect => include_str!("../../../scenarios/matrix/policies/r-reconnect.ron"),
            Self::DeleteBond => include_str!("../../../scenarios/matrix/policies/b-delete-bond.ron"),
            Self::GiveUp => include_str!("../../../scenarios/matrix/policies/x-give-up.ron"),
        }
    }
}

/// What is recommended: what to do first, and, if the user is to be asked for the bond after that, so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recommended {
    /// First.
    pub first: Verdict,
    /// Then, if that did not help: deleting the bond with consent.
    pub then_delete: bool,
}

impl fmt::Display for Recommended {
    /// `R`, or `R->B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.first.letter(), if self.then_delete { "->B" } else { "" })
    }
}
