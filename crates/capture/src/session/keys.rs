//! The keys of a session as JSON, `blesim.keys/1`: whatever is needed to read its captures, and to see what the
//! devices know of each other.
//!
//! Values of 128 bits and Rand are hexadecimal digits, most significant octet first; times are nanoseconds since
//! the session began.

use super::describe::hex;
use super::links::{Halves, Links, half, request};
use blesim_controller::{AirPdu, Frame, Note as ControllerNote};
use blesim_host::Note;
use blesim_kernel::Instant;
use blesim_packet::ll::AccessAddress;
use blesim_packet::smp::SmpPdu;
use blesim_packet::{AddressKind, hci::HciPacket, l2cap};
use blesim_world::{Entry, Plan, Trace};
use serde::Serialize;
use std::io::{self, Write};

/// Collects the keys of a session and writes them at its end.
pub struct KeysTrace<'a, W> {
    sink: W,
    plan: &'a Plan,
    links: Links,
    file: File,
    /// What each side of a connection gave to a session key: access address, device, role, halves.
    given: Vec<(AccessAddress, usize, usize, Halves)>,
}

#[derive(Serialize)]
struct File {
    format: &'static str,
    scenario: String,
    policy: String,
    seed: u64,
    devices: Vec<Device>,
    /// Connections that were asked for.
    links: Vec<Link>,
    /// Session keys as the controllers derived them.
    sessions: Vec<Session>,
    /// Keys and public keys as they came into being or were sent.
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Device {
    name: String,
    address: String,
    address_type: &'static str,
}

#[derive(Serialize)]
struct Link {
    at_ns: u64,
    access_address: String,
    crc_init: String,
    central: String,
    peripheral: String,
}

#[derive(Serialize)]
struct Session {
    at_ns: u64,
    device: String,
    /// None if no frame with a part of it was sent.
    access_address: Option<String>,
    /// The LTK or STK it was derived from, as long as it is used.
    ltk: String,
    skd: String,
    iv: String,
    #[serde(rename = "session_key")]
    derived: String,
    /// Index of the device, to find its connection.
    #[serde(skip)]
    place: (usize, u128, u64),
}

#[derive(PartialEq, Serialize)]
struct Key {
    at_ns: u64,
    device: String,
    #[serde(rename = "key")]
    kind: &'static str,
    value: String,
}

impl<'a, W: Write> KeysTrace<'a, W> {
    /// The keys of the session of `seed` of `plan` with this policy.
    pub fn new(sink: W, plan: &'a Plan, policy: usize, seed: u64) -> Self {
        let device = |device: &blesim_world::DevicePlan| Device {
            name: device.name.clone(),
            address: device.host.address.to_string(),
            address_type: match device.host.address.kind {
                AddressKind::Public => "public",
                AddressKind::Random => "random",
            },
        };
        let file = File {
            format: "blesim.keys/1",
            scenario: plan.name.clone(),
            policy: plan.policies[policy].name.clone(),
            seed,
            devices: plan.devices.iter().map(device).collect(),
            links: Vec::new(),
            sessions: Vec::new(),
            keys: Vec::new(),
        };
        Self { sink, plan, links: Links::default(), file, given: Vec::new() }
    }

    /// Writes the file and gives the sink back.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> io::Result<W> {
        for session in &mut self.file.sessions {
            let (device, skd, iv) = session.place;
            let own = |&&(_, sender, role, halves): &&(AccessAddress, usize, usize, Halves)| {
                sender == device && half(skd, iv, role) == halves
            };
            session.access_address =
                self.given.iter().rev().find(own).map(|(address, ..)| address.to_string());
        }
        serde_json::to_writer_pretty(&mut self.sink, &self.file)?;
        self.sink.write_all(b"\n")?;
        self.sink.flush()?;
        Ok(self.sink)
    }

    fn name(&self, device: usize) -> String {
        self.plan.devices[device].name.clone()
    }

    fn frame(&mut self, at: Instant, from: usize, frame: &Frame) {
        match &frame.pdu {
            AirPdu::Advertising(pdu) => {
                let Some(request) = request(pdu) else { return };
                self.links.open(from, request);
                let peer = self.links.device(request.advertiser, self.plan);
                self.file.links.push(Link {
                    at_ns: at.as_nanos(),
                    access_address: request.ll.access_address.to_string(),
                    crc_init: format!("0x{:06X}", request.ll.crc_init),
                    central: self.name(from),
                    peripheral: peer.map_or_else(|| request.advertiser.to_string(), |peer| self.name(peer)),
                });
            }
            AirPdu::Data(pdu) => {
                let clear = self.links.clear(from, frame, pdu);
                let link = self.links.get(frame.access_address);
                if let (Some(halves), Some(link)) = (clear.halves, link) {
                    let role = usize::from(from != link.central);
                    let given = (frame.access_address, from, role, halves);
                    if !self.given.contains(&given) {
                        self.given.push(given);
                    }
                }
            }
        }
    }

    fn key(&mut self, at: Instant, device: usize, kind: &'static str, value: String) {
        let device = self.name(device);
        let known = |known: &Key| known.device == device && known.kind == kind && known.value == value;
        if !self.file.keys.iter().any(known) {
            self.file.keys.push(Key { at_ns: at.as_nanos(), device, kind, value });
        }
    }

    /// What a host sends of itself.
    fn sent(&mut self, at: Instant, device: usize, packet: &HciPacket) {
        let HciPacket::Acl(acl) = packet else { return };
        let Ok(frame) = l2cap::Frame::decode(&acl.data) else { return };
        if frame.cid != l2cap::CID_SMP {
            return;
        }
        match SmpPdu::decode(frame.payload) {
            Ok(SmpPdu::EncryptionInformation { ltk }) => self.key(at, device, "LTK", format!("{ltk:032x}")),
            Ok(SmpPdu::CentralIdentification { ediv, rand }) => {
                self.key(at, device, "EDIV", format!("{ediv:04x}"));
                self.key(at, device, "Rand", format!("{rand:016x}"));
            }
            Ok(SmpPdu::IdentityInformation { irk }) => self.key(at, device, "IRK", format!("{irk:032x}")),
            Ok(SmpPdu::SigningInformation { csrk }) => self.key(at, device, "CSRK", format!("{csrk:032x}")),
            Ok(SmpPdu::PairingPublicKey { x, y }) => {
                self.key(at, device, "public key X", hex(&x));
                self.key(at, device, "public key Y", hex(&y));
            }
            _ => {}
        }
    }
}

impl<W: Write> Trace for KeysTrace<'_, W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::Frame { from, frame, .. } => self.frame(at, from, frame),
            Entry::ToController { device, packet } => self.sent(at, device, packet),
            Entry::Host { device, note: Note::OwnAddress(address) } => self.links.known_as(device, address),
            Entry::Host { device, note: Note::Key(name, value) } => {
                self.key(at, device, name, format!("{value:032x}"));
            }
            Entry::Controller { device, note: ControllerNote::SessionKey { ltk, skd, iv, key }, .. } => {
                self.links.key(device, skd, iv, key);
                self.file.sessions.push(Session {
                    at_ns: at.as_nanos(),
                    device: self.name(device),
                    access_address: None,
                    ltk: format!("{ltk:032x}"),
                    skd: format!("{skd:032x}"),
                    iv: format!("{iv:016x}"),
                    derived: format!("{key:032x}"),
                    place: (device, skd, iv),
                });
            }
            _ => {}
        }
    }
}
