//! The bond store: what is kept when, what gives way, and what power loss leaves.

use crate::bench::Bench;
use crate::controllers::Controllers;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, bond_of, configs};
use blesim_host::{
    Bond, BondRules, BondStore, Episode, Failure, Input, Memory, Mishap, Note, Procedure, Role, Shown, Step,
    WhenFull, Why,
};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;
use proptest::prelude::*;

const WRITE: Span = Span::from_millis(85);

fn rules(rules: BondRules) -> Bench {
    let mut configs = configs(SC);
    configs[PERIPHERAL].bonds = rules;
    Bench::new(&configs)
}

fn slow() -> BondRules {
    BondRules { write_time: WRITE, ..BondRules::of(4) }
}

fn bond(bench: &Bench, own: usize) -> Option<Bond> {
    bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).copied()
}

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

/// A stranger's bond, by number.
fn stranger(number: u8) -> Bond {
    Bond {
        peer: Address::random([0xC0, 0, 0, 0, 9, number]),
        ..bond_of(PERIPHERAL, u128::from(number) + 1, true)
    }
}

/// Both lose power and come back.
fn restart(bench: &mut Bench) {
    for own in [CENTRAL, PERIPHERAL] {
        let now = bench.now;
        bench.ends[own].host.power_lost(now);
    }
    bench.controllers = Controllers::default();
    bench.pair();
}

/// A bond is used at once and stored when its write ends; the notes say which, and the host wakes for it.
#[test]
fn durable_when_written() {
    let mut bench = rules(slow());
    bench.pair();
    let peer = ADDRESSES[CENTRAL];
    assert_eq!(secured(&bench), [true; 2]);
    assert!(bond(&bench, PERIPHERAL).is_some() && bench.noted(PERIPHERAL, Note::BondKept));
    assert!(bench.ends[PERIPHERAL].port.steps.contains(&Step::Bonded));
    assert!(!bench.noted(PERIPHERAL, Note::BondStored));
    assert_eq!(bench.ends[PERIPHERAL].host.bonds().durable(peer), None);
    let since = bench.now;
    assert_eq!(bench.wake(), Some((PERIPHERAL, Why::BondWritten)));
    assert_eq!(bench.now, since + WRITE);
    assert!(bench.noted(PERIPHERAL, Note::BondStored));
    let kept = bench.ends[PERIPHERAL].host.bonds();
    assert_eq!((kept.durable(peer), kept.get(peer).is_some()), (kept.get(peer), true));
    assert_eq!(bench.wake(), None);
}

/// Power loss before the write ends leaves half a bond, and the next session fails as it does in the field:
/// the central encrypts, the peripheral has no key (0x06). At the instant the write ends it is whole.
#[test]
fn half_bonds() {
    let rows = [
        (slow(), WRITE - Span::from_nanos(1), false),
        (slow(), WRITE, true),
        (BondRules { memory: Memory::Ram, ..BondRules::of(4) }, Span::from_secs(9), false),
        (BondRules::of(4), Span::ZERO, true),
    ];
    for (rules_of, after, whole) in rows {
        let mut bench = rules(rules_of);
        bench.pair();
        assert_eq!(secured(&bench), [true; 2]);
        bench.pass(after);
        restart(&mut bench);
        assert_eq!(secured(&bench), [whole; 2], "{rules_of:?}");
        let shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
        let failure = Failure { procedure: Procedure::Encryption, shown };
        assert_eq!(bench.failures(CENTRAL), if whole { vec![] } else { vec![failure] });
        assert!(bond(&bench, CENTRAL).is_some());
    }
}

/// A write that fails leaves what was there before; the bond in RAM goes on being used until power is lost.
/// The stack says so, or takes the bond for stored.
#[test]
fn failed_writes() {
    for (reports_failure, write_time, note) in [
        (true, Span::ZERO, Note::BondNotWritten),
        (false, Span::ZERO, Note::BondStored),
        (true, WRITE, Note::BondNotWritten),
        (false, WRITE, Note::BondStored),
    ] {
        let mut bench = rules(BondRules { reports_failure, write_time, ..BondRules::of(4) });
        bench.ends[PERIPHERAL].port.fails = vec![Mishap::BondWrite];
        bench.pair();
        while bench.wake().is_some() {}
        let other = if reports_failure { Note::BondStored } else { Note::BondNotWritten };
        assert!(bench.noted(PERIPHERAL, note) && !bench.noted(PERIPHERAL, other));
        assert!(bond(&bench, PERIPHERAL).is_some(), "in RAM");
        restart(&mut bench);
        assert_eq!(bond(&bench, PERIPHERAL), None);
    }
}

