//! The summary: what a table says about each policy, and about each policy against the first.
//!
//! Invariant: everything here is derived from the table, and a failed session is never left out: it counts
//! against the share and is an infinite time in the quantiles. It must never know how a summary is printed.

mod compare;
mod cost;
mod measure;
mod way;

pub use compare::{Comparison, Verdict};
pub use measure::{MEASURES, Measure, attempts};
pub use way::{Place, Way};

use crate::stats::{
    Columns, Estimate, Interval, Observed, Quantile, QuantileEstimate, SecureTimes, Survival, level_of,
    wilson,
};
use crate::table::Table;
use blesim_host::Failure;
use blesim_kernel::Span;
use blesim_world::{Outcome, Record};
use compare::Resampled;
use core::fmt;
use std::collections::HashMap;

/// The means of [`MEASURES`], in their order.
pub type Means = [Estimate; MEASURES.len()];

/// The most falls of a curve that a summary keeps.
pub const FALLS: usize = 1_000;

/// What a table says.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// How often the run was looked at to decide whether it goes on; 1 for a run of so many seeds. The doubt
    /// of every interval is shared among the looks.
    pub looks: u32,
    /// The longest that a session may last: the limit of the restricted means.
    pub limit: Span,
    /// Which of [`MEASURES`] are worth showing: all but those that only some scenarios have, where no session
    /// has any of it. Their means are zero.
    pub shown: [bool; MEASURES.len()],
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
    /// The mean time to a secured link in us, a session that failed counting as the limit: the area under
    /// `survival`.
    pub mean_us: Estimate,
    /// The share of sessions that is not secured yet, over time in us; a session that failed is censored at
    /// the limit, whenever its policy gave it up.
    pub survival: Survival,
    /// The mean of each of [`MEASURES`].
    pub means: Means,
    /// Bonds that the policy deleted, in all sessions together.
    pub bonds_deleted: u64,
    /// Why most of the sessions without a secured link ended so; `None` if there are none.
    pub worst: Option<WorstFailure>,
    /// Which ways its sessions went, the most frequent first.
    pub ways: Vec<Way>,
    /// Where its sessions without a secured link failed, the most frequent first.
    pub places: Vec<Place>,
    /// The charge of the central and of the peripheral for each secured link, in microcoulomb; `None` without one.
    pub charge_per_link: Option<[Estimate; 2]>,
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
    /// The Wilson interval of the rate.
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

impl Summary {
    /// The summary of a table whose sessions may last `limit`, looked at so many times until it was judged.
    #[must_use]
    pub fn of(table: &Table, limit: Span, looks: u32) -> Self {
        let number = table.policies().len();
        let shown = MEASURES
            .map(|measure| !measure.seldom || table.rows().iter().any(|record| (measure.of)(record) > 0));
        let (means, differences) = resampled(table, &shown, limit, looks);
        let policies =
            (0..number).zip(means).map(|(index, means)| policy(table, index, limit, looks, &means));
        Self {
            looks,
            limit,
            shown,
            policies: policies.collect(),
            comparisons: compare::all(table, limit, looks, differences),
        }
    }
}

/// What is known of the time to a secured link with each session of a policy.
fn observed(table: &Table, policy: usize, limit: Span) -> Vec<Observed> {
    let limit = limit.as_micros();
    let of = |record: &Record| {
        let event = record.secured();
        Observed { time: if event { record.time_us.min(limit) } else { limit }, event }
    };
    table.of_policy(policy).map(of).collect()
}

