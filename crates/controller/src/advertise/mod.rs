//! The advertising state: legacy and extended events, Vol 6 Part B 4.4.2.
//!
//! Invariant: one PDU a primary channel, in the order 37, 38, 39, then the auxiliary one if the event is
//! extended; after each that may be answered the radio listens for as long as T_IFS allows.

mod pdus;
pub(crate) mod settings;

use crate::connection::begin::Begin;
use crate::connection::hopping::csa2_channel;
use crate::io::{AirPdu, Draw, Frame, Listening, Port, Role, Why};
use crate::timing::{T_IFS, TRANSMIT_WINDOW_DELAY, airtime, sync_time};
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::{ErrorCode, Event, HciPacket};
use blesim_packet::ll::{AccessAddress, AdvPdu, AuxPtr, ChannelIndex, ChannelMap, ConnectInd, LlData, Phy};
use settings::{Extended, Settings};

/// From the end of one advertising PDU to the start of the next on the following channel. The specification
/// only bounds it (10 ms from start to start, Vol 6 Part B 4.4.2.3); T_IFS, a CONNECT_IND's first octets and
/// turn-around give the 0.75 ms from start to start that devices show with full advertising data. It is
/// longer than T_MAFS, 300 us, which an auxiliary packet needs (Vol 6 Part B 4.1.2).
const CHANNEL_GAP: Span = Span::from_micros(374);
/// Upper end of advDelay: 10 ms (Vol 6 Part B 4.4.2.2).
const ADV_DELAY_MAX: Span = Span::from_millis(10);
/// From one ADV_DIRECT_IND to the next on the same channel at high duty (Vol 6 Part B 4.4.2.4.3).
const HIGH_DUTY_INTERVAL: Span = Span::from_micros(3_750);
/// How long high duty lasts (Vol 6 Part B 4.4.2.4.3).
const HIGH_DUTY_DURATION: Span = Span::from_millis(1_280);

/// An advertiser between two of its steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advertiser {
    own: Address,
    csa2: bool,
    accurate: bool,
    set: Settings,
    /// Start of the current advertising event.
    event: Instant,
    /// Events that are over.
    events: u16,
    ends: Option<Instant>,
    /// Events after which it ends; 0 for no bound.
    max_events: u8,
    place: Place,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Primary(ChannelIndex),
    /// At this instant, which the pointers have told.
    Auxiliary(ChannelIndex, Instant),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Sends at this instant.
    Send(Instant),
    /// Has sent and would hear a request that starts by `until`; then goes on at `next`.
    Listen { from: Instant, until: Instant, next: Instant },
    /// Hears something, its receiver being on since `from`.
    Receiving { from: Instant, next: Instant },
    /// Answers a scan request.
    ScanResponse { at: Instant, next: Instant },
    /// Answers an AUX_CONNECT_REQ that ended at `created`.
    ConnectResponse { at: Instant, request: ConnectInd, created: Instant },
    /// Is over, for this reason.
    Over(Instant, ErrorCode),
}

/// What came of a wake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Woken {
    /// Sends, or does nothing, until then.
    Sends(Instant),
    /// Has answered a request until then, and the connection begins.
    Connects(Begin, Instant),
    /// Advertising is over without a connection.
    Over(ErrorCode),
}

const FIRST: u8 = 37;
const LAST: u8 = 39;

impl Advertiser {
    /// Starts advertising at `now`. `csa2` tells whether this device has channel selection algorithm #2,
    /// `accurate` whether its clock is within 50 ppm.
    pub(crate) fn new(own: Address, csa2: bool, accurate: bool, set: &Settings, now: Instant) -> Self {
        let ends = set.high_duty.then(|| now + HIGH_DUTY_DURATION);
        let mut advertiser = Self {
            own,
            csa2,
            accurate,
            set: *set,
            event: now,
            events: 0,
            ends,
            max_events: 0,
            place: Place::Primary(ChannelIndex(FIRST)),
            phase: Phase::Send(now),
        };
        advertiser.place = Place::Primary(advertiser.channel_from(FIRST).expect("a channel is in use"));
        advertiser
    }

    /// Bounds it: in time, unless the bound is zero, and in events.
    pub(crate) fn limit(&mut self, duration: Span, max_events: u8) {
        if !duration.is_zero() {
            let ends = self.event + duration;
            self.ends = Some(self.ends.map_or(ends, |before| before.min(ends)));
        }
        self.max_events = max_events;
    }

