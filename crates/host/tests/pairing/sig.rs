//! Dialogues after the Bluetooth SIG's test cases for the Security Manager (SM.TS), by their names: this host is
//! the implementation under test, the other end of the bench the lower tester.
//!
//! The rows follow the purposes of the cases, not their letter: no tester of the SIG has run them. The cases of
//! Security Requests are in `starting.rs`, those of signed data in `signing.rs`.
#![expect(clippy::unnecessary_wraps, reason = "what becomes of a PDU may be nothing")]

use crate::bench::{Bench, Keys};
use crate::setup::{ADDRESSES, CENTRAL, PERIPHERAL, configs};
use blesim_host::{Answer, Config, Episode, Input, Level, Shown, Why};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Reason, SmpPdu};
use blesim_packet::{Address, AddressKind};
use std::rc::Rc;

/// How a case has to end.
#[derive(Clone, Copy, Debug)]
enum Ends {
    /// Encrypted on both sides, with this level.
    Secured(Level),
    /// The implementation under test answers Pairing Failed with this reason.
    Refuses(Reason),
    /// The tester says so, and the implementation reports it.
    Reports(Reason),
    /// Its timer runs out, and it is silent afterwards (Vol 3 Part H 3.4).
    TimesOut,
}

use Ends::{Refuses, Reports, Secured, TimesOut};
use IoCapability::{DisplayOnly, KeyboardOnly, NoInputNoOutput};

/// A case: its name, the implementation's role, and what is special about it.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    secure_connections: bool,
    /// Central first.
    io: [IoCapability; 2],
    mitm: bool,
    oob: [bool; 2],
    /// Changes both configurations; told which is the tester's.
    set_up: fn(&mut [Config; 2], tester: usize),
    /// What becomes of the tester's PDUs.
    tamper: fn(SmpPdu) -> Option<SmpPdu>,
    /// Whether users do as they should.
    wrong_passkey: bool,
    ends: Ends,
}

const PLAIN: Case = Case {
    name: "",
    secure_connections: true,
    io: [NoInputNoOutput; 2],
    mitm: false,
    oob: [false; 2],
    set_up: |_, _| (),
    tamper: Some,
    wrong_passkey: false,
    ends: Secured(Level::Two),
};
const LEGACY: Case = Case { secure_connections: false, ..PLAIN };
const SC_PASSKEY: Case =
    Case { io: [KeyboardOnly, DisplayOnly], mitm: true, ends: Secured(Level::Four), ..PLAIN };
const LEGACY_PASSKEY: Case = Case { secure_connections: false, ends: Secured(Level::Three), ..SC_PASSKEY };
const SC_OOB: Case = Case { oob: [true; 2], mitm: true, ends: Secured(Level::Four), ..PLAIN };
const LEGACY_OOB: Case = Case { secure_connections: false, ends: Secured(Level::Three), ..SC_OOB };

/// All bits that are reserved for future use, in the tester's AuthReq (Vol 3 Part H 3.5.1).
fn reserved_bits(configs: &mut [Config; 2], tester: usize) {
    configs[tester].auth.0 |= 0xC0;
}

fn keys<const BITS: u8>(configs: &mut [Config; 2], _: usize) {
    for config in configs {
        (config.initiator_keys, config.responder_keys) = (KeyDistribution(BITS), KeyDistribution(BITS));
    }
}

/// The tester's longest key is the implementation's shortest.
fn shortest_key(configs: &mut [Config; 2], tester: usize) {
    configs[tester].max_key_size = 7;
    configs[1 - tester].min_key_size = 7;
}

fn key_too_short(configs: &mut [Config; 2], tester: usize) {
    configs[tester].max_key_size = 7;
    configs[1 - tester].min_key_size = 8;
}

fn flipped_confirm(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(if let SmpPdu::PairingConfirm(value) = pdu { SmpPdu::PairingConfirm(value ^ 1) } else { pdu })
}

fn flipped_random(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(if let SmpPdu::PairingRandom(value) = pdu { SmpPdu::PairingRandom(value ^ 1) } else { pdu })
}

