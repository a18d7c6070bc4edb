//! How much is run, over which threads, and the sums of what came out.
//!
//! Invariant: sums are of whole numbers, so that the order in which threads finish leaves no mark; a trial is
//! a function of its number alone.

use crate::check::{Check, Verdict, real};
use crate::rows::Row;
use blesim_study::stats::Interval;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// How many trials are run: as many as the rows ask for, or a part of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    divisor: u64,
    /// The number of the first trial.
    first: u64,
}

/// The number of the first trial of a second look.
const OTHERS: u64 = 1 << 40;

/// Trials that belong together,
const CHUNK: u64 = 32;
/// and how many of these a thread takes at the least, so that making workers is cheap.
const LEAST: usize = 2;

impl Effort {
    /// What the rows ask for.
    pub const WHOLE: Self = Self { divisor: 1, first: 0 };

    /// One trial in `divisor`.
    #[must_use]
    pub const fn part(divisor: u64) -> Self {
        Self { divisor: if divisor == 0 { 1 } else { divisor }, first: 0 }
    }

    /// How many trials are run where a row asks for `wanted`.
    pub(crate) const fn trials(self, wanted: u64) -> u64 {
        let trials = wanted / self.divisor;
        if trials < 1 { 1 } else { trials }
    }

    /// Runs the trials by their numbers and adds up what they give; each thread has a worker of its own.
    pub(crate) fn sum<W, S: Sum>(
        self,
        wanted: u64,
        worker: impl Fn() -> W + Sync,
        trial: impl Fn(&mut W, u64, &mut S) + Sync,
    ) -> S {
        let trials = self.trials(wanted);
        let chunks = usize::try_from(trials.div_ceil(CHUNK)).expect("a row asks for some million trials");
        let parts = (0..chunks).into_par_iter().with_min_len(LEAST).map_init(&worker, |worker, chunk| {
            let (first, mut sum) = (chunk as u64 * CHUNK, S::default());
            for number in first..trials.min(first + CHUNK) {
                trial(worker, self.first + number, &mut sum);
            }
            sum
        });
        parts.reduce(S::default, S::join)
    }
}

/// What trials add up to.
pub(crate) trait Sum: Default + Send {
    /// Both together, in any order.
    fn join(self, other: Self) -> Self;
}

impl<A: Sum, B: Sum> Sum for (A, B) {
    fn join(self, other: Self) -> Self {
        (self.0.join(other.0), self.1.join(other.1))
    }
}

impl<A: Sum + Copy, const N: usize> Sum for [A; N]
where
    Self: Default,
{
    fn join(self, other: Self) -> Self {
        core::array::from_fn(|index| self[index].join(other[index]))
    }
}

impl Sum for Vec<u64> {
    fn join(mut self, mut other: Self) -> Self {
        self.append(&mut other);
        self
    }
}

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Share {
    pub(crate) count: u64,
    pub(crate) of: u64,
}

impl Share {
    pub(crate) fn add(&mut self, counts: bool) {
        self.count += u64::from(counts);
        self.of += 1;
    }

    pub(crate) const fn pair(self) -> (u64, u64) {
        (self.count, self.of)
    }
}

impl Sum for Share {
    fn join(self, other: Self) -> Self {
        Self { count: self.count + other.count, of: self.of + other.of }
    }
}

/// Number, sum and sum of squares of whole numbers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Moments {
    pub(crate) of: u64,
    sum: u64,
    squares: u128,
}

impl Moments {
    pub(crate) fn add(&mut self, number: u64) {
        self.of += 1;
        self.sum += number;
        self.squares += u128::from(number) * u128::from(number);
    }

    pub(crate) fn mean(&self) -> f64 {
        real(self.sum) / real(self.of.max(1))
    }

