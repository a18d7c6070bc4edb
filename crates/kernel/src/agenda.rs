//! The agenda: the event queue, one pending wake per actor with its reason, and the guards against a
//! simulation that never moves on.
//!
//! Invariant: an actor has at most one wake, the one it declared last, so nothing is ever cancelled. At one
//! instant events go before wakes, and wakes go in the order of the actors.

use crate::queue::{ActorId, Queue, Rank};
use crate::time::Instant;
use core::fmt;

/// How far a run may go before it counts as stuck.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Happenings at one single instant; more means that two actors feed each other for ever.
    pub per_instant: u32,
    /// Happenings in the whole run.
    pub per_run: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_instant: 10_000, per_run: 200_000_000 }
    }
}

/// Why a run was stopped as stuck: always a bug in an actor, never an outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stall {
    /// Time stood still at this instant.
    Instant(Instant),
    /// The run used up its happenings by this instant.
    Run(Instant),
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(at) => write!(f, "time stands still at {at}: actors feed each other without end"),
            Self::Run(at) => write!(f, "the run used up its events at {at}"),
        }
    }
}

impl core::error::Error for Stall {}

/// What happens next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next<E, W> {
    /// An event reaches `destination`.
    Event {
        /// Whom it concerns.
        destination: ActorId,
        /// Who caused it.
        source: ActorId,
        /// What it is.
        event: E,
    },
    /// The wake that `actor` declared is due; it is no longer pending.
    Wake {
        /// Who asked for it.
        actor: ActorId,
        /// The reason it gave.
        why: W,
    },
}

/// Everything that is going to happen, in order.
#[derive(Clone, Debug)]
pub struct Agenda<E, W> {
    queue: Queue<E>,
    /// When each actor wakes, apart from why, so that the earliest is found fast; the end of time if it does not.
    wakes: Vec<Instant>,
    reasons: Vec<Option<W>>,
    now: Instant,
    limits: Limits,
    at_this_instant: u32,
    total: u64,
}

impl<E: Copy, W: Copy> Agenda<E, W> {
    /// An agenda for `actors` actors, numbered from 0.
    #[must_use]
    pub fn new(actors: usize, limits: Limits) -> Self {
        Self {
            queue: Queue::with_capacity(64),
            wakes: vec![Instant::MAX; actors],
            reasons: vec![None; actors],
            now: Instant::ZERO,
            limits,
            at_this_instant: 0,
            total: 0,
        }
    }

    /// Starts over at the beginning of time with `actors` actors, keeping the memory.
    pub fn reset(&mut self, actors: usize) {
        self.queue.clear();
        self.wakes.clear();
        self.wakes.resize(actors, Instant::MAX);
        self.reasons.clear();
        self.reasons.resize(actors, None);
        (self.now, self.at_this_instant, self.total) = (Instant::ZERO, 0, 0);
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// How many events and wakes have happened.
    #[must_use]
    pub fn happened(&self) -> u64 {
        self.total
    }

    /// Lets time pass up to `until`, in which nothing happens: for an owner to whom things happen that the agenda
    /// does not hold.
    ///
    /// # Panics
    /// If something is to happen by then.
    pub fn pass_until(&mut self, until: Instant) {
        let next = self.next_at();
        assert!(next.is_none_or(|at| at > until), "time can't pass over what happens at {next:?}");
        if until > self.now {
            (self.now, self.at_this_instant) = (until, 0);
        }
    }

    /// When the next thing happens.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        let wakes = self.wakes.iter().copied().filter(|&at| at != Instant::MAX);
        wakes.chain(self.queue.next_at()).min()
    }

    /// Counts happenings that the owner has gone through by itself.
    pub fn passed(&mut self, happenings: u64) {
        self.total += happenings;
    }

    /// When the next thing happens, but for the wakes of these actors; the end of time if nothing does.
    #[must_use]
    pub fn next_but(&self, actors: [ActorId; 2]) -> Instant {
        let others = self
            .wakes
            .iter()
            .enumerate()
            .filter(|(index, _)| actors.iter().all(|actor| usize::from(actor.0) != *index));
        let wakes = others.map(|(_, &at)| at);
        wakes.chain(self.queue.next_at()).min().unwrap_or(Instant::MAX)
    }

    /// Plans an event.
    ///
    /// # Panics
    /// If it lies in the past.
    #[inline]
    pub fn post(&mut self, at: Instant, rank: Rank, destination: ActorId, source: ActorId, event: E) {
        assert!(at >= self.now, "an event can't be planned in the past");
        self.queue.push(at, rank, destination, source, event);
    }

    /// Replaces the pending wake of `actor`; one at the end of time never comes.
    ///
    /// # Panics
    /// If it lies in the past, or there is no such actor.
    #[inline]
    pub fn wake(&mut self, actor: ActorId, deadline: Option<(Instant, W)>) {
        let (at, why) = deadline.map_or((Instant::MAX, None), |(at, why)| (at, Some(why)));
        assert!(at >= self.now, "a wake can't be planned in the past");
        let actor = usize::from(actor.0);
        (self.wakes[actor], self.reasons[actor]) = (at, why);
    }

    /// Drops every pending event for which `keep` answers false.
    pub fn retain(&mut self, keep: impl FnMut(ActorId, &E) -> bool) {
        self.queue.retain(keep);
    }

