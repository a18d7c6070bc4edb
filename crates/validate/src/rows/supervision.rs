//! S9 and S10: how many missed events end a link, and how often that many come in a row.

use super::{EXACT, INSIDE, Row};
use crate::bench::{Bench, CENTRAL, LinkSpec, Loss};
use crate::check::{Check, real};
use crate::effort::{Effort, Share};
use blesim_kernel::Chance;
use blesim_packet::hci::ErrorCode;
use blesim_world::LossMode;

pub(crate) const COUNT: Row = Row {
    id: "S9",
    name: "r-count",
    configuration: "two controllers, a link on which nothing arrives any more, no peripheral latency",
    source: "timeout over interval, rounded down; 18 and 8 as counted in the field (noble #99, \
             analogdevicesinc/msdk #1508)",
    tolerance: EXACT,
    measure: count,
};

pub(crate) const DROPS: Row = Row {
    id: "S10",
    name: "drop-prob",
    configuration: "two controllers, a link of 60 s, each packet lost with chance p (unheard)",
    source: "runs of r failures in N events: a_n = a_(n-1) - (1-q) q^r a_(n-r-1), q = 1 - (1-p)^2",
    tolerance: INSIDE,
    measure: drops,
};

fn count(_: Effort) -> Vec<Check> {
    let check = |interval: u16, timeout: u16, expected: &str| {
        let spec = LinkSpec::quick(interval, timeout);
        let mut bench = Bench::new(spec);
        bench.restart(1);
        bench.connect();
        bench.run_until(bench.now + spec.interval() * 3 + spec.interval() / 2);
        bench.loss = Loss { chance: Chance::ALWAYS, mode: LossMode::Sync };
        bench.seen = Default::default();
        while bench.ended().is_none() {
            bench.step();
        }
        let timed_out = bench.ended() == Some(ErrorCode::CONNECTION_TIMEOUT.0);
        let found = if timed_out { bench.seen[CENTRAL].sent.to_string() } else { "no time-out".to_owned() };
        let milliseconds = f64::from(interval) * 1.25;
        Check::exact(format!("{milliseconds} ms, {} ms", u32::from(timeout) * 10), expected, &found)
    };
    vec![
        check(18, 42, "18"),
        check(40, 42, "8"),
        check(24, 43, "14").noted("timeouts come in steps of 10 ms: 430 ms for the 421 ms of the table"),
    ]
}

/// The chance that `r` failures in a row come among `events`, each failing with chance `q`.
pub(crate) fn drop_chance(q: f64, r: usize, events: usize) -> f64 {
    // What is left is summed up by complements: small chances keep their digits.
    let run = q.powi(i32::try_from(r).expect("a handful"));
    let mut dropped = vec![0.0; events + 1];
    for n in r..=events {
        dropped[n] = if n == r { run } else { dropped[n - 1] + (1.0 - q) * run * (1.0 - dropped[n - r - 1]) };
    }
    dropped[events]
}

/// Interval and timeout in the units of HCI, missed events, events in a minute; then trials at each loss.
struct Link {
    spec: LinkSpec,
    missed: usize,
    events: u32,
    trials: [(u64, u64); 3],
}

const LINKS: [Link; 4] = [
    Link {
        spec: LinkSpec::quick(40, 42),
        missed: 8,
        events: 1_200,
        trials: [(10, 6_000), (20, 10_000), (30, 20_000)],
    },
    Link {
        spec: LinkSpec::quick(39, 42),
        missed: 8,
        events: 1_230,
        trials: [(10, 2_000), (20, 4_000), (30, 20_000)],
    },
    Link {
        spec: LinkSpec::quick(24, 43),
        missed: 14,
        events: 2_000,
        trials: [(10, 500), (20, 2_000), (30, 5_000)],
    },
    Link {
        spec: LinkSpec::quick(6, 10),
        missed: 13,
        events: 8_000,
        trials: [(10, 250), (20, 700), (30, 700)],
    },
];

fn drops(effort: Effort) -> Vec<Check> {
    let mut checks = Vec::new();
    for link in &LINKS {
        for (percent, trials) in link.trials {
            let share: Share = effort.sum(
                trials,
                || Bench::new(link.spec),
                |bench, number, share: &mut Share| share.add(drops_in(bench, link, number, percent)),
            );
            let p = real(percent) / 100.0;
            let q = 1.0 - (1.0 - p) * (1.0 - p);
            let reference = drop_chance(q, link.missed, link.events as usize);
            let milliseconds = f64::from(link.spec.interval) * 1.25;
            let name = format!("{milliseconds} ms, {} ms, p = {p}", u32::from(link.spec.timeout) * 10);
            checks.push(Check::share(name, reference, share.pair()));
        }
    }
    checks
}

/// Whether the link is lost within its events; the one before them went through.
fn drops_in(bench: &mut Bench, link: &Link, number: u64, percent: u64) -> bool {
    bench.restart(number * 64 + percent);
    bench.connect();
    bench.run_until(bench.now + link.spec.interval() / 2);
    bench.loss = Loss { chance: Chance::ratio(percent, 100), mode: LossMode::Sync };
    bench.seen = Default::default();
    loop {
        bench.step();
        if bench.seen[CENTRAL].sent > link.events {
            return false;
        }
        if bench.lost() {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recurrence against the table that was worked out, and by simulation, apart from it.
    #[test]
    fn recurrence_gives_the_table() {
        let check = |r, events, rows: [f64; 3]| {
            for (p, expected) in [0.1_f64, 0.2, 0.3].into_iter().zip(rows) {
                let found = drop_chance(1.0 - (1.0 - p) * (1.0 - p), r, events);
                assert!((found / expected - 1.0).abs() < 2e-3, "{r} {events} {p}: {found} {expected}");
            }
        };
        check(8, 1_200, [1.6402e-3, 0.194_127, 0.934_791]);
        check(8, 1_230, [1.6814e-3, 0.198_487, 0.939_115]);
        check(14, 2_000, [1.286e-7, 7.809e-4, 0.075_495]);
        check(13, 8_000, [2.72e-6, 8.684e-3, 0.461_415]);
    }

    /// Short runs against counting every sequence of ten events.
    #[test]
    fn recurrence_is_that_of_all_sequences() {
        for r in 1..=5_usize {
            let mut dropped = 0.0;
            for bits in 0_u32..1 << 10 {
                let failed = |n: usize| bits >> n & 1 == 1;
                let run = (0..=10 - r).any(|from| (from..from + r).all(failed));
                let weight = 0.3_f64.powi(bits.count_ones().cast_signed());
                dropped +=
                    f64::from(u8::from(run)) * weight * 0.7_f64.powi(bits.count_zeros().cast_signed() - 22);
            }
            assert!((drop_chance(0.3, r, 10) - dropped).abs() < 1e-12, "{r}");
        }
    }
}
