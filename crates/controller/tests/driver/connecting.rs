//! From advertising to a connection, seen from both ends (Vol 6 Part B 4.4, 4.5).

use crate::rig::{
    ACCESS_ADDRESS, OWN, PEER, Rig, T_IFS, adv_ind, advertising_parameters, connect_ind, connect_ind_to,
    create, ll_data,
};
use blesim_controller::{AirPdu, Listening, Role, Why, csa1_channel, csa2_channel};
use blesim_kernel::Span;
use blesim_packet::hci::{Command, ErrorCode, Event};
use blesim_packet::ll::{AccessAddress, AdvPdu, ChannelIndex, ChannelMap, LlData};
use blesim_packet::{Address, Octets};

fn advertiser(csa2: bool) -> Rig {
    let mut rig = Rig::new(csa2);
    rig.hci(Command::LeSetAdvertisingParameters(advertising_parameters()));
    rig.hci(Command::LeSetAdvertisingEnable(true));
    rig
}

/// An advertising event is one ADV_IND on 37, 38 and 39, then a pause; after each the advertiser listens on the
/// same channel until an answer would have begun.
#[test]
fn advertising_events() {
    let mut rig = advertiser(true);
    let mut first = None;
    for turn in 0..7_u8 {
        while rig.port.air.is_empty() {
            assert_eq!(rig.wake(), Why::Advertise);
        }
        let frame = rig.port.air.pop().unwrap();
        assert_eq!(frame.channel, ChannelIndex(37 + turn % 3));
        assert_eq!(frame.access_address, AccessAddress::ADVERTISING);
        let Listening { channel, .. } = rig.controller.listening(rig.now + T_IFS).unwrap();
        assert_eq!(channel, frame.channel);
        assert_eq!(rig.controller.listening(rig.now + Span::from_micros(128 + 150 + 40)), None);
        if turn % 3 == 0 {
            // The interval is 100 ms, and the bench draws no advDelay.
            let event = u64::from(turn / 3);
            let first = *first.get_or_insert(rig.now);
            assert_eq!(rig.now.since(first), Span::from_millis(100) * event);
        }
    }
}

/// New advertising data is used from the next PDU on, also while advertising (Vol 4 Part E 7.8.7).
#[test]
fn advertising_data_changes() {
    let mut rig = advertiser(true);
    for data in [&[][..], &[2, 1, 6], &[0; 31]] {
        rig.hci(Command::LeSetAdvertisingData(Octets::from_slice(data).unwrap()));
        rig.wake();
        let AirPdu::Advertising(AdvPdu::AdvInd { data: sent, .. }) = rig.port.air.pop().unwrap().pdu else {
            panic!("ADV_IND")
        };
        assert_eq!(&sent[..], data);
    }
}

/// A CONNECT_IND makes a connection if it is for this device, intact and legal (Vol 6 Part B 2.3.3.1);
/// otherwise advertising goes on as if nothing had been heard.
#[test]
fn which_requests_count() {
    type Change = fn(&mut LlData);
    let rows: &[(bool, Change)] = &[
        (true, |_| {}),
        (true, |ll| (ll.interval, ll.win_size, ll.win_offset) = (6, 5, 6)),
        (true, |ll| (ll.interval, ll.timeout, ll.win_size) = (3_200, 3_200, 8)),
        (true, |ll| ll.channel_map = ChannelMap::new(0b11).unwrap()),
        (true, |ll| ll.win_offset = 24),
        (false, |ll| ll.channel_map = ChannelMap::new(0).unwrap()),
        (false, |ll| ll.channel_map = ChannelMap::new(1).unwrap()),
        (false, |ll| ll.interval = 0),
        (false, |ll| (ll.interval, ll.win_size) = (5, 1)),
        (false, |ll| (ll.interval, ll.timeout) = (3_201, 3_200)),
        (false, |ll| ll.latency = 500),
        (false, |ll| ll.timeout = 9),
        (false, |ll| ll.timeout = 3_201),
        (false, |ll| (ll.latency, ll.timeout) = (9, 60)),
        (true, |ll| (ll.latency, ll.timeout) = (9, 61)),
        (false, |ll| ll.win_size = 0),
        (false, |ll| ll.win_size = 9),
        (false, |ll| (ll.interval, ll.win_size) = (6, 6)),
        (false, |ll| ll.win_offset = 25),
        (false, |ll| ll.hop = 4),
        (false, |ll| ll.hop = 17),
    ];
    let check = |request: &AirPdu, crc_ok: bool, expected: bool| {
        let mut rig = advertiser(true);
        rig.wake();
        rig.hear(rig.now + Span::from_micros(128) + T_IFS, request, crc_ok);
        let connected = rig.events().iter().any(|event| matches!(event, Event::LeConnectionComplete { .. }));
        assert_eq!(connected, expected, "{request:?}");
        assert_eq!(rig.link().is_some(), expected);
        assert_eq!(rig.controller.deadline().unwrap().1 == Why::Advertise, !expected);
    };
    for (expected, change) in rows {
        let mut ll = ll_data();
        change(&mut ll);
        check(&connect_ind(ll), true, *expected);
        check(&connect_ind(ll), false, false);
    }
    check(&connect_ind_to(PEER, true, ll_data()), true, false);
    check(&connect_ind_to(Address::random(OWN.octets), true, ll_data()), true, false);
    check(&adv_ind(true), true, false);
}

