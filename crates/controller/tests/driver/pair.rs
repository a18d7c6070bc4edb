//! Two controllers back to back over a channel that loses frames: whatever their hosts ask for, afterwards both
//! agree on the link, or it is down with a code of the specification.

use crate::rig::{HANDLE, OWN, PEER, advertising_parameters, create};
use blesim_controller::{AirPdu, Config, Controller, Draw, Frame, Input, LinkLayer, Note, Port, Starts};
use blesim_kernel::{Instant, Span};
use blesim_packet::Octets;
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket, LeConnectionUpdate, LeSetPhy};
use blesim_packet::ll::airtime_us;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::VecDeque;

const LTK: u128 = 0x1234_5678;

/// One device: controller, what it put out, and how often it has drawn.
struct Device {
    controller: Controller,
    up: VecDeque<HciPacket>,
    sent: Option<Frame>,
    draws: u64,
    rows: Vec<u8>,
}

struct Out<'a>(&'a mut VecDeque<HciPacket>, &'a mut Option<Frame>, &'a mut u64, &'a mut Vec<u8>);

impl Port for Out<'_> {
    fn to_host(&mut self, packet: &HciPacket) {
        self.0.push_back(*packet);
    }
    fn transmit(&mut self, frame: &Frame) {
        assert!(self.1.replace(*frame).is_none(), "one frame at a time");
    }
    fn draw(&mut self, what: Draw) -> u64 {
        *self.2 += 1;
        match what {
            Draw::AccessAddress => 0x7176_4129,
            _ => self.2.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }
    fn listened(&mut self, _: Span) {}
    fn note(&mut self, _: u16, note: Note) {
        if let Note::Edge(row) = note {
            self.3.push(row);
        }
    }
}

impl Device {
    fn new(central: bool, link_layer: LinkLayer) -> Self {
        let public_address = if central { PEER } else { OWN };
        let config = Config { link_layer, ..Config::new(public_address) };
        let controller = Controller::new(config).unmasked();
        Self { controller, up: VecDeque::new(), sent: None, draws: 0, rows: Vec::new() }
    }

    fn handle(&mut self, now: Instant, input: Input<'_>) {
        let mut out = Out(&mut self.up, &mut self.sent, &mut self.draws, &mut self.rows);
        self.controller.handle(now, input, &mut out);
    }

    fn command(&mut self, now: Instant, command: Command) {
        self.handle(now, Input::Hci(&HciPacket::Command(command)));
    }
}

/// What is between an antenna and the other.
struct Flight {
    from: usize,
    frame: Frame,
    start: Instant,
    end: Instant,
    heard: bool,
}

/// The pair.
struct Pair {
    devices: [Device; 2],
    now: Instant,
    flight: Option<Flight>,
    /// Bit k: the k-th frame is lost; wraps around.
    losses: Vec<bool>,
    frames: usize,
    reasons: Vec<ErrorCode>,
    data: [u32; 2],
}

impl Pair {
    fn new(layers: [LinkLayer; 2], losses: Vec<bool>) -> Self {
        let devices = [Device::new(true, layers[0]), Device::new(false, layers[1])];
        let mut pair = Self {
            devices,
            now: Instant::ZERO,
            flight: None,
            losses: Vec::new(),
            frames: 0,
            reasons: Vec::new(),
            data: [0; 2],
        };
        for device in 0..2 {
            pair.host(device, Command::LeSetEventMask(u64::MAX));
        }
        pair.host(1, Command::LeSetAdvertisingParameters(advertising_parameters()));
        pair.host(1, Command::LeSetAdvertisingEnable(true));
        let mut request = create();
        request.peer = OWN;
        pair.host(0, Command::LeCreateConnection(request));
        pair.run(Span::from_secs(1));
        assert!(pair.devices.iter().all(|device| device.controller.links().count() == 1), "connected");
        pair.losses = losses;
        pair
    }

    fn host(&mut self, device: usize, command: Command) {
        self.devices[device].command(self.now, command);
        self.settle();
    }

