//! McNemar's exact test: do two policies succeed equally often on the same seeds?
//!
//! Invariant: only the seeds on which the two disagree carry evidence. The result does not depend on which
//! policy is named first.
//! Must never know: the seeds on which both did the same.
//!
//! Source: "Note on the sampling error of the difference between correlated proportions or
//! percentages", Psychometrika 12 (1947), 153-157, in its exact form: the discordant pairs fall like fair
//! coins.

use super::binomial::Binomial;

/// The two-sided p value for `b` pairs won by the first only and `c` pairs won by the second only.
///
/// Twice the smaller binomial tail, at most 1. With no discordant pair there is no evidence, and it is 1.
/// Below the smallest `f64` it is 0.
#[must_use]
pub fn mcnemar(b: u64, c: u64) -> f64 {
    (2.0 * Binomial::new(b + c, 0.5).at_most(b.min(c))).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases that a pencil can check: n tosses that all fall one way have two ways in 2^n.
    #[test]
    fn one_sided_discordance_is_a_power_of_two() {
        for (b, c, expected) in
            [(0, 0, 1.0), (0, 1, 1.0), (0, 2, 0.5), (0, 5, 0.0625), (0, 10, 0.001_953_125)]
        {
            assert!((mcnemar(b, c) - expected).abs() < 1e-16, "{b} {c}");
        }
    }

    /// Naming the policies in the other order changes nothing, and a larger gap is never less significant.
    #[test]
    fn symmetric_and_monotone() {
        for n in [1u64, 2, 9, 64, 1_001] {
            let mut last = 0.0;
            for b in 0..=n / 2 {
                let p = mcnemar(b, n - b);
                assert!(p.to_bits() == mcnemar(n - b, b).to_bits() && p >= last && p <= 1.0, "{b} of {n}");
                last = p;
            }
        }
    }

    /// Extremes give a number, not a NaN: a million one-sided pairs are beyond the smallest double.
    #[test]
    fn extremes_stay_finite() {
        assert!(mcnemar(0, 1_000_000).to_bits() == 0.0f64.to_bits());
        assert!((mcnemar(500_000, 500_000) - 1.0).abs() < 1e-15);
        let tiny = mcnemar(0, 1_000);
        assert!((tiny.log2() + 999.0).abs() < 1e-9, "{tiny}");
    }
}
