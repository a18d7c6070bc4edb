//! The plan that the session and sweep benchmarks run: a phone and a lock, thirty milliseconds apart.

use blesim_host::recovery::{Action, Program, Rule, Wait};
use blesim_kernel::{Chance, Span};
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_world::{History, Loss, Plan};

const PHONE: Address = Address::public([0x00, 0x1B, 0xDC, 0x07, 0x31, 0x02]);
const LOCK: Address = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);

/// What the two do to secure their link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// LE Secure Connections, Just Works, IRKs both ways.
    SecureConnections,
    /// LE legacy pairing, Just Works, LTKs and IRKs both ways.
    Legacy,
    /// Encryption with the key of a bond.
    Bonded,
    /// LE Secure Connections, Numeric Comparison; the users answer at once.
    Comparison,
    /// LE Secure Connections, Passkey Entry: twenty rounds.
    Passkey,
    /// LE Secure Connections, out-of-band data both ways.
    OutOfBand,
    /// LE legacy pairing, Passkey Entry.
    LegacyPasskey,
}

/// A policy that tries again up to three times, each with another wait before it.
fn retry(index: usize) -> Program {
    let wait = Span::from_millis(100 * u64::try_from(index).expect("there are few policies"));
    let actions = Box::new([Action::Wait(Wait::fixed(wait)), Action::Again]);
    let rule = Rule { attempts: (1, 3), actions, ..Rule::default() };
    Program { rules: Box::new([rule]), ..Program::passive(&format!("retry-{index}")) }
}

/// A plan with one packet in a hundred lost and this many policies, no two of them alike.
#[must_use]
pub fn plan(kind: Kind, policies: usize) -> Plan {
    let mut plan = Plan::two([PHONE, LOCK], (0..policies).map(retry).collect());
    plan.air.loss = Loss::Independent(Chance::ratio(1, 100));
    match kind {
        Kind::SecureConnections => {}
        Kind::Bonded => plan.history = History::Bonded { secure_connections: true },
        Kind::Legacy => legacy(&mut plan),
        Kind::Comparison => protect(&mut plan, [IoCapability::DisplayYesNo; 2]),
        Kind::Passkey => protect(&mut plan, [IoCapability::KeyboardOnly, IoCapability::DisplayOnly]),
        Kind::OutOfBand => {
            protect(&mut plan, [IoCapability::NoInputNoOutput; 2]);
            plan.devices.iter_mut().for_each(|device| device.host.security.oob = true);
        }
        Kind::LegacyPasskey => {
            legacy(&mut plan);
            protect(&mut plan, [IoCapability::KeyboardOnly, IoCapability::DisplayOnly]);
        }
    }
    plan
}

fn legacy(plan: &mut Plan) {
    for device in &mut plan.devices {
        device.host.auth = AuthReq::BONDING;
        (device.host.initiator_keys, device.host.responder_keys) = (KeyDistribution(3), KeyDistribution(3));
    }
}

/// Both want protection against a man in the middle, and can do this.
fn protect(plan: &mut Plan, io: [IoCapability; 2]) {
    for (device, io) in plan.devices.iter_mut().zip(io) {
        device.host.auth = device.host.auth.with(AuthReq::MITM);
        device.host.io = io;
    }
}

/// The same with so many pairs in one air; the first of them is the one that counts.
///
/// # Panics
/// With more pairs than an octet counts.
#[must_use]
pub fn crowd(kind: Kind, pairs: usize) -> Plan {
    let mut crowd = plan(kind, 1);
    let mut devices = Vec::new();
    for role in [0, 1] {
        for pair in 0..pairs {
            let number = u8::try_from(pair).expect("there are few pairs");
            let mut device = crowd.devices[role].clone();
            let address = |mut address: Address| {
                address.octets[5] ^= number;
                address
            };
            let peer = device.host.peers.iter().next().copied().map_or(LOCK, address);
            device.host.address = address(device.host.address);
            device.controller.public_address = address(device.controller.public_address);
            device.host.peers = peer.into();
            devices.push(device);
        }
    }
    crowd.pairs = blesim_world::pairs(&devices);
    crowd.devices = devices;
    crowd
}
