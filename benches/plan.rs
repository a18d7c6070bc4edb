//! The plan that the session and sweep benchmarks run: a phone and a lock, thirty milliseconds apart.

use blesim_controller::Config as ControllerConfig;
use blesim_host::recovery::{Action, Program, Rule};
use blesim_host::{Config, Discovery, LinkControl, LinkParameters, Quirks, Role, Security, Timing};
use blesim_kernel::{Chance, Span};
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_world::energy::Currents;
use blesim_world::{AirPlan, DevicePlan, Given, HciDelay, History, Loss, Plan, Radio, User, Work};

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
}

fn device(role: Role, kind: Kind) -> DevicePlan {
    let (name, address, peer) = match role {
        Role::Central => ("phone", PHONE, LOCK),
        Role::Peripheral => ("lock", LOCK, PHONE),
    };
    let (auth, keys) = match kind {
        Kind::Legacy => (AuthReq::BONDING, KeyDistribution(3)),
        Kind::SecureConnections | Kind::Bonded => (AuthReq(9), KeyDistribution::ID_KEY),
    };
    DevicePlan {
        name: name.to_owned(),
        controller: ControllerConfig { exchanges: 1, ..ControllerConfig::new(PHONE) },
        host: Config {
            role,
            address,
            peers: peer.into(),
            io: IoCapability::NoInputNoOutput,
            auth,
            max_key_size: 16,
            min_key_size: 7,
            initiator_keys: keys,
            responder_keys: keys,
            link: LinkParameters {
                interval: 24,
                latency: 0,
                supervision_timeout: 400,
                scan_interval: 96,
                scan_window: 96,
                advertising_interval: 160,
            },
            discovery: Discovery::LEGACY,
            control: LinkControl::NONE,
            timing: Timing { dh_key: Span::ZERO, connect_timeout: Span::from_secs(30) },
            security: Security::PLAIN,
            bond_capacity: 8,
            quirks: Quirks::NONE,
        },
        radio: Radio::default(),
        program: Program::passive("passive"),
        hci_delay: HciDelay { up: Span::from_micros(300), down: Span::from_micros(300) },
        work: Work::NONE,
        currents: Currents::NRF52840,
        user: User::PERFECT,
        given: Given::default(),
    }
}

/// A policy that tries again up to three times.
fn retry(index: usize) -> Program {
    let rule = Rule {
        procedures: Box::new([]),
        errors: Box::new([]),
        attempts: (1, 3),
        actions: Box::new([Action::Again]),
    };
    Program { rules: Box::new([rule]), ..Program::passive(&format!("retry-{index}")) }
}

/// A plan with one packet in a hundred lost and this many policies, all alike.
#[must_use]
pub fn plan(kind: Kind, policies: usize) -> Plan {
    let devices = vec![device(Role::Central, kind), device(Role::Peripheral, kind)];
    Plan {
        name: "bench".to_owned(),
        pairs: blesim_world::pairs(&devices),
        devices,
        air: AirPlan { loss: Loss::Independent(Chance::ratio(1, 100)), ..AirPlan::default() },
        history: match kind {
            Kind::Bonded => History::Bonded { secure_connections: true },
            Kind::SecureConnections | Kind::Legacy => History::Strangers,
        },
        faults: Vec::new(),
        policies: (0..policies).map(retry).collect(),
        varied: 0,
        limit: Span::from_secs(60),
        stay: Span::ZERO,
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
