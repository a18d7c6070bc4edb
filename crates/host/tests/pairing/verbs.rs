//! The verbs of a policy, each carried out against a peer.

use crate::bench::Bench;
use crate::setup::{ADDRESSES, CENTRAL, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{Action, Changes, Program, Question};
use blesim_host::{Answer, Bond, BondRules, Episode, Input, Level, Note, Prompt, Shown, WhenFull, Why};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::{IoCapability, KeyDistribution, Reason, SmpPdu};

const MINUTE: Span = Span::from_secs(60);

/// A central with a bond that its peer has lost, and this answer to it.
fn lost_bond(actions: &[Action]) -> Bench {
    let mut bench = Bench::new(&configs(SC));
    bench.ends[CENTRAL].host.bonds_mut().put(bond_of(CENTRAL, 99, true));
    bench.ends[CENTRAL].program = always(1, actions);
    bench
}

/// Both lose power and come back.
fn again(bench: &mut Bench) {
    bench.controllers = crate::controllers::Controllers::default();
    bench.pair();
}

fn episode(bench: &Bench) -> Episode {
    bench.ends[CENTRAL].host.episode(0)
}

fn bond(bench: &Bench) -> Option<Bond> {
    bench.ends[CENTRAL].host.bonds().get(ADDRESSES[PERIPHERAL]).copied()
}

/// A question to the user: yes goes on with the rule, no and cancel end it, silence ends it at the last moment;
/// what is no answer changes nothing, and what was asked goes away when it is over.
#[test]
fn asking() {
    let actions = [Action::Ask(Question::DeleteBond, MINUTE), Action::DeleteBond, Action::Pair];
    for (answer, goes_on) in
        [(Some(Answer::Yes), true), (Some(Answer::No), false), (Some(Answer::Cancel), false), (None, false)]
    {
        let mut bench = lost_bond(&actions);
        bench.pair();
        assert_eq!(bench.prompt(CENTRAL), Some(Prompt::Ask(Question::DeleteBond)));
        assert_eq!(bench.ends[CENTRAL].host.deadline(), Some((Instant::ZERO + MINUTE, Why::Wait)));
        bench.says(CENTRAL, Answer::Passkey(1));
        assert_eq!(episode(&bench), Episode::Open);
        match answer {
            Some(answer) => bench.says(CENTRAL, answer),
            None => assert_eq!(bench.wake(), Some((CENTRAL, Why::Wait))),
        }
        assert_eq!(matches!(episode(&bench), Episode::Secured(_)), goes_on, "{answer:?}");
        assert_eq!(matches!(episode(&bench), Episode::GaveUp(_)), !goes_on, "{answer:?}");
        assert_eq!(bench.noted(CENTRAL, Note::BondDeleted), goes_on, "{answer:?}");
        assert_eq!(bench.prompt(CENTRAL).is_none(), answer.is_none(), "taken away where nobody answered");
    }
}

/// The question goes away with the power, and an answer that comes then is nobody's.
#[test]
fn power_takes_the_question() {
    let mut bench = lost_bond(&[Action::Ask(Question::TryAgain, MINUTE), Action::Again]);
    bench.pair();
    bench.input(CENTRAL, Input::PowerOn);
    let before = bench.log.len();
    bench.input(CENTRAL, Input::User(0, Answer::Yes));
    assert_eq!((bench.log.len(), episode(&bench)), (before, Episode::Open));
}

/// The link is ended with the reason that the policy gives.
#[test]
fn leaving_with_a_reason() {
    let reason = ErrorCode::AUTHENTICATION_FAILURE;
    let mut bench = lost_bond(&[Action::DisconnectWith(reason), Action::GiveUp]);
    bench.pair();
    assert!(matches!(episode(&bench), Episode::GaveUp(_)));
    assert!(matches!(bench.ends[CENTRAL].host.link(0), blesim_host::Link::Down));
}

/// Changed parameters go out in this Pairing Request, hold for the whole attempt, and are gone in the next.
#[test]
fn pairing_with_changes() {
    let own = configs(SC)[CENTRAL].features();
    let changes = Changes {
        secure_connections: Some(false),
        mitm: Some(true),
        bonding: Some(false),
        oob: Some(true),
        io: Some(IoCapability::KeyboardOnly),
        level: None,
        keys: Some(KeyDistribution::ID_KEY),
        max_key_size: Some(9),
        min_key_size: Some(8),
    };
    let config = changes.apply(configs(SC)[CENTRAL]);
    let expected = config.features();
    assert!(!expected.auth.sc() && expected.auth.mitm() && !expected.auth.bonding() && expected.oob);
    assert_eq!((expected.io, expected.max_key_size), (IoCapability::KeyboardOnly, 9));
    assert_eq!(
        (expected.initiator_keys, expected.responder_keys),
        (KeyDistribution::ID_KEY, KeyDistribution::ID_KEY)
    );
    assert_eq!(config.min_key_size, 8);
    assert_eq!(Changes::default().apply(configs(SC)[CENTRAL]), configs(SC)[CENTRAL]);

    let mut bench = lost_bond(&[Action::PairWith(changes)]);
    bench.ends[CENTRAL].program = always(2, &[Action::PairWith(changes)]);
    // The peer refuses once, so that the same rule applies again; then the program has nothing to say.
    bench.pair();
    let requests = |bench: &Bench| -> Vec<_> {
        let request =
            |pdu: &SmpPdu| if let SmpPdu::PairingRequest(request) = pdu { Some(*request) } else { None };
        bench.log.iter().filter_map(|(_, pdu, _)| request(pdu)).collect()
    };
    assert_eq!(requests(&bench)[0], expected);
    // A pairing of its own accord is by its own parameters again.
    bench.ends[CENTRAL].host.bonds_mut().clear();
    again(&mut bench);
    assert_eq!(requests(&bench).last(), Some(&own));
}

/// A smaller level for one attempt is the level that is held against it; without it the link is refused.
#[test]
fn a_lower_level_for_one_attempt() {
    for (level, secured) in [(Some(Level::Two), true), (None, false)] {
        let mut configs = configs(SC);
        configs[CENTRAL].security.level = Level::Three;
        let mut bench = Bench::new(&configs);
        bench.ends[CENTRAL].program =
            always(1, &[Action::PairWith(Changes { level, oob: Some(false), ..Changes::default() })]);
        bench.pair();
        assert_eq!(bench.shown(CENTRAL)[0], Shown::PairingFailed(Reason::AUTHENTICATION_REQUIREMENTS));
        assert_eq!(matches!(episode(&bench), Episode::Secured(_)), secured, "{level:?}");
    }
}

/// A forgotten key is not used for encryption while the bond stays stored; pairing brings a new one, and power
/// brings the old one back.
#[test]
fn forgetting_a_key() {
    let mut bench = lost_bond(&[Action::ForgetKey, Action::GiveUp]);
    bench.pair();
    assert!(bond(&bench).is_some() && bench.noted(CENTRAL, Note::KeyForgotten));
    again(&mut bench);
    assert_eq!(bench.shown(CENTRAL).len(), 2, "the stored key is tried again");

    let mut bench = lost_bond(&[Action::ForgetKey, Action::Again]);
    bench.pair();
    assert!(matches!(episode(&bench), Episode::Secured(_)));
    assert!(!bench.noted(CENTRAL, Note::BondDeleted) && bench.noted(CENTRAL, Note::BondStored));
    assert_ne!(bond(&bench).unwrap().ltk, 99);
    // The new key is not forgotten.
    again(&mut bench);
    assert_eq!(bench.codes().iter().filter(|(_, code)| *code == 0x01).count(), 1);
}

/// Every bond goes, each told of.
#[test]
fn deleting_all_bonds() {
    let mut bench = lost_bond(&[Action::DeleteAllBonds, Action::GiveUp]);
    let other = Bond { peer: Address::public([7; 6]), ..bond_of(CENTRAL, 5, true) };
    bench.ends[CENTRAL].host.bonds_mut().put(other);
    bench.pair();
    assert!(bench.ends[CENTRAL].host.bonds().iter().next().is_none());
    let told = bench.ends[CENTRAL].port.notes.iter().filter(|note| **note == Note::BondDeleted);
    assert_eq!(told.count(), 2);
}

/// What only a peripheral can do is, for a central, to try again.
#[test]
fn asking_for_security_as_a_central() {
    let mut bench = lost_bond(&[Action::DeleteBond, Action::RequestSecurity]);
    bench.pair();
    assert!(matches!(episode(&bench), Episode::Secured(_)));
}

/// A central that tries its bonds secures the link by the second of two connections, and finds half a bond while the
/// peer is still there; one that trusts them does not.
#[test]
fn trying_a_bond_before_it_is_trusted() {
    let check = |probes_bonds: bool, room: u8, connections: u16, expected: &[Shown]| {
        let mut configs = configs(SC);
        configs[PERIPHERAL].bonds = BondRules { when_full: WhenFull::PairWithoutBond, ..BondRules::of(room) };
        let mut bench = Bench::new(&configs);
        let other = Bond { peer: Address::public([7; 6]), ..bond_of(PERIPHERAL, 5, true) };
        bench.ends[PERIPHERAL].host.bonds_mut().put(other);
        bench.ends[CENTRAL].program = Program { probes_bonds, ..always(1, &[Action::GiveUp]) };
        bench.pair();
        let name = format!("probes: {probes_bonds}, room for {room}");
        assert_eq!(bench.ends[CENTRAL].host.connections(0), connections, "{name}");
        assert_eq!(bench.noted(CENTRAL, Note::ProbesBond), probes_bonds, "{name}");
        assert_eq!(bench.shown(CENTRAL), expected, "{name}");
        assert_eq!(matches!(episode(&bench), Episode::Secured(_)), expected.is_empty(), "{name}");
    };
    check(false, 2, 1, &[]);
    check(true, 2, 2, &[]);
    check(false, 1, 1, &[]);
    check(true, 1, 2, &[Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)]);
}
