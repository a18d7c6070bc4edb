//! How a device keeps its bonds: how many, where, how fast, and what gives way when there is no room.
//!
//! Invariant: nothing is left to chance here; whether a write fails is told by the owner of the host.

use blesim_kernel::Span;

/// How a device keeps its bonds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BondRules {
    /// Bonds it can keep, thirty-two at the most.
    pub capacity: u8,
    /// What happens to a bond for which there is no room.
    pub when_full: WhenFull,
    /// Where they are kept.
    pub memory: Memory,
    /// From the moment a bond may be used to the moment it survives power loss.
    pub write_time: Span,
    /// Whether the stack says so when a write has failed; if not, it takes the bond for stored.
    pub reports_failure: bool,
}

impl BondRules {
    /// In flash, written in no time, and none gives way to another.
    #[must_use]
    pub const fn of(capacity: u8) -> Self {
        Self {
            capacity,
            when_full: WhenFull::PairWithoutBond,
            memory: Memory::Flash,
            write_time: Span::ZERO,
            reports_failure: true,
        }
    }
}

/// Where bonds are kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Memory {
    /// They survive power loss once they are written.
    Flash,
    /// They are gone with the power.
    Ram,
}

/// What happens to a bond for which there is no room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WhenFull {
    /// The pairing ends well and no bond is kept of it: `data_stored` is false (nRF5 SDK Peer Manager).
    PairWithoutBond,
    /// The pairing fails with Unspecified Reason once the link is encrypted (Zephyr).
    FailPairing,
    /// The bond that was made first goes (NimBLE, `ble_store_util_status_rr`).
    EvictOldest,
    /// The bond goes that was used longest ago, by a connection or a pairing (the ranks of the Peer Manager,
    /// TI's LRU option).
    EvictLeastRecentlyUsed,
}
