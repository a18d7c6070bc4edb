//! Advertising and data physical channel PDUs: where each bit lies, and that nothing is lost.

use blesim_packet::ll::{
    AccessAddress, AdvDataInfo, AdvMode, AdvPdu, AuxPtr, ChannelIndex, ChannelMap, ConnectInd, DataHeader,
    DataPdu, ExtendedPdu, LlControl, LlData, Llid, Phy,
};
use blesim_packet::{Address, AddressKind, DecodeError, Octets};
use proptest::prelude::*;

const PUBLIC: Address = Address::public([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);
const RANDOM: Address = Address::random([0xC1, 0x02, 0x03, 0x04, 0x05, 0x06]);

fn data<const N: usize>(octets: &[u8]) -> Octets<N> {
    Octets::from_slice(octets).expect("the rows and strategies keep to the capacity")
}

/// Each advertising PDU has its type, bits, addresses and data where Vol 6 Part B 2.3 puts them.
#[test]
fn advertising_layout() {
    let check = |octets: &[u8], name: &str, expected: AdvPdu| {
        assert_eq!(AdvPdu::decode(octets), Ok(expected), "{name}");
        assert_eq!(expected.encode().as_slice(), octets, "{name}");
        assert_eq!((expected.name(), expected.payload_len()), (name, octets.len() - 2));
    };
    let advertiser = PUBLIC;
    check(
        &[0x00, 9, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0x02, 0x01, 0x06],
        "ADV_IND",
        AdvPdu::AdvInd { ch_sel: false, advertiser, data: data(&[2, 1, 6]) },
    );
    check(
        &[0x60, 6, 0x06, 0x05, 0x04, 0x03, 0x02, 0xC1],
        "ADV_IND",
        AdvPdu::AdvInd { ch_sel: true, advertiser: RANDOM, data: data(&[]) },
    );
    check(
        &[0xA1, 12, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0x06, 0x05, 0x04, 0x03, 0x02, 0xC1],
        "ADV_DIRECT_IND",
        AdvPdu::AdvDirectInd { ch_sel: true, advertiser, target: RANDOM },
    );
    check(
        &[0x42, 7, 0x06, 0x05, 0x04, 0x03, 0x02, 0xC1, 0xAA],
        "ADV_NONCONN_IND",
        AdvPdu::AdvNonconnInd { advertiser: RANDOM, data: data(&[0xAA]) },
    );
    check(
        &[0x43, 12, 0x06, 0x05, 0x04, 0x03, 0x02, 0xC1, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2],
        "SCAN_REQ",
        AdvPdu::ScanReq { scanner: RANDOM, advertiser },
    );
    check(
        &[0x04, 7, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0xBB],
        "SCAN_RSP",
        AdvPdu::ScanRsp { advertiser, data: data(&[0xBB]) },
    );
    check(
        &[0x06, 7, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0xCC],
        "ADV_SCAN_IND",
        AdvPdu::AdvScanInd { advertiser, data: data(&[0xCC]) },
    );
    check(
        &[0x09, 2, 0x00, 0x01],
        "other advertising PDU",
        AdvPdu::Other { header: 0x09, payload: data(&[0, 1]) },
    );
}

/// The common extended advertising payload has its fields where Vol 6 Part B 2.3.4 puts them.
#[test]
fn extended_layout() {
    let check = |octets: &[u8], expected: AdvPdu| {
        assert_eq!(AdvPdu::decode(octets), Ok(expected), "{octets:02x?}");
        assert_eq!(expected.encode().as_slice(), octets, "{octets:02x?}");
        assert_eq!(expected.payload_len(), octets.len() - 2);
    };
    let none = ExtendedPdu::new(AdvMode::Neither);
    let adi = Some(AdvDataInfo { did: 0xABC, sid: 0x5 });
    let aux = AuxPtr { channel: ChannelIndex(21), accurate: true, coarse: false, offset: 0x123, phy: 1 };
    check(&[0x07, 1, 0x00], AdvPdu::Extended(none));
    check(&[0x07, 3, 0x00, 0x01, 0x02], AdvPdu::Extended(ExtendedPdu { data: data(&[1, 2]), ..none }));
    // ADV_EXT_IND: connectable, with ADI and AuxPtr.
    check(
        &[0x07, 7, 0x46, 0x18, 0xBC, 0x5A, 0x55, 0x23, 0x21],
        AdvPdu::Extended(ExtendedPdu { adi, aux: Some(aux), ..ExtendedPdu::new(AdvMode::Connectable) }),
    );
    // AUX_ADV_IND: directed, with everything that has a place.
    let octets = [
        0xC7, 23, 0x93, 0x5B, // type and TxAdd and RxAdd; length; AdvMode and header length; flags
        0x06, 0x05, 0x04, 0x03, 0x02, 0xC1, // AdvA
        0x06, 0x05, 0x04, 0x03, 0x02, 0xC1, // TargetA
        0xBC, 0x5A, 0x55, 0x23, 0x21, 0xEC, // ADI, AuxPtr, TxPower
        0x02, 0x01, 0x06, // AdvData
    ];
    let full = ExtendedPdu {
        mode: AdvMode::Scannable,
        advertiser: Some(RANDOM),
        target: Some(RANDOM),
        adi,
        aux: Some(aux),
        tx_power: Some(-20),
        data: data(&[2, 1, 6]),
    };
    check(&octets, AdvPdu::Extended(full));
    let rsp = ExtendedPdu { advertiser: Some(PUBLIC), target: Some(RANDOM), ..none };
    check(
        &[0x88, 14, 0x0D, 0x03, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0x06, 0x05, 0x04, 0x03, 0x02, 0xC1],
        AdvPdu::AuxConnectRsp(rsp),
    );
    // CTEInfo, SyncInfo, ACAD, a reserved flag, empty flags and a header that is cut stay raw.
    for octets in [
        &[0x07, 4, 0x02, 0x04, 0x00, 0x00][..],
        &[0x07, 2, 0x01, 0x20],
        &[0x07, 4, 0x03, 0x40, 0x00, 0x77],
        &[0x07, 2, 0x01, 0x80],
        &[0x07, 2, 0x01, 0x00],
        &[0x07, 2, 0x05, 0x01],
        &[0x27, 1, 0x00],
        &[0x07, 0],
    ] {
        let raw = AdvPdu::Other { header: octets[0], payload: data(&octets[2..]) };
        assert_eq!(AdvPdu::decode(octets), Ok(raw), "{octets:02x?}");
    }
}

/// A pointer rounds down to 30 us, from 245.7 ms on to 300 us, and ends at 13 bits (Vol 6 Part B 2.3.4.5).
#[test]
fn pointers() {
    let check = |micros: u64, expected: Option<(u32, u32)>| {
        let aux = AuxPtr::new(ChannelIndex(3), false, Phy::CodedS8, micros);
        assert_eq!(aux.map(AuxPtr::offset_us), expected, "{micros}");
        assert!(aux.is_none_or(|aux| aux.phy() == Some(Phy::CodedS8)));
    };
    check(0, Some((0, 30)));
    check(1_559, Some((1_530, 30)));
    check(245_699, Some((245_670, 30)));
    check(245_700, Some((245_700, 300)));
    check(2_457_599, Some((2_457_300, 300)));
    check(2_457_600, None);
}

/// PDUs of one format have their own names on a secondary channel.
#[test]
fn names_on_channels() {
    let check = |pdu: AdvPdu, primary: &str, secondary: &str| {
        let names = [37, 20].map(|channel| pdu.name_on(ChannelIndex(channel)));
        assert_eq!(names, [primary, secondary]);
    };
    let none = ExtendedPdu::new(AdvMode::Neither);
    check(AdvPdu::Extended(none), "ADV_EXT_IND", "AUX_ADV_IND");
    check(AdvPdu::AuxConnectRsp(none), "AUX_CONNECT_RSP", "AUX_CONNECT_RSP");
    check(AdvPdu::ScanReq { scanner: RANDOM, advertiser: PUBLIC }, "SCAN_REQ", "AUX_SCAN_REQ");
}

/// CONNECT_IND has its fields where Vol 6 Part B 2.3.3.1 puts them.
#[test]
fn connect_ind_layout() {
    let octets = [
        0xE5, 34, // type, ChSel, TxAdd and RxAdd; length
        0x06, 0x05, 0x04, 0x03, 0x02, 0xC1, // InitA
        0xE1, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, // AdvA
        0x38, 0xB4, 0xE6, 0x52, // AA
        0x3B, 0x2C, 0x1D, // CRCInit
        0x02, 0x03, 0x00, // WinSize, WinOffset
        0x18, 0x00, 0x04, 0x00, 0x2C, 0x01, // Interval, Latency, Timeout
        0xFF, 0x07, 0xE0, 0xFF, 0x1F, // ChM
        0xA7, // Hop 7, SCA 5
    ];
    let expected = ConnectInd {
        ch_sel: true,
        initiator: RANDOM,
        advertiser: Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE1]),
        ll: LlData {
            access_address: AccessAddress(0x52E6_B438),
            crc_init: 0x1D_2C3B,
            win_size: 2,
            win_offset: 3,
            interval: 24,
            latency: 4,
            timeout: 300,
            channel_map: ChannelMap::new(0x1F_FFE0_07FF).unwrap(),
            hop: 7,
            sca: 5,
        },
    };
    assert_eq!(AdvPdu::decode(&octets), Ok(AdvPdu::ConnectInd(expected)));
    assert_eq!(AdvPdu::ConnectInd(expected).encode().as_slice(), octets);
}

