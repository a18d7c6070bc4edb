//! The end of a session: when it is over, how, and what is written down of it.
//!
//! Invariant: both devices of a pair must agree that the link is secured, or it is not. Only the pairs of the device
//! whose policy varies count.

use super::Sim;
use crate::energy::{Purpose, Usage};
use crate::plan::{Pair, Plan};
use crate::record::{Outcome, Record};
use blesim_host::Episode;
use blesim_kernel::Instant;

impl Sim {
    /// How the session has ended, if it has: with all its pairs, and after the time it was to stay.
    pub(super) fn ended(&mut self, plan: &Plan) -> Option<Outcome> {
        let now = self.shared.agenda.now();
        if self.secured.is_some_and(|since| now >= since + plan.stay) {
            return Some(self.at_limit(plan));
        }
        let all = self.all_ended(plan)?;
        if all == Outcome::Secured && !plan.stay.is_zero() {
            self.secured.get_or_insert(now);
            return None;
        }
        Some(all)
    }

    /// How all pairs of the device whose policy varies have ended, if they have.
    pub(super) fn all_ended(&mut self, plan: &Plan) -> Option<Outcome> {
        let now = self.shared.agenda.now();
        let mut all = Some(Outcome::Secured);
        for (index, pair) in plan.pairs.iter().enumerate() {
            if pair.central == plan.varied || pair.peripheral == plan.varied {
                let ended = self.pair_ended(index, *pair, now);
                all = all.and_then(|all| Some(all.max(ended?)));
            }
        }
        all
    }

    /// The next instant at which the session may be found to have ended although nothing has changed.
    pub(super) fn verdict(&self, plan: &Plan) -> Instant {
        let stayed = self.secured.map_or(Instant::MAX, |since| since + plan.stay);
        let half = self.half.iter().flatten().map(|&since| since + self.grace);
        half.fold(stayed.min(self.end), Instant::min)
    }

    /// How a pair has ended, if it has. The two need not find the link secured, or lost, at the same time.
    fn pair_ended(&mut self, index: usize, pair: Pair, now: Instant) -> Option<Outcome> {
        let episodes = self.episodes(pair);
        if let (Episode::Secured(_), Episode::Open | Episode::GaveUp(_)) = episodes {
            let since = *self.half[index].get_or_insert(now);
            return (now >= since + self.grace).then_some(Outcome::HalfSecured);
        }
        self.half[index] = None;
        match episodes {
            (Episode::Open, _) => None,
            (Episode::GaveUp(_), _) => Some(Outcome::GaveUp),
            (Episode::Secured(_), _) => Some(Outcome::Secured),
        }
    }

    /// How far the central and the peripheral of a pair are.
    fn episodes(&self, pair: Pair) -> (Episode, Episode) {
        let central = self.devices[pair.central].host.episode(pair.place);
        let peripheral = self.devices[pair.peripheral].host.episode(0);
        match (central, peripheral) {
            // Each is secured with somebody, and not with the other.
            (Episode::Secured(_), Episode::Secured(_)) if self.attacked && !self.share_a_key(pair) => {
                (central, Episode::Open)
            }
            _ => (central, peripheral),
        }
    }

    /// Whether the two links of a pair are encrypted with the same key, as one link is.
    fn share_a_key(&self, pair: Pair) -> bool {
        let central = self.devices[pair.central].host.link(pair.place).key();
        central.is_some() && central == self.devices[pair.peripheral].host.link(0).key()
    }

    /// How a session ends whose time is over, or in which nothing can happen any more.
    pub(super) fn at_limit(&self, plan: &Plan) -> Outcome {
        if !plan.script.is_empty() {
            return self.progress.worst.max(Outcome::TimeLimit);
        }
        let pairs = plan.subject().map(|&pair| match self.episodes(pair) {
            (Episode::Secured(_), Episode::Secured(_)) => Outcome::Secured,
            (Episode::Secured(_), Episode::Open | Episode::GaveUp(_)) => Outcome::HalfSecured,
            (Episode::GaveUp(_), _) => Outcome::GaveUp,
            (Episode::Open, _) => Outcome::TimeLimit,
        });
        pairs.max().unwrap_or(Outcome::TimeLimit)
    }

    pub(super) fn record(&mut self, plan: &Plan, seed: u64, outcome: Outcome) -> Record {
        let agenda = &self.shared.agenda;
        let over = match outcome {
            // A link that stays was secured when it was, not when the session ended.
            Outcome::Secured => self.secured.unwrap_or(agenda.now()),
            Outcome::TimeLimit if self.secured.is_none() => self.end,
            Outcome::TimeLimit | Outcome::GaveUp | Outcome::HalfSecured => agenda.now(),
        };
        let scripted = outcome == Outcome::Secured && !plan.script.is_empty();
        let time = if scripted { self.progress.spent } else { over.since(self.started) };
        let time_us = time.as_micros();
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
            connections: self.connections(plan),
            charge_uc: self.charges(plan),
            bonds_deleted: tally.bonds_deleted,
            effort: self.shared.efforts.all(self.shared.agenda.now()),
            scripted: self.scripted(),
            exposure: self.exposure(plan),
            outcome,
            last_step: tally.last_step,
            acts: tally.acts,
        }
    }

    /// Connections that the pairs' centrals made.
    fn connections(&self, plan: &Plan) -> u16 {
        let made = |pair: &Pair| self.devices[pair.central].host.connections(pair.place);
        plan.subject().map(made).fold(0, u16::saturating_add)
    }

    /// What a device has used in the session that was run last, by [`Purpose::ALL`].
    ///
    /// # Panics
    /// If there is no such device.
    #[must_use]
    pub fn usage(&self, device: usize) -> [Usage; Purpose::ALL.len()] {
        self.shared.accounts[device].usage
    }

    /// What the policy that varies told its user in the session that was run last, and what it asked: notices and
    /// questions.
    #[must_use]
    pub fn dealings(&self) -> (u16, u16) {
        (self.shared.tally.notices, self.shared.tally.questions)
    }

    /// What the central and the peripheral of the first pair have drawn, in microcoulomb.
    fn charges(&self, plan: &Plan) -> [u32; 2] {
        let time = self.shared.agenda.now().since(Instant::ZERO);
        let charge = |device: usize| {
            let femto = self.shared.accounts[device].charge(&plan.devices[device].currents, time);
            u32::try_from(femto / 1_000_000_000).unwrap_or(u32::MAX)
        };
        plan.subject().next().map_or([0; 2], |pair| [charge(pair.central), charge(pair.peripheral)])
    }
}
