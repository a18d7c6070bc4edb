//! Following a connection by ear: when it is encrypted, with what, and what was said in it.
//!
//! Invariant: a PDU counts as read only if it was in the clear or its Message Integrity Check fits a key that
//! was found. Frames that were missed cost what they carried, and a few packet counters.

use super::Heard;
use super::crack::Overheard;
use blesim_controller::AirPdu;
use blesim_crypto::{DeviceAddress, Direction, LinkCipher, PacketCounter, session_key};
use blesim_packet::l2cap::{self, Reassembler};
use blesim_packet::ll::{AccessAddress, AdvPdu, DataPdu, LlControl, Llid};
use blesim_packet::smp::SmpPdu;
use blesim_packet::{Address, AddressKind, Octets};

/// Packets in a row that may be missed before a direction is given up.
const PATIENCE: u64 = 64;
/// Opcode and attribute handle of a notification or write command (Vol 3 Part F 3.4.7.1, 3.4.5.3).
const VALUE_HEADER: usize = 3;

/// Error and write response (Vol 3 Part F 3.4.1.1, 3.4.5.2).
const ANSWERS: [u8; 2] = [0x01, 0x13];

/// Opcode and length of LL_ENC_REQ (Vol 6 Part B 2.4.2.4).
const ENC_REQ: (u8, usize) = (0x03, 23);

/// A key and its name.
type Named = (u16, u64, u128);

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
struct Way {
    counter: u64,
    last: Option<DataPdu>,
    incoming: Reassembler,
    /// The LTK that was just distributed, until its name comes.
    ltk: Option<u128>,
}

/// A connection that a listener follows.
#[derive(Clone, Debug)]
struct Connection {
    access_address: AccessAddress,
    /// Who sounded like the central.
    central: usize,
    addresses: (DeviceAddress, DeviceAddress),
    pairing: Overheard,
    /// LL_ENC_REQ: Rand, EDIV, SKD_C and IV_C.
    asked: Option<(u64, u16, u64, u32)>,
    ciphers: Vec<LinkCipher>,
    encrypted: bool,
    ways: [Way; 2],
}

/// Application octets that the listener `by` could read, of all it has heard.
pub(crate) fn octets_read(heard: &[Heard], by: usize) -> u32 {
    let (mut connections, mut keys, mut read): (Vec<Connection>, Vec<Named>, u32) = Default::default();
    for Heard { from, frame, .. } in heard.iter().filter(|heard| heard.by == by) {
        match &frame.pdu {
            AirPdu::Advertising(AdvPdu::ConnectInd(request)) => connections.push(Connection {
                access_address: request.ll.access_address,
                central: *from,
                addresses: (plain(request.initiator), plain(request.advertiser)),
                pairing: Overheard::default(),
                asked: None,
                ciphers: Vec::new(),
                encrypted: false,
                ways: Default::default(),
            }),
            AirPdu::Advertising(_) => {}
            AirPdu::Data(pdu) => {
                let mut latest = connections.iter_mut().rev();
                let found = latest.find(|one| one.access_address == frame.access_address);
                read += found.map_or(0, |connection| connection.hear(*from, pdu, &mut keys));
            }
        }
    }
    read
}

fn plain(address: Address) -> DeviceAddress {
    DeviceAddress { random: address.kind == AddressKind::Random, octets: address.octets }
}

impl Connection {
    /// Takes in a PDU that is not empty: the application octets in it that could be read.
    fn hear(&mut self, from: usize, pdu: &DataPdu, keys: &mut Vec<Named>) -> u32 {
        let direction = if from == self.central {
            Direction::CentralToPeripheral
        } else {
            Direction::PeripheralToCentral
        };
        let way = &mut self.ways[side(direction)];
        // The same again is a retransmission: the bits that may differ are not compared.
        let same = |last: &DataPdu| (last.header.sn, &last.payload) == (pdu.header.sn, &pdu.payload);
        if way.last.replace(*pdu).is_some_and(|last| same(&last)) {
            return 0;
        }
        let Some(payload) = self.open(direction, pdu) else { return 0 };
        if pdu.header.llid == Llid::Control {
            if let Ok(control) = LlControl::decode(&payload) {
                self.control(&control, keys);
            }
            return 0;
        }
        self.l2cap(direction, pdu.header.llid == Llid::Start, &payload, keys)
    }

