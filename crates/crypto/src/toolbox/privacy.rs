//! The random address hash function `ah`.
//!
//! Invariant: only 24 bits of prand and 24 bits of hash exist.
//! It must never know an address, a resolving list, or when an address is renewed.

use super::legacy::e;
use super::low_32_bits;

/// The 24 bits of prand and of the hash (Vol 3 Part H 2.2.2).
const BITS_24: u32 = 0x00FF_FFFF;

/// Random address hash function ah: the low 24 bits of a resolvable private address, from its high 24.
///
/// Bits of `prand` above the 24th are ignored; the result is below 2^24.
///
/// Source: Vol 3 Part H 2.2.2.
#[must_use]
pub fn ah(irk: u128, prand: u32) -> u32 {
    low_32_bits(e(irk, u128::from(prand & BITS_24))) & BITS_24
}
