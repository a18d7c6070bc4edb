//! Signed data after the SIG's cases: SM/CEN/SIGN/BV-01-C (it is sent), BV-03-C (it is received), BI-01-C (a wrong
//! signature is dropped), SM/SIGN/BI-02-C (so is a counter that was used before) (Vol 3 Part H 2.4.5).

use crate::bench::{Bench, frame_of};
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, configs};
use blesim_host::recovery::Program;
use blesim_host::{Application, Input, Level, Note, Why};
use blesim_kernel::Span;
use blesim_packet::l2cap::CID_ATT;

/// Two bonded devices on a link in the clear: the central does not encrypt and signs what it writes.
fn signing() -> Bench {
    let mut configs = configs(LEGACY);
    let (every, octets) = (Span::from_millis(100), 4);
    let application = Application { every, octets, needs: Level::One, how: blesim_host::Sends::Signed };
    let mut bench = Bench::new(&configs);
    bench.pair();
    let bonds =
        [CENTRAL, PERIPHERAL].map(|own| *bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).unwrap());
    assert_eq!(bonds[CENTRAL].csrk, bonds[PERIPHERAL].signing.own);
    assert_eq!(bonds[PERIPHERAL].csrk, bonds[CENTRAL].signing.own);
    configs[CENTRAL].application = Some(application);
    // The central's link stays in the clear: encryption goes on to be refused.
    let mut bench = Bench::new(&configs);
    for (own, mut bond) in bonds.into_iter().enumerate() {
        if own == CENTRAL {
            bond.ltk ^= 1;
        }
        bench.ends[own].host.bonds_mut().put(bond);
    }
    bench.ends[PERIPHERAL].host.bonds_mut().put(blesim_host::Bond { ediv: 1, ..bonds[PERIPHERAL] });
    bench.ends[CENTRAL].program = Program::passive("passive");
    bench.power_on();
    bench.flow();
    bench
}

fn checked(bench: &Bench) -> Vec<bool> {
    let notes = bench.ends[PERIPHERAL].port.notes.iter();
    notes
        .filter_map(|note| if let Note::SignatureChecked { holds } = note { Some(*holds) } else { None })
        .collect()
}

/// Values are signed with counters that go up by one, and taken; the next link goes on where the last one ended.
#[test]
fn signed_values() {
    let mut bench = signing();
    for _ in 0..3 {
        assert_eq!(bench.wake(), Some((CENTRAL, Why::Application)));
    }
    assert_eq!(checked(&bench), [true; 3]);
    bench.controllers.power_cut(CENTRAL);
    bench.flow();
    bench.input(CENTRAL, Input::PowerOn);
    bench.flow();
    assert_eq!(bench.wake(), Some((CENTRAL, Why::Application)));
    assert_eq!(checked(&bench), [true; 4]);
    let counters = bench.ends[CENTRAL].port.notes.iter().filter_map(|note| match note {
        Note::Signed { counter } => Some(*counter),
        _ => None,
    });
    assert_eq!(counters.collect::<Vec<_>>(), [0, 1, 2, 3]);
}

/// What was changed on its way, or comes again, or is too short for a signature, is dropped.
#[test]
fn unsound_values() {
    let mut bench = signing();
    bench.wake();
    bench.wake();
    assert_eq!(checked(&bench), [true, true]);
    let first = bench.values[0].clone();
    let mut changed = bench.values[1].clone();
    changed[3] ^= 1;
    for (octets, checks) in [(&first[..], 3), (&changed[..], 4), (&first[..11], 4), (&[0xD2][..], 4)] {
        let packet = frame_of(CID_ATT, octets);
        bench.input(PERIPHERAL, Input::Hci(&packet));
        assert_eq!(checked(&bench).len(), checks);
    }
    assert_eq!(checked(&bench), [true, true, false, false]);
}
