//! The sweep: every policy on every seed, over threads, in as many steps as it takes.
//!
//! Invariant: a record depends on its seed and its policy alone. All policies of a seed run one after the
//! other on one worker, so that they share the key pairs; a record goes where its seed and policy belong,
//! whoever is done first and in whichever step. It must never know what the records mean.

use crate::session::{SessionBug, guarded};
use crate::table::{Seeds, Table};
use blesim_crypto::KeyBank;
use blesim_world::{Acts, Effort, Exposure, NoTrace, Outcome, Plan, Record, Scripted, Sim};
use core::fmt;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Seeds that a worker takes at a time: enough to make the taking cheap, few enough to share the work evenly.
/// What is kept of an unfinished sweep is kept by the chunk.
pub const CHUNK: usize = 64;

/// Why a sweep gave no table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SweepError {
    /// It was told to stop.
    Stopped,
    /// A session showed a bug of the simulator.
    Bug(SessionBug),
    /// The threads could not be started, or there is no memory for the table; with the system's words.
    Resources(String),
    /// A chunk could not be kept; with the words of whoever keeps them.
    NotKept(String),
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped before the last session"),
            Self::Bug(SessionBug { seed, policy, what }) => write!(f, "seed {seed} policy {policy}: {what}"),
            Self::Resources(what) | Self::NotKept(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for SweepError {}

/// Who looks on while a sweep goes on, and who may end it.
pub struct Watch<'a> {
    /// Is told how many sessions were just finished, from any thread.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Keeps the records of a chunk that was just finished, from any thread; its error ends the sweep.
    pub keep: &'a (dyn Fn(&[Record]) -> Result<(), String> + Sync),
    /// Ends the sweep early once it is set.
    pub stop: &'a AtomicBool,
}

/// A sweep, as far as it has come.
#[derive(Debug)]
pub struct Sweep {
    seeds: Seeds,
    policies: Vec<String>,
    /// Room for the seeds of all chunks so far; a chunk that has not run yet is blank.
    rows: Vec<Record>,
    /// Whether each chunk has run.
    done: Vec<bool>,
}

impl Sweep {
    /// A sweep over `seeds` of which nothing has run.
    ///
    /// # Panics
    /// If there is no policy.
    #[must_use]
    pub fn new(seeds: Seeds, policies: Vec<String>) -> Self {
        assert!(!policies.is_empty(), "a sweep has a policy");
        Self { seeds, policies, rows: Vec::new(), done: Vec::new() }
    }

    /// The seeds.
    #[must_use]
    pub fn seeds(&self) -> Seeds {
        self.seeds
    }

    /// Puts back the records of a chunk that ran in an earlier process. False, with nothing changed, if they
    /// are no chunk of this sweep.
    ///
    /// # Errors
    /// [`SweepError::Resources`].
    pub fn restore(&mut self, records: &[Record]) -> Result<bool, SweepError> {
        let policies = self.policies.len();
        let place = records.first().and_then(|first| first.seed.checked_sub(self.seeds.first()));
        let Some(place) = place.filter(|&place| place < self.seeds.count()) else { return Ok(false) };
        let seeds = (CHUNK as u64).min(self.seeds.count() - place);
        let owners = self.seeds.first() + place..=self.seeds.first() + place + (seeds - 1);
        let as_expected = place % CHUNK as u64 == 0
            && records.len() as u64 == seeds * policies as u64
            && records.chunks(policies).zip(owners).all(|(all, seed)| all.iter().all(|one| one.seed == seed));
        if !as_expected {
            return Ok(false);
        }
        self.reserve(place + seeds)?;
        let Ok(place) = usize::try_from(place) else { return Ok(false) };
        let (chunk, from) = (place / CHUNK, place * policies);
        self.rows[from..from + records.len()].copy_from_slice(records);
        self.done[chunk] = true;
        Ok(true)
    }

