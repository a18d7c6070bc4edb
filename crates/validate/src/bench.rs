//! A bench with two controllers and an air between them: where a row needs a million links, or one link for
//! hours, hosts would only be in the way.
//!
//! Invariant: the controllers are the simulator's own, and are given what the world gives them in the same
//! order; chance is a stream of the trial's number. Only frames on data channels are lost.

use blesim_controller::{AirPdu, Config, Controller, Draw, Frame, Input, Note, Port};
use blesim_kernel::{Chance, Instant, Span, Stream, StreamName, Streams};
use blesim_packet::hci::{
    AclData, Command, Event, HciPacket, LeCreateConnection, LeSetAdvertisingParameters,
};
use blesim_packet::ll::airtime_us;
use blesim_packet::{Address, AddressKind, Octets};
use blesim_world::{LossMode, Reception};

/// The places of the two.
pub(crate) const CENTRAL: usize = 0;
pub(crate) const PERIPHERAL: usize = 1;
/// The handle of a controller's first connection.
const HANDLE: u16 = 0x0040;

const ADDRESSES: [Address; 2] = [
    Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x01]),
    Address::public([0x00, 0x00, 0x5E, 0x00, 0x53, 0x02]),
];

/// A link's parameters in the units of HCI.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LinkSpec {
    /// In 1.25 ms.
    pub(crate) interval: u16,
    /// In 10 ms.
    pub(crate) timeout: u16,
    /// Scan interval and window, and advertising interval, in 0.625 ms.
    pub(crate) scan: (u16, u16),
    pub(crate) advertising: u16,
    /// Octets of advertising data.
    pub(crate) data: usize,
    /// Packets in one connection event; 0 for no bound.
    pub(crate) exchanges: u8,
}

impl LinkSpec {
    /// A link that is made at once.
    pub(crate) const fn quick(interval: u16, timeout: u16) -> Self {
        Self { interval, timeout, scan: (16, 16), advertising: 32, data: 0, exchanges: 1 }
    }

    pub(crate) fn interval(&self) -> Span {
        Span::from_micros(1_250) * u64::from(self.interval)
    }
}

/// What becomes of frames on data channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loss {
    pub(crate) chance: Chance,
    pub(crate) mode: LossMode,
}

impl Loss {
    /// None is lost.
    pub(crate) const NONE: Self = Self { chance: Chance::NEVER, mode: LossMode::Sync };
}

/// Frames of one sender since they were last counted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Seen {
    pub(crate) sent: u32,
    /// Those that arrived whole.
    pub(crate) whole: u32,
    /// When the last one began.
    pub(crate) last: Option<Instant>,
}

struct Flight {
    frame: Frame,
    start: Instant,
    end: Instant,
    /// How it reaches the other one, if that listens.
    reception: Reception,
}

/// What comes out of a controller.
struct Out {
    stream: Stream,
    frame: Option<Frame>,
    host: Vec<HciPacket>,
}

impl Port for Out {
    fn to_host(&mut self, packet: &HciPacket) {
        self.host.push(*packet);
    }
    fn transmit(&mut self, frame: &Frame) {
        self.frame = Some(*frame);
    }
    fn draw(&mut self, _: Draw) -> u64 {
        self.stream.next_u64()
    }
    fn listened(&mut self, _: Span) {}
    fn note(&mut self, _: u16, _: Note) {}
}

/// Two controllers back to back.
pub(crate) struct Bench {
    pub(crate) now: Instant,
    pub(crate) loss: Loss,
    /// By sender.
    pub(crate) seen: [Seen; 2],
    spec: LinkSpec,
    controllers: [Controller; 2],
    deadlines: [Option<Instant>; 2],
    flights: [Option<Flight>; 2],
    out: [Out; 2],
    fates: Stream,
}

