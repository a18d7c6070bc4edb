//! Numbers as people read them.
//!
//! Invariant: a word never claims more than the number does: a share is not 100 % before it is, and an
//! interval is not narrower than it was.

use blesim_kernel::Chance;
use blesim_study::stats::{Difference, Estimate, Interval};

/// A share as a percentage with one decimal: 100.0 % and 0.0 % only if they are exact.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let shown = if share < 1.0 { percent.min(99.9) } else { percent };
    let shown = if share > 0.0 { shown.max(0.1) } else { shown };
    format!("{shown:.1}%")
}

/// A chance as a percentage with as many digits as it takes: `95%`, `0.2%`.
#[must_use]
pub fn chance(chance: Chance) -> String {
    let billionths = chance.parts_per_billion();
    let fraction = format!("{:07}", billionths % 10_000_000);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}%", billionths / 10_000_000)
}

/// An interval of shares as percentages with one decimal, rounded outwards.
pub(crate) fn interval(interval: Interval) -> String {
    let [low, high] = outwards(interval);
    format!("[{low:.1}, {high:.1}]")
}

/// The ends of an interval of shares in percent with one decimal, the lower rounded down, the upper up.
fn outwards(interval: Interval) -> [f64; 2] {
    // The last digits of a double are no reason to show another tenth.
    let (low, high) = (interval.low * 1_000.0 + 1e-9, interval.high * 1_000.0 - 1e-9);
    // Adding zero turns a negative zero into a positive one.
    [low.floor() / 10.0 + 0.0, high.ceil() / 10.0 + 0.0]
}

/// A difference of shares in words: `8.7 points more [7.9, 9.5]`.
pub(crate) fn difference(difference: Difference) -> String {
    let Difference { estimate, interval: Interval { low, high } } = difference;
    let fewer = estimate < 0.0;
    let (low, high) = if fewer { (-high, -low) } else { (low, high) };
    let [low, high] = outwards(Interval { low, high });
    let points = estimate.abs() * 100.0;
    let word = if fewer { "fewer" } else { "more" };
    if estimate == 0.0 {
        format!("as many [{low:.1}, {high:.1}]")
    } else {
        format!("{points:.1} points {word} [{low:.1}, {high:.1}]")
    }
}

/// A p value: three decimals, or the bound it lies below.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 {
        "p < 0.0001".to_owned()
    } else if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}

/// A mean time in microseconds, in seconds, with its interval rounded outwards: `3.92 s` and `[3.80, 4.05]`.
pub(crate) fn mean_seconds(mean: Estimate) -> [String; 2] {
    let Estimate { at, interval } = mean;
    let decimals = decimals(interval.high);
    [format!("{:.decimals$} s", at / 1e6), seconds_between(interval, decimals)]
}

/// A difference of mean times in microseconds, in words: `3.92 s sooner [3.80, 4.05]`.
pub(crate) fn sooner(slower: Estimate) -> String {
    let Estimate { at, interval: Interval { low, high } } = slower;
    let decimals = decimals(low.abs().max(high.abs()));
    let (word, low, high) = if at > 0.0 { ("later", low, high) } else { ("sooner", -high, -low) };
    let between = seconds_between(Interval { low, high }, decimals);
    if at == 0.0 {
        format!("as soon {between}")
    } else {
        format!("{:.decimals$} s {word} {between}", at.abs() / 1e6)
    }
}

/// How many decimals of a second a time in microseconds is shown with.
fn decimals(us: f64) -> usize {
    match us {
        ..1e5 => 3,
        1e5..1e7 => 2,
        1e7..1e8 => 1,
        _ => 0,
    }
}

/// An interval of times in microseconds as seconds, rounded outwards.
fn seconds_between(interval: Interval, decimals: usize) -> String {
    let grain = 10f64.powi(i32::try_from(decimals).unwrap_or(0));
    let (low, high) = (interval.low / 1e6 * grain + 1e-9, interval.high / 1e6 * grain - 1e-9);
    format!("[{:.decimals$}, {:.decimals$}]", low.floor() / grain + 0.0, high.ceil() / grain + 0.0)
}

