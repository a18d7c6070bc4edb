//! Whole sessions: the plan of a phone and a lock that every row changes where it has to.
//!
//! Invariant: a bug of the simulator ends the program; it is never a result.

use blesim_controller::Config as ControllerConfig;
use blesim_crypto::SharedSecret;
use blesim_host::recovery::{Action, Program, Rule, Wait};
use blesim_host::{Config, Discovery, LinkControl, LinkParameters, Quirks, Role, Security, Shown, Timing};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_world::energy::Currents;
use blesim_world::{
    AirPlan, DevicePlan, Given, HciDelay, History, Plan, Radio, Record, Sim, Trace, User, Work,
};

const PHONE: Address = Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x01]);
const LOCK: Address = Address::random([0xC0, 0x00, 0x00, 0x00, 0x53, 0x02]);

fn device(role: Role) -> DevicePlan {
    let (name, address, peer) = match role {
        Role::Central => ("phone", PHONE, LOCK),
        Role::Peripheral => ("lock", LOCK, PHONE),
    };
    let public_address = Address::public([0, 0, 0x5E, 0, 0x53, u8::from(role == Role::Peripheral) + 1]);
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
        currents: Currents::NONE,
        user: User::PERFECT,
        given: Given::default(),
    }
}

/// Two strangers that pair by LE Secure Connections, Just Works, over a clean link of 30 ms; whatever fails
/// is final.
pub(crate) fn plan() -> Plan {
    let devices = vec![device(Role::Central), device(Role::Peripheral)];
    Plan {
        name: "validate".to_owned(),
        pairs: blesim_world::pairs(&devices),
        devices,
        air: AirPlan::default(),
        history: History::Strangers,
        faults: Vec::new(),
        policies: vec![Program::passive("never-retry")],
        varied: 0,
        limit: Span::from_secs(60),
        stay: Span::ZERO,
    }
}

/// Legacy pairing with LTK, EDIV and Rand, IRK and identity address both ways.
pub(crate) fn legacy(plan: &mut Plan) {
    for device in &mut plan.devices {
        device.host.auth = AuthReq::BONDING;
        device.host.initiator_keys = KeyDistribution(3);
        device.host.responder_keys = KeyDistribution(3);
    }
}

/// LE Secure Connections, Passkey Entry: the lock shows it, and the phone's user types it in no time.
pub(crate) fn passkey(plan: &mut Plan) {
    for device in &mut plan.devices {
        device.host.auth = device.host.auth.with(AuthReq::MITM);
    }
    plan.devices[0].host.io = IoCapability::KeyboardOnly;
    plan.devices[1].host.io = IoCapability::DisplayOnly;
}

/// LE Secure Connections, Numeric Comparison: both users say at once that the numbers are the same.
pub(crate) fn numeric(plan: &mut Plan) {
    for device in &mut plan.devices {
        device.host.auth = device.host.auth.with(AuthReq::MITM);
        device.host.io = IoCapability::DisplayYesNo;
    }
}

/// A link that stays for `events` connection events after it was secured, and for as long as it takes to see
/// that the last of them were missed.
pub(crate) fn staying(plan: &mut Plan, events: u64) {
    let link = plan.devices[0].host.link;
    let interval = Span::from_micros(1_250) * u64::from(link.interval);
    let timeout = Span::from_millis(10) * u64::from(link.supervision_timeout);
    let missed = timeout.as_nanos() / interval.as_nanos();
    plan.stay = interval * (events - missed) + timeout + interval / 2;
    plan.limit = plan.stay + Span::from_secs(60);
}

/// A rule that waits and tries again where this failure is number `attempt`.
pub(crate) fn retry(shown: Shown, attempt: u16, wait: Span) -> Rule {
    Rule {
        errors: [shown].into(),
        attempts: (attempt, attempt),
        actions: [Action::Wait(Wait::fixed(wait)), Action::Again].into(),
        ..Rule::default()
    }
}

/// A thread's simulation, for one session after another.
pub(crate) struct Run {
    sim: Sim,
    keys: SharedSecret,
}

impl Run {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self { sim: Sim::new(plan), keys: SharedSecret::new() }
    }

    pub(crate) fn session<T: Trace>(
        &mut self,
        plan: &Plan,
        policy: usize,
        seed: u64,
        trace: &mut T,
    ) -> Record {
        let record = self.sim.run(plan, policy, seed, &mut self.keys, trace);
        record.unwrap_or_else(|bug| panic!("{bug}"))
    }
}
