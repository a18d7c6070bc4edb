//! Procedures of the link layer: what a host asks for, when, and what it answers a peer that asks.

use crate::bench::{Bench, End};
use crate::controllers::HANDLE;
use crate::setup::{CENTRAL, PERIPHERAL, SC, configs};
use blesim_host::{Accepts, Ask, Config, Input, LinkProcedure, Parameters, When, Why};
use blesim_kernel::Span;
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket};
use blesim_packet::l2cap::{self, Signal};
use blesim_packet::{Octets, ll::ChannelMap};

const ASKED: Parameters = Parameters { interval_min: 40, interval_max: 80, latency: 4, timeout: 500 };
const SECOND: Span = Span::from_secs(1);

fn asking(device: usize, asks: &[(When, LinkProcedure)]) -> [Config; 2] {
    let mut configs = configs(SC);
    for &(when, what) in asks {
        assert!(configs[device].control.asks.push(Ask { when, what }));
    }
    configs
}

/// What a host with a link sends when this happens: commands, and signals.
fn sends(bench: &mut Bench, device: usize, input: Input<'_>) -> (Vec<Command>, Vec<Signal>) {
    let End { host, program, port } = &mut bench.ends[device];
    host.handle(bench.now, input, program, port);
    let (mut commands, mut signals) = (vec![], vec![]);
    for packet in std::mem::take(&mut port.out) {
        match packet {
            HciPacket::Command(command) => commands.push(command),
            HciPacket::Acl(acl) => {
                let frame = l2cap::Frame::decode(&acl.data).unwrap();
                assert_eq!(frame.cid, l2cap::CID_LE_SIGNALLING);
                signals.push(Signal::decode(frame.payload).unwrap());
            }
            HciPacket::Event(event) => panic!("a host sends no events: {event:?}"),
        }
    }
    (commands, signals)
}

fn signal(octets: &[u8]) -> HciPacket {
    let mut payload = Octets::<100>::new();
    payload.extend_from_slice(octets).unwrap();
    let data = l2cap::frame(l2cap::CID_LE_SIGNALLING, &payload);
    HciPacket::Acl(AclData { handle: HANDLE, boundary: 2, broadcast: 0, data })
}

fn paired(configs: &[Config; 2]) -> Bench {
    let mut bench = Bench::new(configs);
    bench.pair();
    bench
}

/// A host grants what its range allows, by the link layer and by L2CAP, and refuses the rest: with Unacceptable
/// Connection Parameters, or with result 1.
#[test]
fn parameters_are_granted_within_the_range() {
    for (interval_max, granted) in [(3_200, Some(80)), (60, Some(60)), (30, None)] {
        let mut configs = configs(SC);
        configs[CENTRAL].control.accepts = Accepts { interval_max, ..Accepts::ANY };
        let mut bench = paired(&configs);
        let Parameters { interval_min, interval_max, latency, timeout } = ASKED;
        let handle = HANDLE;
        let asked = Event::LeRemoteConnectionParameterRequest {
            handle,
            interval_min,
            interval_max,
            latency,
            timeout,
        };
        let (commands, _) = sends(&mut bench, CENTRAL, Input::Hci(&HciPacket::Event(asked)));
        match (commands[..].first(), granted) {
            (Some(Command::LeRemoteConnectionParameterRequestReply(reply)), Some(most)) => {
                assert_eq!((reply.interval_min, reply.interval_max, reply.latency), (40, most, 4));
            }
            (Some(Command::LeRemoteConnectionParameterRequestNegativeReply { reason, .. }), None) => {
                assert_eq!(*reason, ErrorCode::UNACCEPTABLE_CONNECTION_PARAMETERS);
            }
            other => panic!("{other:?}"),
        }
        let mut bench = paired(&configs);
        let identifier = 9;
        let asked = Signal::ConnectionParameterUpdateRequest {
            identifier,
            interval_min,
            interval_max,
            latency,
            timeout,
        };
        let (commands, signals) = sends(&mut bench, CENTRAL, Input::Hci(&signal(&asked.encode())));
        let result = u16::from(granted.is_none());
        assert_eq!(signals, [Signal::ConnectionParameterUpdateResponse { identifier, result }]);
        let updates = commands.iter().map(|command| match command {
            Command::LeConnectionUpdate(update) => update.interval_max,
            other => panic!("{other:?}"),
        });
        assert_eq!(updates.collect::<Vec<_>>(), granted.into_iter().collect::<Vec<_>>());
    }
}

