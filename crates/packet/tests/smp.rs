//! SMP PDUs: rows of real bytes, broken ones, and properties of the codec.
//!
//! The rows with the pairing are taken from a btsnoop log of a failing pairing between a single-board
//! computer and a peripheral that was posted to a public mailing list; the others are written by hand from
//! Vol 3 Part H 3.5 and 3.6.

use blesim_packet::smp::{
    AuthReq, IoCapability, KeyDistribution, Keypress, LONGEST, PairingFeatures, Reason, SmpPdu,
};
use blesim_packet::{Address, AddressKind, DecodeError};
use proptest::collection::vec;
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let octet = |pair: &[u8]| {
        let text = core::str::from_utf8(pair).expect("the rows are ASCII");
        u8::from_str_radix(text, 16).expect("the rows are hexadecimal")
    };
    digits.chunks(2).map(octet).collect()
}

/// The bytes mean the PDU, both ways; it has this name.
fn check(text: &str, pdu: SmpPdu, name: &str) {
    let bytes = hex(text);
    assert_eq!(SmpPdu::decode(&bytes), Ok(pdu), "{text}");
    assert_eq!(*pdu.encode(), *bytes, "{text}");
    assert_eq!((pdu.code(), pdu.name()), (bytes[0], name), "{text}");
}

const REQUEST: PairingFeatures = PairingFeatures {
    io: IoCapability::KeyboardOnly,
    oob: false,
    auth: AuthReq::BONDING.with(AuthReq::MITM),
    max_key_size: 16,
    initiator_keys: KeyDistribution::ENC_KEY.with(KeyDistribution::SIGN),
    responder_keys: KeyDistribution::ENC_KEY.with(KeyDistribution::SIGN),
};
const RESPONSE: PairingFeatures = PairingFeatures {
    io: IoCapability::NoInputNoOutput,
    oob: false,
    auth: AuthReq::BONDING,
    max_key_size: 16,
    initiator_keys: KeyDistribution::SIGN,
    responder_keys: KeyDistribution::ENC_KEY,
};

#[test]
fn pdus_of_a_real_pairing() {
    // Every SMP PDU of the log, in its order.
    check("01 02 00 05 10 05 05", SmpPdu::PairingRequest(REQUEST), "Pairing Request");
    check("02 03 00 01 10 04 01", SmpPdu::PairingResponse(RESPONSE), "Pairing Response");
    check(
        "03 12e170d20c0bb8beb6d7c59bb006acd0",
        SmpPdu::PairingConfirm(0xD0AC_06B0_9BC5_D7B6_BEB8_0B0C_D270_E112),
        "Pairing Confirm",
    );
    check(
        "04 25498f1cc873d7450460df3b5ce2ab7e",
        SmpPdu::PairingRandom(0x7EAB_E25C_3BDF_6004_45D7_73C8_1C8F_4925),
        "Pairing Random",
    );
    check(
        "06 b22ef80c481a8b4929e7159e0c2b0ba3",
        SmpPdu::EncryptionInformation { ltk: 0xA30B_2B0C_9E15_E729_498B_1A48_0CF8_2EB2 },
        "Encryption Information",
    );
    check(
        "07 ee02 eb935f0728e82007",
        SmpPdu::CentralIdentification { ediv: 0x02EE, rand: 0x0720_E828_075F_93EB },
        "Central Identification",
    );
    check(
        "0a ffeeddccbbaa99887766554433221100",
        SmpPdu::SigningInformation { csrk: 0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF },
        "Signing Information",
    );
    check("05 08", SmpPdu::PairingFailed(Reason::UNSPECIFIED_REASON), "Pairing Failed");
}

#[test]
fn the_other_pdus() {
    // What that pairing did not send.
    check(
        "08 0102030405060708090a0b0c0d0e0f10",
        SmpPdu::IdentityInformation { irk: 0x100F_0E0D_0C0B_0A09_0807_0605_0403_0201 },
        "Identity Information",
    );
    let address = [0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0];
    let name = "Identity Address Information";
    check("09 01 e0f3764ca7d2", SmpPdu::IdentityAddressInformation(Address::random(address)), name);
    check("09 00 e0f3764ca7d2", SmpPdu::IdentityAddressInformation(Address::public(address)), name);
    let auth = AuthReq::BONDING.with(AuthReq::MITM).with(AuthReq::SC);
    check("0b 0d", SmpPdu::SecurityRequest(auth), "Security Request");
    check(
        "0d 0102030405060708090a0b0c0d0e0f10",
        SmpPdu::PairingDhKeyCheck(0x100F_0E0D_0C0B_0A09_0807_0605_0403_0201),
        "Pairing DHKey Check",
    );
    for (octet, keypress) in [
        ("00", Keypress::EntryStarted),
        ("01", Keypress::DigitEntered),
        ("02", Keypress::DigitErased),
        ("03", Keypress::Cleared),
        ("04", Keypress::EntryCompleted),
    ] {
        check(&format!("0e {octet}"), SmpPdu::KeypressNotification(keypress), "Keypress Notification");
    }
}

