//! Quantiles of the time to secure, over every session.
//!
//! Invariant: a session that failed never secured the link, so its time is infinite, not missing. Leaving it
//! out would reward a policy for giving up on the hard cases. A quantile that falls among the failures has no
//! value.
//! Must never know: why a session failed.
//!
//! The interval is made of two of the times themselves (order statistics): it assumes nothing about the shape
//! of the distribution. Source: "Order Statistics", 3rd edition (2003), chapter 7.

use super::binomial::Binomial;

/// Which quantile, in thousandths, so that its rank is exact: 0.07 of 100 sessions is 7, never
/// 7.000000000000001.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantile(u16);

impl Quantile {
    /// The median.
    pub const P50: Self = Self(500);
    /// What one session in twenty exceeds.
    pub const P95: Self = Self(950);
    /// What one session in a hundred exceeds.
    pub const P99: Self = Self(990);

    /// The quantile at `thousandths` (1 to 999), or `None` outside.
    #[must_use]
    pub const fn per_mille(thousandths: u16) -> Option<Self> {
        if thousandths > 0 && thousandths < 1000 { Some(Self(thousandths)) } else { None }
    }

    /// The rank, from 1, of the first of `of` sorted values that at least this share does not exceed.
    fn rank(self, of: u64) -> u64 {
        let rank = (u128::from(self.0) * u128::from(of)).div_ceil(1000);
        u64::try_from(rank).expect("a share of a count is not above the count")
    }

    fn share(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

/// A quantile of the time to secure with its interval, in the unit of the times. `None` is never (infinite).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantileEstimate {
    /// The smallest time by which the wanted share of all sessions was secure; `None` when it never was.
    pub at: Option<u64>,
    /// The lower end: 0 when there are too few sessions for a bound, `None` when even this end is never.
    pub low: Option<u64>,
    /// The upper end; `None` when it is never, or when there are too few sessions for a bound.
    pub high: Option<u64>,
}

/// The times of the sessions that secured the link, sorted, and how many sessions there were in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureTimes {
    sorted: Vec<u64>,
    of: u64,
}

impl SecureTimes {
    /// From one entry a session: the time to secure, or `None` for a session that failed. The order is free.
    #[must_use]
    pub fn new(sessions: &[Option<u64>]) -> Self {
        let mut sorted: Vec<u64> = sessions.iter().copied().flatten().collect();
        sorted.sort_unstable();
        Self { sorted, of: sessions.len() as u64 }
    }

    /// How many sessions there were, failures included.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        self.of
    }

    /// How many sessions secured the link.
    #[must_use]
    pub fn secured(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// The quantile over all sessions, with an interval that covers the true one at confidence `level` or
    /// more.
    ///
    /// # Panics
    /// When `level` is not strictly between 0 and 1.
    #[must_use]
    pub fn quantile(&self, quantile: Quantile, level: f64) -> QuantileEstimate {
        let (low, high) = interval_ranks(self.of, quantile, level);
        let at = if self.of == 0 { None } else { self.at_rank(quantile.rank(self.of)) };
        QuantileEstimate {
            at,
            low: if low == 0 { Some(0) } else { self.at_rank(low) },
            high: self.at_rank(high),
        }
    }

    /// The value of a rank from 1; ranks past the secured sessions are failures.
    fn at_rank(&self, rank: u64) -> Option<u64> {
        let index = usize::try_from(rank.checked_sub(1)?).ok()?;
        self.sorted.get(index).copied()
    }
}

/// The ranks, from 1, of the two values that enclose the quantile. Rank 0 is below all, `of + 1` above all.
///
/// The number of values below the true quantile is binomial; each end leaves at most half of the doubt
/// outside.
fn interval_ranks(of: u64, quantile: Quantile, level: f64) -> (u64, u64) {
    assert!(level > 0.0 && level < 1.0, "a confidence level lies strictly between 0 and 1, got {level}");
    let doubt = (1.0 - level) / 2.0;
    let below = Binomial::new(of, quantile.share());
    (below.quantile(doubt), below.quantile(1.0 - doubt) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(secured: &[u64], failed: usize, quantile: Quantile, expected: Option<u64>) {
        let sessions: Vec<Option<u64>> =
            secured.iter().map(|&t| Some(t)).chain(std::iter::repeat_n(None, failed)).collect();
        let got = SecureTimes::new(&sessions).quantile(quantile, 0.95);
        assert_eq!(got.at, expected, "{secured:?} and {failed} failures at {quantile:?}");
        let never = |end: Option<u64>| end.unwrap_or(u64::MAX);
        assert!(never(got.low) <= never(got.at) && never(got.at) <= never(got.high), "{got:?}");
    }

    /// A failure is an infinite time: it moves the quantile up and, past its share, away altogether.
    #[test]
    fn failures_are_infinite_times() {
        check(&[40, 10, 30, 20], 0, Quantile::P50, Some(20));
        check(&[40, 10, 30, 20], 1, Quantile::P50, Some(30));
        check(&[40, 10, 30, 20], 4, Quantile::P50, Some(40));
        check(&[40, 10, 30, 20], 5, Quantile::P50, None);
        check(&[40, 10, 30, 20], 0, Quantile::P95, Some(40));
        check(&[40, 10, 30, 20], 1, Quantile::P95, None);
        check(&[7], 0, Quantile::P99, Some(7));
        check(&[], 3, Quantile::P50, None);
        check(&[], 0, Quantile::P50, None);
    }

    /// The rank is exact where a binary fraction is not: exactly 95 of 100 sessions secure is a p95.
    #[test]
    fn rank_is_exact() {
        let hundred: Vec<u64> = (1..=95).collect();
        check(&hundred, 5, Quantile::P95, Some(95));
        check(&hundred, 6, Quantile::P95, None);
        for (thousandths, of, rank) in [(70, 100, 7), (290, 100, 29), (1, 1, 1), (999, 1_000_000, 999_000)] {
            assert_eq!(Quantile::per_mille(thousandths).unwrap().rank(of), rank, "{thousandths} of {of}");
        }
        assert_eq!((Quantile::per_mille(0), Quantile::per_mille(1000)), (None, None));
    }

    /// Few sessions bound nothing: the ends say so (0 and never) and do not invent a number.
    #[test]
    fn few_sessions_give_open_ends() {
        let times = SecureTimes::new(&[Some(5), Some(9), Some(7)]);
        let expected = QuantileEstimate { at: Some(7), low: Some(0), high: None };
        assert_eq!(times.quantile(Quantile::P50, 0.95), expected);
    }

    /// The enclosing ranks hold the true quantile with at least the promised chance, by the exact binomial
    /// sum.
    #[test]
    fn interval_covers_at_least_the_level() {
        for of in [1u64, 5, 6, 20, 73, 500, 10_000] {
            for quantile in [Quantile::P50, Quantile::P95, Quantile::P99] {
                let (low, high) = interval_ranks(of, quantile, 0.95);
                let law = Binomial::new(of, quantile.share());
                let under = if low == 0 { 0.0 } else { law.at_most(low - 1) };
                let covered = law.at_most(high - 1) - under;
                assert!(covered >= 0.95 - 1e-12, "{of} {quantile:?}: {covered}");
            }
        }
    }
}
