//! Follows every connection of a trace by its access address: who is its central, what its CRC begins with, and
//! what its frames say without their encryption.
//!
//! Invariant: a frame that does not decrypt under its sender's present key and counter was not encrypted, so
//! nothing is guessed: the MIC decides.

use blesim_controller::Frame;
use blesim_crypto::{Direction, LinkCipher, PacketCounter};
use blesim_packet::ll::{AccessAddress, AdvPdu, ConnectInd, DataPdu, LlControl, Llid};
use blesim_packet::{Address, Octets};
use blesim_world::Plan;
use std::collections::BTreeMap;

/// Octets of a Message Integrity Check (Vol 6 Part B 2.4).
const MIC: usize = 4;

/// All connections that were asked for.
#[derive(Default)]
pub(super) struct Links {
    opened: BTreeMap<AccessAddress, Link>,
    keys: Vec<SessionKey>,
    /// Private addresses, with the devices that have used them.
    addresses: BTreeMap<Address, usize>,
}

/// One connection.
pub(super) struct Link {
    /// The device that asked for it.
    pub(super) central: usize,
    /// What it asked for.
    pub(super) request: ConnectInd,
    /// The central's side first.
    sides: [Side; 2],
}

/// A session key that a controller told of.
struct SessionKey {
    device: usize,
    skd: u128,
    iv: u64,
    key: u128,
}

/// Half of the session key diversifier and of the initialisation vector, as one side sent them.
pub(super) type Halves = (u64, u32);

/// What one side of a connection sends.
#[derive(Default)]
struct Side {
    halves: Option<Halves>,
    cipher: Option<(LinkCipher, Option<PacketCounter>)>,
    /// The last PDU with a payload, and what it says: a retransmission is the same again.
    last: Option<(DataPdu, Clear)>,
}

/// What a data channel PDU says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clear {
    /// The payload in the clear, without MIC.
    pub(super) payload: Octets<255>,
    /// Whether it was encrypted.
    pub(super) encrypted: bool,
    /// What the sender gives to the session key, if this is LL_ENC_REQ or LL_ENC_RSP.
    pub(super) halves: Option<Halves>,
}

/// The request for a connection that an advertising channel PDU is, on whichever channel.
pub(super) fn request(pdu: &AdvPdu) -> Option<ConnectInd> {
    /// The type that CONNECT_IND and AUX_CONNECT_REQ share, Vol 6 Part B 2.3.
    const CONNECT: u8 = 5;
    match pdu {
        AdvPdu::ConnectInd(request) => Some(*request),
        other if other.header() & 0xF == CONNECT => match AdvPdu::decode(&other.encode()) {
            Ok(AdvPdu::ConnectInd(request)) => Some(request),
            _ => None,
        },
        _ => None,
    }
}

impl Links {
    /// A connection is asked for. Earlier ones of the same two devices are over.
    pub(super) fn open(&mut self, central: usize, request: ConnectInd) {
        let (initiator, advertiser) = (request.initiator, request.advertiser);
        // Another with the same addresses is an attacker's.
        let of = |link: &Link| (link.central, link.request.initiator, link.request.advertiser);
        self.opened.retain(|_, link| of(link) != (central, initiator, advertiser));
        let sides = [Side::default(), Side::default()];
        self.opened.insert(request.ll.access_address, Link { central, request, sides });
    }

    /// The connection with this access address.
    pub(super) fn get(&self, access_address: AccessAddress) -> Option<&Link> {
        self.opened.get(&access_address)
    }

    /// A device is to be known by this address.
    pub(super) fn known_as(&mut self, device: usize, address: Address) {
        self.addresses.insert(address, device);
    }

    /// The device that this address belongs to.
    pub(super) fn device(&self, address: Address, plan: &Plan) -> Option<usize> {
        let identity = plan.devices.iter().position(|device| device.host.address == address);
        self.addresses.get(&address).copied().or(identity)
    }

    /// The other device of the connection that `from` sends on.
    pub(super) fn peer(&self, from: usize, access_address: AccessAddress, plan: &Plan) -> Option<usize> {
        let link = self.opened.get(&access_address)?;
        if from != link.central {
            return Some(link.central);
        }
        self.device(link.request.advertiser, plan)
    }

    /// A controller tells a session key.
    pub(super) fn key(&mut self, device: usize, skd: u128, iv: u64, key: u128) {
        self.keys.push(SessionKey { device, skd, iv, key });
    }

