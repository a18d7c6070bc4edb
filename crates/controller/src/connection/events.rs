//! Connection events: when they open and close, and what happens at their instants.

use super::schedule::Schedule;
use super::traffic::{Plain, Received};
use super::{Connection, Flow, Phase, Progress};
use crate::io::{Listening, Port, Role, Why};
use crate::timing::{ACTIVE_JITTER, T_IFS, airtime, sync_time};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{DataPdu, LlControl, Llid};

/// Broken packets in a row that close an event (Vol 6 Part B 4.5.6).
const BROKEN_IN_A_ROW: u8 = 2;

impl Connection {
    /// What the radio listens to at `now`, and since when.
    #[inline]
    pub(crate) fn listening(&self, now: Instant) -> Option<(Instant, Listening)> {
        let Phase::Window { from, until } = self.phase else { return None };
        let (channel, access_address, phy) =
            (self.schedule.channel, self.schedule.access_address, self.schedule.receive_phy);
        (from <= now && now < until).then_some((from, Listening { channel, access_address, phy }))
    }

    /// Waits for the next event, whose time is settled.
    #[inline]
    pub(super) fn open_event(&mut self) {
        self.progress = Progress::default();
        self.phase = Phase::before(self.role, &self.schedule);
    }

    /// The present event is over: goes to the next one.
    #[inline]
    fn close_event(&mut self, port: &mut impl Port) {
        let sleeps = self.may_sleep();
        if let Some(change) = self.schedule.advance(sleeps) {
            self.took_hold(change, port);
        }
        self.open_event();
    }

    /// Whether a peripheral may use its latency (Vol 6 Part B 4.5.1): it has just heard the central, and has
    /// nothing to say or to wait for.
    pub(super) fn may_sleep(&self) -> bool {
        self.role == Role::Peripheral
            && self.schedule.latency > 0
            && self.progress.heard
            && self.traffic.idle()
            && self.control.idle()
    }

    /// There is something to send: a peripheral that sleeps attends the next event.
    pub(crate) fn rouse(&mut self, now: Instant) {
        if let Phase::Window { from, .. } = self.phase
            && self.role == Role::Peripheral
            && self.schedule.latency > 0
            && self.progress.sent == 0
            && from > now
        {
            self.schedule.rouse(now);
            self.open_event();
        }
    }

    /// The event is left to another use of the radio, or lies in the past.
    pub(crate) fn skip_event(&mut self, port: &mut impl Port) {
        self.missed = self.missed.saturating_add(1);
        self.progress.heard = false;
        self.close_event(port);
    }

    /// The receiver found the access address.
    #[inline]
    pub(crate) fn sync(&mut self) {
        if let Phase::Window { from, .. } = self.phase {
            self.phase = Phase::Receiving { from };
        }
    }

    /// The wake for the reason of [`Connection::deadline`].
    pub(crate) fn wake(&mut self, now: Instant, why: Why, port: &mut impl Port) -> Flow {
        match why {
            Why::Anchor => {
                if now > self.schedule.anchor {
                    self.skip_event(port);
                    return Flow::Open;
                }
                self.missed = 0;
                self.traffic.stage();
                self.send(now, port)
            }
            Why::Answer => {
                if matches!(self.phase, Phase::Answer { at } if now > at) {
                    self.skip_event(port);
                    return Flow::Open;
                }
                self.send(now, port)
            }
            Why::WindowClosed => {
                if let Phase::Window { from, until } = self.phase
                    && now == until
                {
                    port.listened(until.since(from));
                }
                self.close_event(port);
                Flow::Open
            }
            Why::Supervision => Flow::Closed(self.control.loss_reason()),
            Why::NotEstablished => Flow::Closed(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED),
            Why::ProcedureResponse => Flow::Closed(self.control.timeout_reason()),
            Why::AuthenticatedPayload => {
                self.payload_due(now, port);
                Flow::Open
            }
            Why::Advertise => unreachable!("a connection never asks to advertise"),
        }
    }

    /// Sends a packet, and listens for what may follow it.
    #[inline]
    fn send(&mut self, now: Instant, port: &mut impl Port) -> Flow {
        self.begin_procedures(now, port);
        let may_go_on = self.exchanges == 0 || self.progress.sent + 1 < self.exchanges;
        self.progress.own_more = self.traffic.stamp(may_go_on).md;
        self.progress.sent = self.progress.sent.saturating_add(1);
        let Schedule { channel, access_address, transmit_phy: phy, .. } = self.schedule;
        let frame = self.traffic.staged(Listening { channel, access_address, phy });
        let sent = now + airtime(phy, frame.pdu.payload_len());
        self.sends_until = sent;
        port.transmit(frame);
        if self.role == Role::Central || self.goes_on() {
            let opens = sent + T_IFS;
            let until = opens + ACTIVE_JITTER + sync_time(self.schedule.receive_phy);
            self.phase = Phase::Window { from: opens.saturating_sub(ACTIVE_JITTER), until };
        } else {
            self.close_event(port);
        }
        self.control.after_sending()
    }

