//! Pairings in which one PDU is changed on its way: who finds out, and what is said (Vol 3 Part H 2.3.5,
//! 3.5.5).

use crate::bench::{Bench, Keys, entropy, key_name};
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, configs};
use blesim_crypto::KeyAgreement;
use blesim_host::{Episode, Shown};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Keypress, Reason, SmpPdu};

/// The order of the field of P-256, most significant octet first (FIPS 186-4 D.1.2.3).
const P: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
];

/// The other point with the same x-coordinate: p - y.
fn negated(y: [u8; 32]) -> [u8; 32] {
    let mut out = [0; 32];
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(P[index]) - i16::from(y[index]) - borrow;
        borrow = i16::from(difference < 0);
        out[index] = u8::try_from(difference + 256 * borrow).unwrap();
    }
    out
}

/// Changes the one PDU of `code` from `from`; expects `finder` to end the pairing with `reason`, both to show
/// it, and nobody to keep a bond or to wait for anything.
fn check(auth: AuthReq, (from, code): (usize, u8), change: fn(SmpPdu) -> SmpPdu, found: (usize, Reason)) {
    let mut bench = Bench::new(&configs(auth));
    bench.tamper = Box::new(move |device, pdu| {
        Some(if (device, pdu.code()) == (from, code) { change(pdu) } else { pdu })
    });
    bench.pair();
    check_end(&bench, found, &format!("{auth:?} {from} {code:#04X}"));
}

fn check_end(bench: &Bench, found: (usize, Reason), what: &str) {
    assert_eq!(bench.last_refusal(), Some(found), "{what}");
    for (own, end) in bench.ends.iter().enumerate() {
        assert_eq!(bench.shown(own), [Shown::PairingFailed(found.1)], "{what}");
        assert_eq!(end.host.deadline(), None, "{what}");
        assert_eq!(end.host.bonds().get(ADDRESSES[1 - own]), None, "{what}");
    }
    assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::GaveUp(_)), "{what}");
}

fn flipped(pdu: SmpPdu) -> SmpPdu {
    match pdu {
        SmpPdu::PairingConfirm(value) => SmpPdu::PairingConfirm(value ^ 1),
        SmpPdu::PairingRandom(value) => SmpPdu::PairingRandom(value ^ 1 << 127),
        SmpPdu::PairingDhKeyCheck(value) => SmpPdu::PairingDhKeyCheck(value ^ 1 << 64),
        SmpPdu::PairingPublicKey { x, mut y } => {
            y[31] ^= 1;
            SmpPdu::PairingPublicKey { x, y }
        }
        SmpPdu::PairingRequest(mut features) => {
            features.io = IoCapability::DisplayOnly;
            SmpPdu::PairingRequest(features)
        }
        SmpPdu::PairingResponse(mut features) => {
            features.io = IoCapability::DisplayOnly;
            SmpPdu::PairingResponse(features)
        }
        other => other,
    }
}

fn resized<const SIZE: u8>(pdu: SmpPdu) -> SmpPdu {
    match pdu {
        SmpPdu::PairingRequest(mut features) => {
            features.max_key_size = SIZE;
            SmpPdu::PairingRequest(features)
        }
        SmpPdu::PairingResponse(mut features) => {
            features.max_key_size = SIZE;
            SmpPdu::PairingResponse(features)
        }
        other => other,
    }
}

const CONFIRM: Reason = Reason::CONFIRM_VALUE_FAILED;
const DH_KEY: Reason = Reason::DHKEY_CHECK_FAILED;
const PARAMETERS: Reason = Reason::INVALID_PARAMETERS;

