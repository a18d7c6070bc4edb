//! Takes the encryption off the frames of a trace, with the session keys that the controllers tell.
//!
//! Invariant: a frame that does not decrypt under the present key and counter was not encrypted, so nothing is
//! guessed: the MIC decides.

use blesim_crypto::{Direction, LinkCipher, PacketCounter};
use blesim_packet::Octets;
use blesim_packet::ll::DataPdu;

/// Follows the encryption of one link.
#[derive(Default)]
pub(super) struct Cleartext {
    cipher: Option<LinkCipher>,
    /// The counter of the next new PDU, central's first.
    counters: [Option<PacketCounter>; 2],
    /// The last PDU of each side, with its plaintext: a retransmission is the same again.
    last: [Option<(DataPdu, Octets<255>, bool)>; 2],
}

impl Cleartext {
    /// A session key came into being; both sides tell of it, and it counts once.
    pub(super) fn key(&mut self, key: u128, iv: u64) {
        self.cipher = Some(LinkCipher::new(key, iv));
        self.counters = [Some(PacketCounter::FIRST); 2];
    }

    /// The link is gone.
    pub(super) fn close(&mut self) {
        *self = Self::default();
    }

    /// The payload in the clear and whether it was encrypted; `sender` is 0 for the central.
    pub(super) fn open(&mut self, sender: usize, pdu: &DataPdu) -> (Octets<255>, bool) {
        if let Some((before, payload, encrypted)) = &self.last[sender]
            && before.header.sn == pdu.header.sn
            && before.payload == pdu.payload
        {
            return (*payload, *encrypted);
        }
        let (payload, encrypted) =
            self.decrypt(sender, pdu).map_or((pdu.payload, false), |plain| (plain, true));
        self.last[sender] = Some((*pdu, payload, encrypted));
        (payload, encrypted)
    }

    fn decrypt(&mut self, sender: usize, pdu: &DataPdu) -> Option<Octets<255>> {
        let (cipher, counter) = (self.cipher.as_ref()?, self.counters[sender]?);
        let direction =
            if sender == 0 { Direction::CentralToPeripheral } else { Direction::PeripheralToCentral };
        let length = pdu.payload.len().checked_sub(4)?;
        let mut plain = pdu.payload;
        let mic = plain[length..].try_into().ok()?;
        plain.truncate(length);
        cipher.open(counter, direction, pdu.first_octet(), &mut plain, mic).ok()?;
        self.counters[sender] = counter.next();
        Some(plain)
    }
}
