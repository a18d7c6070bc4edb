//! A plan for tests: a phone and a lock on a clean link, each field to be changed at will.

use blesim_host::Role;
use blesim_host::recovery::{Action, Program, Rule};
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, KeyDistribution};
use blesim_world::{DevicePlan, Plan};

pub(crate) const PHONE: Address = Address::public([0x00, 0x1B, 0xDC, 0x07, 0x31, 0x02]);
pub(crate) const LOCK: Address = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);

pub(crate) fn device(role: Role) -> DevicePlan {
    let (name, address, peer) = match role {
        Role::Central => ("phone", PHONE, LOCK),
        Role::Peripheral => ("lock", LOCK, PHONE),
    };
    DevicePlan::plain(name, role, address, peer)
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
    Plan::two([PHONE, LOCK], vec![again(0), again(3)])
}

/// Legacy pairing with LTK, IRK and identity address both ways.
pub(crate) fn legacy(plan: &mut Plan) {
    for device in &mut plan.devices {
        device.host.auth = AuthReq::BONDING;
        device.host.initiator_keys = KeyDistribution(3);
        device.host.responder_keys = KeyDistribution(3);
    }
}
