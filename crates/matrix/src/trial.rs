//! A cause against every verdict, over the seeds.
//!
//! Invariant: all verdicts meet the same sessions up to the error, and only sessions in which the central's
//! first failure is the error of the row are judged. Must never know: what is recommended.

use crate::cause::{CAUSES, Cause};
use crate::row::{Matrix, Row};
use crate::verdict::Verdict;
use blesim_scenario::Problems;
use blesim_study::{Seeds, SweepError, Table, sweep};
use blesim_world::Record;
use core::fmt;
use std::sync::atomic::AtomicBool;

/// Why there is no matrix.
#[derive(Debug)]
pub enum MatrixError {
    /// A scenario is not as it should be.
    Scenario(Problems),
    /// The sessions of a cause did not end.
    Sweep(&'static Cause, SweepError),
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(problems) => problems.fmt(f),
            Self::Sweep(cause, error) => write!(f, "{}: {error}", cause.path()),
        }
    }
}

impl std::error::Error for MatrixError {}

/// A cause that has run.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cause.
    pub cause: &'static Cause,
    /// Its scenario's sentence.
    pub about: String,
    /// Whether somebody attacks.
    pub hostile: bool,
    /// The records; a column for each of [`Verdict::ALL`].
    pub table: Table,
    /// The rows of the table, one a seed, in which the error was shown.
    shown: Vec<usize>,
}

impl Trial {
    /// Runs all verdicts on the seeds.
    ///
    /// # Errors
    /// [`MatrixError`].
    ///
    /// # Panics
    /// If the scenario does not compare the verdicts.
    pub fn run(
        cause: &'static Cause,
        seeds: Seeds,
        jobs: usize,
        progress: &(dyn Fn(u64) + Sync),
        stop: &AtomicBool,
    ) -> Result<Self, MatrixError> {
        let scenario = cause.scenario().map_err(MatrixError::Scenario)?;
        let plan = &scenario.plan;
        let compared = plan.policies.iter().map(|policy| &policy.name[..]);
        assert!(compared.eq(Verdict::ALL.map(Verdict::policy)), "{} compares the verdicts", cause.name);
        let table =
            sweep(plan, seeds, jobs, progress, stop).map_err(|error| MatrixError::Sweep(cause, error))?;
        let error = cause.failure();
        let first = table.of_policy(0).enumerate();
        let shown = first.filter(|(_, record)| record.first_failure() == error && error.is_some());
        let shown = shown.map(|(at, _)| at).collect();
        let hostile = plan.devices.iter().any(|device| device.attack.is_some());
        Ok(Self { cause, about: scenario.about, hostile, table, shown })
    }

    /// How many sessions showed the error.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.shown.len()
    }

    /// The records of a verdict in the sessions that showed the error, in the order of seeds.
    pub fn records(&self, verdict: Verdict) -> impl Iterator<Item = &Record> {
        let rows = self.table.rows();
        self.shown.iter().map(move |&at| &rows[at * Verdict::ALL.len() + verdict as usize])
    }

    /// The command that shows a session.
    #[must_use]
    pub fn replay(&self, verdict: Verdict, seed: u64) -> String {
        format!("blesim trace {} --policy {} --seed {seed}", self.cause.path(), verdict.policy())
    }
}

/// How many sessions the matrix runs for so many seeds.
#[must_use]
pub fn sessions(seeds: Seeds) -> u64 {
    (CAUSES.len() * Verdict::ALL.len()) as u64 * seeds.count()
}

/// Runs every cause, and judges.
///
/// `progress` is told how many sessions were just finished, from any thread. It ends early once `stop` is
/// set.
///
/// # Errors
/// [`MatrixError`]; no part of a matrix is given out.
pub fn matrix(
    seeds: Seeds,
    jobs: usize,
    progress: &(dyn Fn(u64) + Sync),
    stop: &AtomicBool,
) -> Result<Matrix, MatrixError> {
    let mut rows = Vec::new();
    for causes in CAUSES.chunk_by(|one, next| (one.procedure, one.error) == (next.procedure, next.error)) {
        let run = |cause| Trial::run(cause, seeds, jobs, progress, stop);
        let trials = causes.iter().map(run).collect::<Result<Vec<_>, _>>()?;
        rows.push(Row::of(&trials));
    }
    Ok(Matrix { seeds, rows })
}
