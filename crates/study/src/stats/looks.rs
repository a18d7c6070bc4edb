//! When to look at a run that ends as soon as it is precise enough, and what each look costs.
//!
//! Invariant: the looks are fixed before the first seed, and the doubt of 5 % is shared out evenly among
//! them. So the interval of every single look covers with 95 % and a `looks`-th of the doubt more, all of
//! them together with 95 %, and so does the one that the run happens to end at, whatever made it end there.
//! Must never know: what came out.
//!
//! Stopping when a plain interval is narrow enough would prefer the looks at which chance made it narrow.
//! Bonferroni's bound has no such leak and needs no assumption about how the looks depend on each other; the
//! price is an interval about 1.4 times as wide at ten looks.

use super::{LEVEL, real, two_sided_z};

/// Each look has half as many seeds again as the one before.
const GROWTH: (u64, u64) = (3, 2);
/// The smallest number of seeds that is looked at.
const FEWEST: u64 = 100;

/// The numbers of seeds after which a run is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Looks(Vec<u64>);

impl Looks {
    /// The looks of a run that ends when the interval reaches no further than `precision` (of 1) to either
    /// side, and at `most` seeds in any case.
    ///
    /// # Panics
    /// If there is no seed, or `precision` is not between 0 and 1.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is cut at `most`")]
    pub fn new(precision: f64, most: u64) -> Self {
        assert!(precision > 0.0 && precision < 1.0, "a precision between 0 and 1, got {precision}");
        assert!(most > 0, "a run has a seed");
        // With fewer seeds no interval is as narrow, even if all sessions go the same way.
        let least = two_sided_z(LEVEL).powi(2) * (1.0 - precision) / precision;
        let mut next = (least.min(real(most)).ceil() as u64).max(FEWEST);
        let mut looks = Vec::new();
        while next < most {
            looks.push(next);
            next = next.saturating_mul(GROWTH.0).div_ceil(GROWTH.1);
        }
        looks.push(most);
        Self(looks)
    }

    /// The numbers of seeds, rising; the last is the most that are run.
    #[must_use]
    pub fn seeds(&self) -> &[u64] {
        &self.0
    }

    /// How many looks there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        // They grow by half each, so there are few.
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{PairedCounts, level_of, wilson};
    use blesim_kernel::{Stream, StreamName, Streams};

    /// Looks rise, end at the most, and are as few as a doubling run would have twice over.
    #[test]
    fn looks_rise_to_the_most() {
        for (precision, most) in
            [(0.005, 1_000_000), (0.05, 5_000), (0.5, 10), (0.001, 1), (0.9, u64::MAX >> 12)]
        {
            let looks = Looks::new(precision, most);
            assert!(looks.seeds().windows(2).all(|pair| pair[0] < pair[1]), "{looks:?}");
            assert_eq!(looks.seeds().last(), Some(&most));
            assert!(looks.count() < 120, "{looks:?}");
        }
        assert_eq!(Looks::new(0.005, 1_000_000).count(), 19);
    }

    /// The reach of an interval to its farther side.
    fn reach(at: f64, interval: crate::stats::Interval) -> f64 {
        (at - interval.low).max(interval.high - at)
    }

    /// A pair of outcomes whose four cells have these chances in a hundredth each.
    fn draw(cells: [u64; 4], counts: &mut PairedCounts, stream: &mut Stream) {
        let at = stream.below(cells.iter().sum());
        let passed = |number: usize| cells[..number].iter().sum::<u64>() <= at;
        match (passed(1), passed(2), passed(3)) {
            (false, ..) => counts.both += 1,
            (_, false, _) => counts.only_a += 1,
            (_, _, false) => counts.only_b += 1,
            _ => counts.neither += 1,
        }
    }

    /// The share of `runs` simulated runs whose last interval holds the true difference, and the mean number
    /// of seeds.
    fn coverage(cells: [u64; 4], precision: f64, most: u64, runs: u64) -> (f64, f64) {
        let whole = real(cells.iter().sum());
        let truth = (real(cells[1]) - real(cells[2])) / whole;
        let looks = Looks::new(precision, most);
        let level = level_of(looks.count());
        let (mut held, mut seeds) = (0, 0);
        for run in 0..runs {
            let mut stream = Streams::new(run).stream(StreamName::new(9, 77));
            let mut counts = PairedCounts::default();
            for &look in looks.seeds() {
                while counts.pairs() < look {
                    draw(cells, &mut counts, &mut stream);
                }
                let difference = counts.difference(level);
                if reach(difference.estimate, difference.interval) <= precision || look == most {
                    held += u64::from(difference.interval.contains(truth));
                    seeds += look;
                    break;
                }
            }
        }
        (real(held) / real(runs), real(seeds) / real(runs))
    }

    /// Stopping early costs no coverage: at least 95 % less the band of the simulation, however the pairs
    /// fall, one policy always ahead or both alike; and a run does end early.
    #[test]
    fn coverage_is_kept() {
        const RUNS: u64 = 2_000;
        // Three standard deviations of a share of 95 % in so many runs.
        let band = 3.0 * (0.95f64 * 0.05 / real(RUNS)).sqrt();
        for cells in [[60, 20, 5, 15], [40, 30, 0, 30], [97, 1, 1, 1], [25, 25, 25, 25], [88, 10, 0, 2]] {
            let (covered, seeds) = coverage(cells, 0.06, 6_000, RUNS);
            assert!(covered >= 0.95 - band, "{cells:?}: {covered}");
            assert!(seeds < 5_000.0, "{cells:?}: {seeds} seeds on average");
        }
    }

    /// The intervals of looks are those of a level that is shared out, never narrower than a plain one.
    #[test]
    fn looks_share_the_doubt() {
        assert!((level_of(1) - LEVEL).abs() < 1e-15);
        assert!((level_of(10) - 0.995).abs() < 1e-15);
        let (plain, shared) = (wilson(30, 100, LEVEL), wilson(30, 100, level_of(10)));
        assert!(shared.low < plain.low && plain.high < shared.high);
    }
}
