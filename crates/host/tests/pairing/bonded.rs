//! Bonds: encrypting with them, pairing over them, and having no room for them.

use crate::bench::Bench;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, always, bond_of, configs};
use blesim_host::recovery::{Action, BondedPeer, OldBondDies, Program, Responder};
use blesim_host::{Bond, Episode, Failure, Note, Procedure, Shown, Step};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::{Reason, SmpPdu};

fn bench_with(bonds: [Option<Bond>; 2]) -> Bench {
    let mut bench = Bench::new(&configs(SC));
    for (end, bond) in bench.ends.iter_mut().zip(bonds) {
        if let Some(bond) = bond {
            assert!(end.host.bonds_mut().put(bond));
        }
    }
    bench
}

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

fn bond(bench: &Bench, own: usize) -> Option<Bond> {
    bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).copied()
}

/// With a bond on both sides the link is encrypted and no SMP PDU is sent, whichever way the bond was made.
#[test]
fn encrypts_with_the_bond() {
    for sc in [false, true] {
        let mut bench = bench_with([0, 1].map(|own| Some(bond_of(own, 99, sc))));
        bench.pair();
        assert_eq!(secured(&bench), [true; 2]);
        assert_eq!(bench.codes(), []);
    }
}

/// A bond that is missing, or another one, on the peripheral: what the central is shown.
#[test]
fn bonds_that_do_not_match() {
    let other = Bond { ediv: 1, ..bond_of(PERIPHERAL, 99, false) };
    let rows = [
        (None, ErrorCode::PIN_OR_KEY_MISSING),
        (Some(other), ErrorCode::PIN_OR_KEY_MISSING),
        (Some(bond_of(PERIPHERAL, 98, false)), ErrorCode::MIC_FAILURE),
    ];
    for (peripheral, code) in rows {
        let mut bench = bench_with([Some(bond_of(CENTRAL, 99, false)), peripheral]);
        bench.pair();
        let failure = Failure { procedure: Procedure::Encryption, shown: Shown::Hci(code) };
        assert_eq!(bench.failures(CENTRAL), [failure]);
        assert!(bond(&bench, CENTRAL).is_some(), "a failure alone deletes no bond");
    }
}

/// Deleting the bond and pairing anew is what gets a central past a missing key.
#[test]
fn delete_and_pair() {
    let mut bench = bench_with([Some(bond_of(CENTRAL, 99, true)), None]);
    bench.ends[CENTRAL].program = always(1, &[Action::DeleteBond, Action::Pair]);
    bench.pair();
    assert_eq!(secured(&bench), [true; 2]);
    assert!(bench.noted(CENTRAL, Note::BondDeleted));
    assert_eq!(bond(&bench, CENTRAL).unwrap().ltk, bond(&bench, PERIPHERAL).unwrap().ltk);
}

/// What a peripheral does with a Pairing Request from a peer it has a bond with.
#[test]
fn request_from_a_bonded_peer() {
    let failed = Shown::PairingFailed(Reason::PAIRING_NOT_SUPPORTED);
    for (answer, shown, said) in [
        (BondedPeer::Accept, None, 15),
        (BondedPeer::Reject(Reason::PAIRING_NOT_SUPPORTED), Some(failed), 2),
        (BondedPeer::Ignore, Some(Shown::SmpTimeout), 1),
    ] {
        let old = bond_of(PERIPHERAL, 99, true);
        let mut bench = bench_with([None, Some(old)]);
        let responder = Responder { bonded_peer_pairs: answer, ..Responder::default() };
        bench.ends[PERIPHERAL].program = Program { responder, ..Program::passive("answers") };
        bench.pair();
        while bench.wake().is_some() {}
        assert_eq!(bench.log.len(), said, "{answer:?}");
        assert_eq!(bench.shown(CENTRAL), shown.into_iter().collect::<Vec<_>>());
        let accepted = answer == BondedPeer::Accept;
        assert_eq!(bond(&bench, PERIPHERAL) == Some(old), !accepted);
        assert_eq!(secured(&bench), [accepted; 2]);
    }
}

