//! The binomial law by its weights, accurate for millions of trials and far out in the tails.
//!
//! Invariant: weights are relative to the most likely outcome (weight 1), found by exact ratios of
//! neighbours, so no logarithm of a factorial is ever subtracted from another. Sums run from the small
//! weights to the large.
//! Must never know: what is being counted.
//!
//! The incomplete beta function of `statrs` 0.19 is not used: for a million trials its continued fraction
//! stops before it has converged close to the median (0.5008 where 0.4996 is right).

use super::real;

/// The outcomes of `n` trials whose weight is not below the smallest number, in order.
pub(super) struct Binomial {
    /// The outcome that `below[0]` belongs to.
    first: u64,
    /// Running sums of the weights: entry `i` is the weight of all outcomes up to `first + i`.
    below: Vec<f64>,
}

impl Binomial {
    /// The law of the number of successes in `n` trials with chance `p`, which lies strictly between 0 and 1.
    ///
    /// Time and space grow with the square root of `n`: about 40 standard deviations either side.
    pub(super) fn new(n: u64, p: f64) -> Self {
        assert!(p > 0.0 && p < 1.0, "a chance strictly between 0 and 1, got {p}");
        let mode = mode(n, p);
        let odds = p / (1.0 - p);
        let down = |(k, weight): &(u64, f64)| {
            let next = weight * real(*k) / (real(n - k + 1) * odds);
            (next > 0.0).then(|| (k - 1, next))
        };
        let up = |(k, weight): &(u64, f64)| {
            let next = weight * real(n - k) * odds / real(k + 1);
            (next > 0.0).then(|| (k + 1, next))
        };
        let lower: Vec<(u64, f64)> = std::iter::successors(Some((mode, 1.0)), down).collect();
        let upper = std::iter::successors(Some((mode, 1.0)), up).skip(1);
        let weights = lower.iter().rev().copied().chain(upper);
        let running = |sum: &mut f64, (_, weight): (u64, f64)| {
            *sum += weight;
            Some(*sum)
        };
        let first = lower.last().map_or(mode, |&(k, _)| k);
        Self { first, below: weights.scan(0.0, running).collect() }
    }

    /// The chance of `k` successes or fewer.
    pub(super) fn at_most(&self, k: u64) -> f64 {
        let Some(index) = k.checked_sub(self.first) else { return 0.0 };
        let index = usize::try_from(index).unwrap_or(usize::MAX).min(self.below.len() - 1);
        self.below[index] / self.total()
    }

    /// The smallest `k` whose [`Self::at_most`] reaches `share`.
    pub(super) fn quantile(&self, share: f64) -> u64 {
        let target = share * self.total();
        let index = self.below.partition_point(|&sum| sum < target).min(self.below.len() - 1);
        self.first + index as u64
    }

    fn total(&self) -> f64 {
        self.below[self.below.len() - 1]
    }
}

/// The most likely outcome, or a neighbour of it where rounding decides.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= (n + 1) p < 2^53")]
fn mode(n: u64, p: f64) -> u64 {
    (((real(n) + 1.0) * p) as u64).min(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small cases are checked against Pascal's triangle, which needs no floating point.
    #[test]
    fn agrees_with_pascals_triangle() {
        let mut row = vec![1u64];
        for n in 0..=40u32 {
            let law = Binomial::new(u64::from(n), 0.5);
            let mut sum = 0;
            for (k, ways) in (0u64..).zip(&row) {
                sum += ways;
                let expected = real(sum) / real(1 << n);
                assert!((law.at_most(k) / expected - 1.0).abs() < 1e-14, "{k} of {n}");
            }
            let shifted = row.iter().skip(1).chain(&[0]);
            row = std::iter::once(1).chain(row.iter().zip(shifted).map(|(a, b)| a + b)).collect();
        }
    }

    /// The quantile is the inverse of the running sum, and every outcome is inside the law's bounds.
    #[test]
    fn quantile_inverts_the_sum() {
        for (n, p) in [(0, 0.5), (1, 0.01), (10, 0.95), (1_000, 0.5), (100_000, 0.999)] {
            let law = Binomial::new(n, p);
            for share in [0.001, 0.025, 0.3, 0.5, 0.975, 0.999] {
                let k = law.quantile(share);
                assert!(k <= n, "{n} {p} {share}");
                assert!(law.at_most(k) >= share - 1e-12, "{n} {p} {share}");
                assert!(k == 0 || law.at_most(k - 1) < share, "{n} {p} {share}");
            }
            assert!((law.at_most(n) - 1.0).abs() < 1e-15, "{n} {p}");
        }
    }
}