    /// Whether either side has said that there is more (Vol 6 Part B 4.5.6).
    fn goes_on(&self) -> bool {
        (self.progress.own_more || self.progress.peer_more) && self.progress.broken < BROKEN_IN_A_ROW
    }

    /// Whether a central sends once more in this event, and is done before `end` with an answer of any length.
    fn has_room(&self, now: Instant, end: Instant) -> bool {
        let Self { traffic, schedule, .. } = self;
        let own = airtime(schedule.transmit_phy, traffic.in_flight_len());
        let answer = airtime(schedule.receive_phy, traffic.longest_received());
        let bound = self.exchanges == 0 || self.progress.sent < self.exchanges;
        let next_anchor = schedule.anchor + schedule.interval;
        bound && now + T_IFS * 3 + own + answer <= end.min(next_anchor)
    }

    /// A frame that was synchronised to has ended at `now`; the radio is wanted elsewhere at `end`.
    #[inline]
    pub(crate) fn frame(
        &mut self,
        (start, now, end): (Instant, Instant, Instant),
        pdu: &DataPdu,
        crc_ok: bool,
        port: &mut impl Port,
    ) -> Flow {
        if let Phase::Receiving { from } = self.phase {
            port.listened(now.since(from));
        }
        if self.role == Role::Peripheral && self.progress.sent == 0 {
            self.schedule.synchronise(start);
            self.missed = 0;
        }
        // A PDU longer than the link allows is not received: its CRC is not where the receiver looks for it.
        let whole = crc_ok && pdu.payload.len() <= self.traffic.longest_received();
        let mut plain = Plain::None;
        let received = if whole {
            self.heard = Some(now);
            (self.progress.heard, self.progress.broken, self.progress.peer_more) = (true, 0, pdu.header.md);
            self.traffic.receive(pdu, &mut plain)
        } else {
            self.progress.broken += 1;
            self.progress.peer_more = false;
            Received { acknowledged: None, content: Ok(None) }
        };
        if self.fast_encryption && self.is_encryption_start(&received) {
            let flow = self.take(now, &received, port);
            self.settle(now, end, port);
            return flow;
        }
        // The answer is settled before the content is looked at: T_IFS leaves no time to act on it.
        self.settle(now, end, port);
        self.take(now, &received, port)
    }

    /// Whether a peripheral has received what a fast one answers within the event: LL_ENC_REQ or
    /// LL_START_ENC_RSP (the option some controllers call fast encryption set-up).
    fn is_encryption_start(&self, received: &Received<'_>) -> bool {
        const ANSWERED: [u8; 2] = [LlControl::ENC_REQ, LlControl::START_ENC_RSP];
        let Ok(Some(content)) = &received.content else { return false };
        let opcode = content.payload.first();
        self.role == Role::Peripheral
            && content.llid == Llid::Control
            && opcode.is_some_and(|opcode| ANSWERED.contains(opcode))
    }

    /// Settles what is sent T_IFS after a frame, or that the event is over.
    #[inline]
    fn settle(&mut self, now: Instant, end: Instant, port: &mut impl Port) {
        match self.role {
            Role::Peripheral => {
                self.traffic.stage();
                self.phase = Phase::Answer { at: now + T_IFS };
            }
            Role::Central => {
                if self.goes_on() && {
                    self.traffic.stage();
                    self.has_room(now, end)
                } {
                    self.phase = Phase::Answer { at: now + T_IFS };
                } else {
                    self.close_event(port);
                }
            }
        }
    }

    /// Acts on what a frame brought.
    #[inline]
    fn take(&mut self, now: Instant, received: &Received<'_>, port: &mut impl Port) -> Flow {
        if let Some(acknowledged) = received.acknowledged
            && let Flow::Closed(reason) = self.acknowledged(acknowledged, port)
        {
            return Flow::Closed(reason);
        }
        match &received.content {
            Ok(None) => Flow::Open,
            Ok(Some(content)) => self.receive(now, content, port),
            Err(_) => Flow::Closed(ErrorCode::MIC_FAILURE),
        }
    }

    /// Time the radio needs for a packet each way.
    pub(crate) fn shortest_event(&self) -> Span {
        let Self { traffic, schedule, .. } = self;
        airtime(schedule.transmit_phy, traffic.in_flight_len())
            + T_IFS * 2
            + airtime(schedule.receive_phy, traffic.longest_received())
    }
}
