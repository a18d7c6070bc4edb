//! Quantities as people write them, `ms(7.5)` and `percent(0.2)`, and the exact numbers they stand for.
//!
//! Invariant: what leaves this file is a whole number of nanoseconds or an exact chance.

use blesim_kernel::{Chance, Span};
use serde::Deserialize;

/// Fields and words whose value is a time, for the help where a unit is forgotten.
pub(crate) const TIME_FIELDS: &[&str] = &[
    "interval",
    "window",
    "supervision_timeout",
    "advertising_interval",
    "after",
    "shortest_interval",
    "longest_interval",
    "max_data_time",
    "time",
    "SecuredFor",
    "starts",
    "lasts",
    "pause",
    "every",
    "comes_after",
    "key_pair_time",
    "bond_write_time",
    "write_time",
    "rotates_every",
    "resolves_late",
    "stay",
    "connect_timeout",
    "dh_key_time",
    "host_delay",
    "hci_delay",
    "mean_good",
    "mean_bad",
    "slot",
    "mean_burst",
    "airtime",
    "begins",
    "lasts",
    "coherence",
    "session",
    "p95_at_most",
    "patience",
    "within",
    "base",
    "decay",
    "first",
    "cap",
    "PowerCut",
    "HostSilent",
    "At",
    "Between",
    "Wait",
];

/// Fields and words whose value is a chance.
pub(crate) const CHANCE_FIELDS: &[&str] = &[
    "chance",
    "good",
    "bad",
    "Independent",
    "secured_at_least",
    "jitter",
    "keeps",
    "worsens",
    "consents",
    "recovers",
    "duty",
    "breaks",
    "write_fails",
    "resolves",
];

/// Fields whose value is a level against another level.
pub(crate) const DECIBEL_FIELDS: &[&str] = &["loss_at_1m", "sigma", "co_channel"];

/// Fields whose value is a power.
pub(crate) const POWER_FIELDS: &[&str] = &["power", "le_1m", "le_2m", "coded_s2", "coded_s8"];

/// Fields whose value is a length.
pub(crate) const LENGTH_FIELDS: &[&str] = &["place", "path"];

/// A time with its unit.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "the variants are the units, as people write them")]
pub(crate) enum Time {
    us(f64),
    ms(f64),
    s(f64),
    min(f64),
}

/// A chance in percent.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "the variant is the unit, as people write it")]
pub(crate) enum Percent {
    percent(f64),
}

/// A level against another level.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "the variant is the unit, as people write it")]
pub(crate) enum Decibels {
    dB(f64),
}

/// A power, as a level against a milliwatt.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "the variant is the unit, as people write it")]
pub(crate) enum Power {
    dBm(f64),
}

/// A length, which may lie on either side of the origin.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "the variant is the unit, as people write it")]
pub(crate) enum Length {
    m(f64),
}

/// A level in hundredths, with the name of its unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Level {
    pub(crate) hundredths: i32,
    pub(crate) unit: &'static str,
}

impl Decibels {
    /// In hundredths of a decibel, to the nearest.
    pub(crate) fn hundredths(self) -> Level {
        let Self::dB(value) = self;
        Level { hundredths: nearest(value * 100.0), unit: "dB" }
    }
}

impl Power {
    /// In hundredths of dBm, to the nearest.
    pub(crate) fn hundredths(self) -> Level {
        let Self::dBm(value) = self;
        Level { hundredths: nearest(value * 100.0), unit: "dBm" }
    }
}

impl Length {
    /// In millimetres, to the nearest.
    pub(crate) fn millimetres(self) -> i32 {
        let Self::m(value) = self;
        nearest(value * 1e3)
    }
}

/// The nearest integer; the greatest or the least where there is none, and the least for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "the cast keeps within the bounds of the type")]
pub(crate) fn nearest(value: f64) -> i32 {
    if value.is_nan() { i32::MIN } else { value.round() as i32 }
}

/// Hundredths as a decimal number: `-7.5`.
pub(crate) fn decimal(hundredths: i32) -> String {
    let (whole, rest) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    let sign = if hundredths < 0 { "-" } else { "" };
    let fraction = format!("{rest:02}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Why a quantity cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unfit {
    /// Below zero or no number at all.
    Negative,
    /// Finer than a nanosecond.
    TooFine,
    /// Longer than a day, or more than 100 %.
    TooMuch,
}

impl Unfit {
    /// What is wrong, for a time.
    pub(crate) fn of_time(self) -> &'static str {
        match self {
            Self::Negative => "a time is a number from zero up",
            Self::TooFine => "a time is a whole number of nanoseconds",
            Self::TooMuch => "a time is at most a day",
        }
    }
}

/// Nanoseconds of a day: no time in a file is longer.
const DAY: f64 = 86_400e9;