    /// How many sessions have run.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        let chunks = self.rows.chunks(CHUNK * self.policies.len()).zip(&self.done);
        chunks.filter(|(_, done)| **done).map(|(rows, _)| rows.len() as u64).sum()
    }

    /// Runs what has not run yet of the first `count` seeds, over `jobs` threads, in whole chunks.
    ///
    /// # Errors
    /// [`SweepError`]; the chunks that were done stay done.
    pub fn run(&mut self, plan: &Plan, count: u64, jobs: usize, watch: &Watch<'_>) -> Result<(), SweepError> {
        let worker = || (Sim::new(plan), KeyBank::new());
        self.fill(count, jobs, watch, &worker, &|(sim, keys), seed, records| {
            all_policies(plan, sim, keys, seed, records)
        })
    }

    /// The rows of the first `count` seeds.
    ///
    /// # Panics
    /// If they have not run.
    #[must_use]
    pub fn rows(&self, count: u64) -> &[Record] {
        let count = usize::try_from(count).expect("seeds that have run fit into memory");
        assert!(self.done.len() >= count.div_ceil(CHUNK), "seeds that have run");
        assert!(self.done[..count.div_ceil(CHUNK)].iter().all(|&done| done), "seeds that have run");
        &self.rows[..count * self.policies.len()]
    }

    /// The table of the first `count` seeds.
    ///
    /// # Panics
    /// If they have not run, or there are none.
    #[must_use]
    pub fn table(mut self, count: u64) -> Table {
        let rows = self.rows(count).len();
        self.rows.truncate(rows);
        let seeds = Seeds::new(self.seeds.first(), count).expect("a table has a seed");
        Table::new(seeds, self.policies, self.rows)
    }

    /// Room for the chunks of the first `count` seeds, or a word about the memory that is missing.
    fn reserve(&mut self, count: u64) -> Result<(), SweepError> {
        let chunks = count.div_ceil(CHUNK as u64);
        let seeds = chunks.saturating_mul(CHUNK as u64).min(self.seeds.count());
        let number = u128::from(seeds) * self.policies.len() as u128;
        let room = usize::try_from(number).ok().and_then(|number| {
            self.rows.try_reserve_exact(number.saturating_sub(self.rows.len())).ok()?;
            Some((number, usize::try_from(chunks).ok()?))
        });
        let Some((number, chunks)) = room else {
            let what = format!("no memory for {number} records of {} octets", size_of::<Record>());
            return Err(SweepError::Resources(what));
        };
        if number > self.rows.len() {
            self.rows.resize(number, BLANK);
        }
        if chunks > self.done.len() {
            self.done.resize(chunks, false);
        }
        Ok(())
    }

    /// Fills the blank chunks of the first `count` seeds, the records of each seed by `run` with a `worker` of the
    /// thread it runs on.
    fn fill<W>(
        &mut self,
        count: u64,
        jobs: usize,
        watch: &Watch<'_>,
        worker: &(impl Fn() -> W + Sync),
        run: &(impl Fn(&mut W, u64, &mut [Record]) -> Result<(), SessionBug> + Sync),
    ) -> Result<(), SweepError> {
        self.reserve(count.min(self.seeds.count()))?;
        let pool = ThreadPoolBuilder::new().num_threads(jobs.max(1)).build();
        let pool = pool.map_err(|error| SweepError::Resources(format!("no worker threads: {error}")))?;
        let (policies, seeds) = (self.policies.len(), self.seeds);
        let chunks = self.rows.chunks_mut(policies * CHUNK).zip(&mut self.done).enumerate();
        let wanted = usize::try_from(count.div_ceil(CHUNK as u64)).unwrap_or(usize::MAX);
        let blank: Vec<_> = chunks.take(wanted).filter(|(_, (_, done))| !**done).collect();
        pool.install(|| {
            blank.into_par_iter().try_for_each_init(worker, |worker, (number, (chunk, done))| {
                let first = seeds.first() + (number * CHUNK) as u64;
                for (records, seed) in chunk.chunks_mut(policies).zip(first..=seeds.last()) {
                    if watch.stop.load(Ordering::Relaxed) {
                        return Err(SweepError::Stopped);
                    }
                    run(worker, seed, records).map_err(SweepError::Bug)?;
                    (watch.progress)(policies as u64);
                }
                (watch.keep)(chunk).map_err(SweepError::NotKept)?;
                *done = true;
                Ok(())
            })
        })
    }
}

/// Runs every policy on one seed. Where a session has not come to what sets two policies apart, it is the
/// session of both.
fn all_policies(
    plan: &Plan,
    sim: &mut Sim,
    keys: &mut KeyBank,
    seed: u64,
    records: &mut [Record],
) -> Result<(), SessionBug> {
    // A session that has run has events.
    let blank = |record: &Record| record.events == 0;
    records.fill(BLANK);
    for policy in 0..records.len() {
        if !blank(&records[policy]) {
            continue;
        }
        let run = || sim.run(plan, policy, seed, keys, &mut NoTrace).map_err(|bug| bug.to_string());
        let record = guarded(seed, policy, run)?;
        for (other, place) in records.iter_mut().enumerate().skip(policy) {
            if other == policy || blank(place) && sim.alike(plan, policy, other) {
                *place = record;
            }
        }
    }
    Ok(())
}

