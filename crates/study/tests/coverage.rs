//! What an interval promises, checked by simulation: worlds whose truth is known are drawn again and again,
//! and the share of intervals that hold the truth lies in the band of a share of 95 % for so many draws.
//!
//! Invariant: everything is drawn from keyed streams, so that a test that passes passes always.

use blesim_kernel::{Stream, StreamName, Streams};
use blesim_study::stats::{
    Columns, Interval, LEVEL, Observed, PairedCounts, Quantile, SecureTimes, Survival, log_rank, wilson,
};

/// Worlds that are drawn for one share.
const WORLDS: u64 = 4_000;

/// A uniform number strictly between 0 and 1.
fn uniform(stream: &mut Stream) -> f64 {
    let draw = u32::try_from(stream.next_u64() >> 32).expect("thirty-two bits");
    (f64::from(draw) + 0.5) / 4_294_967_296.0
}

/// An exponential number of mean `mean`.
fn exponential(stream: &mut Stream, mean: f64) -> f64 {
    -uniform(stream).ln() * mean
}

/// The share of worlds whose interval holds `truth`.
fn covered(truth: f64, worlds: u64, world: impl Fn(&mut Stream) -> Interval) -> f64 {
    let held = (0..worlds).filter(|&seed| {
        let mut stream = Streams::new(seed).stream(StreamName::new(9, 2));
        world(&mut stream).contains(truth)
    });
    let held = u32::try_from(held.count()).expect("a few thousand");
    f64::from(held) / f64::from(u32::try_from(worlds).expect("a few thousand"))
}

/// Three standard deviations of a share of 95 % in so many worlds.
fn band(worlds: u64) -> f64 {
    3.0 * (LEVEL * (1.0 - LEVEL) / f64::from(u32::try_from(worlds).expect("a few thousand"))).sqrt()
}

/// Fails unless the share lies in the band of 95 %.
fn check(what: &str, share: f64, worlds: u64) {
    let band = band(worlds);
    assert!((share - LEVEL).abs() <= band, "{what}: {share}, expected {LEVEL} within {band}");
}

/// Fails if the share lies below the band of 95 %: for intervals that promise 95 % or more.
fn check_at_least(what: &str, share: f64, worlds: u64) {
    let band = band(worlds);
    assert!(share >= LEVEL - band, "{what}: {share}, expected {LEVEL} or more within {band}");
}

/// Success rates, from few failures to even chances.
#[test]
fn wilson_covers() {
    for (percent, of) in [(50, 400), (80, 300), (95, 1_000), (98, 2_000)] {
        let truth = f64::from(percent) / 100.0;
        let share = covered(truth, WORLDS, |stream| {
            let count = (0..of).filter(|_| uniform(stream) < truth).count() as u64;
            wilson(count, of, LEVEL)
        });
        check(&format!("{percent} % of {of}"), share, WORLDS);
    }
}

/// Differences of shares on the same seeds, with the correlation that a common world brings. Newcombe's
/// interval errs on the wide side where the outcomes go together.
#[test]
fn paired_difference_covers() {
    for cells in
        [[0.6, 0.2, 0.05, 0.15], [0.25, 0.25, 0.25, 0.25], [0.4, 0.3, 0.02, 0.28], [0.9, 0.03, 0.03, 0.04]]
    {
        let share = covered(cells[1] - cells[2], WORLDS, |stream| {
            let mut counts = PairedCounts::default();
            for _ in 0..500 {
                let at = uniform(stream);
                if at < cells[0] {
                    counts.both += 1;
                } else if at < cells[0] + cells[1] {
                    counts.only_a += 1;
                } else if at < cells[0] + cells[1] + cells[2] {
                    counts.only_b += 1;
                } else {
                    counts.neither += 1;
                }
            }
            counts.difference(LEVEL).interval
        });
        check(&format!("{cells:?}"), share, WORLDS);
    }
}

/// A time in whole units, exponential of mean 1000 in four sessions of five and never in the fifth, seen up
/// to `limit`.
fn session(stream: &mut Stream, limit: f64) -> Observed {
    let time = if uniform(stream) < 0.8 { exponential(stream, 1_000.0) } else { f64::INFINITY };
    whole(time, limit)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time is not negative, and is cut"
)]
fn whole(time: f64, limit: f64) -> Observed {
    Observed { time: time.min(limit).ceil() as u64, event: time <= limit }
}

fn end(end: Option<u64>) -> f64 {
    end.map_or(f64::INFINITY, |end| f64::from(u32::try_from(end).expect("times are small")))
}

