//! What a rule can be matched against.
//!
//! Invariant: it holds what the stack knows when a failure is shown, never the true cause.

use crate::config::Level;
use crate::failure::Failure;
use crate::io::Role;

/// A failure with what the stack knows besides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Sight {
    /// This side's role.
    pub role: Role,
    /// What failed, and what was shown.
    pub failure: Failure,
    /// Whether this side holds a bond with the peer, whatever the peer holds.
    pub bonded: bool,
    /// The security that the link had reached (Vol 3 Part C 10.2.1); level 1 before it was ever secured.
    pub level: Level,
}

/// A set of levels of LE security mode 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Levels(u8);

impl Levels {
    /// All of them.
    pub const ALL: Self = Self(0b1_1110);

    /// These.
    #[must_use]
    pub fn of(levels: &[Level]) -> Self {
        Self(levels.iter().fold(0, |set, &level| set | 1 << level as u8))
    }

    /// Whether the level is one of them.
    #[must_use]
    pub const fn contains(self, level: Level) -> bool {
        self.0 >> level as u8 & 1 == 1
    }
}