/// Lets `work` use `jobs` threads and no more.
pub fn over<T: Send>(jobs: usize, work: impl FnOnce() -> T + Send) -> T {
    match ThreadPoolBuilder::new().num_threads(jobs.max(1)).build() {
        Ok(pool) => pool.install(work),
        // Without threads of its own it is done all the same.
        Err(_) => work(),
    }
}

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
    let mut sweep = Sweep::new(seeds, plan.policies.iter().map(|policy| policy.name.clone()).collect());
    sweep.run(plan, seeds.count(), jobs, &Watch { progress, keep: &|_| Ok(()), stop })?;
    Ok(sweep.table(seeds.count()))
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
    last_step: 0,
    acts: Acts::NONE,
    effort: Effort { prompts: 0, consents: 0, needed_ms: 0 },
    scripted: Scripted { begun: 0, secured: 0 },
    exposure: Exposure::NONE,
};

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
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU64;

    fn names() -> Vec<String> {
        ["a", "b", "c"].map(str::to_owned).to_vec()
    }

    #[expect(clippy::unnecessary_wraps, reason = "as what fills a sweep")]
    fn made_up_seed((): &mut (), seed: u64, records: &mut [Record]) -> Result<(), SessionBug> {
        for (policy, record) in records.iter_mut().enumerate() {
            *record = made_up(seed, policy);
        }
        Ok(())
    }

    fn made_up_rows(seeds: Seeds, jobs: usize, bad: Option<u64>) -> (Result<Vec<Record>, SweepError>, u64) {
        let done = AtomicU64::new(0);
        let progress = |sessions| _ = done.fetch_add(sessions, Ordering::Relaxed);
        let watch = Watch { progress: &progress, keep: &|_| Ok(()), stop: &AtomicBool::new(false) };
        let run = |(): &mut (), seed, records: &mut [Record]| {
            for (policy, record) in records.iter_mut().enumerate() {
                *record = guarded(seed, policy, || {
                    assert!(bad != Some(seed) || policy != 1, "a broken belief");
                    Ok(made_up(seed, policy))
                })?;
            }
            Ok(())
        };
        let mut sweep = Sweep::new(seeds, names());
        let rows = sweep.fill(seeds.count(), jobs, &watch, &|| (), &run);
        (rows.map(|()| sweep.rows(seeds.count()).to_vec()), done.load(Ordering::Relaxed))
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
        let watch = Watch { progress: &|_| {}, keep: &|_| Ok(()), stop: &AtomicBool::new(true) };
        let fill = |count| {
            Sweep::new(Seeds::new(0, count).unwrap(), names()).fill(count, 1, &watch, &|| (), &made_up_seed)
        };
        assert_eq!(fill(10), Err(SweepError::Stopped));
        let endless = fill(u64::MAX);
        assert!(matches!(endless, Err(SweepError::Resources(_))), "{endless:?}");
    }

    /// What was kept of a sweep that ended anywhere, put back in any order, is run no more, and the rest
    /// makes the same rows; so do steps of any length.
    #[test]
    fn a_sweep_goes_on_where_it_ended() {
        let seeds = Seeds::new(40, 1_000).unwrap();
        let expected = made_up_rows(seeds, 2, None).0.unwrap();
        for enough in [0, 1, 5, 15, 16] {
            let kept = Mutex::new(Vec::new());
            let keep = |records: &[Record]| {
                let mut kept = kept.lock().unwrap();
                if kept.len() == enough {
                    return Err("full".to_owned());
                }
                kept.push(records.to_vec());
                Ok(())
            };
            let stop = AtomicBool::new(false);
            let mut first = Sweep::new(seeds, names());
            let ended = first.fill(
                1_000,
                2,
                &Watch { progress: &|_| {}, keep: &keep, stop: &stop },
                &|| (),
                &made_up_seed,
            );
            assert_eq!(ended.is_ok(), enough == 16, "{ended:?}");
            let mut kept = kept.into_inner().unwrap();
            kept.reverse();
            let mut again = Sweep::new(seeds, names());
            let restored = kept.iter().all(|records| again.restore(records).unwrap());
            assert!(restored && again.sessions() == kept.concat().len() as u64, "{enough} chunks");
            let ran = AtomicU64::new(0);
            let progress = |sessions| _ = ran.fetch_add(sessions, Ordering::Relaxed);
            let watch = Watch { progress: &progress, keep: &|_| Ok(()), stop: &stop };
            for count in [10, 700, 1_000] {
                again.fill(count, 3, &watch, &|| (), &made_up_seed).unwrap();
                assert_eq!(again.rows(count), &expected[..usize::try_from(count).unwrap() * 3]);
            }
            assert_eq!(ran.load(Ordering::Relaxed), 3_000 - kept.concat().len() as u64);
            assert_eq!(again.table(1_000).rows(), expected);
        }
    }

    /// What is no chunk of this sweep is not put back.
    #[test]
    fn foreign_chunks_are_refused() {
        let chunk = |first: u64, seeds: u64, policies: usize| -> Vec<Record> {
            (first..first + seeds)
                .flat_map(|seed| (0..policies).map(move |policy| made_up(seed, policy)))
                .collect()
        };
        let mut sweep = Sweep::new(Seeds::new(40, 100).unwrap(), names());
        let mut mixed = chunk(40, 64, 3);
        mixed[7].seed += 1;
        let foreign = [
            chunk(0, 64, 3),
            chunk(41, 64, 3),
            chunk(40, 63, 3),
            chunk(40, 64, 2),
            chunk(140, 1, 3),
            Vec::new(),
            mixed,
        ];
        for records in &foreign {
            assert_eq!(sweep.restore(records), Ok(false), "{} records", records.len());
        }
        assert_eq!(sweep.sessions(), 0);
        assert_eq!(sweep.restore(&chunk(104, 36, 3)), Ok(true));
        assert_eq!(sweep.sessions(), 108);
    }
}
