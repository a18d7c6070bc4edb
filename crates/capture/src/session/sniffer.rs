//! The ideal sniffer: every frame as it is on the air, with its CRC, and the same without its encryption.
//!
//! Invariant: what the air does on the way to one receiver changes no packet; a fault that spoils a frame spoils
//! it for everybody.

use super::describe;
use super::links::{Clear, Links, request};
use crate::pcap::{AirPacket, Mic, Sender};
use blesim_controller::{AirPdu, Frame, Note};
use blesim_packet::ll::{CRC_INIT_ADVERTISING, DataPdu, crc24_octets};
use blesim_world::fault::Effect;
use blesim_world::{Entry, Plan, Reception};

/// Listens to a session.
pub(super) struct Sniffer<'a> {
    plan: &'a Plan,
    links: Links,
    /// A fault that the next data channel PDU of a device suffers: its index in the plan and the device.
    struck: Option<(usize, usize, Effect)>,
}

/// A frame as the sniffer got it.
pub(super) struct Caught {
    /// As it is on the air.
    pub(super) sent: AirPacket,
    /// Without its encryption.
    pub(super) clear: AirPacket,
    /// What is odd about it.
    pub(super) comments: Vec<String>,
}

impl<'a> Sniffer<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self { plan, links: Links::default(), struck: None }
    }

    /// Takes notice of what happens; the frame if it is one.
    pub(super) fn entry(&mut self, entry: &Entry<'_>) -> Option<Caught> {
        match *entry {
            Entry::Frame { from, frame, receivers } => Some(self.frame(from, frame, receivers)),
            Entry::Controller { device, note: Note::SessionKey { skd, iv, key, .. }, .. } => {
                self.links.key(device, skd, iv, key);
                None
            }
            Entry::Fault { index, device, effect: effect @ Effect::Frame(_) } => {
                self.struck = Some((index, device, effect));
                None
            }
            _ => None,
        }
    }

    fn frame(&mut self, from: usize, frame: &Frame, receivers: &[(usize, Reception)]) -> Caught {
        let mut comments = Vec::new();
        let mut spoilt = Reception::Whole;
        if let AirPdu::Data(pdu) = &frame.pdu
            && !pdu.payload.is_empty()
            && let Some((index, _, effect)) = self.struck.take_if(|(_, device, _)| *device == from)
        {
            let name = &self.plan.devices[from].name;
            comments.push(format!(
                "fault {} ({}) of {name}: this frame is {}",
                index + 1,
                effect.name(),
                describe::spoilt(effect)
            ));
            if let Effect::Frame(reception) = effect {
                spoilt = reception;
            }
        } else {
            self.fates(frame, receivers, &mut comments);
        }
        let (sent, clear) = match &frame.pdu {
            AirPdu::Advertising(pdu) => {
                if let Some(request) = request(pdu) {
                    self.links.open(from, request);
                }
                let sender = if frame.channel.is_advertising() {
                    Sender::Untold
                } else {
                    Sender::Auxiliary(auxiliary(pdu.name()))
                };
                let sent = packet(frame, sender, &pdu.encode(), CRC_INIT_ADVERTISING);
                (sent.clone(), sent)
            }
            AirPdu::Data(pdu) => self.data(from, frame, pdu, spoilt),
        };
        Caught { sent, clear, comments }
    }

    fn data(
        &mut self,
        from: usize,
        frame: &Frame,
        pdu: &DataPdu,
        spoilt: Reception,
    ) -> (AirPacket, AirPacket) {
        let link = self.links.get(frame.access_address);
        // Without a request there is no connection; a capture shows what is sent all the same.
        let crc_init = link.map_or(CRC_INIT_ADVERTISING, |link| link.request.ll.crc_init);
        let sender = match link {
            Some(link) if link.central == from => Sender::Central,
            Some(_) => Sender::Peripheral,
            None => Sender::Untold,
        };
        let Clear { payload, encrypted, .. } = self.links.clear(from, frame, pdu);
        let mut sent = packet(frame, sender, &pdu.encode(), crc_init);
        if spoil(&mut sent, spoilt, crc_init) {
            let mic = if encrypted { Mic::Wrong } else { Mic::Untouched };
            return (sent.clone(), AirPacket { mic, ..sent });
        }
        let plain = DataPdu { header: pdu.header, payload };
        let mut clear = packet(frame, sender, &plain.encode(), crc_init);
        clear.mic = if encrypted { Mic::Right } else { Mic::Untouched };
        (sent, clear)
    }

    /// What the air did to it on the way to those who listened.
    fn fates(&self, frame: &Frame, receivers: &[(usize, Reception)], comments: &mut Vec<String>) {
        if receivers.is_empty() && matches!(frame.pdu, AirPdu::Data(_)) {
            comments.push("nobody listens".to_owned());
        }
        for &(to, reception) in receivers {
            if let Some(fate) = describe::reception(reception) {
                comments.push(format!("on its way to {}: {fate}", self.plan.devices[to].name));
            }
        }
    }
}

/// A frame with its CRC.
fn packet(frame: &Frame, sender: Sender, pdu: &[u8], crc_init: u32) -> AirPacket {
    AirPacket {
        channel: Some(frame.channel),
        phy: frame.phy,
        signal_dbm: None,
        access_address: frame.access_address,
        sender,
        pdu: pdu.to_vec(),
        crc: crc24_octets(crc_init, pdu),
        crc_ok: Some(true),
        mic: Mic::Untouched,
    }
}

/// Spoils a packet as a fault would; false if there is nothing to see.
fn spoil(packet: &mut AirPacket, spoilt: Reception, crc_init: u32) -> bool {
    match spoilt {
        Reception::Whole | Reception::Lost => return false,
        Reception::CrcError => packet.crc_ok = Some(false),
        Reception::Corrupted => {}
    }
    if let Some(last) = packet.pdu.last_mut() {
        *last ^= 1;
    }
    if spoilt == Reception::Corrupted {
        packet.crc = crc24_octets(crc_init, &packet.pdu);
    }
    true
}

/// The number by which captures tell the auxiliary PDUs of one type apart.
fn auxiliary(name: &str) -> u8 {
    match name {
        "AUX_CHAIN_IND" => 1,
        "AUX_SYNC_IND" => 2,
        "AUX_SCAN_RSP" => 3,
        _ => 0,
    }
}
