//! Opens what is encrypted on the air, where a key is in the capture: one that a host gave its controller, one that was
//! distributed, or the STK of a pairing that could be heard.
//!
//! Invariant: a key is taken only if a MIC proves it (Vol 6 Part E 1).

use crate::step::Side;
use blesim_crypto::{Direction, LinkCipher, PacketCounter, session_key};

/// Octets of a MIC.
const MIC: usize = 4;
/// So many packets a sniffer may have missed in a row.
const MISSED: usize = 4;

/// The encryption of one link.
#[derive(Default)]
pub(super) struct Cipher {
    skd: u128,
    iv: u64,
    open: Option<LinkCipher>,
    counters: [PacketCounter; 2],
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cipher").field("skd", &self.skd).field("iv", &self.iv).finish_non_exhaustive()
    }
}

impl Cipher {
    /// LL_ENC_REQ: the central's halves.
    pub(super) fn asked(&mut self, skd: u64, iv: u32) {
        *self = Self { skd: u128::from(skd), iv: u64::from(iv), ..Self::default() };
    }

    /// LL_ENC_RSP: the peripheral's.
    pub(super) fn answered(&mut self, skd: u64, iv: u32) {
        self.skd |= u128::from(skd) << 64;
        self.iv |= u64::from(iv) << 32;
    }

    /// The payload of a new PDU in the clear; with the key that opens it, if it was not known before.
    pub(super) fn open(
        &mut self,
        from: Side,
        header: u8,
        sealed: &[u8],
        keys: impl Iterator<Item = u128>,
    ) -> Option<(Vec<u8>, Option<u128>)> {
        let (payload, mic) = sealed.split_last_chunk::<MIC>()?;
        if let Some(cipher) = &self.open {
            let counter = &mut self.counters[from.index()];
            return tried(cipher, counter, from, header, payload, *mic).map(|clear| (clear, None));
        }
        for key in keys {
            let cipher = LinkCipher::new(session_key(key, self.skd), self.iv);
            let counter = &mut self.counters[from.index()];
            if let Some(clear) = tried(&cipher, counter, from, header, payload, *mic) {
                self.open = Some(cipher);
                return Some((clear, Some(key)));
            }
        }
        None
    }
}

/// Opens a payload with the next counter, or one of the few after it.
fn tried(
    cipher: &LinkCipher,
    counter: &mut PacketCounter,
    from: Side,
    header: u8,
    payload: &[u8],
    mic: [u8; MIC],
) -> Option<Vec<u8>> {
    let direction = match from {
        Side::Central => Direction::CentralToPeripheral,
        Side::Peripheral => Direction::PeripheralToCentral,
    };
    let mut next = Some(*counter);
    for _ in 0..=MISSED {
        let at = next?;
        let mut clear = payload.to_vec();
        if cipher.open(at, direction, header, &mut clear, mic).is_ok() {
            *counter = at.next().unwrap_or(at);
            return Some(clear);
        }
        next = at.next();
    }
    None
}