    /// The payload in the clear, if that can be had.
    fn open(&mut self, direction: Direction, pdu: &DataPdu) -> Option<Octets<255>> {
        // Asked for again after a pause that was missed: LL_ENC_REQ is never encrypted, and as long as no other
        // (Vol 6 Part B 5.1.3.1).
        if pdu.header.llid == Llid::Control && pdu.payload.len() == ENC_REQ.1 && pdu.payload[0] == ENC_REQ.0 {
            self.encrypted = false;
        }
        if !self.encrypted {
            return Some(pdu.payload);
        }
        let length = pdu.payload.len().checked_sub(4)?;
        let (text, mic) = pdu.payload.split_at(length);
        let mic = mic.try_into().ok()?;
        let way = &mut self.ways[side(direction)];
        for counter in way.counter..way.counter + PATIENCE {
            for index in 0..self.ciphers.len() {
                let mut payload = Octets::from_slice(text)?;
                let number = PacketCounter::new(counter)?;
                let opened =
                    self.ciphers[index].open(number, direction, pdu.first_octet(), &mut payload, mic);
                if opened.is_ok() {
                    way.counter = counter + 1;
                    self.ciphers.swap(0, index);
                    self.ciphers.truncate(1);
                    return Some(payload);
                }
            }
        }
        None
    }

    fn control(&mut self, control: &LlControl, keys: &mut Vec<Named>) {
        match *control {
            LlControl::LlEncReq { rand, ediv, skd_c, iv_c } => self.asked = Some((rand, ediv, skd_c, iv_c)),
            LlControl::LlEncRsp { skd_p, iv_p } => {
                let Some((rand, ediv, skd_c, iv_c)) = self.asked.take() else { return };
                let skd = u128::from(skd_p) << 64 | u128::from(skd_c);
                let iv = u64::from(iv_p) << 32 | u64::from(iv_c);
                if (ediv, rand) == (0, 0) {
                    let fresh = self.pairing.key(self.addresses.0, self.addresses.1);
                    keys.extend(fresh.map(|ltk| (0, 0, ltk)));
                }
                let named = keys.iter().filter(|key| (key.0, key.1) == (ediv, rand));
                self.ciphers = named.map(|key| LinkCipher::new(session_key(key.2, skd), iv)).collect();
            }
            // From here on both sides encrypt, beginning with LL_START_ENC_RSP (Vol 6 Part B 5.1.3.1).
            LlControl::LlStartEncReq => {
                self.encrypted = true;
                self.ways.iter_mut().for_each(|way| way.counter = 0);
            }
            // The last that is encrypted with the old key (5.1.3.2).
            LlControl::LlPauseEncRsp => self.encrypted = false,
            _ => {}
        }
    }

    fn l2cap(&mut self, direction: Direction, start: bool, octets: &[u8], keys: &mut Vec<Named>) -> u32 {
        let Self { ways, pairing, .. } = self;
        let Way { incoming, ltk, .. } = &mut ways[side(direction)];
        let Ok(Some(frame)) = incoming.feed(start, octets) else { return 0 };
        match frame.cid {
            // Answers carry nothing of an application's.
            l2cap::CID_ATT if frame.payload.first().is_some_and(|&opcode| ANSWERS.contains(&opcode)) => 0,
            l2cap::CID_ATT => {
                u32::try_from(frame.payload.len().saturating_sub(VALUE_HEADER)).unwrap_or(u32::MAX)
            }
            l2cap::CID_SMP => {
                let Ok(pdu) = SmpPdu::decode(frame.payload) else { return 0 };
                pairing.hear(direction, &pdu);
                match pdu {
                    SmpPdu::EncryptionInformation { ltk: key } => *ltk = Some(key),
                    SmpPdu::CentralIdentification { ediv, rand } => {
                        keys.extend(ltk.take().map(|key| (ediv, rand, key)));
                    }
                    _ => {}
                }
                0
            }
            _ => 0,
        }
    }
}

fn side(direction: Direction) -> usize {
    usize::from(direction == Direction::PeripheralToCentral)
}