/// No room, as stacks meet it: the pairing ends well without a bond, fails with Unspecified Reason once the
/// link is encrypted, or an older bond goes: the first made, or the one used longest ago.
#[test]
fn no_room() {
    let oldest = stranger(0).peer;
    for (when_full, evicted, kept) in [
        (WhenFull::PairWithoutBond, None, false),
        (WhenFull::FailPairing, None, false),
        (WhenFull::EvictOldest, Some(oldest), true),
        (WhenFull::EvictLeastRecentlyUsed, Some(oldest), true),
    ] {
        let mut bench = rules(BondRules { when_full, ..BondRules::of(3) });
        for number in 0..3 {
            assert!(bench.ends[PERIPHERAL].host.bonds_mut().put(stranger(number)));
        }
        bench.pair();
        let fails = when_full == WhenFull::FailPairing;
        assert_eq!(secured(&bench), [!fails; 2], "{when_full:?}");
        assert_eq!(bond(&bench, PERIPHERAL).is_some(), kept);
        assert_eq!(bench.noted(PERIPHERAL, Note::BondTableFull), !kept);
        let shown = Shown::PairingFailed(Reason::UNSPECIFIED_REASON);
        for own in [CENTRAL, PERIPHERAL] {
            assert_eq!(bench.shown(own), if fails { vec![shown] } else { vec![] });
        }
        let there: Vec<_> = (0..3)
            .map(|number| stranger(number).peer)
            .filter(|&peer| bench.ends[PERIPHERAL].host.bonds().get(peer).is_none())
            .collect();
        assert_eq!(there, Vec::from_iter(evicted));
        assert_eq!(evicted.is_some_and(|peer| bench.noted(PERIPHERAL, Note::BondEvicted(peer))), kept);
    }
}

/// A bond has its place already: a table that is full refuses no peer it knows.
#[test]
fn a_known_peer_has_room() {
    let mut configs = configs(LEGACY);
    configs[PERIPHERAL].bonds = BondRules { when_full: WhenFull::FailPairing, ..BondRules::of(1) };
    let mut bench = Bench::new(&configs);
    let old = bond_of(PERIPHERAL, 1, false);
    assert!(bench.ends[PERIPHERAL].host.bonds_mut().put(old));
    bench.pair();
    assert_eq!(secured(&bench), [true; 2]);
    assert_ne!(bond(&bench, PERIPHERAL), Some(old));
}

/// Rank is by use, age by making: a connection of an old bond saves it from the one rule and not the other.
#[test]
fn ranks() {
    for (when_full, goes) in
        [(WhenFull::EvictLeastRecentlyUsed, stranger(0).peer), (WhenFull::EvictOldest, ADDRESSES[CENTRAL])]
    {
        let mut bench = rules(BondRules { when_full, ..BondRules::of(2) });
        bench.ends[CENTRAL].host.bonds_mut().put(bond_of(CENTRAL, 5, true));
        for bond in [bond_of(PERIPHERAL, 5, true), stranger(0)] {
            assert!(bench.ends[PERIPHERAL].host.bonds_mut().put(bond));
        }
        bench.pair();
        assert_eq!(secured(&bench), [true; 2]);
        // Another peer comes.
        let now = bench.now;
        bench.ends[PERIPHERAL].host.power_lost(now);
        bench.ends[CENTRAL].host.bonds_mut().clear();
        bench.controllers = Controllers::default();
        let mut configs = configs(SC);
        configs[CENTRAL].address = Address::public([7; 6]);
        bench.ends[CENTRAL].host.renew(configs[CENTRAL]);
        bench.controllers.addresses[CENTRAL] = configs[CENTRAL].address;
        bench.pair();
        assert!(bench.noted(PERIPHERAL, Note::BondEvicted(goes)), "{when_full:?}");
    }
}

/// Records belong to a role and an identity: under another the device knows none of its peers, and they take
/// up room all the same.
#[test]
fn one_record_for_each_role_and_identity() {
    let store = |role, own| BondStore::new(BondRules::of(2), role, own);
    let mut kept = store(Role::Peripheral, ADDRESSES[PERIPHERAL]);
    assert!(kept.put(stranger(0)));
    for (role, own, known) in [
        (Role::Peripheral, ADDRESSES[PERIPHERAL], true),
        (Role::Central, ADDRESSES[PERIPHERAL], false),
        (Role::Peripheral, ADDRESSES[CENTRAL], false),
    ] {
        let mut kept = kept.clone();
        kept.act_as(role, own);
        assert_eq!(kept.get(stranger(0).peer).is_some(), known, "{role:?} {own}");
        assert_eq!(kept.iter().count(), usize::from(known));
        assert!(kept.put(stranger(1)));
        assert!(!kept.put(stranger(2)));
        assert_eq!(kept.put(stranger(0)), known, "the second record of a peer takes room of its own");
    }
}

