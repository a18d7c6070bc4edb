//! The end of a session: when it is over, how, and what is written down of it.
//!
//! Invariant: both devices must agree that the link is secured, or it is not.

use super::{CENTRAL, PERIPHERAL, Sim};
use crate::record::{Outcome, Record};
use blesim_host::Episode;
use blesim_kernel::{Instant, Span};

impl Sim {
    /// How the session has ended, if it has.
    pub(super) fn ended(&self, grace: Span) -> Option<Outcome> {
        match (self.devices[CENTRAL].host.episode(0), self.devices[PERIPHERAL].host.episode(0)) {
            (Episode::Secured(_), Episode::Secured(_)) => Some(Outcome::Secured),
            (Episode::GaveUp(_), _) => Some(Outcome::GaveUp),
            (Episode::Secured(at), Episode::Open | Episode::GaveUp(_)) => {
                (self.shared.agenda.now() >= at + grace).then_some(Outcome::HalfSecured)
            }
            (Episode::Open, _) => None,
        }
    }

    /// How a session ends whose time is over, or in which nothing can happen any more.
    pub(super) fn at_limit(&self) -> Outcome {
        match self.devices[CENTRAL].host.episode(0) {
            Episode::Secured(_) => Outcome::HalfSecured,
            Episode::Open | Episode::GaveUp(_) => Outcome::TimeLimit,
        }
    }

    pub(super) fn record(&mut self, seed: u64, outcome: Outcome, end: Instant) -> Record {
        let agenda = &self.shared.agenda;
        let over = if outcome == Outcome::TimeLimit { end } else { agenda.now() };
        let time_us = over.since(self.started).as_micros();
        let events = u32::try_from(agenda.happened()).unwrap_or(u32::MAX);
        let tally = self.shared.tally;
        self.shared.digest.word(outcome as u64);
        self.shared.digest.word(time_us);
        Record {
            seed,
            digest: self.shared.digest.value(),
            time_us,
            first_failure: tally.first_failure,
            last_failure: tally.last_failure,
            frames: tally.frames,
            events,
            struck: self.shared.struck,
            failures: tally.failures,
            connections: self.devices[CENTRAL].host.connections(0),
            bonds_deleted: tally.bonds_deleted,
            outcome,
        }
    }
}