/// Both sides tell their host of the connection with the parameters of the request; the clock accuracy is for
/// the peripheral (Vol 4 Part E 7.7.65.1).
#[test]
fn what_the_hosts_are_told() {
    let complete = |rig: &Rig| {
        let events = rig.events();
        events.into_iter().find(|event| matches!(event, Event::LeConnectionComplete { .. })).unwrap()
    };
    let expected = |role, clock_accuracy| Event::LeConnectionComplete {
        status: ErrorCode::SUCCESS,
        handle: 0x40,
        role,
        peer: PEER,
        interval: 24,
        latency: 0,
        timeout: 400,
        clock_accuracy,
    };
    let mut rig = advertiser(true);
    rig.wake();
    rig.hear(rig.now + Span::from_micros(128) + T_IFS, &connect_ind(ll_data()), true);
    assert_eq!(complete(&rig), expected(1, 5));
    assert_eq!(rig.link(), Some((Role::Peripheral, false)));
    let mut rig = Rig::new(true);
    rig.hci(Command::LeCreateConnection(create()));
    rig.hear(rig.now, &adv_ind(true), true);
    rig.wake();
    assert_eq!(complete(&rig), expected(0, 0));
    assert_eq!(rig.link(), Some((Role::Central, false)));
}

/// The initiator asks the one advertiser it is looking for, T_IFS after an intact ADV_IND, and listens to the
/// advertising channels in turn, within its scan windows.
#[test]
fn initiating() {
    let mut request = create();
    (request.scan_interval, request.scan_window) = (96, 48);
    let mut rig = Rig::new(true);
    rig.hci(Command::LeCreateConnection(request));
    let listens = |rig: &Rig, millis| {
        let listening = rig.controller.listening(rig.now + Span::from_millis(millis));
        listening.map(|Listening { channel, .. }| channel.0)
    };
    let found = [0, 29, 30, 59, 60, 120, 180].map(|at| listens(&rig, at));
    assert_eq!(found, [Some(37), Some(37), None, None, Some(38), Some(39), Some(37)]);
    let other = AdvPdu::AdvInd { ch_sel: true, advertiser: OWN, data: Octets::new() };
    rig.hear(rig.now, &AirPdu::Advertising(other), true);
    assert_eq!(rig.controller.deadline(), None, "another advertiser");
    rig.hear(rig.now, &adv_ind(true), false);
    assert_eq!(rig.controller.deadline(), None, "a broken frame");
    rig.hear(rig.now, &adv_ind(true), true);
    let heard = rig.now;
    assert_eq!(rig.wake(), Why::Answer);
    assert_eq!(rig.now.since(heard), T_IFS);
    let frame = rig.port.air.pop().unwrap();
    let AirPdu::Advertising(AdvPdu::ConnectInd(sent)) = frame.pdu else { panic!("CONNECT_IND") };
    assert_eq!((sent.initiator, sent.advertiser, frame.channel), (OWN, PEER, ChannelIndex(37)));
    assert_eq!((sent.ll.interval, sent.ll.timeout, sent.ll.access_address), (24, 400, ACCESS_ADDRESS));
    assert_eq!(sent.ll.channel_map, ChannelMap::ALL);
    // A frame that would end after its scan window is not followed.
    let mut rig = Rig::new(true);
    rig.hci(Command::LeCreateConnection(request));
    rig.now += Span::from_micros(29_900);
    rig.hear(rig.now, &adv_ind(true), true);
    assert_eq!(rig.controller.deadline(), None);
}

/// ChSel says whether a device has algorithm #2, and the connection uses it only if both have it
/// (Vol 6 Part B 2.3.1.1, 2.3.3.1, 4.5.8).
#[test]
fn channel_selection_is_agreed_on() {
    let one = |events: usize| csa1_channel(7, u64::try_from(events).unwrap() - 1, ChannelMap::ALL);
    for (own, peers) in [(true, true), (true, false), (false, true), (false, false)] {
        let two = own && peers;
        let expected = |hop_one| if two { csa2_channel(ACCESS_ADDRESS, 0, ChannelMap::ALL) } else { hop_one };

        let mut rig = advertiser(own);
        rig.wake();
        let AirPdu::Advertising(AdvPdu::AdvInd { ch_sel, .. }) = rig.port.air.pop().unwrap().pdu else {
            panic!("ADV_IND")
        };
        assert_eq!(ch_sel, own, "ADV_IND");
        rig.hear(rig.now + Span::from_micros(128) + T_IFS, &connect_ind_to(OWN, peers, ll_data()), true);
        let (until, _) = rig.controller.deadline().unwrap();
        let listening = rig.controller.listening(until.saturating_sub(Span::from_micros(1))).unwrap();
        assert_eq!(listening.channel, expected(one(1)), "peripheral {own} {peers}");

        let mut rig = Rig::new(own);
        rig.hci(Command::LeCreateConnection(create()));
        rig.hear(rig.now, &adv_ind(peers), true);
        rig.wake();
        let AirPdu::Advertising(AdvPdu::ConnectInd(sent)) = rig.port.air.pop().unwrap().pdu else {
            panic!("CONNECT_IND")
        };
        assert_eq!(sent.ch_sel, own, "CONNECT_IND");
        rig.wake();
        // The bench draws the smallest hop increment, 5.
        let hop_five = csa1_channel(5, 0, ChannelMap::ALL);
        assert_eq!(rig.port.air.pop().unwrap().channel, expected(hop_five), "central {own} {peers}");
    }
}