/// A value that is not what was computed from is found by the first check it goes into.
#[test]
fn changed_values() {
    for (auth, changed, found) in [
        (LEGACY, (CENTRAL, 0x03), (PERIPHERAL, CONFIRM)),
        (LEGACY, (PERIPHERAL, 0x03), (CENTRAL, CONFIRM)),
        (LEGACY, (CENTRAL, 0x04), (PERIPHERAL, CONFIRM)),
        (LEGACY, (PERIPHERAL, 0x04), (CENTRAL, CONFIRM)),
        // c1 covers both feature PDUs.
        (LEGACY, (CENTRAL, 0x01), (PERIPHERAL, CONFIRM)),
        (LEGACY, (PERIPHERAL, 0x02), (PERIPHERAL, CONFIRM)),
        (SC, (PERIPHERAL, 0x03), (CENTRAL, CONFIRM)),
        (SC, (PERIPHERAL, 0x04), (CENTRAL, CONFIRM)),
        (SC, (CENTRAL, 0x04), (PERIPHERAL, DH_KEY)),
        (SC, (CENTRAL, 0x0D), (PERIPHERAL, DH_KEY)),
        (SC, (PERIPHERAL, 0x0D), (CENTRAL, DH_KEY)),
        // f6 covers the IO capabilities of both.
        (SC, (CENTRAL, 0x01), (PERIPHERAL, DH_KEY)),
        (SC, (PERIPHERAL, 0x02), (CENTRAL, DH_KEY)),
        // Not on the curve: Core 6.1 settled on DHKey Check Failed (Vol 3 Part H 2.3.5.6.1).
        (SC, (CENTRAL, 0x0C), (PERIPHERAL, DH_KEY)),
        (SC, (PERIPHERAL, 0x0C), (CENTRAL, DH_KEY)),
    ] {
        check(auth, changed, flipped, found);
    }
}

/// A maximum key size outside 7 to 16 is an invalid parameter (Vol 3 Part H 3.5.1).
#[test]
fn impossible_key_sizes() {
    for auth in [SC, LEGACY] {
        for change in [resized::<0>, resized::<6>, resized::<17>, resized::<255>] {
            check(auth, (CENTRAL, 0x01), change, (PERIPHERAL, PARAMETERS));
            check(auth, (PERIPHERAL, 0x02), change, (CENTRAL, PARAMETERS));
        }
    }
}

/// A key shorter than a side accepts ends the pairing with Encryption Key Size, as soon as it knows.
#[test]
fn keys_too_short() {
    for auth in [SC, LEGACY] {
        for (offered, asker, found) in [
            (10, PERIPHERAL, (PERIPHERAL, Reason::ENCRYPTION_KEY_SIZE)),
            (10, CENTRAL, (CENTRAL, Reason::ENCRYPTION_KEY_SIZE)),
        ] {
            let mut configs = configs(auth);
            configs[asker].min_key_size = 16;
            configs[1 - asker].max_key_size = offered;
            let mut bench = Bench::new(&configs);
            bench.pair();
            check_end(&bench, found, "too short");
        }
    }
}

/// A side's own public key come back, with either sign of y, is refused as any invalid public key is
/// (Vol 3 Part H 2.3.5.6.1).
#[test]
fn reflected_public_keys() {
    for (victim, negate) in [(CENTRAL, false), (CENTRAL, true), (PERIPHERAL, false), (PERIPHERAL, true)] {
        let keys = Keys::default();
        let name = key_name(victim, 0);
        let own = keys.borrow_mut().key_pair(name, &mut || entropy(name)).public;
        let mut bench = Bench::with_keys(&configs(SC), &keys);
        bench.tamper = Box::new(move |device, pdu| {
            let y = if negate { negated(own.y) } else { own.y };
            let key = SmpPdu::PairingPublicKey { x: own.x, y };
            Some(if (device, pdu.code()) == (1 - victim, 0x0C) { key } else { pdu })
        });
        bench.pair();
        check_end(&bench, (victim, DH_KEY), "reflected");
    }
}

/// Pairing Failed in place of any PDU leaves its receiver idle at once and the other side when its timer
/// runs out; neither keeps a bond.
#[test]
fn pairing_failed_at_every_step() {
    for auth in [SC, LEGACY] {
        let mut whole = Bench::new(&configs(auth));
        whole.pair();
        for position in 0..whole.log.len() {
            let mut bench = Bench::new(&configs(auth));
            let mut count = 0;
            bench.tamper = Box::new(move |_, pdu| {
                count += 1;
                Some(if count == position + 1 { SmpPdu::PairingFailed(Reason::KEY_REJECTED) } else { pdu })
            });
            bench.pair();
            let receiver = 1 - whole.log[position].0;
            if position > 0 {
                let shown = Shown::PairingFailed(Reason::KEY_REJECTED);
                assert_eq!(bench.shown(receiver), [shown], "{auth:?} {position}");
            }
            assert_eq!(bench.ends[receiver].host.deadline(), None, "{auth:?} {position}");
            while bench.wake().is_some() {}
            assert_eq!(bench.ends[receiver].host.bonds().get(ADDRESSES[1 - receiver]), None);
        }
    }
}

