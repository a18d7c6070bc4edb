//! Departures from the specification: what each does to a pairing, and that the observer is told.

use crate::bench::Bench;
use crate::setup::{ADDRESSES, CENTRAL, LEGACY, PERIPHERAL, SC, configs};
use blesim_host::{Episode, Keys, Malformed, Note, Quirk, Quirks, Shown, Step, Timer, Why};
use blesim_kernel::Span;
use blesim_packet::smp::{AuthReq, KeyDistribution, Reason, SmpPdu};

/// Two devices of which one departs from the specification, as far as they come.
fn pair(auth: AuthReq, device: usize, depart: impl FnOnce(&mut Quirks)) -> Bench {
    let mut configs = configs(auth);
    depart(&mut configs[device].quirks);
    let mut bench = Bench::new(&configs);
    bench.pair();
    bench
}

fn departs(bench: &Bench, device: usize, quirk: Quirk) -> bool {
    bench.noted(device, Note::Departs(quirk))
}

fn secured(bench: &Bench) -> bool {
    bench.ends.iter().all(|end| matches!(end.host.episode(0), Episode::Secured(_)))
}

/// A device that plays by the book departs from nothing.
#[test]
fn by_the_book() {
    for auth in [SC, LEGACY] {
        let bench = pair(auth, PERIPHERAL, |_| ());
        assert!(secured(&bench));
        for end in &bench.ends {
            assert!(!end.port.notes.iter().any(|note| matches!(note, Note::Departs(_))));
        }
    }
}

/// A malformed PDU is answered by the specification: a wrong value by the check it goes into, a wrong length
/// by Invalid Parameters, a reserved code by nothing, and what comes out of order by Unspecified Reason
/// (Vol 3 Part H 3.3, 3.4, 3.5.5).
#[test]
fn malformed_confirm() {
    let reason = |reason| Some((CENTRAL, reason));
    for (how, found) in [
        (Malformed::Wrong, reason(Reason::CONFIRM_VALUE_FAILED)),
        (Malformed::Short, reason(Reason::INVALID_PARAMETERS)),
        (Malformed::Oversized, reason(Reason::INVALID_PARAMETERS)),
        (Malformed::Twice, reason(Reason::UNSPECIFIED_REASON)),
        (Malformed::OutOfOrder, reason(Reason::UNSPECIFIED_REASON)),
        (Malformed::Unknown, None),
        (Malformed::Missing, None),
    ] {
        let mut bench = pair(SC, PERIPHERAL, |quirks| quirks.sends = Some((Step::Confirm, how)));
        assert!(departs(&bench, PERIPHERAL, Quirk::Sends(how)), "{how:?}");
        let refused = bench.log.iter().rev().find_map(|(device, pdu, _)| match pdu {
            SmpPdu::PairingFailed(reason) => Some((*device, *reason)),
            _ => None,
        });
        assert_eq!(refused, found, "{how:?}");
        if found.is_none() {
            assert!(matches!(bench.wake(), Some((_, Why::SmpTimeout))), "{how:?}");
            assert_eq!(bench.shown(CENTRAL), [Shown::SmpTimeout], "{how:?}");
        }
    }
}

/// The longest PDU can be too long as well (Vol 3 Part H 3.2: 65 octets).
#[test]
fn oversized_public_key() {
    let how = (Step::PublicKey, Malformed::Oversized);
    let bench = pair(SC, PERIPHERAL, |quirks| quirks.sends = Some(how));
    assert_eq!(bench.last_refusal(), Some((CENTRAL, Reason::INVALID_PARAMETERS)));
}

/// Whatever is wrong with whichever step, from either side: nothing panics and nobody waits longer than the
/// Security Manager timer lets them.
#[test]
fn malformed_anywhere() {
    for auth in [SC, LEGACY] {
        for device in [CENTRAL, PERIPHERAL] {
            for (how, _) in Malformed::ALL {
                for (step, name) in Step::ALL {
                    let what = format!("{auth:?} {device} {how:?} {name}");
                    let mut bench = pair(auth, device, |quirks| quirks.sends = Some((step, how)));
                    while bench.wake().is_some() {
                        assert!(
                            bench.now.since(blesim_kernel::Instant::ZERO) < Span::from_secs(61),
                            "{what}"
                        );
                    }
                    let open = |end: &crate::bench::End| end.host.episode(0) == Episode::Open;
                    assert!(!open(&bench.ends[CENTRAL]), "{what}");
                }
            }
        }
    }
}

/// Keys that are not random go out as they are, and both sides keep them.
#[test]
fn patterned_keys() {
    let counting = 0x3031_3233_3435_3637_3839_3A3B_3C3D_3E3F;
    for (keys, expected) in [(Keys::Constant(7), 7), (Keys::Counting(0x30), counting)] {
        let bench = pair(LEGACY, PERIPHERAL, |quirks| quirks.keys = keys);
        assert!(secured(&bench) && departs(&bench, PERIPHERAL, Quirk::KeysNotRandom));
        let kept = bench.ends[CENTRAL].host.bonds().get(ADDRESSES[PERIPHERAL]).unwrap();
        assert_eq!((kept.ltk, kept.irk, kept.csrk), (expected, Some(expected), Some(expected)));
    }
}

