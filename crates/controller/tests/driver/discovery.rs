//! Two controllers back to back: every kind of advertising met by a scanner and by an initiator
//! (Vol 6 Part B 4.4).

use crate::rig::{OWN, PEER, create};
use blesim_controller::bench::Bench;
use blesim_controller::{AirPdu, Config, Frame};
use blesim_kernel::{Instant, Span, StreamName, Streams};
use blesim_packet::hci::{
    AdvertisingSetEnable, Command, ErrorCode, Event, InitiatingPhy, LeExtendedCreateConnection,
    LeSetAdvertisingParameters, LeSetExtendedAdvertisingData, LeSetExtendedAdvertisingParameters,
    LeSetExtendedScanParameters, LeSetScanParameters, ScanningPhy,
};
use blesim_packet::ll::{AdvPdu, Phy};
use blesim_packet::{Address, AddressKind, Octets};

const ADVERTISER: usize = 0;
const OTHER: usize = 1;
/// The public address of the scanner and initiator.
const CENTRAL: Address = Address::public([0, 0, 0, 0, 0, 2]);

pub(crate) fn bench() -> Bench<impl FnMut() -> u64> {
    let config = |public_address| Config { exchanges: 1, max_links: 4, ..Config::new(public_address) };
    let mut stream = Streams::new(3).stream(StreamName::new(1, 0));
    let mut bench = Bench::new(&[config(OWN), config(CENTRAL)], move || stream.next_u64());
    bench.sent = Some(Vec::new());
    for seat in [ADVERTISER, OTHER] {
        // Every LE event that there is here.
        bench.command(seat, Command::LeSetEventMask(0xF_FFFF));
    }
    bench
}

fn millis(millis: u64) -> Instant {
    Instant::ZERO + Span::from_millis(millis)
}

/// Legacy advertising of this type every 100 ms, with data and a scan response.
fn legacy(bench: &mut Bench<impl FnMut() -> u64>, kind: u8) {
    let parameters = LeSetAdvertisingParameters {
        interval_min: 160,
        interval_max: 160,
        kind,
        own_address_kind: AddressKind::Public,
        peer: CENTRAL,
        channel_map: 7,
        filter_policy: 0,
    };
    bench.command(ADVERTISER, Command::LeSetAdvertisingParameters(parameters));
    bench.command(ADVERTISER, Command::LeSetAdvertisingData(Octets::from_slice(&[2, 1, 6]).unwrap()));
    bench.command(ADVERTISER, Command::LeSetScanResponseData(Octets::from_slice(&[1, 9]).unwrap()));
    bench.command(ADVERTISER, Command::LeSetAdvertisingEnable(true));
}

/// An advertising set every 100 ms: properties, primary and secondary PHY, whom it is for, duration in 10 ms
/// and most events.
fn extended(
    bench: &mut Bench<impl FnMut() -> u64>,
    (properties, primary_phy, secondary_phy): (u16, u8, u8),
    peer: Address,
    (duration, max_events): (u16, u8),
) {
    let parameters = LeSetExtendedAdvertisingParameters {
        set: 5,
        properties,
        interval_min: 160,
        interval_max: 160,
        channel_map: 7,
        own_address_kind: AddressKind::Random,
        peer,
        filter_policy: 0,
        tx_power: 127,
        primary_phy,
        secondary_max_skip: 0,
        secondary_phy,
        sid: 9,
        scan_request_notification: false,
    };
    bench.command(ADVERTISER, Command::LeSetExtendedAdvertisingParameters(parameters));
    bench.command(ADVERTISER, Command::LeSetAdvertisingSetRandomAddress { set: 5, address: PEER });
    let data = |octets: &[u8]| LeSetExtendedAdvertisingData {
        set: 5,
        operation: 3,
        fragment_preference: 1,
        data: Octets::from_slice(octets).unwrap(),
    };
    if properties & 0b10010 != 2 {
        bench.command(ADVERTISER, Command::LeSetExtendedAdvertisingData(data(&[2, 1, 6])));
    }
    bench.command(ADVERTISER, Command::LeSetExtendedScanResponseData(data(&[1, 9])));
    let set = Some(AdvertisingSetEnable { set: 5, duration, max_events });
    bench.command(ADVERTISER, Command::LeSetExtendedAdvertisingEnable { enable: true, set });
    succeeded(bench, ADVERTISER);
}

