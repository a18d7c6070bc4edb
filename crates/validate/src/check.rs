//! One comparison: reference, measured, interval, verdict.
//!
//! Invariant: a statistical comparison passes if the 99 % interval of what was measured, widened by the slack
//! that the row declares, holds the reference; an exact one only if both are equal.

use crate::effort::Moments;
use blesim_study::stats::{Interval, wilson};

/// The confidence level of the intervals here.
pub(crate) const LEVEL: f64 = 0.99;
/// The standard normal deviate of it: 99 % lie within so many standard errors.
const Z: f64 = 2.575_829_303_549;

/// What a comparison came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// The reference is met.
    Pass,
    /// It is not.
    Fail,
}

impl Verdict {
    /// The word that tables and documents use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// A reference or what was measured.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A number.
    Number(f64),
    /// Several numbers, or words.
    Text(String),
}

/// One comparison.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// What is compared, within its row.
    pub what: String,
    /// What it should be.
    pub reference: Value,
    /// What it is.
    pub measured: Value,
    /// The 99 % interval of what was measured; none of what is exact.
    pub interval: Option<Interval>,
    /// What it came to.
    pub verdict: Verdict,
    /// What a reader has to know besides.
    pub note: Option<String>,
}

impl Check {
    /// Two values that have to be equal.
    pub(crate) fn exact(what: impl Into<String>, reference: &str, measured: &str) -> Self {
        let value = |text: &str| {
            text.parse().map_or_else(|_| Value::Text(text.to_owned()), |number: f64| Value::Number(number))
        };
        let verdict = if reference == measured { Verdict::Pass } else { Verdict::Fail };
        Self {
            what: what.into(),
            reference: value(reference),
            measured: value(measured),
            interval: None,
            verdict,
            note: None,
        }
    }

    /// A share of trials, by the Wilson interval.
    pub(crate) fn share(what: impl Into<String>, reference: f64, (count, of): (u64, u64)) -> Self {
        let found = wilson(count, of, LEVEL);
        let measured = real(count) / real(of.max(1));
        Self::estimated(what, reference, (measured, found), 0.0).noted(format!("{count} of {of}"))
    }

    /// A share that has to lie between two bounds with its whole interval.
    pub(crate) fn band(what: impl Into<String>, (low, high): (f64, f64), (count, of): (u64, u64)) -> Self {
        let found = wilson(count, of, LEVEL);
        let inside = low <= found.low && found.high <= high;
        Self {
            what: what.into(),
            reference: Value::Text(format!("{low} to {high}")),
            measured: Value::Number(real(count) / real(of.max(1))),
            interval: Some(found),
            verdict: if inside { Verdict::Pass } else { Verdict::Fail },
            note: Some(format!("{count} of {of}")),
        }
    }

    /// A mean, by the normal interval; `unit` is what the counted numbers are multiplied with, `slack` a part
    /// of the reference.
    pub(crate) fn mean(
        what: impl Into<String>,
        reference: f64,
        moments: &Moments,
        (unit, slack): (f64, f64),
    ) -> Self {
        let mean = moments.mean() * unit;
        let half = Z * moments.standard_error() * unit;
        let found = Interval { low: mean - half, high: mean + half };
        Self::estimated(what, reference, (mean, found), slack)
    }

    /// An estimate with its interval; `slack` is a part of the reference.
    pub(crate) fn estimated(
        what: impl Into<String>,
        reference: f64,
        (measured, interval): (f64, Interval),
        slack: f64,
    ) -> Self {
        let slack = slack * reference.abs();
        let wide = Interval { low: interval.low - slack, high: interval.high + slack };
        Self {
            what: what.into(),
            reference: Value::Number(reference),
            measured: Value::Number(measured),
            interval: Some(interval),
            verdict: if wide.contains(reference) { Verdict::Pass } else { Verdict::Fail },
            note: None,
        }
    }

    /// The same with a note.
    pub(crate) fn noted(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A verdict that cannot be "fail" proves nothing: each kind of comparison fails when it should.
    #[test]
    fn every_comparison_can_fail() {
        let check = |check: Check, expected: Verdict| assert_eq!(check.verdict, expected, "{check:?}");
        check(Check::exact("", "7", "7"), Verdict::Pass);
        check(Check::exact("", "7", "8"), Verdict::Fail);
        check(Check::share("", 0.1, (100, 1_000)), Verdict::Pass);
        check(Check::share("", 0.1, (140, 1_000)), Verdict::Fail);
        check(Check::share("", 1e-9, (0, 1_000)), Verdict::Pass);
        check(Check::share("", 0.5, (0, 0)), Verdict::Pass);
        check(Check::band("", (0.0, 0.2), (100, 1_000)), Verdict::Pass);
        check(Check::band("", (0.0, 0.11), (100, 1_000)), Verdict::Fail);
        let moments = (0..1_000).map(|n| n % 10).collect();
        check(Check::mean("", 4.5, &moments, (1.0, 0.0)), Verdict::Pass);
        check(Check::mean("", 0.0045, &moments, (0.001, 0.0)), Verdict::Pass);
        check(Check::mean("", 5.0, &moments, (1.0, 0.0)), Verdict::Fail);
        check(Check::mean("", 5.0, &moments, (1.0, 0.1)), Verdict::Pass);
    }
}