/// An LTK that was not negotiated is not kept by who gets it, in either kind of pairing: the bond is the one
/// that both agreed on.
#[test]
fn keys_that_were_not_negotiated() {
    for auth in [SC, LEGACY] {
        let mut configs = configs(auth);
        for config in &mut configs {
            config.responder_keys = KeyDistribution::ID_KEY;
        }
        configs[PERIPHERAL].quirks.distributes_unnegotiated = KeyDistribution::ENC_KEY;
        let mut bench = Bench::new(&configs);
        bench.pair();
        assert!(departs(&bench, PERIPHERAL, Quirk::DistributesUnnegotiated));
        let ltk = |own: usize| bench.ends[own].host.bonds().get(ADDRESSES[1 - own]).map(|bond| bond.ltk);
        assert_eq!(ltk(CENTRAL), ltk(PERIPHERAL), "{auth:?}");
        assert_eq!(ltk(CENTRAL).is_some(), auth == SC, "{auth:?}");
    }
}

/// Whichever key was not negotiated is refused by who refuses such keys, when the ones that were have come;
/// keys that were negotiated are not (Vol 3 Part H 3.6.1).
#[test]
fn keys_that_are_refused() {
    let (enc, id, sign) = (KeyDistribution::ENC_KEY, KeyDistribution::ID_KEY, KeyDistribution::SIGN);
    for (negotiated, extra, refused) in [
        (id, enc, true),
        (sign, enc, true),
        (sign, id, true),
        // What comes after the last key that was agreed finds the pairing over.
        (enc, id, false),
        (enc.with(id), sign, false),
        (enc.with(id).with(sign), enc, false),
        (enc.with(id).with(sign), KeyDistribution::NONE, false),
    ] {
        let mut configs = configs(LEGACY);
        configs[CENTRAL].quirks.distributes_unnegotiated = extra;
        configs[PERIPHERAL].quirks.refuses_unnegotiated = true;
        for config in &mut configs {
            config.initiator_keys = negotiated;
        }
        let mut bench = Bench::new(&configs);
        bench.pair();
        let what = format!("{negotiated:?} and {extra:?}");
        assert_eq!(bench.last_refusal().is_some(), refused, "{what}");
        assert_eq!(departs(&bench, PERIPHERAL, Quirk::RefusesUnnegotiated), refused, "{what}");
        // All of the initiator's keys are out before it is told.
        let keys = bench.codes().iter().filter(|(device, code)| *device == CENTRAL && *code >= 0x06).count();
        let all = negotiated.with(extra);
        let pdus = [(enc, 2), (id, 2), (sign, 1)].into_iter().filter(|(key, _)| all.contains(*key));
        assert_eq!(keys, pdus.map(|(_, pdus)| pdus).sum::<usize>(), "{what}");
    }
}

/// Who distributes nothing does not distribute what is not random.
#[test]
fn no_keys_no_pattern() {
    let mut configs = configs(SC);
    for config in &mut configs {
        (config.initiator_keys, config.responder_keys) = (KeyDistribution::NONE, KeyDistribution::NONE);
    }
    configs[PERIPHERAL].quirks.keys = Keys::Constant(7);
    let mut bench = Bench::new(&configs);
    bench.pair();
    assert!(secured(&bench) && !departs(&bench, PERIPHERAL, Quirk::KeysNotRandom));
}

/// One key pair for every pairing: the public keys of two attempts are the same, and those of a device that
/// makes fresh ones are not.
#[test]
fn key_pair_again() {
    for reuses in [true, false] {
        let mut configs = configs(SC);
        configs[PERIPHERAL].quirks.reuses_key_pair = reuses;
        let mut bench = Bench::new(&configs);
        bench.pair();
        let request = SmpPdu::PairingRequest(configs[CENTRAL].features());
        bench.inject(PERIPHERAL, &request.encode());
        let SmpPdu::PairingPublicKey { x, y } = blesim_keys() else { unreachable!() };
        bench.inject(PERIPHERAL, &SmpPdu::PairingPublicKey { x, y }.encode());
        let shown: Vec<_> = bench
            .log
            .iter()
            .filter_map(|(device, pdu, _)| match pdu {
                SmpPdu::PairingPublicKey { x, .. } if *device == PERIPHERAL => Some(*x),
                _ => None,
            })
            .collect();
        assert_eq!(shown.len(), 2);
        assert_eq!(
            (shown[0] == shown[1], departs(&bench, PERIPHERAL, Quirk::ReusesKeyPair)),
            (reuses, reuses)
        );
    }
}