/// Every command so far has succeeded.
fn succeeded(bench: &mut Bench<impl FnMut() -> u64>, seat: usize) {
    for event in &bench.seats[seat].events {
        match event {
            Event::CommandComplete { parameters, opcode, .. } => {
                assert_eq!(parameters[0], 0, "{:?}", Command::name_of(*opcode));
            }
            Event::CommandStatus { status, opcode, .. } => {
                assert_eq!(*status, ErrorCode::SUCCESS, "{:?}", Command::name_of(*opcode));
            }
            _ => {}
        }
    }
}

fn scan_legacy(bench: &mut Bench<impl FnMut() -> u64>, kind: u8, filter_duplicates: bool) {
    let parameters = LeSetScanParameters {
        kind,
        interval: 96,
        window: 96,
        own_address_kind: AddressKind::Public,
        filter_policy: 0,
    };
    bench.command(OTHER, Command::LeSetScanParameters(parameters));
    bench.command(OTHER, Command::LeSetScanEnable { enable: true, filter_duplicates });
    succeeded(bench, OTHER);
}

fn scan_extended(bench: &mut Bench<impl FnMut() -> u64>, kind: u8, coded: bool, duration: u16) {
    let phy = Some(ScanningPhy { kind, interval: 96, window: 96 });
    let phys = if coded { [None, phy] } else { [phy, None] };
    let own_address_kind = AddressKind::Public;
    let parameters = LeSetExtendedScanParameters { own_address_kind, filter_policy: 0, phys };
    bench.command(OTHER, Command::LeSetExtendedScanParameters(parameters));
    let enable = Command::LeSetExtendedScanEnable { enable: true, filter_duplicates: 1, duration, period: 0 };
    bench.command(OTHER, enable);
    succeeded(bench, OTHER);
}

/// Asks for a connection on whatever PHY it is found.
fn connect(bench: &mut Bench<impl FnMut() -> u64>, peer: Address, filter_policy: u8, coded: bool) {
    let phy = Some(InitiatingPhy {
        scan_interval: 96,
        scan_window: 96,
        interval_min: 24,
        interval_max: 24,
        latency: 0,
        timeout: 400,
        min_ce_length: 0,
        max_ce_length: 0,
    });
    let own_address_kind = AddressKind::Public;
    let phys = if coded { [None, phy, phy] } else { [phy, phy, phy] };
    let request = LeExtendedCreateConnection { filter_policy, own_address_kind, peer, phys };
    bench.command(OTHER, Command::LeExtendedCreateConnection(request));
    succeeded(bench, OTHER);
}

/// Names of what was sent, each run of the same once.
fn said(bench: &Bench<impl FnMut() -> u64>) -> Vec<&'static str> {
    let sent = bench.sent.as_ref().unwrap().iter();
    let mut names: Vec<_> = sent
        .map(|(_, _, frame)| match &frame.pdu {
            AirPdu::Advertising(pdu) => pdu.name_on(frame.channel),
            AirPdu::Data(_) => "data",
        })
        .collect();
    names.dedup();
    names
}

/// What a legacy scanner reports of each kind of legacy advertising: Event_Type and data of the reports in
/// order (Vol 4 Part E 7.7.65.2). Only an active one asks, and only those that may be asked.
#[test]
fn legacy_reports() {
    let check = |advertising: u8, scan: u8, expected: &[(u8, &[u8])]| {
        let mut bench = bench();
        legacy(&mut bench, advertising);
        scan_legacy(&mut bench, scan, true);
        bench.run(millis(500));
        let reports = bench.seats[OTHER].events.iter().filter_map(|event| match event {
            Event::LeAdvertisingReport(report) => Some((report.kind, report.data.to_vec(), report.peer)),
            _ => None,
        });
        let expected: Vec<_> = expected.iter().map(|(kind, data)| (*kind, data.to_vec(), OWN)).collect();
        assert_eq!(reports.collect::<Vec<_>>(), expected, "advertising {advertising}, scan {scan}");
    };
    check(0, 0, &[(0, &[2, 1, 6])]);
    check(0, 1, &[(0, &[2, 1, 6]), (4, &[1, 9])]);
    check(1, 1, &[(1, &[])]);
    check(2, 0, &[(2, &[2, 1, 6])]);
    check(2, 1, &[(2, &[2, 1, 6]), (4, &[1, 9])]);
    check(3, 1, &[(3, &[2, 1, 6])]);
    check(4, 1, &[(1, &[])]);
}