/// Bits reserved for future use in the feature PDUs are ignored by who receives them (Vol 3 Part H 3.5.1,
/// 3.6.1), and both compute with what was sent.
#[test]
fn reserved_bits() {
    for auth in [SC, LEGACY] {
        let mut configs = configs(auth);
        for config in &mut configs {
            config.auth = AuthReq(config.auth.0 | 0xC0);
            config.initiator_keys = KeyDistribution(0xF7);
        }
        let mut bench = Bench::new(&configs);
        bench.pair();
        assert!(matches!(bench.ends[CENTRAL].host.episode(0), Episode::Secured(_)));
        assert!(matches!(bench.ends[PERIPHERAL].host.episode(0), Episode::Secured(_)));
    }
}

/// A key comes in two PDUs; the second without the first is refused, for half a key is none
/// (Vol 3 Part H 2.4.3, 3.6.1).
#[test]
fn half_a_key_is_refused() {
    for (from, first_half, finder) in [
        (PERIPHERAL, 0x06, CENTRAL),
        (PERIPHERAL, 0x08, CENTRAL),
        (CENTRAL, 0x06, PERIPHERAL),
        (CENTRAL, 0x08, PERIPHERAL),
    ] {
        let mut bench = Bench::new(&configs(LEGACY));
        bench.tamper =
            Box::new(move |device, pdu| ((device, pdu.code()) != (from, first_half)).then_some(pdu));
        bench.pair();
        let refused = [Shown::PairingFailed(Reason::UNSPECIFIED_REASON)];
        assert_eq!(bench.shown(finder), refused, "{from} {first_half}");
        assert_eq!(bench.ends[finder].host.bonds().get(ADDRESSES[from]), None);
    }
}

/// An initiator whose user has not typed yet awaits no commitment: the responder's comes out of order.
#[test]
fn a_commitment_too_early() {
    for auth in [AuthReq(0x05), AuthReq(0x0D)] {
        let mut configs = configs(auth);
        configs[CENTRAL].io = IoCapability::KeyboardOnly;
        configs[PERIPHERAL].io = IoCapability::DisplayOnly;
        let mut bench = Bench::new(&configs);
        bench.pair();
        bench.inject(CENTRAL, &SmpPdu::PairingConfirm(1).encode());
        assert_eq!(bench.refusals(), [Reason::UNSPECIFIED_REASON], "{auth:?}");
    }
}

/// A second DHKey check, while the first is waiting for the responder's user, is out of order.
#[test]
fn a_second_check() {
    let mut configs = configs(AuthReq(0x0D));
    for config in &mut configs {
        config.io = IoCapability::DisplayYesNo;
    }
    let mut bench = Bench::new(&configs);
    bench.pair();
    bench.says(CENTRAL, blesim_host::Answer::Yes);
    assert_eq!(bench.codes().last(), Some(&(CENTRAL, 0x0D)));
    bench.inject(PERIPHERAL, &SmpPdu::PairingDhKeyCheck(1).encode());
    assert_eq!(bench.refusals(), [Reason::UNSPECIFIED_REASON]);
}

/// Keypress notifications belong to Passkey Entry alone, even where both sides want them (Vol 3 Part H 3.5.8).
#[test]
fn keypresses_of_no_passkey() {
    let both = AuthReq::KEYPRESS.0;
    for (auth, io) in [
        (AuthReq(0x09 | both), IoCapability::NoInputNoOutput),
        (AuthReq(0x0D | both), IoCapability::DisplayYesNo),
    ] {
        let mut configs = configs(auth);
        for config in &mut configs {
            config.io = io;
        }
        let mut bench = Bench::new(&configs);
        let mut sent = false;
        bench.tamper = Box::new(move |device, pdu| {
            let first = device == PERIPHERAL && matches!(pdu, SmpPdu::PairingConfirm(_)) && !sent;
            sent |= first;
            Some(if first { SmpPdu::KeypressNotification(Keypress::EntryStarted) } else { pdu })
        });
        bench.pair();
        assert_eq!(bench.refusals(), [Reason::UNSPECIFIED_REASON], "{io:?}");
    }
}
