//! Levels, places and bit errors, against values computed by hand; and the whole weather as a field: whatever
//! is asked, in whatever order, the answers are the same.

use crate::air::{at, near, weather, with};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::ll::{ChannelIndex, Phy};
use blesim_world::{
    AirPlan, ChannelSet, Harm, Interferer, Loss, Outage, Plan, Radio, Reception, Rhythm, Sensitivity,
    Shadowing, Signal, Waypoint, WiFiWidth, wifi_channels,
};
use proptest::prelude::*;

const FREE_SPACE: Signal = Signal { loss_at_1m: 4_020, exponent: 200, shadowing: None, co_channel: 2_100 };

/// Two devices, the first at the origin and the second on this path.
fn apart(signal: Signal, path: &[(u64, i32, i32)]) -> Plan {
    let mut plan = with(AirPlan { signal: Some(signal), ..AirPlan::default() }, 2);
    let waypoint = |&(millis, x, y): &(u64, i32, i32)| Waypoint { at: at(millis * 1_000_000), x, y };
    plan.devices[1].radio = Radio { path: path.iter().map(waypoint).collect(), ..Radio::default() };
    plan
}

/// `P - PL(1 m) - 10 n log10(d)`, by hand: 10 log10(5) is 6.9897, 10 log10(2) is 3.0103.
#[test]
fn levels_follow_the_distance() {
    let check = |exponent, place: (i32, i32), expected| {
        let plan = apart(Signal { exponent, ..FREE_SPACE }, &[(0, place.0, place.1)]);
        let mut weather = weather(&plan, 1);
        assert_eq!(weather.level(0, 1, at(0)), Some(expected), "{exponent} {place:?}");
        assert_eq!(weather.level(1, 0, at(77)), Some(expected), "the way back");
    };
    check(200, (1_000, 0), -4_020);
    check(200, (0, -10_000), -6_020);
    check(200, (3_000, 4_000), -5_418);
    check(300, (3_000, -4_000), -6_117);
    check(180, (-100_000, 0), -7_620);
    check(200, (500, 0), -3_418);
    // Nearer than ten centimetres the formula is not followed.
    check(200, (100, 0), -2_020);
    check(200, (0, 0), -2_020);
    check(600, (10_000_000, 0), -28_020);
    let mut loud = apart(FREE_SPACE, &[(0, 10_000, 0)]);
    loud.devices[0].radio.power = 800;
    let mut weather = weather(&loud, 1);
    assert_eq!((weather.level(0, 1, at(0)), weather.level(1, 0, at(0))), (Some(-5_220), Some(-6_020)));
}

/// A device stands at its first place, moves straight and evenly from one to the next, and stays at the last.
#[test]
fn places_move() {
    let plan = apart(FREE_SPACE, &[(1_000, 1_000, 0), (11_000, 11_000, 0), (12_000, 11_000, 60_000)]);
    let mut weather = weather(&plan, 1);
    let mut check = |millis: u64, expected| {
        assert_eq!(weather.level(0, 1, at(millis * 1_000_000)), Some(expected), "{millis}");
    };
    check(0, -4_020);
    check(1_000, -4_020);
    check(2_000, -4_622);
    check(10_000, -6_020);
    check(12_000, -7_591);
    check(99_000, -7_591);
    check(5_000, -5_418);
}

