//! The logarithmic time axis: its range, its ticks, and how a time is written.
//!
//! Invariant: every time of the data lies strictly inside the range, so no mark touches the frame and the
//! arrow of "never" ends beyond every number.
//! Must never know: pixels.

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
#[expect(clippy::cast_precision_loss, reason = "a pixel needs four digits")]
fn micros(time: u64) -> f64 {
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
