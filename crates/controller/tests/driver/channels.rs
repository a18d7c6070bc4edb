//! Channel selection held to vectors, and the shares of the channels under a map with a gap.
//!
//! Sources: algorithm #2, Core Specification Vol 6 Part C 3.1 and 3.2, and longer runs on which two independent
//! implementations agree; algorithm #1 has no sample data, its rows follow Vol 6 Part B 4.5.8.2 and, but for
//! the last, agree with a published controller test.

use blesim_controller::{csa1_channel, csa2_channel, csa2_event_random};
use blesim_packet::ll::{AccessAddress, ChannelIndex, ChannelMap};

/// The access address of the sample data.
const SAMPLE: AccessAddress = AccessAddress(0x8E89_BED6);
/// All channels.
const ALL: u64 = 0x1F_FFFF_FFFF;
/// Channels 9, 10, 21, 22, 23, 33, 34, 35 and 36.
const NINE: u64 = 0x1E_00E0_0600;

fn map(bits: u64) -> ChannelMap {
    ChannelMap::new(bits).unwrap()
}

/// Hop increment, channel map with bit k for channel k, channels of the first 37 events.
#[rustfmt::skip]
const ALGORITHM_1: &[(u8, u64, [u8; 37])] = &[
    (5, 0x1F_FFFF_FFFF, [
        5, 10, 15, 20, 25, 30, 35, 3, 8, 13, 18, 23, 28, 33, 1, 6, 11, 16, 21,
        26, 31, 36, 4, 9, 14, 19, 24, 29, 34, 2, 7, 12, 17, 22, 27, 32, 0,
    ]),
    (16, 0x1F_FFFF_FFFF, [
        16, 32, 11, 27, 6, 22, 1, 17, 33, 12, 28, 7, 23, 2, 18, 34, 13, 29, 8,
        24, 3, 19, 35, 14, 30, 9, 25, 4, 20, 36, 15, 31, 10, 26, 5, 21, 0,
    ]),
    (10, 0x0F_FFFF_FFFF, [
        10, 20, 30, 3, 13, 23, 33, 6, 16, 26, 0, 9, 19, 29, 2, 12, 22, 32, 5,
        15, 25, 35, 8, 18, 28, 1, 11, 21, 31, 4, 14, 24, 34, 7, 17, 27, 0,
    ]),
    (7, 0x05_FF00_4417, [
        25, 14, 14, 28, 4, 14, 30, 4, 26, 1, 4, 10, 1, 24, 31, 1, 26, 34, 24,
        29, 10, 24, 31, 10, 27, 34, 4, 29, 2, 25, 32, 2, 27, 0, 25, 30, 0,
    ]),
    (8, 0x10_0000_0001, [
        0, 0, 0, 0, 36, 36, 36, 36, 36, 0, 0, 0, 0, 36, 36, 36, 36, 36, 0,
        0, 0, 0, 36, 36, 36, 36, 36, 0, 0, 0, 0, 0, 36, 36, 36, 36, 0,
    ]),
    (6, 0x1F_FDFF_FFFF, [
        6, 12, 18, 24, 30, 36, 5, 11, 17, 23, 29, 35, 4, 10, 16, 22, 28, 34, 3,
        9, 15, 21, 27, 33, 2, 8, 14, 20, 26, 32, 1, 7, 13, 19, 26, 31, 0,
    ]),
    (9, 0x1E_00E0_0600, [
        9, 9, 9, 36, 36, 36, 36, 35, 35, 35, 35, 34, 34, 34, 34, 33, 33, 33, 23,
        33, 23, 23, 22, 23, 22, 22, 21, 22, 21, 21, 21, 21, 10, 10, 10, 10, 9,
    ]),
];

/// Event counter, channel map, prn_e, channel.
const ALGORITHM_2: &[(u16, u64, u16, u8)] = &[
    (0, ALL, 56_857, 25),
    (1, ALL, 1_685, 20),
    (2, ALL, 38_301, 6),
    (3, ALL, 27_475, 21),
    (6, NINE, 10_975, 23),
    (7, NINE, 5_490, 9),
    (8, NINE, 46_970, 34),
];

