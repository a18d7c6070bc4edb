//! How the clock of the session follows that of the wall.
//!
//! Invariant: it never goes back; a machine that slept finds the session where it was.

use blesim_kernel::Instant;
use core::time::Duration;
use std::time::Instant as Wall;

/// A longer gap between two looks is a machine, or a process, that stood still.
const STOOD_STILL: Duration = Duration::from_secs(1);
/// So long after the last packet from or to somebody outside they may still be about to answer.
const LINGERS: Duration = Duration::from_millis(50);

/// How fast time goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// As fast as it really does.
    Wall,
    /// The same while packets are exchanged with somebody outside, and else as fast as the machine is.
    Free,
}

/// The clock.
#[derive(Debug)]
pub(crate) struct Clock {
    pace: Pace,
    /// What the wall clock said when the session's was at zero, if it has begun.
    zero: Option<Wall>,
    looked: Wall,
    exchanged: Wall,
}

impl Clock {
    pub(crate) fn new(pace: Pace) -> Self {
        let now = Wall::now();
        Self { pace, zero: None, looked: now, exchanged: now }
    }

    /// Whether time passes.
    pub(crate) fn runs(&self) -> bool {
        self.zero.is_some()
    }

    /// Time begins to pass, if it has not.
    pub(crate) fn start(&mut self) {
        self.zero.get_or_insert_with(Wall::now);
    }

    /// Something has passed from or to somebody outside.
    pub(crate) fn exchanged(&mut self) {
        self.exchanged = Wall::now();
    }

    /// What time it is in the session, which has come to `reached` and in which something happens `next`.
    pub(crate) fn now(&mut self, reached: Instant, next: Option<Instant>) -> Instant {
        let now = Wall::now();
        let zero = self.zero.get_or_insert(now);
        let gap = now.duration_since(self.looked);
        if gap > STOOD_STILL {
            *zero += gap;
        }
        self.looked = now;
        let passed = u64::try_from(now.saturating_duration_since(*zero).as_nanos()).unwrap_or(u64::MAX);
        let wall = Instant::from_nanos(passed).max(reached);
        let idle = now.duration_since(self.exchanged) > LINGERS;
        match (self.pace, next) {
            (Pace::Free, Some(next)) if idle && next > wall => {
                *zero = zero.checked_sub(Duration::from_nanos(next.since(wall).as_nanos())).unwrap_or(*zero);
                next
            }
            _ => wall,
        }
    }

    /// How long it is until then.
    pub(crate) fn until(&self, next: Option<Instant>) -> Option<Duration> {
        let (zero, next) = (self.zero?, next?);
        if self.pace == Pace::Free && self.exchanged.elapsed() > LINGERS {
            return Some(Duration::ZERO);
        }
        let due = Duration::from_nanos(next.since(Instant::ZERO).as_nanos());
        Some((zero + due).saturating_duration_since(Wall::now()))
    }
}
