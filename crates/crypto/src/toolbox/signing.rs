//! The signature of a data PDU.
//!
//! Invariant: 12 octets, the counter before the code; the message is taken in the order of the wire.
//! It must never know which counters were used before.

use super::cmac::aes_cmac;

/// Octets of a signature (Vol 3 Part H 2.4.5).
pub const SIGNATURE: usize = 12;
/// The longest message: an `ATT_MTU` of 23 leaves no room for a longer one.
const LONGEST: usize = 23;

/// The signature of `message` under the CSRK with this counter: the counter, least significant octet first, then
/// the 64 most significant bits of the CMAC over both, least significant octet first. Of a message only the
/// first 23 octets are looked at: none is longer on the fixed channel of the attribute protocol.
///
/// Source: Vol 3 Part H 2.4.5, where the first octet on the wire is the least significant of the message.
#[must_use]
pub fn sign(csrk: u128, message: &[u8], counter: u32) -> [u8; SIGNATURE] {
    let message = &message[..message.len().min(LONGEST)];
    let mut octets = [0; LONGEST + 4];
    octets[..4].copy_from_slice(&counter.to_be_bytes());
    for (place, octet) in octets[4..].iter_mut().zip(message.iter().rev()) {
        *place = *octet;
    }
    let code = aes_cmac(csrk, &octets[..4 + message.len()]).to_be_bytes();
    let mut signature = [0; SIGNATURE];
    signature[..4].copy_from_slice(&counter.to_le_bytes());
    for (place, octet) in signature[4..].iter_mut().zip(code[..8].iter().rev()) {
        *place = *octet;
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The CMAC of RFC 4493 in a signature's clothes: a message and a counter that together, most significant octet
    /// first, are the first 16, and the first 20, octets of its examples.
    #[test]
    fn published_codes() {
        let key = 0x2B7E_1516_28AE_D2A6_ABF7_1588_09CF_4F3C;
        let text =
            [0x6B, 0xC1, 0xBE, 0xE2, 0x2E, 0x40, 0x9F, 0x96, 0xE9, 0x3D, 0x7E, 0x11, 0x73, 0x93, 0x17, 0x2A];
        let counter = u32::from_be_bytes([text[0], text[1], text[2], text[3]]);
        let mut message: Vec<u8> = text[4..].to_vec();
        message.reverse();
        // Example 2: 070a16b4 6b4d4144 f79bdd9d d04a287c.
        let expected = [0xE2, 0xBE, 0xC1, 0x6B, 0x44, 0x41, 0x4D, 0x6B, 0xB4, 0x16, 0x0A, 0x07];
        assert_eq!(sign(key, &message, counter), expected);
    }

    /// Another counter, another octet or another key gives another signature.
    #[test]
    fn everything_counts() {
        let base = sign(1, &[0xD2, 0x10, 0x00, 7], 5);
        assert_eq!(base[..4], [5, 0, 0, 0]);
        for other in [sign(2, &[0xD2, 0x10, 0x00, 7], 5), sign(1, &[0xD2, 0x10, 0x00, 8], 5)] {
            assert_ne!(other[4..], base[4..]);
        }
        assert_ne!(sign(1, &[0xD2, 0x10, 0x00, 7], 6)[4..], base[4..]);
    }
}
