//! The functions of LE legacy pairing: `e`, `c1`, `s1`.
//!
//! Invariant: these use the plain block cipher, never CMAC.
//! They must never know how the temporary key was agreed upon.

use crate::address::DeviceAddress;
use crate::block::BlockKey;

/// Security function e: AES-128 of one block.
///
/// Source: Vol 3 Part H 2.2.1.
#[must_use]
pub fn e(key: u128, plaintext: u128) -> u128 {
    BlockKey::new(key).encrypt(plaintext)
}

/// Confirm value generation function c1 of LE legacy pairing.
///
/// `k` is the temporary key and `r` the random value of the device whose confirm value this is. `preq` and
/// `pres` are the whole Pairing Request and Pairing Response PDUs in wire order, code octet first. `ia` is
/// the initiating device's address and `ra` the responding device's, whoever computes.
///
/// Source: Vol 3 Part H 2.2.3.
#[must_use]
#[expect(clippy::similar_names, reason = "the specification's names")]
pub fn c1(k: u128, r: u128, preq: [u8; 7], pres: [u8; 7], ia: &DeviceAddress, ra: &DeviceAddress) -> u128 {
    // p1 = pres || preq || rat' || iat', with each PDU's code as its least significant octet.
    let p1 = (number_from_wire(pres) << 72)
        | (number_from_wire(preq) << 16)
        | (u128::from(ra.type_bit()) << 8)
        | u128::from(ia.type_bit());
    // p2 = padding || ia || ra.
    let p2 = (u128::from(ia.number()) << 48) | u128::from(ra.number());
    let key = BlockKey::new(k);
    key.encrypt(key.encrypt(r ^ p1) ^ p2)
}

/// Key generation function s1 of LE legacy pairing: the Short Term Key.
///
/// `r1` is the responder's random value and `r2` the initiator's; the less significant half of each is used.
///
/// Source: Vol 3 Part H 2.2.4; the order of the random values is from Vol 3 Part H 2.3.5.5.
#[must_use]
pub fn s1(k: u128, r1: u128, r2: u128) -> u128 {
    const HALF: u128 = u64::MAX as u128;
    e(k, ((r1 & HALF) << 64) | (r2 & HALF))
}

/// A 56-bit PDU as the number c1 sees: its first octet on the wire is the least significant.
fn number_from_wire(pdu: [u8; 7]) -> u128 {
    let mut octets = [0; 16];
    octets[..7].copy_from_slice(&pdu);
    u128::from_le_bytes(octets)
}
