//! Private addresses: made, renewed and resolved, and what happens when they are not.

use crate::bench::Bench;
use crate::controllers::Controllers;
use crate::setup::{ADDRESSES, CENTRAL, CONNECT_TIMEOUT, PERIPHERAL, SC, always, configs};
use blesim_host::privacy::{Privacy, resolvable, resolves};
use blesim_host::recovery::Action;
use blesim_host::{Bond, Episode, Link, Mishap, Note, Shown, Why};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::smp::SmpPdu;
use proptest::prelude::*;

const TURN: Span = Span::from_secs(900);

/// A bench where these two have private addresses.
fn private(own: [bool; 2]) -> Bench {
    let mut configs = configs(SC);
    for (config, private) in configs.iter_mut().zip(own) {
        config.privacy.rotates_every = private.then_some(TURN);
    }
    configs[CENTRAL].privacy.scans = own[PERIPHERAL];
    Bench::new(&configs)
}

fn secured(bench: &Bench) -> [bool; 2] {
    [CENTRAL, PERIPHERAL].map(|own| matches!(bench.ends[own].host.episode(0), Episode::Secured(_)))
}

fn bond(bench: &Bench, own: usize) -> Option<Bond> {
    bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).copied()
}

/// The addresses that a device has used.
fn used(bench: &Bench, own: usize) -> Vec<Address> {
    let address = |note: &Note| if let Note::OwnAddress(address) = note { Some(*address) } else { None };
    bench.ends[own].port.notes.iter().filter_map(address).collect()
}

/// Both lose power and come back under other addresses.
fn again(bench: &mut Bench) {
    bench.controllers = Controllers::default();
    for own in [CENTRAL, PERIPHERAL] {
        bench.ends[own].port.notes.clear();
    }
    bench.log.clear();
    bench.pair();
}

/// The sample data of the specification (Vol 6 Part B 1.3.2.3, Vol 3 Part H Appendix D.7), and draws that would
/// give a prand that is not allowed.
#[test]
fn sample_data() {
    let irk = 0xEC02_34A3_57C8_AD05_3410_10A6_0A39_7D9B;
    let address = Address::random([0x70, 0x81, 0x94, 0x0D, 0xFB, 0xAA]);
    assert_eq!(resolvable(irk, 0x30_8194), address);
    assert!(resolves(address, irk));
    let ones = (1 << 22) - 1;
    assert_eq!(resolvable(irk, 0x30_8194 << 22), address, "zeros are passed over");
    assert_eq!(resolvable(irk, 0x30_8194 << 22 | ones), address, "ones are passed over");
    assert_eq!(resolvable(irk, 0).octets[..3], [0x40, 0, 1]);
    for (address, why) in [
        (Address::random([0x70, 0x81, 0x94, 0x0D, 0xFB, 0xAB]), "another hash"),
        (Address::random([0x71, 0x81, 0x94, 0x0D, 0xFB, 0xAA]), "another prand"),
        (Address::public(address.octets), "a public address"),
    ] {
        assert!(!resolves(address, irk), "{why}");
    }
}

proptest! {
    /// Every address that is made is resolvable, by the IRK it was made with.
    #[test]
    fn what_is_made_resolves(irk in any::<u128>(), draw in any::<u128>()) {
        let address = resolvable(irk, draw);
        prop_assert!(address.is_resolvable() && resolves(address, irk));
        let prand = u32::from_be_bytes([0, address.octets[0], address.octets[1], address.octets[2]]);
        prop_assert!(![0, 0x3F_FFFF].contains(&(prand & 0x3F_FFFF)));
    }
}

/// Strangers find each other by what is printed on the device, pair under private addresses, and keep bonds
/// under identity addresses with the IRKs that resolve them. Later, under other addresses, the bond is found
/// and no SMP PDU is sent.
#[test]
fn pairing_and_coming_back() {
    for own in [[true, false], [false, true], [true, true]] {
        let mut bench = private(own);
        bench.pair();
        assert_eq!(secured(&bench), [true; 2], "{own:?}");
        let first = [CENTRAL, PERIPHERAL].map(|device| used(&bench, device));
        for device in [CENTRAL, PERIPHERAL] {
            let kept = bond(&bench, device).expect("a bond under the identity address");
            let address = first[1 - device].first().copied();
            assert_eq!(address.is_some(), own[1 - device]);
            assert!(address.is_none_or(|address| resolves(address, kept.irk.unwrap())));
            let expected = address.unwrap_or(ADDRESSES[1 - device]);
            assert!(matches!(bench.ends[device].host.link(0), Link::Up { peer, .. } if peer == expected));
            let told = SmpPdu::IdentityAddressInformation(ADDRESSES[device]);
            assert!(bench.log.iter().any(|&(sender, pdu, _)| (sender, pdu) == (device, told)));
        }
        assert_eq!(bond(&bench, CENTRAL).unwrap().ltk, bond(&bench, PERIPHERAL).unwrap().ltk);
        again(&mut bench);
        assert_eq!((secured(&bench), bench.codes()), ([true; 2], vec![]), "{own:?}");
        for device in [CENTRAL, PERIPHERAL] {
            assert_eq!(used(&bench, device).len(), usize::from(own[device]));
            assert!(used(&bench, device).iter().all(|address| !first[device].contains(address)));
            assert_eq!(bench.noted(device, Note::Resolved(ADDRESSES[1 - device])), own[1 - device]);
        }
    }
}