/// A length that is wrong is an error; a reserved bit that is set keeps the PDU raw.
#[test]
fn advertising_refusals() {
    let check = |octets: &[u8], expected: DecodeError| {
        assert_eq!(AdvPdu::decode(octets), Err(expected), "{octets:02x?}");
    };
    check(&[], DecodeError::TooShort { need: 2, got: 0 });
    check(&[0x00], DecodeError::TooShort { need: 2, got: 1 });
    check(&[0x00, 6, 0], DecodeError::BadLength { says: 6, got: 1 });
    check(&[0x00, 1, 0], DecodeError::TooShort { need: 6, got: 1 });
    check(&[[0x00, 38].as_slice(), &[0; 38]].concat(), DecodeError::TooLong { limit: 37, got: 38 });
    check(&[[0x03, 11].as_slice(), &[0; 11]].concat(), DecodeError::TooShort { need: 12, got: 11 });
    check(&[[0x05, 35].as_slice(), &[0; 35]].concat(), DecodeError::TooLong { limit: 34, got: 35 });

    let kept_raw = |octets: &[u8]| {
        let expected = AdvPdu::Other { header: octets[0], payload: data(&octets[2..]) };
        assert_eq!(AdvPdu::decode(octets), Ok(expected), "{octets:02x?}");
    };
    // RxAdd of ADV_IND, bit 4, ChSel of SCAN_RSP.
    kept_raw(&[0x80, 6, 1, 2, 3, 4, 5, 6]);
    kept_raw(&[0x10, 6, 1, 2, 3, 4, 5, 6]);
    kept_raw(&[0x24, 6, 1, 2, 3, 4, 5, 6]);
    // Channel 37 in the map of a CONNECT_IND.
    let mut connect = [0; 36];
    (connect[0], connect[1], connect[34]) = (0x05, 34, 0x20);
    kept_raw(&connect);
}

