//! The Wilson score interval of a binomial share.
//!
//! Invariant: `0 <= low <= count / of <= high <= 1`, exactly 0 at no success and exactly 1 at no failure, and
//! the interval of the failures mirrors the interval of the successes.
//! Must never know: what a success is.
//!
//! Source: "Probable inference, the law of succession, and statistical inference", Journal of
//! the American Statistical Association 22 (1927), 209-212.

use super::{Interval, real, two_sided_z};

/// The score interval of the share `count / of` at confidence `level` (0.95 for 95 %).
///
/// With `of == 0` nothing is known and the interval is `[0, 1]`.
///
/// # Panics
/// When `count > of`, or `level` is not strictly between 0 and 1.
#[must_use]
pub fn wilson(count: u64, of: u64, level: f64) -> Interval {
    assert!(count <= of, "{count} successes of {of} sessions");
    let z = two_sided_z(level);
    if of == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    Interval { low: lower(count, of, z), high: 1.0 - lower(of - count, of, z) }
}

/// The smaller root of `(n + z²) θ² - (2x + z²) θ + x²/n = 0`.
///
/// It is taken from the product of the roots, because the usual difference of two nearly equal numbers loses
/// the digits of a share close to 0.
fn lower(count: u64, of: u64, z: f64) -> f64 {
    let (x, n) = (real(count), real(of));
    let spread = z * (z * z + 4.0 * x * (n - x) / n).sqrt();
    2.0 * x * (x / n) / (2.0 * x + z * z + spread)
}

#[cfg(test)]
mod tests {
    use super::super::binomial::Binomial;
    use super::*;

    /// The chance that the interval of a sample of `n` holds the true share `p`, summed over every possible
    /// sample.
    fn coverage(n: u64, p: f64) -> f64 {
        let law = Binomial::new(n, p);
        let mass = |k| law.at_most(k) - if k == 0 { 0.0 } else { law.at_most(k - 1) };
        (0..=n).filter(|&k| wilson(k, n, 0.95).contains(p)).map(mass).sum()
    }

    /// Coverage is a property, not a formula: near 95 % on average over shares, and never far below.
    #[test]
    fn covers_the_true_share() {
        for n in [20, 50, 200, 1000] {
            let shares = (1..100).map(|p| f64::from(p) / 100.0);
            let covered: Vec<f64> = shares.map(|p| coverage(n, p)).collect();
            let mean = covered.iter().sum::<f64>() / 99.0;
            let worst = covered.iter().copied().fold(1.0, f64::min);
            assert!((0.945..0.965).contains(&mean), "n {n}: mean coverage {mean}");
            assert!(worst > 0.83, "n {n}: worst coverage {worst}");
        }
    }

    /// The ends are exact, never 1e-17 or 0.9999: a table prints them.
    #[test]
    fn ends_are_exact() {
        for of in [1, 2, 7, 100, 10_000, 1_000_000_007] {
            assert_eq!(wilson(0, of, 0.95).low.to_bits(), 0.0f64.to_bits(), "0 of {of}");
            assert_eq!(wilson(of, of, 0.95).high.to_bits(), 1.0f64.to_bits(), "{of} of {of}");
            assert!(wilson(0, of, 0.95).high < 1.0 && wilson(of, of, 0.95).low > 0.0, "{of}");
        }
        assert_eq!(wilson(0, 0, 0.95), Interval { low: 0.0, high: 1.0 });
    }

    /// The estimate lies inside, more sessions narrow the interval, a higher level widens it, failures mirror
    /// it.
    #[test]
    fn behaves_as_an_interval() {
        for of in [3u64, 40, 1_000] {
            for count in 0..=of {
                let (share, at) = (real(count) / real(of), wilson(count, of, 0.95));
                assert!(at.contains(share), "{count} of {of}");
                let (many, sure) = (wilson(count * 10, of * 10, 0.95), wilson(count, of, 0.99));
                assert!(many.high - many.low < at.high - at.low, "{count} of {of}");
                assert!(sure.low <= at.low && at.high <= sure.high, "{count} of {of}");
                let mirror = wilson(of - count, of, 0.95);
                assert!((mirror.low - (1.0 - at.high)).abs() < 1e-15, "{count} of {of}");
            }
        }
    }
}