#[test]
fn the_debug_public_key() {
    // The coordinates of Vol 3 Part H 2.3.5.6.1, most significant octet first here, the other way on the
    // wire.
    let x = hex("20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6");
    let y = hex("dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b");
    let wire = "e69d350e480103ccdbfdf4ac1191f4efb9a5f9e9a7832c5e2cbe97f2d203b020\
                8bd28915d08e1c742430ed8fc24563765c15525abf9a32636deb2a65499c80dc";
    let pdu = SmpPdu::PairingPublicKey { x: x.try_into().unwrap(), y: y.try_into().unwrap() };
    check(&format!("0c {wire}"), pdu, "Pairing Public Key");
}

#[test]
fn what_enters_the_functions() {
    // c1 takes whole PDUs as they travel, f6 takes three octets the other way round.
    assert_eq!(REQUEST.request_octets(), [0x01, 0x02, 0x00, 0x05, 0x10, 0x05, 0x05]);
    assert_eq!(RESPONSE.response_octets(), [0x02, 0x03, 0x00, 0x01, 0x10, 0x04, 0x01]);
    assert_eq!(PairingFeatures { oob: true, ..REQUEST }.io_cap(), [0x05, 0x01, 0x02]);
}

#[test]
fn bits_of_auth_req() {
    // Each flag alone, then reserved combinations of the bonding flags.
    let check = |octet: u8, expected: [bool; 5]| {
        let auth = AuthReq(octet);
        assert_eq!(
            [auth.bonding(), auth.mitm(), auth.sc(), auth.keypress(), auth.ct2()],
            expected,
            "{octet}"
        );
    };
    check(0x00, [false; 5]);
    check(0x01, [true, false, false, false, false]);
    check(0x04, [false, true, false, false, false]);
    check(0x08, [false, false, true, false, false]);
    check(0x10, [false, false, false, true, false]);
    check(0x20, [false, false, false, false, true]);
    check(0x02, [false; 5]);
    check(0x03, [false; 5]);
    check(0xC0, [false; 5]);
    assert_eq!(AuthReq(0x0D).without(AuthReq::SC), AuthReq(0x05));
}

#[test]
fn sets_of_keys() {
    // A response leaves of a request only what both have.
    let all = KeyDistribution(0x0F);
    let both = REQUEST.initiator_keys.and(RESPONSE.initiator_keys);
    assert_eq!(both, KeyDistribution::SIGN);
    assert!(all.contains(both) && !both.contains(all) && all.contains(KeyDistribution::NONE));
    assert_eq!(
        all.without(KeyDistribution::LINK_KEY).without(KeyDistribution::ID_KEY),
        REQUEST.initiator_keys
    );
}

#[test]
fn names_of_reasons() {
    // Vol 3 Part H 3.5.5, table 3.7: all 256 octets.
    const NAMES: [&str; 16] = [
        "Passkey Entry Failed",
        "OOB Not Available",
        "Authentication Requirements",
        "Confirm Value Failed",
        "Pairing Not Supported",
        "Encryption Key Size",
        "Command Not Supported",
        "Unspecified Reason",
        "Repeated Attempts",
        "Invalid Parameters",
        "DHKey Check Failed",
        "Numeric Comparison Failed",
        "BR/EDR Pairing in Progress",
        "Cross-transport Key Derivation/Generation Not Allowed",
        "Key Rejected",
        "Busy",
    ];
    for code in 0..=u8::MAX {
        let expected = usize::from(code).checked_sub(1).and_then(|index| NAMES.get(index));
        assert_eq!(Reason(code).name(), expected.copied(), "{code:#04x}");
    }
    assert!(Reason::ALL.iter().map(|reason| reason.0).eq(1..=0x10));
    assert_eq!(Reason::CONFIRM_VALUE_FAILED.to_string(), "Confirm Value Failed (0x04)");
    assert_eq!(Reason(0x11).to_string(), "Reserved (0x11)");
}

#[test]
fn lengths_and_names_of_all_codes() {
    // Vol 3 Part H 3.3: only the given length decodes; every other code is reserved.
    const PDUS: [(usize, &str); 14] = [
        (7, "Pairing Request"),
        (7, "Pairing Response"),
        (17, "Pairing Confirm"),
        (17, "Pairing Random"),
        (2, "Pairing Failed"),
        (17, "Encryption Information"),
        (11, "Central Identification"),
        (17, "Identity Information"),
        (8, "Identity Address Information"),
        (17, "Signing Information"),
        (2, "Security Request"),
        (65, "Pairing Public Key"),
        (17, "Pairing DHKey Check"),
        (2, "Keypress Notification"),
    ];
    for code in 0..=u8::MAX {
        let row = usize::from(code).checked_sub(1).and_then(|index| PDUS.get(index));
        assert_eq!(SmpPdu::name_of(code), row.map(|(_, name)| *name));
        for got in 1..=LONGEST + 2 {
            let mut octets = vec![0; got];
            octets[0] = code;
            let found = SmpPdu::decode(&octets).map(|pdu| pdu.name());
            let expected = match row {
                None => Err(DecodeError::UnknownCode { code }),
                Some(&(need, _)) if got < need => Err(DecodeError::TooShort { need, got }),
                Some(&(limit, _)) if got > limit => Err(DecodeError::TooLong { limit, got }),
                Some(&(_, name)) => Ok(name),
            };
            assert_eq!(found, expected, "code {code} with {got} octets");
        }
    }
    assert_eq!(SmpPdu::decode(&[]), Err(DecodeError::TooShort { need: 1, got: 0 }));
}

