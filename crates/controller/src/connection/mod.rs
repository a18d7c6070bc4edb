//! One connection: the traffic on it, the procedures that control it, and the events in which they meet.
//!
//! Invariant: what is received in one event is answered in the next at the earliest, apart from the
//! acknowledgement and from what waits already.

pub(crate) mod acknowledge;
pub(crate) mod begin;
pub(crate) mod control;
pub(crate) mod encryption;
pub(crate) mod events;
pub(crate) mod hopping;
pub(crate) mod rest;
pub(crate) mod schedule;
pub(crate) mod traffic;

use crate::controller::{Config, Defaults};
use crate::io::{Role, Why};
use crate::timing::worst_ppm;
use blesim_kernel::{Earliest, Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{LlData, Phy};
use control::Control;
use schedule::Schedule;
use traffic::Traffic;

/// Intervals after which a connection that never carried a packet is lost (Vol 6 Part B 4.5.2).
const ESTABLISHMENT_INTERVALS: u64 = 6;

/// Whether the connection goes on after an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Flow {
    /// It does.
    Open,
    /// It ended; the host is told this reason.
    Closed(ErrorCode),
}

/// What the connection waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    /// Central: the anchor point, at which it sends.
    Anchor,
    /// Either side: a frame, from one instant to another.
    Window { from: Instant, until: Instant },
    /// Either side: the end of a frame it has synchronised to; its receiver is on since `from`.
    Receiving { from: Instant },
    /// Either side: the instant at which it sends, T_IFS after what it received.
    Answer { at: Instant },
}

impl Phase {
    /// Before an event whose time is settled.
    #[inline]
    fn before(role: Role, schedule: &Schedule) -> Self {
        match role {
            Role::Central => Self::Anchor,
            Role::Peripheral => {
                let (from, until) = schedule.window();
                Self::Window { from, until }
            }
        }
    }
}

/// How far the present event is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Progress {
    /// Packets this side has sent.
    pub(crate) sent: u8,
    /// A packet with a valid CRC has arrived.
    pub(crate) heard: bool,
    /// Packets with a bad CRC in a row (Vol 6 Part B 4.5.6).
    pub(crate) broken: u8,
    /// The More Data bit of the last packet each way.
    pub(crate) own_more: bool,
    pub(crate) peer_more: bool,
}

/// What a connection begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) role: Role,
    pub(crate) peer: Address,
    /// What the request said.
    pub(crate) ll: LlData,
    /// Both sides have channel selection algorithm #2.
    pub(crate) csa2: bool,
    /// The PHY of both directions.
    pub(crate) phy: Phy,
    /// The last bit of the request.
    pub(crate) created: Instant,
    /// transmitWindowDelay.
    pub(crate) delay: Span,
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) handle: u16,
    pub(crate) role: Role,
    pub(crate) peer: Address,
    pub(crate) traffic: Traffic,
    pub(crate) control: Control,
    pub(crate) schedule: Schedule,
    phase: Phase,
    progress: Progress,
    /// Exchanges this side wants in one event; none is no bound.
    exchanges: u8,
    /// The last bit of what it sends or sent last.
    pub(crate) sends_until: Instant,
    /// Encryption start is answered within the event.
    fast_encryption: bool,
    /// Events in a row that were left to another use of the radio.
    pub(crate) missed: u16,
    created: Instant,
    /// When the last packet with a valid CRC arrived; `None` until the connection is established.
    heard: Option<Instant>,
}

impl Connection {
    /// The connection that a request begins (Vol 6 Part B 4.5.3); what it asks for by itself is still to be put in its
    /// queue, see [`Control::begin_unasked`].
    #[inline]
    pub(crate) fn new(handle: u16, start: &Start, config: &Config, defaults: &Defaults) -> Self {
        let Start { role, peer, ref ll, csa2, phy, created, delay } = *start;
        let offset = crate::timing::INTERVAL_UNIT * u64::from(ll.win_offset);
        let clock = (worst_ppm(config.sca), config.drift);
        let schedule = Schedule::new(role, ll, csa2, phy, clock, (created, created + delay + offset));
        Self {
            handle,
            role,
            peer,
            traffic: Traffic::new(role),
            control: Control::new(handle, role, config, defaults, created),
            phase: Phase::before(role, &schedule),
            schedule,
            progress: Progress::default(),
            exchanges: config.exchanges,
            sends_until: created,
            fast_encryption: config.fast_encryption,
            missed: 0,
            created,
            heard: None,
        }
    }

    /// What ends the connection if nothing is heard, and when (Vol 6 Part B 4.5.2).
    fn supervision(&self) -> (Instant, Why) {
        match self.heard {
            Some(heard) => (heard + self.schedule.timeout, Why::Supervision),
            None => (self.created + self.schedule.interval * ESTABLISHMENT_INTERVALS, Why::NotEstablished),
        }
    }

    /// The next instant at which the connection must act.
    #[inline]
    pub(crate) fn deadline(&self) -> (Instant, Why) {
        let mut next = self.timer();
        match self.phase {
            Phase::Anchor => next.add(self.schedule.anchor, Why::Anchor),
            Phase::Window { until, .. } => next.add(until, Why::WindowClosed),
            Phase::Receiving { .. } => {}
            Phase::Answer { at } => next.add(at, Why::Answer),
        }
        next.get().expect("supervision always waits")
    }

    /// The next instant at which it must act for another reason than an event.
    #[inline]
    fn timer(&self) -> Earliest<Why> {
        let mut next = Earliest::new();
        let (at, why) = self.supervision();
        next.add(at, why);
        next.add_if(self.control.deadline(), Why::ProcedureResponse);
        next.add_if(self.payload_deadline(), Why::AuthenticatedPayload);
        next
    }

    /// Whether the connection is in the middle of an event and needs the radio.
    pub(crate) fn active(&self) -> bool {
        match self.phase {
            Phase::Anchor => false,
            Phase::Window { .. } => self.role == Role::Central || self.progress.sent > 0,
            Phase::Receiving { .. } | Phase::Answer { .. } => true,
        }
    }

    /// Whether a connection with this anchor point and interval keeps clear of this one's events.
    pub(crate) fn clear_of(&self, anchor: Instant, interval: Span) -> bool {
        self.schedule.clear_of(anchor, interval)
    }

    /// When it next needs the radio, if it does not have it now.
    pub(crate) fn needs_radio(&self) -> Instant {
        match self.phase {
            Phase::Anchor => self.schedule.anchor,
            Phase::Window { from, .. } => from,
            Phase::Receiving { .. } | Phase::Answer { .. } => Instant::ZERO,
        }
    }
}