/// Access address, channel map, channels of events 0 to 39, then of 65530 to 65535.
#[rustfmt::skip]
const RUNS_2: &[(u32, u64, [u8; 40], [u8; 6])] = &[
    (0x8E89_BED6, 0x1F_FFFF_FFFF, [
        25, 20, 6, 21, 34, 36, 23, 14, 17, 21, 6, 7, 5, 20, 4, 4, 23, 27, 13, 17,
        19, 26, 23, 35, 2, 25, 16, 34, 0, 7, 16, 10, 23, 14, 10, 17, 35, 33, 15, 36,
    ], [2, 18, 9, 9, 14, 19]),
    (0x8E89_BED6, 0x1E_00E0_0600, [
        35, 9, 33, 21, 34, 36, 23, 9, 34, 21, 21, 10, 23, 22, 9, 36, 23, 36, 34, 34,
        36, 33, 23, 35, 36, 23, 22, 34, 35, 33, 21, 10, 23, 21, 10, 9, 35, 33, 35, 36,
    ], [21, 36, 9, 9, 35, 21]),
    (0x2F5A_D3C6, 0x1F_FFFF_FFFF, [
        30, 3, 36, 5, 12, 11, 1, 0, 11, 5, 14, 27, 21, 18, 36, 30, 35, 13, 31, 33,
        9, 17, 3, 7, 24, 17, 26, 7, 5, 15, 12, 33, 32, 28, 29, 36, 10, 12, 26, 15,
    ], [9, 30, 29, 10, 17, 8]),
    (0x7176_4129, 0x05_FF00_4417, [
        25, 0, 27, 24, 34, 10, 2, 14, 29, 29, 4, 2, 26, 14, 4, 4, 0, 27, 30, 29,
        32, 26, 14, 26, 2, 25, 24, 34, 0, 28, 4, 10, 31, 14, 10, 0, 14, 25, 30, 24,
    ], [2, 32, 14, 34, 14, 10]),
    (0xD13C_6A91, 0x10_0000_0008, [
        36, 3, 36, 3, 3, 36, 36, 3, 3, 36, 36, 3, 3, 36, 36, 3, 3, 36, 3, 36,
        36, 3, 3, 36, 3, 3, 3, 36, 3, 36, 3, 36, 36, 36, 36, 36, 36, 36, 3, 3,
    ], [3, 36, 3, 3, 36, 3]),
];

/// Algorithm #1 steps once per event, used channel or not (Vol 6 Part B 4.5.8.2).
#[test]
fn algorithm_1_follows_its_vectors() {
    for &(hop, bits, expected) in ALGORITHM_1 {
        let events: [u64; 37] = core::array::from_fn(|event| event as u64);
        let found = events.map(|event| csa1_channel(hop, event, map(bits)).0);
        assert_eq!(found, expected, "hop {hop} map {bits:#X}");
    }
}

/// Algorithm #2 gives the numbers and the channels of the sample data (Vol 6 Part C 3).
#[test]
fn algorithm_2_follows_the_sample_data() {
    for &(counter, bits, random, channel) in ALGORITHM_2 {
        assert_eq!(csa2_event_random(SAMPLE, counter), random, "event {counter}");
        assert_eq!(csa2_channel(SAMPLE, counter, map(bits)).0, channel, "event {counter}");
    }
    for &(access_address, bits, first, last) in RUNS_2 {
        let channel = |counter| csa2_channel(AccessAddress(access_address), counter, map(bits)).0;
        let expected = first.into_iter().chain(last);
        let found = (0..40).chain(65_530..=65_535).map(channel);
        assert!(found.eq(expected), "{access_address:#X} map {bits:#X}");
    }
}

/// With channels 11 to 20 unused, algorithm #1 uses the ten channels whose rank in the table is that of an
/// unused index modulo 27 twice as often as the others; algorithm #2 spreads evenly: of 65536 events each
/// channel gets between 0.03694 and 0.03711.
#[test]
fn shares_under_a_map_with_a_gap() {
    let gap = map(ALL & !(0x3FF << 11));
    let doubled = |channel: u8| u32::from((21..=30).contains(&channel));
    let mut seen = [0_u32; 37];
    (0..37).for_each(|event| seen[usize::from(csa1_channel(7, event, gap).0)] += 1);
    for channel in 0..37 {
        let used = u32::from(gap.contains(ChannelIndex(channel)));
        assert_eq!(seen[usize::from(channel)], used * (1 + doubled(channel)), "channel {channel}");
    }
    let mut seen = [0_u32; 37];
    (0..=u16::MAX).for_each(|event| seen[usize::from(csa2_channel(SAMPLE, event, gap).0)] += 1);
    for channel in (0..37).filter(|&channel| gap.contains(ChannelIndex(channel))) {
        // 65536 times the bounds, rounded outwards.
        assert!((2_420..=2_433).contains(&seen[usize::from(channel)]), "channel {channel}: {seen:?}");
    }
}
