//! Recovery programs: which rule applies, how long waits are, when it is over.

use crate::bench::Bench;
use crate::setup::{CENTRAL, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{Action, Engine, Levels, Program, Rule, Sight, Wait};
use blesim_host::{Episode, Failure, Level, Note, Procedure, Role, SHOWN, Shown, Why};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;
use proptest::prelude::*;

const MISSING: Shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
const LOST: Shown = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);

fn rule(procedures: &[Procedure], errors: &[Shown], attempts: (u16, u16)) -> Rule {
    Rule { procedures: procedures.into(), errors: errors.into(), attempts, ..Rule::default() }
}

/// A failure of a central without a bond, on a link that was never secured.
fn seen(failure: Failure) -> Sight {
    Sight { role: Role::Central, failure, bonded: false, level: Level::One }
}

/// The first rule whose procedure, code and attempt all match is taken; empty lists match everything.
#[test]
fn first_match() {
    let program = Program {
        rules: Box::new([
            rule(&[Procedure::Encryption], &[MISSING], (1, 1)),
            rule(&[Procedure::Encryption], &[], (1, 2)),
            rule(&[], &[LOST, Shown::SmpTimeout], (2, 4)),
            rule(&[], &[], (4, 4)),
        ]),
        ..Program::passive("rows")
    };
    for (procedure, shown, attempt, expected) in [
        (Procedure::Encryption, MISSING, 1, Some(0)),
        (Procedure::Encryption, MISSING, 2, Some(1)),
        (Procedure::Encryption, LOST, 1, Some(1)),
        (Procedure::Encryption, LOST, 3, Some(2)),
        (Procedure::Bonding, MISSING, 1, None),
        (Procedure::Bonding, Shown::SmpTimeout, 2, Some(2)),
        (Procedure::Bonding, Shown::SmpTimeout, 1, None),
        (Procedure::Connection, Shown::ConnectTimeout, 4, Some(3)),
        (Procedure::Connection, LOST, 4, Some(2)),
        (Procedure::Connection, LOST, 5, None),
        (Procedure::Connection, LOST, 0, None),
    ] {
        let failure = Failure { procedure, shown };
        assert_eq!(program.rule_for(seen(failure), attempt), expected, "{failure} {attempt}");
    }
}

/// A rule for one role, with or without a bond, or for some levels is for those alone.
#[test]
fn what_the_stack_knows_besides() {
    let central =
        Sight { bonded: true, ..seen(Failure { procedure: Procedure::Encryption, shown: MISSING }) };
    let peripheral = Sight { role: Role::Peripheral, level: Level::Three, bonded: false, ..central };
    for (rule, of_central, of_peripheral) in [
        (Rule::default(), true, true),
        (Rule { role: Some(Role::Central), ..Rule::default() }, true, false),
        (Rule { role: Some(Role::Peripheral), ..Rule::default() }, false, true),
        (Rule { bonded: Some(true), ..Rule::default() }, true, false),
        (Rule { bonded: Some(false), ..Rule::default() }, false, true),
        (Rule { levels: Levels::of(&[Level::One, Level::Two]), ..Rule::default() }, true, false),
        (Rule { levels: Levels::of(&[Level::Three]), ..Rule::default() }, false, true),
        (Rule { levels: Levels::of(&[Level::Four]), ..Rule::default() }, false, false),
    ] {
        assert_eq!(
            (rule.matches(central, 1), rule.matches(peripheral, 1)),
            (of_central, of_peripheral),
            "{rule:?}"
        );
    }
}

/// Constant, growing and capped waits, without and with the largest jitter.
#[test]
fn waits() {
    let ms = Span::from_millis;
    let wait =
        |first, growth_q32, cap, jitter_q32| Wait { first: ms(first), growth_q32, cap: ms(cap), jitter_q32 };
    let one = 1_u64 << 32;
    for (wait, attempt, longest) in [
        (Wait::fixed(ms(500)), 1, 500),
        (Wait::fixed(ms(500)), 9, 500),
        (wait(2_000, 2 * one, 60_000, 0), 1, 2_000),
        (wait(2_000, 2 * one, 60_000, 0), 2, 4_000),
        (wait(2_000, 2 * one, 60_000, 0), 5, 32_000),
        (wait(2_000, 2 * one, 60_000, 0), 6, 60_000),
        (wait(2_000, 2 * one, 60_000, 0), u16::MAX, 60_000),
        (wait(1_000, one + one / 2, 10_000, 0), 3, 2_250),
        (wait(5_000, 2 * one, 3_000, 0), 1, 3_000),
        (wait(1_000, one, 10_000, 0), 7, 1_000),
        (wait(0, 2 * one, 10_000, 0), u16::MAX, 0),
    ] {
        assert_eq!(wait.longest(attempt), ms(longest), "{wait:?} {attempt}");
        assert_eq!(wait.span(attempt, u64::MAX), ms(longest));
    }
    // Half of it at the most is taken away.
    let jittered = wait(1_000, one, 1_000, one / 2);
    assert_eq!(jittered.span(1, 0), ms(1_000));
    assert_eq!(jittered.span(1, 1 << 63), ms(750));
    assert!(jittered.span(1, u64::MAX) >= ms(500) && jittered.span(1, u64::MAX) < ms(501));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    /// A wait lies between its longest less the jitter and its longest, and more attempts never shorten it.
    #[test]
    fn waits_stay_in_bounds(
        first in 0_u64..100_000_000_000,
        growth_q32 in 0_u64..(16 << 32),
        cap in 0_u64..1_000_000_000_000,
        jitter_q32 in 0_u64..(1 << 32),
        attempt in 1_u16..200,
        draw: u64,
    ) {
        let (first, cap) = (Span::from_nanos(first), Span::from_nanos(cap));
        let wait = Wait { first, growth_q32, cap, jitter_q32 };
        let (longest, span) = (wait.longest(attempt), wait.span(attempt, draw));
        prop_assert!(span <= longest && longest <= cap);
        prop_assert!(span >= longest - longest.scale_q32(jitter_q32));
        prop_assert!(wait.longest(attempt + 1) >= longest);
    }
}