    /// What `pdu` says that `from` sends; as it is if the connection is not known.
    pub(super) fn clear(&mut self, from: usize, frame: &Frame, pdu: &DataPdu) -> Clear {
        let Some(link) = self.opened.get_mut(&frame.access_address) else {
            return Clear { payload: pdu.payload, encrypted: false, halves: None };
        };
        let role = usize::from(from != link.central);
        link.sides[role].clear(&self.keys, from, role, pdu)
    }
}

impl Side {
    fn clear(&mut self, keys: &[SessionKey], device: usize, role: usize, pdu: &DataPdu) -> Clear {
        if let Some((before, clear)) = &self.last
            && before.header.sn == pdu.header.sn
            && before.payload == pdu.payload
        {
            return *clear;
        }
        let mut clear = match self.decrypt(keys, device, role, pdu) {
            Some(payload) => Clear { payload, encrypted: true, halves: None },
            None => Clear { payload: pdu.payload, encrypted: false, halves: None },
        };
        if pdu.header.llid == Llid::Control
            && let Some(halves) = halves(&clear.payload)
        {
            // From here on a new session key is on its way.
            clear.halves = Some(halves);
            (self.halves, self.cipher) = (Some(halves), None);
        }
        if !pdu.payload.is_empty() {
            self.last = Some((*pdu, clear));
        }
        clear
    }

    fn decrypt(
        &mut self,
        keys: &[SessionKey],
        device: usize,
        role: usize,
        pdu: &DataPdu,
    ) -> Option<Octets<255>> {
        let length = pdu.payload.len().checked_sub(MIC).filter(|length| *length > 0)?;
        if self.cipher.is_none() {
            let halves = self.halves?;
            let told = keys.iter().rev().find(|told| told.device == device && told.half(role) == halves)?;
            self.cipher = Some((LinkCipher::new(told.key, told.iv), Some(PacketCounter::FIRST)));
        }
        let (cipher, counter) = self.cipher.as_mut()?;
        let direction = [Direction::CentralToPeripheral, Direction::PeripheralToCentral][role];
        let mut plain = pdu.payload;
        let mic = plain[length..].try_into().ok()?;
        plain.truncate(length);
        cipher.open((*counter)?, direction, pdu.first_octet(), &mut plain, mic).ok()?;
        *counter = counter.and_then(PacketCounter::next);
        Some(plain)
    }
}

impl SessionKey {
    /// What the side of this role, 0 for the central, gave to it.
    fn half(&self, role: usize) -> Halves {
        half(self.skd, self.iv, role)
    }
}

/// The central's half is the lower one, the peripheral's the upper (Vol 6 Part B 5.1.3.1).
pub(super) fn half(skd: u128, iv: u64, role: usize) -> Halves {
    let word = |octets: [u8; 16], at: usize| {
        u64::from_le_bytes(core::array::from_fn(|index| octets[at * 8 + index]))
    };
    let vector = iv.to_le_bytes();
    let iv = u32::from_le_bytes(core::array::from_fn(|index| vector[role * 4 + index]));
    (word(skd.to_le_bytes(), role), iv)
}

