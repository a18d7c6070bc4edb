//! What an overlap does to a frame: which part of it is hit, and how much stronger it has to be to live.
//!
//! Invariant: a frame whose beginning is hit is not found; one that is hit later is found and its CRC fails.

use super::Reception;
use blesim_packet::ll::Phy;

/// Microseconds from the first bit of a frame until it has been found: preamble and access address, for LE
/// Coded with the coding indicator and TERM1 (Vol 6 Part B 2.1, 2.2).
#[must_use]
pub const fn sync_us(phy: Phy) -> u64 {
    match phy {
        Phy::Le1M => 8 + 32,
        // 16 and 32 bits of half a microsecond.
        Phy::Le2M => 8 + 16,
        Phy::CodedS2 | Phy::CodedS8 => 80 + 256 + 16 + 24,
    }
}

/// By how many hundredths of a decibel a frame has to be stronger than another on its channel to be received
/// all the same: `uncoded` for LE 1M and LE 2M, for which Vol 6 Part A 4.2 asks 21 dB, and less for LE Coded,
/// for which it asks 17 dB with S = 2 and 12 dB with S = 8.
#[must_use]
pub const fn co_channel_margin(phy: Phy, uncoded: i32) -> i32 {
    match phy {
        Phy::Le1M | Phy::Le2M => uncoded,
        Phy::CodedS2 => uncoded - 400,
        Phy::CodedS8 => uncoded - 900,
    }
}

/// What becomes of a frame: `beginning` is hit, or `any` part of it.
pub(crate) const fn damage(beginning: bool, any: bool) -> Reception {
    match (beginning, any) {
        (true, _) => Reception::Lost,
        (false, true) => Reception::CrcError,
        (false, false) => Reception::Whole,
    }
}

/// The worse of two fates: not found, then found with an error, then whole.
pub(crate) const fn worse(one: Reception, other: Reception) -> Reception {
    match (one, other) {
        (Reception::Lost, _) | (_, Reception::Lost) => Reception::Lost,
        (Reception::CrcError, _) | (_, Reception::CrcError) => Reception::CrcError,
        (Reception::Corrupted, _) | (_, Reception::Corrupted) => Reception::Corrupted,
        (Reception::Whole, Reception::Whole) => Reception::Whole,
    }
}
