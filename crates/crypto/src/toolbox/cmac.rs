//! AES-CMAC: the message authentication under all of LE Secure Connections.
//!
//! Invariant: equal to RFC 4493 for every message length, the empty one included.
//! It must never know which toolbox function composed the message.

use crate::block::BlockKey;

/// Octets in a block of AES.
const BLOCK: usize = 16;

/// The constant that reduces a doubled block in GF(2^128) (RFC 4493 section 2.3).
const REDUCTION: u128 = 0x87;

/// AES-CMAC of `message`, octets in the order the specification concatenates them.
///
/// Source: Vol 3 Part H 2.2.5 and RFC 4493.
#[must_use]
pub fn aes_cmac(key: u128, message: &[u8]) -> u128 {
    CmacKey::new(key).tag(message)
}

/// An expanded key with its subkeys, for more than one message under the same key.
pub(super) struct CmacKey {
    key: BlockKey,
    /// K1: closes a message that ends with a whole block.
    whole: u128,
    /// K2: closes a message that had to be padded.
    padded: u128,
}

impl CmacKey {
    pub(super) fn new(key: u128) -> Self {
        let key = BlockKey::new(key);
        let whole = double(key.encrypt(0));
        Self { key, whole, padded: double(whole) }
    }

    pub(super) fn tag(&self, message: &[u8]) -> u128 {
        // The last block, whole or not, is set apart from the chain; an empty message is one padded block.
        let head = message.len().saturating_sub(1) / BLOCK * BLOCK;
        let (chain, last) = message.split_at(head);
        let (blocks, _) = chain.as_chunks::<BLOCK>();
        let state =
            blocks.iter().fold(0, |state, block| self.key.encrypt(state ^ u128::from_be_bytes(*block)));
        self.key.encrypt(state ^ self.close(last))
    }

    /// The last block with its padding and subkey; `last` holds at most one block.
    fn close(&self, last: &[u8]) -> u128 {
        let mut octets = [0; BLOCK];
        octets[..last.len()].copy_from_slice(last);
        if last.len() == BLOCK {
            return u128::from_be_bytes(octets) ^ self.whole;
        }
        octets[last.len()] = 0x80;
        u128::from_be_bytes(octets) ^ self.padded
    }
}

/// Doubling in GF(2^128), the way one subkey follows from the block before it (RFC 4493 section 2.3).
const fn double(block: u128) -> u128 {
    let carry = block >> 127;
    (block << 1) ^ (carry * REDUCTION)
}

#[cfg(test)]
mod tests {
    use super::CmacKey;

    /// The subkeys follow from the key as RFC 4493 section 4 prints them, with and without a carry.
    #[test]
    fn subkeys_are_those_of_the_rfc() {
        let key = CmacKey::new(0x2B7E_1516_28AE_D2A6_ABF7_1588_09CF_4F3C);
        assert_eq!(key.key.encrypt(0), 0x7DF7_6B0C_1AB8_99B3_3E42_F047_B91B_546F);
        assert_eq!(key.whole, 0xFBEE_D618_3571_3366_7C85_E08F_7236_A8DE);
        assert_eq!(key.padded, 0xF7DD_AC30_6AE2_66CC_F90B_C11E_E46D_513B);
    }
}