fn flipped_check(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(if let SmpPdu::PairingDhKeyCheck(value) = pdu { SmpPdu::PairingDhKeyCheck(value ^ 1) } else { pdu })
}

fn off_the_curve(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(match pdu {
        SmpPdu::PairingPublicKey { x, .. } => SmpPdu::PairingPublicKey { x, y: [0; 32] },
        other => other,
    })
}

fn fails_instead_of_random(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(match pdu {
        SmpPdu::PairingRandom(_) => SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON),
        other => other,
    })
}

fn silent_after_features(pdu: SmpPdu) -> Option<SmpPdu> {
    matches!(pdu, SmpPdu::PairingRequest(_) | SmpPdu::PairingResponse(_)).then_some(pdu)
}

fn zero_ltk(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(match pdu {
        SmpPdu::EncryptionInformation { .. } => SmpPdu::EncryptionInformation { ltk: 0 },
        other => other,
    })
}

fn private_identity(pdu: SmpPdu) -> Option<SmpPdu> {
    Some(match pdu {
        SmpPdu::IdentityAddressInformation(_) => {
            let octets = [0x41, 0, 0, 0, 0, 1];
            SmpPdu::IdentityAddressInformation(Address { kind: AddressKind::Random, octets })
        }
        other => other,
    })
}

const CONFIRM: Ends = Refuses(Reason::CONFIRM_VALUE_FAILED);
const DH_KEY: Ends = Refuses(Reason::DHKEY_CHECK_FAILED);
const TOLD: Ends = Reports(Reason::UNSPECIFIED_REASON);
const REJECTED: Ends = Refuses(Reason::KEY_REJECTED);
const SHORT: Ends = Refuses(Reason::ENCRYPTION_KEY_SIZE);

const fn case(name: &'static str, case: Case) -> Case {
    Case { name, ..case }
}

const fn reserved(base: Case) -> Case {
    Case { set_up: reserved_bits, ..base }
}

const fn distributes(set_up: fn(&mut [Config; 2], usize), base: Case) -> Case {
    Case { set_up, ..base }
}

const fn wrong(tamper: fn(SmpPdu) -> Option<SmpPdu>, ends: Ends, base: Case) -> Case {
    Case { tamper, ends, ..base }
}

const fn one_sided(oob: [bool; 2], base: Case) -> Case {
    Case { oob, ends: Secured(Level::Two), ..base }
}

