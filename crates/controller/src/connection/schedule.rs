//! When and where the events of a connection are, Vol 6 Part B 4.5.
//!
//! Invariants: an event's time and channel follow from the last anchor point and the parameters; a change of
//! parameters takes hold at its instant and nowhere else. Nothing here knows what is sent.

use super::hopping::{Hopping, event_counter};
use crate::io::Role;
use crate::timing::{INTERVAL_UNIT, TIMEOUT_UNIT, WIDENING_BASE, sync_time, worst_ppm};
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{AccessAddress, ChannelIndex, ChannelMap, LlData, Phy};

/// A change of parameters that takes hold at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// LL_CONNECTION_UPDATE_IND, units as there (Vol 6 Part B 2.4.2.1).
    Parameters { win_size: u8, win_offset: u16, interval: u16, latency: u16, timeout: u16 },
    /// LL_CHANNEL_MAP_IND (2.4.2.2).
    ChannelMap(ChannelMap),
    /// LL_PHY_UPDATE_IND (2.4.2.23), as this side sends and receives.
    Phy { transmit: Phy, receive: Phy },
}

/// How far an instant lies ahead, Vol 6 Part B 5.5.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ahead {
    /// So many events.
    By(u16),
    /// It has passed: the link ends with Instant Passed (0x28).
    Passed,
}

/// The parameters of a connection and its next event.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    role: Role,
    pub(crate) access_address: AccessAddress,
    /// connInterval.
    pub(crate) interval: Span,
    /// connInterval as this side's clock runs.
    step: Span,
    /// connPeripheralLatency.
    pub(crate) latency: u16,
    /// connSupervisionTimeout.
    pub(crate) timeout: Span,
    pub(crate) map: ChannelMap,
    hopping: Hopping,
    pub(crate) transmit_phy: Phy,
    pub(crate) receive_phy: Phy,
    /// The number of the next event this side attends.
    event: u64,
    pub(crate) channel: ChannelIndex,
    /// Its anchor point; for a peripheral, where it expects it.
    pub(crate) anchor: Instant,
    /// When a peripheral last saw an anchor point: its uncertainty grows from there.
    synchronised: Instant,
    /// How much later than `anchor` the first packet may come: the transmit window until it was seen.
    slack: Span,
    /// Declared sleep clock accuracy of both sides together.
    ppm: u64,
    /// What this side's clock is really off by, in parts per thousand million; late if positive.
    drift: i32,
    pending: Option<(u16, Change)>,
}

/// Room that a new connection leaves on both sides of another's anchor points: a packet of 251 octets each way
/// on LE 1M fits (Vol 6 Part B 4.5.10: 2120 us each).
const EVENT_ROOM: Span = Span::from_micros(2_500);

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// `span` as measured by a clock that is off by `drift` parts per thousand million.
fn drifted(span: Span, drift: i32) -> Span {
    if drift == 0 {
        return span;
    }
    let nanos = i128::from(span.as_nanos());
    let real = nanos + nanos * i128::from(drift) / 1_000_000_000;
    Span::from_nanos(u64::try_from(real).expect("a clock is off by less than itself"))
}

impl Schedule {
    /// The schedule of a connection whose transmit window opens at `window` (Vol 6 Part B 4.5.3).
    pub(crate) fn new(
        role: Role,
        ll: &LlData,
        csa2: bool,
        phy: Phy,
        (own_ppm, drift): (u64, i32),
        (created, window): (Instant, Instant),
    ) -> Self {
        let hopping = if csa2 { Hopping::Two(ll.access_address) } else { Hopping::One(ll.hop) };
        let interval = INTERVAL_UNIT * u64::from(ll.interval);
        Self {
            role,
            access_address: ll.access_address,
            interval,
            step: drifted(interval, drift),
            latency: ll.latency,
            timeout: TIMEOUT_UNIT * u64::from(ll.timeout),
            map: ll.channel_map,
            hopping,
            transmit_phy: phy,
            receive_phy: phy,
            event: 0,
            channel: hopping.channel(0, ll.channel_map),
            anchor: window,
            synchronised: created,
            slack: INTERVAL_UNIT * u64::from(ll.win_size),
            ppm: own_ppm + worst_ppm(ll.sca),
            drift,
            pending: None,
        }
    }

    /// connEventCounter of the next event.
    pub(crate) fn counter(&self) -> u16 {
        event_counter(self.event)
    }

    /// How far `instant` lies ahead of the next event (Vol 6 Part B 5.5.1): what is not ahead by less than 32767
    /// events has passed.
    pub(crate) fn ahead(&self, instant: u16) -> Ahead {
        let distance = instant.wrapping_sub(self.counter());
        if distance < 0x7FFF { Ahead::By(distance) } else { Ahead::Passed }
    }

    /// Lets `change` take hold at `instant`, which lies ahead.
    pub(crate) fn plan(&mut self, instant: u16, change: Change) {
        self.pending = Some((instant, change));
    }

