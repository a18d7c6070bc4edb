//! What a link lives through: latency, clocks that drift, processors that stop the radio, and its price.

use crate::common::{again, plan};
use blesim_crypto::SharedSecret;
use blesim_host::Shown;
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_world::energy::Currents;
use blesim_world::{History, NoTrace, Outage, Outcome, Plan, Record, Sim};

fn run(plan: &Plan, seed: u64) -> Record {
    Sim::new(plan).run(plan, 0, seed, &mut SharedSecret::new(), &mut NoTrace).expect("no bug")
}

/// A link between bonded devices that is to stay for two minutes, never retried.
fn staying(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = Plan {
        stay: Span::from_secs(120),
        limit: Span::from_secs(200),
        history: History::Bonded { secure_connections: true },
        policies: vec![again(0)],
        ..plan()
    };
    change(&mut plan);
    plan
}

/// With latency L the peripheral sends once in L + 1 events while there is nothing to say: the frames of two
/// minutes at 30 ms are the central's 4000 and the peripheral's 4000 / (L + 1).
#[test]
fn a_peripheral_sleeps_through_its_latency() {
    let check = |latency: u16, least: u32, most: u32| {
        let record = run(&staying(|plan| plan.devices[0].host.link.latency = latency), 3);
        assert_eq!(record.outcome, Outcome::Secured);
        assert!((least..=most).contains(&record.frames), "{latency}: {} frames", record.frames);
    };
    check(0, 8_000, 8_050);
    check(4, 4_800, 4_860);
    check(9, 4_400, 4_460);
}

/// Clocks inside their declared accuracy keep the link; one far outside loses it where the sleep between two
/// anchor points is long enough for its error to pass the window (Vol 6 Part B 4.2.4), and only there.
#[test]
fn a_clock_out_of_its_accuracy_loses_the_link() {
    let check = |interval: u16, errors_ppm: [i32; 2], expected: Option<ErrorCode>| {
        let plan = staying(|plan| {
            let link = &mut plan.devices[0].host.link;
            (link.interval, link.supervision_timeout) = (interval, 1_000);
            for (device, error) in plan.devices.iter_mut().zip(errors_ppm) {
                device.controller.drift = error * 1_000;
            }
        });
        let record = run(&plan, 5);
        let shown = record.first_failure().map(|failure| failure.shown);
        assert_eq!(shown, expected.map(Shown::Hci), "{interval} {errors_ppm:?}");
    };
    // Both declare 50 ppm; the window has 32 us to spare.
    check(24, [50, -50], None);
    check(1_600, [50, -50], None);
    check(1_600, [-50, 50], None);
    check(24, [50, -450], None);
    check(1_600, [50, -450], Some(ErrorCode::CONNECTION_TIMEOUT));
    check(1_600, [-450, 50], Some(ErrorCode::CONNECTION_TIMEOUT));
}

/// A link that is lost after it was secured is for the policy to mend, though the peripheral notices first: an
/// outage of two seconds costs a connection and no session.
#[test]
fn a_link_lost_later_is_mended() {
    let outage = Outage {
        from: None,
        to: None,
        both_ways: true,
        begins: Instant::ZERO + Span::from_secs(20),
        ends: Instant::ZERO + Span::from_secs(22),
    };
    let check = |tries: u16, expected: Outcome, connections: u16| {
        let record = run(
            &staying(|plan| {
                plan.devices[0].host.link.supervision_timeout = 72;
                plan.air.outages.push(outage);
                plan.policies = vec![again(tries)];
            }),
            4,
        );
        assert_eq!((record.outcome, record.connections), (expected, connections), "{tries}");
    };
    check(0, Outcome::GaveUp, 1);
    check(3, Outcome::Secured, 2);
}

/// Two P-256 operations of 650 ms on a processor that the radio shares outlast a supervision timeout of 420 ms
/// and not one of 2 s; on a processor of the host's own they only take their time.
#[test]
fn a_busy_processor_can_lose_the_link() {
    let check = |stops_radio: bool, timeout: u16, expected: Outcome| {
        let mut plan = Plan { policies: vec![again(0)], ..plan() };
        plan.devices[0].host.link.supervision_timeout = timeout;
        let lock = &mut plan.devices[1];
        (lock.work.key_pair, lock.work.stops_radio) = (Span::from_millis(650), stops_radio);
        lock.host.timing.dh_key = Span::from_millis(650);
        let record = run(&plan, 1);
        assert_eq!(record.outcome, expected, "{stops_radio} {timeout}");
        if expected == Outcome::Secured {
            assert!(record.time_us > 1_300_000, "both operations took their time");
        } else {
            let shown = record.first_failure().map(|failure| failure.shown);
            assert_eq!(shown, Some(Shown::Hci(ErrorCode::CONNECTION_TIMEOUT)));
        }
    };
    check(true, 42, Outcome::GaveUp);
    check(true, 200, Outcome::Secured);
    check(false, 42, Outcome::Secured);
}

/// An idle event costs each side one empty packet of 80 us, and the peripheral a receiver that is on for a
/// packet and its widened window: half a minute more is a thousand events more.
#[test]
fn charge_follows_from_the_time_on_air() {
    let charge = |secs: u64, currents: Currents| {
        let plan = staying(|plan| {
            plan.stay = Span::from_secs(secs);
            plan.devices.iter_mut().for_each(|device| device.currents = currents);
        });
        run(&plan, 2).charge_uc
    };
    let check = |currents: Currents, [low, high]: [[u32; 2]; 2]| {
        let (short, long) = (charge(30, currents), charge(60, currents));
        for side in 0..2 {
            let more = long[side] - short[side];
            assert!((low[side]..=high[side]).contains(&more), "{currents:?} side {side}: {more} uC");
        }
    };
    let milliampere = 1_000;
    check(Currents { transmit: milliampere, ..Currents::NONE }, [[80, 80], [80, 80]]);
    // The central listens for 82 us, the peripheral for 80 us and 32 + 3 us before the anchor point.
    check(Currents { receive: milliampere, ..Currents::NONE }, [[81, 114], [83, 116]]);
    check(Currents { sleep: milliampere, ..Currents::NONE }, [[29_900, 29_900], [30_100, 30_100]]);
    check(Currents::NONE, [[0, 0], [0, 0]]);
}