impl Bench {
    pub(crate) fn new(spec: LinkSpec) -> Self {
        let config = |address| Config { exchanges: spec.exchanges, ..Config::new(address) };
        let out = |owner| Out { stream: stream(0, owner), frame: None, host: Vec::new() };
        Self {
            now: Instant::ZERO,
            loss: Loss::NONE,
            seen: [Seen::default(); 2],
            spec,
            controllers: ADDRESSES.map(|address| Controller::new(config(address)).unmasked()),
            deadlines: [None; 2],
            flights: [None, None],
            out: [out(1), out(2)],
            fates: stream(0, 3),
        }
    }

    /// Starts over, with the chance of this trial.
    pub(crate) fn restart(&mut self, trial: u64) {
        self.now = Instant::ZERO;
        self.loss = Loss::NONE;
        self.seen = [Seen::default(); 2];
        self.deadlines = [None; 2];
        self.flights = [None, None];
        self.fates = stream(trial, 3);
        for (owner, (controller, out)) in (1..).zip(self.controllers.iter_mut().zip(&mut self.out)) {
            controller.reset();
            *out = Out { stream: stream(trial, owner), frame: None, host: core::mem::take(&mut out.host) };
            out.host.clear();
        }
    }

    /// A number below `bound` for the row's own use.
    pub(crate) fn below(&mut self, bound: Span) -> Span {
        Span::from_nanos(self.fates.below(bound.as_nanos()))
    }

    /// The peripheral advertises from now on.
    pub(crate) fn advertise(&mut self) {
        let LinkSpec { advertising, data, .. } = self.spec;
        let parameters = LeSetAdvertisingParameters {
            interval_min: advertising,
            interval_max: advertising,
            kind: 0,
            own_address_kind: AddressKind::Public,
            peer: ADDRESSES[CENTRAL],
            channel_map: 7,
            filter_policy: 0,
        };
        let data = Octets::from_slice(&[0; 31][..data]).expect("advertising data has 31 octets at the most");
        self.hci(PERIPHERAL, Command::LeSetAdvertisingParameters(parameters));
        self.hci(PERIPHERAL, Command::LeSetAdvertisingData(data));
        self.hci(PERIPHERAL, Command::LeSetAdvertisingEnable(true));
    }

    /// The central looks for the peripheral from now on.
    pub(crate) fn initiate(&mut self) {
        let LinkSpec { interval, timeout, scan: (scan_interval, scan_window), .. } = self.spec;
        let request = LeCreateConnection {
            scan_interval,
            scan_window,
            filter_policy: 0,
            peer: ADDRESSES[PERIPHERAL],
            own_address_kind: AddressKind::Public,
            interval_min: interval,
            interval_max: interval,
            latency: 0,
            timeout,
            min_ce_length: 0,
            max_ce_length: 0,
        };
        self.hci(CENTRAL, Command::LeCreateConnection(request));
    }

    /// Makes a link, without loss until it is asked for: both have it when this returns, and no event has
    /// been.
    pub(crate) fn connect(&mut self) {
        self.advertise();
        self.initiate();
        while self.controllers.iter().any(|controller| controller.links().next().is_none()) {
            self.step();
        }
        self.seen = [Seen::default(); 2];
        self.out.iter_mut().for_each(|out| out.host.clear());
    }

    /// Sends ACL data over the link.
    pub(crate) fn send(&mut self, from: usize, octets: &[u8]) {
        let data = Octets::from_slice(octets).expect("a packet is short");
        self.handle(
            from,
            Input::Hci(&HciPacket::Acl(AclData { handle: HANDLE, boundary: 0, broadcast: 0, data })),
        );
    }

    fn hci(&mut self, to: usize, command: Command) {
        self.handle(to, Input::Hci(&HciPacket::Command(command)));
    }

    /// ACL packets that have come to this host since the last time, and those it was told have been
    /// acknowledged.
    pub(crate) fn acl(&mut self, host: usize) -> (u32, u32) {
        let (mut received, mut completed) = (0, 0);
        for packet in self.out[host].host.drain(..) {
            match packet {
                HciPacket::Acl(_) => received += 1,
                HciPacket::Event(Event::NumberOfCompletedPackets { count, .. }) => {
                    completed += u32::from(count);
                }
                HciPacket::Event(_) | HciPacket::Command(_) => {}
            }
        }
        (received, completed)
    }