/// A time in microseconds, in seconds with about three digits; `never` if there is none.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn seconds(us: Option<u64>) -> String {
    let Some(us) = us else { return "never".to_owned() };
    let seconds = us as f64 / 1e6;
    let decimals = match us {
        0..100_000 => 3,
        100_000..10_000_000 => 2,
        10_000_000..100_000_000 => 1,
        _ => 0,
    };
    format!("{seconds:.decimals$} s")
}

/// `1 seed` and `2 seeds`, with the thousands apart.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// A number with its thousands apart: `10,000`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut spaced = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spaced.push(',');
        }
        spaced.push(digit);
    }
    spaced
}

/// A name on one line, without characters that would move the cursor.
pub(crate) fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Certainty is shown only where it is there.
    #[test]
    fn shares_never_claim_certainty() {
        let check = |share, expected: &str| assert_eq!(percent(share), expected, "{share}");
        check(0.0, "0.0%");
        check(0.000_01, "0.1%");
        check(0.6314, "63.1%");
        check(0.999_99, "99.9%");
        check(1.0, "100.0%");
    }

    /// Intervals grow by rounding, never shrink, and exact ends stay.
    #[test]
    fn intervals_round_outwards() {
        let check = |low, high, expected: &str| {
            assert_eq!(interval(Interval { low, high }), expected, "{low} {high}");
        };
        check(0.0, 1.0, "[0.0, 100.0]");
        check(0.6219, 0.6401, "[62.1, 64.1]");
        check(0.5, 0.7, "[50.0, 70.0]");
    }

    /// A difference tells its direction in words, and its interval counts in that direction.
    #[test]
    fn differences_have_a_direction() {
        let check = |estimate, low, high, expected: &str| {
            let given = Difference { estimate, interval: Interval { low, high } };
            assert_eq!(difference(given), expected);
        };
        check(0.087, 0.0791, 0.0949, "8.7 points more [7.9, 9.5]");
        check(-0.049, -0.053, -0.045, "4.9 points fewer [4.5, 5.3]");
        check(0.0, -0.01, 0.02, "as many [-1.0, 2.0]");
    }

    /// Mean times and their differences round outwards and tell their direction.
    #[test]
    fn mean_times_have_a_direction() {
        let estimate = |at: f64, low: f64, high: f64| Estimate {
            at: at * 1e6,
            interval: Interval { low: low * 1e6, high: high * 1e6 },
        };
        assert_eq!(mean_seconds(estimate(3.921, 3.801, 4.049)), ["3.92 s", "[3.80, 4.05]"]);
        assert_eq!(mean_seconds(estimate(42.0, 41.23, 43.21)), ["42.0 s", "[41.2, 43.3]"]);
        assert_eq!(sooner(estimate(-3.921, -4.049, -3.801)), "3.92 s sooner [3.80, 4.05]");
        assert_eq!(sooner(estimate(0.021, -0.011, 0.049)), "0.021 s later [-0.011, 0.049]");
        assert_eq!(sooner(estimate(0.0, 0.0, 0.0)), "as soon [0.000, 0.000]");
    }

    /// Times keep three digits at every size, and never is a word.
    #[test]
    fn times_keep_three_digits() {
        let check = |us, expected: &str| assert_eq!(seconds(us), expected);
        check(None, "never");
        check(Some(0), "0.000 s");
        check(Some(85_400), "0.085 s");
        check(Some(420_000), "0.42 s");
        check(Some(41_230_000), "41.2 s");
        check(Some(120_000_000), "120 s");
    }

    /// Counts, p values and names are fit for one line.
    #[test]
    fn small_words() {
        assert_eq!(count(1, "seed"), "1 seed");
        assert_eq!(count(1_234_567, "session"), "1,234,567 sessions");
        assert_eq!(p_value(1.0), "p = 1.000");
        assert_eq!(p_value(0.000_5), "p < 0.001");
        assert_eq!(p_value(0.0), "p < 0.0001");
        assert_eq!(plain("a\n\u{1b}[1mb"), "a\u{fffd}\u{fffd}[1mb");
    }
}
