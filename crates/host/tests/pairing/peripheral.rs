//! A peripheral with rules of its own: what it is shown, what it can do, and who has the initiative.

use crate::bench::Bench;
use crate::setup::{CENTRAL, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{Action, Program, Question, Wait};
use blesim_host::{Answer, Episode, Failure, Link, Note, Procedure, Prompt, Shown, Why};
use blesim_kernel::Span;
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;

const MISSING: Failure =
    Failure { procedure: Procedure::Encryption, shown: Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING) };

/// A central whose bond the peripheral has lost, and the peripheral's answer; the central gives up at once.
fn without_bond(actions: &[Action]) -> Bench {
    let mut bench = Bench::new(&configs(SC));
    bench.ends[CENTRAL].host.bonds_mut().put(bond_of(CENTRAL, 99, true));
    bench.ends[PERIPHERAL].program = always(1, actions);
    bench
}

fn acts(bench: &Bench) -> Vec<Action> {
    let act = |note: &Note| if let Note::Acts(action) = note { Some(*action) } else { None };
    bench.ends[PERIPHERAL].port.notes.iter().filter_map(act).collect()
}

/// A key that it has not got is shown to its rules; without rules nothing is shown, as ever.
#[test]
fn a_missing_key() {
    let mut bench = without_bond(&[Action::Notify]);
    bench.pair();
    assert_eq!(bench.failures(PERIPHERAL), [MISSING]);
    assert_eq!(acts(&bench), [Action::Notify, Action::GiveUp]);
    let mut bench = without_bond(&[]);
    bench.ends[PERIPHERAL].program = Program::passive("passive");
    bench.pair();
    assert_eq!(bench.failures(PERIPHERAL), []);
}

/// A link that is lost in the middle of a pairing is shown to its rules with the code; it advertises again
/// whatever they say, and what it does afterwards it does without a link.
#[test]
fn a_lost_link() {
    for (actions, last) in [
        (&[Action::DeleteBond, Action::Again][..], Action::Again),
        (&[Action::Disconnect, Action::Notify, Action::GiveUp][..], Action::GiveUp),
        (&[Action::Reconnect, Action::Pair][..], Action::Pair),
    ] {
        let mut bench = Bench::new(&configs(SC));
        bench.ends[PERIPHERAL].program = always(1, actions);
        bench.power_on();
        while bench.log.len() < 3 {
            assert!(bench.step());
        }
        bench.controllers.lose([ErrorCode::CONNECTION_TIMEOUT; 2]);
        bench.flow();
        let shown = Shown::Hci(ErrorCode::CONNECTION_TIMEOUT);
        assert_eq!(bench.failures(PERIPHERAL), [Failure { procedure: Procedure::Bonding, shown }]);
        assert_eq!(acts(&bench).last(), Some(&last));
    }
}

/// Trying again is a Security Request where there is a link.
#[test]
fn trying_again_is_asking() {
    for action in [Action::Again, Action::RequestSecurity, Action::Pair, Action::Encrypt] {
        let mut bench = without_bond(&[action]);
        // The central has a way on of its own: it waits for what the peripheral asks for.
        bench.ends[CENTRAL].program =
            always(1, &[Action::DeleteBond, Action::Wait(Wait::fixed(Span::from_secs(5)))]);
        bench.pair();
        assert!(bench.codes().contains(&(PERIPHERAL, 0x0B)), "{action:?} {:?}", bench.codes());
        for end in &bench.ends {
            assert!(matches!(end.host.episode(0), Episode::Secured(_)), "{action:?}");
        }
    }
}

/// Without a link a request is owed to the next one.
#[test]
fn a_request_is_owed() {
    let mut bench = without_bond(&[Action::Disconnect, Action::RequestSecurity]);
    bench.ends[CENTRAL].program = always(
        2,
        &[
            Action::Wait(Wait::fixed(Span::from_secs(1))),
            Action::Reconnect,
            Action::Wait(Wait::fixed(Span::from_secs(9))),
        ],
    );
    bench.pair();
    assert!(!bench.codes().contains(&(PERIPHERAL, 0x0B)));
    assert_eq!(bench.wake(), Some((CENTRAL, Why::Wait)));
    assert_eq!(bench.wake(), Some((PERIPHERAL, Why::SecurityRequest)));
    assert!(bench.codes().contains(&(PERIPHERAL, 0x0B)));
}

/// It ends the link and asks its user like a central does, and whoever pairs meanwhile has the initiative.
#[test]
fn the_peer_has_the_initiative() {
    let ask = Action::Ask(Question::DeleteBond, Span::from_secs(60));
    let mut bench = without_bond(&[ask, Action::DeleteBond]);
    bench.pair();
    assert_eq!(bench.prompt(PERIPHERAL), Some(Prompt::Ask(Question::DeleteBond)));
    // The central's user lets it pair.
    bench.inject(PERIPHERAL, &[0x01, 3, 0, 9, 16, 3, 3]);
    assert_eq!(bench.prompt(PERIPHERAL), None);
    let before = acts(&bench).len();
    bench.says(PERIPHERAL, Answer::Yes);
    assert_eq!(acts(&bench).len(), before, "nobody is asked any more");
}

/// A peripheral that has given up is not moved by the next failure, but it answers.
#[test]
fn giving_up_is_for_good() {
    let mut bench = without_bond(&[Action::Disconnect, Action::GiveUp]);
    bench.ends[CENTRAL].program = always(3, &[Action::DeleteBond, Action::Again]);
    bench.pair();
    assert!(matches!(bench.ends[PERIPHERAL].host.link(0), Link::Up { .. }));
    assert!(matches!(bench.ends[PERIPHERAL].host.episode(0), Episode::Secured(_)));
    let mut bench = without_bond(&[Action::GiveUp]);
    bench.pair();
    bench.inject(PERIPHERAL, &[0x01, 3, 0, 9, 16, 3, 3]);
    bench.inject(PERIPHERAL, &[0x05, 0x08]);
    let rules = bench.ends[PERIPHERAL].port.notes.iter().filter(|note| matches!(note, Note::Rule(..)));
    assert_eq!(rules.count(), 1);
    assert_eq!(bench.shown(PERIPHERAL)[1], Shown::PairingFailed(Reason::UNSPECIFIED_REASON));
}
