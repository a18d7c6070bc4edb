//! A share of a study's seeds, for a machine that runs only a part.
//!
//! Invariant: the shards of a study are slices of its seeds, one after the other, that leave nothing out and
//! share nothing; the number of a shard decides which seeds run and nothing else. Must never know: what runs
//! them.

use crate::table::Seeds;
use core::fmt;

/// The K-th of N shards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shard {
    number: u64,
    of: u64,
}

impl Shard {
    /// Shard `number`, from 1, of `of`; `None` if there is no such shard.
    #[must_use]
    pub const fn new(number: u64, of: u64) -> Option<Self> {
        if number == 0 || number > of { None } else { Some(Self { number, of }) }
    }

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }

    /// How many there are.
    #[must_use]
    pub const fn of(self) -> u64 {
        self.of
    }

    /// Its slice of `seeds`; `None` if there are fewer seeds than shards and none is left for it.
    #[must_use]
    pub fn slice(self, seeds: Seeds) -> Option<Seeds> {
        let before = |number: u64| {
            // A share of the seeds is not more than all of them.
            let end = u128::from(seeds.count()) * u128::from(number) / u128::from(self.of);
            u64::try_from(end).unwrap_or(u64::MAX)
        };
        let (from, to) = (before(self.number - 1), before(self.number));
        Seeds::new(seeds.first() + from, to - from)
    }
}

impl fmt::Display for Shard {
    /// As the command line takes it: `3/16`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slices follow each other without gap or overlap and are as even as they can be.
    #[test]
    fn slices_are_the_whole() {
        for (first, count) in [(0, 1), (0, 10), (7, 100), (u64::MAX - 12, 13), (0, u64::MAX)] {
            let seeds = Seeds::new(first, count).unwrap();
            for of in [1, 2, 3, 7, 16] {
                let slices: Vec<Option<Seeds>> =
                    (1..=of).map(|number| Shard::new(number, of).unwrap().slice(seeds)).collect();
                let mut next = u128::from(first);
                for slice in slices.iter().flatten() {
                    assert_eq!(u128::from(slice.first()), next, "{seeds} over {of}");
                    next += u128::from(slice.count());
                    assert!(slice.count().abs_diff(count / of) <= 1, "{seeds} over {of}: {slice}");
                }
                assert_eq!(next, u128::from(first) + u128::from(count), "{seeds} over {of}");
                assert!(count < of || slices.iter().all(Option::is_some), "{seeds} over {of}");
            }
        }
    }

    /// Shards are counted from one to their number.
    #[test]
    fn numbers_start_at_one() {
        for (number, of, there) in [(0, 4, false), (1, 4, true), (4, 4, true), (5, 4, false), (0, 0, false)] {
            assert_eq!(Shard::new(number, of).is_some(), there, "{number}/{of}");
        }
    }
}
