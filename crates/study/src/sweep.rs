//! The sweep: every policy on every seed, over threads.
//!
//! Invariant: a record depends on its seed and its policy alone. All policies of a seed run one after the
//! other on one worker, so that they share the key pairs; a record goes where its seed and policy belong,
//! whoever is done first. It must never know what the records mean.

use crate::table::{Seeds, Table};
use blesim_crypto::KeyBank;
use blesim_world::{NoTrace, Outcome, Plan, Record, Sim, Trace};
use core::fmt;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// Seeds that a worker takes at a time: enough to make the taking cheap, few enough to share the work evenly.
const CHUNK: usize = 64;

/// A bug of the simulator, with what replays it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionBug {
    /// The session's seed.
    pub seed: u64,
    /// The policy's index in the plan.
    pub policy: usize,
    /// What went wrong.
    pub what: String,
}

/// Why a sweep gave no table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SweepError {
    /// It was told to stop.
    Stopped,
    /// A session showed a bug of the simulator.
    Bug(SessionBug),
    /// The threads could not be started, or there is no memory for the table; with the system's words.
    Resources(String),
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped before the last session"),
            Self::Bug(SessionBug { seed, policy, what }) => write!(f, "seed {seed} policy {policy}: {what}"),
            Self::Resources(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SweepError {}

/// Runs all policies of `plan` on all `seeds` over `jobs` threads.
///
/// `progress` is told how many sessions were just finished, from any thread. The sweep ends early once `stop`
/// is set.
///
/// # Errors
/// [`SweepError`]; a partial table is never given out.
pub fn sweep(
    plan: &Plan,
    seeds: Seeds,
    jobs: usize,
    progress: &(dyn Fn(u64) + Sync),
    stop: &AtomicBool,
) -> Result<Table, SweepError> {
    let worker = || (Sim::new(plan), KeyBank::new());
    let run = |(sim, keys): &mut (Sim, KeyBank), seed, policy| {
        sim.run(plan, policy, seed, keys, &mut NoTrace).map_err(|bug| bug.to_string())
    };
    let policies: Vec<String> = plan.policies.iter().map(|policy| policy.name.clone()).collect();
    let rows = fill(policies.len(), seeds, jobs, &Watch { progress, stop }, &worker, &run)?;
    Ok(Table::new(seeds, policies, rows))
}

/// Runs one session as a sweep does, with somebody looking on.
///
/// # Errors
/// [`SessionBug`], also for a panic inside the session.
pub fn session<T: Trace>(plan: &Plan, seed: u64, policy: usize, trace: &mut T) -> Result<Record, SessionBug> {
    guarded(seed, policy, || {
        let record = Sim::new(plan).run(plan, policy, seed, &mut KeyBank::new(), trace);
        record.map_err(|bug| bug.to_string())
    })
}

/// Who looks on while the sweep goes on, and who may end it.
struct Watch<'a> {
    progress: &'a (dyn Fn(u64) + Sync),
    stop: &'a AtomicBool,
}

/// The rows of a table, each from `run` with a `worker` of the thread it runs on.
fn fill<W>(
    policies: usize,
    seeds: Seeds,
    jobs: usize,
    watch: &Watch<'_>,
    worker: &(impl Fn() -> W + Sync),
    run: &(impl Fn(&mut W, u64, usize) -> Result<Record, String> + Sync),
) -> Result<Vec<Record>, SweepError> {
    let mut rows = blank_rows(policies, seeds)?;
    let pool = ThreadPoolBuilder::new().num_threads(jobs.max(1)).build();
    let pool = pool.map_err(|error| SweepError::Resources(format!("no worker threads: {error}")))?;
    let sessions = policies as u64;
    pool.install(|| {
        let chunks = rows.par_chunks_mut(policies * CHUNK).enumerate();
        chunks.try_for_each_init(worker, |worker, (number, chunk)| {
            let first = seeds.first() + (number * CHUNK) as u64;
            for (records, seed) in chunk.chunks_mut(policies).zip(first..=seeds.last()) {
                if watch.stop.load(Ordering::Relaxed) {
                    return Err(SweepError::Stopped);
                }
                for (policy, record) in records.iter_mut().enumerate() {
                    *record = guarded(seed, policy, || run(worker, seed, policy)).map_err(SweepError::Bug)?;
                }
                (watch.progress)(sessions);
            }
            Ok(())
        })
    })?;
    Ok(rows)
}

