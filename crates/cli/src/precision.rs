//! How far a run goes: so many seeds, or until an interval is narrow enough.
//!
//! Invariant: when a run may be looked at is fixed before its first seed, and each look uses the interval
//! that the report will show, so that what is reported covers whichever look ended the run.

use crate::args::Precision;
use crate::failure::Failure;
use blesim_report::thousands;
use blesim_study::stats::{Interval, Looks, PairedCounts, level_of, wilson};
use blesim_world::Record;

/// How far a run goes.
#[derive(Debug)]
pub(crate) enum Goal {
    /// To the end.
    Seeds([u64; 1]),
    /// Until an interval is narrow enough.
    Precision {
        /// When the run is looked at.
        looks: Looks,
        /// What is asked for.
        precision: Precision,
        /// The policy whose difference from the first is meant; the first for its own rate.
        policy: usize,
        /// What is measured, in words.
        of: String,
    },
}

/// Where a run ended.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) seeds: u64,
    /// What ended it, if it may have ended early.
    pub(crate) words: Option<String>,
}

impl Goal {
    /// So many seeds.
    pub(crate) fn seeds(count: u64) -> Self {
        Self::Seeds([count])
    }

    /// The precision of the difference between `named`, or the second policy, and the first; of the first
    /// policy's rate if there is but one. At most `most` seeds.
    pub(crate) fn precision(
        precision: &Precision,
        named: Option<&str>,
        policies: &[String],
        most: u64,
    ) -> Result<Self, Failure> {
        let policy = match named {
            None => usize::from(policies.len() > 1),
            Some(name) => match policies.iter().position(|policy| policy == name) {
                Some(0) => {
                    let what = "it is the one that the others are compared with";
                    return Err(Failure::Usage(format!("--precision-for {name}: {what}")));
                }
                Some(index) => index,
                None => {
                    let all = policies.join(", ");
                    return Err(Failure::Usage(format!("--precision-for {name}: the policies are {all}")));
                }
            },
        };
        let of = match policy {
            0 => format!("the rate of {}", policies[0]),
            _ => format!("the difference of {} from {}", policies[policy], policies[0]),
        };
        let looks = Looks::new(precision.share, most);
        Ok(Self::Precision { looks, precision: precision.clone(), policy, of })
    }

    /// The numbers of seeds to stop at, rising.
    pub(crate) fn seeds_at(&self) -> &[u64] {
        match self {
            Self::Seeds(seeds) => seeds,
            Self::Precision { looks, .. } => looks.seeds(),
        }
    }

    /// How often the run may be looked at.
    pub(crate) fn looks(&self) -> u32 {
        match self {
            Self::Seeds(_) => 1,
            Self::Precision { looks, .. } => looks.count(),
        }
    }

    /// Whether the run ends at its look `number` with these rows.
    pub(crate) fn reached(&self, number: usize, rows: &[Record], policies: usize) -> Option<Reached> {
        let seeds = self.seeds_at()[number];
        let Self::Precision { looks, precision, policy, of } = self else {
            return Some(Reached { seeds, words: None });
        };
        let (at, interval) = measured(rows, policies, *policy, level_of(looks.count()));
        let reach = (at - interval.low).max(interval.high - at);
        let enough = reach <= precision.share;
        if !enough && seeds != *looks.seeds().last()? {
            return None;
        }
        let (asked, seeds_words) = (&precision.text, thousands(seeds));
        let got = format!("{:.2}pp", reach * 100.0);
        let words = if enough {
            format!("Ended after {seeds_words} seeds: {of} is known to {asked} either way, as asked.")
        } else {
            format!(
                "After all {seeds_words} seeds {of} is known to {got} either way, not to {asked} as asked."
            )
        };
        Some(Reached { seeds, words: Some(words) })
    }
}

/// The estimate and its interval: the difference between a policy and the first, or the rate of the first.
fn measured(rows: &[Record], policies: usize, policy: usize, level: f64) -> (f64, Interval) {
    let secured = |policy: usize| -> Vec<bool> {
        rows.iter().skip(policy).step_by(policies).map(Record::secured).collect()
    };
    let first = secured(0);
    if policy == 0 {
        let counts = PairedCounts::of(&first, &vec![false; first.len()]);
        let at = counts.difference(level).estimate;
        return (at, wilson(counts.only_a, counts.pairs(), level));
    }
    let difference = PairedCounts::of(&secured(policy), &first).difference(level);
    (difference.estimate, difference.interval)
}