/// What a host does not understand it rejects, what is too long with its MTU; answers and rubbish it drops
/// (Vol 3 Part A 4.1).
#[test]
fn signals_are_answered() {
    let reject = |reason, data: &[u8]| {
        let data = Octets::from_slice(data).unwrap();
        vec![Signal::CommandReject { identifier: 7, reason, data }]
    };
    let request = [0x12, 7, 8, 0, 6, 0, 6, 0, 0, 0, 100, 0];
    let check = |device, octets: &[u8], expected: Vec<Signal>| {
        let mut bench = paired(&configs(SC));
        let (commands, signals) = sends(&mut bench, device, Input::Hci(&signal(octets)));
        assert_eq!((commands.len(), signals), (0, expected), "{octets:?}");
    };
    check(PERIPHERAL, &request, reject(0, &[]));
    check(CENTRAL, &[0x0A, 7, 2, 0, 1, 2], reject(0, &[]));
    let mut long = [0; 40];
    (long[0], long[1], long[2]) = (0x0A, 7, 36);
    check(CENTRAL, &long, reject(1, &[23, 0]));
    check(PERIPHERAL, &[0x13, 7, 2, 0, 0, 0], vec![]);
    check(PERIPHERAL, &[0x01, 7, 2, 0, 0, 0], vec![]);
    for rubbish in [&[][..], &[0x12], &[0x12, 7, 9, 0, 1], &[0x12, 7, 1, 0, 1]] {
        check(CENTRAL, rubbish, vec![]);
    }
}

/// Each procedure is asked for once on a link, at its time after the link is up or secured, in the order of their
/// times.
#[test]
fn procedures_are_asked_for_once() {
    let map = ChannelMap::new(0xFF).unwrap();
    let mut bench = Bench::new(&asking(
        CENTRAL,
        &[
            (When::Connected(SECOND * 5), LinkProcedure::Version),
            (When::Secured(SECOND), LinkProcedure::Phy { transmit: 2, receive: 0, options: 0 }),
            (When::Secured(SECOND * 2), LinkProcedure::DataLength { octets: 60, time: 700 }),
            (When::Connected(SECOND * 7), LinkProcedure::ChannelMap(map)),
        ],
    ));
    bench.pair();
    let before = bench.controllers.commands.len();
    while let Some((device, why)) = bench.wake() {
        assert_eq!((device, why), (CENTRAL, Why::LinkControl));
    }
    let asked: Vec<_> = bench.controllers.commands[before..].iter().map(|(_, command)| *command).collect();
    assert!(
        matches!(asked[..], [
            Command::LeSetPhy(phy),
            Command::LeSetDataLength { octets: 60, time: 700, .. },
            Command::ReadRemoteVersionInformation { .. },
            Command::LeSetHostChannelClassification([0xFF, 0, 0, 0, 0]),
        ] if (phy.all_phys, phy.tx_phys, phy.rx_phys) == (2, 2, 0)),
        "{asked:?}"
    );
}

/// A peripheral asks the central's host where the link layers have no procedure for parameters, whether its own
/// controller says so or the peer's, and only then.
#[test]
fn l2cap_takes_the_place_of_the_link_layer() {
    let configs = asking(PERIPHERAL, &[(When::Secured(SECOND), LinkProcedure::ConnectionUpdate(ASKED))]);
    for (status, falls_back) in [(0x1A, true), (0x3B, false), (0x00, false)] {
        let (status, handle) = (ErrorCode(status), HANDLE);
        let refused = Event::CommandStatus { status, packets: 1, opcode: 0x2013 };
        let failed =
            Event::LeConnectionUpdateComplete { status, handle, interval: 24, latency: 0, timeout: 400 };
        for event in [refused, failed] {
            let mut bench = paired(&configs);
            bench.pass(SECOND * 2);
            let (commands, signals) = sends(&mut bench, PERIPHERAL, Input::Wake);
            assert!(matches!(commands[..], [Command::LeConnectionUpdate(_)]) && signals.is_empty());
            let (_, signals) = sends(&mut bench, PERIPHERAL, Input::Hci(&HciPacket::Event(event)));
            let asked =
                matches!(signals[..], [Signal::ConnectionParameterUpdateRequest { interval_max: 80, .. }]);
            assert_eq!(asked, falls_back, "{event:?}: {signals:?}");
        }
    }
}
