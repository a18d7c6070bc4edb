//! The paired bootstrap over seeds: intervals for means of anything, and for differences of means.
//!
//! Invariant: what is drawn again is a seed with everything that was measured on it, so columns stay paired.
//! The resamples are a function of the key alone: the same for every column, every number of threads, every
//! machine. Must never know: what a column measures.
//!
//! Intervals are bias-corrected and accelerated (BCa). Source: "Better bootstrap confidence intervals",
//! Journal of the American Statistical Association 82 (1987), 171-185. More than [`GROUPS`] seeds are drawn
//! in groups of neighbours, which for a mean changes the interval by a few hundredths of its width and keeps
//! the cost from growing with the number of seeds. A column that never varies has an interval without width:
//! resampling knows nothing of what was never seen.

use super::{Estimate, Interval, real};
use blesim_kernel::{StreamName, Streams};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

/// How often the seeds are drawn again.
pub const RESAMPLES: usize = 4_000;
/// The most units that are drawn from.
pub const GROUPS: usize = 1_000;

/// The purpose of the streams: the owner is the number of the resample.
const PURPOSE: u32 = 1_000;

/// Columns of numbers, one for each seed, that are resampled together.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Seeds in each group.
    sizes: Vec<f64>,
    /// For each column the sums of the groups.
    sums: Vec<Vec<f64>>,
}

impl Columns {
    /// No columns yet, of `seeds` numbers each.
    #[must_use]
    pub fn new(seeds: usize) -> Self {
        let sizes = bounds(seeds).map(|(from, to)| real((to - from) as u64)).collect();
        Self { sizes, sums: Vec::new() }
    }

    /// Adds a column; its number counts from 0 in the order of adding.
    ///
    /// # Panics
    /// If it has not one number for each seed.
    pub fn add(&mut self, column: &[f64]) {
        let seeds: f64 = self.sizes.iter().sum();
        assert!((real(column.len() as u64) - seeds).abs() < 0.5, "one number for each of {seeds} seeds");
        self.sums.push(bounds(column.len()).map(|(from, to)| column[from..to].iter().sum()).collect());
    }

    /// The mean of each column with its interval at confidence `level`; `key` names the resamples.
    #[must_use]
    pub fn means(&self, key: u64, level: f64) -> Vec<Estimate> {
        let resamples: Vec<Vec<f64>> =
            (0..RESAMPLES).into_par_iter().map(|number| self.resample(key, number)).collect();
        let columns = self.sums.par_iter().enumerate();
        columns
            .map(|(index, sums)| {
                let mut again: Vec<f64> = resamples.iter().map(|means| means[index]).collect();
                again.sort_unstable_by(f64::total_cmp);
                self.bca(sums, &again, level)
            })
            .collect()
    }

    /// The means of all columns over one resample.
    fn resample(&self, key: u64, number: usize) -> Vec<f64> {
        let owner = u32::try_from(number).expect("there are a few thousand resamples");
        let mut stream = Streams::new(key).stream(StreamName::new(PURPOSE, owner));
        let groups = self.sizes.len();
        let mut times = vec![0.0f64; groups];
        for _ in 0..groups {
            let drawn = usize::try_from(stream.below(groups as u64)).expect("below the number of groups");
            times[drawn] += 1.0;
        }
        let weighted =
            |values: &[f64]| times.iter().zip(values).map(|(times, value)| times * value).sum::<f64>();
        let seeds = weighted(&self.sizes);
        self.sums.iter().map(|sums| weighted(sums) / seeds).collect()
    }