/// The means of all measures of each policy, and how each policy but the first differs from the first.
///
/// All columns are resampled together, by the table's digest.
fn resampled(
    table: &Table,
    shown: &[bool; MEASURES.len()],
    limit: Span,
    looks: u32,
) -> (Vec<Means>, Vec<Resampled>) {
    let number = table.policies().len();
    let seeds = table.of_policy(0).len();
    let time = |policy: usize| {
        let times = observed(table, policy, limit);
        times.iter().map(|session| real(session.time)).collect::<Vec<f64>>()
    };
    let measured = |policy: usize, measure: &Measure| {
        table.of_policy(policy).map(|record| real((measure.of)(record))).collect::<Vec<f64>>()
    };
    let less = |mut a: Vec<f64>, b: &[f64]| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
        a
    };
    let mut columns = Columns::new(seeds);
    for (measure, _) in MEASURES.iter().zip(shown).filter(|(_, shown)| **shown) {
        let first = measured(0, measure);
        columns.add(&first);
        for policy in 1..number {
            let own = measured(policy, measure);
            columns.add(&own);
            columns.add(&less(own, &first));
        }
    }
    let first = time(0);
    (1..number).for_each(|policy| columns.add(&less(time(policy), &first)));
    let found = columns.means(table.digest().value(), level_of(looks));
    // One column of the first policy, two of each other, for each measure.
    let block = 2 * number - 1;
    let place = |measure: usize| shown[..measure].iter().filter(|shown| **shown).count();
    let times = place(MEASURES.len()) * block;
    let nothing = Estimate { at: 0.0, interval: Interval { low: 0.0, high: 0.0 } };
    let one = |measure, column| if shown[measure] { found[place(measure) * block + column] } else { nothing };
    let at = |column: usize| core::array::from_fn(|measure| one(measure, column));
    let means = (0..number).map(|policy| at((2 * policy).saturating_sub(1)));
    let differences =
        (1..number).map(|policy| Resampled { slower_us: found[times + policy - 1], means: at(2 * policy) });
    (means.collect(), differences.collect())
}

