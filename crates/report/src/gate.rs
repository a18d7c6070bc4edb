//! Gates: what a scenario expects of a policy, and whether it came true.
//!
//! Invariant: `passed` is true when the expectation was met, and a policy that did not run is not judged. The
//! measured value itself is compared, not an end of its interval.

use crate::words::{chance, percent, seconds};
use blesim_kernel::{Chance, Span};
use blesim_study::Summary;

/// What is expected of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// The share of sessions with a secured link is not below this.
    SecuredAtLeast(Chance),
    /// The 95th percentile of the time to a secured link is not above this.
    P95AtMost(Span),
}

/// An expectation, judged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Of which policy.
    pub policy: String,
    /// What.
    pub wish: Wish,
    /// What came out, in words; `None` if the policy did not run.
    pub measured: Option<String>,
    /// Whether the expectation was met; `None` if the policy did not run.
    pub passed: Option<bool>,
}

impl Gate {
    /// Judges what is expected of `policy`.
    #[must_use]
    pub fn judge(policy: &str, wish: Wish, summary: &Summary) -> Self {
        let found = summary.policies.iter().find(|found| found.name == policy);
        let judged = found.map(|found| match wish {
            Wish::SecuredAtLeast(least) => {
                let success = found.success;
                let passed = success.of > 0 && Chance::ratio(success.count, success.of) >= least;
                (percent(success.rate), passed)
            }
            Wish::P95AtMost(most) => {
                let at = found.p95_us.at;
                (seconds(at), at.is_some_and(|us| us <= most.as_micros()))
            }
        });
        let (measured, passed) = judged.unzip();
        Self { policy: policy.to_owned(), wish, measured, passed }
    }

    /// True if the expectation was judged and not met.
    #[must_use]
    pub fn broken(&self) -> bool {
        self.passed == Some(false)
    }
}

impl Wish {
    /// The expectation in words: `secured at least 95%`, `p95 at most 8 s`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::SecuredAtLeast(least) => format!("secured at least {}", chance(least)),
            Self::P95AtMost(most) => format!("p95 at most {most}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    /// The limit itself passes, a hair more does not; a quantile that is never reached is above every limit.
    #[test]
    fn limits_are_inclusive() {
        let summary = made_up::summary();
        let check = |policy: &str, wish: Wish, passed: Option<bool>, measured: Option<&str>| {
            let gate = Gate::judge(policy, wish, &summary);
            assert_eq!((gate.passed, gate.measured.as_deref()), (passed, measured), "{policy} {wish:?}");
        };
        let secured = |parts| Wish::SecuredAtLeast(Chance::ratio(parts, 1_000));
        check("steady", secured(750), Some(true), Some("75.0%"));
        check("steady", secured(751), Some(false), Some("75.0%"));
        check("steady", Wish::P95AtMost(Span::from_secs(100)), Some(false), Some("never"));
        check("patient", Wish::P95AtMost(Span::from_micros(2_000_000)), Some(true), Some("2.00 s"));
        check("patient", Wish::P95AtMost(Span::from_micros(1_999_999)), Some(false), Some("2.00 s"));
        check("absent", secured(1), None, None);
    }

    /// Expectations read as they were written.
    #[test]
    fn wishes_have_words() {
        assert_eq!(Wish::SecuredAtLeast(Chance::ratio(95, 100)).words(), "secured at least 95%");
        assert_eq!(Wish::SecuredAtLeast(Chance::ratio(9_905, 10_000)).words(), "secured at least 99.05%");
        assert_eq!(Wish::P95AtMost(Span::from_millis(7_500)).words(), "p95 at most 7.5 s");
    }
}