    fn acl(&mut self, device: usize, length: usize) {
        let data = Octets::from_slice(&vec![7; length]).unwrap();
        let packet = HciPacket::Acl(AclData { handle: HANDLE, boundary: 0, broadcast: 0, data });
        self.devices[device].handle(self.now, Input::Hci(&packet));
        self.settle();
    }

    /// Puts what was sent on the air, and lets the hosts answer what they must.
    fn settle(&mut self) {
        for device in 0..2 {
            if let Some(frame) = self.devices[device].sent.take() {
                let span = Span::from_micros(u64::from(airtime_us(frame.phy, frame.pdu.payload_len())));
                let lost = self.losses.get(self.frames % self.losses.len().max(1)).copied().unwrap_or(false);
                self.frames += 1;
                let (start, end) = (self.now, self.now + span);
                let other = &self.devices[1 - device].controller;
                let tuned = other.listening(self.now).is_some_and(|listening| {
                    let coded = |phy| {
                        matches!(phy, blesim_packet::ll::Phy::CodedS2 | blesim_packet::ll::Phy::CodedS8)
                    };
                    listening.channel == frame.channel
                        && listening.access_address == frame.access_address
                        && (listening.phy == frame.phy || coded(listening.phy) && coded(frame.phy))
                });
                let heard = tuned && !lost;
                if heard {
                    self.devices[1 - device].handle(self.now, Input::Sync { end });
                }
                self.flight = Some(Flight { from: device, frame, start, end, heard });
            }
            while let Some(packet) = self.devices[device].up.pop_front() {
                self.answer(device, &packet);
            }
        }
    }

    fn answer(&mut self, device: usize, packet: &HciPacket) {
        match packet {
            HciPacket::Event(Event::LeLongTermKeyRequest { handle, .. }) => {
                let handle = *handle;
                self.devices[device]
                    .command(self.now, Command::LeLongTermKeyRequestReply { handle, ltk: LTK });
            }
            HciPacket::Event(Event::LeRemoteConnectionParameterRequest {
                handle,
                interval_min,
                interval_max,
                latency,
                timeout,
            }) => {
                let reply = LeConnectionUpdate {
                    handle: *handle,
                    interval_min: *interval_min,
                    interval_max: *interval_max,
                    latency: *latency,
                    timeout: *timeout,
                    min_ce_length: 0,
                    max_ce_length: 0,
                };
                let reply = Command::LeRemoteConnectionParameterRequestReply(reply);
                self.devices[device].command(self.now, reply);
            }
            HciPacket::Event(Event::DisconnectionComplete { reason, .. }) => self.reasons.push(*reason),
            HciPacket::Acl(acl) => self.data[device] += u32::try_from(acl.data.len()).unwrap(),
            _ => {}
        }
    }

    fn run(&mut self, span: Span) {
        let until = self.now + span;
        loop {
            let wakes = [0, 1].map(|device| self.devices[device].controller.deadline().map(|(at, _)| at));
            let lands = self.flight.as_ref().map(|flight| flight.end);
            let Some(next) = wakes.into_iter().flatten().chain(lands).min().filter(|&next| next <= until)
            else {
                self.now = until;
                return;
            };
            self.now = self.now.max(next);
            if lands == Some(next) {
                let flight = self.flight.take().unwrap();
                if flight.heard {
                    let (start, pdu) = (flight.start, flight.frame.pdu);
                    let pdu: AirPdu = pdu;
                    self.devices[1 - flight.from]
                        .handle(self.now, Input::Frame { start, pdu: &pdu, crc_ok: true });
                }
            } else {
                let device = usize::from(wakes[0] != Some(next));
                self.devices[device].handle(self.now, Input::Wake);
            }
            self.settle();
        }
    }

    /// What a command returns after status and handle.
    fn read(&mut self, device: usize, command: Command) -> Vec<u8> {
        self.devices[device].command(self.now, command);
        let answer = self.devices[device].up.pop_front();
        match answer {
            Some(HciPacket::Event(Event::CommandComplete { parameters, .. })) => parameters.to_vec(),
            other => panic!("Command Complete, not {other:?}"),
        }
    }