/// The cases in the order of the test suite.
const CASES: [Case; 56] = [
    case("SM/CEN/PROT/BV-01-C", wrong(silent_after_features, TimesOut, LEGACY)),
    case("SM/PER/PROT/BV-02-C", wrong(silent_after_features, TimesOut, LEGACY)),
    case("SM/CEN/JW/BV-05-C", LEGACY),
    case("SM/PER/JW/BV-02-C", LEGACY),
    case("SM/CEN/JW/BI-01-C", wrong(flipped_random, CONFIRM, LEGACY)),
    case("SM/PER/JW/BI-02-C", wrong(flipped_random, CONFIRM, LEGACY)),
    case("SM/PER/JW/BI-03-C", reserved(LEGACY)),
    case("SM/CEN/JW/BI-04-C", reserved(LEGACY)),
    case("SM/CEN/PKE/BV-01-C", LEGACY_PASSKEY),
    case("SM/PER/PKE/BV-02-C", LEGACY_PASSKEY),
    case("SM/CEN/PKE/BI-01-C", wrong(flipped_random, CONFIRM, LEGACY_PASSKEY)),
    case("SM/PER/PKE/BI-03-C", wrong(flipped_random, CONFIRM, LEGACY_PASSKEY)),
    case("SM/CEN/OOB/BV-01-C", LEGACY_OOB),
    case("SM/PER/OOB/BV-02-C", LEGACY_OOB),
    case("SM/CEN/OOB/BV-07-C", one_sided([false, true], LEGACY_OOB)),
    case("SM/PER/OOB/BV-08-C", one_sided([true, false], LEGACY_OOB)),
    case("SM/CEN/OOB/BI-01-C", wrong(flipped_confirm, CONFIRM, LEGACY_OOB)),
    case("SM/PER/OOB/BI-02-C", wrong(flipped_confirm, CONFIRM, LEGACY_OOB)),
    case("SM/CEN/EKS/BV-01-C", distributes(shortest_key, LEGACY)),
    case("SM/PER/EKS/BV-02-C", distributes(shortest_key, LEGACY)),
    case("SM/CEN/EKS/BI-01-C", Case { set_up: key_too_short, ends: SHORT, ..LEGACY }),
    case("SM/PER/EKS/BI-02-C", Case { set_up: key_too_short, ends: SHORT, ..LEGACY }),
    case("SM/PER/KDU/BV-01-C", distributes(keys::<1>, LEGACY)),
    case("SM/PER/KDU/BV-02-C", distributes(keys::<2>, LEGACY)),
    case("SM/PER/KDU/BV-03-C", distributes(keys::<4>, LEGACY)),
    case("SM/CEN/KDU/BV-04-C", distributes(keys::<4>, LEGACY)),
    case("SM/CEN/KDU/BV-05-C", distributes(keys::<2>, LEGACY)),
    case("SM/CEN/KDU/BV-06-C", distributes(keys::<1>, LEGACY)),
    case("SM/PER/KDU/BV-08-C", distributes(keys::<2>, PLAIN)),
    case("SM/PER/KDU/BV-09-C", distributes(keys::<4>, PLAIN)),
    case("SM/CEN/KDU/BV-10-C", distributes(keys::<2>, PLAIN)),
    case("SM/CEN/KDU/BV-11-C", distributes(keys::<4>, PLAIN)),
    case("SM/PER/KDU/BI-04-C", wrong(off_the_curve, DH_KEY, PLAIN)),
    case("SM/CEN/KDU/BI-04-C", wrong(off_the_curve, DH_KEY, PLAIN)),
    case("SM/PER/KDU/BI-02-C", wrong(zero_ltk, REJECTED, LEGACY)),
    case("SM/PER/KDU/BI-03-C", wrong(private_identity, REJECTED, PLAIN)),
    case("SM/CEN/SCJW/BV-01-C", PLAIN),
    case("SM/PER/SCJW/BV-02-C", PLAIN),
    case("SM/PER/SCJW/BV-03-C", reserved(PLAIN)),
    case("SM/CEN/SCJW/BV-04-C", reserved(PLAIN)),
    case("SM/CEN/SCJW/BI-01-C", wrong(fails_instead_of_random, TOLD, PLAIN)),
    case("SM/PER/SCJW/BI-02-C", wrong(flipped_check, DH_KEY, PLAIN)),
    case("SM/CEN/SCPK/BV-01-C", SC_PASSKEY),
    case("SM/PER/SCPK/BV-02-C", SC_PASSKEY),
    case("SM/PER/SCPK/BV-03-C", reserved(SC_PASSKEY)),
    case("SM/CEN/SCPK/BV-04-C", reserved(SC_PASSKEY)),
    case("SM/CEN/SCPK/BI-01-C", wrong(fails_instead_of_random, TOLD, SC_PASSKEY)),
    case("SM/CEN/SCPK/BI-02-C", wrong(flipped_confirm, CONFIRM, SC_PASSKEY)),
    case("SM/PER/SCPK/BI-03-C", Case { ends: CONFIRM, wrong_passkey: true, ..SC_PASSKEY }),
    case("SM/PER/SCPK/BI-04-C", wrong(fails_instead_of_random, TOLD, SC_PASSKEY)),
    case("SM/CEN/SCOB/BV-01-C", SC_OOB),
    case("SM/PER/SCOB/BV-02-C", SC_OOB),
    case("SM/PER/SCOB/BV-03-C", reserved(SC_OOB)),
    case("SM/CEN/SCOB/BV-04-C", reserved(SC_OOB)),
    case("SM/CEN/SCOB/BI-04-C", wrong(fails_instead_of_random, TOLD, SC_OOB)),
    case("SM/PER/SCOB/BI-03-C", wrong(fails_instead_of_random, TOLD, SC_OOB)),
];

