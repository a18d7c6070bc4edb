//! The script of a session: what is done with the devices in a stretch of their life, one act after the other.
//!
//! Invariant: an act is over before the next begins, and what a device finds is what acts do to it, never the script.
//! A plan without a script has one act, to secure the link, and none of this is looked at.

use crate::record::Outcome;
use blesim_kernel::{Instant, Span};

/// One act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// A secured link is wanted: over when there is one, or when the policy has given up.
    Secure,
    /// Nothing is done for this time.
    Stay(Span),
    /// The links are ended, by both sides.
    Disconnect,
    /// The user of this device has it forget its bonds.
    Forget(usize),
    /// This device is without power for so long.
    PowerCycle(usize, Span),
    /// This device gets other firmware, which knows none of its bonds, and is without power for so long.
    Update(usize, Span),
}

/// How far a session is in its script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The place of the act that is played.
    pub(crate) at: usize,
    /// Whether it has begun.
    pub(crate) begun: bool,
    /// When it began.
    pub(crate) since: Instant,
    /// When an act that takes a time is over.
    pub(crate) until: Instant,
    /// The worst end of an act that was to secure the link.
    pub(crate) worst: Outcome,
    /// What these took, all together, as far as they ended well.
    pub(crate) spent: Span,
    /// How many ended well, and how many began.
    pub(crate) secured: (u16, u16),
}

impl Progress {
    /// Before the first act.
    pub(crate) const NONE: Self = Self {
        at: 0,
        begun: false,
        since: Instant::ZERO,
        until: Instant::ZERO,
        worst: Outcome::Secured,
        spent: Span::ZERO,
        secured: (0, 0),
    };
}