    /// What each side believes of the link: encryption, map, PHYs (sent and received, crossed for one side).
    fn agrees(&mut self) {
        let encrypted = [0, 1].map(|side| self.devices[side].controller.links().next().unwrap().2);
        assert_eq!(encrypted[0], encrypted[1], "encryption");
        let maps = [0, 1].map(|side| self.read(side, Command::LeReadChannelMap { handle: HANDLE }));
        assert_eq!(maps[0], maps[1], "channel map");
        let [central, peripheral] = [0, 1].map(|side| self.read(side, Command::LeReadPhy { handle: HANDLE }));
        assert_eq!((central[3], central[4]), (peripheral[4], peripheral[3]), "PHYs");
        // Parameters: both hear each other for long, and data arrives.
        let before = self.data;
        self.acl(0, 100);
        self.acl(1, 100);
        self.run(Span::from_secs(20));
        assert_eq!(self.data, [before[0] + 100, before[1] + 100], "both still understand each other");
    }

    fn up(&self) -> bool {
        self.devices.iter().all(|device| device.controller.links().count() == 1)
    }
}

fn update(interval: u16, latency: u16) -> Command {
    Command::LeConnectionUpdate(LeConnectionUpdate {
        handle: HANDLE,
        interval_min: interval,
        interval_max: interval,
        latency,
        timeout: 600,
        min_ce_length: 0,
        max_ce_length: 0,
    })
}

fn command() -> impl Strategy<Value = Command> {
    let handle = HANDLE;
    prop_oneof![
        3 => Just(Command::LeEnableEncryption { handle, rand: 0, ediv: 0, ltk: LTK }),
        2 => (6_u16..80, 0_u16..4).prop_map(|(interval, latency)| update(interval, latency)),
        2 => (1_u8..8, 1_u8..8, 0_u16..3).prop_map(move |(tx_phys, rx_phys, options)| {
            Command::LeSetPhy(LeSetPhy { handle, all_phys: 0, tx_phys, rx_phys, options })
        }),
        1 => any::<[u8; 4]>().prop_map(|[a, b, c, d]| {
            Command::LeSetHostChannelClassification([a | 3, b, c, d, 0x0F])
        }),
        1 => (27_u16..=251, 328_u16..=17_040).prop_map(move |(octets, time)| {
            Command::LeSetDataLength { handle, octets, time }
        }),
        1 => Just(Command::LeReadRemoteFeatures { handle }),
        1 => Just(Command::ReadRemoteVersionInformation { handle }),
        1 => Just(Command::LeRequestPeerSca { handle }),
        1 => (20_u16..400).prop_map(move |timeout| Command::WriteAuthenticatedPayloadTimeout { handle, timeout }),
    ]
}

/// A command for a side, and the milliseconds to the next.
fn acts() -> impl Strategy<Value = Vec<(usize, Command, u64)>> {
    vec((0_usize..2, command(), prop_oneof![Just(0), 0_u64..100, 100_u64..3_000]), 1..12)
}

/// Reasons for which a link may end here: silence, an instant that passed, a collision.
const REASONS: [u8; 5] = [0x08, 0x22, 0x23, 0x28, 0x2A];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Without loss nothing ends the link, and both sides agree.
    #[test]
    fn agree_without_loss(acts in acts()) {
        let mut pair = Pair::new([LinkLayer::default(); 2], Vec::new());
        for (device, command, millis) in acts {
            pair.host(device, command);
            pair.acl(device, 40);
            pair.run(Span::from_millis(millis));
        }
        pair.run(Span::from_secs(45));
        prop_assert!(pair.up(), "{:?}", pair.reasons);
        pair.agrees();
    }

    /// With loss they agree too, or the link is down with a code that says why.
    #[test]
    fn agree_with_loss(acts in acts(), losses in vec(prop::bool::weighted(0.3), 97)) {
        let mut pair = Pair::new([LinkLayer::default(); 2], losses);
        for (device, command, millis) in acts {
            pair.host(device, command);
            pair.acl(device, 40);
            pair.run(Span::from_millis(millis));
        }
        pair.run(Span::from_secs(100));
        pair.losses.clear();
        pair.run(Span::from_secs(10));
        if pair.up() {
            pair.agrees();
        } else {
            prop_assert!(pair.reasons.iter().all(|reason| REASONS.contains(&reason.0)), "{:?}", pair.reasons);
        }
    }

    /// The same with a peer that knows less, or that begins procedures unasked.
    #[test]
    fn agree_with_any_features(acts in acts(), features: [u64; 2], flags: [[bool; 4]; 2]) {
        let layer = |features, [version, features_too, data_length, phy]: [bool; 4]| LinkLayer {
            features: features | 1,
            starts: Starts { version, features: features_too, data_length, phy },
            ..LinkLayer::default()
        };
        let layers = [layer(features[0], flags[0]), layer(features[1], flags[1])];
        let mut pair = Pair::new(layers, Vec::new());
        for (device, command, millis) in acts {
            pair.host(device, command);
            pair.run(Span::from_millis(millis));
        }
        pair.run(Span::from_secs(45));
        prop_assert!(pair.up(), "{:?}", pair.reasons);
        pair.agrees();
    }
}

