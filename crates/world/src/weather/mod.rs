//! The weather: what the air does to a frame on its way from one device to another.
//!
//! Invariants: a fate is a function of (seed, sender, receiver, channel, first bit) and the plan, not of who
//! asks, how often or in which order; asking leaves nothing behind but places remembered. Other frames of the
//! session are not its matter.

mod bits;
mod fixed;
mod interference;
mod loss;
mod outage;
mod signal;
mod timeline;

use crate::air::{Harm, Outage, Reception, co_channel_margin, sync_us};
use crate::air::{damage, worse};
use crate::chance::{Fates, SessionChance};
use crate::plan::Plan;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{ChannelIndex, Phy, airtime_us};
use interference::{Source, room_before};
use loss::Losses;
use signal::Signals;

/// The weather of one session.
#[derive(Clone, Debug)]
pub struct Weather {
    fates: Fates,
    losses: Losses,
    outages: Vec<Outage>,
    sources: Vec<Source>,
    signals: Option<Signals>,
    co_channel: i32,
    /// Nothing but loss.
    simple: bool,
}

impl Weather {
    /// The weather of a session of `plan` with this chance.
    ///
    /// # Panics
    /// If the plan has 2^32 interferers or more.
    #[must_use]
    pub fn new(plan: &Plan, chance: &SessionChance) -> Self {
        let (air, streams) = (&plan.air, chance.streams());
        let index = |index: usize| u32::try_from(index).expect("a plan has few interferers");
        let sources = air.interferers.iter().enumerate();
        let radios = || plan.devices.iter().map(|device| device.radio.clone()).collect();
        Self {
            fates: chance.fates(),
            losses: Losses::new(air, plan.devices.len(), streams),
            outages: air.outages.clone(),
            sources: sources.map(|(place, plan)| Source::new(index(place), plan, streams)).collect(),
            signals: air.signal.map(|signal| Signals::new(signal, radios())),
            co_channel: air.signal.map_or(0, |signal| signal.co_channel),
            simple: air.outages.is_empty() && air.interferers.is_empty() && air.signal.is_none(),
        }
    }

    /// Starts over for another session of the same plan, keeping the memory.
    pub fn restart(&mut self, chance: &SessionChance) {
        self.fates = chance.fates();
        self.losses.restart(chance.streams());
        for source in &mut self.sources {
            source.restart(chance.streams());
        }
        if let Some(signals) = &mut self.signals {
            signals.restart();
        }
    }

    /// How a frame with `len` octets of payload (the MIC included), whose first bit is sent at `start`, would
    /// reach a receiver that listens for it, if no other frame of the session were on the air.
    ///
    /// # Panics
    /// If `len` is above 255, or a device is not one of the plan.
    #[inline]
    #[must_use]
    pub fn fate(
        &mut self,
        from: usize,
        to: usize,
        channel: ChannelIndex,
        phy: Phy,
        len: usize,
        start: Instant,
    ) -> Reception {
        let (chance, lost) = self.losses.at(from, to, start);
        let hit = !chance.is_never() && chance.hits(self.fates.frame(from, to, channel, start));
        let fate = if hit { lost } else { Reception::Whole };
        if self.simple || fate == Reception::Lost {
            return fate;
        }
        worse(fate, self.beyond_loss((from, to), (channel, phy, len), start))
    }

    /// What outages, bit errors and interferers make of a frame.
    fn beyond_loss(
        &mut self,
        way: (usize, usize),
        (channel, phy, len): (ChannelIndex, Phy, usize),
        start: Instant,
    ) -> Reception {
        let found = start + Span::from_micros(sync_us(phy));
        let end = start + Span::from_micros(u64::from(airtime_us(phy, len)));
        let mut fate = outage::fate(&self.outages, way, start, found, end);
        if let Some(signals) = &mut self.signals {
            fate = worse(fate, signals.fate(self.fates, way, (channel, phy, len), start));
        }
        for index in 0..self.sources.len() {
            if fate == Reception::Lost {
                break;
            }
            let (source, fates) = (&mut self.sources[index], self.fates);
            if !source.overlaps(fates, channel, start, end) {
                continue;
            }
            let beginning = source.overlaps(fates, channel, start, found);
            if self.is_broken(index, way, (channel, phy), start) {
                fate = worse(fate, damage(beginning, true));
            }
        }
        fate
    }

    /// Whether interferer `index` breaks a frame that it overlaps.
    fn is_broken(
        &mut self,
        index: usize,
        way: (usize, usize),
        (channel, phy): (ChannelIndex, Phy),
        start: Instant,
    ) -> bool {
        match self.sources[index].harm() {
            Harm::Breaks(chance) => {
                chance.hits(self.fates.breaks(self.sources[index].index(), way, channel, start))
            }
            Harm::Power(power) => self
                .level(way.0, way.1, start)
                .is_none_or(|level| level.saturating_sub(power) < co_channel_margin(phy, self.co_channel)),
        }
    }

    /// The level at which `to` receives what `from` sends at `at`, in hundredths of dBm, where the plan
    /// speaks of signals.
    #[must_use]
    pub fn level(&mut self, from: usize, to: usize, at: Instant) -> Option<i32> {
        let fates = self.fates;
        self.signals.as_mut().map(|signals| signals.level(fates, from, to, at))
    }

    /// Whether `to` receives a frame of `from` that begins at `at` although `other` sends on its channel as
    /// well: it must be stronger by the co-channel margin (Vol 6 Part A 4.2). Without signals in the plan
    /// none is.
    #[must_use]
    pub fn captures(&mut self, from: usize, to: usize, other: usize, phy: Phy, at: Instant) -> bool {
        match (self.level(from, to, at), self.level(other, to, at)) {
            (Some(level), Some(other)) => {
                level.saturating_sub(other) >= co_channel_margin(phy, self.co_channel)
            }
            (None, _) | (_, None) => false,
        }
    }

    /// An instant until which every frame on `phy` from `from` to `to` that begins at `start` or later is
    /// certainly whole, on any channel and of any length, if no other frame of the session is on the air;
    /// `start` itself if not even the first is.
    #[must_use]
    pub fn clean_until(&mut self, from: usize, to: usize, phy: Phy, start: Instant) -> Instant {
        let longest = Span::from_micros(u64::from(airtime_us(phy, 255)));
        let mut until = self.losses.clean_until(from, to, start);
        if self.simple {
            return until;
        }
        until = until.min(room_before(outage::next(&self.outages, (from, to), start), longest));
        if let Some(signals) = &mut self.signals {
            until = until.min(signals.clean_until(self.fates, (from, to), phy, start));
        }
        for source in &mut self.sources {
            until = until.min(room_before(source.silent_until(self.fates, start), longest));
        }
        until.max(start)
    }

    /// The stretches of good and bad air between two devices until one that ends after `until`, as (end,
    /// bad), for a look at the world itself; none where the air does not change.
    pub fn stretches(&mut self, from: usize, to: usize, until: Instant) -> Vec<(Instant, bool)> {
        self.losses.stretches(from, to, until)
    }
}
