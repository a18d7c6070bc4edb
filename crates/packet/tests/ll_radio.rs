//! What surrounds a PDU on the air: access address, channel, CRC, whitening and airtime.
//!
//! The rows of access addresses, CRC and whitening were computed by two formulations each and agree with
//! published tables, sniffer captures and the on-air bits of an independent transmitter.

use blesim_packet::ll::{
    AccessAddress, CRC_INIT_ADVERTISING, ChannelIndex, ChannelMap, Phy, T_IFS_US, airtime_us, crc24,
    crc24_octets, whiten,
};
use proptest::prelude::*;

fn octets(hex: &str) -> Vec<u8> {
    let octet = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("the rows are hexadecimal");
    (0..hex.len()).step_by(2).map(octet).collect()
}

/// (address, valid, valid on the coded PHY too), Vol 6 Part B 2.1.2.
const ACCESS_ADDRESSES: &[(u32, bool, bool)] = &[
    (0x8E89_BED6, false, false), // the advertising address
    (0x8E89_BED7, false, false), // one bit from it
    (0x8E89_BEC6, false, false), // one bit from it
    (0x0E89_BED6, false, false), // one bit from it, still top
    (0x52E6_B438, true, true),
    (0x269E_0D37, true, true),
    (0x6513_270E, true, true),
    (0x128B_2F33, true, true),
    (0x2F5A_D3C6, true, true),
    (0x7176_4129, true, true),
    (0x0000_0000, false, false), // long run, equal octets, still top
    (0xFFFF_FFFF, false, false), // long run, equal octets, still top
    (0x5A5A_5A5A, false, false), // equal octets
    (0x5555_5555, false, false), // equal octets, more than 24 transitions
    (0xAAAA_AAAA, false, false), // equal octets, more than 24 transitions
    (0xA555_5555, false, false), // more than 24 transitions
    (0x7F12_3456, false, false), // long run, still top
    (0x8012_3456, false, false), // long run, still top
    (0x03C9_A6B5, false, false), // still top
    (0xFC31_A6B5, false, false), // still top
    (0x60F0_F1FE, false, false), // long run
    (0x54AA_AAA5, false, false), // more than 24 transitions
    (0x9012_A6B5, false, false), // long run
    (0xAEB2_AA59, true, false),  // exactly 24 transitions
    (0x0AAD_4AA9, false, false), // exactly 25 transitions
    (0x8E81_973E, true, true),   // exactly six equal bits in a row
    (0x94E3_BF91, false, false), // exactly seven equal bits in a row
    (0x18F1_35D2, true, true),   // two transitions in the top six bits
    (0x0F42_05B4, false, false), // one transition in the top six bits
    (0xAE2E_B154, true, true),   // three ones in the low eight bits
    (0xC6F8_7718, true, false),  // fewer than three ones in the low eight bits
    (0x5C90_A958, true, true),   // eleven transitions in the low sixteen bits
    (0xD269_A9A5, true, false),  // twelve transitions in the low sixteen bits
];

/// Each rule of Vol 6 Part B 2.1.2 refuses what it should, at its boundary.
#[test]
fn access_address_rules() {
    for &(word, valid, valid_on_coded) in ACCESS_ADDRESSES {
        let address = AccessAddress(word);
        assert_eq!((address.is_valid(), address.is_valid_on_coded()), (valid, valid_on_coded), "{address}");
    }
}

