//! The advertising state: undirected connectable events on the three primary channels, Vol 6 Part B 4.4.2.
//!
//! Invariant: one PDU a channel, in the order 37, 38, 39; after each the radio listens for a request for as
//! long as T_IFS allows.

use crate::io::{AirPdu, Draw, Frame, Listening, Port, Why};
use crate::timing::{T_IFS, TRANSMIT_WINDOW_DELAY, airtime, sync_time};
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{AccessAddress, AdvPdu, ChannelIndex, ConnectInd, LlData, Phy};
use blesim_packet::{Address, Octets};

/// From the end of one advertising PDU to the start of the next on the following channel. The specification
/// only bounds it (10 ms from start to start, Vol 6 Part B 4.4.2.3); T_IFS, a CONNECT_IND's first octets and
/// turn-around give the 0.75 ms from start to start that devices show with full advertising data.
const CHANNEL_GAP: Span = Span::from_micros(374);
/// Upper end of advDelay: 10 ms (Vol 6 Part B 4.4.2.2).
const ADV_DELAY_MAX: Span = Span::from_millis(10);

/// An advertiser between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advertiser {
    own: Address,
    csa2: bool,
    data: Octets<31>,
    interval: Span,
    /// Start of the current advertising event.
    event: Instant,
    channel: ChannelIndex,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Sends at this instant.
    Send(Instant),
    /// Has sent and would hear a request that starts by `until`; then goes on at `next`.
    Listen { until: Instant, next: Instant },
    /// Hears something.
    Receiving { next: Instant },
}

const FIRST: ChannelIndex = ChannelIndex(37);
const LAST: ChannelIndex = ChannelIndex(39);

impl Advertiser {
    /// Starts advertising at `now`; `csa2` tells whether this device has channel selection algorithm #2.
    pub(crate) fn new(own: Address, csa2: bool, data: Octets<31>, interval: Span, now: Instant) -> Self {
        Self { own, csa2, data, interval, event: now, channel: FIRST, phase: Phase::Send(now) }
    }

    /// Uses other data from the next PDU on (Vol 4 Part E 7.8.7).
    pub(crate) fn set_data(&mut self, data: Octets<31>) {
        self.data = data;
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Why)> {
        match self.phase {
            Phase::Send(at) | Phase::Listen { next: at, .. } => Some((at, Why::Advertise)),
            Phase::Receiving { .. } => None,
        }
    }

    pub(crate) fn listening(&self, now: Instant) -> Option<Listening> {
        let Phase::Listen { until, .. } = self.phase else { return None };
        (now < until).then_some(Listening {
            channel: self.channel,
            access_address: AccessAddress::ADVERTISING,
            phy: Phy::Le1M,
        })
    }

    pub(crate) fn sync(&mut self) {
        if let Phase::Listen { next, .. } = self.phase {
            self.phase = Phase::Receiving { next };
        }
    }

    /// Sends the next advertising PDU, on the next channel or in the next event, and tells when its last bit
    /// leaves.
    pub(crate) fn wake(&mut self, now: Instant, port: &mut impl Port) -> Instant {
        if let Phase::Listen { .. } = self.phase {
            self.advance(port);
            if !matches!(self.phase, Phase::Send(at) if at <= now) {
                return now;
            }
        }
        let (ch_sel, advertiser, data) = (self.csa2, self.own, self.data);
        let pdu = AirPdu::Advertising(AdvPdu::AdvInd { ch_sel, advertiser, data });
        let sent = now + airtime(Phy::Le1M, pdu.payload_len());
        let until = sent + T_IFS + sync_time(Phy::Le1M);
        port.transmit(Frame {
            channel: self.channel,
            access_address: AccessAddress::ADVERTISING,
            phy: Phy::Le1M,
            pdu,
        });
        self.phase = Phase::Listen { until, next: sent + CHANNEL_GAP };
        sent
    }

    /// The radio is wanted elsewhere: what was being heard is lost.
    pub(crate) fn interrupt(&mut self) {
        if let Phase::Receiving { next } = self.phase {
            self.phase = Phase::Listen { until: Instant::ZERO, next };
        }
    }

    /// The radio is taken: this PDU is not sent.
    pub(crate) fn skip(&mut self, now: Instant, port: &mut impl Port) {
        if let Phase::Send(_) = self.phase {
            self.phase = Phase::Listen { until: Instant::ZERO, next: now + CHANNEL_GAP };
        } else {
            self.advance(port);
        }
    }

    /// Goes on to the next channel, or after the last one to the next event.
    fn advance(&mut self, port: &mut impl Port) {
        let (Phase::Listen { next, .. } | Phase::Receiving { next }) = self.phase else { return };
        if self.channel < LAST {
            self.channel = ChannelIndex(self.channel.0 + 1);
            self.phase = Phase::Send(next);
        } else {
            let delay = port.draw(Draw::AdvDelay) % (ADV_DELAY_MAX.as_nanos() + 1);
            self.event += self.interval + Span::from_nanos(delay);
            self.channel = FIRST;
            self.phase = Phase::Send(self.event);
        }
    }

    /// A frame ended; answers with the CONNECT_IND if it is one for this device.
    pub(crate) fn frame(
        &mut self,
        now: Instant,
        pdu: &AirPdu,
        crc_ok: bool,
        port: &mut impl Port,
    ) -> Option<ConnectInd> {
        if let AirPdu::Advertising(AdvPdu::ConnectInd(request)) = pdu
            && crc_ok
            && request.advertiser == self.own
            && is_legal(&request.ll)
        {
            return Some(*request);
        }
        self.advance(port);
        if let Phase::Send(at) = self.phase {
            // What was received took longer than the gap: carry on right after it.
            self.phase = Phase::Send(at.max(now + TRANSMIT_WINDOW_DELAY));
        }
        None
    }
}

/// The ranges of Vol 6 Part B 2.3.3.1: a request outside them begins no connection.
fn is_legal(ll: &LlData) -> bool {
    let interval = u32::from(ll.interval);
    (6..=3_200).contains(&ll.interval)
        && ll.latency <= 499
        && (10..=3_200).contains(&ll.timeout)
        && u32::from(ll.timeout) * 4 > (1 + u32::from(ll.latency)) * interval
        && (1..=8).contains(&ll.win_size)
        && u16::from(ll.win_size) < ll.interval
        && ll.win_offset <= ll.interval
        && ll.channel_map.is_valid()
        && (5..=16).contains(&ll.hop)
}
