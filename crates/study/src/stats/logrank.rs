//! The log-rank test: does one policy secure the link sooner than another over the whole time?
//!
//! Invariant: the result does not depend on which policy is named first, nor on the unit of the times.
//! Must never know: which of the two is the baseline.
//!
//! What it assumes: the two samples are independent of each other, and censoring tells nothing about the time
//! that would have followed. Policies share their seeds, so their samples are not independent; where they go
//! well or badly together, as they do, the test finds too little rather than too much, and a small p value
//! stays true. The difference of restricted means is resampled in pairs and has no such caveat. Source:
//! "Evaluation of survival data and two new rank order statistics arising in its consideration", Cancer
//! Chemotherapy Reports 50 (1966), 163-170; ties by the hypergeometric variance.

use super::{Observed, real};
use statrs::distribution::{ContinuousCDF, Normal};

/// What the test finds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LogRank {
    /// The statistic, chi-squared with one degree of freedom; 0 when the data say nothing.
    pub statistic: f64,
    /// The two-sided p value.
    pub p_value: f64,
}

/// Compares two samples of sessions, each in any order.
#[must_use]
pub fn log_rank(a: &[Observed], b: &[Observed]) -> LogRank {
    let tagged = |sessions: &[Observed], first: bool| {
        sessions.iter().map(|&session| (session, first)).collect::<Vec<(Observed, bool)>>()
    };
    let mut all = tagged(a, true);
    all.extend(tagged(b, false));
    all.sort_unstable();
    let (mut left, mut left_a) = (all.len() as u64, a.len() as u64);
    let (mut surplus, mut variance) = (0.0, 0.0);
    for same in all.chunk_by(|x, y| x.0.time == y.0.time) {
        let events = same.iter().filter(|(session, _)| session.event).count() as u64;
        if events > 0 {
            let (n, n_a, d) = (real(left), real(left_a), real(events));
            let d_a = real(same.iter().filter(|(session, first)| session.event && *first).count() as u64);
            surplus += d_a - d * n_a / n;
            if left > 1 {
                variance += d * (n_a / n) * (1.0 - n_a / n) * (n - d) / (n - 1.0);
            }
        }
        left -= same.len() as u64;
        left_a -= same.iter().filter(|(_, first)| *first).count() as u64;
    }
    if variance <= 0.0 {
        return LogRank { statistic: 0.0, p_value: 1.0 };
    }
    let deviate = surplus.abs() / variance.sqrt();
    LogRank { statistic: deviate * deviate, p_value: (2.0 * Normal::standard().sf(deviate)).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(times: &[u64], limit: u64) -> Vec<Observed> {
        times.iter().map(|&time| Observed { time: time.min(limit), event: time < limit }).collect()
    }

    /// Exchanging the samples or stretching the time changes nothing; equal samples say nothing.
    #[test]
    fn symmetric_and_without_a_unit() {
        let (a, b) = ([3, 5, 5, 9, 12, 30], [1, 2, 5, 6, 7, 8, 30]);
        let forth = log_rank(&observed(&a, 20), &observed(&b, 20));
        let back = log_rank(&observed(&b, 20), &observed(&a, 20));
        assert!((forth.statistic - back.statistic).abs() < 1e-12);
        let stretched = log_rank(&observed(&a.map(|t| t * 7), 140), &observed(&b.map(|t| t * 7), 140));
        assert!((forth.statistic - stretched.statistic).abs() < 1e-12);
        assert!(log_rank(&observed(&a, 20), &observed(&a, 20)).p_value > 0.999);
    }

    /// No event, no session, one session: nothing is said, and nothing is not a number.
    #[test]
    fn nothing_is_said_of_nothing() {
        for (a, b) in [(&[][..], &[][..]), (&[30], &[30]), (&[1], &[]), (&[1], &[30])] {
            let got = log_rank(&observed(a, 20), &observed(b, 20));
            assert!(got.p_value > 0.2 && got.p_value <= 1.0, "{a:?} {b:?} {got:?}");
        }
    }
}