/// After the patience no rule is tried any more; it counts from the first failure.
#[test]
fn patience() {
    let program = Program { patience: Some(Span::from_secs(60)), ..always(u16::MAX, &[Action::Again]) };
    let failure = Failure { procedure: Procedure::Connection, shown: LOST };
    let at = |seconds| Instant::ZERO + Span::from_secs(seconds);
    let mut engine = Engine::default();
    for (seconds, rule) in [(100, Some(0)), (159, Some(0)), (160, None), (161, None)] {
        assert_eq!(engine.failed(&program, seen(failure), at(seconds)), rule, "{seconds}");
        assert_eq!(engine.running(), rule.is_some());
        assert_eq!(engine.next(&program), if rule.is_some() { Action::Again } else { Action::GiveUp });
    }
    assert_eq!(engine.failures(), 4);
}

/// A rule that comes to its end without starting anything gives up, as one without a match does.
#[test]
fn the_end_of_a_rule() {
    for program in [
        Program::passive("no rule"),
        always(9, &[]),
        always(9, &[Action::Notify]),
        always(9, &[Action::Disconnect]),
        always(9, &[Action::Wait(Wait::fixed(Span::from_secs(1)))]),
        always(9, &[Action::GiveUp, Action::Again]),
        always(9, &[Action::Reconnect]),
    ] {
        let mut bench = Bench::new(&configs(SC));
        bench.ends[CENTRAL].host.bonds_mut().put(bond_of(CENTRAL, 99, true));
        bench.ends[CENTRAL].program = program.clone();
        bench.pair();
        while bench.wake().is_some() {}
        assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::GaveUp(_)), "{program:?}");
        assert_eq!(bench.shown(CENTRAL), [MISSING], "{program:?}");
        assert!(bench.noted(CENTRAL, Note::GaveUp));
    }
}

/// Actions are carried out in order, each waiting for the one before: end the link, wait, connect, secure.
#[test]
fn actions_in_order() {
    let second = Span::from_secs(1);
    let actions = [Action::Disconnect, Action::Wait(Wait::fixed(second)), Action::DeleteBond, Action::Again];
    let mut bench = Bench::new(&configs(SC));
    bench.ends[CENTRAL].host.bonds_mut().put(bond_of(CENTRAL, 99, true));
    bench.ends[CENTRAL].program = always(1, &actions);
    bench.pair();
    assert_eq!(bench.ends[CENTRAL].host.deadline(), Some((Instant::ZERO + second, Why::Wait)));
    bench.wake();
    bench.compute();
    let acts = bench.ends[CENTRAL].port.notes.iter().filter_map(|note| match note {
        Note::Acts(action) => Some(*action),
        _ => None,
    });
    assert!(acts.eq(actions));
    assert!(bench.noted(CENTRAL, Note::Rule(Some(1), 1)));
    assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::Secured(_)));
    assert_eq!(bench.ends[CENTRAL].host.connections(0), 2);
}

/// A peripheral without rules shows its failures and recovers nothing by itself.
#[test]
fn a_peripheral_waits() {
    let mut bench = Bench::new(&configs(SC));
    bench.power_on();
    bench.flow();
    bench.inject(PERIPHERAL, &[0x05, 0x08]);
    assert_eq!(bench.shown(PERIPHERAL), [Shown::PairingFailed(Reason::UNSPECIFIED_REASON)]);
    assert!(!bench.ends[PERIPHERAL].port.notes.iter().any(|note| matches!(note, Note::Acts(_))));
}

/// A program that fails again in the very instant, for ever, is brought to its end instead of the host's.
#[test]
fn a_loop_without_time_ends() {
    for actions in [&[Action::Encrypt][..], &[Action::Notify, Action::Pair]] {
        let mut bench = Bench::new(&configs(SC));
        bench.ends[CENTRAL].program = always(u16::MAX, actions);
        bench.pair();
        bench.ends[CENTRAL].host.bonds_mut().clear();
        bench.controllers.lose([ErrorCode::CONNECTION_TIMEOUT; 2]);
        bench.flow();
        assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::GaveUp(_)), "{actions:?}");
    }
}

/// Every code that can be shown has one number and comes back from it; every name is there once.
#[test]
fn codes_and_names() {
    for code in 0..=u16::MAX {
        if let Some(shown) = Shown::from_code(code) {
            assert_eq!(shown.code(), code);
        }
    }
    for (index, (name, shown)) in SHOWN.iter().enumerate() {
        assert_eq!(Shown::from_code(shown.code()), Some(*shown));
        assert!(!SHOWN[..index].iter().any(|(other, code)| other == name || code == shown), "{name}");
    }
    let failure = Failure { procedure: Procedure::Bonding, shown: Shown::SmpTimeout };
    assert_eq!(failure.to_string(), "Bonding / SMP timeout");
}
