//! The debug key pair, which anyone who listens may know.
//!
//! Invariant: the constants belong together; a test computes one from the other.
//! It must never know whether a device is in debug mode.

use super::public::PublicKey;
use super::secret::{KeyPair, SecretKey};

/// The secret of the debug key pair, most significant octet first (Vol 3 Part H 2.3.5.6.1).
pub const DEBUG_SECRET: [u8; 32] =
    octets([0x3F49_F6D4_A3C5_5F38_74C9_B3E3_D210_3F50, 0x4AFF_607B_EB40_B799_5899_B8A6_CD3C_1ABD]);

/// The public key of the debug key pair (Vol 3 Part H 2.3.5.6.1).
pub const DEBUG_PUBLIC_KEY: PublicKey = PublicKey {
    x: octets([0x20B0_03D2_F297_BE2C_5E2C_83A7_E9F9_A5B9, 0xEFF4_9111_ACF4_FDDB_CC03_0148_0E35_9DE6]),
    y: octets([0xDC80_9C49_652A_EB6D_6332_9ABF_5A52_155C, 0x7663_45C2_8FED_3024_741C_8ED0_1589_D28B]),
};

/// The debug key pair as one.
#[must_use]
pub fn debug_key_pair() -> KeyPair {
    KeyPair { secret: debug_secret(), public: DEBUG_PUBLIC_KEY }
}

fn debug_secret() -> SecretKey {
    SecretKey::from_octets(DEBUG_SECRET).expect("the debug secret is below the order")
}

/// 256 bits written as two halves, the more significant first.
const fn octets(halves: [u128; 2]) -> [u8; 32] {
    let mut all = [0; 32];
    let (high, low) = all.split_at_mut(16);
    high.copy_from_slice(&halves[0].to_be_bytes());
    low.copy_from_slice(&halves[1].to_be_bytes());
    all
}
