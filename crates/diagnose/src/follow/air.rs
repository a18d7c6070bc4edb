//! Follows the links of the air: who speaks, what is asked of the link layer, and what the Security Manager says as
//! long as it can be read.
//!
//! A file may have each frame twice, as it was sent and decrypted: the second one adds what the first one hides.

use super::Seen;
use super::cipher::Cipher;
use crate::dialogue::Dialogue;
use crate::step::{Happening, Moment, Parameters, Place, Side, View};
use crate::verify::short_term_key;
use blesim_capture::pcap::{AirPacket, Mic, Sender};
use blesim_packet::Octets;
use blesim_packet::hci::ErrorCode;
use blesim_packet::l2cap::{CID_LE_SIGNALLING, CID_SMP, Reassembler, Signal};
use blesim_packet::ll::{AccessAddress, AdvPdu, ConnectInd, DataPdu, LlControl, Llid};
use blesim_packet::smp::SmpPdu;
use std::collections::BTreeMap;

/// From the end of a packet to the next of the same connection event: 150 us (Vol 6 Part B 4.1.1), and room for the
/// clocks of sniffers.
const SAME_EVENT_US: i64 = 250;
/// Octets on LE 1M before and after the PDU: preamble, access address, CRC.
const AROUND: usize = 1 + 4 + 3;
/// LL_START_ENC_RSP with its MIC.
const START_ENC_RSP: usize = 1 + 4;
/// Links that are followed at a time.
const FOLLOWED_MAX: usize = 256;

/// Everything on the air.
#[derive(Debug, Default)]
pub(super) struct Air {
    links: BTreeMap<AccessAddress, Link>,
    last: Option<(i64, AccessAddress)>,
    /// Keys that the capture has shown, the last one last.
    keys: Vec<u128>,
}

#[derive(Debug)]
struct Link {
    view: Option<usize>,
    sides: [Half; 2],
    phase: Phase,
    cipher: Cipher,
    /// When the last packet ended, and who sent it.
    before: Option<(i64, Side)>,
}

/// What one side sends.
#[derive(Debug, Default)]
struct Half {
    /// The sequence number and octets of the last one with a payload.
    last: Option<(bool, Vec<u8>)>,
    frames: Reassembler,
    encrypts: bool,
}

/// How far the start of encryption is (Vol 6 Part B 5.1.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Clear,
    Asked,
    Answered,
    Starts,
    Encrypted,
}

/// The most keys that are tried.
const KEYS_MAX: usize = 64;

impl Air {
    /// A key that may open the air.
    pub(super) fn key(&mut self, key: u128) {
        if !self.keys.contains(&key) {
            if self.keys.len() == KEYS_MAX {
                self.keys.remove(0);
            }
            self.keys.push(key);
        }
    }

    pub(super) fn packet(&mut self, at: Moment, packet: &AirPacket, seen: &mut Seen) {
        let address = packet.access_address;
        if packet.crc_ok == Some(false) {
            return;
        }
        if let Some(request) = request(&packet.pdu)
            && !self.links.contains_key(&address)
        {
            return self.open(at, &request, seen);
        }
        let Some(link) = self.links.get_mut(&address) else { return };
        let twin = self.last == Some((at.us, address));
        self.last = Some((at.us, address));
        if !twin {
            let from = link.sender(at, packet);
            let keys = &self.keys;
            let shown = link.sent(at, from, packet, keys, seen);
            if let Some(key) = shown {
                self.key(key);
            }
        } else if packet.mic == Mic::Right
            && let Some((_, from)) = link.before
        {
            let shown = link.content(at, from, &packet.pdu, seen);
            if let Some(key) = shown {
                self.key(key);
            }
        }
        let Some(link) = self.links.get(&address) else { return };
        if link.view.is_some_and(|view| seen.views[view].closed.is_some()) {
            self.links.remove(&address);
        }
    }

