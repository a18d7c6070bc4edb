//! LE link encryption: AES-CCM over the payload of one data physical channel PDU.
//!
//! Invariant: one nonce per (session key, IV, direction, packet counter). Counting is the caller's, who
//! alone knows a new packet from a retransmission; [`PacketCounter`] only refuses to wrap.
//! It must never know when encryption starts, pauses, or what a bad MIC leads to.

use core::fmt;

use aes::Aes128Enc;
use ccm::Ccm;
use ccm::aead::AeadInOut;
use ccm::consts::{U4, U13};

use crate::block;
use crate::toolbox::e;

/// The header bits that are authenticated: all but NESN, SN and MD, which may change when a PDU is sent
/// again (Vol 6 Part E 2.2).
const AUTHENTICATED_HEADER_BITS: u8 = 0xE3;

/// Bits of the packet counter (Vol 6 Part E 2.1).
const COUNTER_BITS: u32 = 39;

/// The direction bit in the fifth octet of the nonce, above the counter's top seven bits (Vol 6 Part E 2.1).
const FROM_CENTRAL: u8 = 0x80;

/// The session key: `e` of the session key diversifier `skd` (SKD_P || SKD_C) under the Long Term Key.
///
/// Source: Vol 6 Part B 5.1.3.1.
#[must_use]
pub fn session_key(ltk: u128, skd: u128) -> u128 {
    e(ltk, skd)
}

/// Who sent a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Sent by the Central.
    CentralToPeripheral,
    /// Sent by the Peripheral.
    PeripheralToCentral,
}

/// The number of an encrypted PDU within one direction of one encryption: 39 bits, first 0.
///
/// Source: Vol 6 Part E 2.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketCounter(u64);

impl PacketCounter {
    /// The counter of the first encrypted PDU.
    pub const FIRST: Self = Self(0);
    /// The last counter there is; no PDU may be encrypted after it with the same key.
    pub const LAST: Self = Self((1 << COUNTER_BITS) - 1);

    /// The counter with this number; none above [`Self::LAST`].
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number <= Self::LAST.0 { Some(Self(number)) } else { None }
    }

    /// The counter of the next new PDU; none when the 39 bits are exhausted.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    /// The counter as a number, below 2^39.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// A received payload and its Message Integrity Check do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MicMismatch;

impl fmt::Display for MicMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message integrity check does not match")
    }
}

impl core::error::Error for MicMismatch {}

/// The cipher of one encrypted link: a session key, expanded once, and its initialization vector.
#[derive(Clone)]
pub struct LinkCipher {
    ccm: Ccm<Aes128Enc, U4, U13>,
    /// The part of the nonce that does not change, in nonce order.
    iv: [u8; 8],
}

impl LinkCipher {
    /// Builds the cipher from the session key and the initialization vector `iv`, the number IV_P || IV_C
    /// (Vol 6 Part B 5.1.3.1).
    #[must_use]
    pub fn new(session_key: u128, iv: u64) -> Self {
        Self { ccm: Ccm::from(block::expand(session_key)), iv: iv.to_le_bytes() }
    }

    /// Encrypts `payload` in place and returns the MIC in transmission order.
    ///
    /// `header_octet` is the first octet of the PDU's header; its NESN, SN and MD bits do not matter. A PDU
    /// of length zero is neither encrypted nor counted on a real link, so a caller does not bring it here
    /// (Vol 6 Part B 2.4).
    ///
    /// # Panics
    /// If `payload` is longer than 65535 octets, which no PDU can be.
    #[must_use]
    pub fn seal(
        &self,
        counter: PacketCounter,
        direction: Direction,
        header_octet: u8,
        payload: &mut [u8],
    ) -> [u8; 4] {
        let nonce = self.nonce(counter, direction);
        let aad = [header_octet & AUTHENTICATED_HEADER_BITS];
        self.ccm
            .encrypt_inout_detached(&nonce.into(), &aad, payload.into())
            .expect("the length of a PDU payload fits one octet, and CCM takes two")
            .into()
    }

    /// Decrypts `payload` in place if `mic` (transmission order) proves it.
    ///
    /// # Errors
    /// [`MicMismatch`] if it does not; `payload` is then all zero.
    pub fn open(
        &self,
        counter: PacketCounter,
        direction: Direction,
        header_octet: u8,
        payload: &mut [u8],
        mic: [u8; 4],
    ) -> Result<(), MicMismatch> {
        let nonce = self.nonce(counter, direction);
        let aad = [header_octet & AUTHENTICATED_HEADER_BITS];
        self.ccm
            .decrypt_inout_detached(&nonce.into(), &aad, payload.into(), &mic.into())
            .map_err(|_| MicMismatch)
    }

    /// Counter, direction and IV, least significant octets first (Vol 6 Part E 2.1).
    fn nonce(&self, counter: PacketCounter, direction: Direction) -> [u8; 13] {
        let mut nonce = [0; 13];
        nonce[..5].copy_from_slice(&counter.0.to_le_bytes()[..5]);
        if direction == Direction::CentralToPeripheral {
            nonce[4] |= FROM_CENTRAL;
        }
        nonce[5..].copy_from_slice(&self.iv);
        nonce
    }
}

impl fmt::Debug for LinkCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkCipher").field("iv", &u64::from_le_bytes(self.iv)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, LinkCipher, PacketCounter};

    /// The counter takes all 39 bits below the direction bit, and never touches the IV.
    #[test]
    fn the_nonce_holds_counter_direction_and_iv() {
        let cipher = LinkCipher::new(0, 0xDEAF_BABE_BADC_AB24);
        let check = |number, direction, expected: [u8; 5]| {
            let nonce = cipher.nonce(PacketCounter::new(number).unwrap(), direction);
            assert_eq!(nonce[..5], expected, "{number:#x} {direction:?}");
            assert_eq!(nonce[5..], [0x24, 0xAB, 0xDC, 0xBA, 0xBE, 0xBA, 0xAF, 0xDE]);
        };
        check(0, Direction::PeripheralToCentral, [0, 0, 0, 0, 0]);
        check(0, Direction::CentralToPeripheral, [0, 0, 0, 0, 0x80]);
        check(0x01_0203_0405, Direction::PeripheralToCentral, [5, 4, 3, 2, 1]);
        check(PacketCounter::LAST.number(), Direction::PeripheralToCentral, [0xFF, 0xFF, 0xFF, 0xFF, 0x7F]);
        check(PacketCounter::LAST.number(), Direction::CentralToPeripheral, [0xFF; 5]);
    }
}
