//! Pairings that succeed: who says what in which order, which keys come out, and how long they are.

use crate::bench::{Bench, Keys};
use crate::controllers::HANDLE;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, configs};
use blesim_host::{Episode, Note, Step};
use blesim_packet::hci::Event;
use blesim_packet::smp::{AuthReq, KeyDistribution, SmpPdu};

/// Codes of the phases before encryption, with the sender (Vol 3 Part H appendix C).
const SC_PHASES: [(usize, u8); 9] =
    [(0, 0x01), (1, 0x02), (0, 0x0C), (1, 0x0C), (1, 0x03), (0, 0x04), (1, 0x04), (0, 0x0D), (1, 0x0D)];
const LEGACY_PHASES: [(usize, u8); 6] = [(0, 0x01), (1, 0x02), (0, 0x03), (1, 0x03), (0, 0x04), (1, 0x04)];

/// What a side sends for these keys, in the order of Vol 3 Part H 3.6.1.
fn distribution(device: usize, keys: u8) -> Vec<(usize, u8)> {
    let codes = [(1, &[0x06, 0x07][..]), (2, &[0x08, 0x09]), (4, &[0x0A])];
    let codes = codes.iter().filter(|(bit, _)| keys & bit != 0).flat_map(|(_, codes)| *codes);
    codes.map(|&code| (device, code)).collect()
}

fn secured(bench: &Bench) -> bool {
    bench.ends.iter().all(|end| matches!(end.host.episode(0), Episode::Secured(_)))
}

/// Whatever keys the two are willing to see distributed, those both agree to are, the responder's first, in
/// the order of the specification; the bonds on both sides hold the same LTK and the other's keys.
#[test]
fn every_agreement_on_keys() {
    let keys = Keys::default();
    for auth in [SC, LEGACY] {
        for (asked, granted) in (0..16_u8).flat_map(|asked| (0..16_u8).map(move |granted| (asked, granted))) {
            // The two nibbles stand for different masks of the two fields.
            let masks = |value: u8| (KeyDistribution(value & 7), KeyDistribution(value.rotate_right(1) & 7));
            let mut configs = configs(auth);
            (configs[CENTRAL].initiator_keys, configs[CENTRAL].responder_keys) = masks(asked);
            (configs[PERIPHERAL].initiator_keys, configs[PERIPHERAL].responder_keys) = masks(granted);
            let mut bench = Bench::with_keys(&configs, &keys);
            bench.pair();
            let both = |of: fn((KeyDistribution, KeyDistribution)) -> KeyDistribution| {
                let mask = of(masks(asked)).0 & of(masks(granted)).0;
                if auth == SC { mask & !1 } else { mask }
            };
            let (by_initiator, by_responder) = (both(|masks| masks.0), both(|masks| masks.1));
            let mut expected = if auth == SC { SC_PHASES.to_vec() } else { LEGACY_PHASES.to_vec() };
            expected.extend(distribution(PERIPHERAL, by_responder));
            expected.extend(distribution(CENTRAL, by_initiator));
            assert_eq!(bench.codes(), expected, "{auth:?} {asked:X} {granted:X}");
            assert!(secured(&bench));
            check_bonds(&bench, auth, [by_initiator, by_responder]);
        }
    }
}

/// Keys that were sent and not acknowledged may never have arrived: who sends last is done when the link layer has the
/// acknowledgement, and not before.
#[test]
fn keys_have_arrived_when_the_pairing_is_complete() {
    for auth in [SC, LEGACY] {
        let mut configs = configs(auth);
        // No more than there are buffers for, which unacknowledged packets keep.
        for config in &mut configs {
            config.initiator_keys = KeyDistribution::ID_KEY;
        }
        let mut bench = Bench::new(&configs);
        bench.power_on();
        let encrypted = |bench: &Bench| bench.ends[CENTRAL].port.steps.contains(&Step::Encrypted);
        while !encrypted(&bench) {
            assert!(bench.step() || bench.wake_alone().is_some());
        }
        bench.controllers.unacknowledged[CENTRAL] = Some(0);
        bench.flow();
        let episode = |bench: &Bench, device: usize| bench.ends[device].host.episode(0);
        let count = bench.controllers.unacknowledged[CENTRAL].take().expect("it was set");
        assert!(count > 0, "{auth:?}");
        assert!(matches!(episode(&bench, PERIPHERAL), Episode::Secured(_)), "{auth:?}");
        assert_eq!(episode(&bench, CENTRAL), Episode::Open, "{auth:?}");
        bench.event(CENTRAL, Event::NumberOfCompletedPackets { handle: HANDLE, count });
        bench.flow();
        assert!(secured(&bench), "{auth:?}");
    }
}

fn check_bonds(bench: &Bench, auth: AuthReq, by: [u8; 2]) {
    let bonds: Vec<_> =
        (0..2).map(|own| bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).copied()).collect();
    // Legacy pairing has an LTK only if the responder gives one.
    let has_key = auth == SC || by[PERIPHERAL] & 1 != 0;
    for (own, bond) in bonds.iter().enumerate() {
        assert_eq!(bond.is_some(), has_key);
        let steps = &bench.ends[own].port.steps;
        assert_eq!(steps.contains(&Step::Bonded), has_key);
        let Some(bond) = bond else { continue };
        assert_eq!((bond.irk.is_some(), bond.csrk.is_some()), (by[1 - own] & 2 != 0, by[1 - own] & 4 != 0));
        assert_eq!(bond.secure_connections, auth == SC);
        assert_eq!((bond.ediv == 0, bond.rand == 0), (auth == SC, auth == SC));
    }
    if let [Some(one), Some(other)] = bonds[..] {
        assert_eq!((one.ltk, one.ediv, one.rand), (other.ltk, other.ediv, other.rand));
    }
}

