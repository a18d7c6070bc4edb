//! The other end of the link, written anew for the tests: sequence numbers and cipher of a well-behaved peer
//! that says what the script tells it to.

use blesim_controller::Role;
use blesim_crypto::{Direction, LinkCipher, PacketCounter};
use blesim_packet::Octets;
use blesim_packet::ll::{DataHeader, DataPdu, LlControl, Llid};

/// What the controller said: LLID and plaintext.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Said {
    pub(crate) llid: Llid,
    pub(crate) payload: Vec<u8>,
}

impl Said {
    /// The control PDU, if it is one.
    pub(crate) fn control(&self) -> Option<LlControl> {
        (self.llid == Llid::Control).then(|| LlControl::decode(&self.payload).unwrap())
    }
}

/// The peer's state.
#[derive(Debug)]
pub(crate) struct Peer {
    role: Role,
    sn: bool,
    nesn: bool,
    in_flight: bool,
    cipher: Option<LinkCipher>,
    sends: Option<PacketCounter>,
    receives: Option<PacketCounter>,
    /// Octets of the last payload heard, with MIC.
    pub(crate) heard_len: u64,
}

impl Peer {
    pub(crate) fn new(role: Role) -> Self {
        let (sends, receives) = (None, None);
        Self { role, sn: false, nesn: false, in_flight: false, cipher: None, sends, receives, heard_len: 0 }
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    /// True when nothing it said is unacknowledged.
    pub(crate) fn idle(&self) -> bool {
        // A peripheral learns of the acknowledgement with the central's next packet.
        !self.in_flight || self.role == Role::Peripheral
    }

    pub(crate) fn install(&mut self, key: u128, iv: u64) {
        self.cipher = Some(LinkCipher::new(key, iv));
    }

    pub(crate) fn encrypt_sending(&mut self) {
        self.sends = Some(PacketCounter::FIRST);
    }

    pub(crate) fn encrypt_receiving(&mut self) {
        self.receives = Some(PacketCounter::FIRST);
    }

    pub(crate) fn plain_sending(&mut self) {
        self.sends = None;
    }

    pub(crate) fn plain_receiving(&mut self) {
        self.receives = None;
    }

    fn directions(&self) -> (Direction, Direction) {
        let (down, up) = (Direction::CentralToPeripheral, Direction::PeripheralToCentral);
        if self.role == Role::Central { (down, up) } else { (up, down) }
    }

    /// The next PDU: this content, or an empty PDU.
    pub(crate) fn speak(&mut self, say: Option<(Llid, &[u8])>) -> DataPdu {
        let (llid, payload) = say.unwrap_or((Llid::Continuation, &[]));
        let header = DataHeader { llid, nesn: self.nesn, sn: self.sn, md: false, cp: false };
        let mut pdu = DataPdu { header, payload: Octets::from_slice(payload).unwrap() };
        if let (Some(cipher), Some(counter), false) = (&self.cipher, &mut self.sends, payload.is_empty()) {
            let direction = match self.role {
                Role::Central => Direction::CentralToPeripheral,
                Role::Peripheral => Direction::PeripheralToCentral,
            };
            let mic = cipher.seal(*counter, direction, pdu.first_octet(), &mut pdu.payload);
            pdu.payload.extend_from_slice(&mic).unwrap();
            *counter = counter.next().unwrap();
        }
        self.in_flight = true;
        pdu
    }

    /// Takes what the controller sent; its content if it is new and not empty.
    pub(crate) fn hear(&mut self, pdu: &DataPdu) -> Option<Said> {
        self.heard_len = u64::try_from(pdu.payload.len()).unwrap();
        if pdu.header.nesn != self.sn {
            self.sn = !self.sn;
            self.in_flight = false;
        }
        if pdu.header.sn != self.nesn {
            return None;
        }
        self.nesn = !self.nesn;
        if pdu.payload.is_empty() {
            return None;
        }
        let mut payload = pdu.payload.to_vec();
        let (_, direction) = self.directions();
        if let (Some(cipher), Some(counter)) = (&self.cipher, &mut self.receives) {
            let mic = payload.split_off(payload.len() - 4).try_into().unwrap();
            cipher.open(*counter, direction, pdu.first_octet(), &mut payload, mic).expect("the MIC holds");
            *counter = counter.next().unwrap();
        }
        Some(Said { llid: pdu.header.llid, payload })
    }
}
