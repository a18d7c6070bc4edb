//! The link key conversion functions: `h6` and `h7`.
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
