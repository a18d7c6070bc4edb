//! The resolving list: what is found by it, what the host is told, and when it may be changed (Vol 6 Part B 6, Vol 4
//! Part E 7.8.38 to 7.8.44).

use crate::rig::{PEER, Rig, adv_ind, advertising_parameters, connect_ind_to, create, ll_data};
use blesim_controller::AirPdu;
use blesim_packet::Address;
use blesim_packet::hci::{Command, ErrorCode, Event, LeCreateConnection};
use blesim_packet::ll::{AdvPdu, ConnectInd};

/// The sample data of the specification: an IRK and an address that it resolves (Vol 3 Part H Appendix D.7).
const IRK: u128 = 0xEC02_34A3_57C8_AD05_3410_10A6_0A39_7D9B;
const PRIVATE: Address = Address::random([0x70, 0x81, 0x94, 0x0D, 0xFB, 0xAA]);
/// Whom it belongs to.
const IDENTITY: Address = Address::public([0, 0, 0x5E, 0, 0x53, 0x77]);
const ALL_EVENTS: u64 = 0xF_FFFF;

fn status(events: &[Event]) -> u8 {
    match events {
        [Event::CommandComplete { parameters, .. }] => parameters[0],
        [Event::CommandStatus { status, .. }] => status.0,
        other => panic!("one answer, not {other:?}"),
    }
}

fn add(peer: Address, peer_irk: u128) -> Command {
    Command::LeAddDeviceToResolvingList { peer, peer_irk, local_irk: 0 }
}

fn listed(rig: &mut Rig, mode: u8, enable: bool) {
    let mode = Command::LeSetPrivacyMode { peer: IDENTITY, mode };
    let mask = Command::LeSetEventMask(ALL_EVENTS);
    for command in [mask, add(IDENTITY, IRK), mode, Command::LeSetAddressResolutionEnable(enable)] {
        assert_eq!(status(&rig.hci(command)), 0, "{command:?}");
    }
}

/// The connection that the host is told of: the peer, whether that is an identity, and its private address.
fn told(rig: &Rig) -> Option<(Address, bool, u64)> {
    rig.events().iter().find_map(|event| match event {
        Event::LeEnhancedConnectionComplete(e) => Some((e.peer, e.identity, e.peer_resolvable)),
        _ => None,
    })
}

/// An initiator that looks for an identity finds it behind its private address, and by the identity address only in
/// device privacy mode; without resolution enabled only by the identity address.
#[test]
fn initiating() {
    for (heard, mode, enable, found) in [
        (PRIVATE, 0, true, true),
        (PRIVATE, 1, true, true),
        (PRIVATE, 0, false, false),
        (IDENTITY, 0, true, false),
        (IDENTITY, 1, true, true),
        (IDENTITY, 0, false, true),
        (PEER, 1, true, false),
    ] {
        let mut rig = Rig::new(true);
        listed(&mut rig, mode, enable);
        rig.hci(Command::LeCreateConnection(LeCreateConnection { peer: IDENTITY, ..create() }));
        let AirPdu::Advertising(AdvPdu::AdvInd { ch_sel, data, .. }) = adv_ind(true) else { unreachable!() };
        let pdu = AirPdu::Advertising(AdvPdu::AdvInd { ch_sel, advertiser: heard, data });
        rig.hear(rig.now + blesim_kernel::Span::from_millis(1), &pdu, true);
        let asks = rig.controller.deadline().is_some_and(|(_, why)| why == blesim_controller::Why::Answer);
        assert_eq!(asks, found, "{heard} {mode} {enable}");
        if found {
            rig.wake();
            let expected =
                if heard == PRIVATE { (IDENTITY, true, PRIVATE.value()) } else { (IDENTITY, false, 0) };
            assert_eq!(told(&rig), Some(expected), "{heard} {mode} {enable}");
        }
    }
}

