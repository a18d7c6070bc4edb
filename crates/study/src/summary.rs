//! The summary: what a table says about each policy, and about each policy against the first.
//!
//! Invariant: everything here is derived from the table, and a failed session is never left out: it counts
//! against the share and is an infinite time in the quantiles. It must never know how a summary is printed.

use crate::stats::{
    Difference, Interval, LEVEL, PairedCounts, Quantile, QuantileEstimate, SecureTimes, mcnemar, wilson,
};
use crate::table::Table;
use blesim_host::Failure;
use blesim_world::{Outcome, Record};
use core::fmt;
use std::collections::HashMap;

/// What a table says.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// Each policy, in the order of the table.
    pub policies: Vec<PolicySummary>,
    /// Each policy but the first against the first, in the order of the table.
    pub comparisons: Vec<Comparison>,
}

/// What a table says about one policy. Means are over all its sessions.
#[derive(Clone, PartialEq, Debug)]
pub struct PolicySummary {
    /// The policy's name.
    pub name: String,
    /// The sessions that ended with a secured link.
    pub success: Share,
    /// The median time to a secured link in us, over all sessions.
    pub p50_us: QuantileEstimate,
    /// The 95th percentile of the same.
    pub p95_us: QuantileEstimate,
    /// Mean number of attempts, as [`attempts`] counts them.
    pub attempts: f64,
    /// Mean number of connections.
    pub connections: f64,
    /// Mean number of frames on the air.
    pub frames: f64,
    /// Bonds that the policy deleted, in all sessions together.
    pub bonds_deleted: u64,
    /// Why most of the sessions without a secured link ended so; `None` if there are none.
    pub worst: Option<WorstFailure>,
}

/// A share of sessions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The one divided by the other.
    pub rate: f64,
    /// The Wilson interval of the rate at the level [`LEVEL`].
    pub interval: Interval,
}

/// The most frequent cause of the sessions without a secured link; of equally frequent ones that which shows
/// first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WorstFailure {
    /// Why they ended so.
    pub cause: Cause,
    /// How many sessions ended so.
    pub count: u64,
    /// The first seed among them.
    pub first_seed: u64,
}

/// Why a session ended without a secured link, as far as the stack showed it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    /// The last failure that the stack showed.
    Shown(Failure),
    /// It ended like this, and the stack showed nothing that explains it.
    Ended(Outcome),
}

/// One policy against another on the same seeds.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// The name of the one.
    pub a: String,
    /// The name of the other.
    pub b: String,
    /// The seeds on which the link got secured with both, with one, with none.
    pub counts: PairedCounts,
    /// The share of `a` minus the share of `b`, with its interval at the level [`LEVEL`].
    pub difference: Difference,
    /// The two-sided p value of the exact McNemar test, not adjusted for the number of comparisons.
    pub p_value: f64,
}

impl Summary {
    /// The summary of a table.
    #[must_use]
    pub fn of(table: &Table) -> Self {
        let policies = (0..table.policies().len()).map(|index| policy(table, index)).collect();
        let column = |index| table.of_policy(index).map(Record::secured).collect::<Vec<bool>>();
        let first = column(0);
        let others = table.policies().iter().enumerate().skip(1);
        let comparisons = others.map(|(index, name)| {
            let counts = PairedCounts::of(&column(index), &first);
            Comparison {
                a: name.clone(),
                b: table.policies()[0].clone(),
                counts,
                difference: counts.difference(LEVEL),
                p_value: mcnemar(counts.only_a, counts.only_b),
            }
        });
        Self { policies, comparisons: comparisons.collect() }
    }
}

impl Share {
    /// The share `count` of `of`.
    #[must_use]
    pub fn new(count: u64, of: u64) -> Self {
        Self { count, of, rate: mean(count, of), interval: wilson(count, of, LEVEL) }
    }
}

impl Cause {
    /// Why `record` ended without a secured link; `None` if it ended with one.
    ///
    /// A half secured link counts as such whatever was shown before: nobody was shown what is wrong with it.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        match record.outcome {
            Outcome::Secured => None,
            Outcome::HalfSecured => Some(Self::Ended(record.outcome)),
            Outcome::GaveUp | Outcome::TimeLimit => {
                Some(record.last_failure().map_or(Self::Ended(record.outcome), Self::Shown))
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shown(failure) => failure.fmt(f),
            Self::Ended(outcome) => f.write_str(outcome.name()),
        }
    }
}

/// How often the varied device tried to secure the link: every failure ended an attempt, and a session that
/// its policy did not give up ended in one more.
#[must_use]
pub fn attempts(record: &Record) -> u64 {
    let failures = u64::from(record.failures);
    if record.outcome == Outcome::GaveUp { failures } else { failures + 1 }
}

