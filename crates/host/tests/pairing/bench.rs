//! The bench: two hosts, what lies between them, a clock, and a log of every SMP PDU.
//!
//! Invariant: packets arrive in the order they were sent; time passes only from deadline to deadline.

use crate::controllers::{Controllers, HANDLE};
use crate::setup::{CENTRAL, PERIPHERAL};
use blesim_crypto::{DhKey, InvalidPublicKey, KeyAgreement, KeyBank, KeyName, KeyPair, PublicKey, SecretKey};
use blesim_host::recovery::Program;
use blesim_host::smp::proof::Check;
use blesim_host::{
    Awaited, Config, Draw, Failure, Host, Input, Mishap, Note, OobData, Port, Prompt, Shown, Step, Why,
};
use blesim_kernel::{Instant, Span};
use blesim_packet::Octets;
use blesim_packet::hci::{AclData, Event, HciPacket};
use blesim_packet::l2cap;
use blesim_packet::smp::{Reason, SmpPdu};
use std::cell::RefCell;
use std::rc::Rc;

/// Keys made once for all sessions of a test.
pub(crate) type Keys = Rc<RefCell<KeyBank>>;

/// Says what becomes of a PDU from one of the two: itself, another, or nothing.
pub(crate) type Tamper = Box<dyn FnMut(usize, SmpPdu) -> Option<SmpPdu>>;

/// A station of a pairing as one host sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Waypoint {
    /// It waits for this.
    Awaits(Awaited),
    /// It has passed this check.
    Proved(Check),
    /// It keeps a bond.
    Bonded,
}

/// The way out of one host.
pub(crate) struct HostPort {
    device: usize,
    keys: Keys,
    key_pairs: u16,
    draws: u128,
    pub(crate) out: Vec<HciPacket>,
    pub(crate) notes: Vec<Note>,
    /// What it went through.
    pub(crate) path: Vec<Waypoint>,
    pub(crate) notes_by_peer: Vec<(usize, Note)>,
    pub(crate) steps: Vec<Step>,
    /// What the user was shown or asked.
    pub(crate) prompts: Vec<Prompt>,
    /// How many of them were answered, or need no answer.
    pub(crate) answered: usize,
    /// What was made for another channel.
    pub(crate) oob: Option<OobData>,
    /// What goes wrong, each once.
    pub(crate) fails: Vec<Mishap>,
}

impl HostPort {
    pub(crate) fn new(device: usize, keys: &Keys) -> Self {
        Self {
            device,
            keys: Rc::clone(keys),
            key_pairs: 0,
            draws: 0,
            out: Vec::new(),
            notes: Vec::new(),
            path: Vec::new(),
            notes_by_peer: Vec::new(),
            steps: Vec::new(),
            prompts: Vec::new(),
            answered: 0,
            oob: None,
            fails: Vec::new(),
        }
    }
}

/// The name of a device's key pair on the bench.
pub(crate) fn key_name(device: usize, attempt: u16) -> KeyName {
    KeyName { seed: 1, device: u16::try_from(device).unwrap(), attempt }
}

/// The entropy of the key pair with this name: distinct octets, even and odd by turns.
pub(crate) fn entropy(name: KeyName) -> [u8; 32] {
    let mut octets = [0x5A; 32];
    octets[..2].copy_from_slice(&name.device.to_le_bytes());
    octets[2..4].copy_from_slice(&name.attempt.to_le_bytes());
    octets[31] ^= name.attempt.to_le_bytes()[0];
    octets
}

impl Port for HostPort {
    fn to_controller(&mut self, packet: &HciPacket) {
        self.out.push(*packet);
    }
    fn draw(&mut self, _peer: usize, what: Draw) -> u128 {
        self.draws += 1;
        let turn = if what == Draw::Irk { 0 } else { self.draws };
        let name = (u128::try_from(self.device).unwrap() + 1) << 64 | (what as u128) << 32 | turn;
        name.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
    }
    fn key_pair(&mut self, _peer: usize) -> KeyPair {
        let name = key_name(self.device, self.key_pairs);
        self.key_pairs += 1;
        self.keys.borrow_mut().key_pair(name, &mut || entropy(name))
    }
    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        self.keys.borrow_mut().dh_key(local, received)
    }
    fn step(&mut self, _peer: usize, step: Step) {
        self.steps.push(step);
    }
    fn prompt(&mut self, _peer: usize, prompt: Prompt) {
        self.prompts.push(prompt);
    }
    fn oob(&mut self, data: OobData) {
        self.oob = Some(data);
    }
    fn fails(&mut self, _peer: usize, what: Mishap) -> bool {
        let found = self.fails.iter().position(|&mishap| mishap == what);
        found.map(|place| self.fails.remove(place)).is_some()
    }
    fn note(&mut self, peer: usize, note: Note) {
        match note {
            Note::Proved(check) => self.path.push(Waypoint::Proved(check)),
            Note::Awaits(awaited) => self.path.push(Waypoint::Awaits(awaited)),
            // The Security Manager is done when it hands the bond over.
            Note::BondStored => {
                let place = self.path.len()
                    - usize::from(self.path.last() == Some(&Waypoint::Awaits(Awaited::Nothing)));
                self.path.insert(place, Waypoint::Bonded);
            }
            _ => {}
        }
        self.notes.push(note);
        self.notes_by_peer.push((peer, note));
    }
}