/// The samples of Vol 6 Part C 1: (octets, first octet without NESN, SN and MD, payload length).
#[test]
fn data_samples() {
    let check = |octets: &[u8], llid: Llid, [nesn, sn, md]: [bool; 3], aad: u8| {
        let pdu = DataPdu::decode(octets).unwrap();
        assert_eq!(pdu.header, DataHeader { llid, nesn, sn, md, cp: false });
        assert_eq!((pdu.first_octet(), pdu.aad()), (octets[0], aad));
        assert_eq!(pdu.payload.as_slice(), &octets[2..]);
        assert_eq!(pdu.encode().as_slice(), octets);
    };
    check(&[0x01, 0], Llid::Continuation, [false, false, false], 0x01);
    check(&[0x07, 1, 5], Llid::Control, [true, false, false], 0x03);
    check(&[0x0F, 5, 0x9F, 0xCD, 0xA7, 0xF4, 0x48], Llid::Control, [true, true, false], 0x03);
    check(&[0x07, 5, 0xA3, 0x4C, 0x13, 0xA4, 0x15], Llid::Control, [true, false, false], 0x03);
    check(&[0x1E, 1, 0x7A], Llid::Start, [true, true, true], 0x02);
    check(&[0x08, 0], Llid::Reserved, [false, true, false], 0x00);
}