    /// Why the central's link ended, if it did.
    pub(crate) fn ended(&self) -> Option<u8> {
        self.out[CENTRAL].host.iter().find_map(|packet| match packet {
            HciPacket::Event(Event::DisconnectionComplete { reason, .. }) => Some(reason.0),
            _ => None,
        })
    }

    /// Whether the central has no link any more.
    pub(crate) fn lost(&self) -> bool {
        self.controllers[CENTRAL].links().next().is_none()
    }

    /// Goes on until there is nothing left to do before `until`, which is then the time.
    pub(crate) fn run_until(&mut self, until: Instant) {
        while self.next().is_some_and(|at| at < until) {
            self.step();
        }
        self.now = until;
    }

    /// When something happens next.
    fn next(&self) -> Option<Instant> {
        let mut next = None;
        let ends = [&self.flights[CENTRAL], &self.flights[PERIPHERAL]]
            .map(|flight| flight.as_ref().map(|it| it.end));
        for at in [ends[0], ends[1], self.deadlines[0], self.deadlines[1]].into_iter().flatten() {
            next = Some(next.map_or(at, |before: Instant| before.min(at)));
        }
        next
    }

    /// Lets the next thing happen: a frame ends before anybody wakes.
    pub(crate) fn step(&mut self) {
        let at = self.next().expect("somebody waits for something");
        self.now = self.now.max(at);
        for from in [CENTRAL, PERIPHERAL] {
            if let Some(flight) = self.flights[from].take_if(|flight| flight.end <= at) {
                let crc_ok = flight.reception == Reception::Whole;
                self.seen[from].whole += u32::from(crc_ok);
                self.handle(1 - from, Input::Frame { start: flight.start, pdu: &flight.frame.pdu, crc_ok });
                return;
            }
        }
        let device = usize::from(self.deadlines[CENTRAL].is_none_or(|central| central > at));
        self.handle(device, Input::Wake);
    }

    fn handle(&mut self, device: usize, input: Input<'_>) {
        self.controllers[device].handle(self.now, input, &mut self.out[device]);
        if let Some(frame) = self.out[device].frame.take() {
            self.launch(device, frame);
        }
        self.deadlines[device] = self.controllers[device].deadline().map(|(at, _)| at.max(self.now));
    }

    /// Puts a frame on the air: the other one gets it if it listens there and it is not lost.
    fn launch(&mut self, from: usize, frame: Frame) {
        let (start, to) = (self.now, 1 - from);
        self.seen[from].sent += 1;
        self.seen[from].last = Some(start);
        let end = start + Span::from_micros(u64::from(airtime_us(frame.phy, frame.pdu.payload_len())));
        let lossy = matches!(frame.pdu, AirPdu::Data(_)) && !self.loss.chance.is_never();
        let reception = match self.loss.mode {
            _ if !lossy || !self.loss.chance.hits(self.fates.next_u64()) => Reception::Whole,
            LossMode::Sync => Reception::Lost,
            LossMode::Crc => Reception::CrcError,
        };
        let listening = self.controllers[to].listening(start);
        let heard = listening.is_some_and(|listening| {
            (listening.channel, listening.access_address, listening.phy)
                == (frame.channel, frame.access_address, frame.phy)
        });
        if heard && reception != Reception::Lost {
            self.handle(to, Input::Sync { end });
            self.flights[from] = Some(Flight { frame, start, end, reception });
        }
    }
}

/// The chance of a trial: 1 and 2 the controllers' numbers, 3 the fates of frames.
fn stream(trial: u64, owner: u32) -> Stream {
    Streams::new(trial).stream(StreamName::new(0x7661_6C69, owner))
}