fn run(case: &Case, under_test: usize, keys: &Keys) -> Bench {
    let auth = AuthReq(0x01 | u8::from(case.mitm) << 2 | u8::from(case.secure_connections) << 3);
    let mut configs = configs(auth);
    for (side, config) in configs.iter_mut().enumerate() {
        (config.io, config.security.oob) = (case.io[side], case.oob[side]);
    }
    (case.set_up)(&mut configs, 1 - under_test);
    let mut bench = Bench::with_keys(&configs, &Rc::clone(keys));
    let tamper = case.tamper;
    bench.tamper = Box::new(move |device, pdu| if device == under_test { Some(pdu) } else { tamper(pdu) });
    bench.power_on_with_oob(case.oob);
    bench.settle();
    if case.wrong_passkey {
        let right = bench.shows(PERIPHERAL).unwrap();
        bench.says(CENTRAL, Answer::Passkey(right ^ 1));
    } else {
        bench.users_answer(CENTRAL);
    }
    bench
}

/// Each case ends as it has to.
#[test]
fn cases_of_the_test_suite() {
    let keys = Keys::default();
    for case in CASES {
        let under_test = if case.name.starts_with("SM/CEN") { CENTRAL } else { PERIPHERAL };
        let mut bench = run(&case, under_test, &keys);
        let name = case.name;
        match case.ends {
            Secured(level) => {
                for end in &bench.ends {
                    let session = end.host.sessions().next().unwrap();
                    assert!(matches!(session.episode, Episode::Secured(_)), "{name}");
                    assert_eq!(session.level, level, "{name}");
                }
                let answers = bench.log.iter().filter(|(device, ..)| *device == under_test);
                let reserved = answers.filter_map(|(_, pdu, _)| match pdu {
                    SmpPdu::PairingRequest(features) | SmpPdu::PairingResponse(features) => {
                        Some(features.auth.0)
                    }
                    _ => None,
                });
                assert!(reserved.into_iter().all(|auth| auth & 0xC0 == 0), "{name}");
            }
            Refuses(reason) => {
                let said = bench.log.iter().rev().find_map(|(device, pdu, _)| match pdu {
                    SmpPdu::PairingFailed(reason) => Some((*device, *reason)),
                    _ => None,
                });
                assert_eq!(said, Some((under_test, reason)), "{name}");
                assert_eq!(
                    bench.ends[under_test].host.bonds().get(ADDRESSES[1 - under_test]),
                    None,
                    "{name}"
                );
            }
            Reports(reason) => {
                assert_eq!(bench.shown(under_test), [Shown::PairingFailed(reason)], "{name}");
            }
            TimesOut => {
                while bench.wake().is_some_and(|woken| woken != (under_test, Why::SmpTimeout)) {}
                assert_eq!(bench.shown(under_test), [Shown::SmpTimeout], "{name}");
                let before = bench.log.len();
                bench.inject(under_test, &SmpPdu::PairingConfirm(1).encode());
                assert_eq!(bench.log.len(), before, "{name}");
            }
        }
    }
}

/// SM/CEN/SCPK/BV-05-C: passkeys are random, and not the same in two pairings.
#[test]
fn random_passkeys() {
    let case = Case { io: [DisplayOnly, KeyboardOnly], ..SC_PASSKEY };
    let mut bench = run(&case, CENTRAL, &Keys::default());
    let first = bench.shows(CENTRAL).unwrap();
    bench.controllers.power_cut(CENTRAL);
    bench.ends[CENTRAL].host.bonds_mut().clear();
    bench.input(CENTRAL, Input::PowerOn);
    bench.settle();
    assert_ne!(bench.shows(CENTRAL).unwrap(), first);
}