    /// What it is set to.
    pub(crate) fn settings(&self) -> &Settings {
        &self.set
    }

    /// Whether somebody can connect to it.
    pub(crate) fn connectable(&self) -> bool {
        self.set.connectable
    }

    /// Whether requests from others are filtered by the accept list.
    pub(crate) fn uses_accept_list(&self) -> bool {
        self.set.filter_policy != 0
    }

    /// Advertising events that are over, for the host.
    pub(crate) fn completed_events(&self) -> u8 {
        u8::try_from(self.events).unwrap_or(u8::MAX)
    }

    /// Uses other data from the next PDU on (Vol 4 Part E 7.8.7).
    pub(crate) fn set_data(&mut self, from: &Settings) {
        (self.set.data, self.set.scan_response, self.set.did) = (from.data, from.scan_response, from.did);
    }

    pub(crate) fn deadline(&self) -> Option<(Instant, Why)> {
        match self.phase {
            Phase::Send(at) | Phase::Listen { next: at, .. } | Phase::Over(at, _) => {
                Some((at, Why::Advertise))
            }
            Phase::ScanResponse { at, .. } | Phase::ConnectResponse { at, .. } => Some((at, Why::Answer)),
            Phase::Receiving { .. } => None,
        }
    }

    fn channel(&self) -> ChannelIndex {
        let (Place::Primary(channel) | Place::Auxiliary(channel, _)) = self.place;
        channel
    }

    fn phy(&self) -> Phy {
        match (self.set.extended, self.place) {
            (None, _) => Phy::Le1M,
            (Some(extended), Place::Primary(_)) => extended.primary,
            (Some(extended), Place::Auxiliary(..)) => extended.secondary,
        }
    }

    /// The first primary channel in use from `index` on.
    fn channel_from(&self, index: u8) -> Option<ChannelIndex> {
        let used = |index: &u8| self.set.channels >> (index - FIRST) & 1 == 1;
        (index..=LAST).find(used).map(ChannelIndex)
    }

    pub(crate) fn listening(&self, now: Instant) -> Option<Listening> {
        let Phase::Listen { until, .. } = self.phase else { return None };
        (now < until).then(|| Listening {
            channel: self.channel(),
            access_address: AccessAddress::ADVERTISING,
            phy: self.phy(),
        })
    }

    /// Until when it would hear a request.
    pub(crate) fn listens_until(&self) -> Instant {
        if let Phase::Listen { until, .. } = self.phase { until } else { Instant::ZERO }
    }

    pub(crate) fn sync(&mut self) {
        if let Phase::Listen { from, next, .. } = self.phase {
            self.phase = Phase::Receiving { from, next };
        }
    }

    /// Sends the next PDU, on the next channel or in the next event, or an answer.
    pub(crate) fn wake(&mut self, now: Instant, port: &mut impl Port) -> Woken {
        match self.phase {
            Phase::Over(_, reason) => return Woken::Over(reason),
            Phase::ScanResponse { at, next } if at == now => return self.respond(now, next, port),
            Phase::ConnectResponse { at, request, created } if at == now => {
                return self.accept(now, request, created, port);
            }
            Phase::ScanResponse { .. } | Phase::ConnectResponse { .. } => self.skip(now, port),
            Phase::Listen { from, until, .. } => {
                if from < until {
                    port.listened(until.since(from));
                }
                self.advance(port);
            }
            Phase::Send(_) | Phase::Receiving { .. } => {}
        }
        if !matches!(self.phase, Phase::Send(at) if at <= now) {
            return Woken::Sends(now);
        }
        let phy = self.phy();
        let pdu = self.pdu(now);
        let (sent, listens) = (now + airtime(phy, pdu.payload_len()), self.may_be_answered());
        self.transmit(pdu, port);
        let until = if listens { sent + T_IFS + sync_time(phy) } else { Instant::ZERO };
        self.phase = Phase::Listen { from: sent + T_IFS, until, next: sent + CHANNEL_GAP };
        Woken::Sends(sent)
    }

    fn transmit(&self, pdu: AdvPdu, port: &mut impl Port) {
        let (channel, phy) = (self.channel(), self.phy());
        let pdu = AirPdu::Advertising(pdu);
        port.transmit(&Frame { channel, access_address: AccessAddress::ADVERTISING, phy, pdu });
    }