    /// Whether a change waits for its instant.
    pub(crate) fn changing(&self) -> bool {
        self.pending.is_some()
    }

    /// The receive window of the next event for a peripheral (Vol 6 Part B 4.2.4): it widens with the time since
    /// the last anchor point.
    #[inline]
    pub(crate) fn window(&self) -> (Instant, Instant) {
        let elapsed = self.anchor.since(self.synchronised);
        let widening = Span::from_nanos(elapsed.as_nanos() * self.ppm / 1_000_000) + WIDENING_BASE;
        let until = self.anchor + self.slack + widening + sync_time(self.receive_phy);
        (self.anchor.saturating_sub(widening), until)
    }

    /// The first packet of an event has begun at `start`: that is the anchor point.
    #[inline]
    pub(crate) fn synchronise(&mut self, start: Instant) {
        (self.anchor, self.synchronised, self.slack) = (start, start, Span::ZERO);
    }

    /// Goes to the next event, or a peripheral that may sleep to one `latency` events later, but never past an
    /// instant or the event before it (Vol 6 Part B 5.1.1). Returns the change that takes hold with it.
    #[inline]
    pub(crate) fn advance(&mut self, sleeps: bool) -> Option<Change> {
        let mut events = if sleeps { 1 + u64::from(self.latency) } else { 1 };
        if let Some((instant, _)) = self.pending {
            let left = u64::from(instant.wrapping_sub(self.counter()));
            events = if left > 1 { events.min(left - 1) } else { 1 };
        }
        self.event += events;
        self.anchor += self.step * events;
        let change = self.pending.filter(|&(instant, _)| instant == self.counter()).map(|(_, change)| change);
        if let Some(change) = change {
            self.pending = None;
            self.apply(change);
        }
        self.channel = self.hopping.channel(self.event, self.map);
        change
    }

    /// Goes to a later event as if it had got there by and by; the anchor point last seen comes along.
    pub(crate) fn shift(&mut self, by: Span, events: u64) {
        self.event += events;
        self.anchor += by;
        self.synchronised += by;
        self.channel = self.hopping.channel(self.event, self.map);
    }

    /// The number of the next event, without end.
    pub(crate) fn event(&self) -> u64 {
        self.event
    }

    /// The anchor point last seen.
    pub(crate) fn synchronised(&self) -> Instant {
        self.synchronised
    }

    /// How much later than expected the next packet may come.
    pub(crate) fn slack(&self) -> Span {
        self.slack
    }

    /// Whether the next event is the other side's as well, and so the channels of all that both attend.
    pub(crate) fn hops_with(&self, other: &Self) -> bool {
        (self.event, self.hopping, self.map) == (other.event, other.hopping, other.map)
    }

    /// Comes back from sleep to the first event whose window is not open at `now`, if that is before the one
    /// planned.
    pub(crate) fn rouse(&mut self, now: Instant) {
        while self.event > 0 && self.anchor.saturating_sub(self.step) > self.synchronised {
            let (event, anchor) = (self.event, self.anchor);
            self.event -= 1;
            self.anchor = anchor.saturating_sub(self.step);
            if self.window().0 <= now {
                (self.event, self.anchor) = (event, anchor);
                break;
            }
        }
        self.channel = self.hopping.channel(self.event, self.map);
    }

    /// Whether an anchor point at `anchor`, repeated every `interval`, never comes near this schedule's.
    pub(crate) fn clear_of(&self, anchor: Instant, interval: Span) -> bool {
        let period = gcd(self.interval.as_nanos(), interval.as_nanos());
        let ahead = anchor.max(self.anchor).since(anchor.min(self.anchor)).as_nanos() % period;
        let room = EVENT_ROOM.as_nanos();
        ahead >= room && period - ahead >= room
    }

    /// Lets `change` take hold with the present event, whose anchor point is known.
    pub(crate) fn adopt(&mut self, change: Change) {
        self.apply(match change {
            Change::Parameters { interval, latency, timeout, .. } => {
                Change::Parameters { win_size: 0, win_offset: 0, interval, latency, timeout }
            }
            Change::ChannelMap(_) | Change::Phy { .. } => change,
        });
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Parameters { win_size, win_offset, interval, latency, timeout } => {
                // The transmit window begins WinOffset after what the old interval would give (5.1.1).
                self.anchor += drifted(INTERVAL_UNIT * u64::from(win_offset), self.drift);
                if self.role == Role::Peripheral {
                    self.slack = INTERVAL_UNIT * u64::from(win_size);
                }
                self.interval = INTERVAL_UNIT * u64::from(interval);
                self.step = drifted(self.interval, self.drift);
                self.latency = latency;
                self.timeout = TIMEOUT_UNIT * u64::from(timeout);
            }
            Change::ChannelMap(map) => self.map = map,
            Change::Phy { transmit, receive } => {
                (self.transmit_phy, self.receive_phy) = (transmit, receive);
            }
        }
    }
}
