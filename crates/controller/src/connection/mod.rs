//! One connection: its parameters, the timing of its events and the traffic on it.
//!
//! Invariant: exactly one packet each way per connection event (the More Data bit is never set), and what is
//! received in one event is answered in the next at the earliest, apart from the acknowledgement.

pub(crate) mod acknowledge;
pub(crate) mod control;
pub(crate) mod encryption;
pub(crate) mod events;
pub(crate) mod hopping;
pub(crate) mod traffic;

use crate::io::{Role, Why};
use crate::timing::{INTERVAL_UNIT, TIMEOUT_UNIT, TRANSMIT_WINDOW_DELAY, worst_ppm};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{AccessAddress, ChannelIndex, ChannelMap, ConnectInd};
use control::Control;
use hopping::{Csa1, Hopping};
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
    /// Either side: the end of a frame it has synchronised to.
    Receiving,
    /// Peripheral: the instant of its answer.
    Answer { at: Instant },
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) role: Role,
    pub(crate) traffic: Traffic,
    pub(crate) control: Control,
    access_address: AccessAddress,
    interval: Span,
    timeout: Span,
    map: ChannelMap,
    hopping: Hopping,
    event_counter: u16,
    channel: ChannelIndex,
    /// The anchor point of the current event; for a peripheral, where it expects it.
    anchor: Instant,
    /// When the peripheral last saw an anchor point: its uncertainty grows from there.
    synchronised: Instant,
    /// How much later than `anchor` the first packet may come: the transmit window until it was seen.
    slack: Span,
    /// Combined sleep clock accuracy of both sides in parts per million.
    ppm: u64,
    phase: Phase,
    created: Instant,
    /// When the last packet with a valid CRC arrived; `None` until the connection is established.
    heard: Option<Instant>,
}

impl Connection {
    /// The connection that a CONNECT_IND, whose last bit was sent at `created`, begins (Vol 6 Part B 4.5.3).
    pub(crate) fn new(
        role: Role,
        request: &ConnectInd,
        both_csa2: bool,
        own_ppm: u64,
        created: Instant,
    ) -> Self {
        let ll = &request.ll;
        let hopping =
            if both_csa2 { Hopping::Two(ll.access_address) } else { Hopping::One(Csa1::new(ll.hop)) };
        let anchor = created + TRANSMIT_WINDOW_DELAY + INTERVAL_UNIT * u64::from(ll.win_offset);
        let mut connection = Self {
            role,
            traffic: Traffic::new(role),
            control: Control::new(role),
            access_address: ll.access_address,
            interval: INTERVAL_UNIT * u64::from(ll.interval),
            timeout: TIMEOUT_UNIT * u64::from(ll.timeout),
            map: ll.channel_map,
            hopping,
            event_counter: 0,
            channel: ChannelIndex(0),
            anchor,
            synchronised: created,
            slack: INTERVAL_UNIT * u64::from(ll.win_size),
            ppm: own_ppm + worst_ppm(ll.sca),
            phase: Phase::Anchor,
            created,
            heard: None,
        };
        connection.channel = connection.hopping.channel(0, connection.map);
        connection.open_event();
        connection
    }

    /// What ends the connection if nothing is heard, and when (Vol 6 Part B 4.5.2).
    fn supervision(&self) -> (Instant, Why) {
        match self.heard {
            Some(heard) => (heard + self.timeout, Why::Supervision),
            None => (self.created + self.interval * ESTABLISHMENT_INTERVALS, Why::NotEstablished),
        }
    }

    /// The next instant at which the connection must act.
    pub(crate) fn deadline(&self) -> (Instant, Why) {
        let phase = match self.phase {
            Phase::Anchor => Some((self.anchor, Why::Anchor)),
            Phase::Window { until, .. } => Some((until, Why::WindowClosed)),
            Phase::Receiving => None,
            Phase::Answer { at } => Some((at, Why::Answer)),
        };
        let control = self.control.deadline().map(|at| (at, Why::ProcedureResponse));
        [phase, control].into_iter().flatten().fold(self.supervision(), core::cmp::min)
    }
}
