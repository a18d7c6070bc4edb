//! A plan for tests: a phone and a lock on a clean link, each field to be changed at will.

use blesim_controller::Config as ControllerConfig;
use blesim_host::recovery::{Action, Program, Rule};
use blesim_host::{Config, Discovery, LinkControl, LinkParameters, Quirks, Role, Security, Timing};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_world::energy::Currents;
use blesim_world::{AirPlan, DevicePlan, Given, HciDelay, History, Plan, Radio, User, Work};

pub(crate) const PHONE: Address = Address::public([0x00, 0x1B, 0xDC, 0x07, 0x31, 0x02]);
pub(crate) const LOCK: Address = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);

pub(crate) fn device(role: Role) -> DevicePlan {
    let (name, address, peer) = match role {
        Role::Central => ("phone", PHONE, LOCK),
        Role::Peripheral => ("lock", LOCK, PHONE),
    };
    let public_address = Address::public([0, 1, 2, 3, 4, u8::from(role == Role::Central)]);
    let public_address = if address == PHONE { PHONE } else { public_address };
    DevicePlan {
        name: name.to_owned(),
        controller: ControllerConfig { exchanges: 1, ..ControllerConfig::new(public_address) },
        host: Config {
            role,
            address,
            peers: peer.into(),
            io: IoCapability::NoInputNoOutput,
            auth: AuthReq(AuthReq::BONDING.0 | AuthReq::SC.0),
            max_key_size: 16,
            min_key_size: 7,
            initiator_keys: KeyDistribution::ID_KEY,
            responder_keys: KeyDistribution::ID_KEY,
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

pub(crate) fn rule(attempts: (u16, u16), actions: &[Action]) -> Rule {
    Rule { attempts, actions: actions.into(), ..Rule::default() }
}

/// Tries again `times` times, whatever happened.
pub(crate) fn again(times: u16) -> Program {
    let rules = if times == 0 { vec![] } else { vec![rule((1, times), &[Action::Again])] };
    Program { name: format!("again-{times}"), rules: rules.into(), ..Program::passive("") }
}

pub(crate) fn plan() -> Plan {
    let devices = vec![device(Role::Central), device(Role::Peripheral)];
    Plan {
        name: "test".to_owned(),
        pairs: blesim_world::pairs(&devices),
        devices,
        air: AirPlan::default(),
        history: History::Strangers,
        faults: Vec::new(),
        policies: vec![again(0), again(3)],
        varied: 0,
        limit: Span::from_secs(60),
        stay: Span::ZERO,
    }
}

/// Legacy pairing with LTK, IRK and identity address both ways.
pub(crate) fn legacy(plan: &mut Plan) {
    for device in &mut plan.devices {
        device.host.auth = AuthReq::BONDING;
        device.host.initiator_keys = KeyDistribution(3);
        device.host.responder_keys = KeyDistribution(3);
    }
}
