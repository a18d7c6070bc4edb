//! LL control PDUs: opcodes, names, lengths, and where each field lies.
//!
//! The table was checked against a monitor, an open-source controller and a protocol analyser.

use blesim_packet::ll::{ChannelMap, LlControl};
use blesim_packet::{DecodeError, Octets};
use proptest::prelude::*;

/// (opcode, name, octets of `CtrData`), Vol 6 Part B 2.4.2.
const PDUS: &[(u8, &str, usize)] = &[
    (0x00, "LL_CONNECTION_UPDATE_IND", 11),
    (0x01, "LL_CHANNEL_MAP_IND", 7),
    (0x02, "LL_TERMINATE_IND", 1),
    (0x03, "LL_ENC_REQ", 22),
    (0x04, "LL_ENC_RSP", 12),
    (0x05, "LL_START_ENC_REQ", 0),
    (0x06, "LL_START_ENC_RSP", 0),
    (0x07, "LL_UNKNOWN_RSP", 1),
    (0x08, "LL_FEATURE_REQ", 8),
    (0x09, "LL_FEATURE_RSP", 8),
    (0x0A, "LL_PAUSE_ENC_REQ", 0),
    (0x0B, "LL_PAUSE_ENC_RSP", 0),
    (0x0C, "LL_VERSION_IND", 5),
    (0x0D, "LL_REJECT_IND", 1),
    (0x0E, "LL_PERIPHERAL_FEATURE_REQ", 8),
    (0x0F, "LL_CONNECTION_PARAM_REQ", 23),
    (0x10, "LL_CONNECTION_PARAM_RSP", 23),
    (0x11, "LL_REJECT_EXT_IND", 2),
    (0x12, "LL_PING_REQ", 0),
    (0x13, "LL_PING_RSP", 0),
    (0x14, "LL_LENGTH_REQ", 8),
    (0x15, "LL_LENGTH_RSP", 8),
    (0x16, "LL_PHY_REQ", 2),
    (0x17, "LL_PHY_RSP", 2),
    (0x18, "LL_PHY_UPDATE_IND", 4),
    (0x19, "LL_MIN_USED_CHANNELS_IND", 2),
    (0x1A, "LL_CTE_REQ", 1),
    (0x1B, "LL_CTE_RSP", 0),
    (0x1C, "LL_PERIODIC_SYNC_IND", 34),
    (0x1D, "LL_CLOCK_ACCURACY_REQ", 1),
    (0x1E, "LL_CLOCK_ACCURACY_RSP", 1),
    (0x20, "LL_CIS_RSP", 8),
    (0x21, "LL_CIS_IND", 15),
    (0x22, "LL_CIS_TERMINATE_IND", 3),
    (0x23, "LL_POWER_CONTROL_REQ", 3),
    (0x24, "LL_POWER_CONTROL_RSP", 4),
    (0x25, "LL_POWER_CHANGE_IND", 4),
    (0x26, "LL_SUBRATE_REQ", 10),
    (0x27, "LL_SUBRATE_IND", 10),
    (0x28, "LL_CHANNEL_REPORTING_IND", 3),
    (0x29, "LL_CHANNEL_STATUS_IND", 10),
    (0x1F, "LL_CIS_REQ", 35),
];

/// Every PDU has the opcode, name and length of the specification, and refuses any other length.
#[test]
fn opcodes_names_lengths() {
    for &(opcode, name, len) in PDUS {
        assert_eq!(LlControl::data_len(opcode), Some(len), "{name}");
        let mut octets = vec![0; 1 + len];
        octets[0] = opcode;
        let pdu = LlControl::decode(&octets).unwrap();
        assert_eq!((pdu.name(), pdu.opcode()), (name, opcode));
        octets.push(0);
        let long = DecodeError::TooLong { limit: len, got: len + 1 };
        assert_eq!(LlControl::decode(&octets), Err(long), "{name}");
        if len > 0 {
            let short = DecodeError::TooShort { need: len, got: len - 1 };
            assert_eq!(LlControl::decode(&octets[..len]), Err(short), "{name}");
        }
    }
    let known = (0..=255).filter(|&opcode| LlControl::data_len(opcode).is_some()).count();
    assert_eq!(known, PDUS.len());
}

