//! Connection events: when they open and close, and what happens at their instants.

use super::control::Reaction;
use super::traffic::MAX_RX_PAYLOAD;
use super::{Connection, Flow, Phase};
use crate::io::{AirPdu, Frame, Listening, Port, Role, Why};
use crate::timing::{ACTIVE_JITTER, SYNC_TIME, T_IFS, WIDENING_BASE, airtime};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::{DataPdu, Phy};

impl Connection {
    /// What the radio listens to at `now`.
    pub(crate) fn listening(&self, now: Instant) -> Option<Listening> {
        let Phase::Window { from, until } = self.phase else { return None };
        (from <= now && now < until).then_some(Listening {
            channel: self.channel,
            access_address: self.access_address,
            phy: Phy::Le1M,
        })
    }

    /// Waits for the event of `anchor`, which is already set.
    pub(super) fn open_event(&mut self) {
        self.phase = match self.role {
            Role::Central => Phase::Anchor,
            Role::Peripheral => {
                // Vol 6 Part B 4.2.4: the window widens with the time since the last anchor point seen.
                let elapsed = self.anchor.since(self.synchronised);
                let widening = Span::from_nanos(elapsed.as_nanos() * self.ppm / 1_000_000) + WIDENING_BASE;
                let until = self.anchor + self.slack + widening + SYNC_TIME;
                Phase::Window { from: self.anchor.saturating_sub(widening), until }
            }
        };
    }

    /// The current event is over: goes to the next one.
    fn close_event(&mut self) {
        self.event_counter = self.event_counter.wrapping_add(1);
        self.anchor += self.interval;
        self.channel = self.hopping.channel(self.event_counter, self.map);
        self.open_event();
    }

    /// The receiver found the access address.
    pub(crate) fn sync(&mut self) {
        self.phase = Phase::Receiving;
    }

    /// The wake for the reason of [`Connection::deadline`].
    pub(crate) fn wake(&mut self, now: Instant, why: Why, port: &mut impl Port) -> Flow {
        match why {
            Why::Anchor => {
                self.send(port);
                let sent = now + airtime(self.traffic.in_flight_len());
                let until = sent + T_IFS + ACTIVE_JITTER + SYNC_TIME;
                self.phase = Phase::Window { from: sent, until };
                self.control.after_sending()
            }
            Why::Answer => {
                self.send(port);
                self.close_event();
                self.control.after_sending()
            }
            Why::WindowClosed => {
                self.close_event();
                Flow::Open
            }
            Why::Supervision => Flow::Closed(self.control.loss_reason()),
            Why::NotEstablished => Flow::Closed(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED),
            Why::ProcedureResponse => Flow::Closed(self.control.timeout_reason()),
            Why::Advertise => unreachable!("a connection never asks to advertise"),
        }
    }

    fn send(&mut self, port: &mut impl Port) {
        let pdu = AirPdu::Data(self.traffic.staged());
        port.transmit(Frame {
            channel: self.channel,
            access_address: self.access_address,
            phy: Phy::Le1M,
            pdu,
        });
    }

    /// A frame that was synchronised to has ended at `now`.
    pub(crate) fn frame(
        &mut self,
        (start, now): (Instant, Instant),
        pdu: &DataPdu,
        crc_ok: bool,
        port: &mut impl Port,
    ) -> Flow {
        if self.role == Role::Peripheral {
            self.anchor = start;
            self.synchronised = start;
            self.slack = Span::ZERO;
        }
        // A PDU longer than the link allows is not received: its CRC is not where the receiver looks for it.
        let received = if crc_ok && pdu.payload.len() <= MAX_RX_PAYLOAD {
            self.heard = Some(now);
            self.traffic.receive(pdu)
        } else {
            traffic_nothing()
        };
        // The answer is settled before the content is looked at: T_IFS leaves no time to act on it.
        match self.role {
            Role::Peripheral => {
                self.traffic.stage();
                self.phase = Phase::Answer { at: now + T_IFS };
            }
            Role::Central => self.close_event(),
        }
        if let Some(acknowledged) = received.acknowledged
            && let Flow::Closed(reason) = Self::acknowledged(acknowledged, port)
        {
            return Flow::Closed(reason);
        }
        match received.content {
            Ok(None) => Flow::Open,
            Ok(Some(content)) => match self.control.receive(now, &content, &mut self.traffic, port) {
                Reaction::None => Flow::Open,
                Reaction::Close(reason) => Flow::Closed(reason),
            },
            Err(_) => Flow::Closed(ErrorCode::MIC_FAILURE),
        }
    }
}

/// What a frame with a bad CRC brings: nothing that may be believed.
fn traffic_nothing() -> super::traffic::Received {
    super::traffic::Received { acknowledged: None, content: Ok(None) }
}
