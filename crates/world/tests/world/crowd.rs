//! Many devices in one air: a central with many peripherals, and pairs that get in each other's way.

use crate::common::{again, plan};
use blesim_crypto::SharedSecret;
use blesim_host::Peers;
use blesim_kernel::{Chance, Span};
use blesim_packet::Address;
use blesim_world::{Loss, NoTrace, Outcome, Plan, Record, Sim, pairs};

fn address(number: u8) -> Address {
    Address::random([0xC0, 0, 0, 0, 0x53, number])
}

/// So many centrals with so many peripherals each, unlike in nothing but their addresses.
fn crowd(centrals: u8, each: u8) -> Plan {
    let mut crowd = plan();
    let [central, peripheral] = &crowd.devices[..] else { unreachable!("a plan of two devices") };
    let (mut heads, mut leaves) = (Vec::new(), Vec::new());
    for number in 0..centrals {
        let mut head = central.clone();
        head.host.address = Address::public([0, 0x1B, 0xDC, 7, 0x31, number]);
        head.controller.public_address = head.host.address;
        head.controller.max_links = each;
        head.host.peers = Peers::NONE;
        for leaf in 0..each {
            let mut device = peripheral.clone();
            device.host.address = address(number * each + leaf);
            device.host.peers = head.host.address.into();
            head.host.peers.push(device.host.address);
            leaves.push(device);
        }
        heads.push(head);
    }
    crowd.devices = heads.into_iter().chain(leaves).collect();
    crowd.pairs = pairs(&crowd.devices);
    crowd.policies = vec![again(3)];
    crowd
}

fn run(plan: &Plan, seeds: u64) -> Vec<Record> {
    let mut sim = Sim::new(plan);
    (0..seeds)
        .map(|seed| sim.run(plan, 0, seed, &mut SharedSecret::new(), &mut NoTrace).expect("no bug"))
        .collect()
}

/// A central secures links with nineteen peripherals, over a lossy air, all at the same time, and they stay.
#[test]
fn one_central_with_many_peripherals() {
    let mut plan = crowd(1, 19);
    plan.devices[0].host.link.interval = 48;
    plan.air.loss = Loss::Independent(Chance::ratio(1, 100));
    (plan.limit, plan.stay) = (Span::from_secs(120), Span::from_secs(20));
    for record in run(&plan, 4) {
        assert_eq!(record.outcome, Outcome::Secured, "seed {}", record.seed);
        assert!(record.connections >= 19);
    }
}

/// More links than an interval has room for share the radio: events are missed by turns, and no link starves.
#[test]
fn an_overfull_interval_is_shared() {
    let mut plan = crowd(1, 12);
    // Twelve links that keep 2.5 ms clear of each other need 30 ms; these come every 15 ms.
    plan.devices[0].host.link.interval = 12;
    plan.devices[0].host.link.supervision_timeout = 100;
    (plan.limit, plan.stay) = (Span::from_secs(60), Span::from_secs(20));
    for record in run(&plan, 4) {
        assert_eq!(record.outcome, Outcome::Secured, "seed {}", record.seed);
    }
}

/// Pairs in one air break each other's packets now and then, so that a crowd of ten pairs needs more frames to
/// secure the one that counts than that pair alone, on the whole; and all of it repeats.
#[test]
fn pairs_get_in_each_others_way() {
    let (alone, crowded) = (run(&crowd(1, 1), 60), run(&crowd(10, 1), 60));
    let failures = |records: &[Record]| records.iter().map(|record| u64::from(record.failures)).sum::<u64>();
    assert_eq!(failures(&alone), 0, "an air of one's own has no loss");
    assert!(failures(&crowded) > 0, "others are in the way");
    assert_eq!(crowded, run(&crowd(10, 1), 60));
}