    /// The interval of one column from its sorted resampled means.
    fn bca(&self, sums: &[f64], again: &[f64], level: f64) -> Estimate {
        let seeds: f64 = self.sizes.iter().sum();
        let total: f64 = sums.iter().sum();
        if seeds <= 0.0 {
            return Estimate { at: 0.0, interval: Interval { low: 0.0, high: 0.0 } };
        }
        let at = total / seeds;
        let point = Estimate { at, interval: Interval { low: at, high: at } };
        // Rounding differs between a sum and a weighted sum; equal means are equal to within this.
        let hair = 1e-12 * (at.abs() + again.last().map_or(0.0, |last| last.abs()));
        let below = again.partition_point(|&mean| mean < at - hair);
        let not_above = again.partition_point(|&mean| mean <= at + hair);
        let share = real((below + not_above) as u64) / real(2 * again.len() as u64);
        if share <= 0.0 || share >= 1.0 || not_above - below == again.len() {
            return point;
        }
        let normal = Normal::standard();
        let bias = normal.inverse_cdf(share);
        let deviations = sums.iter().zip(&self.sizes).map(|(sum, size)| sum - at * size);
        let (mut squares, mut cubes) = (0.0, 0.0);
        for deviation in deviations {
            squares += deviation * deviation;
            cubes += deviation * deviation * deviation;
        }
        let acceleration = cubes / (6.0 * squares.powf(1.5));
        let end = |tail: f64| {
            let shifted = bias + normal.inverse_cdf(tail);
            quantile(again, normal.cdf(bias + shifted / (1.0 - acceleration * shifted)))
        };
        let doubt = (1.0 - level) / 2.0;
        let (low, high) = (end(doubt), end(1.0 - doubt));
        Estimate { at, interval: Interval { low: low.min(at), high: high.max(at) } }
    }
}

/// The ends of the groups of `seeds` seeds: as even as they can be, at most [`GROUPS`].
fn bounds(seeds: usize) -> impl Iterator<Item = (usize, usize)> {
    let groups = seeds.min(GROUPS);
    (0..groups).map(move |group| (group * seeds / groups, (group + 1) * seeds / groups))
}

/// The quantile of sorted values, linear between neighbours.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the number of values"
)]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let place = share.clamp(0.0, 1.0) * real(last as u64);
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (place - real(below as u64)) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(columns: &[&[f64]], key: u64) -> Vec<Estimate> {
        let mut all = Columns::new(columns[0].len());
        for column in columns {
            all.add(column);
        }
        all.means(key, 0.95)
    }

    /// The key decides everything: the same in any pool of threads, beside any other column; another key,
    /// another interval.
    #[test]
    fn repeats_exactly() {
        let a: Vec<f64> = (0..2_500u32).map(|n| f64::from(n * n % 97)).collect();
        let b: Vec<f64> = (0..2_500u32).map(|n| f64::from(n % 13)).collect();
        let once = means(&[&a, &b], 7);
        for jobs in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().unwrap();
            assert_eq!(pool.install(|| means(&[&a, &b], 7)), once, "{jobs} threads");
        }
        assert_eq!(means(&[&b], 7)[0], once[1]);
        assert_ne!(means(&[&b], 8)[0], once[1]);
    }

    /// A value that never varies has no width; none at all is a mean of nothing; two values lie in their
    /// interval.
    #[test]
    fn few_values_are_no_trouble() {
        let same = means(&[&[0.1; 30]], 1)[0];
        assert!(same.interval.high - same.interval.low < 1e-12, "{same:?}");
        assert!(means(&[&[]], 1)[0].at.abs() < 1e-12);
        for column in [&[3.0][..], &[3.0, 5.0], &[0.0, 0.0, 0.0, 1.0]] {
            let got = means(&[column], 1)[0];
            assert!(got.interval.contains(got.at), "{column:?} {got:?}");
        }
    }

    /// Groups are even, leave nothing out, and change an interval but little.
    #[test]
    fn groups_are_even() {
        for seeds in [0, 1, 999, 1_000, 1_001, 123_456] {
            let all: Vec<(usize, usize)> = bounds(seeds).collect();
            assert_eq!(all.last().map_or(0, |last| last.1), seeds);
            assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0), "{seeds}");
            let sizes = || all.iter().map(|(from, to)| to - from);
            assert!(sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0) <= 1, "{seeds}");
        }
        let mut stream = Streams::new(5).stream(StreamName::new(9, 0));
        let column: Vec<f64> = (0..20_000).map(|_| real(stream.below(4_096))).collect();
        let got = means(&[&column], 3)[0];
        // A uniform value of that range has a standard deviation of 4096 / sqrt(12).
        let expected = 2.0 * 1.96 * 4_096.0 / 12f64.sqrt() / 20_000f64.sqrt();
        let width = got.interval.high - got.interval.low;
        assert!((width / expected - 1.0).abs() < 0.15, "{width} against {expected}");
    }
}
