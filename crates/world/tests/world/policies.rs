//! Policies of both ends in whole sessions: questions to people, a peripheral that varies, peers that vary with
//! it, and episodes that are held to their proofs.

use crate::common::{plan, rule};
use blesim_crypto::KeyBank;
use blesim_host::recovery::{Action, Program, Question, Wait, Worst};
use blesim_kernel::{Chance, Span};
use blesim_world::fault::{Effect, FaultPlan, Lost, Trigger};
use blesim_world::{Delay, History, NoTrace, Outcome, Plan, Record, Sim, User};
use std::sync::Arc;

const MINUTE: Span = Span::from_secs(60);

fn program(name: &str, last: u16, actions: &[Action]) -> Program {
    Program { rules: [rule((1, last), actions)].into(), ..Program::passive(name) }
}

/// A lock that has lost its bond.
fn forgetful() -> Plan {
    let mut plan = plan();
    plan.history = History::Bonded { secure_connections: true };
    plan.limit = MINUTE * 2;
    plan.faults = vec![FaultPlan {
        effect: Effect::ForgetBond(Lost::All),
        device: 1,
        trigger: Trigger::Between(Span::ZERO, Span::ZERO),
        chance: Chance::ALWAYS,
    }];
    plan.devices.iter_mut().for_each(|device| device.user = User::PERFECT);
    plan
}

fn run(sim: &mut Sim, plan: &Plan, policy: usize) -> Result<Record, String> {
    let record = sim.run(plan, policy, 1, &mut KeyBank::new(), &mut NoTrace);
    record.map_err(|bug| bug.what)
}

/// Whoever is asked agrees after as long as it takes to read, or does not, or is away; it is counted, and so is
/// what is told.
#[test]
fn people_are_asked() {
    let ask = Action::Ask(Question::DeleteBond, MINUTE);
    let reads = Delay { least: Span::from_secs(7), mean_more: Span::ZERO };
    for (user, outcome, time) in [
        (User { reads, ..User::PERFECT }, Outcome::Secured, 7..9),
        (User { reads, consents: Chance::NEVER, ..User::PERFECT }, Outcome::GaveUp, 7..9),
        (User { cancels: Chance::ALWAYS, ..User::PERFECT }, Outcome::GaveUp, 0..2),
        (User { walks_away: Chance::ALWAYS, ..User::PERFECT }, Outcome::GaveUp, 60..62),
    ] {
        let mut plan = forgetful();
        plan.policies = vec![program("asks", 1, &[Action::Notify, ask, Action::DeleteBond, Action::Pair])];
        plan.devices[0].user = user;
        let mut sim = Sim::new(&plan);
        let record = run(&mut sim, &plan, 0).unwrap();
        assert_eq!(record.outcome, outcome, "{user:?}");
        assert!(time.contains(&(record.time_us / 1_000_000)), "{user:?} {record:?}");
        assert_eq!(sim.dealings(), (1, 1));
        assert_eq!(u16::from(outcome == Outcome::Secured), record.bonds_deleted);
    }
}

/// A lock whose policy varies asks for a pairing where it has lost the key: the phone, which only waits, pairs.
#[test]
fn a_peripheral_varies() {
    let mut plan = forgetful();
    plan.devices[0].program = program("waits", 1, &[Action::DeleteBond, Action::Wait(Wait::fixed(MINUTE))]);
    plan.varied = 1;
    plan.policies = vec![
        Program::passive("passive"),
        program("asks", 1, &[Action::RequestSecurity]),
        program("leaves", 1, &[Action::Disconnect, Action::GiveUp]),
    ];
    let mut sim = Sim::new(&plan);
    let records = [0, 1, 2].map(|policy| run(&mut sim, &plan, policy).unwrap());
    assert_eq!(records.map(|record| record.outcome), [Outcome::GaveUp, Outcome::Secured, Outcome::GaveUp]);
    assert_eq!(records.map(|record| record.failures), [0, 1, 1], "what the lock is shown");
    assert!(records[1].time_us < 1_000_000);
}

/// A policy that is tried against a peer's policy has that peer; one that is not has the peer's own.
#[test]
fn peers_vary_along() {
    let mut plan = forgetful();
    plan.devices[0].program = Program::passive("own");
    plan.varied = 1;
    let lock = program("asks", 1, &[Action::RequestSecurity]);
    let waits = program("waits", 1, &[Action::DeleteBond, Action::Wait(Wait::fixed(MINUTE))]);
    let pairs = program("pairs", 1, &[Action::DeleteBond, Action::Pair]);
    let against = |peer: &Program| Program { against: Some(Arc::new(peer.clone())), ..lock.clone() };
    plan.policies = vec![lock.clone(), against(&waits), against(&pairs)];
    let mut sim = Sim::new(&plan);
    let outcomes = [0, 1, 2].map(|policy| run(&mut sim, &plan, policy).unwrap().outcome);
    assert_eq!(outcomes, [Outcome::GaveUp, Outcome::Secured, Outcome::Secured]);
    assert_eq!(plan.program(0, 1).name, "waits");
    assert_eq!(plan.program(1, 2).name, "asks");
}

/// An episode that is longer than what was proved is a bug of the simulator; one that is not proved is none.
#[test]
fn a_proof_that_does_not_hold() {
    let long = Action::Wait(Wait::fixed(Span::from_secs(3_000)));
    let mut plan = forgetful();
    plan.limit = Span::from_secs(3_600);
    let proved = |waits, failures| Program {
        worst: Some(Worst { waits, failures: Some(failures) }),
        ..program("waits", 1, &[long, Action::GiveUp])
    };
    plan.policies = vec![
        program("unproved", 1, &[long, Action::GiveUp]),
        proved(Span::from_secs(3_000), 1),
        proved(Span::ZERO, 0),
    ];
    let mut sim = Sim::new(&plan);
    assert_eq!(run(&mut sim, &plan, 0).unwrap().outcome, Outcome::GaveUp);
    assert_eq!(run(&mut sim, &plan, 1).unwrap().outcome, Outcome::GaveUp);
    let bug = run(&mut sim, &plan, 2).unwrap_err();
    assert!(bug.contains("longer than its policy can"), "{bug}");
    // A peripheral waits for the central as long as it takes.
    plan.varied = 1;
    plan.devices[0].program = Program::passive("own");
    assert!(run(&mut sim, &plan, 2).is_ok());
}

/// What was forgotten comes back with the power: the key is tried, and found missing, a second time.
#[test]
fn power_brings_a_forgotten_key_back() {
    let mut plan = forgetful();
    let wait = Action::Wait(Wait::fixed(Span::from_secs(2)));
    plan.policies = vec![program("forgets", 1, &[Action::ForgetKey, wait, Action::GiveUp])];
    let without = run(&mut Sim::new(&plan), &plan, 0).unwrap();
    assert_eq!((without.outcome, without.failures, without.bonds_deleted), (Outcome::GaveUp, 1, 0));
    plan.faults.push(FaultPlan {
        effect: Effect::PowerCut(Span::from_secs(1)),
        device: 0,
        trigger: Trigger::Between(Span::from_secs(1), Span::from_secs(1)),
        chance: Chance::ALWAYS,
    });
    let with = run(&mut Sim::new(&plan), &plan, 0).unwrap();
    assert_eq!((with.outcome, with.failures), (Outcome::GaveUp, 2));
}
