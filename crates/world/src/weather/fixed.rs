//! Logarithms, powers and normal variates in integers, bit-identical on every machine.
//!
//! Invariant: no floating point, and no loop whose length depends on rounding. It must never know what the
//! numbers mean.

#![expect(clippy::cast_possible_truncation, reason = "words are split on purpose")]

use blesim_kernel::chance::exponential_q32;

/// `ln 2` with 64 fractional bits.
const LN_2_Q64: u128 = 12_786_308_645_202_655_660;

/// `log2(value)` with `digits` fractional bits, rounded down; `digits` is at most 58.
///
/// Binary digits of a logarithm come out one by one as the mantissa is squared.
///
/// # Panics
/// If `value` is zero.
pub(super) const fn log2(value: u64, digits: u32) -> u64 {
    assert!(value > 0 && digits <= 58, "zero has no logarithm");
    // The mantissa in [1, 2) with 63 fractional bits.
    let mut mantissa = value << value.leading_zeros();
    let mut result = 63 - value.leading_zeros() as u64;
    let mut digit = 0;
    while digit < digits {
        let square = mantissa as u128 * mantissa as u128;
        result <<= 1;
        if square >> 127 == 1 {
            result |= 1;
            mantissa = (square >> 64) as u64;
        } else {
            mantissa = (square >> 63) as u64;
        }
        digit += 1;
    }
    result
}

/// `2^(2^-k)` for k from 1 to 32, with 63 fractional bits: each is the square root of the one before.
const ROOTS: [u64; 32] = {
    let mut roots = [0; 32];
    let mut root: u128 = 2 << 63;
    let mut k = 0;
    while k < 32 {
        root = (root << 63).isqrt();
        roots[k] = root as u64;
        k += 1;
    }
    roots
};

/// `2^fraction` with 63 fractional bits, for a fraction below 1 with 32 fractional bits.
pub(super) const fn exp2_q63(fraction: u32) -> u64 {
    let mut product = 1 << 63;
    let mut k = 0;
    while k < 32 {
        if fraction >> (31 - k) & 1 == 1 {
            product = ((product as u128 * ROOTS[k] as u128) >> 63) as u64;
        }
        k += 1;
    }
    product
}

/// `-ln(1 - chance)` with 60 fractional bits, for a chance in parts per billion; 1 is beyond every number.
pub(super) const fn hazard_q60(parts_per_billion: u64) -> u128 {
    const BILLION: u64 = 1_000_000_000;
    if parts_per_billion >= BILLION {
        return u128::MAX;
    }
    let digits = log2(BILLION, 58) - log2(BILLION - parts_per_billion, 58);
    (digits as u128 * LN_2_Q64) >> 62
}

/// A standard normal variate with 16 fractional bits, by the polar method: `uniforms(n)` is the n-th pair of
/// independent uniform numbers of this variate.
pub(super) fn normal_q16(uniforms: impl Fn(u64) -> [u64; 2]) -> i64 {
    // Each try fails with probability 0.21: the last is used for one variate in 10^42, as if it were nothing.
    for attempt in 0..64 {
        let [x, y] = uniforms(attempt);
        // Between -1 and 1 with 31 fractional bits.
        let [x, y] = [x, y].map(|word| i64::from((word >> 32) as u32) - (1 << 31));
        // Below 2 with 62 fractional bits.
        let square = x.unsigned_abs().pow(2) + y.unsigned_abs().pow(2);
        if square == 0 || square >= 1 << 62 {
            continue;
        }
        // x * sqrt(-2 ln(square) / square)
        let exponential = exponential_q32((square << 2) - 1);
        let (top, bottom) = ((u128::from(exponential << 1) << 32).isqrt(), u128::from(square).isqrt());
        // Fractional bits: 31 + 32 - 31, of which 16 remain.
        let variate = (u128::from(x.unsigned_abs()) * top / bottom) >> 16;
        return variate as i64 * x.signum();
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the floating point functions of the standard library, for the test only.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "an oracle in floating point")]
    fn agrees_with_floating_point() {
        for value in [1, 2, 3, 10, 999, 1_000_000, 123_456_789, u64::MAX] {
            let found = log2(value, 32) as f64 / 4_294_967_296.0;
            assert!((found - (value as f64).log2()).abs() < 1e-9, "log2 {value}: {found}");
        }
        for step in 0..1_000_u32 {
            let fraction = step * 4_294_967;
            let found = exp2_q63(fraction) as f64 / 9_223_372_036_854_775_808.0;
            let expected = (f64::from(fraction) / 4_294_967_296.0).exp2();
            assert!((found - expected).abs() < 1e-12, "2^{fraction}: {found}");
        }
        for parts in [1, 1_000, 5_000_000, 500_000_000, 999_999_999] {
            let found = hazard_q60(parts) as f64 / 1_152_921_504_606_846_976.0;
            let expected = -(-(parts as f64) / 1e9).ln_1p();
            assert!((found / expected - 1.0).abs() < 1e-7, "hazard of {parts}: {found} against {expected}");
        }
    }

    /// Mean 0, variance 1 and the tails of the normal distribution, within 99.9 % bands of 100,000 variates.
    #[test]
    fn normal_variates_are_normal() {
        let field =
            blesim_kernel::Field::new(&blesim_kernel::Streams::new(5), blesim_kernel::StreamName::new(99, 0));
        let (mut sum, mut squares, mut beyond) = (0_i64, 0_i64, [0_u32; 3]);
        for index in 0..100_000 {
            let variate = normal_q16(|attempt| field.at(index, attempt));
            (sum, squares) = (sum + variate, squares + ((variate * variate) >> 16));
            for (count, limit) in beyond.iter_mut().zip([1, 2, 3]) {
                *count += u32::from(variate > limit << 16);
            }
        }
        // 3.29 / sqrt(n), 3.29 sqrt(2 / n), and 3.29 sqrt(p (1 - p) n).
        assert!((sum / 100_000).abs() < 682, "mean {sum}");
        assert!((squares / 100_000 - (1 << 16)).abs() < 965, "variance {squares}");
        for (count, (expected, band)) in beyond.into_iter().zip([(15_866, 380), (2_275, 155), (135, 38)]) {
            assert!(count.abs_diff(expected) < band, "{count} beyond, expected {expected}");
        }
    }
}
