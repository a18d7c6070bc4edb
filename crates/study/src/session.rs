//! One session, guarded: a panic in it becomes a bug that can be replayed.
//!
//! Invariant: nothing of a worker is used again after a bug. It must never know which sessions come before
//! and after.

use crate::Seeds;
use blesim_crypto::KeyBank;
use blesim_world::{Plan, Record, Sim, Trace};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Runs sessions one after the other, and shows the simulation as each has left it.
///
/// # Errors
/// [`SessionBug`], of the first session that has one.
pub fn sessions<T: Trace>(
    plan: &Plan,
    seeds: Seeds,
    policy: usize,
    trace: &mut T,
    mut after: impl FnMut(&Sim),
) -> Result<(), SessionBug> {
    let (mut sim, mut keys) = (Sim::new(plan), KeyBank::new());
    for seed in seeds.first()..=seeds.last() {
        guarded(seed, policy, || {
            sim.run(plan, policy, seed, &mut keys, trace).map_err(|bug| bug.to_string())
        })?;
        after(&sim);
    }
    Ok(())
}

/// Runs one session; a panic in it becomes a bug with its seed and policy. Nothing of the worker is used
/// again after a bug.
pub(crate) fn guarded(
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
