//! The link key conversion functions `h6` and `h7`, and the derivation of a key of one transport from that of
//! the other.
//!
//! Invariant: 128 bits in, 128 bits out; keys of other lengths never come here.
//! They must never know which transport a key came from.

use super::cmac::aes_cmac;

/// Link key conversion function h6: `w` is a key, `key_id` four letters as a number.
///
/// Source: Vol 3 Part H 2.2.10.
#[must_use]
pub fn h6(w: u128, key_id: u32) -> u128 {
    aes_cmac(w, &key_id.to_be_bytes())
}

/// Link key conversion function h7: `salt` is the CMAC key and the key `w` its message.
///
/// Source: Vol 3 Part H 2.2.11.
#[must_use]
pub fn h7(salt: u128, w: u128) -> u128 {
    aes_cmac(salt, &w.to_be_bytes())
}

/// Key IDs and salts of the derivations: four letters each (Vol 3 Part H 2.4.2.4, 2.4.2.5).
const TMP1: u32 = u32::from_be_bytes(*b"tmp1");
const TMP2: u32 = u32::from_be_bytes(*b"tmp2");
const LEBR: u32 = u32::from_be_bytes(*b"lebr");
const BRLE: u32 = u32::from_be_bytes(*b"brle");

/// The BR/EDR link key that follows from an LTK; `ct2` if both devices support h7.
///
/// Source: Vol 3 Part H 2.4.2.4.
#[must_use]
pub fn link_key_from_ltk(ltk: u128, ct2: bool) -> u128 {
    h6(intermediate(ltk, TMP1, ct2), LEBR)
}

/// The LTK that follows from a BR/EDR link key; `ct2` if both devices support h7.
///
/// Source: Vol 3 Part H 2.4.2.5.
#[must_use]
pub fn ltk_from_link_key(link_key: u128, ct2: bool) -> u128 {
    h6(intermediate(link_key, TMP2, ct2), BRLE)
}

fn intermediate(key: u128, letters: u32, ct2: bool) -> u128 {
    if ct2 { h7(u128::from(letters), key) } else { h6(key, letters) }
}
