//! A timeline that alternates between two states, off and on, in stretches of random length.
//!
//! Invariants: what it is at an instant depends on the seed and its name alone, not on who asks, how often or
//! in which order; each stretch takes one number of its stream, and the state it begins with the first.

use super::fixed::hazard_q60;
use blesim_kernel::chance::exponential_q32;
use blesim_kernel::{Chance, Instant, Span, Stream, StreamName, Streams};

/// Stretches that are remembered; who asks for one before them has them drawn anew.
const REMEMBERED: usize = 1 << 12;

/// How long a stretch lasts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Law {
    /// Exponentially distributed with this mean.
    Exponential(Span),
    /// A whole number of slots: after each it ends with a chance whose hazard this is.
    Geometric { slot: Span, hazard_q60: u128 },
}

impl Law {
    /// Slots after each of which the stretch ends with this chance.
    pub(super) fn geometric(slot: Span, ends: Chance) -> Self {
        Self::Geometric { slot, hazard_q60: hazard_q60(ends.parts_per_billion()) }
    }

    /// The length that a number stands for, in nanoseconds; at least one, and 584 years if it has no end.
    fn nanos(self, draw: u64) -> u64 {
        let exponential = exponential_q32(draw);
        match self {
            Self::Exponential(mean) => {
                let product = u128::from(mean.as_nanos()) * u128::from(exponential);
                u64::try_from(product >> 32).unwrap_or(u64::MAX).max(1)
            }
            Self::Geometric { hazard_q60: 0, .. } => u64::MAX,
            Self::Geometric { slot, hazard_q60 } => {
                // More than n slots if the exponential variate exceeds n hazards.
                let slots = (u128::from(exponential) << 28) / hazard_q60 + 1;
                u64::try_from(slots * u128::from(slot.as_nanos())).unwrap_or(u64::MAX)
            }
        }
    }
}

/// The alternation of two states over time.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    name: StreamName,
    /// Of stretches that are off, and on.
    laws: [Law; 2],
    /// The share of time that it is on.
    share: Chance,
    streams: Streams,
    /// None until it is asked for the first time.
    stream: Option<Stream>,
    /// The ends of the stretches so far, without the first `forgotten`, which are over at `known_from`; the
    /// first of all is on if `first_on`.
    ends: Vec<Instant>,
    forgotten: usize,
    known_from: Instant,
    first_on: bool,
    /// The stretch asked about last: questions mostly move forward.
    cursor: usize,
}

impl Timeline {
    /// The timeline called `name`; `share` is the share of time that it is on.
    pub(super) fn new(name: StreamName, laws: [Law; 2], share: Chance, streams: Streams) -> Self {
        let ends = Vec::with_capacity(256);
        let (forgotten, known_from) = (0, Instant::ZERO);
        Self {
            name,
            laws,
            share,
            streams,
            stream: None,
            ends,
            forgotten,
            known_from,
            first_on: false,
            cursor: 0,
        }
    }

    /// Starts over in another world, keeping the memory.
    pub(super) fn restart(&mut self, streams: Streams) {
        (self.streams, self.stream, self.cursor) = (streams, None, 0);
        (self.forgotten, self.known_from) = (0, Instant::ZERO);
        self.ends.clear();
    }

    /// Whether it is on at `at`, and when that ends.
    pub(super) fn at(&mut self, at: Instant) -> (bool, Instant) {
        if at < self.known_from {
            self.restart(self.streams);
        }
        if self.ends.last().is_none_or(|&end| end <= at) {
            self.extend(at);
        }
        let begins = |index: usize| if index == 0 { self.known_from } else { self.ends[index - 1] };
        if self.ends[self.cursor] <= at && self.cursor + 1 < self.ends.len() {
            self.cursor += 1;
        }
        if at < begins(self.cursor) || self.ends[self.cursor] <= at {
            self.cursor = self.ends.partition_point(|&end| end <= at).min(self.ends.len() - 1);
        }
        (self.is_on(self.cursor), self.ends[self.cursor])
    }

    /// Whether it is on at some time from `from` until before `until`.
    pub(super) fn overlaps(&mut self, from: Instant, until: Instant) -> bool {
        let (on, end) = self.at(from);
        on || end < until
    }