/// The public key of somebody else.
fn blesim_keys() -> SmpPdu {
    let octets = core::array::from_fn(|at| u8::try_from(at).unwrap());
    let key = blesim_crypto::SecretKey::from_octets(octets).unwrap().public_key();
    SmpPdu::PairingPublicKey { x: key.x, y: key.y }
}

/// Public keys whose y-coordinate was set to zero on the way: of two devices that compute with them those
/// agree that both have an even secret, for the DHKey is then the point at infinity on both sides (Biham and
/// Neumann, CVE-2018-5383); one that looks refuses.
#[test]
fn invalid_curve() {
    let mut agreed = Vec::new();
    for attempts in 0..8 {
        let keys = crate::bench::Keys::default();
        let mut configs = configs(SC);
        for config in &mut configs {
            config.quirks.skips_point_check = true;
        }
        let mut bench = Bench::with_keys(&configs, &keys);
        bench.spend_key_pairs([attempts % 4, attempts / 4]);
        let even = bench.next_secrets().map(|secret| secret.to_octets()[31] & 1 == 0);
        bench.tamper = Box::new(|_, pdu| {
            Some(match pdu {
                SmpPdu::PairingPublicKey { x, .. } => SmpPdu::PairingPublicKey { x, y: [0; 32] },
                other => other,
            })
        });
        bench.pair();
        assert!(departs(&bench, CENTRAL, Quirk::SkipsPointCheck));
        assert_eq!(secured(&bench), even == [true, true], "{even:?}");
        agreed.push(secured(&bench));
    }
    assert!(agreed.contains(&true) && agreed.contains(&false));
}

/// A responder that shows the initiator's own key is refused as an invalid key is (Vol 3 Part H 2.3.5.6.1).
#[test]
fn reflected_key() {
    let bench = pair(SC, PERIPHERAL, |quirks| quirks.reflects_public_key = true);
    assert!(departs(&bench, PERIPHERAL, Quirk::ReflectsPublicKey));
    assert_eq!(bench.last_refusal(), Some((CENTRAL, Reason::DHKEY_CHECK_FAILED)));
}

/// A device that does not look at the DHKey check takes a wrong one, and is alone with what it believes: its
/// peer's encryption does not fit if the keys differ, and fits if only the check was changed.
#[test]
fn unchecked_dh_key() {
    for skips in [true, false] {
        let mut configs = configs(SC);
        configs[PERIPHERAL].quirks.skips_dh_key_check = skips;
        let mut bench = Bench::new(&configs);
        bench.tamper = Box::new(|device, pdu| {
            Some(match pdu {
                SmpPdu::PairingDhKeyCheck(value) if device == CENTRAL => SmpPdu::PairingDhKeyCheck(!value),
                other => other,
            })
        });
        bench.pair();
        assert_eq!(departs(&bench, PERIPHERAL, Quirk::SkipsDhKeyCheck), skips);
        assert_eq!(secured(&bench), skips);
    }
}

/// A Pairing Request that nobody answers: the initiator's timer ends the pairing (Vol 3 Part H 3.4).
#[test]
fn silence() {
    let mut bench = pair(SC, PERIPHERAL, |quirks| quirks.ignores_pairing_request = true);
    assert!(departs(&bench, PERIPHERAL, Quirk::IgnoresPairingRequest));
    assert_eq!(bench.wake(), Some((CENTRAL, Why::SmpTimeout)));
    assert_eq!(bench.shown(CENTRAL), [Shown::SmpTimeout]);
}

/// After its timer ran out a stack is silent on the link; one that does not keep to that takes the next
/// Pairing Request, and one without a timer never fails.
#[test]
fn timers() {
    for (timer, fails, answers) in
        [(Timer::Enforced, true, false), (Timer::LinkUsable, true, true), (Timer::Missing, false, false)]
    {
        let mut configs = configs(SC);
        configs[PERIPHERAL].quirks.timer = timer;
        let mut bench = Bench::new(&configs);
        // The central's public key never arrives.
        bench.tamper = Box::new(|device, pdu| {
            let lost = device == CENTRAL && matches!(pdu, SmpPdu::PairingPublicKey { .. });
            (!lost).then_some(pdu)
        });
        bench.pair();
        while bench.wake().is_some() {}
        assert_eq!(bench.shown(PERIPHERAL) == [Shown::SmpTimeout], fails, "{timer:?}");
        let before = bench.log.len();
        bench.inject(PERIPHERAL, &SmpPdu::PairingRequest(configs[CENTRAL].features()).encode());
        let answered =
            bench.log[before..].iter().any(|(_, pdu, _)| matches!(pdu, SmpPdu::PairingResponse(_)));
        assert_eq!(answered, answers, "{timer:?}");
        assert_eq!(departs(&bench, PERIPHERAL, Quirk::LinkUsableAfterTimeout), timer == Timer::LinkUsable);
    }
}