/// An advertiser tells its host who has connected; a host that did not ask for the enhanced event gets the address
/// of the air.
#[test]
fn advertising() {
    for (initiator, mask, expected) in [
        (PRIVATE, ALL_EVENTS, Some((IDENTITY, true, PRIVATE.value()))),
        (PEER, ALL_EVENTS, Some((PEER, false, 0))),
        (PRIVATE, 0x1F, None),
    ] {
        let mut rig = Rig::new(true);
        listed(&mut rig, 0, true);
        rig.hci(Command::LeSetEventMask(mask));
        rig.hci(Command::LeSetAdvertisingParameters(advertising_parameters()));
        rig.hci(Command::LeSetAdvertisingEnable(true));
        rig.wake();
        let AirPdu::Advertising(AdvPdu::ConnectInd(request)) =
            connect_ind_to(crate::rig::OWN, true, ll_data())
        else {
            unreachable!()
        };
        let pdu = AirPdu::Advertising(AdvPdu::ConnectInd(ConnectInd { initiator, ..request }));
        rig.hear(rig.now + blesim_kernel::Span::from_micros(128 + 150), &pdu, true);
        assert_eq!(told(&rig), expected, "{initiator}");
        let plain = rig
            .events()
            .iter()
            .any(|event| matches!(event, Event::LeConnectionComplete { peer, .. } if *peer == PRIVATE));
        assert_eq!(plain, expected.is_none());
    }
}

/// The list in its own right: its size, no identity and no key twice, an end, and what is not on it.
#[test]
fn the_list() {
    let mut rig = Rig::new(true);
    let [Event::CommandComplete { parameters, .. }] = &rig.hci(Command::LeReadResolvingListSize)[..] else {
        panic!("one answer")
    };
    assert_eq!(&parameters[..], &[0, 8]);
    let other = |number: u8| Address::public([0, 0, 0x5E, 0, 0x53, number]);
    let invalid = ErrorCode::INVALID_HCI_COMMAND_PARAMETERS.0;
    let unknown = ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER.0;
    let steps = [
        (add(IDENTITY, IRK), 0),
        (add(IDENTITY, 1), invalid),
        (add(other(1), IRK), invalid),
        (add(other(1), 0), 0),
        (add(other(2), 0), 0),
        (Command::LeRemoveDeviceFromResolvingList(other(3)), unknown),
        (Command::LeRemoveDeviceFromResolvingList(other(2)), 0),
        (Command::LeSetPrivacyMode { peer: other(2), mode: 1 }, unknown),
        (Command::LeSetPrivacyMode { peer: IDENTITY, mode: 2 }, invalid),
        (Command::LeSetPrivacyMode { peer: IDENTITY, mode: 1 }, 0),
    ];
    for (command, expected) in steps {
        assert_eq!(status(&rig.hci(command)), expected, "{command:?}");
    }
    for number in 10..16 {
        assert_eq!(status(&rig.hci(add(other(number), u128::from(number)))), 0);
    }
    assert_eq!(status(&rig.hci(add(other(99), 99))), ErrorCode::MEMORY_CAPACITY_EXCEEDED.0);
    assert_eq!(status(&rig.hci(Command::LeClearResolvingList)), 0);
    assert_eq!(status(&rig.hci(add(other(99), 99))), 0);
}

/// While it advertises the list in use stays as it is, and neither is it taken into use.
#[test]
fn in_use() {
    let disallowed = ErrorCode::COMMAND_DISALLOWED.0;
    for enable in [true, false] {
        let mut rig = Rig::new(true);
        listed(&mut rig, 0, enable);
        rig.hci(Command::LeSetAdvertisingParameters(advertising_parameters()));
        rig.hci(Command::LeSetAdvertisingEnable(true));
        let expected = if enable { disallowed } else { 0 };
        assert_eq!(status(&rig.hci(add(PEER, 7))), expected);
        assert_eq!(status(&rig.hci(Command::LeClearResolvingList)), expected);
        assert_eq!(status(&rig.hci(Command::LeSetAddressResolutionEnable(!enable))), disallowed);
    }
}
