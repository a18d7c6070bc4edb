//! One controller on a bench: a port that records, a clock that goes from deadline to deadline, and a peer
//! whose frames the test writes.
//!
//! Invariant: frames reach the controller the way an owner delivers them: Sync, then Frame at its end.

use crate::peer::{Peer, Said};
use blesim_controller::{AirPdu, Config, Controller, Draw, Frame, Input, LinkLayer, Note, Port, Role, Why};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{
    AclData, Command, Event, HciPacket, LeCreateConnection, LeSetAdvertisingParameters,
};
use blesim_packet::ll::{AccessAddress, AdvPdu, ChannelMap, ConnectInd, LlControl, LlData, Llid};
use blesim_packet::{Address, AddressKind, Octets};

/// The public address of the controller under test.
pub(crate) const OWN: Address = Address::public([0x00, 0x1B, 0xDC, 0x07, 0x31, 0x02]);
/// The device on the other side.
pub(crate) const PEER: Address = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);
/// The access address of every connection on the bench.
pub(crate) const ACCESS_ADDRESS: AccessAddress = AccessAddress(0x7176_4129);
/// The handle of the one connection.
pub(crate) const HANDLE: u16 = 0x0040;
/// Inter frame space (Vol 6 Part B 4.1.1).
pub(crate) const T_IFS: Span = Span::from_micros(150);

/// Records what comes out and gives fixed numbers.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) host: Vec<HciPacket>,
    pub(crate) air: Vec<Frame>,
    pub(crate) notes: Vec<Note>,
}

impl Port for Recorder {
    fn to_host(&mut self, packet: &HciPacket) {
        self.host.push(*packet);
    }
    fn transmit(&mut self, frame: &Frame) {
        self.air.push(*frame);
    }
    fn draw(&mut self, what: Draw) -> u64 {
        match what {
            Draw::AccessAddress => u64::from(ACCESS_ADDRESS.0),
            Draw::CrcInit => 0x55_5555,
            Draw::Hop | Draw::AdvDelay | Draw::Backoff => 0,
            Draw::Skd | Draw::Random => 0x0123_4567_89AB_CDEF,
            Draw::Iv => 0xDEAD_BEEF,
        }
    }
    fn listened(&mut self, _: Span) {}
    fn note(&mut self, _: u16, note: Note) {
        self.notes.push(note);
    }
}

/// The bench.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) now: Instant,
    pub(crate) controller: Controller,
    pub(crate) port: Recorder,
    pub(crate) peer: Peer,
    /// Where the peer, as central, sends next.
    pub(crate) anchor: Instant,
    pub(crate) interval: Span,
    /// Connection events so far, which is the number of the next.
    pub(crate) count: u16,
}

/// Parameters with nothing special about them: 30 ms, no latency, 4 s.
pub(crate) fn ll_data() -> LlData {
    LlData {
        access_address: ACCESS_ADDRESS,
        crc_init: 0,
        win_size: 1,
        win_offset: 0,
        interval: 24,
        latency: 0,
        timeout: 400,
        channel_map: ChannelMap::ALL,
        hop: 7,
        sca: 5,
    }
}

/// The same as a host asks for them.
pub(crate) fn create() -> LeCreateConnection {
    LeCreateConnection {
        scan_interval: 96,
        scan_window: 96,
        filter_policy: 0,
        peer: PEER,
        own_address_kind: AddressKind::Public,
        interval_min: 24,
        interval_max: 24,
        latency: 0,
        timeout: 400,
        min_ce_length: 0,
        max_ce_length: 0,
    }
}

/// Connectable advertising every 100 ms.
pub(crate) fn advertising_parameters() -> LeSetAdvertisingParameters {
    LeSetAdvertisingParameters {
        interval_min: 160,
        interval_max: 160,
        kind: 0,
        own_address_kind: AddressKind::Public,
        peer: PEER,
        channel_map: 7,
        filter_policy: 0,
    }
}

impl Rig {
    pub(crate) fn new(csa2: bool) -> Self {
        Self::with(csa2, LinkLayer::default())
    }

    /// A controller with this link layer.
    pub(crate) fn with(csa2: bool, link_layer: LinkLayer) -> Self {
        let config = Config { csa2, exchanges: 1, max_links: 4, link_layer, ..Config::new(OWN) };
        Self {
            now: Instant::ZERO,
            controller: Controller::new(config).unmasked(),
            port: Recorder::default(),
            peer: Peer::new(Role::Peripheral),
            anchor: Instant::ZERO,
            interval: Span::ZERO,
            count: 0,
        }
    }

    /// A controller that has sent its CONNECT_IND.
    pub(crate) fn central(request: LeCreateConnection) -> Self {
        Self::central_with(request, LinkLayer::default())
    }

    pub(crate) fn central_with(request: LeCreateConnection, link_layer: LinkLayer) -> Self {
        let mut rig = Self::with(true, link_layer);
        rig.hci(Command::LeCreateConnection(request));
        rig.hear(rig.now, &adv_ind(true), true);
        assert_eq!(rig.wake(), Why::Answer);
        rig.now += Span::from_micros(352);
        rig.interval = Span::from_micros(1_250) * u64::from(request.interval_max);
        rig.port = Recorder::default();
        rig
    }