/// Shadowing has its standard deviation, holds for its coherence time, is the same both ways, and another for
/// another pair.
#[test]
fn shadowing_is_a_level_for_a_time() {
    let shadowing = Shadowing { sigma: 400, coherence: Span::from_millis(100) };
    let plan = apart(Signal { shadowing: Some(shadowing), ..FREE_SPACE }, &[(0, 10_000, 0)]);
    let mut weather = weather(&plan, 6);
    let (mut sum, mut squares) = (0.0, 0.0);
    for period in 0..20_000 {
        let start = at(period * 100_000_000);
        let level = weather.level(0, 1, start).unwrap();
        let last = at(start.as_nanos() + 99_999_999);
        assert_eq!((weather.level(1, 0, last), weather.level(0, 1, last)), (Some(level), Some(level)));
        let shadow = f64::from(-6_020 - level);
        (sum, squares) = (sum + shadow, squares + shadow * shadow);
    }
    near("mean", sum / 20_000.0, 0.0, 400.0 / 20_000_f64.sqrt());
    near("variance", squares / 20_000.0, 160_000.0, 160_000.0 * (2.0 / 20_000_f64).sqrt());
}

/// At its reference sensitivity a receiver loses 30.8 % of the packets with 37 octets on every PHY (Vol 6
/// Part A 4.1: one bit in a thousand), 3.1 % for want of the access address on LE 1M; a few decibels decide.
#[test]
fn bit_errors_follow_the_level() {
    const COUNT: u32 = 30_000;
    let check = |phy: Phy, above: i32, lost: f64, all: f64| {
        let mut plan = apart(FREE_SPACE, &[(0, 10_000, 0)]);
        // The level is -60.2 dBm.
        let level = -6_020 - above;
        let shift = level - Sensitivity::REQUIRED.on(phy);
        let Sensitivity { le_1m, le_2m, coded_s2, coded_s8 } = Sensitivity::REQUIRED;
        plan.devices[1].radio.sensitivity = Sensitivity {
            le_1m: le_1m + shift,
            le_2m: le_2m + shift,
            coded_s2: coded_s2 + shift,
            coded_s8: coded_s8 + shift,
        };
        let mut weather = weather(&plan, 8);
        let (mut unfound, mut wrong) = (0_u32, 0_u32);
        for index in 0..COUNT {
            let fate = weather.fate(0, 1, ChannelIndex(5), phy, 37, at(u64::from(index) * 1_000_003));
            unfound += u32::from(fate == Reception::Lost);
            wrong += u32::from(fate != Reception::Whole);
        }
        for (name, found, expected) in [("not found", unfound, lost), ("all", wrong, all)] {
            let error = (expected * (1.0 - expected) / f64::from(COUNT)).sqrt().max(1e-12);
            near(&format!("{phy:?} {above} {name}"), f64::from(found) / f64::from(COUNT), expected, error);
        }
    };
    // 1 - 0.999^32 and 1 - 0.999^368; the access address of LE Coded has the 7 dB that S = 8 is better.
    check(Phy::Le1M, 0, 0.031_51, 0.308_02);
    check(Phy::Le2M, 0, 0.031_51, 0.308_02);
    check(Phy::CodedS8, 0, 0.031_51, 0.308_02);
    check(Phy::CodedS2, 0, 0.0, 0.285_5);
    // exp(-6.2146 x 10^0.1) / 2 = 0.00020029 and exp(-6.2146 x 10^-0.1) / 2 = 0.0035880.
    check(Phy::Le1M, 100, 0.006_389, 0.071_06);
    check(Phy::Le1M, -100, 0.108_65, 0.733_6);
    check(Phy::Le1M, 900, 0.0, 0.0);
}

