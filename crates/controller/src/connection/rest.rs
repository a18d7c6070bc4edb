//! A connection at rest: nothing to say, nothing to wait for, and one empty packet each way per event.
//!
//! Invariant: going through an event here leaves the connection exactly as the event itself would. The owner may
//! use it for as long as it knows what becomes of the packets, and nothing else happens meanwhile.

use super::acknowledge::SequenceNumbers;
use super::traffic::Sent;
use super::{Connection, Phase, Progress};
use crate::io::Role;
use crate::timing::{ACTIVE_JITTER, T_IFS, airtime, sync_time};
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{AccessAddress, ChannelIndex, DataHeader, Phy};

/// All that the events of a link at rest change in it, with its times as distances: two sides that come
/// back to theirs do what they did once more, as long as nothing else happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Bearing {
    numbers: SequenceNumbers,
    sent: Option<Sent>,
    progress: Progress,
    missed: u16,
    slack: Span,
    /// From the last bit heard to the next anchor point.
    ahead: Span,
    /// From the last anchor point seen to the last bit heard; nothing for a central, which makes them.
    behind: Option<Span>,
}

/// Where a side of a link at rest was after an event in which it heard something.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    bearing: Bearing,
    event: u64,
    heard: Instant,
}

/// Events after which a side is as it was, but later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Round {
    /// How much later.
    pub span: Span,
    /// How many connection events.
    pub events: u64,
}

/// A link at rest between two of its events.
#[derive(Debug)]
pub struct AtRest<'a>(&'a mut Connection);

impl Connection {
    /// The connection, if it is between two events at `now` and neither side of it has anything to do.
    pub(crate) fn at_rest(&mut self, now: Instant) -> Option<AtRest<'_>> {
        let between = match (self.role, self.phase) {
            (Role::Central, Phase::Anchor) => self.schedule.anchor > now,
            (Role::Peripheral, Phase::Window { from, .. }) => self.progress.sent == 0 && from > now,
            _ => false,
        };
        let rests = between
            && self.heard.is_some()
            && self.traffic.idle()
            && self.control.idle()
            && !self.schedule.changing();
        rests.then_some(AtRest(self))
    }
}

impl AtRest<'_> {
    /// Where and on what the next event takes place: the channel, the access address, and the PHYs this side
    /// sends and receives on.
    #[must_use]
    pub fn place(&self) -> (ChannelIndex, AccessAddress, Phy, Phy) {
        let schedule = &self.0.schedule;
        (schedule.channel, schedule.access_address, schedule.transmit_phy, schedule.receive_phy)
    }

    /// The anchor point of the next event; for a peripheral, where it expects it.
    #[must_use]
    pub fn anchor(&self) -> Instant {
        self.0.schedule.anchor
    }

    /// A peripheral's receive window of the next event it attends.
    #[must_use]
    pub fn window(&self) -> (Instant, Instant) {
        self.0.schedule.window()
    }

    /// The next instant at which this side has to act for another reason than an event.
    #[must_use]
    pub fn timer(&self) -> Instant {
        Connection::timer(self.0).at()
    }

    /// The header of the empty packet that goes out now.
    pub fn send(&mut self) -> DataHeader {
        self.0.traffic.stage();
        self.0.traffic.stamp(false)
    }

    /// An empty packet has arrived whole, from its first bit to its last.
    pub fn hear(&mut self, header: DataHeader, start: Instant, end: Instant) {
        let connection = &mut *self.0;
        if connection.role == Role::Peripheral {
            connection.schedule.synchronise(start);
        }
        connection.heard = Some(end);
        connection.traffic.receive_empty(header);
    }

    /// How long a central has listened for an answer: until its last bit at `end`, or in vain to a packet sent at
    /// `anchor`.
    #[must_use]
    pub fn listened(&self, anchor: Instant, end: Option<Instant>) -> Span {
        let schedule = &self.0.schedule;
        let opens = anchor + airtime(schedule.transmit_phy, 0) + T_IFS;
        let closes = opens + ACTIVE_JITTER + sync_time(schedule.receive_phy);
        end.unwrap_or(closes).since(opens.saturating_sub(ACTIVE_JITTER))
    }

    /// The event is over; `heard` tells whether a packet arrived in it.
    pub fn close(&mut self, heard: bool) {
        let connection = &mut *self.0;
        connection.missed = 0;
        connection.progress = Progress { heard, ..Progress::default() };
        let sleeps = connection.may_sleep();
        let change = connection.schedule.advance(sleeps);
        debug_assert!(change.is_none(), "a connection that changes is not at rest");
    }

    /// Where this side is now, just after an event in which it has heard something.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        let connection = &*self.0;
        let (heard, schedule) = (connection.heard?, &connection.schedule);
        let seen = (connection.role == Role::Peripheral).then(|| schedule.synchronised());
        let bearing = Bearing {
            numbers: connection.traffic.numbers(),
            sent: connection.traffic.in_flight(),
            progress: connection.progress,
            missed: connection.missed,
            slack: schedule.slack(),
            ahead: schedule.anchor.since(heard),
            behind: seen.map(|seen| heard.since(seen)),
        };
        Some(Mark { bearing, event: schedule.event(), heard })
    }

    /// What lies between a mark and now, if this side is as it was then.
    #[must_use]
    pub fn round(&self, since: &Mark) -> Option<Round> {
        let now = self.mark()?;
        let round = Round { span: now.heard.since(since.heard), events: now.event - since.event };
        (now.bearing == since.bearing && !round.span.is_zero()).then_some(round)
    }

    /// Goes through a round so many times more.
    pub fn repeat(&mut self, round: Round, times: u64) {
        let by = round.span * times;
        self.0.heard = self.0.heard.map(|heard| heard + by);
        self.0.schedule.shift(by, round.events * times);
    }

    /// Whether the next event of both sides is the same, and they hop alike from there on.
    #[must_use]
    pub fn hops_with(&self, other: &AtRest<'_>) -> bool {
        self.0.schedule.hops_with(&other.0.schedule)
    }

    /// The last bit heard.
    ///
    /// # Panics
    /// Never: a link at rest has heard something.
    #[must_use]
    pub fn heard(&self) -> Instant {
        self.0.heard.expect("a link at rest is established")
    }

    /// The next instant at which this side has to act whatever it hears.
    #[must_use]
    pub fn appointment(&self) -> Instant {
        let fixed = [self.0.control.deadline(), self.0.payload_deadline()];
        fixed.into_iter().flatten().min().unwrap_or(Instant::MAX)
    }

    /// Goes on as usual.
    pub fn resume(self) {
        self.0.open_event();
    }
}