/// The rules again, counted bit by bit in the words of the specification.
fn valid_by_the_letter(word: u32) -> bool {
    let bit = |position: u32| word >> position & 1;
    let changes = |from: u32, to: u32| (from..to).filter(|&at| bit(at) != bit(at + 1)).count();
    let mut longest = 1;
    let mut run = 1;
    for at in 0..31 {
        run = if bit(at) == bit(at + 1) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    let far = (0..32).all(|at| word ^ 1 << at != 0x8E89_BED6) && word != 0x8E89_BED6;
    let [first, rest @ ..] = word.to_le_bytes();
    let octets_differ = rest.iter().any(|&octet| octet != first);
    far && longest <= 6 && octets_differ && changes(0, 31) <= 24 && changes(26, 31) >= 2
}

proptest! {
    /// The bit tricks of the access address agree with the rules counted one by one.
    #[test]
    fn access_address_by_the_letter(word: u32) {
        prop_assert_eq!(AccessAddress(word).is_valid(), valid_by_the_letter(word));
    }

    /// The n-th used channel is the n-th for which the map says so.
    #[test]
    fn channel_map_ranks(bits in 0_u64..1 << 37) {
        let map = ChannelMap::new(bits).unwrap();
        let used: Vec<_> = (0..40).map(ChannelIndex).filter(|&channel| map.contains(channel)).collect();
        let ranked: Vec<_> = (0..map.count()).map(|n| map.nth_used(n)).collect();
        prop_assert_eq!(used, ranked);
        prop_assert_eq!(ChannelMap::from_wire(map.to_wire()), Some(map));
    }

    /// Whitening twice changes nothing.
    #[test]
    fn whitening_undoes_itself(channel in 0_u8..40, plain: Vec<u8>) {
        let mut twice = plain.clone();
        whiten(ChannelIndex(channel), &mut twice);
        whiten(ChannelIndex(channel), &mut twice);
        prop_assert_eq!(twice, plain);
    }
}

/// (RF channel, MHz) by channel index, Vol 6 Part B 1.4.1.
const RF_CHANNELS: [(u8, u16); 40] = [
    (1, 2404),
    (2, 2406),
    (3, 2408),
    (4, 2410),
    (5, 2412),
    (6, 2414),
    (7, 2416),
    (8, 2418),
    (9, 2420),
    (10, 2422),
    (11, 2424),
    (13, 2428),
    (14, 2430),
    (15, 2432),
    (16, 2434),
    (17, 2436),
    (18, 2438),
    (19, 2440),
    (20, 2442),
    (21, 2444),
    (22, 2446),
    (23, 2448),
    (24, 2450),
    (25, 2452),
    (26, 2454),
    (27, 2456),
    (28, 2458),
    (29, 2460),
    (30, 2462),
    (31, 2464),
    (32, 2466),
    (33, 2468),
    (34, 2470),
    (35, 2472),
    (36, 2474),
    (37, 2476),
    (38, 2478),
    (0, 2402),
    (12, 2426),
    (39, 2480),
];

/// Every channel index has its RF channel and frequency, and there is no fortieth.
#[test]
fn channel_frequencies() {
    for (index, expected) in (0..).zip(RF_CHANNELS) {
        let channel = ChannelIndex::new(index).unwrap();
        assert_eq!((channel.rf_channel(), channel.frequency_mhz()), expected, "{index}");
        assert_eq!(channel.is_advertising(), index >= 37);
    }
    assert_eq!(ChannelIndex::new(40), None);
}

/// A map has 37 bits on five octets, and never an advertising channel.
#[test]
fn channel_map_bounds() {
    assert_eq!(ChannelMap::ALL.count(), 37);
    assert_eq!(ChannelMap::ALL.to_wire(), [0xFF, 0xFF, 0xFF, 0xFF, 0x1F]);
    assert_eq!(ChannelMap::from_wire([0, 0, 0, 0, 0x20]), None);
    assert_eq!(ChannelMap::new(1 << 37), None);
    assert!(!ChannelMap::ALL.contains(ChannelIndex(37)));
    assert!(!ChannelMap::ALL.contains(ChannelIndex(255)));
    assert!(!ChannelMap::new(1).unwrap().is_valid());
    assert!(ChannelMap::new(3).unwrap().is_valid());
}

/// (CRCInit, PDU, register, the octets of the air), Vol 6 Part B 3.1.1.
const CRCS: &[(u32, &str, u32, &str)] = &[
    // advertising, ADV_IND of 9 octets
    (0x55_5555, "0009e0f3764ca7d2020106", 0xDA_F2A5, "5b4fa5"),
    // connection, empty data PDU
    (0x1D_2C3B, "0100", 0x5E_3539, "7aac9c"),
    // connection, LL_ENC_REQ
    (0xA1_B2C3, "0317039078563412efcdab74241302f1e0dfcebdac24abdcba", 0x1C_FCDA, "383f5b"),
    // connection, encrypted LL_START_ENC_RSP
    (0xA1_B2C3, "0f059fcda7f448", 0xE4_7B12, "27de48"),
    // connection, encrypted data packet 1
    (0x00_C0DE, "0e1f7a70d66415226df26b17839a060405596bd6564f796b5b9ce6ff32f75a6d33", 0x7C_D912, "3e9b48"),
    // smallest init
    (0x00_0000, "0100", 0x2D_8AED, "b451b7"),
    // all-ones init
    (0xFF_FFFF, "0100", 0xE4_7B92, "27de49"),
];

/// The CRC is right in both of its forms.
#[test]
fn crc_rows() {
    for &(init, pdu, register, air) in CRCS {
        assert_eq!(crc24(init, &octets(pdu)), register, "{pdu}");
        assert_eq!(crc24_octets(init, &octets(pdu))[..], octets(air), "{pdu}");
    }
}

/// The first sixteen octets of whitening by channel index, Vol 6 Part B 3.2.
const WHITENING: [&str; 40] = [
    "40b2bcc31f374a5f85f69c9ac1d6c544",
    "8940b2bcc31f374a5f85f69c9ac1d6c5",
    "d257a13da766b0753111489677f8e346",
    "1ba5af427b4ecd60eb6222902ceff0c7",
    "6479873f6e94be0aed393583ad8b8940",
    "ad8b8940b2bcc31f374a5f85f69c9ac1",
    "f69c9ac1d6c5442059dee18f1ba5af42",
    "3f6e94be0aed393583ad8b8940b2bcc3",
    "0824cb3bfc71a3f45568cfa9196c5d4c",
    "c1d6c5442059dee18f1ba5af427b4ecd",
    "9ac1d6c5442059dee18f1ba5af427b4e",
    "5333d8ba980824cb3bfc71a3f45568cf",
    "2ceff0c78dd257a13da766b075311148",
    "e51dfeb851fa2ab4e7d40cb62e2602c9",
    "be0aed393583ad8b8940b2bcc31f374a",
    "77f8e346e9abd09e5333d8ba980824cb",
    "d09e5333d8ba980824cb3bfc71a3f455",
    "196c5d4c0492e51dfeb851fa2ab4e7d4",
    "427b4ecd60eb6222902ceff0c78dd257",
    "8b8940b2bcc31f374a5f85f69c9ac1d6",
    "f45568cfa9196c5d4c0492e51dfeb851",
    "3da766b0753111489677f8e346e9abd0",
    "66b0753111489677f8e346e9abd09e53",
    "af427b4ecd60eb6222902ceff0c78dd2",
    "980824cb3bfc71a3f45568cfa9196c5d",
    "51fa2ab4e7d40cb62e2602c9f20e7fdc",
    "0aed393583ad8b8940b2bcc31f374a5f",
    "c31f374a5f85f69c9ac1d6c5442059de",
    "bcc31f374a5f85f69c9ac1d6c5442059",
    "753111489677f8e346e9abd09e5333d8",
    "2e2602c9f20e7fdc287d15da736a065b",
    "e7d40cb62e2602c9f20e7fdc287d15da",
    "60eb6222902ceff0c78dd257a13da766",
    "a9196c5d4c0492e51dfeb851fa2ab4e7",
    "f20e7fdc287d15da736a065b17138164",
    "3bfc71a3f45568cfa9196c5d4c0492e5",
    "442059dee18f1ba5af427b4ecd60eb62",
    "8dd257a13da766b0753111489677f8e3",
    "d6c5442059dee18f1ba5af427b4ecd60",
    "1f374a5f85f69c9ac1d6c5442059dee1",
];

/// Whitening starts as it should on every channel.
#[test]
fn whitening_rows() {
    for (index, expected) in (0..).zip(WHITENING) {
        let mut zeros = [0; 16];
        whiten(ChannelIndex(index), &mut zeros);
        assert_eq!(zeros[..], octets(expected), "{index}");
    }
}

/// A whole packet comes out as the bits that an independent transmitter sent on channel 37.
#[test]
fn complete_packet() {
    let mut packet = octets("42250605040302011e09696d65635547656e742053445267726f75702077656c636f6d65207521");
    let crc = crc24_octets(CRC_INIT_ADVERTISING, &packet);
    assert_eq!(crc, [0x9D, 0xB4, 0xF6]);
    packet.extend(crc);
    whiten(ChannelIndex(37), &mut packet);
    let sent = "cff751a439a464b16b387825f314ada42387dff0cd1761bfc8f77d54eb4c991dc09b380defdc38f1e9ba";
    assert_eq!(packet, octets(sent));
}

/// (octets without MIC; 1M, 1M with MIC, 2M, S = 8, S = 2), Vol 6 Part B 2.1 and 2.2. The specification
/// itself gives 2120 for 251 octets with MIC on LE 1M (Vol 6 Part B 4.5.10).
const AIRTIMES: &[(usize, [u32; 5])] = &[
    (0, [80, 112, 44, 720, 462]),           // empty
    (1, [88, 120, 48, 784, 478]),           // LL_START_ENC_REQ
    (11, [168, 200, 88, 1424, 638]),        // Pairing Request
    (12, [176, 208, 92, 1488, 654]),        // Identity Address Information
    (13, [184, 216, 96, 1552, 670]),        // LL_ENC_RSP
    (15, [200, 232, 104, 1680, 702]),       // Central Identification
    (21, [248, 280, 128, 2064, 798]),       // Pairing Confirm
    (23, [264, 296, 136, 2192, 830]),       // LL_ENC_REQ
    (27, [296, 328, 152, 2448, 894]),       // the most without data length extension
    (69, [632, 664, 320, 5136, 1566]),      // Pairing Public Key in one piece
    (251, [2088, 2120, 1048, 16784, 4478]), // the most with it
];

/// Packets last as long as their bits.
#[test]
fn airtime_rows() {
    for &(payload, expected) in AIRTIMES {
        let found = [
            airtime_us(Phy::Le1M, payload),
            airtime_us(Phy::Le1M, payload + 4),
            airtime_us(Phy::Le2M, payload),
            airtime_us(Phy::CodedS8, payload),
            airtime_us(Phy::CodedS2, payload),
        ];
        assert_eq!(found, expected, "{payload} octets");
    }
    // The longest packets by Vol 6 Part B 4.5.10.
    assert_eq!((airtime_us(Phy::CodedS8, 255), airtime_us(Phy::CodedS2, 255)), (17_040, 4_542));
}

/// An empty connection event: two empty packets with T_IFS between.
#[test]
fn empty_event() {
    let event = |phy| 2 * airtime_us(phy, 0) + T_IFS_US;
    let found = [Phy::Le1M, Phy::Le2M, Phy::CodedS8, Phy::CodedS2].map(event);
    assert_eq!(found, [310, 238, 1590, 1074]);
}