/// A frame is received beside another that is weaker by the margin of its PHY, and beside none if levels are
/// unknown. An interferer of known power is told from a frame in the same way.
#[test]
fn the_stronger_one_is_received() {
    let mut plan = apart(FREE_SPACE, &[(0, 1_000, 0)]);
    plan.devices.push(plan.devices[1].clone());
    plan.devices[2].radio.path[0] = Waypoint { at: Instant::ZERO, x: 11_220 + 1_000, y: 0 };
    plan.devices[0].radio.path.clear();
    // 10 m from device 1 device 0 would be 20 dB stronger, here it is 21.00 dB.
    let mut near_by = weather(&plan, 1);
    let levels = [near_by.level(0, 1, at(0)), near_by.level(2, 1, at(0))];
    assert_eq!(levels, [Some(-4_020), Some(-6_120)]);
    assert!(near_by.captures(0, 1, 2, Phy::Le1M, at(0)));
    assert!(!near_by.captures(2, 1, 0, Phy::CodedS8, at(0)));
    plan.devices[2].radio.power = 1;
    let mut louder = weather(&plan, 1);
    assert!(!louder.captures(0, 1, 2, Phy::Le2M, at(0)));
    assert!(louder.captures(0, 1, 2, Phy::CodedS2, at(0)));
    plan.devices[2].radio.power = 900;
    let mut loudest = weather(&plan, 1);
    assert!(
        !loudest.captures(0, 1, 2, Phy::CodedS2, at(0)) && loudest.captures(0, 1, 2, Phy::CodedS8, at(0))
    );
    for (power, expected) in [(-6_120, Reception::Whole), (-6_119, Reception::Lost)] {
        let harm = Harm::Power(power);
        plan.air.interferers = vec![Interferer { channels: ChannelSet::ALL, rhythm: Rhythm::Steady, harm }];
        let fate = weather(&plan, 1).fate(0, 1, ChannelIndex(37), Phy::Le1M, 9, at(5));
        assert_eq!(fate, expected, "{power}");
    }
    plan.air.signal = None;
    assert!(!weather(&plan, 1).captures(0, 1, 2, Phy::Le1M, at(0)));
}

/// Everything at once, for three devices of which one walks away.
pub(crate) fn busy(plan: Plan) -> Plan {
    let interferer = |channels, rhythm, harm| Interferer { channels, rhythm, harm };
    let micros = Span::from_micros;
    let outage =
        Outage { from: Some(1), to: None, both_ways: false, begins: at(700_000_000), ends: at(790_000_000) };
    let shadowing = Shadowing { sigma: 500, coherence: Span::from_millis(40) };
    let air = AirPlan {
        loss: Loss::Burst {
            good: Chance::ratio(1, 100),
            bad: Chance::ratio(8, 10),
            mean_good: Span::from_millis(600),
            mean_bad: Span::from_millis(70),
        },
        interferers: vec![
            interferer(
                wifi_channels(6, WiFiWidth::Mhz20).expect("there is such a channel"),
                Rhythm::Bursts { on: micros(600), off: micros(2_000) },
                Harm::Breaks(Chance::ratio(7, 10)),
            ),
            interferer(
                ChannelSet::DATA,
                Rhythm::Hops { interval: Span::from_millis(15), airtime: micros(900) },
                Harm::Power(-6_500),
            ),
            interferer(
                ChannelSet::NONE.with(ChannelIndex(38)),
                Rhythm::Steady,
                Harm::Breaks(Chance::ratio(1, 3)),
            ),
        ],
        outages: vec![outage],
        signal: Some(Signal { shadowing: Some(shadowing), ..FREE_SPACE }),
        ..plan.air
    };
    let mut plan = Plan { air, ..plan };
    let walk = [(0, 2_000), (3_000, 2_000), (9_000, 21_000)];
    plan.devices[1].radio.path =
        walk.map(|(millis, x)| Waypoint { at: at(millis * 1_000_000), x, y: 0 }).to_vec();
    plan
}

