//! AES-128 of one block, with blocks and keys as numbers.
//!
//! Invariant: only encryption exists; neither the toolbox nor CCM ever runs the cipher backwards.
//! It must never know what the block means.

use aes::Aes128Enc;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

/// An expanded AES-128 key. Expansion costs about two blocks, so one key is kept for all blocks under it.
pub(crate) struct BlockKey(Aes128Enc);

impl BlockKey {
    pub(crate) fn new(key: u128) -> Self {
        Self(expand(key))
    }

    pub(crate) fn encrypt(&self, block: u128) -> u128 {
        let mut octets = Array::from(block.to_be_bytes());
        self.0.encrypt_block(&mut octets);
        u128::from_be_bytes(octets.into())
    }
}

/// The key schedule alone, for modes that bring their own block loop.
pub(crate) fn expand(key: u128) -> Aes128Enc {
    Aes128Enc::new(&Array::from(key.to_be_bytes()))
}
