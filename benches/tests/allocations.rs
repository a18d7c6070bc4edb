//! A session in the steady state touches the heap not once: what it needs is there from the sessions before.
//!
//! Invariant: only what this thread allocates is counted, and only after the memory has grown to its size.

use allocation_counter::{AllocationInfo, measure};
use blesim_benches::plan::{Kind, plan};
use blesim_crypto::{KeyAgreement, KeyBank, Naive, SharedSecret};
use blesim_host::{BondRules, WhenFull};
use blesim_kernel::Span;
use blesim_world::{NoTrace, Plan, Sim};

/// Sessions before the count begins.
const WARM_UP: u64 = 200;
/// Sessions that are counted.
const COUNTED: u64 = 200;

/// Runs sessions of `kind` and expects none of the later ones to allocate.
fn check(kind: Kind, name: &str, keys: &mut impl KeyAgreement, same_seed: bool) {
    check_plan(&plan(kind, 1), &format!("{kind:?}, {name}"), keys, same_seed);
}

fn check_plan(plan: &Plan, name: &str, keys: &mut impl KeyAgreement, same_seed: bool) {
    let mut sim = Sim::new(plan);
    let mut run = |session: u64| {
        let seed = if same_seed { 7 } else { session };
        sim.run(plan, 0, seed, keys, &mut NoTrace).expect("no bug");
    };
    (0..WARM_UP).for_each(&mut run);
    let info: AllocationInfo = measure(|| (WARM_UP..WARM_UP + COUNTED).for_each(&mut run));
    assert_eq!((info.count_total, info.bytes_total), (0, 0), "{name}");
}

/// Every kind of session, and for Secure Connections every provider of keys; the key bank both ways it is used,
/// for many policies over one seed and from seed to seed.
#[test]
fn none_in_the_steady_state() {
    check(Kind::SecureConnections, "key bank, same seed", &mut KeyBank::new(), true);
    check(Kind::SecureConnections, "key bank", &mut KeyBank::new(), false);
    check(Kind::SecureConnections, "shared secret", &mut SharedSecret::new(), false);
    check(Kind::SecureConnections, "naive", &mut Naive, false);
    check(Kind::Legacy, "naive", &mut Naive, false);
    check(Kind::Bonded, "naive", &mut Naive, false);
}

/// Private addresses that are scanned for and resolved, and bonds that are written slowly to a full table.
#[test]
fn none_for_bonds_and_private_addresses() {
    for kind in [Kind::SecureConnections, Kind::Bonded] {
        let mut plan = plan(kind, 1);
        for device in &mut plan.devices {
            device.host.privacy.rotates_every = Some(Span::from_secs(900));
            let rules = BondRules { when_full: WhenFull::EvictOldest, ..BondRules::of(4) };
            device.host.bonds = BondRules { write_time: Span::from_millis(85), ..rules };
            device.keeping.others = 4;
        }
        plan.devices[0].host.privacy.scans = true;
        check_plan(&plan, &format!("{kind:?}, private"), &mut SharedSecret::new(), false);
    }
}

/// The counter counts: one boxed value is one allocation.
#[test]
fn the_counter_counts() {
    let info = measure(|| drop(std::hint::black_box(Box::new(1_u64))));
    assert_eq!((info.count_total, info.bytes_total), (1, 8));
}
