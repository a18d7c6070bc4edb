//! How many seeds would settle a difference that is too small to tell.
//!
//! Invariant: more certainty asks for more seeds, and no difference at all is never settled.
//! Must never know: how the seeds are run.
//!
//! Source: "The matched pairs design in the case of all-or-none responses", Biometrics 24 (1968), 339-352,
//! with the shares of the pairs at hand taken for the true ones. It is a plan, good to a factor of two, and
//! no promise.

use super::{PairedCounts, real, two_sided_z};
use statrs::distribution::{ContinuousCDF, Normal};

/// The chance with which the planned number of seeds finds the difference.
pub const POWER: f64 = 0.8;

/// The number of seeds after which a McNemar test at significance `alpha` would find a difference as large as
/// this one with the chance [`POWER`]; `None` if the policies differ on no seed, or equally often both ways.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded up, and cut at 2^53")]
pub fn seeds_to_settle(counts: &PairedCounts, alpha: f64) -> Option<u64> {
    let pairs = real(counts.pairs());
    if counts.only_a == counts.only_b {
        return None;
    }
    let discordant = real(counts.only_a + counts.only_b) / pairs;
    let difference = (real(counts.only_a) - real(counts.only_b)).abs() / pairs;
    let sure = two_sided_z(1.0 - alpha) * discordant.sqrt();
    let found =
        Normal::standard().inverse_cdf(POWER) * (discordant - difference * difference).max(0.0).sqrt();
    let seeds = ((sure + found) / difference).powi(2).ceil();
    Some(seeds.min(9e15) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts([both, only_a, only_b, neither]: [u64; 4]) -> PairedCounts {
        PairedCounts { both, only_a, only_b, neither }
    }

    /// A textbook case, which side wins does not matter, and more certainty or less difference asks for more.
    #[test]
    fn plans_are_sane() {
        let plan = |cells, alpha| seeds_to_settle(&counts(cells), alpha);
        // Discordance 0.3, difference 0.1: (1.96 sqrt(0.3) + 0.8416 sqrt(0.29))^2 / 0.01 = 233.1.
        assert_eq!(plan([400, 200, 100, 300], 0.05), Some(234));
        assert_eq!(plan([400, 100, 200, 300], 0.05), Some(234));
        assert!(plan([400, 200, 100, 300], 0.01) > Some(234));
        assert!(plan([400, 160, 140, 300], 0.05) > Some(5_000));
        assert_eq!(plan([500, 0, 0, 500], 0.05), None);
        assert_eq!(plan([400, 50, 50, 500], 0.05), None);
        assert_eq!(plan([0, 0, 0, 0], 0.05), None);
    }

    /// The promise itself: samples of the planned size find the difference about four times in five.
    #[test]
    fn the_plan_has_its_power() {
        use crate::stats::mcnemar;
        use blesim_kernel::{StreamName, Streams};
        let planned = seeds_to_settle(&counts([400, 200, 100, 300]), 0.05).unwrap();
        let mut stream = Streams::new(11).stream(StreamName::new(9, 0));
        let found = (0..2_000).filter(|_| {
            let (mut a, mut b) = (0, 0);
            for _ in 0..planned {
                match stream.below(10) {
                    0 | 1 => a += 1,
                    2 => b += 1,
                    _ => {}
                }
            }
            mcnemar(a, b) < 0.05
        });
        let share = real(found.count() as u64) / 2_000.0;
        // The exact test is a little more careful than the normal law that the plan is made with.
        assert!((0.74..0.84).contains(&share), "{share}");
    }
}