/// One host with what belongs to it.
pub(crate) struct End {
    pub(crate) host: Host,
    pub(crate) program: Program,
    pub(crate) port: HostPort,
}

/// The bench.
pub(crate) struct Bench {
    pub(crate) now: Instant,
    pub(crate) ends: [End; 2],
    pub(crate) controllers: Controllers,
    pub(crate) tamper: Tamper,
    /// Every SMP PDU that left a host, with the sender and the time.
    pub(crate) log: Vec<(usize, SmpPdu, Instant)>,
    /// What applications sent.
    pub(crate) values: Vec<Vec<u8>>,
}

impl Bench {
    pub(crate) fn new(configs: &[Config; 2]) -> Self {
        Self::with_keys(configs, &Keys::default())
    }

    pub(crate) fn with_keys(configs: &[Config; 2], keys: &Keys) -> Self {
        let end = |device: usize| {
            let port = HostPort::new(device, keys);
            End { host: Host::new(configs[device]), program: Program::passive("passive"), port }
        };
        Self {
            now: Instant::ZERO,
            ends: [end(CENTRAL), end(PERIPHERAL)],
            controllers: Controllers::default(),
            tamper: Box::new(|_, pdu| Some(pdu)),
            log: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Switches both on.
    pub(crate) fn power_on(&mut self) {
        for device in [PERIPHERAL, CENTRAL] {
            self.input(device, Input::PowerOn);
        }
    }

    /// Makes the hosts begin with later key pairs.
    pub(crate) fn spend_key_pairs(&mut self, spent: [u16; 2]) {
        for (end, spent) in self.ends.iter_mut().zip(spent) {
            end.port.key_pairs = spent;
        }
    }

    /// The secrets of the key pairs that the hosts make next.
    pub(crate) fn next_secrets(&self) -> [SecretKey; 2] {
        [CENTRAL, PERIPHERAL].map(|device| {
            let name = key_name(device, self.ends[device].port.key_pairs);
            SecretKey::from_entropy(&mut || entropy(name))
        })
    }

    /// Hands an input to a host and takes what it sends.
    pub(crate) fn input(&mut self, device: usize, input: Input<'_>) {
        let End { host, program, port } = &mut self.ends[device];
        host.handle(self.now, input, program, port);
        for packet in std::mem::take(&mut self.ends[device].port.out) {
            self.sent_by_host(device, packet);
        }
    }

    fn sent_by_host(&mut self, device: usize, packet: HciPacket) {
        match packet {
            HciPacket::Command(command) => self.controllers.command(device, &command),
            HciPacket::Acl(acl) => {
                let frame = l2cap::Frame::decode(&acl.data).unwrap();
                if frame.cid == l2cap::CID_ATT {
                    self.values.push(frame.payload.to_vec());
                    self.controllers.deliver(1 - device, frame_of(l2cap::CID_ATT, frame.payload));
                    return self.controllers.completed(device);
                }
                assert_eq!(frame.cid, l2cap::CID_SMP);
                match SmpPdu::decode(frame.payload) {
                    Ok(pdu) => {
                        self.log.push((device, pdu, self.now));
                        if let Some(pdu) = (self.tamper)(device, pdu) {
                            self.controllers.deliver(1 - device, raw_acl(&pdu.encode()));
                        }
                    }
                    // A quirk.
                    Err(_) => self.controllers.deliver(1 - device, raw_acl(frame.payload)),
                }
                self.controllers.completed(device);
            }
            HciPacket::Event(event) => panic!("a host sends no events: {event:?}"),
        }
    }

    /// Delivers one packet; false if there is none.
    pub(crate) fn step(&mut self) -> bool {
        let Some((device, packet)) = self.controllers.next() else { return false };
        self.input(device, Input::Hci(&packet));
        true
    }

    /// Delivers everything that can be delivered without time passing.
    pub(crate) fn flow(&mut self) {
        let deliveries = (0..10_000).take_while(|_| self.step()).count();
        assert!(deliveries < 10_000, "the two never stop talking");
    }

    /// Wakes the host whose deadline comes next, and delivers what comes of it; its reason, or none if nobody waits.
    pub(crate) fn wake(&mut self) -> Option<(usize, Why)> {
        let woken = self.wake_alone();
        self.flow();
        woken
    }

    /// The same, delivering nothing.
    pub(crate) fn wake_alone(&mut self) -> Option<(usize, Why)> {
        let deadlines = [CENTRAL, PERIPHERAL].into_iter().filter_map(|device| {
            let (at, why) = self.ends[device].host.deadline()?;
            Some((at, device, why))
        });
        let (at, device, why) = deadlines.min()?;
        self.now = self.now.max(at);
        self.input(device, Input::Wake);
        Some((device, why))
    }

    /// Runs from power on until nobody has anything to do but wait for a time-out.
    pub(crate) fn pair(&mut self) {
        self.power_on();
        self.flow();
        self.compute();
    }

    /// Lets hosts finish their DHKeys.
    pub(crate) fn compute(&mut self) {
        let computes = |end: &End| matches!(end.host.deadline(), Some((_, Why::DhKey)));
        while self.ends.iter().any(computes) {
            self.wake();
        }
    }

    /// Sends a host the octets of an SMP PDU, true or not.
    pub(crate) fn inject(&mut self, device: usize, octets: &[u8]) {
        let packet = raw_acl(octets);
        self.input(device, Input::Hci(&packet));
    }

    /// Hands a host an event.
    pub(crate) fn event(&mut self, device: usize, event: Event) {
        self.input(device, Input::Hci(&HciPacket::Event(event)));
    }

    /// The failures a host noted.
    pub(crate) fn failures(&self, device: usize) -> Vec<Failure> {
        let notes = self.ends[device].port.notes.iter();
        notes
            .filter_map(|note| if let Note::Failed(failure) = note { Some(*failure) } else { None })
            .collect()
    }

    /// What the failures of a host showed.
    pub(crate) fn shown(&self, device: usize) -> Vec<Shown> {
        self.failures(device).iter().map(|failure| failure.shown).collect()
    }

    pub(crate) fn noted(&self, device: usize, note: Note) -> bool {
        self.ends[device].port.notes.contains(&note)
    }

    /// The conversation: senders and codes.
    pub(crate) fn codes(&self) -> Vec<(usize, u8)> {
        self.log.iter().map(|(device, pdu, _)| (*device, pdu.code())).collect()
    }

    /// The last PDU and its sender, if it is Pairing Failed.
    pub(crate) fn last_refusal(&self) -> Option<(usize, Reason)> {
        match self.log.last() {
            Some((device, SmpPdu::PairingFailed(reason), _)) => Some((*device, *reason)),
            _ => None,
        }
    }

    /// The reasons of every Pairing Failed that was sent.
    pub(crate) fn refusals(&self) -> Vec<Reason> {
        let reason = |pdu: &SmpPdu| match pdu {
            SmpPdu::PairingFailed(reason) => Some(*reason),
            _ => None,
        };
        self.log.iter().filter_map(|(_, pdu, _)| reason(pdu)).collect()
    }

    /// Time passes while nothing happens.
    pub(crate) fn pass(&mut self, span: Span) {
        self.now += span;
    }
}

/// An ACL packet from the controller with these octets on the Security Manager's channel.
pub(crate) fn raw_acl(octets: &[u8]) -> HciPacket {
    acl_of(HANDLE, octets)
}

/// An ACL packet from the controller with this payload on a channel.
pub(crate) fn frame_of(cid: u16, payload: &[u8]) -> HciPacket {
    let mut data = Octets::new();
    data.extend_from_slice(&u16::try_from(payload.len()).unwrap().to_le_bytes()).unwrap();
    data.extend_from_slice(&cid.to_le_bytes()).unwrap();
    data.extend_from_slice(payload).unwrap();
    HciPacket::Acl(AclData { handle: HANDLE, boundary: 2, broadcast: 0, data })
}

/// The same on the link with this handle.
pub(crate) fn acl_of(handle: u16, octets: &[u8]) -> HciPacket {
    let mut data = Octets::new();
    data.extend_from_slice(&u16::try_from(octets.len()).unwrap().to_le_bytes()).unwrap();
    data.extend_from_slice(&l2cap::CID_SMP.to_le_bytes()).unwrap();
    data.extend_from_slice(octets).unwrap();
    HciPacket::Acl(AclData { handle, boundary: 2, broadcast: 0, data })
}
