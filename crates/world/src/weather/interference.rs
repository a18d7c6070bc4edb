//! Interferers: what else is on a channel, as timelines that are the same whoever asks.
//!
//! Invariant: when an interferer sends depends on the seed and its index in the plan alone; whether it breaks
//! a packet, on the packet's sender, receiver, channel and first bit as well.

use super::timeline::{Law, Timeline};
use crate::air::{ChannelSet, Harm, Interferer, Rhythm};
use crate::chance::{Fates, INTERFERERS};
use blesim_kernel::{Chance, Instant, Span, StreamName, Streams};
use blesim_packet::ll::ChannelIndex;

/// One interferer in one world.
#[derive(Clone, Debug)]
pub(super) struct Source {
    index: u32,
    channels: ChannelSet,
    harm: Harm,
    sends: Sends,
}

#[derive(Clone, Debug)]
enum Sends {
    Always,
    Bursts(Box<Timeline>),
    Hops { interval: u64, airtime: u64 },
}

impl Source {
    /// The interferer that stands at `index` in the plan.
    pub(super) fn new(index: u32, plan: &Interferer, streams: Streams) -> Self {
        let sends = match plan.rhythm {
            Rhythm::Steady => Sends::Always,
            Rhythm::Bursts { on, off } => {
                let share = Chance::ratio(on.as_nanos(), (on + off).as_nanos());
                let laws = [Law::Exponential(off), Law::Exponential(on)];
                let name = StreamName::new(INTERFERERS, index);
                Sends::Bursts(Box::new(Timeline::new(name, laws, share, streams)))
            }
            Rhythm::Hops { interval, airtime } => {
                Sends::Hops { interval: interval.as_nanos().max(1), airtime: airtime.as_nanos() }
            }
        };
        Self { index, channels: plan.channels, harm: plan.harm, sends }
    }

    pub(super) fn restart(&mut self, streams: Streams) {
        if let Sends::Bursts(timeline) = &mut self.sends {
            timeline.restart(streams);
        }
    }

    /// What it does.
    pub(super) fn harm(&self) -> Harm {
        self.harm
    }

    /// Its index in the plan.
    pub(super) fn index(&self) -> u32 {
        self.index
    }

    /// Whether it is ever on `channel`.
    pub(super) fn uses(&self, channel: ChannelIndex) -> bool {
        self.channels.contains(channel)
    }

    /// Whether it sends on `channel` at some time from `from` until before `until`.
    pub(super) fn overlaps(
        &mut self,
        fates: Fates,
        channel: ChannelIndex,
        from: Instant,
        until: Instant,
    ) -> bool {
        if !self.uses(channel) {
            return false;
        }
        match &mut self.sends {
            Sends::Always => from < until,
            Sends::Bursts(timeline) => timeline.overlaps(from, until),
            &mut Sends::Hops { interval, airtime } => {
                let hops = Hops::new(fates, self.index, interval, airtime);
                hops.during(from, until).any(|event| hops.channel(fates, self.channels, event) == channel)
            }
        }
    }

    /// Until when it is silent on every channel, from `at` on; `at` if it sends then.
    pub(super) fn silent_until(&mut self, fates: Fates, at: Instant) -> Instant {
        match &mut self.sends {
            _ if self.channels == ChannelSet::NONE || self.harm == Harm::Breaks(Chance::NEVER) => {
                Instant::MAX
            }
            Sends::Always => at,
            Sends::Bursts(timeline) => match timeline.at(at) {
                (true, _) => at,
                (false, end) => end,
            },
            &mut Sends::Hops { interval, airtime } => {
                Hops::new(fates, self.index, interval, airtime).next(at)
            }
        }
    }
}

/// The events of a regular interferer, numbered from 1. Event n begins at phase + (n - 1) intervals; the
/// first lies before the session by an interval, since it may still be under way.
struct Hops {
    index: u32,
    interval: u64,
    airtime: u64,
    phase: u64,
}

impl Hops {
    fn new(fates: Fates, index: u32, interval: u64, airtime: u64) -> Self {
        Self { index, interval, airtime, phase: below(interval, fates.hop(index, 0)) }
    }

    /// Nanoseconds since an interval before the session.
    fn shifted(&self, at: Instant) -> u64 {
        at.as_nanos().saturating_add(self.interval)
    }

    /// The events that are under way at some time from `from` until before `until`.
    fn during(&self, from: Instant, until: Instant) -> impl Iterator<Item = u64> {
        let (from, until) = (self.shifted(from), self.shifted(until));
        // Those that end after `from` and begin before `until`.
        let first = match (from + 1).checked_sub(self.phase + self.airtime) {
            Some(late) => late.div_ceil(self.interval) + 1,
            None => 1,
        };
        let end = until.saturating_sub(self.phase).div_ceil(self.interval) + 1;
        first..end
    }

    /// The first instant from `at` on at which it sends; `at` if it does.
    fn next(&self, at: Instant) -> Instant {
        let shifted = self.shifted(at);
        let Some(since) = shifted.checked_sub(self.phase) else {
            return Instant::from_nanos(self.phase.saturating_sub(self.interval));
        };
        let into = since % self.interval;
        if into < self.airtime { at } else { Instant::from_nanos(at.as_nanos() + (self.interval - into)) }
    }

    fn channel(&self, fates: Fates, channels: ChannelSet, event: u64) -> ChannelIndex {
        let rank = below(u64::from(channels.count()), fates.hop(self.index, event));
        channels.nth(u32::try_from(rank).expect("there are forty channels"))
    }
}

/// A number below `bound` from one that is uniform over 64 bits.
fn below(bound: u64, draw: u64) -> u64 {
    u64::try_from((u128::from(draw) * u128::from(bound)) >> 64).expect("it is below the bound")
}

/// How long before something begins a frame must begin to be over by then.
pub(super) fn room_before(at: Instant, longest: Span) -> Instant {
    if at == Instant::MAX { at } else { at.saturating_sub(longest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events found in a stretch of time are those that a walk over all of them finds.
    #[test]
    fn regular_events_are_found() {
        for (phase, interval, airtime) in [(0, 100, 10), (37, 100, 10), (99, 100, 99), (5, 7, 1), (5, 7, 0)] {
            let hops = Hops { index: 0, interval, airtime, phase };
            for from in 0..250 {
                let at = Instant::from_nanos;
                for length in [0, 1, 3, 40, 220] {
                    let found: Vec<u64> = hops.during(at(from), at(from + length)).collect();
                    let walked: Vec<u64> = (1..200)
                        .filter(|event| {
                            let begins = phase + (event - 1) * interval;
                            let (from, until) = (from + interval, from + length + interval);
                            begins < until && begins + airtime > from && length > 0
                        })
                        .collect();
                    if length > 0 {
                        assert_eq!(found, walked, "{phase} {interval} {airtime}: {from} + {length}");
                    }
                }
                let next = hops.next(at(from)).as_nanos();
                if airtime > 0 {
                    let into = |at: u64| (at + interval).checked_sub(phase).map(|since| since % interval);
                    let sends = |at: &u64| into(*at).is_some_and(|into| into < airtime);
                    assert_eq!(
                        Some(next),
                        (from..from + 2 * interval).find(sends),
                        "{phase} {interval}: {from}"
                    );
                }
            }
        }
    }
}