    /// Moves to the next happening that lies not after `until`, or answers `None` and stays where it is.
    ///
    /// # Errors
    /// [`Stall`] when a guard trips.
    ///
    /// # Panics
    /// Never: what is taken was found a line before.
    #[expect(clippy::inline_always, reason = "the loops that ask for it do so for every event")]
    #[inline(always)]
    pub fn advance(&mut self, until: Instant) -> Result<Option<Next<E, W>>, Stall> {
        let (mut wake_at, mut index) = (Instant::MAX, 0);
        let next = self.queue.next_at();
        // What happens this instant comes before any wake, and it is every other thing that happens.
        if next != Some(self.now) {
            for (place, &at) in self.wakes.iter().enumerate() {
                if at < wake_at {
                    (wake_at, index) = (at, place);
                }
            }
        }
        if let Some(at) = next
            && at <= wake_at
        {
            if at > until {
                return Ok(None);
            }
            self.tick(at)?;
            let popped = self.queue.pop().expect("its time was just read");
            let (destination, source) = (popped.destination, popped.source);
            return Ok(Some(Next::Event { destination, source, event: popped.event }));
        }
        if wake_at > until || wake_at == Instant::MAX {
            return Ok(None);
        }
        self.tick(wake_at)?;
        let why = self.reasons[index].take().expect("who wakes has a reason");
        self.wakes[index] = Instant::MAX;
        let actor = ActorId(u8::try_from(index).expect("actors are numbered in 8 bits"));
        Ok(Some(Next::Wake { actor, why }))
    }

    fn tick(&mut self, at: Instant) -> Result<(), Stall> {
        self.at_this_instant = if at == self.now { self.at_this_instant + 1 } else { 0 };
        self.now = at;
        self.total += 1;
        if self.at_this_instant > self.limits.per_instant {
            return Err(Stall::Instant(at));
        }
        if self.total > self.limits.per_run {
            return Err(Stall::Run(at));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ActorId = ActorId(0);
    const B: ActorId = ActorId(1);

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    /// Events go before wakes at the same instant; a later declaration replaces an earlier one.
    #[test]
    fn events_first_then_wakes_by_actor() {
        let mut agenda = Agenda::new(2, Limits::default());
        agenda.wake(B, Some((at(5), "b")));
        agenda.wake(A, Some((at(9), "stale")));
        agenda.wake(A, Some((at(5), "a")));
        agenda.post(at(5), Rank(7), A, B, 'e');
        let mut seen = Vec::new();
        while let Some(next) = agenda.advance(Instant::MAX).unwrap() {
            seen.push(next);
        }
        let expected = [
            Next::Event { destination: A, source: B, event: 'e' },
            Next::Wake { actor: A, why: "a" },
            Next::Wake { actor: B, why: "b" },
        ];
        assert_eq!(seen, expected);
        assert_eq!((agenda.now(), agenda.happened()), (at(5), 3));
    }

    /// What the owner goes through by itself counts, and it can see how far it may go.
    #[test]
    fn the_owner_goes_ahead() {
        let mut agenda: Agenda<(), ()> = Agenda::new(2, Limits::default());
        assert_eq!(agenda.next_but([A, B]), Instant::MAX);
        agenda.wake(A, Some((at(5), ())));
        agenda.wake(B, Some((at(7), ())));
        assert_eq!((agenda.next_but([A, A]), agenda.next_but([A, B])), (at(7), Instant::MAX));
        agenda.post(at(6), Rank(0), A, A, ());
        assert_eq!(agenda.next_but([A, A]), at(6));
        agenda.passed(4);
        assert!(agenda.advance(at(9)).unwrap().is_some());
        assert_eq!(agenda.happened(), 5);
    }

    /// Nothing beyond the end of the run happens, and the clock does not move past it.
    #[test]
    fn nothing_happens_after_the_end() {
        let mut agenda: Agenda<(), ()> = Agenda::new(1, Limits::default());
        agenda.wake(A, Some((at(10), ())));
        assert_eq!(agenda.advance(at(9)).unwrap(), None);
        assert_eq!(agenda.now(), Instant::ZERO);
        assert!(agenda.advance(at(10)).unwrap().is_some());
    }

    /// Time passes where nothing happens, never over what does, and inputs of the owner come in at the new time.
    #[test]
    fn time_passes_up_to_what_happens() {
        let mut agenda: Agenda<(), ()> = Agenda::new(1, Limits::default());
        agenda.pass_until(at(3));
        assert_eq!((agenda.now(), agenda.next_at(), agenda.happened()), (at(3), None, 0));
        agenda.post(at(10), Rank(0), A, A, ());
        agenda.wake(A, Some((at(8), ())));
        assert_eq!(agenda.next_at(), Some(at(8)));
        agenda.pass_until(at(7));
        agenda.pass_until(at(2));
        assert_eq!(agenda.now(), at(7));
        let over = std::panic::catch_unwind(move || agenda.pass_until(at(8)));
        assert!(over.is_err());
    }

    /// A pair of actors that answer each other without time passing is caught, and so is an endless run.
    #[test]
    fn a_stuck_run_trips_a_guard() {
        let check = |limits: Limits, step: u64, expected: Stall| {
            let mut agenda = Agenda::new(1, limits);
            let stall = loop {
                agenda.wake(A, Some((at(agenda.now().as_nanos() + step), ())));
                match agenda.advance(Instant::MAX) {
                    Ok(next) => assert_eq!(next, Some(Next::<(), ()>::Wake { actor: A, why: () })),
                    Err(stall) => break stall,
                }
            };
            assert_eq!(stall, expected);
        };
        check(Limits { per_instant: 3, per_run: 100 }, 0, Stall::Instant(at(0)));
        check(Limits { per_instant: 3, per_run: 100 }, 1, Stall::Run(at(101)));
    }

    /// Planning in the past is a bug of the caller.
    #[test]
    #[should_panic(expected = "in the past")]
    fn the_past_is_closed() {
        let mut agenda: Agenda<(), ()> = Agenda::new(1, Limits::default());
        agenda.wake(A, Some((at(10), ())));
        agenda.advance(Instant::MAX).unwrap();
        agenda.post(at(9), Rank(0), A, A, ());
    }
}
