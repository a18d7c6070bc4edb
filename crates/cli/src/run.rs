//! `blesim run`: the main job, and one part of it.
//!
//! Invariant: what is on standard output depends on scenario, seeds and policies alone; what a run that ended
//! early has finished is in the folder, and going on gives the same octets as never having ended.

use crate::args::{Precision, RunArgs};
use crate::failure::Failure;
use crate::finish::{Finished, Show, finish, jobs};
use crate::precision::{Goal, Reached};
use crate::progress::Progress;
use crate::unfinished::Unfinished;
use crate::{commands, memory, select, setup, shard};
use blesim_report::Folder;
use blesim_report::part::Header;
use blesim_scenario::Scenario;
use blesim_study::{Seeds, Shard, Sweep, SweepError, Watch};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The seeds of a run that does not say how many.
const USUAL_SEEDS: u64 = 1_000;
/// The most seeds of one that may end early and does not say how many.
const MOST_SEEDS: u64 = 1_000_000;

/// What is kept in the folder of a run until its results are there.
const UNFINISHED: &str = "unfinished.blesim";

/// A run, made ready.
struct Job<'a> {
    args: &'a RunArgs,
    scenario: Scenario,
    header: Header,
    /// The seeds that this process runs.
    seeds: Seeds,
    stop: Arc<AtomicBool>,
}

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    // From here on an interruption ends the run in an orderly way, and a folder that was made for nothing is
    // removed.
    let stop = stopped_by_interrupt();
    let shard = args.shard.map(shard::resolve).transpose()?;
    let scenario = select::scenario(&args.scenario, &args.policies)?;
    let usual = if args.precision.is_some() { MOST_SEEDS } else { USUAL_SEEDS };
    let all = args.seeds.or_else(|| Seeds::new(0, usual)).expect("a usual number of seeds is not nothing");
    let precision =
        args.precision.as_ref().map(|Precision { text, .. }| (text.clone(), args.precision_for.clone()));
    let header = setup::header(&scenario, &args.scenario, &args.policies, all, shard, precision);
    let seeds = match shard {
        None => all,
        Some(shard) => slice(shard, all)?,
    };
    let job = Job { args, scenario, header, seeds, stop };
    match (shard, &args.output) {
        (Some(shard), Some(folder)) => job.part(shard, folder),
        _ => job.whole(),
    }
}

fn slice(shard: Shard, seeds: Seeds) -> Result<Seeds, Failure> {
    let what = || format!("--shard {shard}: {} seeds are too few for so many parts", seeds.count());
    shard.slice(seeds).ok_or_else(|| Failure::Usage(what()))
}