    fn open(&mut self, at: Moment, request: &ConnectInd, seen: &mut Seen) {
        let mut view = View::new(Place::Air, None);
        view.opened = Some(at);
        view.may_be(Side::Central, request.initiator);
        view.may_be(Side::Peripheral, request.advertiser);
        let (interval, latency, timeout) = (request.ll.interval, request.ll.latency, request.ll.timeout);
        view.parameters = Some(Parameters { interval, latency, timeout });
        if self.links.len() == FOLLOWED_MAX {
            self.links.pop_first();
        }
        let link = Link {
            view: seen.keep(view),
            sides: Default::default(),
            phase: Phase::Clear,
            cipher: Cipher::default(),
            before: None,
        };
        self.links.insert(request.ll.access_address, link);
    }
}

/// The request for a connection, on whichever channel: type 5 of Vol 6 Part B 2.3.
fn request(pdu: &[u8]) -> Option<ConnectInd> {
    const CONNECT: u8 = 5;
    if pdu.first()? & 0xF != CONNECT || pdu.len() != 2 + 34 {
        return None;
    }
    match AdvPdu::decode(pdu) {
        Ok(AdvPdu::ConnectInd(request)) => Some(request),
        _ => None,
    }
}

impl Link {
    /// Who sent a packet: the first of a connection event is the central's (Vol 6 Part B 4.5.1).
    fn sender(&mut self, at: Moment, packet: &AirPacket) -> Side {
        let from = match packet.sender {
            Sender::Central => Side::Central,
            Sender::Peripheral => Side::Peripheral,
            Sender::Auxiliary(_) | Sender::Untold => match self.before {
                Some((end, side)) if at.us - end <= SAME_EVENT_US => side.other(),
                _ => Side::Central,
            },
        };
        let octets = i64::try_from(AROUND + packet.pdu.len()).unwrap_or(i64::MAX / 8);
        self.before = Some((at.us + 8 * octets, from));
        from
    }

    /// Takes a packet; the key that it distributes, if it does.
    fn sent(
        &mut self,
        at: Moment,
        from: Side,
        packet: &AirPacket,
        keys: &[u128],
        seen: &mut Seen,
    ) -> Option<u128> {
        let pdu = DataPdu::decode(&packet.pdu).ok()?;
        let half = &mut self.sides[from.index()];
        let octets = packet.pdu.get(2..).unwrap_or_default();
        let again = half.last.as_ref().is_some_and(|(sn, last)| *sn == pdu.header.sn && last == octets);
        half.last = Some((pdu.header.sn, octets.to_vec()));
        if let Some(view) = self.view {
            let heard = &mut seen.views[view].heard[from.index()];
            heard.frames = heard.frames.saturating_add(1);
            heard.repeated = heard.repeated.saturating_add(u32::from(again));
            heard.last = Some(at);
        }
        if again || pdu.payload.is_empty() {
            return None;
        }
        let control = pdu.header.llid == Llid::Control;
        if self.phase == Phase::Starts && control && pdu.payload.len() == START_ENC_RSP {
            self.sides[from.index()].encrypts = true;
            if self.sides.iter().all(|half| half.encrypts) {
                self.phase = Phase::Encrypted;
                self.step(at, Happening::EncryptionChange { status: ErrorCode::SUCCESS, enabled: 1 }, seen);
                if let Some(view) = self.view {
                    seen.views[view].opaque = Some(at);
                }
            }
        }
        if self.sides[from.index()].encrypts && packet.mic != Mic::Right {
            return self.sealed(at, from, &pdu, keys, seen);
        }
        let starting = matches!(self.phase, Phase::Asked | Phase::Answered | Phase::Starts);
        if starting && !control && from == Side::Central {
            self.step(at, Happening::StrayData { from }, seen);
        }
        self.content(at, from, &packet.pdu, seen)
    }

    /// An encrypted PDU, opened if a key is known.
    fn sealed(
        &mut self,
        at: Moment,
        from: Side,
        pdu: &DataPdu,
        keys: &[u128],
        seen: &mut Seen,
    ) -> Option<u128> {
        let stk = self.view.and_then(|view| {
            let view = &seen.views[view];
            let dialogue = Dialogue::all(view).pop()?;
            short_term_key(&dialogue, &view.addresses)
        });
        let keys = stk.into_iter().chain(keys.iter().rev().copied());
        let (clear, key) = self.cipher.open(from, pdu.first_octet(), &pdu.payload, keys)?;
        if let Some(ltk) = key {
            self.step(at, Happening::Opened { ltk }, seen);
        }
        let payload = Octets::from_slice(&clear)?;
        let clear = DataPdu { header: pdu.header, payload }.encode();
        self.content(at, from, &clear, seen)
    }

