//! Loss between pairs of devices: each packet by itself, or in bursts over time.
//!
//! Invariant: the two directions of a pair share their bursts unless the plan speaks of one direction alone.

use super::timeline::{Law, Timeline};
use crate::air::{AirPlan, Loss, LossMode, PairLoss, Reception};
use crate::chance::WEATHER;
use blesim_kernel::{Chance, Instant, Span, StreamName, Streams};

/// Loss in one direction.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// While the air is good, and while it is bad.
    loss: [Chance; 2],
    /// What a lost packet is to its receiver.
    lost: Reception,
    /// The timeline of good and bad air, if it changes.
    timeline: Option<usize>,
}

/// Loss in all directions.
#[derive(Clone, Debug)]
pub(super) struct Losses {
    devices: usize,
    /// By sender and receiver.
    ways: Vec<Way>,
    timelines: Vec<Timeline>,
}

impl Losses {
    pub(super) fn new(air: &AirPlan, devices: usize, streams: Streams) -> Self {
        let mut losses = Self { devices, ways: Vec::new(), timelines: Vec::new() };
        let mut known = Vec::new();
        for from in 0..devices {
            for to in 0..devices {
                let (said, owner) = said(air, from, to);
                let timeline = burst(said.loss, streams, owner).map(|timeline| {
                    // The first of two directions in the same bursts has made it.
                    known.iter().position(|&name| name == owner).unwrap_or_else(|| {
                        known.push(owner);
                        add(&mut losses.timelines, timeline)
                    })
                });
                let chances = match said.loss {
                    Loss::Independent(chance) => [chance; 2],
                    Loss::Burst { good, bad, .. } | Loss::Slots { good, bad, .. } => [good, bad],
                };
                let lost = match said.loss_mode {
                    LossMode::Sync => Reception::Lost,
                    LossMode::Crc => Reception::CrcError,
                };
                losses.ways.push(Way { loss: chances, lost, timeline });
            }
        }
        losses
    }

    pub(super) fn restart(&mut self, streams: Streams) {
        for timeline in &mut self.timelines {
            timeline.restart(streams);
        }
    }

    /// The chance that a packet sent at `at` is lost, and what it then is to its receiver.
    #[inline]
    pub(super) fn at(&mut self, from: usize, to: usize, at: Instant) -> (Chance, Reception) {
        let Way { loss, lost, timeline } = self.ways[from * self.devices + to];
        let bad = timeline.is_some_and(|timeline| self.timelines[timeline].at(at).0);
        (loss[usize::from(bad)], lost)
    }

    /// Until when no packet sent from `at` on is lost.
    pub(super) fn clean_until(&mut self, from: usize, to: usize, at: Instant) -> Instant {
        let Way { loss, timeline, .. } = self.ways[from * self.devices + to];
        let (bad, end) = timeline.map_or((false, Instant::MAX), |timeline| self.timelines[timeline].at(at));
        if loss.iter().all(|loss| loss.is_never()) {
            Instant::MAX
        } else if loss[usize::from(bad)].is_never() {
            end
        } else {
            at
        }
    }

    /// The stretches of good and bad air between two devices, as (end, bad), for a look at the world itself.
    pub(super) fn stretches(&mut self, from: usize, to: usize, until: Instant) -> Vec<(Instant, bool)> {
        match self.ways[from * self.devices + to].timeline {
            Some(timeline) => self.timelines[timeline].stretches(until),
            None => Vec::new(),
        }
    }
}

fn add(timelines: &mut Vec<Timeline>, timeline: Timeline) -> usize {
    timelines.push(timeline);
    timelines.len() - 1
}

/// The timeline of good and bad air, where there are both.
fn burst(loss: Loss, streams: Streams, owner: u32) -> Option<Timeline> {
    let (laws, share) = match loss {
        Loss::Independent(_) => return None,
        Loss::Burst { mean_good, mean_bad, .. } => {
            let (good, bad) = (mean_good.as_nanos(), mean_bad.as_nanos());
            ([mean_good, mean_bad].map(Law::Exponential), Chance::ratio(bad, good + bad))
        }
        Loss::Slots { worsens, recovers, slot, .. } => {
            let slot = slot.max(Span::from_nanos(1));
            let (worsen, recover) = (worsens.parts_per_billion(), recovers.parts_per_billion());
            let share = Chance::ratio(worsen, (worsen + recover).max(1));
            ([worsens, recovers].map(|ends| Law::geometric(slot, ends)), share)
        }
    };
    Some(Timeline::new(StreamName::new(WEATHER, owner), laws, share, streams))
}

/// What the plan says of one direction, and whose bursts they are.
fn said(air: &AirPlan, from: usize, to: usize) -> (PairLoss, u32) {
    let fits = |pair: &&PairLoss| {
        (pair.from, pair.to) == (from, to) || (pair.both_ways && (pair.to, pair.from) == (from, to))
    };
    let usual = PairLoss { from, to, both_ways: true, loss: air.loss, loss_mode: air.loss_mode };
    let said = air.pairs.iter().rev().find(fits).copied().unwrap_or(usual);
    (said, owner(from, to, said.both_ways))
}

/// The published number of the bursts between two devices: the link's if both directions share them, another
/// for a direction by itself.
fn owner(from: usize, to: usize, both_ways: bool) -> u32 {
    let direction = match (both_ways, from < to) {
        (true, _) => 0,
        (false, true) => 1 << 30,
        (false, false) => 1 << 31,
    };
    link_number(from, to) | direction
}

/// The number of a link: 0 for the first two devices; a device more leaves the others' numbers alone.
pub(super) fn link_number(one: usize, other: usize) -> u32 {
    let (low, high) = (one.min(other), one.max(other));
    let number = high * high.saturating_sub(1) / 2 + low;
    u32::try_from(number).expect("a session has some dozen devices")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair has a number of its own, and the first pair has the first.
    #[test]
    fn links_are_numbered_once() {
        let mut numbers: Vec<u32> =
            (0..20).flat_map(|high| (0..high).map(move |low| link_number(low, high))).collect();
        assert_eq!(numbers, (0..190).collect::<Vec<_>>());
        numbers.dedup();
        assert_eq!((numbers.len(), link_number(1, 0)), (190, 0));
        let alone = [owner(0, 1, true), owner(0, 1, false), owner(1, 0, false)];
        assert_eq!((alone[0], owner(1, 0, true)), (0, 0));
        assert!(alone[1] != alone[2] && alone[1] != 0 && alone[2] != 0);
    }
}
