//! Exponential variates in integers, bit-identical on every machine.
//!
//! `-ln(u)` of a floating-point library differs from machine to machine in the last bit, and one bit is
//! enough to send a session down another path. Here the binary logarithm is found digit by digit by
//! squaring, which is exact integer arithmetic.

#![expect(clippy::cast_possible_truncation, reason = "words are split and folded on purpose")]

/// `ln 2` in 32.32 fixed point.
const LN_2_Q32: u64 = 2_977_044_472;

/// `-ln((draw + 1) / 2^64)` in 32.32 fixed point: for a uniform draw an exponential variate of mean one.
///
/// The error is below 2^-30; the largest value is 44.4.
#[must_use]
pub const fn exponential_q32(draw: u64) -> u64 {
    if draw == u64::MAX {
        return 0;
    }
    let argument = draw + 1;
    let exponent = 63 - argument.leading_zeros() as u64;
    // The mantissa in [1, 2) with 63 fractional bits; each squaring shifts out one digit of its logarithm.
    let mut mantissa = argument << argument.leading_zeros();
    let mut fraction: u64 = 0;
    let mut digit = 0;
    while digit < 32 {
        let square = mantissa as u128 * mantissa as u128;
        fraction <<= 1;
        if square >> 127 == 1 {
            fraction |= 1;
            mantissa = (square >> 64) as u64;
        } else {
            mantissa = (square >> 63) as u64;
        }
        digit += 1;
    }
    let log2_q32 = exponent << 32 | fraction;
    let negative = (64 << 32) - log2_q32;
    ((negative as u128 * LN_2_Q32 as u128) >> 32) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{StreamName, Streams};

    /// Against the logarithm of the standard library, which is right to far more digits than asked here.
    #[test]
    fn agrees_with_the_natural_logarithm() {
        let mut stream = Streams::new(1).stream(StreamName::new(9, 9));
        let extremes = [0, 1, 2, 3, 1 << 63, (1 << 63) - 1, u64::MAX - 1, u64::MAX];
        for draw in extremes.into_iter().chain((0..10_000).map(|_| stream.next_u64())) {
            #[expect(clippy::cast_precision_loss, reason = "an oracle in floating point, for the test only")]
            let (expected, found) = (
                -((draw as f64 + 1.0) / 18_446_744_073_709_551_616.0).ln(),
                exponential_q32(draw) as f64 / 4_294_967_296.0,
            );
            assert!((expected - found).abs() < 2e-8, "draw {draw}: {expected} against {found}");
        }
    }

    /// The mean of many variates is one.
    #[test]
    fn mean_is_one() {
        let mut stream = Streams::new(2).stream(StreamName::new(9, 9));
        let sum: u64 = (0..100_000).map(|_| exponential_q32(stream.next_u64()) / 100_000).sum();
        assert!(sum.abs_diff(1 << 32) < 43_000_000 * 2, "mean {sum} in 2^-32");
    }
}
