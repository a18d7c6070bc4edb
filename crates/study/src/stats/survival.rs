//! The Kaplan-Meier curve: the share of sessions whose link is not yet secured, over time, every session
//! counted.
//!
//! Invariant: the curve starts at 1 and never rises; a censored session counts as at risk up to and including
//! the instant at which it was last looked at. Must never know: why a session was censored.
//!
//! Sources: "Nonparametric estimation from incomplete observations", Journal of the American Statistical
//! Association 53 (1958), 457-481; the variance is Greenwood's; the pointwise interval is taken on the scale
//! of log(-log S), so that it stays between 0 and 1; the restricted mean and its variance are those of Klein
//! and Moeschberger, "Survival Analysis", 2nd edition (2003), sections 4.3 and 4.5.

use super::{Estimate, Interval, real, two_sided_z, wilson};

/// What is known of one session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Observed {
    /// When the link was secured, or until when it was seen not to be.
    pub time: u64,
    /// True if it was secured then.
    pub event: bool,
}

/// One fall of the curve.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Step {
    /// When.
    pub time: u64,
    /// Sessions still at risk just before.
    pub at_risk: u64,
    /// Sessions secured at this instant.
    pub events: u64,
    /// The share not secured from here on to the next step.
    pub survival: f64,
    /// Greenwood's sum up to here: the variance of the logarithm of `survival`; infinite at 0.
    pub greenwood: f64,
}

/// A Kaplan-Meier curve.
#[derive(Clone, PartialEq, Debug)]
pub struct Survival {
    steps: Vec<Step>,
    of: u64,
}

impl Survival {
    /// The curve of `sessions`, in any order.
    #[must_use]
    pub fn new(sessions: &[Observed]) -> Self {
        let mut sorted = sessions.to_vec();
        sorted.sort_unstable();
        let mut steps: Vec<Step> = Vec::new();
        let (mut survival, mut greenwood) = (1.0, 0.0);
        let mut left = sorted.len() as u64;
        for same in sorted.chunk_by(|a, b| a.time == b.time) {
            let events = same.iter().filter(|session| session.event).count() as u64;
            if events > 0 {
                let (n, d) = (real(left), real(events));
                survival *= (n - d) / n;
                greenwood += d / (n * (n - d));
                steps.push(Step { time: same[0].time, at_risk: left, events, survival, greenwood });
            }
            left -= same.len() as u64;
        }
        Self { steps, of: sorted.len() as u64 }
    }

    /// The falls of the curve, in order of time.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many sessions it is of.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.of
    }

    /// The share not secured just after `time`, with its pointwise interval at confidence `level`.
    ///
    /// Where the curve is still 1, or 0 already, the log-log interval does not exist; there it is that of
    /// Wilson.
    #[must_use]
    pub fn at(&self, time: u64, level: f64) -> Estimate {
        let passed = self.steps.partition_point(|step| step.time <= time);
        match passed.checked_sub(1) {
            None => Estimate { at: 1.0, interval: wilson(self.of, self.of, level) },
            Some(index) => self.of_step(&self.steps[index], level),
        }
    }

    /// The estimate that a step begins.
    #[must_use]
    pub fn of_step(&self, step: &Step, level: f64) -> Estimate {
        let at = step.survival;
        if at <= 0.0 {
            return Estimate { at, interval: wilson(0, self.of, level) };
        }
        let spread = two_sided_z(level) * step.greenwood.sqrt() / at.ln().abs();
        Estimate { at, interval: Interval { low: at.powf(spread.exp()), high: at.powf((-spread).exp()) } }
    }

    /// The mean of the time to the secured link where a session that takes longer than `limit` counts as
    /// `limit`, with its interval at confidence `level`: the area under the curve up to `limit`, in the unit
    /// of the times.
    ///
    /// The interval is that of the normal law and is cut at 0 and `limit`; with a few dozen sessions it is
    /// too narrow.
    #[must_use]
    pub fn restricted_mean(&self, limit: u64, level: f64) -> Estimate {
        let steps = &self.steps[..self.steps.partition_point(|step| step.time < limit)];
        // The area to the right of each step, from the last to the first, enters the variance.
        let (mut area, mut variance, mut right) = (0.0, 0.0, limit);
        for step in steps.iter().rev() {
            area += step.survival * real(right - step.time);
            right = step.time;
            if area > 0.0 {
                let (n, d) = (real(step.at_risk), real(step.events));
                variance += area * area * (d / (n * (n - d)));
            }
        }
        let at = area + real(right);
        let half = two_sided_z(level) * variance.sqrt();
        let interval = Interval { low: (at - half).max(0.0), high: (at + half).min(real(limit)) };
        Estimate { at, interval }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(times: &[(u64, bool)]) -> Vec<Observed> {
        times.iter().map(|&(time, event)| Observed { time, event }).collect()
    }

    /// A curve that a pencil can draw: a censored session leaves after the events of its own instant.
    #[test]
    fn falls_at_events_only() {
        let curve =
            Survival::new(&observed(&[(6, true), (6, false), (6, true), (7, true), (9, false), (10, true)]));
        let shares: Vec<(u64, u64, u64)> =
            curve.steps().iter().map(|step| (step.time, step.at_risk, step.events)).collect();
        assert_eq!(shares, [(6, 6, 2), (7, 3, 1), (10, 1, 1)]);
        for (time, expected) in [(0, 1.0), (5, 1.0), (6, 4.0 / 6.0), (8, 4.0 / 9.0), (10, 0.0), (99, 0.0)] {
            let got = curve.at(time, 0.95);
            assert!((got.at - expected).abs() < 1e-15, "at {time}: {got:?}");
            assert!(got.interval.contains(got.at), "at {time}: {got:?}");
            assert!(got.interval.low >= 0.0 && got.interval.high <= 1.0, "at {time}: {got:?}");
        }
    }

    /// Where nothing is censored before the limit, the restricted mean is the plain mean of the shorter of
    /// the two.
    #[test]
    fn the_restricted_mean_is_an_area() {
        let check = |times: &[(u64, bool)], limit: u64, expected: f64| {
            let got = Survival::new(&observed(times)).restricted_mean(limit, 0.95);
            assert!((got.at - expected).abs() < 1e-9, "{times:?} to {limit}: {got:?}");
            assert!(got.interval.contains(got.at), "{times:?} to {limit}: {got:?}");
        };
        check(&[(10, true), (20, true), (30, true)], 100, 20.0);
        check(&[(10, true), (100, false)], 100, 55.0);
        check(&[(10, true), (100, true)], 100, 55.0);
        check(&[(100, false), (100, false)], 100, 100.0);
        check(&[(0, true)], 100, 0.0);
        check(&[(10, true), (200, true), (300, false)], 100, 70.0);
        check(&[], 100, 100.0);
    }
}