/// What a session does to the bonds of both sides, step by step.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// After so many deliveries and wakes.
    steps: usize,
    /// And so much later.
    later: u64,
}

proptest! {
    /// Whenever power is lost in a pairing over an old bond, each side is left with the old bond or the new
    /// one, whole; which of them is told by the end of its write. Then the next session works if they agree,
    /// and shows the failure of keys that differ, or of one that is missing, if they do not.
    #[test]
    fn any_cut_leaves_old_or_new(
        steps in 0_usize..80, later in 0_u64..200, writes in [0_u64..120, 0_u64..120],
        old in any::<[bool; 2]>(), memory in any::<[bool; 2]>(), sc in any::<bool>(),
    ) {
        let cut = Cut { steps, later };
        let mut configs = configs(if sc { SC } else { LEGACY });
        for own in [CENTRAL, PERIPHERAL] {
            let memory = if memory[own] { Memory::Ram } else { Memory::Flash };
            configs[own].bonds =
                BondRules { write_time: Span::from_millis(writes[own]), memory, ..BondRules::of(4) };
        }
        let mut bench = Bench::new(&configs);
        let before = [0, 1].map(|own| old[own].then(|| bond_of(own, 77, sc)));
        for own in [CENTRAL, PERIPHERAL] {
            if let Some(bond) = before[own] {
                bench.ends[own].host.bonds_mut().put(bond);
            }
            bench.ends[own].program = blesim_host::recovery::Program::passive("passive");
        }
        // A central that has the bond encrypts; here both pair.
        bench.ends[CENTRAL].host.bonds_mut().delete(ADDRESSES[PERIPHERAL]);
        bench.power_on();
        let mut made: [Option<(Bond, Instant)>; 2] = [None; 2];
        let mut look = |bench: &Bench| for own in [CENTRAL, PERIPHERAL] {
            let now = bond(bench, own);
            if made[own].is_none() && now.is_some() && now != before[own] {
                made[own] = now.map(|bond| (bond, bench.now));
            }
        };
        for _ in 0..cut.steps {
            if !bench.step() && bench.wake().is_none() {
                break;
            }
            look(&bench);
        }
        bench.pass(Span::from_millis(cut.later));
        let now = bench.now;
        for own in [CENTRAL, PERIPHERAL] {
            bench.ends[own].host.power_lost(now);
            let earlier = before[own].filter(|_| own == PERIPHERAL && !memory[own]);
            let durable = |at: Instant| at + Span::from_millis(writes[own]) <= now && !memory[own];
            let expected = made[own].filter(|&(_, at)| durable(at)).map(|(bond, _)| bond).or(earlier);
            prop_assert_eq!(bond(&bench, own), expected, "{}", own);
        }
        let bonds = [bond(&bench, CENTRAL), bond(&bench, PERIPHERAL)];
        bench.controllers = Controllers::default();
        for own in [CENTRAL, PERIPHERAL] {
            bench.ends[own].port.notes.clear();
        }
        bench.pair();
        let expected = match bonds {
            [Some(_), None] => Some(ErrorCode::PIN_OR_KEY_MISSING),
            [Some(ours), Some(theirs)] if (ours.ediv, ours.rand) != (theirs.ediv, theirs.rand) => {
                Some(ErrorCode::PIN_OR_KEY_MISSING)
            }
            [Some(ours), Some(theirs)] if ours.ltk != theirs.ltk => Some(ErrorCode::MIC_FAILURE),
            [None, _] | [Some(_), Some(_)] => None,
        };
        prop_assert_eq!(bench.shown(CENTRAL), Vec::from_iter(expected.map(Shown::Hci)));
    }
}

/// Bonds lost in RAM alone are back after a restart, and their writes are not.
#[test]
fn lost_in_ram() {
    let mut bench = rules(slow());
    bench.pair();
    bench.ends[PERIPHERAL].host.bonds_mut().forget_in_ram();
    assert_eq!(bond(&bench, PERIPHERAL), None);
    while bench.wake().is_some() {}
    restart(&mut bench);
    assert_eq!(bond(&bench, PERIPHERAL), None, "it was never written");
    let mut bench = rules(BondRules::of(4));
    bench.pair();
    let kept = bond(&bench, PERIPHERAL);
    bench.ends[PERIPHERAL].host.bonds_mut().forget_in_ram();
    assert_eq!(bond(&bench, PERIPHERAL), None);
    bench.input(PERIPHERAL, Input::Wake);
    restart(&mut bench);
    assert!(kept.is_some());
    assert_eq!(bond(&bench, PERIPHERAL), kept);
}