#[test]
fn reserved_values() {
    // Fields whose values are listed in the specification; bits and key sizes pass.
    let check = |text: &str, field, value| {
        assert_eq!(SmpPdu::decode(&hex(text)), Err(DecodeError::BadValue { field, value }), "{text}");
    };
    check("01 05 00 05 10 05 05", "IO Capability", 5);
    check("02 ff 00 05 10 05 05", "IO Capability", 255);
    check("01 02 02 05 10 05 05", "OOB data flag", 2);
    check("09 02 e0f3764ca7d2", "AddrType", 2);
    check("0e 05", "Notification Type", 5);
    for text in ["01 02 00 ff 00 ff f0", "02 00 01 c2 ff 10 20", "05 00", "05 ff", "0b ff"] {
        let octets = hex(text);
        let pdu = SmpPdu::decode(&octets).unwrap();
        assert_eq!(*pdu.encode(), *octets);
    }
}

fn features() -> impl Strategy<Value = PairingFeatures> {
    (prop::sample::select(&IoCapability::ALL[..]), any::<(bool, u8, u8, u8, u8)>()).prop_map(
        |(io, (oob, auth, max_key_size, initiator, responder))| PairingFeatures {
            io,
            oob,
            auth: AuthReq(auth),
            max_key_size,
            initiator_keys: KeyDistribution(initiator),
            responder_keys: KeyDistribution(responder),
        },
    )
}

fn keypress() -> impl Strategy<Value = Keypress> {
    prop_oneof![
        Just(Keypress::EntryStarted),
        Just(Keypress::DigitEntered),
        Just(Keypress::DigitErased),
        Just(Keypress::Cleared),
        Just(Keypress::EntryCompleted),
    ]
}

fn pdu() -> impl Strategy<Value = SmpPdu> {
    prop_oneof![
        features().prop_map(SmpPdu::PairingRequest),
        features().prop_map(SmpPdu::PairingResponse),
        any::<u128>().prop_map(SmpPdu::PairingConfirm),
        any::<u128>().prop_map(SmpPdu::PairingRandom),
        any::<u8>().prop_map(|reason| SmpPdu::PairingFailed(Reason(reason))),
        any::<u128>().prop_map(|ltk| SmpPdu::EncryptionInformation { ltk }),
        any::<(u16, u64)>().prop_map(|(ediv, rand)| SmpPdu::CentralIdentification { ediv, rand }),
        any::<u128>().prop_map(|irk| SmpPdu::IdentityInformation { irk }),
        any::<(bool, [u8; 6])>().prop_map(|(random, octets)| {
            let kind = if random { AddressKind::Random } else { AddressKind::Public };
            SmpPdu::IdentityAddressInformation(Address { kind, octets })
        }),
        any::<u128>().prop_map(|csrk| SmpPdu::SigningInformation { csrk }),
        any::<u8>().prop_map(|auth| SmpPdu::SecurityRequest(AuthReq(auth))),
        any::<([u8; 32], [u8; 32])>().prop_map(|(x, y)| SmpPdu::PairingPublicKey { x, y }),
        any::<u128>().prop_map(SmpPdu::PairingDhKeyCheck),
        keypress().prop_map(SmpPdu::KeypressNotification),
    ]
}

proptest! {
    /// Nothing is lost or changed on the way over the wire.
    #[test]
    fn a_pdu_survives_the_wire(pdu in pdu()) {
        prop_assert_eq!(SmpPdu::decode(&pdu.encode()), Ok(pdu));
    }

    /// Any bytes give a value or an error, and a value gives the same bytes again.
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(octets in prop_oneof![
        vec(any::<u8>(), 0..80),
        // Often the right length for a known code.
        (1..0x10_u8, prop::sample::select(vec![1, 6, 7, 10, 16, 64]))
            .prop_flat_map(|(code, len)| vec(any::<u8>(), len).prop_map(move |mut body| {
                body.insert(0, code);
                body
            })),
    ]) {
        if let Ok(pdu) = SmpPdu::decode(&octets) {
            let encoded = pdu.encode();
            prop_assert_eq!(&*encoded, &*octets);
        }
    }
}
