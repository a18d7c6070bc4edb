//! The difference of two success shares measured on the same seeds, with its interval.
//!
//! Invariant: `-1 <= low <= estimate <= high <= 1`; exchanging the two policies negates everything.
//! Must never know: which of the two is the baseline.
//!
//! Source: "Improved confidence intervals for the difference between binomial proportions
//! based on paired data", Statistics in Medicine 17 (1998), 2635-2650, method 10: the Wilson intervals of
//! both shares, joined through their correlation, which is corrected for continuity where it is positive.

use super::{Interval, real, two_sided_z, wilson};

/// How many seeds ended in each of the four ways for policies A and B.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairedCounts {
    /// Both policies succeeded.
    pub both: u64,
    /// A succeeded and B failed.
    pub only_a: u64,
    /// B succeeded and A failed.
    pub only_b: u64,
    /// Both policies failed.
    pub neither: u64,
}

/// A difference of shares, A minus B, between -1 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The share of A minus the share of B; 0 when there is no pair.
    pub estimate: f64,
    /// The interval around it; `[-1, 1]` when there is no pair.
    pub interval: Interval,
}

impl PairedCounts {
    /// Counts two columns of outcomes (true is success), paired by position.
    ///
    /// # Panics
    /// When the columns differ in length: then they are not pairs.
    #[must_use]
    pub fn of(a: &[bool], b: &[bool]) -> Self {
        assert_eq!(a.len(), b.len(), "paired outcomes come in equal numbers");
        let mut counts = Self::default();
        for pair in a.iter().zip(b) {
            match pair {
                (true, true) => counts.both += 1,
                (true, false) => counts.only_a += 1,
                (false, true) => counts.only_b += 1,
                (false, false) => counts.neither += 1,
            }
        }
        counts
    }

    /// The number of pairs.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        self.both + self.only_a + self.only_b + self.neither
    }

    /// The difference of the success shares, A minus B, with its interval at confidence `level`.
    ///
    /// # Panics
    /// When `level` is not strictly between 0 and 1.
    #[must_use]
    pub fn difference(&self, level: f64) -> Difference {
        let pairs = self.pairs();
        if pairs == 0 {
            let _ = two_sided_z(level);
            return Difference { estimate: 0.0, interval: Interval { low: -1.0, high: 1.0 } };
        }
        let (a, b) = (self.both + self.only_a, self.both + self.only_b);
        let (share_a, share_b) = (real(a) / real(pairs), real(b) / real(pairs));
        let (wilson_a, wilson_b) = (wilson(a, pairs, level), wilson(b, pairs, level));
        let phi = self.correlation();
        let down = joined(share_a - wilson_a.low, wilson_b.high - share_b, phi);
        let up = joined(share_b - wilson_b.low, wilson_a.high - share_a, phi);
        let estimate = (real(self.only_a) - real(self.only_b)) / real(pairs);
        let interval = Interval { low: (estimate - down).max(-1.0), high: (estimate + up).min(1.0) };
        Difference { estimate, interval }
    }

    /// The correlation of the two outcomes, a positive one moved towards 0 by half a pair; 0 where it is
    /// undefined because a policy always did the same.
    fn correlation(&self) -> f64 {
        let [both, only_a, only_b, neither] = [self.both, self.only_a, self.only_b, self.neither].map(real);
        let margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither);
        if margins <= 0.0 {
            return 0.0;
        }
        let cross = both * neither - only_a * only_b;
        let corrected = if cross > 0.0 { (cross - real(self.pairs()) / 2.0).max(0.0) } else { cross };
        corrected / margins.sqrt()
    }
}

/// The length of the difference of two deviations with correlation `phi`.
fn joined(x: f64, y: f64, phi: f64) -> f64 {
    (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts([both, only_a, only_b, neither]: [u64; 4]) -> PairedCounts {
        PairedCounts { both, only_a, only_b, neither }
    }

    /// The four ways a pair can end are counted into the four cells, by position.
    #[test]
    fn counts_pairs_by_position() {
        let a = [true, true, true, false, false, true];
        let b = [true, false, false, true, false, true];
        assert_eq!(PairedCounts::of(&a, &b), counts([2, 2, 1, 1]));
        assert_eq!(PairedCounts::of(&[], &[]).pairs(), 0);
    }

    /// Every small table: the estimate lies inside, exchanging the policies negates, nothing leaves [-1, 1].
    #[test]
    fn every_small_table_is_sane() {
        for code in 0..7u64.pow(4) {
            let table = [code % 7, code / 7 % 7, code / 49 % 7, code / 343];
            let ahead = counts(table).difference(0.95);
            let behind = counts([table[0], table[2], table[1], table[3]]).difference(0.95);
            assert!(ahead.interval.contains(ahead.estimate), "{table:?} {ahead:?}");
            assert!(ahead.interval.low >= -1.0 && ahead.interval.high <= 1.0, "{table:?} {ahead:?}");
            assert!((ahead.estimate + behind.estimate).abs() < 1e-15, "{table:?}");
            assert!((ahead.interval.low + behind.interval.high).abs() < 1e-15, "{table:?}");
            assert!((ahead.interval.high + behind.interval.low).abs() < 1e-15, "{table:?}");
        }
    }

    /// Agreement is what pairing buys: the same margins with fewer discordant pairs give a narrower interval.
    #[test]
    fn agreement_narrows() {
        let width = |table| {
            let interval = counts(table).difference(0.95).interval;
            interval.high - interval.low
        };
        assert!(width([800, 100, 50, 50]) < width([760, 140, 90, 10]));
    }
}
