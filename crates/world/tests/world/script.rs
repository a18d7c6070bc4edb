//! Scripts: what a stretch of two devices' life asks of a policy, act by act.

use crate::common::{again, plan, rule};
use blesim_crypto::SharedSecret;
use blesim_host::recovery::{Action, Program};
use blesim_kernel::Span;
use blesim_world::{Act, NoTrace, Outcome, Plan, Record, Sim};

fn run(plan: &Plan, policy: usize, seed: u64) -> (Record, (u16, u16)) {
    let mut sim = Sim::new(plan);
    let record = sim.run(plan, policy, seed, &mut SharedSecret::new(), &mut NoTrace).expect("no bug");
    (record, (record.scripted.secured, record.scripted.begun))
}

/// One that deletes its bond when the peer has no key, and pairs anew.
fn mends() -> Program {
    let rules = vec![rule((1, 3), &[Action::DeleteBond, Action::Again])];
    Program { rules: rules.into(), ..again(0) }
}

fn with(script: &[Act]) -> Plan {
    let policies = vec![again(0), mends()];
    Plan { script: script.to_vec(), policies, limit: Span::from_secs(200), ..plan() }
}

const SECOND: Span = Span::from_secs(1);

/// How many of the wanted links each policy gets: one that gives up, and one that deletes its bond.
#[test]
fn lives_of_devices() {
    use Act::{Disconnect, Forget, PowerCycle, Secure, Stay, Update};
    let check = |name: &str, script: &[Act], gives_up: u16, mends: u16| {
        let plan = with(script);
        let wanted = script.iter().filter(|act| **act == Secure).count();
        for seed in 0..4 {
            for (policy, expected) in [(0, gives_up), (1, mends)] {
                let (record, (secured, begun)) = run(&plan, policy, seed);
                assert_eq!((secured, usize::from(begun)), (expected, wanted), "{name} {policy} seed {seed}");
                let all = usize::from(secured) == wanted;
                assert_eq!(record.outcome == Outcome::Secured, all, "{name} {policy} seed {seed}");
            }
        }
    };
    check("once", &[Secure], 1, 1);
    check("again", &[Secure, Disconnect, Secure, Disconnect, Stay(SECOND), Secure], 3, 3);
    check("a link that is still there", &[Secure, Stay(SECOND), Secure], 2, 2);
    check("the lock forgets", &[Secure, Disconnect, Forget(1), Secure], 1, 2);
    check("the phone forgets, and pairs", &[Secure, Disconnect, Forget(0), Secure, Disconnect, Secure], 3, 3);
    check("power of the lock", &[Secure, Disconnect, PowerCycle(1, SECOND * 3), Secure], 2, 2);
    check("power of the phone", &[Secure, PowerCycle(0, SECOND), Secure, Disconnect, Secure], 3, 3);
    let update = [Secure, Disconnect, Update(1, SECOND * 5), Secure, Disconnect, Secure];
    check("other firmware", &update, 1, 3);
    let late = [Secure, Disconnect, Update(1, SECOND * 5), Secure, Disconnect, Forget(0), Secure];
    check("what gives up is asked again, and its user helps", &late, 2, 3);
}

/// Time is that of the links that were wanted, and none of what lies between.
#[test]
fn time_is_that_of_the_links() {
    let (one, _) = run(&with(&[Act::Secure]), 0, 7);
    let waits = [Act::Secure, Act::Stay(SECOND * 60), Act::Disconnect, Act::Stay(SECOND * 60), Act::Secure];
    let (two, _) = run(&with(&waits), 0, 7);
    assert_eq!(two.outcome, Outcome::Secured);
    assert!(two.time_us > one.time_us && two.time_us < one.time_us + 3_000_000, "{}", two.time_us);
}

/// A script of one act is the session without a script, but for what it is told by.
#[test]
fn a_script_of_one_act_changes_nothing() {
    for seed in 0..6 {
        let (scripted, _) = run(&with(&[Act::Secure]), 0, seed);
        let (plain, _) = run(&with(&[]), 0, seed);
        assert_eq!((scripted.digest, scripted.time_us), (plain.digest, plain.time_us), "seed {seed}");
    }
}

/// A session whose time is over before its script is.
#[test]
fn a_script_that_takes_too_long() {
    let plan = Plan { limit: SECOND * 10, ..with(&[Act::Secure, Act::Stay(SECOND * 20), Act::Secure]) };
    let (record, acts) = run(&plan, 0, 1);
    assert_eq!((record.outcome, acts), (Outcome::TimeLimit, (1, 1)));
}