/// The keys in a bond are those that were on the wire.
#[test]
fn bonds_hold_what_was_sent() {
    let mut bench = Bench::new(&configs(LEGACY));
    bench.pair();
    let sent =
        |own: usize| bench.log.iter().filter(move |(device, ..)| *device == own).map(|(_, pdu, _)| *pdu);
    for own in [CENTRAL, PERIPHERAL] {
        let bond = bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).unwrap();
        for pdu in sent(1 - own) {
            match pdu {
                SmpPdu::IdentityInformation { irk } => assert_eq!(bond.irk, Some(irk)),
                SmpPdu::SigningInformation { csrk } => assert_eq!(bond.csrk, Some(csrk)),
                SmpPdu::IdentityAddressInformation(address) => assert_eq!(bond.peer, address),
                _ => {}
            }
        }
        // In legacy pairing the key that counts is the one of the link's peripheral, for both.
        for pdu in sent(PERIPHERAL) {
            match pdu {
                SmpPdu::EncryptionInformation { ltk } => assert_eq!(bond.ltk, ltk),
                SmpPdu::CentralIdentification { ediv, rand } => {
                    assert_eq!((bond.ediv, bond.rand), (ediv, rand));
                }
                _ => {}
            }
        }
    }
}

/// The key size is the smaller of the two offers, and keys are shortened to it from the most significant end
/// (Vol 3 Part H 2.3.4).
#[test]
fn key_sizes() {
    let keys = Keys::default();
    for auth in [SC, LEGACY] {
        for (one, other) in (7..=16_u8).flat_map(|one| (7..=16_u8).map(move |other| (one, other))) {
            let mut configs = configs(auth);
            (configs[CENTRAL].max_key_size, configs[PERIPHERAL].max_key_size) = (one, other);
            let mut bench = Bench::with_keys(&configs, &keys);
            bench.pair();
            assert!(secured(&bench), "{one} {other}");
            let size = one.min(other);
            let short = |key: u128| key.leading_zeros() >= 8 * (16 - u32::from(size));
            for (own, end) in bench.ends.iter().enumerate() {
                let bond = end.host.bonds().get(ADDRESSES[1 - own]).unwrap();
                assert_eq!(bond.key_size, size);
                assert!(short(bond.ltk), "{one} {other} {:032X}", bond.ltk);
                // It is this size and no smaller: the octet at its top is used.
                assert!(bond.ltk >> (8 * (u32::from(size) - 1)) != 0);
                let made = end.port.notes.iter().filter_map(|note| match note {
                    Note::Key("STK" | "LTK", key) => Some(*key),
                    _ => None,
                });
                assert!(made.into_iter().all(short));
            }
        }
    }
}

/// One side that is not willing to bond is enough for no bond; the link is secured all the same.
#[test]
fn without_bonding() {
    for auth in [SC, LEGACY] {
        for unwilling in [&[CENTRAL][..], &[PERIPHERAL], &[CENTRAL, PERIPHERAL]] {
            let mut configs = configs(auth);
            for &own in unwilling {
                configs[own].auth = auth.without(AuthReq::BONDING);
            }
            let mut bench = Bench::new(&configs);
            bench.pair();
            assert!(secured(&bench));
            let none = |own: usize| bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).is_none();
            assert!(none(CENTRAL) && none(PERIPHERAL));
        }
    }
}

/// Secure Connections takes both sides; one side without it makes the pairing a legacy one.
#[test]
fn one_side_without_secure_connections() {
    for older in [CENTRAL, PERIPHERAL] {
        let mut configs = configs(SC);
        configs[older].auth = LEGACY;
        let mut bench = Bench::new(&configs);
        bench.pair();
        assert!(secured(&bench));
        assert_eq!(bench.codes()[..6], LEGACY_PHASES);
    }
}

/// The initiator's check waits for its DHKey and the responder's for both (Vol 3 Part H 2.3.5.6.5).
#[test]
fn dh_key_takes_time() {
    let millis = blesim_kernel::Span::from_millis;
    for (central, peripheral) in [(0, 0), (160, 0), (0, 160), (100, 160), (160, 100)] {
        let mut configs = configs(SC);
        configs[CENTRAL].timing.dh_key = millis(central);
        configs[PERIPHERAL].timing.dh_key = millis(peripheral);
        let mut bench = Bench::new(&configs);
        bench.pair();
        let at = |device: usize| {
            let check = |(sender, pdu, _): &&(usize, SmpPdu, _)| *sender == device && pdu.code() == 0x0D;
            bench.log.iter().find(check).unwrap().2.since(blesim_kernel::Instant::ZERO)
        };
        assert_eq!((at(CENTRAL), at(PERIPHERAL)), (millis(central), millis(central.max(peripheral))));
    }
}