/// A scanner whose requests are lost asks more and more rarely (Vol 6 Part B 4.4.3.2).
#[test]
fn unanswered_requests_back_off() {
    let requests = |lost: fn(&Frame) -> bool| {
        let mut bench = bench();
        bench.lose(lost);
        legacy(&mut bench, 0);
        scan_legacy(&mut bench, 1, false);
        bench.run(millis(20_000));
        let sent = bench.sent.unwrap();
        sent.iter().filter(|(_, from, _)| *from == OTHER).count()
    };
    let answered = requests(|_| false);
    let lost = requests(|frame| matches!(frame.pdu, AirPdu::Advertising(AdvPdu::ScanRsp { .. })));
    assert!((150..200).contains(&answered), "{answered}");
    assert!((5..40).contains(&lost), "{lost}");
}

/// High duty advertises every 3.75 ms on each channel for 1.28 s, then says so (Vol 6 Part B 4.4.2.4.3,
/// Vol 4 Part E 7.8.9).
#[test]
fn high_duty() {
    let mut bench = bench();
    legacy(&mut bench, 1);
    bench.run(millis(2_000));
    let sent: Vec<_> =
        bench.sent.as_ref().unwrap().iter().map(|(at, _, frame)| (*at, frame.channel)).collect();
    let first: Vec<_> = sent.iter().filter(|(_, channel)| channel.0 == 37).collect();
    assert!(first.windows(2).all(|pair| pair[1].0.since(pair[0].0) <= Span::from_micros(3_750)));
    let (last, _) = sent[sent.len() - 1];
    assert!((millis(1_270)..millis(1_280)).contains(&last), "{last:?}");
    let status = ErrorCode::ADVERTISING_TIMEOUT;
    let over = |event: &&Event| matches!(event, Event::LeEnhancedConnectionComplete(e) if e.status == status);
    assert_eq!(bench.seats[ADVERTISER].events.iter().filter(over).count(), 1);
}

/// What an extended scanner reports: Event_Type, secondary PHY, SID and data (Vol 4 Part E 7.7.65.13), for
/// properties, primary and secondary PHY of the advertising set.
#[test]
fn extended_reports() {
    let check = |set: (u16, u8, u8), scan: u8, expected: &[(u16, u8, u8, &[u8])]| {
        let mut bench = bench();
        extended(&mut bench, set, CENTRAL, (0, 0));
        scan_extended(&mut bench, scan, set.1 == 3, 0);
        bench.run(millis(1_000));
        let mut reports: Vec<_> = Vec::new();
        for event in &bench.seats[OTHER].events {
            if let Event::LeExtendedAdvertisingReport(report) = event {
                assert_eq!((report.peer, report.primary_phy), (Some(PEER), set.1));
                reports.push((report.kind, report.secondary_phy, report.sid, report.data.to_vec()));
            }
        }
        let expected = expected.iter().map(|&(kind, phy, sid, data)| (kind, phy, sid, data.to_vec()));
        assert_eq!(reports, expected.collect::<Vec<_>>(), "{set:?}, scan {scan}");
    };
    // Connectable, scannable and neither, on each pair of PHYs.
    for (primary, secondary) in [(1, 1), (1, 2), (1, 3), (3, 1), (3, 2), (3, 3)] {
        check((1, primary, secondary), 1, &[(1, secondary, 9, &[2, 1, 6])]);
        check((5, primary, secondary), 0, &[(5, secondary, 9, &[2, 1, 6])]);
        check((0, primary, secondary), 0, &[(0, secondary, 9, &[2, 1, 6])]);
        check((2, primary, secondary), 0, &[(2, secondary, 9, &[])]);
        check((2, primary, secondary), 1, &[(2, secondary, 9, &[]), (0b1010, secondary, 9, &[1, 9])]);
    }
    // Legacy PDUs under the extended commands.
    check((0b1_0011, 1, 1), 1, &[(0b1_0011, 0, 0xFF, &[2, 1, 6]), (0b1_1011, 0, 0xFF, &[1, 9])]);
    check((0b1_0010, 1, 1), 0, &[(0b1_0010, 0, 0xFF, &[2, 1, 6])]);
    check((0b1_0000, 1, 1), 0, &[(0b1_0000, 0, 0xFF, &[2, 1, 6])]);
    check((0b1_0101, 1, 1), 0, &[(0b1_0101, 0, 0xFF, &[])]);
}