/// Fields lie where the specification puts them, least significant octet first. The first four rows are the
/// encryption sample of Vol 6 Part C 1.
#[test]
fn field_layout() {
    let check = |octets: &[u8], expected: LlControl| {
        assert_eq!(LlControl::decode(octets), Ok(expected), "{}", expected.name());
        assert_eq!(expected.encode().as_slice(), octets, "{}", expected.name());
    };
    check(
        &[
            0x03, 0x90, 0x78, 0x56, 0x34, 0x12, 0xEF, 0xCD, 0xAB, 0x74, 0x24, 0x13, 0x02, 0xF1, 0xE0, 0xDF,
            0xCE, 0xBD, 0xAC, 0x24, 0xAB, 0xDC, 0xBA,
        ],
        LlControl::LlEncReq {
            rand: 0xABCD_EF12_3456_7890,
            ediv: 0x2474,
            skd_c: 0xACBD_CEDF_E0F1_0213,
            iv_c: 0xBADC_AB24,
        },
    );
    check(
        &[0x04, 0x79, 0x68, 0x57, 0x46, 0x35, 0x24, 0x13, 0x02, 0xBE, 0xBA, 0xAF, 0xDE],
        LlControl::LlEncRsp { skd_p: 0x0213_2435_4657_6879, iv_p: 0xDEAF_BABE },
    );
    check(&[0x05], LlControl::LlStartEncReq);
    check(&[0x06], LlControl::LlStartEncRsp);
    check(&[0x02, 0x13], LlControl::LlTerminateInd { error: 0x13 });
    check(&[0x07, 0x14], LlControl::LlUnknownRsp { opcode: 0x14 });
    check(&[0x0D, 0x06], LlControl::LlRejectInd { error: 0x06 });
    check(&[0x11, 0x03, 0x1A], LlControl::LlRejectExtInd { opcode: 0x03, error: 0x1A });
    check(
        &[0x00, 1, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1],
        LlControl::LlConnectionUpdateInd {
            win_size: 1,
            win_offset: 2,
            interval: 3,
            latency: 4,
            timeout: 5,
            instant: 0x106,
        },
    );
    check(
        &[0x01, 0x01, 0, 0, 0, 0x10, 7, 0],
        LlControl::LlChannelMapInd { channel_map: ChannelMap::new(1 | 1 << 36).unwrap(), instant: 7 },
    );
    check(
        &[0x0C, 0x0C, 0x59, 0x00, 0x34, 0x12],
        LlControl::LlVersionInd { version: 0x0C, company: 0x0059, subversion: 0x1234 },
    );
    check(
        &[0x0F, 6, 0, 8, 0, 1, 0, 200, 0, 2, 3, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 0xFF, 0xFF],
        LlControl::LlConnectionParamReq {
            interval_min: 6,
            interval_max: 8,
            latency: 1,
            timeout: 200,
            preferred_periodicity: 2,
            reference_event: 3,
            offsets: [1, 2, 3, 4, 5, 0xFFFF],
        },
    );
    check(
        &[0x14, 251, 0, 0x48, 0x08, 27, 0, 0x48, 0x01],
        LlControl::LlLengthReq { max_rx_octets: 251, max_rx_time: 2120, max_tx_octets: 27, max_tx_time: 328 },
    );
    check(&[0x18, 2, 1, 9, 0], LlControl::LlPhyUpdateInd { phy_c_to_p: 2, phy_p_to_c: 1, instant: 9 });
    check(&[0x23, 1, 0xFE, 4], LlControl::LlPowerControlReq { phy: 1, delta: -2, tx_power: 4 });
}

/// What cannot be held is refused with the reason; an unknown opcode is kept.
#[test]
fn refusals() {
    let check = |octets: &[u8], expected: Result<LlControl, DecodeError>| {
        assert_eq!(LlControl::decode(octets), expected, "{octets:02x?}");
    };
    check(&[], Err(DecodeError::TooShort { need: 1, got: 0 }));
    let reserved = DecodeError::BadValue { field: "ChM", value: 0b100 };
    check(&[0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0x9F, 0, 0], Err(reserved));
    let data = Octets::from_slice(&[1, 2]).unwrap();
    check(&[0xFF, 1, 2], Ok(LlControl::Unknown { opcode: 0xFF, data }));
    check(&[0xFF; 65], Err(DecodeError::TooLong { limit: 63, got: 64 }));
}

/// A control PDU travels through queues by copy.
#[test]
fn size() {
    assert!(size_of::<LlControl>() <= 72, "{}", size_of::<LlControl>());
}

/// Octets that mostly decode: an opcode with as much data as it asks for.
fn likely_octets() -> impl Strategy<Value = Vec<u8>> {
    (0..=0x2C_u8).prop_flat_map(|opcode| {
        let len = LlControl::data_len(opcode).unwrap_or(20);
        prop::collection::vec(any::<u8>(), len).prop_map(move |mut octets| {
            octets.insert(0, opcode);
            octets
        })
    })
}

proptest! {
    /// Any octets decode or are refused, and what decodes is the same again after another round.
    #[test]
    fn round_trip(octets in prop_oneof![likely_octets(), prop::collection::vec(any::<u8>(), 0..80)]) {
        if let Ok(pdu) = LlControl::decode(&octets) {
            prop_assert_eq!(pdu.encode().to_vec(), octets.clone());
            prop_assert_eq!(LlControl::decode(&pdu.encode()), Ok(pdu));
        }
    }

    /// A PDU of every opcode and any content decodes, but for the channel map's reserved bits.
    #[test]
    fn likely_octets_decode(octets in likely_octets()) {
        let refused = LlControl::decode(&octets).is_err();
        prop_assert_eq!(refused, octets[0] == LlControl::CHANNEL_MAP_IND && octets[5] >> 5 != 0);
    }
}