/// An advertiser changes its address at its time: it stops, changes, and goes on.
#[test]
fn rotation_while_advertising() {
    let mut bench = private([false, true]);
    bench.input(PERIPHERAL, blesim_host::Input::PowerOn);
    bench.flow();
    let before = bench.controllers.commands.len();
    for turn in 1..4 {
        let since = bench.now;
        assert_eq!(bench.wake(), Some((PERIPHERAL, Why::Rotation)));
        assert_eq!(bench.now, since + TURN);
        let addresses = used(&bench, PERIPHERAL);
        assert_eq!(addresses.len(), turn + 1);
        assert_eq!(bench.controllers.addresses[PERIPHERAL], addresses[turn]);
    }
    let names: Vec<_> = bench.controllers.commands[before..before + 3]
        .iter()
        .filter_map(|(_, command)| command.name())
        .collect();
    let expected =
        ["HCI_LE_Set_Advertising_Enable", "HCI_LE_Set_Random_Address", "HCI_LE_Set_Advertising_Enable"];
    assert_eq!(names, expected);
}

/// A link keeps its address however long it lasts; the next one has another.
#[test]
fn rotation_waits_for_the_link() {
    let mut bench = private([true, true]);
    bench.pair();
    let first = [CENTRAL, PERIPHERAL].map(|own| used(&bench, own));
    for _ in 0..2 {
        assert!(matches!(bench.wake(), Some((_, Why::Rotation))));
    }
    assert_eq!(bench.wake(), None, "nothing to do while the link lasts");
    assert_eq!([CENTRAL, PERIPHERAL].map(|own| used(&bench, own)), first);
    bench.ends[CENTRAL].program = always(9, &[Action::Again]);
    bench.controllers.lose([ErrorCode::CONNECTION_TIMEOUT; 2]);
    bench.flow();
    assert_eq!(secured(&bench), [true; 2]);
    for own in [CENTRAL, PERIPHERAL] {
        assert_eq!(used(&bench, own).len(), 2, "{own}");
        assert_eq!(bench.controllers.addresses[own], used(&bench, own)[1]);
    }
}

/// A connection comes about while advertising is being stopped to change the address: it keeps the old one,
/// and advertising is not begun again under it.
#[test]
fn rotation_meets_a_connection() {
    let mut bench = private([false, true]);
    bench.input(PERIPHERAL, blesim_host::Input::PowerOn);
    bench.flow();
    bench.input(CENTRAL, blesim_host::Input::PowerOn);
    // Up to the connection that both controllers have and no host knows of.
    while !bench.controllers.linked() {
        assert!(bench.step());
    }
    bench.pass(TURN);
    bench.input(PERIPHERAL, blesim_host::Input::Wake);
    bench.flow();
    bench.compute();
    assert_eq!(secured(&bench), [true; 2]);
    assert_eq!(used(&bench, PERIPHERAL).len(), 1);
    let last = bench.controllers.commands.iter().rev().find(|(device, command)| {
        *device == PERIPHERAL && matches!(command, Command::LeSetAdvertisingEnable(_))
    });
    assert_eq!(last, Some(&(PERIPHERAL, Command::LeSetAdvertisingEnable(false))));
}

/// A peripheral that does not resolve its central takes it for a stranger: it has no key (0x06). The same if
/// it resolves it too late.
#[test]
fn unresolved_by_the_peripheral() {
    let mut bench = private([true, false]);
    bench.pair();
    bench.ends[PERIPHERAL].port.fails = vec![Mishap::Resolution];
    again(&mut bench);
    assert_eq!(bench.shown(CENTRAL), [Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)]);
    again(&mut bench);
    assert_eq!(secured(&bench), [true; 2], "the next time it does");

    let mut configs = configs(SC);
    configs[CENTRAL].privacy.rotates_every = Some(TURN);
    configs[PERIPHERAL].privacy.resolves_after = Span::from_millis(20);
    let mut bench = Bench::new(&configs);
    bench.pair();
    again(&mut bench);
    assert_eq!(bench.shown(CENTRAL), [Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)]);
    assert!(!bench.noted(PERIPHERAL, Note::Resolved(ADDRESSES[CENTRAL])));
    assert_eq!(bench.wake(), Some((PERIPHERAL, Why::Resolution)));
    assert!(bench.noted(PERIPHERAL, Note::Resolved(ADDRESSES[CENTRAL])));
}