/// Room for the rows, or a word about the memory that is missing.
fn blank_rows(policies: usize, seeds: Seeds) -> Result<Vec<Record>, SweepError> {
    let number = u128::from(seeds.count()) * policies as u128;
    let mut rows = Vec::new();
    let room = usize::try_from(number).ok().and_then(|number| {
        rows.try_reserve_exact(number).ok()?;
        Some(number)
    });
    let Some(number) = room else {
        let what = format!("no memory for {number} records of {} octets", size_of::<Record>());
        return Err(SweepError::Resources(what));
    };
    rows.resize(number, BLANK);
    Ok(rows)
}

/// A place that no session has filled yet.
const BLANK: Record = Record {
    seed: 0,
    digest: 0,
    time_us: 0,
    first_failure: u32::MAX,
    last_failure: u32::MAX,
    frames: 0,
    events: 0,
    struck: 0,
    failures: 0,
    connections: 0,
    bonds_deleted: 0,
    charge_uc: [0; 2],
    outcome: Outcome::TimeLimit,
};

/// Runs one session; a panic in it becomes a bug with its seed and policy. Nothing of the worker is used
/// again after a bug.
fn guarded(
    seed: u64,
    policy: usize,
    run: impl FnOnce() -> Result<Record, String>,
) -> Result<Record, SessionBug> {
    let bug = |what| SessionBug { seed, policy, what };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(bug),
        Err(payload) => Err(bug(panic_words(&*payload).to_owned())),
    }
}

/// The words of a panic.
#[must_use]
pub fn panic_words(payload: &(dyn Any + Send)) -> &str {
    let words = payload.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}

/// A record that tells its seed and policy apart in every field.
#[cfg(test)]
pub(crate) fn made_up(seed: u64, policy: usize) -> Record {
    let mark = u32::try_from(seed * 10 + policy as u64).expect("tests use small seeds");
    let outcome = Outcome::ALL[mark as usize % 4];
    Record { seed, digest: u64::from(mark), time_us: 1_000 + seed, frames: mark, outcome, ..BLANK }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    fn made_up_rows(seeds: Seeds, jobs: usize, bad: Option<u64>) -> (Result<Vec<Record>, SweepError>, u64) {
        let done = AtomicU64::new(0);
        let progress = |sessions| _ = done.fetch_add(sessions, Ordering::Relaxed);
        let watch = Watch { progress: &progress, stop: &AtomicBool::new(false) };
        let run = |(): &mut (), seed, policy| {
            assert!(bad != Some(seed) || policy != 1, "a broken belief");
            Ok(made_up(seed, policy))
        };
        let rows = fill(3, seeds, jobs, &watch, &|| (), &run);
        (rows, done.load(Ordering::Relaxed))
    }

    /// Records stand by seed and policy for any number of threads and any first seed, and all are reported.
    #[test]
    fn rows_stand_by_seed_and_policy() {
        for (first, count) in [(0, 1), (0, 63), (7, 64), (100, 65), (5, 1_000)] {
            let seeds = Seeds::new(first, count).unwrap();
            let pairs = (first..first + count).flat_map(|seed| (0..3).map(move |policy| (seed, policy)));
            let expected: Vec<Record> = pairs.map(|(seed, policy)| made_up(seed, policy)).collect();
            for jobs in [1, 2, 5] {
                let (rows, done) = made_up_rows(seeds, jobs, None);
                assert_eq!(rows.unwrap(), expected, "{seeds} on {jobs}");
                assert_eq!(done, 3 * count);
            }
        }
    }

    /// A panic inside a session comes back with the seed, the policy and its words.
    #[test]
    fn a_panic_carries_what_replays_it() {
        let what = "a broken belief".to_owned();
        let expected = SweepError::Bug(SessionBug { seed: 41, policy: 1, what });
        assert_eq!(made_up_rows(Seeds::new(30, 40).unwrap(), 2, Some(41)).0, Err(expected));
    }

    /// A stop that is set ends the sweep without a table; a table beyond all memory is refused, not tried.
    #[test]
    fn a_sweep_can_be_stopped_and_refused() {
        let watch = Watch { progress: &|_| {}, stop: &AtomicBool::new(true) };
        let run = |(): &mut (), seed, policy| Ok(made_up(seed, policy));
        let stopped = fill(1, Seeds::new(0, 10).unwrap(), 1, &watch, &|| (), &run);
        assert_eq!(stopped, Err(SweepError::Stopped));
        let endless = fill(1, Seeds::new(0, u64::MAX).unwrap(), 1, &watch, &|| (), &run);
        assert!(matches!(endless, Err(SweepError::Resources(_))), "{endless:?}");
    }
}
