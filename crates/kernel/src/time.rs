//! Virtual time: an [`Instant`] on the simulated clock and a [`Span`] between two of them.
//!
//! Invariant: whole nanoseconds in 64 bits (584 years), no floating point, overflow is a bug and panics.

use core::fmt;
use core::ops::{Add, AddAssign, Div, Mul, Sub};

/// A point on the virtual clock: nanoseconds since the session began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Instant(u64);

/// A length of virtual time in nanoseconds, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Span(u64);

const OVERFLOW: &str = "virtual time stays far below 584 years";

impl Instant {
    /// The beginning of a session.
    pub const ZERO: Self = Self(0);
    /// The last instant that can be named.
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the beginning.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the beginning.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds since the beginning, rounded down.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    /// The time from `earlier` to `self`.
    ///
    /// # Panics
    /// If `earlier` is later than `self`: the caller's order of events is broken.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.checked_sub(earlier.0).expect("`earlier` does not lie after `self`"))
    }

    /// `self` moved back by `span`, or the beginning if that lies before it.
    #[must_use]
    pub const fn saturating_sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of whole nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of whole microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }

    /// A span of whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Whole microseconds, rounded down.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0 / 1_000
    }

    /// True for [`Span::ZERO`].
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self` times a 32.32 fixed-point factor, rounded down.
    ///
    /// # Panics
    /// If the product passes 584 years.
    #[must_use]
    pub fn scale_q32(self, factor: u64) -> Self {
        let product = (u128::from(self.0) * u128::from(factor)) >> 32;
        Self(u64::try_from(product).expect(OVERFLOW))
    }
}

impl Add<Span> for Instant {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.checked_add(span.0).expect(OVERFLOW))
    }
}

impl AddAssign<Span> for Instant {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect(OVERFLOW))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.checked_sub(other.0).expect("a span is never negative"))
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, factor: u64) -> Self {
        Self(self.0.checked_mul(factor).expect(OVERFLOW))
    }
}

impl Div<u64> for Span {
    type Output = Self;
    fn div(self, divisor: u64) -> Self {
        Self(self.0 / divisor)
    }
}

impl fmt::Display for Instant {
    /// Seconds with the microseconds in two groups, as `12.345 678`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.as_micros();
        write!(f, "{}.{:03} {:03}", micros / 1_000_000, micros / 1_000 % 1_000, micros % 1_000)
    }
}

impl fmt::Display for Span {
    /// The largest unit that keeps the number at one or more: `150 us`, `7.5 ms`, `2 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = match self.0 {
            0..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "us"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => (1_000_000_000, "s"),
        };
        let (whole, rest) = (self.0 / unit, self.0 % unit * 1_000 / unit);
        let fraction = format!("{rest:03}");
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { write!(f, "{whole} {name}") } else { write!(f, "{whole}.{fraction} {name}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A person reads spans and instants in traces: the unit and the digits must be the expected ones.
    #[test]
    fn spans_and_instants_print_for_people() {
        let check = |span: Span, expected: &str| assert_eq!(span.to_string(), expected);
        check(Span::ZERO, "0 ns");
        check(Span::from_micros(150), "150 us");
        check(Span::from_micros(7_500), "7.5 ms");
        check(Span::from_secs(2), "2 s");
        check(Span::from_millis(2_050), "2.05 s");
        assert_eq!(Instant::from_nanos(12_345_678_999).to_string(), "12.345 678");
    }

    /// Going backwards in time is a bug of the caller, never a silent wrap.
    #[test]
    #[should_panic(expected = "does not lie after")]
    fn a_negative_span_is_a_bug() {
        let _ = Instant::ZERO.since(Instant::from_nanos(1));
    }

    /// Fixed-point scaling is exact where the factor is a whole number.
    #[test]
    fn scaling_by_whole_factors_is_multiplication() {
        assert_eq!(Span::from_millis(40).scale_q32(3 << 32), Span::from_millis(120));
        assert_eq!(Span::from_millis(40).scale_q32(1 << 31), Span::from_millis(20));
    }
}