/// Sender, receiver, channel, PHY, octets and first bit.
fn question() -> impl Strategy<Value = (usize, usize, u8, usize, usize, u64)> {
    (0..3_usize, 0..3_usize, 0..40_u8, 0..4_usize, 0..=255_usize, 0..20_000_000_000_u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// What the weather answers depends on the question alone: not on what was asked before, by whom, or how
    /// often.
    #[test]
    fn the_weather_is_a_field(
        seed in any::<u64>(),
        asked in prop::collection::vec(question(), 1..30),
    ) {
        let plan = busy(with(AirPlan::default(), 3));
        let mut old = weather(&plan, seed);
        for _ in 0..2 {
            for &(from, to, channel, phy, len, start) in asked.iter().filter(|asked| asked.0 != asked.1) {
                let phy = [Phy::Le1M, Phy::Le2M, Phy::CodedS2, Phy::CodedS8][phy];
                let (channel, start) = (ChannelIndex(channel), at(start));
                let mut fresh = weather(&plan, seed);
                prop_assert_eq!(
                    old.fate(from, to, channel, phy, len, start),
                    fresh.fate(from, to, channel, phy, len, start)
                );
                prop_assert_eq!(
                    old.clean_until(from, to, phy, start),
                    weather(&plan, seed).clean_until(from, to, phy, start)
                );
                prop_assert_eq!(old.level(from, to, start), fresh.level(to, from, start));
            }
        }
    }

    /// As long as the air is said to be clean no frame is anything but whole, however long, on any channel.
    #[test]
    fn clean_air_is_clean(
        seed in any::<u64>(),
        start in 0..12_000_000_000_u64,
        parts in prop::collection::vec(0..1_000_u64, 8),
        calm in 0..4_usize,
    ) {
        let mut plan = busy(with(AirPlan::default(), 2));
        // Without one thing after the other, so that some of it is clean for a while.
        plan.air.loss = Loss::Independent(Chance::NEVER);
        plan.air.interferers.truncate(3 - calm.max(1));
        for radio in plan.devices.iter_mut().map(|device| &mut device.radio) {
            radio.power = 1_200;
        }
        let mut weather = weather(&plan, seed);
        for phy in [Phy::Le1M, Phy::CodedS8] {
            let until = weather.clean_until(1, 0, phy, at(start)).min(at(20_000_000_000));
            for part in &parts {
                let length = until.as_nanos() - start;
                if length == 0 {
                    continue;
                }
                let inside = start + (length - 1) * part / 999;
                for channel in [0, 13, 38] {
                    let fate = weather.fate(1, 0, ChannelIndex(channel), phy, 255, at(inside));
                    prop_assert_eq!(fate, Reception::Whole, "{} of {}..{}", inside, start, until.as_nanos());
                }
            }
        }
    }
}

/// How long the air is clean, where it can be told by hand.
#[test]
fn clean_air_ends_when_something_begins() {
    let mut plan = with(AirPlan::default(), 2);
    let until = |plan: &Plan, start: u64| weather(plan, 1).clean_until(0, 1, Phy::Le1M, at(start)).as_nanos();
    assert_eq!(until(&plan, 5), u64::MAX);
    plan.air.outages = vec![Outage {
        from: None,
        to: Some(1),
        both_ways: false,
        begins: at(9_000_000),
        ends: at(10_000_000),
    }];
    // 255 octets take 2.12 ms.
    assert_eq!(until(&plan, 5), 6_880_000);
    assert_eq!(until(&plan, 9_500_000), 9_500_000);
    assert_eq!(until(&plan, 10_000_000), u64::MAX);
    plan.air.loss = Loss::Independent(Chance::ratio(1, 1_000_000_000));
    assert_eq!(until(&plan, 5), 5);
    plan.air.loss = Loss::Slots {
        good: Chance::NEVER,
        bad: Chance::ALWAYS,
        worsens: Chance::ALWAYS,
        recovers: Chance::ALWAYS,
        slot: Span::from_millis(2),
    };
    let good = u64::from(weather(&plan, 1).stretches(0, 1, at(0))[0].1) * 2_000_000;
    assert_eq!(until(&plan, good + 5), good + 2_000_000);
    assert_eq!(until(&plan, good + 2_000_005), good + 2_000_005);
    let near_by = apart(FREE_SPACE, &[(0, 2_000, 0), (8_000, 3_000, 0)]);
    assert_eq!(until(&near_by, 5), 8_000_000_000);
    assert_eq!(until(&near_by, 8_000_000_000), u64::MAX);
}