/// A central that has lost its bond with the IRK in it finds a stranger and pairs anew; the peripheral, which
/// has not, finds the bond to replace when the identity address comes.
#[test]
fn lost_irk_of_the_peripheral() {
    let mut bench = private([true, true]);
    bench.pair();
    let old = bond(&bench, PERIPHERAL);
    bench.ends[CENTRAL].host.bonds_mut().clear();
    again(&mut bench);
    assert_eq!(secured(&bench), [true; 2]);
    assert!(bench.log.len() > 10, "they pair");
    assert_ne!(bond(&bench, PERIPHERAL), old);
    assert_eq!(bench.ends[PERIPHERAL].host.bonds().iter().count(), 1);
}

/// A central whose IRK for the peer is wrong, as after the peer was reset, never finds it.
#[test]
fn another_irk() {
    let mut bench = private([false, true]);
    bench.pair();
    let bond = Bond { irk: Some(1), ..bond(&bench, CENTRAL).unwrap() };
    bench.ends[CENTRAL].host.bonds_mut().put(bond);
    again(&mut bench);
    let since = bench.now;
    assert_eq!(bench.wake(), Some((CENTRAL, Why::ConnectTimeout)));
    assert_eq!(bench.now, since + CONNECT_TIMEOUT);
    assert_eq!(bench.shown(CENTRAL), [Shown::ConnectTimeout]);
    let last = bench.controllers.commands.last();
    let stops = Command::LeSetScanEnable { enable: false, filter_duplicates: false };
    assert_eq!(last, Some(&(CENTRAL, stops)));
}

/// What a central hears and does not resolve at once it hears again.
#[test]
fn unresolved_by_the_central() {
    let mut bench = private([false, true]);
    bench.pair();
    bench.ends[CENTRAL].port.fails = vec![Mishap::Resolution; 2];
    again(&mut bench);
    assert_eq!(secured(&bench), [false; 2]);
    for expected in [false, true] {
        bench.controllers.report();
        bench.flow();
        assert_eq!(secured(&bench), [expected; 2]);
    }
}

/// Advertisements of others are let be: without the printed label, and under private addresses of their own.
#[test]
fn strangers_are_let_be() {
    for (data, address, connects) in [
        (&b"\x05\x08F3E0"[..], [0x40, 0, 1, 2, 3, 4], true),
        (b"\x02\x01\x06\x05\x08F3E0", [0x40, 0, 1, 2, 3, 4], true),
        (b"\x05\x08F3E1", [0x40, 0, 1, 2, 3, 4], false),
        (b"\x05\x09F3E0", [0x40, 0, 1, 2, 3, 4], false),
        (b"\x05\x08F3E", [0x40, 0, 1, 2, 3, 4], false),
        (b"\x00\x05\x08F3E0", [0x40, 0, 1, 2, 3, 4], true),
        (b"", [0x40, 0, 1, 2, 3, 4], false),
        (b"\x05\x08F3E0", [0xC0, 0, 1, 2, 3, 4], false),
        (b"", ADDRESSES[PERIPHERAL].octets, true),
    ] {
        let mut bench = private([false, true]);
        bench.input(CENTRAL, blesim_host::Input::PowerOn);
        bench.flow();
        let before = bench.controllers.commands.len();
        bench.controllers.advertise(Address::random(address), data);
        bench.flow();
        let asks = |(_, command): &(usize, Command)| matches!(command, Command::LeCreateConnection(_));
        assert_eq!(bench.controllers.commands[before..].iter().any(asks), connects, "{data:?} {address:?}");
    }
}

/// Off, nothing is scanned for, drawn or told.
#[test]
fn off() {
    assert_eq!(configs(SC).map(|config| config.privacy), [Privacy::OFF; 2]);
    let mut bench = private([false, false]);
    bench.pair();
    assert_eq!(used(&bench, PERIPHERAL), []);
    let scans = |(_, command): &(usize, Command)| matches!(command, Command::LeSetScanEnable { .. });
    assert!(!bench.controllers.commands.iter().any(scans));
}
