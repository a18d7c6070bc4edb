//! Axes: the logarithmic one of times, and the linear one of everything else; their ranges, their ticks, and how a
//! number is written.
//!
//! Invariant: every number of the data lies strictly inside the range, so no mark touches the frame and the
//! arrow of "never" ends beyond every number.
//! Must never know: pixels.

/// A linear range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LinearScale {
    low: f64,
    high: f64,
}

impl LinearScale {
    /// The range that holds all `numbers`, which are finite, with some air; from 0 to 1 where they do not differ.
    pub(super) fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let (low, high) =
            numbers.fold((f64::MAX, f64::MIN), |(low, high), number| (low.min(number), high.max(number)));
        let wide = high - low;
        if wide.is_nan() || wide <= 0.0 {
            let only = if low < f64::MAX { low } else { 0.0 };
            return Self { low: only - 0.05, high: only + 1.05 };
        }
        Self { low: low - wide * 0.05, high: high + wide * 0.05 }
    }

    /// Where a number lies: 0 at the low end, 1 at the high one.
    pub(super) fn position(self, number: f64) -> f64 {
        (number - self.low) / (self.high - self.low)
    }

    /// Round numbers inside the range, about so many, as they are written.
    pub(super) fn ticks(self, about: u32) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / f64::from(about.max(1));
        let power = 10f64.powf(rough.log10().floor());
        let digit = match rough / power {
            ..1.5 => 1.0,
            1.5..3.5 => 2.0,
            3.5..7.5 => 5.0,
            _ => 10.0,
        };
        let step = digit * power;
        #[expect(clippy::cast_possible_truncation, reason = "a step of the axis has few decimals")]
        let decimals = usize::try_from(-(step.log10().floor() as i64)).unwrap_or(0);
        let first = (self.low / step).ceil();
        let numbers = (0..64).map(|number| (first + f64::from(number)) * step);
        // Adding zero turns a negative zero into a positive one.
        let numbers = numbers.take_while(|&number| number <= self.high).map(|number| number + 0.0);
        numbers.map(|number| (number, format!("{number:.decimals$}"))).collect()
    }
}

/// A logarithmic range of times, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimeScale {
    low: f64,
    high: f64,
}

/// The share of the axis that a label needs for itself.
const LABEL: f64 = 0.23;

impl TimeScale {
    /// The range that holds all `times` (microseconds) with some air, or `None` when there are none.
    pub(super) fn of(times: impl Iterator<Item = u64> + Clone) -> Option<Self> {
        let (least, most) = (micros(times.clone().min()?), micros(times.max()?));
        // At least a factor of nine wide, so that even a single value has two labels.
        let air = (most / least).powf(0.08).max(3.0 / (most / least).sqrt()).max(1.4);
        Some(Self { low: least / air, high: most * air })
    }

    /// Where a time lies: 0 at the left end, 1 at the right.
    pub(super) fn position(self, time: u64) -> f64 {
        (micros(time) / self.low).ln() / (self.high / self.low).ln()
    }

    /// Round times inside the range with the finest steps that leave the labels apart.
    pub(super) fn ticks(self) -> Vec<u64> {
        let every_decade = |digits: &'static [u64]| {
            let powers = (0..19).map(|power| 10u64.pow(power));
            let all = powers.flat_map(move |power| digits.iter().filter_map(move |d| d.checked_mul(power)));
            all.filter(|&time| micros(time) >= self.low && micros(time) <= self.high).collect::<Vec<u64>>()
        };
        let candidates: [&'static [u64]; 3] = [&[1, 2, 5], &[1, 3], &[1]];
        let apart = |ticks: &Vec<u64>| {
            ticks.windows(2).all(|pair| self.position(pair[1]) - self.position(pair[0]) >= LABEL)
        };
        candidates.into_iter().map(every_decade).find(apart).unwrap_or_else(|| {
            let decades = every_decade(&[1]);
            let step =
                (1..decades.len()).find(|&step| apart(&decades.iter().copied().step_by(step).collect()));
            decades.into_iter().step_by(step.unwrap_or(usize::MAX)).collect()
        })
    }
}

