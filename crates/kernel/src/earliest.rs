//! The earliest of what somebody waits for, with its reason: how an actor finds its deadline.
//!
//! Invariant: of reasons that are due at the same instant the least is kept, in whatever order they came.

use crate::time::Instant;

/// What is due first of all that was added.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Earliest<W> {
    at: Instant,
    why: Option<W>,
}

impl<W: Copy + Ord> Earliest<W> {
    /// Nothing is waited for.
    #[must_use]
    pub const fn new() -> Self {
        Self { at: Instant::MAX, why: None }
    }

    /// Adds what is due at `at`.
    #[inline]
    pub fn add(&mut self, at: Instant, why: W) {
        if at < self.at || at == self.at && self.why.is_none_or(|own| why < own) {
            (self.at, self.why) = (at, Some(why));
        }
    }

    /// Adds what is due, if it is.
    #[inline]
    pub fn add_if(&mut self, at: Option<Instant>, why: W) {
        if let Some(at) = at {
            self.add(at, why);
        }
    }

    /// When the first is due; the end of time if nothing is.
    #[inline]
    #[must_use]
    pub const fn at(self) -> Instant {
        self.at
    }

    /// When the first is due and why, if anything is.
    #[inline]
    #[must_use]
    pub fn get(self) -> Option<(Instant, W)> {
        self.why.map(|why| (self.at, why))
    }
}

impl<W: Copy + Ord> Default for Earliest<W> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// It is the minimum over instant and reason, the end of time included.
    #[test]
    fn it_is_the_minimum() {
        proptest!(|(added in prop::collection::vec((prop::sample::select(&[0, 1, 2, u64::MAX][..]), 0u8..3), 0..6))| {
            let mut earliest = Earliest::new();
            for &(at, why) in &added {
                earliest.add_if(Some(Instant::from_nanos(at)), why);
                earliest.add_if(None, why);
            }
            let expected = added.iter().map(|&(at, why)| (Instant::from_nanos(at), why)).min();
            prop_assert_eq!(earliest.get(), expected);
            prop_assert_eq!(earliest.at(), expected.map_or(Instant::MAX, |(at, _)| at));
        });
    }
}