impl Job<'_> {
    /// Runs all seeds, or as many as the precision asks for, and shows the result.
    fn whole(self) -> Result<(), Failure> {
        let Job { args, .. } = self;
        let goal = match &args.precision {
            None => Goal::seeds(self.seeds.count()),
            Some(precision) => {
                let policies = &self.header.study.policies;
                Goal::precision(precision, args.precision_for.as_deref(), policies, self.seeds.count())?
            }
        };
        let path = args.output.as_deref();
        let folder = path.map(|path| prepared(path).map(|folder| (folder, path))).transpose()?;
        self.warn();
        let mut sweep = self.sweep();
        let kept = path.map(|path| self.unfinished(&path.join(UNFINISHED), &mut sweep)).transpose()?;
        let reached = self.swept(&mut sweep, kept.as_ref(), &goal)?;
        let finished = Finished {
            header: &self.header,
            seeds: self.seeds,
            table: sweep.table(reached.seeds),
            looks: goal.looks(),
            ended: reached.words,
        };
        let show = Show { format: args.format, folder, quiet: args.quiet, jobs: jobs(args.jobs) };
        let shown = finish(&finished, show);
        match (&shown, kept) {
            (Ok(()) | Err(Failure::NotMet), Some(kept)) => kept.remove().and(shown),
            _ => shown,
        }
    }

    /// Runs one part and writes it into the folder.
    fn part(self, shard: Shard, path: &Path) -> Result<(), Failure> {
        let args = self.args;
        let file = path.join(shard::file_name(shard));
        if shard::is_there(&file, &self.header, self.seeds)? {
            self.note(&format!("{} is there already", file.display()));
            return Ok(());
        }
        let folder = prepared(path)?;
        self.warn();
        let mut sweep = self.sweep();
        let kept = self.unfinished(&file.with_extension("unfinished"), &mut sweep)?;
        self.swept(&mut sweep, Some(&kept), &Goal::seeds(self.seeds.count()))?;
        shard::write(&file, path, &self.header, sweep.rows(self.seeds.count()))?;
        folder.keep();
        kept.remove()?;
        let merge = commands::merge(&commands::program(), path);
        let rest =
            if args.quiet { String::new() } else { format!("; when all {} are there: {merge}", shard.of()) };
        self.note(&format!("wrote {}{rest}", file.display()));
        Ok(())
    }

    fn sweep(&self) -> Sweep {
        Sweep::new(self.seeds, self.header.study.policies.clone())
    }

    fn unfinished(&self, path: &Path, sweep: &mut Sweep) -> Result<Unfinished, Failure> {
        memory::holds(self.seeds, self.header.study.policies.len())?;
        Unfinished::open(path, &self.header, self.args.resume, &self.resume(), sweep)
    }

    /// The command that goes on with this run.
    fn resume(&self) -> String {
        let seeds = setup::seeds(&self.header).unwrap_or(self.seeds);
        let mut options = String::new();
        if self.header.shards > 1 || self.args.shard.is_some() {
            options = format!(" --shard {}/{}", self.header.shard, self.header.shards);
        }
        if let Some(folder) = &self.args.output {
            let _ = write!(options, " -o {}", commands::file(folder));
        }
        commands::run(
            &commands::program(),
            &setup::asked(&self.header, seeds),
            &format!("{options} --resume"),
        )
    }

    fn note(&self, words: &str) {
        if !self.args.quiet {
            anstream::eprintln!("{words}");
        }
    }

    fn warn(&self) {
        if self.scenario.sweep.is_some() {
            let sweep = format!("{} sweep {}", commands::program(), self.args.scenario.display());
            self.note(&format!("the scenario has a sweep, which this does not run: `{sweep}` does"));
        }
        let number = self.scenario.warnings.len();
        if number > 0 {
            let warnings = if number == 1 { "1 warning" } else { &format!("{number} warnings") };
            let check = format!("{} check {}", commands::program(), self.args.scenario.display());
            self.note(&format!("{warnings} about the scenario: see `{check}`"));
        }
    }

    /// Runs the sessions, as far as the goal asks.
    fn swept(&self, sweep: &mut Sweep, kept: Option<&Unfinished>, goal: &Goal) -> Result<Reached, Failure> {
        let policies = self.header.study.policies.len();
        let keep = |records: &[_]| kept.map_or(Ok(()), |kept| kept.keep(records));
        let mut ran = sweep.sessions();
        for (number, &seeds) in goal.seeds_at().iter().enumerate() {
            let needed = Seeds::new(self.seeds.first(), seeds).expect("a goal asks for a seed");
            memory::holds(needed, policies)?;
            let progress = Progress::new(seeds.saturating_mul(policies as u64), ran, self.args.quiet);
            let done = |sessions| progress.done(sessions);
            let watch = Watch { progress: &done, keep: &keep, stop: &self.stop };
            let result = sweep.run(&self.scenario.plan, seeds, jobs(self.args.jobs), &watch);
            progress.finish();
            result.map_err(|error| self.failed(error, kept.is_some()))?;
            ran = sweep.sessions();
            if let Some(reached) = goal.reached(number, sweep.rows(seeds), policies) {
                return Ok(reached);
            }
        }
        unreachable!("the last look ends every run")
    }

    fn failed(&self, error: SweepError, kept: bool) -> Failure {
        match error {
            SweepError::Stopped => Failure::Interrupted { resume: kept.then(|| self.resume()) },
            SweepError::Resources(what) => Failure::Usage(what),
            SweepError::NotKept(what) => {
                let go_on = self.resume();
                Failure::Usage(format!(
                    "{what}\nwhat was finished before is kept; when there is room, go on with\n  {go_on}"
                ))
            }
            SweepError::Bug(bug) => {
                let policy = &self.scenario.plan.policies[bug.policy].name;
                let replay = commands::trace(&commands::program(), &self.args.scenario, policy, bug.seed);
                Failure::bug(format!("seed {}, policy {policy}: {}", bug.seed, bug.what), Some(replay))
            }
        }
    }
}

fn prepared(path: &Path) -> Result<Folder, Failure> {
    Folder::prepare(path).map_err(|error| Failure::unwritable(path, &error))
}

/// A flag that Ctrl-C sets; a second Ctrl-C does not wait for anybody.
pub(crate) fn stopped_by_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a handler Ctrl-C ends the program at once, which is right too.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    stop
}
