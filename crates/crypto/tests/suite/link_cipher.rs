//! The link cipher against the encryption sample of Vol 6 Part C section 1.

use blesim_crypto::{Direction, LinkCipher, MicMismatch, PacketCounter, session_key};

use crate::bits::{message, number, octets};

const LTK: &str = "4c68384139f574d836bcf34e9dfb01bf";
/// SKD_P || SKD_C.
const SKD: &str = "0213243546576879acbdcedfe0f10213";
const SESSION_KEY: &str = "99ad1b5226a37e3e058e3b8e27c2c666";
/// IV_P || IV_C.
const IV: u64 = 0xDEAF_BABE_BADC_AB24;

/// One encrypted PDU. `on_air` is header octet, length, ciphertext and MIC in transmission order.
struct Sample {
    name: &'static str,
    direction: Direction,
    counter: u64,
    plaintext: &'static str,
    on_air: &'static str,
}

const SAMPLES: [Sample; 4] = [
    Sample {
        name: "LL_START_ENC_RSP of the Central",
        direction: Direction::CentralToPeripheral,
        counter: 0,
        plaintext: "06",
        on_air: "0f059fcda7f448",
    },
    Sample {
        name: "LL_START_ENC_RSP of the Peripheral",
        direction: Direction::PeripheralToCentral,
        counter: 0,
        plaintext: "06",
        on_air: "0705a34c13a415",
    },
    Sample {
        name: "data packet 1",
        direction: Direction::CentralToPeripheral,
        counter: 1,
        plaintext: "1700636465666768696a6b6c6d6e6f707131323334353637383930",
        on_air: "0e1f7a70d66415226df26b17839a060405596bd6564f796b5b9ce6ff32f75a6d33",
    },
    Sample {
        name: "data packet 2",
        direction: Direction::PeripheralToCentral,
        counter: 1,
        plaintext: "170037363534333231304142434445464748494a4b4c4d4e4f5051",
        on_air: "061ff38881e7bd94c9c369b9a66846dd4786aa8c39ce540d0dae3adcdf89b96088",
    },
];

fn cipher() -> LinkCipher {
    LinkCipher::new(session_key(number(LTK), number(SKD)), IV)
}

/// The session key is made from the whole diversifier.
#[test]
fn session_key_matches_the_sample() {
    assert_eq!(session_key(number(LTK), number(SKD)), number(SESSION_KEY));
}

/// The IV travels least significant octet first, IV_C before IV_P: 24 AB DC BA BE BA AF DE.
#[test]
fn the_iv_as_a_number_is_the_one_on_the_air() {
    assert_eq!(IV.to_le_bytes(), octets::<8>("24abdcbabebaafde"));
}

/// Sealing gives the sample's octets; opening gives the plaintext back.
#[test]
fn pdus_match_the_sample() {
    let cipher = cipher();
    for sample in &SAMPLES {
        let on_air = message(sample.on_air);
        let counter = PacketCounter::new(sample.counter).unwrap();
        let mut payload = message(sample.plaintext);
        let mic = cipher.seal(counter, sample.direction, on_air[0], &mut payload);
        assert_eq!(usize::from(on_air[1]), payload.len() + mic.len(), "{}", sample.name);
        assert_eq!([&payload[..], &mic].concat(), on_air[2..], "{}", sample.name);
        cipher.open(counter, sample.direction, on_air[0], &mut payload, mic).unwrap();
        assert_eq!(payload, message(sample.plaintext), "{}", sample.name);
    }
}

/// A PDU opens under the header octet it was sent with, up to NESN, SN and MD, and nowhere else: not under
/// another counter, direction, key or IV.
#[test]
fn every_input_of_the_cipher_is_bound() {
    let sample = &SAMPLES[2];
    let on_air = message(sample.on_air);
    let check = |cipher: &LinkCipher, counter, direction, header, expected: Result<(), MicMismatch>| {
        let mut payload = on_air[2..29].to_vec();
        let mic = on_air[29..].try_into().unwrap();
        let result = cipher.open(PacketCounter::new(counter).unwrap(), direction, header, &mut payload, mic);
        assert_eq!(result, expected, "{counter} {direction:?} {header:#x}");
        let found = if expected.is_ok() { message(sample.plaintext) } else { vec![0; 27] };
        assert_eq!(payload, found, "a payload that is not proved is not given out");
    };
    let right = cipher();
    for changeable in 0..8 {
        check(&right, 1, Direction::CentralToPeripheral, 0x02 | (changeable << 2), Ok(()));
    }
    for other in [0x00, 0x01, 0x03, 0x22, 0x42, 0x82] {
        check(&right, 1, Direction::CentralToPeripheral, other, Err(MicMismatch));
    }
    check(&right, 2, Direction::CentralToPeripheral, 0x02, Err(MicMismatch));
    check(&right, 1 << 38 | 1, Direction::CentralToPeripheral, 0x02, Err(MicMismatch));
    check(&right, 1, Direction::PeripheralToCentral, 0x02, Err(MicMismatch));
    let other_key = LinkCipher::new(number(SESSION_KEY) ^ 1, IV);
    check(&other_key, 1, Direction::CentralToPeripheral, 0x02, Err(MicMismatch));
    let other_iv = LinkCipher::new(number(SESSION_KEY), IV ^ (1 << 63));
    check(&other_iv, 1, Direction::CentralToPeripheral, 0x02, Err(MicMismatch));
}

/// Payloads no PDU has still do no harm: nothing, and the longest there is.
#[test]
fn lengths_at_the_edge_round_trip() {
    let cipher = cipher();
    for length in [0, 1, 15, 16, 17, 27, 250, 251, 255] {
        let mut payload = vec![0x5A; length];
        let mic = cipher.seal(PacketCounter::LAST, Direction::PeripheralToCentral, 0x02, &mut payload);
        cipher.open(PacketCounter::LAST, Direction::PeripheralToCentral, 0x02, &mut payload, mic).unwrap();
        assert_eq!(payload, vec![0x5A; length]);
    }
}

/// The counter has 39 bits and ends instead of wrapping.
#[test]
fn the_packet_counter_is_exhausted_once() {
    assert_eq!(PacketCounter::FIRST.number(), 0);
    assert_eq!(PacketCounter::default(), PacketCounter::FIRST);
    assert_eq!(PacketCounter::FIRST.next(), PacketCounter::new(1));
    assert_eq!(PacketCounter::LAST.number(), (1 << 39) - 1);
    assert_eq!(PacketCounter::new((1 << 39) - 2).unwrap().next(), Some(PacketCounter::LAST));
    assert_eq!(PacketCounter::LAST.next(), None);
    assert_eq!(PacketCounter::new(1 << 39), None);
    assert_eq!(PacketCounter::new(u64::MAX), None);
}