impl Time {
    /// The span, exact to the nanosecond.
    pub(crate) fn span(self) -> Result<Span, Unfit> {
        let nanos = match self {
            Self::us(value) => value * 1e3,
            Self::ms(value) => value * 1e6,
            Self::s(value) => value * 1e9,
            Self::min(value) => value * 60e9,
        };
        if nanos.is_nan() || nanos < 0.0 {
            return Err(Unfit::Negative);
        }
        if nanos > DAY {
            return Err(Unfit::TooMuch);
        }
        let whole = nanos.round();
        // The nearest double of a decimal number is off by less than one in 2^52.
        if (nanos - whole).abs() > 1e-3 {
            return Err(Unfit::TooFine);
        }
        Ok(Span::from_nanos(truncate(whole)))
    }
}

impl Percent {
    /// The number before `%`.
    pub(crate) fn value(self) -> f64 {
        let Self::percent(value) = self;
        value
    }

    /// The chance, exact to one in a thousand million.
    pub(crate) fn chance(self) -> Result<Chance, Unfit> {
        let parts = (self.value() * 1e7).round();
        if parts.is_nan() || self.value() < 0.0 {
            Err(Unfit::Negative)
        } else if self.value() > 100.0 {
            Err(Unfit::TooMuch)
        } else {
            Ok(Chance::ratio(truncate(parts), 1_000_000_000))
        }
    }
}

/// A number that is whole and not negative, as an integer.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and in range by the caller"
)]
pub(crate) fn truncate(whole: f64) -> u64 {
    debug_assert!(whole >= 0.0, "a quantity is not negative");
    whole as u64
}

/// A span as it is written in a file: `ms(7.5)`.
pub(crate) fn written(span: Span) -> String {
    let nanos = span.as_nanos();
    let (unit, name) = match nanos {
        0..1_000_000 => (1_000, "us"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    let rest = format!("{:09}", u128::from(nanos % unit) * 1_000_000_000 / u128::from(unit));
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() {
        format!("{name}({})", nanos / unit)
    } else {
        format!("{name}({}.{rest})", nanos / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decimal fractions that no double holds exactly still give the exact nanosecond.
    #[test]
    fn times_are_exact() {
        let check = |time: Time, expected: Result<u64, Unfit>| {
            assert_eq!(time.span().map(Span::as_nanos), expected, "{time:?}");
        };
        check(Time::ms(7.5), Ok(7_500_000));
        check(Time::us(0.1), Ok(100));
        check(Time::ms(11.25), Ok(11_250_000));
        check(Time::s(0.000_000_001), Ok(1));
        check(Time::s(4.1), Ok(4_100_000_000));
        check(Time::min(1.5), Ok(90_000_000_000));
        check(Time::s(-0.0), Ok(0));
        check(Time::us(0.000_1), Err(Unfit::TooFine));
        check(Time::s(-1.0), Err(Unfit::Negative));
        check(Time::s(f64::NAN), Err(Unfit::Negative));
        check(Time::s(f64::INFINITY), Err(Unfit::TooMuch));
        check(Time::min(1e300), Err(Unfit::TooMuch));
    }

    /// Percents become parts of a thousand million, and the ends are exact.
    #[test]
    fn chances_are_exact() {
        let check = |value: f64, expected: Result<Chance, Unfit>| {
            assert_eq!(Percent::percent(value).chance(), expected, "{value}");
        };
        check(0.0, Ok(Chance::NEVER));
        check(100.0, Ok(Chance::ALWAYS));
        check(0.2, Ok(Chance::ratio(2, 1000)));
        check(33.3, Ok(Chance::ratio(333, 1000)));
        check(100.1, Err(Unfit::TooMuch));
        check(-0.1, Err(Unfit::Negative));
        check(f64::NAN, Err(Unfit::Negative));
    }

    /// Levels are whole hundredths and lengths whole millimetres; what is no number is out of every range.
    #[test]
    fn levels_and_lengths_are_whole() {
        let check = |value: f64, expected: i32, written: &str| {
            assert_eq!(Power::dBm(value).hundredths().hundredths, expected);
            assert_eq!(Decibels::dB(value).hundredths().hundredths, expected);
            assert_eq!(decimal(expected), written);
        };
        check(40.2, 4_020, "40.2");
        check(-70.0, -7_000, "-70");
        check(-0.05, -5, "-0.05");
        check(1e300, i32::MAX, "21474836.47");
        assert_eq!(Length::m(-1.5).millimetres(), -1_500);
        assert_eq!((Length::m(f64::NAN).millimetres(), Length::m(1e12).millimetres()), (i32::MIN, i32::MAX));
    }

    /// What is suggested can be copied into a file.
    #[test]
    fn spans_are_written_as_they_are_read() {
        let check = |nanos: u64, expected: &str| assert_eq!(written(Span::from_nanos(nanos)), expected);
        check(7_500_000, "ms(7.5)");
        check(31_250_000, "ms(31.25)");
        check(4_000_000_000, "s(4)");
        check(4_000_010_000, "s(4.00001)");
        check(625_000, "us(625)");
    }
}
