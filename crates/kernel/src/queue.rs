//! The event queue: a small sorted vector with a total order.
//!
//! Invariant: events leave in order of `(time, rank, destination, source, sequence)`, whatever order they
//! came in. A link has a handful of pending events, and at that size a sorted vector popped from its end
//! keeps up with a binary heap or beats it, with the whole order in one comparison (benchmark `kernel`).

#![expect(clippy::cast_possible_truncation, reason = "words are split and folded on purpose")]

use crate::time::Instant;

/// Who sends or receives an event: a small number that the owner of the simulation hands out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ActorId(pub u8);

/// Which of two simultaneous events goes first: the smaller rank does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rank(pub u8);

/// One pending event with its place in the total order.
#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    /// `time:64 | rank:8 | destination:8 | source:8 | sequence:40`, so one comparison decides.
    key: u128,
    event: E,
}

/// Pending events in total order.
#[derive(Clone, Debug)]
pub struct Queue<E> {
    /// Latest first, so that the next event is at the end.
    entries: Vec<Entry<E>>,
    sequence: u64,
}

/// An event taken from the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Popped<E> {
    /// When it happens.
    pub at: Instant,
    /// Whom it concerns.
    pub destination: ActorId,
    /// Who caused it.
    pub source: ActorId,
    /// What it is.
    pub event: E,
}

impl<E: Copy> Queue<E> {
    /// An empty queue with room for `capacity` events before it first allocates again.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { entries: Vec::with_capacity(capacity), sequence: 0 }
    }

    /// Forgets every event and restarts the sequence, keeping the memory.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.sequence = 0;
    }

    /// Adds an event.
    ///
    /// # Panics
    /// If two events have the same key, which only a broken sequence could cause.
    #[inline]
    pub fn push(&mut self, at: Instant, rank: Rank, destination: ActorId, source: ActorId, event: E) {
        self.sequence += 1;
        assert!(self.sequence < 1 << 40, "a session has fewer than 2^40 events");
        let key = u128::from(at.as_nanos()) << 64
            | u128::from(rank.0) << 56
            | u128::from(destination.0) << 48
            | u128::from(source.0) << 40
            | u128::from(self.sequence);
        // Most often it is the next event of all.
        if self.entries.last().is_none_or(|next| key < next.key) {
            return self.entries.push(Entry { key, event });
        }
        let place = self.entries.iter().rposition(|entry| entry.key >= key).map_or(0, |index| {
            assert_ne!(self.entries[index].key, key, "two events share one place in the order");
            index + 1
        });
        self.entries.insert(place, Entry { key, event });
    }

    /// When the next event happens.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.entries.last().map(|entry| time_of(entry.key))
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<Popped<E>> {
        self.entries.pop().map(|Entry { key, event }| Popped {
            at: time_of(key),
            destination: ActorId((key >> 48) as u8),
            source: ActorId((key >> 40) as u8),
            event,
        })
    }

    /// How many events are pending.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when nothing is pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Drops every pending event for which `keep` answers false.
    pub fn retain(&mut self, mut keep: impl FnMut(ActorId, &E) -> bool) {
        self.entries.retain(|entry| keep(ActorId((entry.key >> 48) as u8), &entry.event));
    }
}

fn time_of(key: u128) -> Instant {
    Instant::from_nanos((key >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The order is total and does not depend on the order of insertion, except for the sequence, which
    /// keeps equal ones first in, first out.
    #[test]
    fn events_leave_by_time_rank_destination_source_and_sequence() {
        proptest!(|(inputs in prop::collection::vec((0u64..4, 0u8..3, 0u8..3, 0u8..3), 0..60))| {
            let mut queue = Queue::with_capacity(4);
            for (index, &(at, rank, to, from)) in inputs.iter().enumerate() {
                queue.push(Instant::from_nanos(at), Rank(rank), ActorId(to), ActorId(from), index);
            }
            let mut expected: Vec<_> = inputs.iter().copied().zip(0usize..).collect();
            expected.sort_unstable();
            for ((at, _, to, from), index) in expected {
                let popped = queue.pop().unwrap();
                prop_assert_eq!(popped.event, index);
                prop_assert_eq!(popped.at, Instant::from_nanos(at));
                prop_assert_eq!((popped.destination, popped.source), (ActorId(to), ActorId(from)));
            }
            prop_assert!(queue.pop().is_none());
        });
    }
}