/// A time with its unit and about three digits: `850 µs`, `420 ms`, `3.14 s`, `1200 s`.
pub(super) fn written(time: u64) -> String {
    let time = micros(time);
    let (value, unit) = if time < 999.5 {
        (time, "µs")
    } else if time < 999_500.0 {
        (time / 1e3, "ms")
    } else if time < 9_999_500_000.0 {
        (time / 1e6, "s")
    } else {
        (time / 3.6e9, "h")
    };
    if value >= 9_999.5 {
        return format!(">9999 {unit}");
    }
    let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    let digits = format!("{value:.decimals$}");
    let digits = if decimals > 0 { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    format!("{digits} {unit}")
}

/// A time as a real number; zero has no logarithm and stands at one microsecond.
#[expect(clippy::cast_precision_loss, reason = "a pixel needs four digits, a column two")]
pub(crate) fn micros(time: u64) -> f64 {
    time.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times are written with the unit a reader would choose and no more digits than are meant.
    #[test]
    fn times_are_written_with_units() {
        for (time, expected) in [
            (0, "1 µs"),
            (850, "850 µs"),
            (1_000, "1 ms"),
            (1_500, "1.5 ms"),
            (420_000, "420 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (3_141_593, "3.14 s"),
            (10_000_000, "10 s"),
            (31_415_927, "31.4 s"),
            (1_200_000_000, "1200 s"),
            (10_000_000_000, "2.78 h"),
            (u64::MAX, ">9999 h"),
        ] {
            assert_eq!(written(time), expected, "{time}");
        }
    }

    /// Ticks are round, inside and at least two, whatever the numbers; a single one is no broken axis.
    #[test]
    fn any_numbers_give_a_readable_axis() {
        for numbers in
            [vec![], vec![0.0], vec![-3.5, 4.0], vec![0.0, 1e-9], vec![-1e12, 7.0], vec![99.999, 100.0]]
        {
            let scale = LinearScale::of(numbers.iter().copied());
            let ticks = scale.ticks(4);
            assert!((2..=12).contains(&ticks.len()), "{numbers:?}: {ticks:?}");
            let inside = |number: f64| (0.0..=1.0).contains(&scale.position(number));
            assert!(numbers.iter().all(|&number| inside(number)), "{numbers:?}");
            assert!(ticks.iter().all(|&(number, _)| inside(number)), "{numbers:?}: {ticks:?}");
        }
        let words: Vec<String> =
            LinearScale::of([-3.5, 4.0].into_iter()).ticks(4).into_iter().map(|tick| tick.1).collect();
        assert_eq!(words, ["-2", "0", "2", "4"]);
    }

    /// Whatever the data, positions lie inside, in order, and there are two labels or more that stay apart.
    #[test]
    fn any_data_gives_a_readable_axis() {
        for (least, most) in [
            (0, 0),
            (7, 7),
            (400_000, 400_000),
            (400_000, 500_000),
            (90_000, 30_000_000),
            (1, 1_000_000_000_000),
            (0, u64::MAX),
        ] {
            let scale = TimeScale::of([least, most].into_iter()).unwrap();
            let (left, right) = (scale.position(least), scale.position(most));
            assert!(left > 0.0 && left <= right && right < 1.0, "{least} {most}: {left} {right}");
            let ticks = scale.ticks();
            let places: Vec<f64> = ticks.iter().map(|&tick| scale.position(tick)).collect();
            assert!(places.len() >= 2, "{least} {most}: {ticks:?}");
            assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= LABEL), "{least} {most}: {ticks:?}");
            assert!(places.iter().all(|place| (0.0..=1.0).contains(place)), "{least} {most}: {ticks:?}");
        }
        assert_eq!(TimeScale::of(std::iter::empty()), None);
    }
}
