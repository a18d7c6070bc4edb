//! The authenticated payload timeout and the ping that keeps it from running out, Vol 6 Part B 5.4.
//!
//! Invariant: the timer runs while the link is encrypted and either both sides are known to have LE Ping or
//! the host has asked for the timer; a ping goes out early enough for its answer.

use super::{Connection, Request};
use crate::config::feature;
use crate::io::Port;
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::Event;

/// The units of the timeout: 10 ms (Vol 4 Part E 7.3.94).
const UNIT: Span = Span::from_millis(10);
/// connAuthPayloadTimeout unless the host says otherwise: 30 s (Vol 4 Part E 7.3.93).
const DEFAULT: u16 = 3_000;
/// Connection events that a ping and its answer get, apart from the latency.
const EVENTS_FOR_PING: u64 = 6;

/// The timer.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuthenticatedPayload {
    /// In 10 ms.
    timeout: u16,
    /// When the last packet with a MIC arrived.
    since: Instant,
    /// A ping has been asked for since.
    pinged: bool,
    /// The host has set the timeout.
    by_host: bool,
}

impl AuthenticatedPayload {
    pub(super) fn new(now: Instant) -> Self {
        Self { timeout: DEFAULT, since: now, pinged: false, by_host: false }
    }

    pub(super) fn restart(&mut self, now: Instant) {
        (self.since, self.pinged) = (now, false);
    }
}

impl Connection {
    fn pings(&self) -> bool {
        self.control.known.agreed(feature::PING)
    }

    /// When a ping or the host's notice is due.
    #[inline]
    pub(crate) fn payload_deadline(&self) -> Option<Instant> {
        let AuthenticatedPayload { timeout, since, pinged, by_host } = self.control.payload;
        if !self.traffic.encrypted() || !(by_host || self.pings()) {
            return None;
        }
        let timeout = UNIT * u64::from(timeout);
        if pinged || !self.pings() {
            return Some(since + timeout);
        }
        let events = EVENTS_FOR_PING + u64::from(self.schedule.latency);
        let margin = self.schedule.interval * events;
        let half = timeout.as_nanos() / 2;
        Some(since + Span::from_nanos(timeout.as_nanos() - margin.as_nanos().min(half)))
    }

    /// The time of [`Connection::payload_deadline`] has come.
    pub(crate) fn payload_due(&mut self, now: Instant, port: &mut impl Port) {
        let AuthenticatedPayload { timeout, since, .. } = self.control.payload;
        if now >= since + UNIT * u64::from(timeout) {
            self.control.payload.restart(now);
            let expired = Event::AuthenticatedPayloadTimeoutExpired { handle: self.handle };
            return self.control.tell(expired, port);
        }
        self.control.payload.pinged = true;
        self.ask(now, Request::Ping, false, port);
    }

    /// The timeout in 10 ms.
    pub(crate) fn payload_timeout(&self) -> u16 {
        self.control.payload.timeout
    }

    /// The host sets the timeout, in 10 ms; false if it is below the time that latency takes (Vol 4 Part E
    /// 7.3.94).
    pub(crate) fn set_payload_timeout(&mut self, now: Instant, timeout: u16) -> bool {
        let least = self.schedule.interval * (1 + u64::from(self.schedule.latency));
        let legal = UNIT * u64::from(timeout) >= least && timeout > 0;
        if legal {
            let payload = &mut self.control.payload;
            (payload.timeout, payload.by_host) = (timeout, true);
            payload.restart(now);
        }
        legal
    }
}