impl Share {
    /// The share `count` of `of`, with its interval at confidence `level`.
    #[must_use]
    pub fn new(count: u64, of: u64, level: f64) -> Self {
        let rate = if of == 0 { 0.0 } else { real(count) / real(of) };
        Self { count, of, rate, interval: wilson(count, of, level) }
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

fn policy(table: &Table, index: usize, limit: Span, looks: u32, means: &Means) -> PolicySummary {
    let all: Vec<&Record> = table.of_policy(index).collect();
    let (of, level) = (all.len() as u64, level_of(looks));
    let mut times = Vec::with_capacity(all.len());
    let mut bonds_deleted = 0;
    let mut causes: HashMap<Cause, WorstFailure> = HashMap::new();
    for &record in &all {
        times.push(record.secured().then_some(record.time_us));
        bonds_deleted += u64::from(record.bonds_deleted);
        if let Some(cause) = Cause::of(record) {
            let new = WorstFailure { cause, count: 0, first_seed: record.seed };
            causes.entry(cause).or_insert(new).count += 1;
        }
    }
    let times = SecureTimes::new(&times);
    let survival = Survival::new(&observed(table, index, limit));
    PolicySummary {
        name: table.policies()[index].clone(),
        success: Share::new(times.secured(), of, level),
        p50_us: times.quantile(Quantile::P50, level),
        p95_us: times.quantile(Quantile::P95, level),
        mean_us: survival.restricted_mean(limit.as_micros(), level),
        survival: survival.thinned(FALLS),
        means: *means,
        bonds_deleted,
        // Two causes never share their first seed, so the order of the map leaves no mark.
        worst: causes.into_values().max_by_key(|worst| (worst.count, u64::MAX - worst.first_seed)),
        ways: way::ways(&all),
        places: way::places(&all),
        charge_per_link: cost::per_link(&all, level),
    }
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of a session and times in us are far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::PairedCounts;
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
        Summary::of(&Table::new(seeds, vec!["one".into(), "two".into()], rows), Span::from_secs(120), 1)
    }

    /// Shares, censored quantiles and attempts on a table small enough to check by hand.
    #[test]
    fn a_policy_is_summed_up() {
        let [one, two] = &summary().policies[..] else { panic!("two policies") };
        assert_eq!((one.success.count, one.success.of), (1, 4));
        assert!(one.success.interval.contains(0.25));
        assert_eq!((one.p50_us.at, one.p95_us.at), (None, None), "three of four failed");
        assert_eq!((two.p50_us.at, two.p95_us.at), (Some(900_000), None));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
        let attempts = [one.means[0].at, two.means[0].at];
        assert!(near(attempts[0], 1.0) && near(attempts[1], 3.25), "{attempts:?}");
        // A failed session counts as the limit, whenever it was given up.
        let mean = [one.mean_us.at, two.mean_us.at];
        assert!(near(mean[0], 90_025_000.0) && near(mean[1], 60_252_500.0), "{mean:?}");
        assert!(near(two.survival.at(900_000, 0.95).at, 0.5), "{:?}", two.survival);
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
        assert!(matches!(comparison.verdict, Verdict::TooSmall { seeds: Some(_) }), "{comparison:?}");
        assert!((comparison.slower_us.at + 29_772_500.0).abs() < 1e-6, "{:?}", comparison.slower_us);
        assert!((comparison.means[0].at - 2.25).abs() < 1e-9, "{:?}", comparison.means);
    }

    /// A table of `seeds` on which `b` is ahead on every tenth and `c` on every fourth, `d` never: all are
    /// judged together, and one look more makes every interval wider and every p value larger.
    #[test]
    fn comparisons_and_looks_are_counted() {
        let seeds = Seeds::new(0, 80).unwrap();
        let row = |seed, ahead: bool| {
            let outcome = if ahead || seed % 2 == 0 { Outcome::Secured } else { Outcome::GaveUp };
            record(seed, outcome, 100 + seed, KEY_MISSING, 1)
        };
        let rows = (0..80u64).flat_map(|seed| {
            [row(seed, false), row(seed, seed % 20 == 1), row(seed, seed % 4 == 1), row(seed, false)]
        });
        let table = Table::new(seeds, ["a", "b", "c", "d"].map(str::to_owned).to_vec(), rows.collect());
        let once = Summary::of(&table, Span::from_secs(1), 1);
        let [b, c, d] = &once.comparisons[..] else { panic!("three comparisons") };
        // Raw 0.125, 2 in 2^20 and 1.
        assert!(
            (b.p_holm - 0.25).abs() < 1e-12 && (c.p_holm - 3.0 * 2f64.powi(-19)).abs() < 1e-12,
            "{b:?} {c:?}"
        );
        assert_eq!((c.verdict, d.verdict), (Verdict::Real, Verdict::TooSmall { seeds: None }));
        assert!(matches!(b.verdict, Verdict::TooSmall { seeds: Some(100..1_000) }), "{:?}", b.verdict);
        assert!(c.slower_us.interval.high < 0.0 && c.log_rank_holm < 1.0, "{c:?}");
        let twice = Summary::of(&table, Span::from_secs(1), 2);
        for (one, two) in once.comparisons.iter().zip(&twice.comparisons) {
            assert!(two.p_value > one.p_value || one.p_value >= 1.0, "{one:?} {two:?}");
            assert!(two.difference.interval.low < one.difference.interval.low, "{one:?} {two:?}");
        }
        let wider = |a: Interval, b: Interval| a.low < b.low && b.high < a.high;
        for (one, two) in once.policies.iter().zip(&twice.policies) {
            assert!(wider(two.success.interval, one.success.interval), "{one:?}");
            assert!(wider(two.mean_us.interval, one.mean_us.interval), "{one:?}");
        }
    }

    /// The packed failures above are what the names say.
    #[test]
    fn packed_failures_are_as_named() {
        let name = |packed| record(0, Outcome::GaveUp, 0, packed, 1).last_failure().unwrap().to_string();
        assert_eq!(name(KEY_MISSING), "Encryption / PIN or Key Missing (0x06)");
        assert_eq!(name(SMP_TIMEOUT), "Pairing / SMP timeout");
    }
}
