//! Access addresses, Vol 6 Part B 2.1.2.
//!
//! Invariant: the number's most significant bit is the one sent last. This module must never know which
//! addresses other connections use.

use core::fmt;

/// The 32 bits by which a receiver finds the packets of one physical channel, Vol 6 Part B 2.1.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccessAddress(pub u32);

/// Pairs of adjacent bits in which the two differ, as a word of 31 bits.
const fn transitions(word: u32) -> u32 {
    (word ^ (word >> 1)) & 0x7FFF_FFFF
}

impl AccessAddress {
    /// That of the primary advertising channels, Vol 6 Part B 2.1.2.
    pub const ADVERTISING: Self = Self(0x8E89_BED6);

    /// True if a connection on an uncoded PHY may have it, Vol 6 Part B 2.1.2. That it differs from the
    /// addresses of the device's other connections is for the device to see to.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        let Self(word) = self;
        let changes = transitions(word);
        // Neither the advertising channels' own nor a single bit error away from it.
        let unlike_advertising = (word ^ Self::ADVERTISING.0).count_ones() > 1;
        // A run of seven equal bits is one too long; it is six adjacent pairs without a change.
        let unchanged = !changes & 0x7FFF_FFFF;
        let two = unchanged & unchanged >> 1;
        let short_runs = two & two >> 2 & two >> 4 == 0;
        let octets_differ = word != word.rotate_left(8);
        let steady = changes.count_ones() <= 24;
        // The top six bits, which are five pairs, change at least twice.
        let lively_top = (changes >> 26).count_ones() >= 2;
        unlike_advertising && short_runs && octets_differ && steady && lively_top
    }

    /// True if a connection on the coded PHY may have it, which asks for two rules more, Vol 6 Part B 2.1.2.
    #[must_use]
    pub const fn is_valid_on_coded(self) -> bool {
        let Self(word) = self;
        let enough_ones = (word & 0xFF).count_ones() >= 3;
        // The low sixteen bits, which are fifteen pairs, change at most eleven times.
        let steady = (transitions(word) & 0x7FFF).count_ones() <= 11;
        self.is_valid() && enough_ones && steady
    }

    /// The address from its octets in the order of the air, least significant first.
    #[must_use]
    pub const fn from_wire(wire: [u8; 4]) -> Self {
        Self(u32::from_le_bytes(wire))
    }

    /// The octets in the order of the air, least significant first.
    #[must_use]
    pub const fn to_wire(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }
}

impl fmt::Display for AccessAddress {
    /// `0x8E89BED6`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}