    /// The PDU of the present place.
    fn pdu(&self, now: Instant) -> AdvPdu {
        match (self.set.extended, self.place) {
            (None, _) => pdus::legacy(&self.set, self.own, self.csa2),
            (Some(extended), Place::Auxiliary(..)) => pdus::auxiliary(&self.set, extended, self.own),
            (Some(extended), Place::Primary(_)) => {
                let (channel, at) = self.auxiliary(extended);
                // An offset of zero says that no auxiliary packet follows (Vol 6 Part B 2.3.4.5).
                let ahead = if at > now { at.since(now).as_micros() } else { 0 };
                let aux = AuxPtr::new(channel, self.accurate, extended.secondary, ahead);
                pdus::pointing(&self.set, extended, aux)
            }
        }
    }

    /// Channel and time of the event's auxiliary packet: after all pointers to it. The channel is the
    /// advertiser's choice (Vol 6 Part B 4.4.2.1): each event has another.
    fn auxiliary(&self, extended: Extended) -> (ChannelIndex, Instant) {
        let [_, _, low @ ..] = self.own.octets;
        let channel = csa2_channel(AccessAddress(u32::from_be_bytes(low)), self.events, ChannelMap::ALL);
        let turn = Self::pointer_airtime(&self.set, extended) + CHANNEL_GAP;
        (channel, self.event + turn * u64::from(self.set.channels.count_ones()))
    }

    fn pointer_airtime(set: &Settings, extended: Extended) -> Span {
        let aux = AuxPtr::new(ChannelIndex(0), false, Phy::Le1M, 0);
        airtime(extended.primary, pdus::pointing(set, extended, aux).payload_len())
    }

    /// Whether the PDU of the present place may be answered on its channel.
    fn may_be_answered(&self) -> bool {
        let answerable = self.set.connectable || self.set.scannable;
        answerable && (self.set.extended.is_none() || matches!(self.place, Place::Auxiliary(..)))
    }

    /// SCAN_RSP or AUX_SCAN_RSP.
    fn respond(&mut self, now: Instant, next: Instant, port: &mut impl Port) -> Woken {
        let pdu = pdus::scan_response(&self.set, self.own);
        let sent = now + airtime(self.phy(), pdu.payload_len());
        self.transmit(pdu, port);
        let next = next.max(sent + CHANNEL_GAP);
        self.phase = Phase::Listen { from: sent, until: Instant::ZERO, next };
        Woken::Sends(sent)
    }

    /// AUX_CONNECT_RSP: the connection begins whether or not it is heard (Vol 6 Part B 4.4.2.4.2).
    fn accept(&mut self, now: Instant, request: ConnectInd, created: Instant, port: &mut impl Port) -> Woken {
        let pdu = pdus::connect_response(&request);
        let phy = self.phy();
        let sent = now + airtime(phy, pdu.payload_len());
        self.transmit(pdu, port);
        let role = Role::Peripheral;
        Woken::Connects(Begin { role, request, csa2: true, phy, secondary: true, created }, sent)
    }

    /// The radio is wanted elsewhere: what was being heard is lost.
    pub(crate) fn interrupt(&mut self) {
        if let Phase::Receiving { from, next } = self.phase {
            self.phase = Phase::Listen { from, until: Instant::ZERO, next };
        }
    }

    /// The radio is taken: this PDU is not sent.
    pub(crate) fn skip(&mut self, now: Instant, port: &mut impl Port) {
        match self.phase {
            Phase::Send(_) => {
                let next = now + CHANNEL_GAP;
                self.phase = Phase::Listen { from: now, until: Instant::ZERO, next };
            }
            Phase::ScanResponse { next, .. } => {
                self.phase = Phase::Listen { from: now, until: Instant::ZERO, next: next.max(now) };
                self.advance(port);
            }
            Phase::ConnectResponse { .. } => {
                self.phase = Phase::Listen { from: now, until: Instant::ZERO, next: now };
                self.advance(port);
            }
            Phase::Listen { .. } | Phase::Receiving { .. } => self.advance(port),
            Phase::Over(..) => {}
        }
    }

