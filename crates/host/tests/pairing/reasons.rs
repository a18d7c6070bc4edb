//! Every reason that the specification names for Pairing Failed, with one natural cause of it
//! (Vol 3 Part H 3.5.5).

use crate::bench::Bench;
use crate::setup::{CENTRAL, LEGACY, PERIPHERAL, SC, configs};
use blesim_crypto::SecretKey;
use blesim_crypto::p256::validate;
use blesim_host::{Answer, BrEdr, Config, Input, Level, RepeatedAttempts};
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Reason, SmpPdu};

const MITM: AuthReq = AuthReq(0x0D);

/// A bench whose devices were set up like this, as far as it comes without people.
fn run(auth: AuthReq, set_up: fn(&mut [Config; 2])) -> Bench {
    let mut configs = configs(auth);
    set_up(&mut configs);
    let mut bench = Bench::new(&configs);
    bench.pair();
    bench
}

fn passkey(configs: &mut [Config; 2]) {
    configs[CENTRAL].io = IoCapability::KeyboardOnly;
    configs[PERIPHERAL].io = IoCapability::DisplayOnly;
}

fn compare(configs: &mut [Config; 2]) {
    for config in configs {
        config.io = IoCapability::DisplayYesNo;
    }
}

/// The person before the keypad does not find the number.
fn passkey_entry_failed() -> Bench {
    let mut bench = run(MITM, passkey);
    bench.says(CENTRAL, Answer::Cancel);
    bench
}

/// Nobody held the two together.
fn oob_not_available() -> Bench {
    run(MITM, |configs| configs[PERIPHERAL].security.oob = true)
}

/// A lock that insists on protection meets a sensor without display and keys.
fn authentication_requirements() -> Bench {
    run(SC, |configs| configs[PERIPHERAL].security.level = Level::Three)
}

/// A digit is wrong.
fn confirm_value_failed() -> Bench {
    let mut bench = run(MITM, passkey);
    let right = bench.shows(PERIPHERAL).unwrap();
    bench.says(CENTRAL, Answer::Passkey(right ^ 4));
    bench
}

/// The device is not in its pairing mode.
fn pairing_not_supported() -> Bench {
    run(SC, |configs| configs[PERIPHERAL].security.refuses_pairing = true)
}

/// An export-grade chip offers seven octets.
fn encryption_key_size() -> Bench {
    run(SC, |configs| {
        configs[PERIPHERAL].max_key_size = 7;
        configs[CENTRAL].min_key_size = 16;
    })
}

/// Both sides think that they are the peripheral's peer: a Pairing Request comes to a central.
fn command_not_supported() -> Bench {
    let mut bench = run(SC, |_| ());
    let request = SmpPdu::PairingRequest(configs(SC)[CENTRAL].features());
    bench.inject(CENTRAL, &request.encode());
    bench
}

/// A PDU comes out of its order.
fn unspecified_reason() -> Bench {
    let mut bench = Bench::new(&configs(SC));
    bench.power_on();
    bench.flow();
    bench.inject(PERIPHERAL, &SmpPdu::PairingRandom(1).encode());
    bench
}

/// Somebody tries again too soon.
fn repeated_attempts() -> Bench {
    let mut bench = run(MITM, |configs| {
        passkey(configs);
        let (first, cap, reward) = (Span::from_secs(4), Span::from_secs(64), Span::from_secs(10));
        configs[PERIPHERAL].security.repeated_attempts = Some(RepeatedAttempts { first, cap, reward });
    });
    bench.says(CENTRAL, Answer::Passkey(1));
    bench.inject(PERIPHERAL, &SmpPdu::PairingRequest(configs(SC)[CENTRAL].features()).encode());
    bench
}

/// A stack that cuts its PDUs short.
fn invalid_parameters() -> Bench {
    let mut bench = Bench::new(&configs(SC));
    bench.power_on();
    bench.flow();
    bench.inject(PERIPHERAL, &[0x03; 16]);
    bench
}

/// A man in the middle of a Just Works pairing who cannot compute the DHKey.
fn dhkey_check_failed() -> Bench {
    let mut bench = Bench::new(&configs(SC));
    bench.tamper = Box::new(|device, pdu| {
        Some(match pdu {
            SmpPdu::PairingDhKeyCheck(_) if device == CENTRAL => SmpPdu::PairingDhKeyCheck(1),
            other => other,
        })
    });
    bench.pair();
    bench
}

/// The numbers are taken for different ones.
fn numeric_comparison_failed() -> Bench {
    let mut bench = run(MITM, compare);
    bench.says(PERIPHERAL, Answer::No);
    bench
}

/// A headset that is being paired over the other transport.
fn br_edr_pairing_in_progress() -> Bench {
    run(SC, |configs| configs[PERIPHERAL].security.br_edr = BrEdr::Pairing)
}

/// A headset whose link key was compared by its user, and a Just Works pairing that would replace it.
fn cross_transport_not_allowed() -> Bench {
    run(SC, |configs| {
        for config in configs.iter_mut() {
            config.initiator_keys = config.initiator_keys.with(KeyDistribution::LINK_KEY);
            config.responder_keys = config.responder_keys.with(KeyDistribution::LINK_KEY);
        }
        configs[PERIPHERAL].security.br_edr = BrEdr::GuardsItsKeys;
    })
}