/// When the old bond dies: at the request, when the link is encrypted with the new key, or when the new bond
/// takes its place. Seen by stopping the pairing before encryption, and in the distribution of keys.
#[test]
fn when_the_old_bond_dies() {
    // The code that is kept back, and whether the old bond is still there afterwards.
    for (dies, early, late) in [
        (OldBondDies::OnRequest, false, false),
        (OldBondDies::OnEncrypted, true, false),
        (OldBondDies::OnComplete, true, true),
    ] {
        for (kept_back, survives) in [(0x0D, early), (0x0A, late)] {
            let old = bond_of(PERIPHERAL, 99, true);
            let mut bench = bench_with([None, Some(old)]);
            let responder = Responder { old_bond_dies: dies, ..Responder::default() };
            bench.ends[PERIPHERAL].program = Program { responder, ..Program::passive("dies") };
            bench.tamper = Box::new(move |_, pdu| (pdu.code() != kept_back).then_some(pdu));
            bench.pair();
            while bench.wake().is_some() {}
            assert_eq!(bond(&bench, PERIPHERAL) == Some(old), survives, "{dies:?} {kept_back:#X}");
            assert_eq!(bench.noted(PERIPHERAL, Note::BondDeleted), !survives);
        }
        let old = bond_of(PERIPHERAL, 99, true);
        let mut bench = bench_with([None, Some(old)]);
        bench.ends[PERIPHERAL].program.responder = Responder { old_bond_dies: dies, ..Responder::default() };
        bench.pair();
        assert_eq!(secured(&bench), [true; 2]);
        assert_ne!(bond(&bench, PERIPHERAL).unwrap().ltk, old.ltk);
    }
}

/// A full table: the link is secured, but there is no new bond and no step that says so; a bond with the same
/// peer has its place already.
#[test]
fn table_full() {
    let stranger = Bond { peer: Address::public([9; 6]), ..bond_of(PERIPHERAL, 1, true) };
    for (capacity, there, fits) in [
        (0, None, false),
        (1, Some(stranger), false),
        (1, Some(bond_of(PERIPHERAL, 1, true)), true),
        (1, None, true),
    ] {
        let mut configs = configs(LEGACY);
        configs[PERIPHERAL].bonds.capacity = capacity;
        let mut bench = Bench::new(&configs);
        if let Some(bond) = there {
            assert!(bench.ends[PERIPHERAL].host.bonds_mut().put(bond));
        }
        bench.pair();
        assert_eq!(secured(&bench), [true; 2]);
        assert_eq!(bench.noted(PERIPHERAL, Note::BondStored), fits);
        assert_eq!(bench.noted(PERIPHERAL, Note::BondTableFull), !fits);
        assert_eq!(bench.ends[PERIPHERAL].port.steps.contains(&Step::Bonded), fits);
        assert_eq!(bond(&bench, PERIPHERAL).is_some(), fits);
        let kept = bench.ends[PERIPHERAL].host.bonds().get(stranger.peer).is_some();
        assert_eq!(kept, there == Some(stranger), "another peer's bond is left alone");
    }
}

/// Bonds survive power loss, and nothing else does.
#[test]
fn power_loss() {
    let mut bench = Bench::new(&configs(SC));
    bench.pair();
    let kept = bond(&bench, CENTRAL);
    let said = bench.log.len();
    bench.controllers = crate::controllers::Controllers::default();
    bench.pair();
    assert_eq!((bond(&bench, CENTRAL), secured(&bench)), (kept, [true; 2]));
    assert_eq!(bench.log.len(), said, "encrypted with the bond");
    assert_eq!(bench.ends[CENTRAL].host.connections(0), 1);
    assert!(!bench.log.iter().any(|(_, pdu, _)| matches!(pdu, SmpPdu::PairingFailed(_))));
}
