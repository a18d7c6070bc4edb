//! The statistics a run is judged by: success shares, paired differences, time to a secured link, means of
//! the rest.
//!
//! Invariant: every function is pure over counts or slices, gives the same bits for the same input, and never
//! hides a failed session: a failure counts against the share, is an infinite time in the quantiles and a
//! censored one in the curves. Must never know: seeds, policies, scenarios, threads, files.
//!
//! | question | function | method |
//! |---|---|---|
//! | how sure is a success rate? | [`wilson`] | Wilson score interval |
//! | do two policies differ on the same seeds? | [`mcnemar`] | exact two-sided test on the discordant pairs |
//! | by how much? | [`PairedCounts::difference`] | Newcombe's hybrid score interval for paired data |
//! | and after several comparisons? | [`holm`] | Holm's step-down adjustment |
//! | how many seeds would settle it? | [`seeds_to_settle`] | Miettinen's plan for paired shares |
//! | how long until the link is secure? | [`SecureTimes::quantile`] | order statistics, failures infinite |
//! | how many are not secure by then? | [`Survival::at`] | Kaplan-Meier, log-log interval |
//! | how long on average, within a limit? | [`Survival::restricted_mean`] | area under that curve |
//! | is one sooner than another? | [`log_rank`] | log-rank test |
//! | any other mean, or difference of means | [`Columns::means`] | paired bootstrap over seeds, BCa |
//! | which is not beaten in everything? | [`front`] | Pareto dominance |
//! | when may a run end early? | [`Looks`] | looks fixed before, doubt shared among them |
//!
//! Counts are exact up to 2^53.

mod binomial;
mod bootstrap;
mod front;
mod holm;
mod logrank;
mod looks;
mod mcnemar;
mod paired;
mod quantile;
mod settle;
mod survival;
mod wilson;

pub use bootstrap::{Columns, GROUPS, RESAMPLES};
pub use front::front;
pub use holm::holm;
pub use logrank::{LogRank, log_rank};
pub use looks::Looks;
pub use mcnemar::mcnemar;
pub use paired::{Difference, PairedCounts};
pub use quantile::{Quantile, QuantileEstimate, SecureTimes};
pub use settle::{POWER, seeds_to_settle};
pub use survival::{Observed, Step, Survival};
pub use wilson::wilson;

use statrs::distribution::{ContinuousCDF, Normal};

/// The confidence level of every interval that the project prints.
pub const LEVEL: f64 = 0.95;

/// A closed interval with `low <= high`, in the unit of the estimate it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// An estimate with its interval, in one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub at: f64,
    /// The interval around it.
    pub interval: Interval,
}

/// The level of each interval of a run that is looked at so many times, so that all of them together cover
/// with [`LEVEL`].
#[must_use]
pub fn level_of(looks: u32) -> f64 {
    1.0 - (1.0 - LEVEL) / f64::from(looks.max(1))
}

/// The standard normal deviate that `level` of the mass lies within on both sides: 1.96 for 0.95.
pub(crate) fn two_sided_z(level: f64) -> f64 {
    assert!(level > 0.0 && level < 1.0, "a confidence level lies strictly between 0 and 1, got {level}");
    Normal::standard().inverse_cdf(f64::midpoint(1.0, level))
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of sessions are far below 2^53")]
fn real(count: u64) -> f64 {
    debug_assert!(count < 1 << 53, "a count above 2^53 has no exact f64");
    count as f64
}