/// Quantiles of all sessions, those that never secure included. They promise at least 95 %.
#[test]
fn quantiles_cover() {
    for (mille, expected) in [(500, 980.829), (300, 470.004), (760, 2_995.732)] {
        let quantile = Quantile::per_mille(mille).unwrap();
        let share = covered(expected, WORLDS, |stream| {
            let times: Vec<Option<u64>> = (0..300)
                .map(|_| session(stream, 1e6))
                .map(|session| session.event.then_some(session.time))
                .collect();
            let got = SecureTimes::new(&times).quantile(quantile, LEVEL);
            Interval { low: end(got.low), high: end(got.high) }
        });
        check_at_least(&format!("{mille} thousandths"), share, WORLDS);
        assert!(share < 0.98, "{mille} thousandths: {share} is much more than was asked for");
    }
}

/// The curve at three times and its restricted mean, with censoring at the limit alone, and at random before
/// it too.
#[test]
fn survival_covers() {
    const LIMIT: f64 = 3_000.0;
    // 0.2 x 3000 + 0.8 x 1000 x (1 - exp(-3)), and half a unit for the rounding up of a time.
    let mean = 600.0 + 800.0 * (1.0 - (-3.0f64).exp());
    let drawn = |stream: &mut Stream, censored: bool| -> Survival {
        let sessions: Vec<Observed> = (0..400)
            .map(|_| {
                let session = session(stream, LIMIT);
                let until = if censored { exponential(stream, 4_000.0) } else { f64::INFINITY };
                let until = whole(until, LIMIT).time;
                if session.time <= until { session } else { Observed { time: until, event: false } }
            })
            .collect();
        Survival::new(&sessions)
    };
    for censored in [false, true] {
        for time in [300, 1_000, 2_500] {
            let truth = 0.2 + 0.8 * (-f64::from(time) / 1_000.0).exp();
            let share = covered(truth, WORLDS, |stream| {
                drawn(stream, censored).at(u64::try_from(time).unwrap(), LEVEL).interval
            });
            check(&format!("at {time}, censored at random {censored}"), share, WORLDS);
        }
        let share = covered(mean + 0.4, WORLDS, |stream| {
            drawn(stream, censored).restricted_mean(3_000, LEVEL).interval
        });
        check(&format!("restricted mean, censored at random {censored}"), share, WORLDS);
    }
}

/// Means by the bootstrap: of a skewed measure, of a count, and of the difference of two that share their
/// world.
#[test]
fn bootstrap_covers() {
    const FEWER: u64 = 700;
    // Each world has its own resamples, as each table has.
    let interval = |values: &[f64], stream: &mut Stream| {
        let mut columns = Columns::new(values.len());
        columns.add(values);
        columns.means(stream.next_u64(), LEVEL)[0].interval
    };
    let skewed = |stream: &mut Stream| {
        let values: Vec<f64> = (0..200).map(|_| exponential(stream, 1.0)).collect();
        interval(&values, stream)
    };
    check("an exponential measure", covered(1.0, FEWER, skewed), FEWER);
    let count = |stream: &mut Stream| {
        let attempts = |stream: &mut Stream| (1..6).find(|_| uniform(stream) < 0.7).unwrap_or(6);
        let values: Vec<f64> = (0..200).map(|_| f64::from(attempts(stream))).collect();
        interval(&values, stream)
    };
    // The sum over n from 0 to 5 of 0.3^n.
    check("a count of attempts", covered(1.427_53, FEWER, count), FEWER);
    let difference = |stream: &mut Stream| {
        let values: Vec<f64> = (0..200)
            .map(|_| {
                let shared = exponential(stream, 5.0);
                let (a, b) = (shared + exponential(stream, 2.0), shared + exponential(stream, 1.0));
                a - b
            })
            .collect();
        interval(&values, stream)
    };
    check("a paired difference", covered(1.0, FEWER, difference), FEWER);
}

/// The log-rank test errs in one of twenty worlds without a difference when the samples are independent, and
/// less often when they share their world, as policies on the same seeds do.
#[test]
fn log_rank_keeps_its_level() {
    let errs = |shared: f64| {
        covered(0.0, WORLDS, |stream| {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            for _ in 0..120 {
                let common = exponential(stream, 1_000.0);
                for sample in [&mut a, &mut b] {
                    let own = exponential(stream, 1_000.0);
                    let time = if uniform(stream) < shared { common } else { own };
                    sample.push(whole(time, 2_500.0));
                }
            }
            let error = log_rank(&a, &b).p_value < 1.0 - LEVEL;
            // An error is an interval without the truth.
            let low = if error { 1.0 } else { 0.0 };
            Interval { low, high: 1.0 }
        })
    };
    check("independent samples", errs(0.0), WORLDS);
    let paired = errs(0.7);
    assert!(paired > 0.97, "samples that share their world: {paired}");
}
