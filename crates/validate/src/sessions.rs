//! Whole sessions: the plan of a phone and a lock that every row changes where it has to.
//!
//! Invariant: a bug of the simulator ends the program; it is never a result.

use blesim_crypto::SharedSecret;
use blesim_host::Shown;
use blesim_host::recovery::{Action, Program, Rule, Wait};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution};
use blesim_world::energy::Currents;
use blesim_world::{Plan, Record, Sim, Trace};

const PHONE: Address = Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x01]);
const LOCK: Address = Address::random([0xC0, 0x00, 0x00, 0x00, 0x53, 0x02]);

/// Two strangers that pair by LE Secure Connections, Just Works, over a clean link of 30 ms; whatever fails
/// is final.
pub(crate) fn plan() -> Plan {
    let mut plan = Plan::two([PHONE, LOCK], vec![Program::passive("never-retry")]);
    for device in &mut plan.devices {
        device.currents = Currents::NONE;
    }
    plan
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