    /// The stretches until one that ends after `until`, as (end, on).
    pub(super) fn stretches(&mut self, until: Instant) -> Vec<(Instant, bool)> {
        let (mut all, mut end) = (Vec::new(), Instant::ZERO);
        while end <= until && end < Instant::MAX {
            let on;
            (on, end) = self.at(end);
            all.push((end, on));
        }
        all
    }

    fn is_on(&self, index: usize) -> bool {
        (self.forgotten + index).is_multiple_of(2) == self.first_on
    }

    /// Draws stretches until one ends after `at`.
    #[cold]
    fn extend(&mut self, at: Instant) {
        let stream = self.stream.get_or_insert_with(|| {
            let mut stream = self.streams.stream(self.name);
            // Begins in its long-run state: on for the share of time that it is on.
            self.first_on = self.share.hits(stream.next_u64());
            stream
        });
        let mut end = self.ends.last().copied().unwrap_or_default();
        while end <= at && end < Instant::MAX {
            if self.ends.len() == REMEMBERED {
                self.known_from = self.ends[REMEMBERED / 2 - 1];
                self.ends.drain(..REMEMBERED / 2);
                (self.forgotten, self.cursor) = (self.forgotten + REMEMBERED / 2, 0);
            }
            let on = (self.forgotten + self.ends.len()).is_multiple_of(2) == self.first_on;
            let length = self.laws[usize::from(on)].nanos(stream.next_u64());
            end = Instant::from_nanos(end.as_nanos().saturating_add(length));
            self.ends.push(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAME: StreamName = StreamName::new(2, 0);

    fn timeline(seed: u64, slots: bool) -> Timeline {
        let millis = Span::from_millis;
        let laws = if slots {
            [Chance::ratio(1, 50), Chance::ratio(1, 3)].map(|ends| Law::geometric(millis(30), ends))
        } else {
            [Law::Exponential(millis(700)), Law::Exponential(millis(60))]
        };
        Timeline::new(NAME, laws, Chance::ratio(1, 10), Streams::new(seed))
    }

    /// What has been forgotten comes back as it was.
    #[test]
    fn the_past_stays_as_it_was() {
        let mut long = timeline(3, false);
        let hour = Instant::from_nanos(3_600_000_000_000);
        let all = long.stretches(hour);
        assert!(long.forgotten > 0 && all.len() > 2 * REMEMBERED, "an hour has {} stretches", all.len());
        for &(end, on) in all.iter().step_by(777).rev() {
            assert_eq!(long.at(Instant::from_nanos(end.as_nanos() - 1)), (on, end));
        }
    }

    proptest! {
        /// Any questions in any order get the answers that a fresh timeline gives to each alone.
        #[test]
        fn answers_do_not_depend_on_the_questions(
            seed in any::<u64>(), slots: bool, asked in prop::collection::vec(0..60_000_000_000_u64, 1..40)
        ) {
            let mut old = timeline(seed, slots);
            for at in asked.into_iter().map(Instant::from_nanos) {
                prop_assert_eq!(old.at(at), timeline(seed, slots).at(at));
            }
        }
    }

    /// A stretch that nothing ends has no end, one that always ends takes one slot, and overlaps count from
    /// the first instant of a stretch to the last before its end.
    #[test]
    fn ends_are_exact() {
        let slot = Span::from_millis(10);
        let certain = [Law::geometric(slot, Chance::ALWAYS); 2];
        let mut every = Timeline::new(NAME, certain, Chance::NEVER, Streams::new(1));
        let at = |millis: u64, nanos: u64| Instant::from_nanos(millis * 1_000_000 + nanos);
        assert_eq!(every.at(at(0, 0)), (false, at(10, 0)));
        assert_eq!(every.at(at(10, 0)), (true, at(20, 0)));
        assert!(!every.overlaps(at(5, 0), at(10, 0)));
        assert!(every.overlaps(at(5, 0), at(10, 1)));
        assert!(every.overlaps(at(19, 999_999), at(20, 0)));
        assert!(!every.overlaps(at(20, 0), at(25, 0)));
        let never = [Law::geometric(slot, Chance::NEVER); 2];
        let mut calm = Timeline::new(NAME, never, Chance::NEVER, Streams::new(1));
        assert_eq!(calm.at(at(3_600_000, 0)), (false, Instant::MAX));
        assert_eq!(calm.at(Instant::MAX), (false, Instant::MAX));
    }
}
