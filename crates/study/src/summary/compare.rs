//! Each policy against the first, on the same seeds.
//!
//! Invariant: what is said to be real has a p value that counts every comparison made and every look taken;
//! an interval is of one difference alone. Must never know: the name of the baseline's device.

use super::{Means, observed};
use crate::stats::{
    Difference, Estimate, LEVEL, LogRank, PairedCounts, holm, level_of, log_rank, mcnemar, seeds_to_settle,
};
use crate::table::Table;
use blesim_kernel::Span;
use blesim_world::Record;

/// One policy against another on the same seeds.
#[derive(Clone, PartialEq, Debug)]
pub struct Comparison {
    /// The name of the one.
    pub a: String,
    /// The name of the other.
    pub b: String,
    /// The seeds on which the link got secured with both, with one, with none.
    pub counts: PairedCounts,
    /// The share of `a` minus the share of `b`, with its interval.
    pub difference: Difference,
    /// The two-sided p value of the exact McNemar test, times the looks at the run, not adjusted for the
    /// number of comparisons.
    pub p_value: f64,
    /// The same by Holm's adjustment over all comparisons.
    pub p_holm: f64,
    /// Whether the difference of the shares is real.
    pub verdict: Verdict,
    /// The restricted mean time to a secured link of `a` minus that of `b` in us, resampled in pairs.
    pub slower_us: Estimate,
    /// The log-rank test of the times, its p value times the looks at the run.
    pub log_rank: LogRank,
    /// Its p value by Holm's adjustment over all comparisons.
    pub log_rank_holm: f64,
    /// The mean of each of [`super::MEASURES`] of `a` minus that of `b`, resampled in pairs.
    pub means: Means,
}

/// What a comparison settles.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The one secures the link more often than the other: chance alone is ruled out at [`LEVEL`].
    Real,
    /// The difference is too small to tell from chance.
    TooSmall {
        /// About how many seeds would settle it if it is as large as it looks; `None` if there is no
        /// difference to go by.
        seeds: Option<u64>,
    },
}

/// How a policy differs from the first in what is resampled.
pub(super) struct Resampled {
    pub(super) slower_us: Estimate,
    pub(super) means: Means,
}

/// Every policy but the first against the first; `resampled` holds one entry for each.
pub(super) fn all(table: &Table, limit: Span, looks: u32, resampled: Vec<Resampled>) -> Vec<Comparison> {
    let secured = |index| table.of_policy(index).map(Record::secured).collect::<Vec<bool>>();
    let (first, first_times) = (secured(0), observed(table, 0, limit));
    let number = resampled.len();
    let times_looks = |p: f64| (p * f64::from(looks.max(1))).min(1.0);
    let compare = |(index, resampled): (usize, Resampled)| {
        let counts = PairedCounts::of(&secured(index), &first);
        let log_rank = log_rank(&observed(table, index, limit), &first_times);
        Comparison {
            a: table.policies()[index].clone(),
            b: table.policies()[0].clone(),
            counts,
            difference: counts.difference(level_of(looks)),
            p_value: times_looks(mcnemar(counts.only_a, counts.only_b)),
            p_holm: 1.0,
            verdict: Verdict::Real,
            slower_us: resampled.slower_us,
            log_rank: LogRank { p_value: times_looks(log_rank.p_value), ..log_rank },
            log_rank_holm: 1.0,
            means: resampled.means,
        }
    };
    let mut all: Vec<Comparison> = (1..).zip(resampled).map(compare).collect();
    let adjusted =
        |p: fn(&Comparison) -> f64, all: &[Comparison]| holm(&all.iter().map(p).collect::<Vec<f64>>());
    let (shares, times) = (adjusted(|one| one.p_value, &all), adjusted(|one| one.log_rank.p_value, &all));
    for ((one, share), time) in all.iter_mut().zip(shares).zip(times) {
        one.p_holm = share;
        one.log_rank_holm = time;
        one.verdict = verdict(&one.counts, share, number, looks);
    }
    all
}

fn verdict(counts: &PairedCounts, p_holm: f64, comparisons: usize, looks: u32) -> Verdict {
    if p_holm < 1.0 - LEVEL {
        return Verdict::Real;
    }
    // The hardest step that Holm's adjustment may ask of it.
    let steps = u32::try_from(comparisons).unwrap_or(u32::MAX);
    let alpha = (1.0 - level_of(looks)) / f64::from(steps.max(1));
    Verdict::TooSmall { seeds: seeds_to_settle(counts, alpha) }
}