/// What LL_ENC_REQ and LL_ENC_RSP give to the session key.
fn halves(payload: &[u8]) -> Option<Halves> {
    match LlControl::decode(payload) {
        Ok(LlControl::LlEncReq { skd_c, iv_c, .. }) => Some((skd_c, iv_c)),
        Ok(LlControl::LlEncRsp { skd_p, iv_p }) => Some((skd_p, iv_p)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blesim_controller::AirPdu;
    use blesim_packet::Address;
    use blesim_packet::ll::{ChannelIndex, ChannelMap, DataHeader, LlData, Phy};

    const CENTRAL: usize = 0;

    /// A link as both of its ends know it.
    struct Ends {
        peripheral: usize,
        access_address: AccessAddress,
        numbers: [bool; 2],
        ciphers: [Option<(LinkCipher, PacketCounter)>; 2],
    }

    impl Ends {
        fn new(links: &mut Links, peripheral: u8) -> Self {
            let access_address = AccessAddress(u32::from(peripheral));
            let request = ConnectInd {
                ch_sel: false,
                initiator: Address::public([0; 6]),
                advertiser: Address::public([peripheral; 6]),
                ll: LlData {
                    access_address,
                    crc_init: 0,
                    win_size: 1,
                    win_offset: 0,
                    interval: 24,
                    latency: 0,
                    timeout: 100,
                    channel_map: ChannelMap::ALL,
                    hop: 5,
                    sca: 0,
                },
            };
            links.open(CENTRAL, request);
            Self { peripheral: peripheral.into(), access_address, numbers: [false; 2], ciphers: [None, None] }
        }

        /// One side sends a payload that it has not sent before; what the trace sees of it.
        fn send(&mut self, links: &mut Links, role: usize, llid: Llid, payload: &[u8]) -> Clear {
            let number = &mut self.numbers[role];
            *number = !*number;
            let header = DataHeader { llid, nesn: false, sn: *number, md: false, cp: false };
            let mut pdu = DataPdu { header, payload: Octets::from_slice(payload).unwrap() };
            if let Some((cipher, counter)) = &mut self.ciphers[role] {
                let direction = [Direction::CentralToPeripheral, Direction::PeripheralToCentral][role];
                let mic = cipher.seal(*counter, direction, pdu.first_octet(), &mut pdu.payload);
                pdu.payload.extend_from_slice(&mic).unwrap();
                *counter = counter.next().unwrap();
            }
            let (channel, phy) = (ChannelIndex(3), Phy::Le1M);
            let frame = Frame { channel, access_address: self.access_address, phy, pdu: AirPdu::Data(pdu) };
            let from = [CENTRAL, self.peripheral][role];
            let seen = links.clear(from, &frame, &pdu);
            let again = links.clear(from, &frame, &pdu);
            assert_eq!((seen.payload, seen.encrypted), (again.payload, again.encrypted), "sent again");
            seen
        }

        /// Both sides agree on a session key; `heard` is what the peripheral hears of the central's half.
        fn agree(&mut self, links: &mut Links, key: u128, own: u64, heard: u64) {
            let iv = own.to_le_bytes()[0];
            let (skd_c, skd_p, iv_c, iv_p) = (own, !own, u32::from(iv), 7);
            let request = LlControl::LlEncReq { rand: 0, ediv: 0, skd_c, iv_c }.encode();
            assert!(!self.send(links, 0, Llid::Control, &request).encrypted);
            let told = |skd_c: u64| u128::from(skd_p) << 64 | u128::from(skd_c);
            let vector = u64::from(iv_p) << 32 | u64::from(iv_c);
            links.key(self.peripheral, told(heard), vector, key);
            let response = LlControl::LlEncRsp { skd_p, iv_p }.encode();
            assert!(!self.send(links, 1, Llid::Control, &response).encrypted);
            links.key(CENTRAL, told(own), vector, key);
            let start = LlControl::LlStartEncReq.encode();
            assert!(!self.send(links, 1, Llid::Control, &start).encrypted);
            for cipher in &mut self.ciphers {
                *cipher = Some((LinkCipher::new(key, vector), PacketCounter::FIRST));
            }
        }

        fn talk(&mut self, links: &mut Links) {
            for (role, payload) in [(0, &[6][..]), (1, &[6]), (0, &[1, 2, 3]), (0, &[1, 2, 3]), (1, &[9; 27])]
            {
                let clear = self.send(links, role, Llid::Start, payload);
                assert_eq!((&*clear.payload, clear.encrypted), (payload, true));
            }
        }
    }

    /// One central with two links that are encrypted in turn, each with its own key and counters; one of them gets a
    /// new key; and a half that was changed on its way hides neither side's frames.
    #[test]
    fn links_of_one_central_are_told_apart() {
        let mut links = Links::default();
        let mut first = Ends::new(&mut links, 1);
        let mut second = Ends::new(&mut links, 2);
        assert!(!first.send(&mut links, 0, Llid::Start, &[1; 9]).encrypted);
        first.agree(&mut links, 0xAAAA, 0x11, 0x11);
        second.agree(&mut links, 0xBBBB, 0x22, 0x23);
        for _ in 0..3 {
            first.talk(&mut links);
            second.talk(&mut links);
        }
        // Encryption pauses: the next request goes in the clear.
        first.ciphers = [None, None];
        first.agree(&mut links, 0xCCCC, 0x33, 0x33);
        first.talk(&mut links);
        second.talk(&mut links);
        assert_eq!(links.get(second.access_address).map(|link| link.central), Some(CENTRAL));
        // The same two devices connect anew: nothing of the old link is left.
        let mut again = Ends::new(&mut links, 1);
        assert!(!again.send(&mut links, 0, Llid::Start, &[1; 9]).encrypted);
    }
}
