//! The functions of LE Secure Connections pairing: `f4`, `f5`, `f6`, `g2`.
//!
//! Invariant: each is one AES-CMAC (f5: three) over a message of fixed length, built on the stack.
//! They must never know the association model: who passes what for `z` and `r` is the pairing's business.

use super::cmac::{CmacKey, aes_cmac};
use super::low_32_bits;
use crate::address::DeviceAddress;

/// The constant key of f5, from which T is drawn (Vol 3 Part H 2.2.7).
const SALT: u128 = 0x6C88_8391_AAF5_A538_6037_0BDB_5A60_83BE;

/// The keyID of f5, the letters "btle" (Vol 3 Part H 2.2.7).
const BTLE: u32 = 0x6274_6C65;

/// The Length field of f5: 256 bits are derived (Vol 3 Part H 2.2.7).
const DERIVED_BITS: u16 = 256;

/// How many values Numeric Comparison can show: six decimal digits (Vol 3 Part H 2.3.5.6.2).
const DISPLAYABLE: u32 = 1_000_000;

/// What f5 derives from the DHKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacKeyAndLtk {
    /// The MacKey, key of the DHKey checks (f6).
    pub mac_key: u128,
    /// The Long Term Key.
    pub ltk: u128,
}

/// Confirm value generation function f4 of LE Secure Connections pairing.
///
/// `u` and `v` are the x-coordinates of two public keys, most significant octet first, `x` is the random
/// value and `z` is 0, or 0x80 with one bit of a passkey.
///
/// Source: Vol 3 Part H 2.2.6.
#[must_use]
pub fn f4(u: &[u8; 32], v: &[u8; 32], x: u128, z: u8) -> u128 {
    let mut message = Message::<65>::new();
    message.put(u).put(v).put(&[z]);
    aes_cmac(x, message.whole())
}

/// Key generation function f5 of LE Secure Connections pairing.
///
/// `w` is the DHKey, most significant octet first; `n1` and `a1` are the initiator's random value and
/// address, `n2` and `a2` the responder's.
///
/// Source: Vol 3 Part H 2.2.7.
#[must_use]
pub fn f5(w: &[u8; 32], n1: u128, n2: u128, a1: &DeviceAddress, a2: &DeviceAddress) -> MacKeyAndLtk {
    let t = CmacKey::new(aes_cmac(SALT, w));
    let derive = |counter: u8| {
        let mut message = Message::<53>::new();
        message.put(&[counter]).put(&BTLE.to_be_bytes());
        message.put(&n1.to_be_bytes()).put(&n2.to_be_bytes());
        message.put(&a1.typed_octets()).put(&a2.typed_octets());
        message.put(&DERIVED_BITS.to_be_bytes());
        t.tag(message.whole())
    };
    MacKeyAndLtk { mac_key: derive(0), ltk: derive(1) }
}

/// Check value generation function f6 of LE Secure Connections pairing.
///
/// `w` is the MacKey. `n1`, `io_cap` and `a1` belong to the device whose check value this is, `n2` and `a2`
/// to its peer; `r` is what the association model says. `io_cap` is AuthReq, OOB data flag, IO capability,
/// in this order: the reverse of the order in which a pairing PDU carries them.
///
/// Source: Vol 3 Part H 2.2.8.
#[must_use]
pub fn f6(
    w: u128,
    n1: u128,
    n2: u128,
    r: u128,
    io_cap: [u8; 3],
    a1: &DeviceAddress,
    a2: &DeviceAddress,
) -> u128 {
    let mut message = Message::<65>::new();
    message.put(&n1.to_be_bytes()).put(&n2.to_be_bytes()).put(&r.to_be_bytes());
    message.put(&io_cap).put(&a1.typed_octets()).put(&a2.typed_octets());
    aes_cmac(w, message.whole())
}

/// Numeric comparison value generation function g2: the 32 bits of which [`six_digits`] are shown.
///
/// `u` and `x` are the initiator's public-key x-coordinate and random value, `v` and `y` the responder's.
///
/// Source: Vol 3 Part H 2.2.9.
#[must_use]
pub fn g2(u: &[u8; 32], v: &[u8; 32], x: u128, y: u128) -> u32 {
    let mut message = Message::<80>::new();
    message.put(u).put(v).put(&y.to_be_bytes());
    low_32_bits(aes_cmac(x, message.whole()))
}

/// The number a user compares, 0 to 999999; shown with leading zeros (Vol 3 Part H 2.3.5.6.2).
#[must_use]
pub const fn six_digits(g2: u32) -> u32 {
    g2 % DISPLAYABLE
}

/// A message of exactly `LEN` octets, filled from the left.
struct Message<const LEN: usize> {
    octets: [u8; LEN],
    used: usize,
}

impl<const LEN: usize> Message<LEN> {
    const fn new() -> Self {
        Self { octets: [0; LEN], used: 0 }
    }

    fn put(&mut self, field: &[u8]) -> &mut Self {
        let end = self.used + field.len();
        self.octets[self.used..end].copy_from_slice(field);
        self.used = end;
        self
    }

    /// The message, once every field is in it.
    fn whole(&self) -> &[u8] {
        assert_eq!(self.used, LEN, "the fields fill the message");
        &self.octets
    }
}