    /// Goes on to the next channel, to the auxiliary packet, or to the next event.
    fn advance(&mut self, port: &mut impl Port) {
        let (Phase::Listen { next, .. } | Phase::Receiving { next, .. }) = self.phase else { return };
        if let Place::Primary(channel) = self.place {
            let follows = self.channel_from(channel.0 + 1);
            if let Some(extended) = self.set.extended {
                let (secondary, at) = self.auxiliary(extended);
                let sent = next + Self::pointer_airtime(&self.set, extended);
                if let Some(channel) = follows.filter(|_| sent + CHANNEL_GAP <= at) {
                    (self.place, self.phase) = (Place::Primary(channel), Phase::Send(next));
                } else {
                    (self.place, self.phase) = (Place::Auxiliary(secondary, at), Phase::Send(at));
                }
                return;
            }
            if let Some(channel) = follows {
                (self.place, self.phase) = (Place::Primary(channel), Phase::Send(next));
                return;
            }
        }
        self.next_event(port);
    }

    fn next_event(&mut self, port: &mut impl Port) {
        self.events = self.events.saturating_add(1);
        self.event += if self.set.high_duty {
            HIGH_DUTY_INTERVAL
        } else {
            let delay = port.draw(Draw::AdvDelay) % (ADV_DELAY_MAX.as_nanos() + 1);
            self.set.interval + Span::from_nanos(delay)
        };
        self.place = Place::Primary(self.channel_from(FIRST).expect("a channel is in use"));
        self.phase = Phase::Send(self.event);
        if self.max_events != 0 && self.events >= u16::from(self.max_events) {
            self.phase = Phase::Over(self.event, ErrorCode::LIMIT_REACHED);
        }
        if let Some(ends) = self.ends.filter(|&ends| ends <= self.event) {
            self.phase = Phase::Over(ends, ErrorCode::ADVERTISING_TIMEOUT);
        }
    }

    /// A frame ended; answers with the connection if it is a CONNECT_IND for this device.
    pub(crate) fn frame(
        &mut self,
        now: Instant,
        pdu: &AirPdu,
        crc_ok: bool,
        accept: &[Address],
        port: &mut impl Port,
    ) -> Option<Begin> {
        if let Phase::Receiving { from, next } = self.phase {
            if from < now {
                port.listened(now.since(from));
            }
            match pdu {
                AirPdu::Advertising(AdvPdu::ConnectInd(request)) if crc_ok && self.takes(request, accept) => {
                    if self.set.extended.is_none() {
                        let csa2 = request.ch_sel && self.csa2;
                        let (role, request, phy) = (Role::Peripheral, *request, Phy::Le1M);
                        return Some(Begin { role, request, csa2, phy, secondary: false, created: now });
                    }
                    let (at, request, created) = (now + T_IFS, *request, now);
                    self.phase = Phase::ConnectResponse { at, request, created };
                    return None;
                }
                AirPdu::Advertising(AdvPdu::ScanReq { scanner, advertiser })
                    if crc_ok && *advertiser == self.own && self.answers(*scanner, accept) =>
                {
                    self.phase = Phase::ScanResponse { at: now + T_IFS, next };
                    if let (true, Some(set)) = (self.set.notify, self.set.handle) {
                        let event = Event::LeScanRequestReceived { set, scanner: *scanner };
                        port.to_host(&HciPacket::Event(event));
                    }
                    return None;
                }
                AirPdu::Advertising(_) | AirPdu::Data(_) => {}
            }
        }
        self.advance(port);
        if let (Phase::Send(at), Place::Primary(_)) = (self.phase, self.place) {
            // What was received took longer than the gap: carry on right after it.
            self.phase = Phase::Send(at.max(now + TRANSMIT_WINDOW_DELAY));
        }
        None
    }

    /// The advertising filter policy, Vol 6 Part B 4.3.2, which directed advertising does not heed.
    fn answers(&self, scanner: Address, accept: &[Address]) -> bool {
        let listed = self.set.filter_policy & 1 == 0 || accept.contains(&scanner);
        self.set.scannable && self.set.target.is_none() && listed
    }

    fn takes(&self, request: &ConnectInd, accept: &[Address]) -> bool {
        let who = match self.set.target {
            Some(target) => request.initiator == target,
            None => self.set.filter_policy & 2 == 0 || accept.contains(&request.initiator),
        };
        who && self.set.connectable && request.advertiser == self.own && is_legal(&request.ll)
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