/// An initiator connects to every kind of connectable advertising, and the connection lives: on the PHY of the
/// request, with algorithm #2, and both hosts are told (Vol 6 Part B 4.4.4, 4.5; Vol 4 Part E 7.7.65).
#[test]
fn connections() {
    let check = |set: (u16, u8, u8), phy: Phy, names: &[&str]| {
        let mut bench = bench();
        extended(&mut bench, set, CENTRAL, (0, 0));
        connect(&mut bench, PEER, 0, set.1 == 3);
        bench.run(millis(3_000));
        let said = said(&bench);
        assert_eq!(&said[said.len() - names.len()..], names, "{set:?}");
        let (_, _, last) = bench.sent.as_ref().unwrap().last().unwrap();
        assert_eq!(last.phy, phy, "{set:?}");
        for (seat, role, peer) in [(ADVERTISER, 1, CENTRAL), (OTHER, 0, PEER)] {
            let events = &bench.seats[seat].events;
            let place = events.iter().position(|event| {
                matches!(event, Event::LeEnhancedConnectionComplete(e)
                    if e.status == ErrorCode::SUCCESS && (e.role, e.peer) == (role, peer))
            });
            let next = |n: usize| events.get(place.unwrap() + n).copied();
            let algorithm = Event::LeChannelSelectionAlgorithm { handle: 0x40, algorithm: 1 };
            assert_eq!(next(1), Some(algorithm), "{set:?}");
            let over = matches!(next(2), Some(Event::LeAdvertisingSetTerminated { set: 5, handle: 0x40, status, .. })
                    if status == ErrorCode::SUCCESS);
            assert_eq!(over, seat == ADVERTISER, "{set:?}");
            assert!(!events.iter().any(|event| matches!(event, Event::DisconnectionComplete { .. })));
            assert_eq!(bench.seats[seat].controller.links().count(), 1);
        }
    };
    let auxiliary = ["ADV_EXT_IND", "AUX_ADV_IND", "AUX_CONNECT_REQ", "AUX_CONNECT_RSP", "data"];
    for (primary, secondary) in [(1, 1), (1, 2), (1, 3), (3, 1), (3, 2), (3, 3)] {
        // A connection on LE 1M needs its parameters, which the coded scan of this test has not.
        if (primary, secondary) != (3, 1) {
            let phy = [Phy::Le1M, Phy::Le2M, Phy::CodedS8][usize::from(secondary) - 1];
            check((1, primary, secondary), phy, &auxiliary);
            check((5, primary, secondary), phy, &auxiliary);
        }
    }
    check((0b1_0011, 1, 1), Phy::Le1M, &["ADV_IND", "CONNECT_IND", "data"]);
    check((0b1_0101, 1, 1), Phy::Le1M, &["ADV_DIRECT_IND", "CONNECT_IND", "data"]);
}

/// The legacy commands connect by directed advertising too, of both kinds.
#[test]
fn legacy_directed() {
    for kind in [1, 4] {
        let mut bench = bench();
        legacy(&mut bench, kind);
        let request = blesim_packet::hci::LeCreateConnection { peer: OWN, ..create() };
        bench.command(OTHER, Command::LeCreateConnection(request));
        bench.run(millis(1_000));
        assert_eq!(said(&bench), ["ADV_DIRECT_IND", "CONNECT_IND", "data"], "kind {kind}");
    }
}

