//! Shared by the benchmarks: a measurement in CPU time, and settings that keep a run short.
//!
//! Invariant: a benchmark counts only what its own thread computes. On a shared machine the wall clock also
//! counts the neighbours, and criterion then gives a narrow interval around a number that is wrong.
//! It must never know what is measured.

pub mod cases;
pub mod floor;
pub mod plan;

use std::time::{Duration, Instant};

use criterion::Criterion;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Time to warm up one benchmark.
const WARM_UP: Duration = Duration::from_millis(300);
/// Time to measure one benchmark.
const MEASURE: Duration = Duration::from_millis(900);
/// Samples of one benchmark.
const SAMPLES: usize = 30;
/// Bootstrap resamples behind an interval; criterion's own 100000 take longer than the measurement.
const RESAMPLES: usize = 10_000;

/// CPU time: of the measuring thread, or of the whole process where the work is done by other threads. Where the
/// system does not tell it, the wall clock stands in.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTime<const PROCESS: bool>;

/// CPU time of the measuring thread.
pub type ThreadCpuTime = CpuTime<false>;
/// CPU time of all threads.
pub type ProcessCpuTime = CpuTime<true>;

/// Criterion with this house's measurement and settings, and what the command line says.
#[must_use]
pub fn criterion<const PROCESS: bool>() -> Criterion<CpuTime<PROCESS>> {
    Criterion::default()
        .with_measurement(CpuTime::<PROCESS>)
        .warm_up_time(WARM_UP)
        .measurement_time(MEASURE)
        .sample_size(SAMPLES)
        .nresamples(RESAMPLES)
        .configure_from_args()
}

/// What `run` and `base` take, in seconds, and how many times as long `run` takes: medians of at least so many rounds,
/// and of a second, in which a neighbour that is loud for a moment does not matter. In each round both are timed in
/// turn, so that a machine whose speed drifts slows both.
pub fn ratio(rounds: usize, run: &mut dyn FnMut(), base: &mut dyn FnMut()) -> (f64, f64, f64) {
    const RUNS: u32 = 50;
    const SPAN: Duration = Duration::from_secs(1);
    let seconds = |run: &mut dyn FnMut()| {
        let start = ThreadCpuTime::default().start();
        (0..RUNS).for_each(|_| run());
        ThreadCpuTime::default().end(start).as_secs_f64() / f64::from(RUNS)
    };
    let (mut pairs, start): (Vec<(f64, f64)>, _) = (Vec::new(), Instant::now());
    while pairs.len() < rounds || start.elapsed() < SPAN {
        pairs.push((seconds(run), seconds(base)));
    }
    let median = |of: fn(&(f64, f64)) -> f64| median(pairs.iter().map(of).collect());
    (median(|pair| pair.0), median(|pair| pair.1), median(|pair| pair.0 / pair.1))
}

/// The one in the middle.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// How AES runs on this machine: results with and without the processor's instructions are worlds apart, so
/// a run says which it was.
#[must_use]
pub fn aes_backend() -> &'static str {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if std::arch::is_x86_feature_detected!("aes") {
        return "AES-NI";
    }
    #[cfg(target_arch = "aarch64")]
    if std::arch::is_aarch64_feature_detected!("aes") {
        return "ARMv8 AES";
    }
    "software"
}

/// The time this thread, or this process, has spent on processors.
#[cfg(unix)]
fn now(process: bool) -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let clock = if process { ClockId::ProcessCPUTime } else { ClockId::ThreadCPUTime };
    Duration::try_from(clock_gettime(clock)).expect("CPU time is never negative")
}

/// The time since the first call.
#[cfg(not(unix))]
fn now(_: bool) -> Duration {
    use std::sync::OnceLock;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

impl<const PROCESS: bool> Measurement for CpuTime<PROCESS> {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        now(PROCESS)
    }

    fn end(&self, start: Duration) -> Duration {
        now(PROCESS).checked_sub(start).expect("CPU time only grows")
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