    /// What a PDU says that can be read.
    fn content(&mut self, at: Moment, from: Side, octets: &[u8], seen: &mut Seen) -> Option<u128> {
        let pdu = DataPdu::decode(octets).ok()?;
        if let (Phase::Encrypted, Some(view)) = (self.phase, self.view) {
            seen.views[view].opaque = None;
        }
        match pdu.header.llid {
            Llid::Control => {
                if let Ok(control) = LlControl::decode(&pdu.payload) {
                    self.control(at, from, control, seen);
                }
            }
            Llid::Start | Llid::Continuation => {
                let start = pdu.header.llid == Llid::Start;
                let frame = self.sides[from.index()].frames.feed(start, &pdu.payload);
                let Ok(Some(frame)) = frame else { return None };
                let (cid, payload) = (frame.cid, frame.payload);
                let what = match cid {
                    CID_SMP => {
                        let octets = Octets::from_slice(&payload[..payload.len().min(72)]);
                        let octets = octets.expect("it was cut to fit");
                        Happening::Smp { from, octets, pdu: SmpPdu::decode(payload) }
                    }
                    CID_LE_SIGNALLING
                        if matches!(
                            Signal::decode(payload),
                            Ok(Signal::ConnectionParameterUpdateRequest { .. })
                        ) =>
                    {
                        Happening::UpdateAsked { by: from }
                    }
                    _ => return None,
                };
                self.step(at, what, seen);
                if let Happening::Smp { pdu: Ok(SmpPdu::EncryptionInformation { ltk }), .. } = what {
                    return Some(ltk);
                }
            }
            Llid::Reserved => {}
        }
        None
    }

    fn control(&mut self, at: Moment, from: Side, control: LlControl, seen: &mut Seen) {
        match control {
            LlControl::LlEncReq { skd_c, iv_c, .. } => {
                self.phase = Phase::Asked;
                self.cipher.asked(skd_c, iv_c);
                for half in &mut self.sides {
                    half.encrypts = false;
                }
            }
            LlControl::LlEncRsp { skd_p, iv_p } => {
                self.phase = Phase::Answered;
                self.cipher.answered(skd_p, iv_p);
            }
            LlControl::LlStartEncReq => self.phase = Phase::Starts,
            LlControl::LlPauseEncRsp => {
                self.phase = Phase::Clear;
                for half in &mut self.sides {
                    half.encrypts = false;
                }
            }
            LlControl::LlRejectInd { .. } | LlControl::LlRejectExtInd { .. } => self.phase = Phase::Clear,
            LlControl::LlConnectionUpdateInd { interval, latency, timeout, .. } => {
                if let Some(view) = self.view {
                    seen.views[view].parameters = Some(Parameters { interval, latency, timeout });
                }
                self.step(at, Happening::Updated, seen);
            }
            LlControl::LlConnectionParamReq { .. } => {
                self.step(at, Happening::UpdateAsked { by: from }, seen);
            }
            _ => {}
        }
        let told = matches!(
            control,
            LlControl::LlEncReq { .. }
                | LlControl::LlEncRsp { .. }
                | LlControl::LlStartEncReq
                | LlControl::LlStartEncRsp
                | LlControl::LlRejectInd { .. }
                | LlControl::LlRejectExtInd { .. }
                | LlControl::LlTerminateInd { .. }
                | LlControl::LlConnectionUpdateInd { .. }
        );
        if told {
            self.step(at, Happening::Control { from, pdu: control }, seen);
        }
        if let LlControl::LlTerminateInd { error } = control {
            self.step(at, Happening::Disconnected { reason: ErrorCode(error) }, seen);
            if let Some(view) = self.view {
                seen.views[view].closed = Some(at);
            }
        }
    }

    fn step(&self, at: Moment, what: Happening, seen: &mut Seen) {
        if let Some(view) = self.view {
            seen.views[view].step(at, what);
        }
    }
}