/// Without an AUX_CONNECT_RSP the central has no connection and asks again, ever more rarely; the peripheral
/// that sent it finds the connection lost (Vol 6 Part B 4.4.4, 4.5.2).
#[test]
fn no_response_no_connection() {
    let mut bench = bench();
    bench.lose(|frame| matches!(frame.pdu, AirPdu::Advertising(AdvPdu::AuxConnectRsp(_))));
    extended(&mut bench, (1, 1, 2), CENTRAL, (0, 0));
    connect(&mut bench, PEER, 0, false);
    bench.run(millis(1_000));
    assert_eq!(bench.seats[OTHER].controller.links().count(), 0);
    assert!(
        bench.seats[OTHER]
            .events
            .iter()
            .all(|event| !matches!(event, Event::LeEnhancedConnectionComplete(_)))
    );
    let lost = ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED;
    let events = &bench.seats[ADVERTISER].events;
    assert!(
        events.iter().any(|e| matches!(e, Event::DisconnectionComplete { reason, .. } if *reason == lost))
    );
    // The peripheral advertises again, the air is clear again, and the central still asks.
    bench.lose(|_| false);
    let set = Some(AdvertisingSetEnable { set: 5, duration: 0, max_events: 0 });
    bench.command(ADVERTISER, Command::LeSetExtendedAdvertisingEnable { enable: true, set });
    bench.run(millis(3_000));
    assert_eq!(bench.seats[OTHER].controller.links().count(), 1);
}

/// The filter accept list: an initiator finds whoever is on it and nobody else (Vol 4 Part E 7.8.12, 7.8.16).
#[test]
fn accept_list() {
    for (listed, links) in [(PEER, 1), (OWN, 0)] {
        let mut bench = bench();
        extended(&mut bench, (1, 1, 1), CENTRAL, (0, 0));
        bench.command(OTHER, Command::LeAddDeviceToFilterAcceptList(listed));
        connect(&mut bench, OWN, 1, false);
        bench.run(millis(1_000));
        assert_eq!(bench.seats[OTHER].controller.links().count(), links, "{listed}");
    }
}

/// Advertising and scanning end by themselves when they are bounded (Vol 4 Part E 7.7.65.17, 7.7.65.18).
#[test]
fn bounds() {
    let check = |bound: (u16, u8), status: ErrorCode, events: u8| {
        let mut bench = bench();
        extended(&mut bench, (0, 1, 1), CENTRAL, bound);
        scan_extended(&mut bench, 0, false, 100);
        bench.run(millis(2_000));
        let over = Event::LeAdvertisingSetTerminated { status, set: 5, handle: 0, events };
        assert!(bench.seats[ADVERTISER].events.contains(&over), "{bound:?}");
        assert!(bench.seats[OTHER].events.contains(&Event::LeScanTimeout));
    };
    check((0, 3), ErrorCode::LIMIT_REACHED, 3);
    check((0, 1), ErrorCode::LIMIT_REACHED, 1);
    check((50, 0), ErrorCode::ADVERTISING_TIMEOUT, 5);
}

/// The receiver's time is told: all of the scan windows, and after each advertisement as long as it takes to
/// miss a request.
#[test]
fn receiver_time() {
    let mut bench = bench();
    bench.lose(|_| true);
    legacy(&mut bench, 0);
    let parameters = LeSetScanParameters {
        kind: 1,
        interval: 160,
        window: 40,
        own_address_kind: AddressKind::Public,
        filter_policy: 0,
    };
    bench.command(OTHER, Command::LeSetScanParameters(parameters));
    bench.command(OTHER, Command::LeSetScanEnable { enable: true, filter_duplicates: false });
    bench.run(millis(1_000));
    bench.command(OTHER, Command::LeSetScanEnable { enable: false, filter_duplicates: false });
    assert_eq!(bench.seats[OTHER].listened, Span::from_millis(250));
    let sent = bench.sent.as_ref().unwrap().len();
    let told = bench.seats[ADVERTISER].listened;
    assert_eq!(told, Span::from_micros(40) * u64::try_from(sent).unwrap());
}

/// Legacy and extended commands do not mix (Vol 4 Part E 3.1.1), until a reset.
#[test]
fn styles() {
    let last = |bench: &Bench<_>| match bench.seats[OTHER].events.last() {
        Some(Event::CommandComplete { parameters, .. }) => parameters[0],
        other => panic!("{other:?}"),
    };
    let mut bench = bench();
    bench.command(OTHER, Command::LeReadNumberOfSupportedAdvertisingSets);
    bench.command(OTHER, Command::LeSetAdvertisingEnable(true));
    assert_eq!(last(&bench), ErrorCode::COMMAND_DISALLOWED.0);
    bench.command(OTHER, Command::Reset);
    bench.command(OTHER, Command::LeSetAdvertisingEnable(true));
    assert_eq!(last(&bench), 0);
    bench.command(OTHER, Command::LeClearAdvertisingSets);
    assert_eq!(last(&bench), ErrorCode::COMMAND_DISALLOWED.0);
}