/// Only a continuation without octets is an empty PDU, Vol 6 Part B 2.4.1; and an LL control PDU's payload
/// is what its codec reads.
#[test]
fn data_payloads() {
    let check = |octets: &[u8], empty: bool| {
        assert_eq!(DataPdu::decode(octets).unwrap().is_empty(), empty, "{octets:02x?}");
    };
    check(&[0x0D, 0], true);
    check(&[0x02, 0], false);
    check(&[0x01, 1, 0], false);
    let control = DataPdu::decode(&[0x03, 1, 0x05]).unwrap();
    assert_eq!(LlControl::decode(&control.payload), Ok(LlControl::LlStartEncReq));
}

/// Octets that are not a data PDU are refused with the reason.
#[test]
fn data_refusals() {
    let check = |octets: &[u8], expected: DecodeError| {
        assert_eq!(DataPdu::decode(octets), Err(expected), "{octets:02x?}");
    };
    check(&[0x01], DecodeError::TooShort { need: 2, got: 1 });
    check(&[0x01, 1], DecodeError::BadLength { says: 1, got: 0 });
    check(&[0x01, 0, 0], DecodeError::BadLength { says: 0, got: 1 });
    check(&[0x41, 0], DecodeError::BadValue { field: "RFU", value: 1 });
    check(&[0x21, 0], DecodeError::BadValue { field: "CP", value: 1 });
}

/// A frame travels through queues by copy.
#[test]
fn sizes() {
    assert!(size_of::<DataPdu>() <= 264, "{}", size_of::<DataPdu>());
    assert!(size_of::<AdvPdu>() <= 264, "{}", size_of::<AdvPdu>());
}

prop_compose! {
    fn address()(random: bool, octets: [u8; 6]) -> Address {
        Address { kind: if random { AddressKind::Random } else { AddressKind::Public }, octets }
    }
}

prop_compose! {
    fn legacy_data()(octets in prop::collection::vec(any::<u8>(), 0..=31)) -> Octets<31> {
        data(&octets)
    }
}

prop_compose! {
    fn ll_data()(
        (access_address, crc_init, win_size) in (any::<u32>(), 0_u32..1 << 24, any::<u8>()),
        [win_offset, interval, latency, timeout] in any::<[u16; 4]>(),
        (bits, hop, sca) in (0_u64..1 << 37, 0_u8..32, 0_u8..8),
    ) -> LlData {
        let channel_map = ChannelMap::new(bits).expect("it has 37 bits");
        let access_address = AccessAddress(access_address);
        LlData {
            access_address, crc_init, win_size, win_offset, interval, latency, timeout, channel_map, hop, sca,
        }
    }
}

prop_compose! {
    fn extended_pdu()(
        mode in 0_usize..4,
        advertiser in prop::option::of(address()),
        target in prop::option::of(address()),
        adi in prop::option::of((0_u16..0x1000, 0_u8..16)),
        aux in prop::option::of((0_u8..64, any::<[bool; 2]>(), 0_u16..0x2000, 0_u8..8)),
        tx_power in prop::option::of(any::<i8>()),
        octets in prop::collection::vec(any::<u8>(), 0..=229),
    ) -> ExtendedPdu {
        let modes = [AdvMode::Neither, AdvMode::Connectable, AdvMode::Scannable, AdvMode::Reserved];
        ExtendedPdu {
            mode: modes[mode],
            advertiser,
            target,
            adi: adi.map(|(did, sid)| AdvDataInfo { did, sid }),
            aux: aux.map(|(channel, [accurate, coarse], offset, phy)| {
                AuxPtr { channel: ChannelIndex(channel), accurate, coarse, offset, phy }
            }),
            tx_power,
            data: data(&octets),
        }
    }
}