    /// The standard error of the mean.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(crate) fn standard_error(&self) -> f64 {
        let of = real(self.of.max(2));
        // The difference is of whole numbers, and exact.
        let spread = u128::from(self.of) * self.squares - u128::from(self.sum) * u128::from(self.sum);
        (spread as f64 / of / (of - 1.0) / of).sqrt()
    }
}

impl Sum for Moments {
    fn join(self, other: Self) -> Self {
        Self { of: self.of + other.of, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }
}

impl FromIterator<u64> for Moments {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut moments = Self::default();
        numbers.into_iter().for_each(|number| moments.add(number));
        moments
    }
}

/// Runs rows on its own threads.
#[derive(Debug)]
pub struct Runner {
    pool: ThreadPool,
    effort: Effort,
}

impl Runner {
    /// With so many threads.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(jobs: usize, effort: Effort) -> Result<Self, ThreadPoolBuildError> {
        Ok(Self { pool: ThreadPoolBuilder::new().num_threads(jobs.max(1)).build()?, effort })
    }

    /// Measures one row. Of a hundred intervals of 99 % one misses though all is well, so an estimate that
    /// misses is made once more with other trials, and judged by these.
    ///
    /// # Panics
    /// If the simulator shows a bug.
    #[must_use]
    pub fn run(&self, row: &Row) -> Vec<Check> {
        let mut checks = self.pool.install(|| (row.measure)(self.effort));
        let missed = |check: &Check| check.verdict == Verdict::Fail && check.interval.is_some();
        if checks.iter().any(missed) {
            let others = Effort { first: OTHERS, ..self.effort };
            let again = self.pool.install(|| (row.measure)(others));
            for (check, again) in checks.iter_mut().zip(again) {
                if let (true, Some(Interval { low, high })) = (missed(check), check.interval) {
                    let first =
                        format!("second look, with other trials; the first gave [{low:.6}, {high:.6}]");
                    let note = again.note.as_ref().map_or(first.clone(), |note| format!("{note}; {first}"));
                    *check = again.noted(note);
                }
            }
        }
        checks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and standard error against numbers worked out by hand: 1, 2, 3, 4 have variance 5/3.
    #[test]
    fn moments_are_right() {
        let moments: Moments = [1, 2, 3, 4].into_iter().collect();
        assert!((moments.mean() - 2.5).abs() < 1e-12);
        assert!((moments.standard_error() - (5.0_f64 / 12.0).sqrt()).abs() < 1e-12);
    }

    fn row(measure: fn(Effort) -> Vec<Check>) -> Row {
        Row { id: "", name: "", configuration: "", source: "", tolerance: "", measure }
    }

    /// An estimate that misses by accident is judged by a second look, one that is wrong fails in both; what
    /// is exact is looked at once.
    #[test]
    fn accidents_get_a_second_look() {
        let runner = Runner::new(1, Effort::WHOLE).unwrap();
        let verdicts = |measure| {
            let checks = runner.run(&row(measure));
            checks.into_iter().map(|check| (check.verdict, check.note.is_some())).collect::<Vec<_>>()
        };
        let found = verdicts(|effort| {
            let first = effort.first == 0;
            let accident = if first { (900, 1_000) } else { (500, 1_000) };
            vec![
                Check::share("", 0.5, accident),
                Check::share("", 0.5, (600, 1_000)),
                Check::exact("", "1", if first { "2" } else { "1" }),
            ]
        });
        assert_eq!(found, [(Verdict::Pass, true), (Verdict::Fail, true), (Verdict::Fail, false)]);
    }

    /// Every trial is run once, whatever the threads.
    #[test]
    fn sums_do_not_depend_on_threads() {
        let expected: Moments = (0..1_000).collect();
        for jobs in [1, 2, 5] {
            let runner = Runner::new(jobs, Effort::part(2)).unwrap();
            let add = |(): &mut (), number, sum: &mut Moments| sum.add(number);
            let found: Moments = runner.pool.install(|| runner.effort.sum(2_000, || (), add));
            assert_eq!(found, expected);
        }
    }
}
