//! The cost of what a link does most: nothing. An idle connection event with and without going through idle
//! stretches at once, in units of one pop and push of a binary heap; and how the cost of a session grows with
//! the length of the connection, with loss and with the number of devices. All ratios are of one run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use blesim_benches::ThreadCpuTime;
use blesim_benches::plan::{Kind, crowd, plan};
use blesim_crypto::KeyBank;
use blesim_kernel::{Chance, Span, StreamName, Streams};
use blesim_world::{Loss, NoTrace, Plan, Sim};
use criterion::measurement::Measurement;

/// Rounds; in each everything is timed once, so that a machine whose speed drifts slows all of it.
const ROUNDS: usize = 21;
/// Pending events of the heap that is the unit.
const PENDING: u64 = 8;
/// Idle minutes.
const LONG: u64 = 10;

fn main() {
    let idle = |percent: u64, on: bool| idle_event(percent, on);
    let cases: Vec<(&str, Case)> = vec![
        ("one pop and push of a binary heap", Box::new(heap())),
        ("idle event, gone through", idle(0, true)),
        ("idle event, simulated", idle(0, false)),
        ("idle event with 1 % loss, gone through", idle(1, true)),
        ("idle event with 1 % loss, simulated", idle(1, false)),
        ("session, link ends when it is secured", session(0, 1, 2)),
        ("session, link stays for 1 s", session(1, 1, 2)),
        ("session, link stays for 10 s", session(10, 1, 2)),
        ("session, link stays for 100 s", session(100, 1, 2)),
        ("session with 5 % loss", session(0, 5, 2)),
        ("session with 20 % loss", session(0, 20, 2)),
        ("session of 4 devices: 2 pairs", session(0, 1, 4)),
        ("session of 10 devices: 5 pairs", session(0, 1, 10)),
        ("session of 20 devices: 10 pairs", session(0, 1, 20)),
    ];
    report(cases);
}

/// Something to be timed: seconds of CPU time for one unit of it.
type Case = Box<dyn FnMut() -> f64>;

fn seconds(run: impl FnOnce()) -> f64 {
    let start = ThreadCpuTime::default().start();
    run();
    ThreadCpuTime::default().end(start).as_secs_f64()
}

fn report(mut cases: Vec<(&str, Case)>) {
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, case), times) in cases.iter_mut().zip(&mut times) {
            times.push(case());
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    let session = cases.iter().position(|(name, _)| name.starts_with("session")).expect("there is one");
    println!("median CPU time of {ROUNDS} rounds, in turn:");
    for (index, ((name, _), time)) in cases.iter().zip(&medians).enumerate() {
        let (of, unit) = if index < session { (medians[0], "heap") } else { (medians[session], "session") };
        println!("  {:10.1} ns  {:8.2} x {unit:8} {name}", time * 1e9, time / of);
    }
}

fn heap() -> impl FnMut() -> f64 {
    let mut stream = Streams::new(1).stream(StreamName::new(1, 1));
    let mut heap: BinaryHeap<_> =
        (0..PENDING).map(|index| Reverse((stream.below(1_000_000), index))).collect();
    let mut sequence = PENDING;
    move || {
        const TIMES: u32 = 20_000;
        let all = seconds(|| {
            for _ in 0..TIMES {
                let Reverse((at, _)) = heap.pop().expect("never empty");
                sequence += 1;
                heap.push(Reverse((black_box(at + 12_345), sequence)));
            }
        });
        all / f64::from(TIMES)
    }
}

/// The difference between a link that stays long and one that stays half as long, for each event of it.
fn idle_event(percent: u64, on: bool) -> Case {
    let stays = |minutes: u64| {
        let mut plan = lossy(plan(Kind::Bonded, 1), percent);
        plan.stay = Span::from_secs(60) * minutes;
        plan.limit = plan.stay + Span::from_secs(60);
        let mut sim = Sim::new(&plan);
        sim.go_through_idle_stretches(on);
        let mut keys = KeyBank::new();
        move |seed| {
            seconds(|| _ = black_box(sim.run(&plan, 0, seed, &mut keys, &mut NoTrace).expect("no bug")))
        }
    };
    let (mut long, mut short, mut seed) = (stays(LONG), stays(LONG / 2), 0);
    Box::new(move || {
        seed += 1;
        // The interval is 30 ms.
        #[expect(clippy::cast_precision_loss, reason = "some ten thousand events")]
        let events = (LONG / 2 * 60_000 / 30) as f64;
        (long(seed) - short(seed)).max(0.0) / events
    })
}

fn lossy(mut plan: Plan, percent: u64) -> Plan {
    plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
    plan
}

/// A session over and over with the same seed: the key pairs come from the bank.
fn session(stays: u64, percent: u64, devices: usize) -> Case {
    let mut plan = lossy(crowd(Kind::SecureConnections, devices / 2), percent);
    plan.stay = Span::from_secs(stays);
    plan.limit = plan.stay + Span::from_secs(60);
    let mut sim = Sim::new(&plan);
    let mut keys = KeyBank::new();
    let mut seed = 0;
    Box::new(move || {
        const TIMES: u32 = 40;
        seed += 1;
        _ = sim.run(&plan, 0, seed, &mut keys, &mut NoTrace).expect("no bug");
        let all = seconds(|| {
            for _ in 0..TIMES {
                _ = black_box(sim.run(&plan, 0, seed, &mut keys, &mut NoTrace).expect("no bug"));
            }
        });
        all / f64::from(TIMES)
    })
}