fn policy(table: &Table, index: usize) -> PolicySummary {
    let records = table.of_policy(index);
    let of = records.len() as u64;
    let mut times = Vec::with_capacity(records.len());
    let (mut all_attempts, mut connections, mut frames, mut bonds_deleted) = (0, 0, 0, 0);
    let mut causes: HashMap<Cause, WorstFailure> = HashMap::new();
    for record in records {
        times.push(record.secured().then_some(record.time_us));
        all_attempts += attempts(record);
        connections += u64::from(record.connections);
        frames += u64::from(record.frames);
        bonds_deleted += u64::from(record.bonds_deleted);
        if let Some(cause) = Cause::of(record) {
            let new = WorstFailure { cause, count: 0, first_seed: record.seed };
            causes.entry(cause).or_insert(new).count += 1;
        }
    }
    let times = SecureTimes::new(&times);
    PolicySummary {
        name: table.policies()[index].clone(),
        success: Share::new(times.secured(), of),
        p50_us: times.quantile(Quantile::P50, LEVEL),
        p95_us: times.quantile(Quantile::P95, LEVEL),
        attempts: mean(all_attempts, of),
        connections: mean(connections, of),
        frames: mean(frames, of),
        bonds_deleted,
        // Two causes never share their first seed, so the order of the map leaves no mark.
        worst: causes.into_values().max_by_key(|worst| (worst.count, u64::MAX - worst.first_seed)),
    }
}

/// `sum / of`, and 0 of none.
#[expect(clippy::cast_precision_loss, reason = "sums of a study are far below 2^53, or need no last digit")]
fn mean(sum: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { sum as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::made_up;
    use crate::table::Seeds;
    use blesim_host::{Procedure, Shown};

    const KEY_MISSING: u32 = 0x0001_0006;
    const SMP_TIMEOUT: u32 = 0x0002_0200;

    /// A record with an outcome, a time in ms, a last failure and a number of failures.
    fn record(seed: u64, outcome: Outcome, ms: u64, last_failure: u32, failures: u16) -> Record {
        Record { outcome, time_us: ms * 1_000, last_failure, failures, ..made_up(seed, 0) }
    }

    fn summary() -> Summary {
        use Outcome::{GaveUp, HalfSecured, Secured, TimeLimit};
        let none = u32::MAX;
        let rows = vec![
            record(10, Secured, 100, none, 0),
            record(10, Secured, 110, none, 0),
            record(11, GaveUp, 5, SMP_TIMEOUT, 1),
            record(11, Secured, 900, SMP_TIMEOUT, 2),
            record(12, GaveUp, 6, KEY_MISSING, 1),
            record(12, TimeLimit, 120_000, KEY_MISSING, 7),
            record(13, GaveUp, 7, KEY_MISSING, 1),
            record(13, HalfSecured, 50, KEY_MISSING, 0),
        ];
        let seeds = Seeds::new(10, 4).unwrap();
        Summary::of(&Table::new(seeds, vec!["one".into(), "two".into()], rows))
    }

    /// Shares, censored quantiles and attempts on a table small enough to check by hand.
    #[test]
    fn a_policy_is_summed_up() {
        let [one, two] = &summary().policies[..] else { panic!("two policies") };
        assert_eq!((one.success.count, one.success.of), (1, 4));
        assert!(one.success.interval.contains(0.25));
        assert_eq!((one.p50_us.at, one.p95_us.at), (None, None), "three of four failed");
        assert_eq!((two.p50_us.at, two.p95_us.at), (Some(900_000), None));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(one.attempts, 1.0), "{}", one.attempts);
        assert!(near(two.attempts, 3.25), "{}", two.attempts);
    }

    /// The worst failure is the most frequent last one; of equals that with the first seed; a half secured
    /// link is a cause of its own.
    #[test]
    fn the_worst_failure_is_found() {
        let summary = summary();
        let shown = Shown::from_code(0x0006).unwrap();
        let key_missing = Cause::Shown(Failure { procedure: Procedure::Encryption, shown });
        let worst = summary.policies[0].worst.unwrap();
        assert_eq!(worst, WorstFailure { cause: key_missing, count: 2, first_seed: 12 });
        assert_eq!(worst.cause.to_string(), "Encryption / PIN or Key Missing (0x06)");
        let worst = summary.policies[1].worst.unwrap();
        assert_eq!(worst, WorstFailure { cause: key_missing, count: 1, first_seed: 12 });
        let half = record(1, Outcome::HalfSecured, 1, KEY_MISSING, 1);
        assert_eq!(Cause::of(&half), Some(Cause::Ended(Outcome::HalfSecured)));
        assert_eq!(Cause::of(&record(1, Outcome::Secured, 1, KEY_MISSING, 1)), None);
    }

    /// Every policy but the first is compared with the first, seed by seed, and the sign tells who is ahead.
    #[test]
    fn comparisons_are_paired() {
        let summary = summary();
        let [comparison] = &summary.comparisons[..] else { panic!("one comparison") };
        assert_eq!((&comparison.a[..], &comparison.b[..]), ("two", "one"));
        assert_eq!(comparison.counts, PairedCounts { both: 1, only_a: 1, only_b: 0, neither: 2 });
        assert!((comparison.difference.estimate - 0.25).abs() < 1e-12);
        assert!((comparison.p_value - 1.0).abs() < 1e-12);
    }

    /// The packed failures above are what the names say.
    #[test]
    fn packed_failures_are_as_named() {
        let name = |packed| record(0, Outcome::GaveUp, 0, packed, 1).last_failure().unwrap().to_string();
        assert_eq!(name(KEY_MISSING), "Encryption / PIN or Key Missing (0x06)");
        assert_eq!(name(SMP_TIMEOUT), "Pairing / SMP timeout");
    }
}