/// A stack that distributes the private address it happens to use as its identity.
fn key_rejected() -> Bench {
    let mut bench = Bench::new(&configs(LEGACY));
    bench.tamper = Box::new(|_, pdu| {
        Some(match pdu {
            SmpPdu::IdentityAddressInformation(_) => {
                SmpPdu::IdentityAddressInformation(Address::random([0x5A, 1, 2, 3, 4, 5]))
            }
            other => other,
        })
    });
    bench.pair();
    bench
}

/// The reasons 0x01 to 0x0F, each by its cause. Busy, 0x10, is for hosts that serve one peer at a time, which
/// ours does not.
#[test]
fn every_reason_has_a_cause() {
    let rows: [(Reason, fn() -> Bench); 15] = [
        (Reason::PASSKEY_ENTRY_FAILED, passkey_entry_failed),
        (Reason::OOB_NOT_AVAILABLE, oob_not_available),
        (Reason::AUTHENTICATION_REQUIREMENTS, authentication_requirements),
        (Reason::CONFIRM_VALUE_FAILED, confirm_value_failed),
        (Reason::PAIRING_NOT_SUPPORTED, pairing_not_supported),
        (Reason::ENCRYPTION_KEY_SIZE, encryption_key_size),
        (Reason::COMMAND_NOT_SUPPORTED, command_not_supported),
        (Reason::UNSPECIFIED_REASON, unspecified_reason),
        (Reason::REPEATED_ATTEMPTS, repeated_attempts),
        (Reason::INVALID_PARAMETERS, invalid_parameters),
        (Reason::DHKEY_CHECK_FAILED, dhkey_check_failed),
        (Reason::NUMERIC_COMPARISON_FAILED, numeric_comparison_failed),
        (Reason::BR_EDR_PAIRING_IN_PROGRESS, br_edr_pairing_in_progress),
        (Reason::CROSS_TRANSPORT_NOT_ALLOWED, cross_transport_not_allowed),
        (Reason::KEY_REJECTED, key_rejected),
    ];
    for ((reason, cause), code) in rows.into_iter().zip(1..) {
        assert_eq!(reason.0, code);
        assert_eq!(cause().refusals().last(), Some(&reason), "{reason}");
    }
}

/// The intermediate values that a trace tells are those that the exchange on the link rests on, on both
/// sides: the nonces are in Pairing Random, the commitments in Pairing Confirm, the checks in Pairing DHKey
/// Check.
#[test]
fn intermediate_values() {
    use blesim_host::Note;
    let mut bench = run(MITM, passkey);
    let right = bench.shows(PERIPHERAL).unwrap();
    bench.input(CENTRAL, Input::User(0, Answer::Passkey(right)));
    bench.settle();
    let told = |device: usize, name: &str| -> Vec<u128> {
        let notes = bench.ends[device].port.notes.iter();
        notes
            .filter_map(|note| if let Note::Value(n, v) = note { (*n == name).then_some(*v) } else { None })
            .collect()
    };
    let sent = |from: usize, of: fn(&SmpPdu) -> Option<u128>| -> Vec<u128> {
        bench.log.iter().filter(|(device, ..)| *device == from).filter_map(|(_, pdu, _)| of(pdu)).collect()
    };
    let random = |pdu: &SmpPdu| if let SmpPdu::PairingRandom(value) = pdu { Some(*value) } else { None };
    let confirm = |pdu: &SmpPdu| if let SmpPdu::PairingConfirm(value) = pdu { Some(*value) } else { None };
    let check = |pdu: &SmpPdu| if let SmpPdu::PairingDhKeyCheck(value) = pdu { Some(*value) } else { None };
    for (device, nonce, commitment, checked) in [(CENTRAL, "Na", "Ca", "Ea"), (PERIPHERAL, "Nb", "Cb", "Eb")]
    {
        assert_eq!((told(device, nonce), told(device, nonce).len()), (sent(device, random), 20));
        assert_eq!(told(device, commitment), sent(device, confirm));
        assert_eq!(told(device, checked), sent(device, check));
    }
    for half in ["DHKey, more significant half", "DHKey, less significant half"] {
        assert_eq!((told(CENTRAL, half), told(CENTRAL, half).len()), (told(PERIPHERAL, half), 1));
    }
    let pair = |device: usize| {
        let name = crate::bench::key_name(device, 0);
        SecretKey::from_entropy(&mut || crate::bench::entropy(name))
    };
    let dh_key = pair(CENTRAL).dh_key(&validate(&pair(PERIPHERAL).public_key()).unwrap());
    let shown = |half: &str| told(CENTRAL, half)[0].to_be_bytes();
    let halves = [shown("DHKey, more significant half"), shown("DHKey, less significant half")];
    assert_eq!(halves.concat(), dh_key);
    let key = |device: usize, name: &str| {
        bench.ends[device].port.notes.iter().find_map(|note| match note {
            Note::Key(key, value) if *key == name => Some(*value),
            _ => None,
        })
    };
    for name in ["MacKey", "LTK"] {
        assert!(key(CENTRAL, name).is_some() && key(CENTRAL, name) == key(PERIPHERAL, name), "{name}");
    }
}
