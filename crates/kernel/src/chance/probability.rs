//! A probability as an exact integer threshold.

/// A probability in units of 2^-64; 1 is represented exactly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Chance(u128);

impl Chance {
    /// Never.
    pub const NEVER: Self = Self(0);
    /// Always.
    pub const ALWAYS: Self = Self(1 << 64);

    /// `parts` out of `whole`, rounded to the nearest 2^-64.
    ///
    /// # Panics
    /// If `whole` is zero or `parts` exceeds it.
    #[must_use]
    pub const fn ratio(parts: u64, whole: u64) -> Self {
        assert!(whole > 0 && parts <= whole, "a probability lies between 0 and 1");
        Self((((parts as u128) << 64) + (whole as u128) / 2) / whole as u128)
    }

    /// True for a `draw` that is uniform over 64 bits with just this probability.
    #[inline]
    #[must_use]
    pub const fn hits(self, draw: u64) -> bool {
        (draw as u128) < self.0
    }

    /// True if it can't happen.
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == 0
    }

    /// The probability that it does not happen.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(Self::ALWAYS.0 - self.0)
    }

    /// In parts per billion, rounded, for people.
    #[must_use]
    pub const fn parts_per_billion(self) -> u64 {
        ((self.0 * 1_000_000_000 + (1 << 63)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends are exact: never is never and always is always, for the extreme draws too.
    #[test]
    fn ends_and_halves_are_exact() {
        let check = |chance: Chance, draw: u64, expected: bool| assert_eq!(chance.hits(draw), expected);
        check(Chance::NEVER, 0, false);
        check(Chance::ALWAYS, u64::MAX, true);
        check(Chance::ratio(1, 1), u64::MAX, true);
        check(Chance::ratio(1, 2), (1 << 63) - 1, true);
        check(Chance::ratio(1, 2), 1 << 63, false);
        assert_eq!(Chance::ratio(1, 4).complement(), Chance::ratio(3, 4));
        assert_eq!(Chance::ALWAYS.complement(), Chance::NEVER);
        assert_eq!(Chance::ratio(3, 1000).parts_per_billion(), 3_000_000);
    }
}
