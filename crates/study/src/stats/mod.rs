//! The statistics a run is judged by: success shares, paired differences, time-to-secure quantiles.
//!
//! Invariant: every function is pure over counts or slices, gives the same bits for the same input, and never
//! hides a failed session: a failure counts against the share and is an infinite time in the quantiles.
//! Must never know: seeds, policies, scenarios, threads, files.
//!
//! | question | function | method |
//! |---|---|---|
//! | how sure is a success rate? | [`wilson`] | Wilson score interval |
//! | do two policies differ on the same seeds? | [`mcnemar`] | exact two-sided test on the discordant pairs |
//! | by how much? | [`PairedCounts::difference`] | Newcombe's hybrid score interval for paired data |
//! | how long until the link is secure? | [`SecureTimes::quantile`] | order statistics, failures censored |
//!
//! Counts are exact up to 2^53.

mod binomial;
mod mcnemar;
mod paired;
mod quantile;
mod wilson;

pub use mcnemar::mcnemar;
pub use paired::{Difference, PairedCounts};
pub use quantile::{Quantile, QuantileEstimate, SecureTimes};
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

/// The standard normal deviate that `level` of the mass lies within on both sides: 1.96 for 0.95.
fn two_sided_z(level: f64) -> f64 {
    assert!(level > 0.0 && level < 1.0, "a confidence level lies strictly between 0 and 1, got {level}");
    Normal::standard().inverse_cdf(f64::midpoint(1.0, level))
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of sessions are far below 2^53")]
fn real(count: u64) -> f64 {
    debug_assert!(count < 1 << 53, "a count above 2^53 has no exact f64");
    count as f64
}