/// A peripheral that asks for a PHY while encryption starts loses the link: the central takes it for an attack
/// (0x3D), the peripheral hears nothing more (0x08). Without the departure the same acts end encrypted.
#[test]
fn an_update_during_encryption_ends_the_link() {
    for departs in [false, true] {
        let quirk = LinkLayer { updates_during_encryption: departs, ..LinkLayer::default() };
        let mut pair = Pair::new([LinkLayer::default(), quirk], Vec::new());
        let handle = HANDLE;
        pair.host(0, Command::LeEnableEncryption { handle, rand: 0, ediv: 0, ltk: LTK });
        pair.run(Span::from_millis(45));
        let phy = LeSetPhy { handle, all_phys: 0, tx_phys: 2, rx_phys: 2, options: 0 };
        pair.host(1, Command::LeSetPhy(phy));
        pair.run(Span::from_secs(10));
        if departs {
            assert_eq!(pair.reasons, [ErrorCode(0x3D), ErrorCode(0x08)]);
        } else {
            assert!(pair.up());
            pair.agrees();
            assert!(pair.devices[0].controller.links().all(|(_, _, encrypted)| encrypted));
            assert_eq!(pair.read(0, Command::LeReadPhy { handle })[3..], [2, 2]);
        }
    }
}

/// Longer packets and a faster PHY carry the same data in fewer frames.
#[test]
fn longer_packets() {
    let frames = |layer: LinkLayer| {
        let mut pair = Pair::new([layer; 2], Vec::new());
        pair.run(Span::from_secs(1));
        let before = pair.frames;
        for _ in 0..3 {
            pair.acl(0, 240);
        }
        pair.run(Span::from_millis(300));
        assert_eq!(pair.data, [0, 720]);
        pair.frames - before
    };
    let starts = Starts { data_length: true, features: true, version: true, phy: true };
    let short = frames(LinkLayer::default());
    let long = frames(LinkLayer { starts, ..LinkLayer::default() });
    assert!(long + 40 <= short, "{long} {short}");
}

/// A host that changes its mind while the peer is being told of its longest packets: nothing longer is sent before
/// the peer knows of that too (Vol 6 Part B 4.5.10, 5.1.9).
#[test]
fn longest_packets_changed_meanwhile() {
    let handle = HANDLE;
    let mut pair = Pair::new([LinkLayer::default(); 2], Vec::new());
    let (interval_min, interval_max, latency, timeout) = (6, 6, 0, 600);
    let (min_ce_length, max_ce_length) = (0, 0);
    let update = LeConnectionUpdate {
        handle,
        interval_min,
        interval_max,
        latency,
        timeout,
        min_ce_length,
        max_ce_length,
    };
    for command in [
        Command::LeSetDataLength { handle, octets: 27, time: 328 },
        Command::LeConnectionUpdate(update),
        Command::LeSetDataLength { handle, octets: 28, time: 336 },
    ] {
        pair.host(1, command);
        pair.acl(1, 40);
    }
    pair.run(Span::from_secs(45));
    assert!(pair.up(), "{:?}", pair.reasons);
    pair.agrees();
    assert!(pair.data[0] >= 120, "{}", pair.data[0]);
}