fn advertising_pdu() -> impl Strategy<Value = AdvPdu> {
    prop_oneof![
        (any::<bool>(), address(), legacy_data()).prop_map(|(ch_sel, advertiser, data)| AdvPdu::AdvInd {
            ch_sel,
            advertiser,
            data
        }),
        (any::<bool>(), address(), address()).prop_map(|(ch_sel, advertiser, target)| AdvPdu::AdvDirectInd {
            ch_sel,
            advertiser,
            target
        }),
        (address(), legacy_data()).prop_map(|(advertiser, data)| AdvPdu::AdvNonconnInd { advertiser, data }),
        (address(), legacy_data()).prop_map(|(advertiser, data)| AdvPdu::AdvScanInd { advertiser, data }),
        (address(), legacy_data()).prop_map(|(advertiser, data)| AdvPdu::ScanRsp { advertiser, data }),
        (address(), address()).prop_map(|(scanner, advertiser)| AdvPdu::ScanReq { scanner, advertiser }),
        (any::<bool>(), address(), address(), ll_data()).prop_map(|(ch_sel, initiator, advertiser, ll)| {
            AdvPdu::ConnectInd(ConnectInd { ch_sel, initiator, advertiser, ll })
        }),
        extended_pdu().prop_map(AdvPdu::Extended),
        extended_pdu().prop_map(AdvPdu::AuxConnectRsp),
        (9_u8..16, 0_u8..16, prop::collection::vec(any::<u8>(), 0..=255)).prop_map(|(kind, bits, octets)| {
            AdvPdu::Other { header: kind | bits << 4, payload: data(&octets) }
        }),
    ]
}

prop_compose! {
    fn data_pdu()(
        (low_bits, [nesn, sn, md]) in (0_u8..4, any::<[bool; 3]>()),
        octets in prop::collection::vec(any::<u8>(), 0..=255),
    ) -> DataPdu {
        let header = DataHeader { llid: Llid::from_low_bits(low_bits), nesn, sn, md, cp: false };
        DataPdu { header, payload: data(&octets) }
    }
}

/// Any octets, mostly with a length field that is right.
fn likely_octets() -> impl Strategy<Value = Vec<u8>> {
    let framed = (any::<u8>(), prop::collection::vec(any::<u8>(), 0..=255)).prop_map(|(first, payload)| {
        let length = u8::try_from(payload.len()).expect("it is at most 255");
        [[first, length].as_slice(), &payload].concat()
    });
    let connect_like = (any::<u8>(), any::<[[u8; 17]; 2]>())
        .prop_map(|(bits, halves)| [[bits & 0xF0 | 5, 34].as_slice(), halves.as_flattened()].concat());
    let extended_like = (0x07_u8..9, any::<u8>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..40))
        .prop_map(|(kind, bits, flags, rest)| {
            let length = u8::try_from(rest.len() + 2).expect("it is short");
            [[kind | bits & 0xC0, length, bits & 0x3F, flags].as_slice(), &rest].concat()
        });
    prop_oneof![framed, connect_like, extended_like, prop::collection::vec(any::<u8>(), 0..=300)]
}

proptest! {
    /// An advertising PDU comes back as it was.
    #[test]
    fn advertising_round_trip(pdu in advertising_pdu()) {
        prop_assert_eq!(AdvPdu::decode(&pdu.encode()), Ok(pdu));
        prop_assert_eq!(pdu.encode().len(), 2 + pdu.payload_len());
    }

    /// A data PDU comes back as it was.
    #[test]
    fn data_round_trip(pdu in data_pdu()) {
        prop_assert_eq!(DataPdu::decode(&pdu.encode()), Ok(pdu));
    }

    /// Any octets decode or are refused, and what decodes encodes to the same octets.
    #[test]
    fn any_octets(octets in likely_octets()) {
        if let Ok(pdu) = AdvPdu::decode(&octets) {
            prop_assert_eq!(pdu.encode().to_vec(), octets.clone());
        }
        if let Ok(pdu) = DataPdu::decode(&octets) {
            prop_assert_eq!(pdu.encode().to_vec(), octets.clone());
        }
    }

    /// Fields wider on this side than on the air lose what does not fit, and nothing else.
    #[test]
    fn wide_fields_are_cut(ll in ll_data(), crc_init: u32, hop: u8, sca: u8) {
        let connect = |ll| AdvPdu::ConnectInd(ConnectInd {
            ch_sel: true, initiator: PUBLIC, advertiser: RANDOM, ll,
        });
        let wide = LlData { crc_init, hop, sca, ..ll };
        let cut = LlData { crc_init: crc_init & 0xFF_FFFF, hop: hop & 0x1F, sca: sca & 7, ..ll };
        prop_assert_eq!(AdvPdu::decode(&connect(wide).encode()), Ok(connect(cut)));
    }
}
