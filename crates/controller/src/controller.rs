//! The controller as a whole: one activity at a time, and the way in for everything that happens.

use crate::advertise::Advertiser;
use crate::connection::{Connection, Flow};
use crate::initiate::{Initiator, Requested};
use crate::io::{AirPdu, HANDLE, Input, Listening, Note, Port, Role, Why};
use crate::timing::worst_ppm;
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{ErrorCode, Event, HciPacket};
use blesim_packet::ll::ConnectInd;
use blesim_packet::{Address, AddressKind, Octets};

/// What a controller is born with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// The public address, Vol 6 Part B 1.3.1.
    pub public_address: Address,
    /// Sleep clock accuracy as the field of CONNECT_IND, 0..=7 (Vol 6 Part B 2.3.3.1).
    pub sca: u8,
    /// Whether channel selection algorithm #2 is supported.
    pub csa2: bool,
}

/// What the controller is doing. One thing at a time: advertising, initiating, or one connection.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives in place and is never moved in the hot path")]
pub(crate) enum Activity {
    Standby,
    Advertising(Advertiser),
    Initiating(Initiator),
    Connected(Connection),
}

/// A controller.
#[derive(Debug)]
pub struct Controller {
    pub(crate) config: Config,
    pub(crate) activity: Activity,
    pub(crate) random_address: Address,
    pub(crate) own_address: Address,
    pub(crate) advertising_interval: Span,
    pub(crate) advertising_data: Octets<31>,
}

impl Controller {
    /// A controller that has just been powered on.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            activity: Activity::Standby,
            random_address: Address { kind: AddressKind::Random, octets: [0; 6] },
            own_address: config.public_address,
            advertising_interval: Span::from_millis(1_280),
            advertising_data: Octets::new(),
        }
    }

    /// Forgets everything, as on power-on or HCI Reset (Vol 4 Part E 7.3.2).
    pub fn reset(&mut self) {
        *self = Self::new(self.config);
    }

    /// When the controller must be woken, and why; asked after every input.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, Why)> {
        match &self.activity {
            Activity::Standby => None,
            Activity::Advertising(advertiser) => advertiser.deadline(),
            Activity::Initiating(initiator) => initiator.deadline(),
            Activity::Connected(connection) => Some(connection.deadline()),
        }
    }

    /// What the receiver is tuned to at `now`, if it is on.
    #[must_use]
    pub fn listening(&self, now: Instant) -> Option<Listening> {
        match &self.activity {
            Activity::Standby => None,
            Activity::Advertising(advertiser) => advertiser.listening(now),
            Activity::Initiating(initiator) => initiator.listening(now),
            Activity::Connected(connection) => connection.listening(now),
        }
    }

    /// The role and whether both directions are encrypted, while connected.
    #[must_use]
    pub fn link(&self) -> Option<(Role, bool)> {
        match &self.activity {
            Activity::Connected(connection) => Some((connection.role, connection.traffic.encrypted())),
            Activity::Standby | Activity::Advertising(_) | Activity::Initiating(_) => None,
        }
    }

    /// Takes in what happens at `now`.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, port: &mut impl Port) {
        match input {
            Input::Hci(packet) => self.hci(now, packet, port),
            Input::Sync { end } => match &mut self.activity {
                Activity::Standby => {}
                Activity::Advertising(advertiser) => advertiser.sync(),
                Activity::Initiating(initiator) => initiator.sync(now, end),
                Activity::Connected(connection) => connection.sync(),
            },
            Input::Frame { start, pdu, crc_ok } => self.frame((start, now), pdu, crc_ok, port),
            Input::Wake => self.wake(now, port),
        }
    }

    fn frame(&mut self, when: (Instant, Instant), pdu: &AirPdu, crc_ok: bool, port: &mut impl Port) {
        let now = when.1;
        match (&mut self.activity, pdu) {
            (Activity::Advertising(advertiser), _) => {
                if let Some(request) = advertiser.frame(now, pdu, crc_ok, port) {
                    let both_csa2 = request.ch_sel && self.config.csa2;
                    self.connect(Role::Peripheral, &request, both_csa2, now, port);
                }
            }
            (Activity::Initiating(initiator), _) => initiator.frame(now, pdu, crc_ok),
            (Activity::Connected(connection), AirPdu::Data(data)) => {
                let flow = connection.frame(when, data, crc_ok, port);
                self.follow(flow, port);
            }
            // What began in one activity and ended in another has no receiver any more.
            (Activity::Connected(_), AirPdu::Advertising(_)) | (Activity::Standby, _) => {}
        }
    }

    fn wake(&mut self, now: Instant, port: &mut impl Port) {
        match &mut self.activity {
            Activity::Standby => {}
            Activity::Advertising(advertiser) => advertiser.wake(now, port),
            Activity::Initiating(initiator) => {
                if let Some(Requested { request, both_csa2, sent }) = initiator.wake(now, port) {
                    let both_csa2 = both_csa2 && self.config.csa2;
                    self.connect(Role::Central, &request, both_csa2, sent, port);
                }
            }
            Activity::Connected(connection) => {
                let (at, why) = connection.deadline();
                if at <= now {
                    let flow = connection.wake(now, why, port);
                    self.follow(flow, port);
                }
            }
        }
    }

    /// Enters the connection state and tells the host (Vol 6 Part B 4.5, Vol 4 Part E 7.7.65.1).
    fn connect(
        &mut self,
        role: Role,
        request: &ConnectInd,
        both_csa2: bool,
        created: Instant,
        port: &mut impl Port,
    ) {
        let (peer, role_code, clock_accuracy) = match role {
            // The clock accuracy is only known to the peripheral (Vol 4 Part E 7.7.65.1).
            Role::Central => (request.advertiser, 0, 0),
            Role::Peripheral => (request.initiator, 1, request.ll.sca),
        };
        let own_ppm = worst_ppm(self.config.sca);
        self.activity = Activity::Connected(Connection::new(role, request, both_csa2, own_ppm, created));
        port.to_host(HciPacket::Event(Event::LeConnectionComplete {
            status: ErrorCode::SUCCESS,
            handle: HANDLE,
            role: role_code,
            peer,
            interval: request.ll.interval,
            latency: request.ll.latency,
            timeout: request.ll.timeout,
            clock_accuracy,
        }));
    }

    fn follow(&mut self, flow: Flow, port: &mut impl Port) {
        let Flow::Closed(reason) = flow else { return };
        self.activity = Activity::Standby;
        port.note(Note::Closed(reason));
        let status = ErrorCode::SUCCESS;
        port.to_host(HciPacket::Event(Event::DisconnectionComplete { status, handle: HANDLE, reason }));
    }
}