    /// A controller that has taken a CONNECT_IND with these parameters.
    pub(crate) fn peripheral(ll: LlData) -> Self {
        Self::peripheral_with(ll, LinkLayer::default())
    }

    pub(crate) fn peripheral_with(ll: LlData, link_layer: LinkLayer) -> Self {
        let mut rig = Self::with(true, link_layer);
        rig.peer = Peer::new(Role::Central);
        rig.hci(Command::LeSetAdvertisingParameters(advertising_parameters()));
        rig.hci(Command::LeSetAdvertisingEnable(true));
        assert_eq!(rig.wake(), Why::Advertise);
        let sent = rig.now + Span::from_micros(128);
        rig.hear(sent + T_IFS, &connect_ind(ll), true);
        rig.anchor = rig.now + Span::from_micros(1_250) * (1 + u64::from(ll.win_offset));
        rig.interval = Span::from_micros(1_250) * u64::from(ll.interval);
        rig.port = Recorder::default();
        rig
    }

    /// The one link: the role, and whether both directions are encrypted.
    pub(crate) fn link(&self) -> Option<(Role, bool)> {
        self.controller.links().next().map(|(_, role, encrypted)| (role, encrypted))
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) {
        self.controller.handle(self.now, input, &mut self.port);
    }

    /// Gives a command and returns the events it caused at once.
    pub(crate) fn hci(&mut self, command: Command) -> Vec<Event> {
        let before = self.port.host.len();
        self.handle(Input::Hci(&HciPacket::Command(command)));
        self.port.host[before..].iter().filter_map(event_of).collect()
    }

    pub(crate) fn acl(&mut self, octets: &[u8]) {
        let data = Octets::from_slice(octets).unwrap();
        self.handle(Input::Hci(&HciPacket::Acl(AclData { handle: HANDLE, boundary: 0, broadcast: 0, data })));
    }

    /// Goes to the deadline and wakes the controller.
    pub(crate) fn wake(&mut self) -> Why {
        let (at, why) = self.controller.deadline().expect("the controller waits for something");
        assert!(at >= self.now, "a deadline lies ahead");
        self.now = at;
        self.handle(Input::Wake);
        why
    }

    /// Delivers a frame whose first bit is sent at `start`; afterwards it is the frame's end.
    pub(crate) fn hear(&mut self, start: Instant, pdu: &AirPdu, crc_ok: bool) {
        let end = start + Span::from_micros(80 + 8 * u64::try_from(pdu.payload_len()).unwrap());
        self.now = start;
        self.handle(Input::Sync { end });
        self.now = end;
        self.handle(Input::Frame { start, pdu, crc_ok });
    }

    /// One connection event without loss: the peer says `say`. Returns what the controller newly said.
    pub(crate) fn event(&mut self, say: Option<(Llid, &[u8])>) -> Option<Said> {
        self.count += 1;
        let said = if self.peer.role() == Role::Peripheral {
            assert_eq!(self.wake(), Why::Anchor);
            let said = self.peer_hears();
            if self.link().is_none() {
                return said;
            }
            let start = self.now + Span::from_micros(80 + 8 * self.peer.heard_len) + T_IFS;
            let pdu = self.peer.speak(say);
            self.hear(start, &AirPdu::Data(pdu), true);
            said
        } else {
            let pdu = self.peer.speak(say);
            self.hear(self.anchor, &AirPdu::Data(pdu), true);
            self.anchor += self.interval;
            self.link()?;
            assert_eq!(self.wake(), Why::Answer);
            self.peer_hears()
        };
        assert!(self.peer.idle(), "with no loss everything is acknowledged");
        said
    }

    /// One connection event in which the peer sends this control PDU.
    pub(crate) fn event_with(&mut self, pdu: &LlControl) -> Option<Said> {
        self.event(Some((Llid::Control, &pdu.encode())))
    }

    fn peer_hears(&mut self) -> Option<Said> {
        let frame = self.port.air.pop().expect("the controller sends");
        let AirPdu::Data(pdu) = frame.pdu else { panic!("data, not {:?}", frame.pdu) };
        self.peer.hear(&pdu)
    }

    /// The events for the host so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.port.host.iter().filter_map(event_of).collect()
    }

    /// The reason of Disconnection Complete, if the link ended.
    pub(crate) fn disconnected(&self) -> Option<u8> {
        self.events().into_iter().find_map(|event| match event {
            Event::DisconnectionComplete { reason, .. } => Some(reason.0),
            _ => None,
        })
    }
}

fn event_of(packet: &HciPacket) -> Option<Event> {
    match packet {
        HciPacket::Event(event) => Some(*event),
        HciPacket::Acl(_) | HciPacket::Command(_) => None,
    }
}

/// The peer's advertisement.
pub(crate) fn adv_ind(ch_sel: bool) -> AirPdu {
    AirPdu::Advertising(AdvPdu::AdvInd { ch_sel, advertiser: PEER, data: Octets::new() })
}

/// The peer's request for a connection.
pub(crate) fn connect_ind(ll: LlData) -> AirPdu {
    connect_ind_to(OWN, true, ll)
}

/// A request to any advertiser.
pub(crate) fn connect_ind_to(advertiser: Address, ch_sel: bool, ll: LlData) -> AirPdu {
    AirPdu::Advertising(AdvPdu::ConnectInd(ConnectInd { ch_sel, initiator: PEER, advertiser, ll }))
}
