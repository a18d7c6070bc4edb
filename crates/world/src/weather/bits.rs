//! From signal strength to bit errors to the fate of a packet.
//!
//! The curve is that of orthogonal binary FSK received without a phase reference, `BER = exp(-SNR / 2) / 2`,
//! put where Vol 6 Part A 4.1 puts a receiver: one bit in a thousand wrong at its reference sensitivity. LE
//! Coded has the same curve at its own sensitivity, which holds the gain of its code.
//!
//! Invariant: the stronger a signal, the better every packet fares.

use super::fixed::exp2_q63;
use crate::air::Reception;

/// `log2(500)` with 32 fractional bits: at the reference sensitivity `exp(-SNR / 2) / 2` is 1/1000.
const LOG2_500_Q32: u64 = 38_507_750_286;
/// `log2(10) / 1000` with 48 fractional bits: the binary exponent of a hundredth of a decibel.
const EXPONENT_Q48: i64 = 935_039_633_143;
/// Bits of the access address, all of which must be right (Vol 6 Part B 2.1.2).
const ACCESS_ADDRESS: u32 = 32;

/// The chance that a bit is wrong, in units of 2^-64, for a signal so many hundredths of a decibel above the
/// reference sensitivity.
#[expect(clippy::cast_possible_truncation, reason = "words are split on purpose")]
#[expect(clippy::cast_sign_loss, reason = "the sign is looked at")]
pub(super) fn bit_error(above: i32) -> u64 {
    // From 9 dB on it is below 2^-64, and at -60 dB as good as one half.
    if above >= 900 {
        return 0;
    }
    let power = (i64::from(above.max(-6_000)) * EXPONENT_Q48) >> 16;
    // 10^(above / 1000), with 32 fractional bits.
    let mantissa = exp2_q63(power as u32);
    let scale = (power >> 32) + 32 - 63;
    let ratio = if scale >= 0 { mantissa << scale } else { mantissa >> -scale };
    // log2 of twice the chance, negated; with 32 fractional bits.
    let bits = ((u128::from(ratio) * u128::from(LOG2_500_Q32)) >> 32) as u64;
    // 2^-bits / 2 = 2^(1 - fraction) / 2^(whole + 2), in units of 2^-64.
    let (whole, fraction) = (bits >> 32, bits as u32);
    if whole >= 63 {
        return 0;
    }
    if fraction == 0 { (1_u64 << 63) >> whole } else { exp2_q63(fraction.wrapping_neg()) >> (whole + 1) }
}

/// The chance that `count` bits are all right, in units of 2^-64, the greatest for certainty.
fn all_right(bit_error: u64, count: u32) -> u64 {
    let (mut power, mut base) = (u64::MAX, bit_error.wrapping_neg());
    if bit_error == 0 {
        return power;
    }
    let times = |one: u64, other: u64| ((u128::from(one) * u128::from(other)) >> 64) as u64;
    let mut count = count;
    while count > 0 {
        if count & 1 == 1 {
            power = times(power, base);
        }
        base = times(base, base);
        count >>= 1;
    }
    power
}

/// What becomes of a packet whose access address meets one chance of bit errors and whose PDU and CRC, with a
/// payload of `len` octets, meet another: found if its access address is right, whole if the rest is as well.
pub(super) fn fate(access_address: u64, rest: u64, len: usize, draw: impl FnOnce() -> u64) -> Reception {
    if access_address == 0 && rest == 0 {
        return Reception::Whole;
    }
    let found = all_right(access_address, ACCESS_ADDRESS);
    // Header and CRC are five octets, Vol 6 Part B 2.1.
    let octets = u32::try_from(len + 5).expect("a payload has at most 255 octets");
    let whole = (u128::from(found) * u128::from(all_right(rest, 8 * octets))) >> 64;
    let draw = draw();
    if u128::from(draw) < whole {
        Reception::Whole
    } else if draw < found {
        Reception::CrcError
    } else {
        Reception::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The curve at the sensitivity, above and below it, against floating point; and it never rises.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "an oracle in floating point, for the test only")]
    fn the_curve_is_as_published() {
        let mut last = u64::MAX;
        for above in -6_000..1_000 {
            let found = bit_error(above);
            assert!(found <= last, "at {above} the chance rises");
            last = found;
            let share = found as f64 / 18_446_744_073_709_551_616.0;
            let snr_half = 500_f64.ln() * 10_f64.powf(f64::from(above) / 1_000.0);
            let expected = (-snr_half).exp() / 2.0;
            let slack = expected * 1e-6 + 1e-18;
            assert!((share - expected).abs() < slack, "at {above}: {share} against {expected}");
        }
        assert_eq!((bit_error(900), bit_error(i32::MAX)), (0, 0));
        assert!(bit_error(i32::MIN) > u64::MAX / 2 - (1 << 46));
    }

    /// At the reference sensitivity 30.8 % of the packets with 37 octets are lost, as Vol 6 Part A 4.1 has
    /// it: one bit in a thousand over 368 bits.
    #[test]
    fn the_sensitivity_is_where_the_specification_puts_it() {
        let error = bit_error(0);
        let (steps, mut counts) = (10_000_u64, [0_u32; 3]);
        for step in 0..steps {
            let draw = u64::MAX / steps * step;
            match fate(error, error, 37, || draw) {
                Reception::Whole => counts[0] += 1,
                Reception::CrcError => counts[1] += 1,
                Reception::Lost => counts[2] += 1,
                Reception::Corrupted => panic!("bit errors are seen by the CRC"),
            }
        }
        // 0.999^368 = 0.6920, 0.999^32 = 0.9685.
        assert_eq!(counts, [6_920, 2_765, 315]);
    }
}
