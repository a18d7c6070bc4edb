//! `blesim run`: the main job.
//!
//! Invariant: what is on standard output depends on scenario, seeds and policies alone.

use crate::args::{Format, RunArgs};
use crate::failure::Failure;
use crate::output::{columns, to_stdout};
use crate::progress::Progress;
use crate::{commands, memory, select};
use blesim_kernel::Chance;
use blesim_report::{Commands, Folder, Gate, Look, Report, Wish, gate_lines, text, write_csv, write_json};
use blesim_scenario::{Expectation, Scenario};
use blesim_study::{Summary, SweepError, Table, sweep};
use blesim_world::Plan;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

pub(crate) fn run(args: &RunArgs) -> Result<(), Failure> {
    // From here on an interruption ends the run in an orderly way, and a folder that was made is removed.
    let stop = stopped_by_interrupt();
    let scenario = select::scenario(&args.scenario, &args.policies)?;
    let path = args.output.as_deref();
    let folder = path.map(|path| Folder::prepare(path).map_err(|error| Failure::unwritable(path, &error)));
    let folder = folder.transpose()?;
    if !args.quiet && !scenario.warnings.is_empty() {
        let check = format!("{} check", commands::program());
        let number = scenario.warnings.len();
        let warnings = if number == 1 { "1 warning" } else { &format!("{number} warnings") };
        anstream::eprintln!("{warnings} about the scenario: see `{check} {}`", args.scenario.display());
    }
    let table = swept(args, &scenario.plan, &stop)?;
    let summary = Summary::of(&table, scenario.plan.limit, 1);
    let gates = judged(&scenario, &summary);
    // A document is the same wherever the program lies; a person pastes a command that works here.
    let plain = next(args, "blesim", &summary);
    let report = |commands| Report {
        scenario: &scenario.plan.name,
        devices: devices(&scenario.plan),
        table: &table,
        summary: &summary,
        gates: &gates,
        commands,
    };
    if let (Some(folder), Some(path)) = (folder, path) {
        let written = folder.write(&report(&plain));
        let written = written.map_err(|error| Failure::unwritable(path, &error))?;
        if !args.quiet {
            let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
            anstream::eprintln!("wrote {}", names.join(", "));
        }
    }
    match args.format {
        Format::Table => {
            let next = next(args, &commands::program(), &summary);
            let look = Look { width: columns(), color: true };
            to_stdout(|sink| sink.write_all(text(&report(&next), look).as_bytes()))?;
        }
        Format::Json => to_stdout(|sink| write_json(&report(&plain), sink))?,
        Format::Csv => to_stdout(|sink| write_csv(&report(&plain), sink))?,
    }
    let broken = gates.iter().any(Gate::broken);
    if broken && args.format != Format::Table {
        anstream::eprint!("{}", gate_lines(&gates, Look { width: None, color: true }));
    }
    if broken { Err(Failure::NotMet) } else { Ok(()) }
}

/// What can be done next: repeat the run, and look at one of the sessions that failed most.
fn next(args: &RunArgs, program: &str, summary: &Summary) -> Commands {
    let mut worst: Option<(&str, u64, u64)> = None;
    for policy in &summary.policies {
        if let Some(found) = policy.worst
            && worst.is_none_or(|(_, count, _)| found.count > count)
        {
            worst = Some((&policy.name, found.count, found.first_seed));
        }
    }
    let path = &args.scenario;
    Commands {
        reproduce: commands::run(program, path, args.seeds, &args.policies),
        see: worst.map(|(policy, _, seed)| commands::trace(program, path, policy, seed)),
    }
}

/// What is expected of the policies, judged.
fn judged(scenario: &Scenario, summary: &Summary) -> Vec<Gate> {
    let wishes = |expected: &Expectation| {
        let secured = expected.secured_at_least.map(|share| Wish::SecuredAtLeast(chance(share)));
        let p95 = expected.p95_at_most.map(Wish::P95AtMost);
        let policy = expected.policy.clone();
        secured.into_iter().chain(p95).map(move |wish| (policy.clone(), wish))
    };
    let wishes = scenario.expectations.iter().flat_map(wishes);
    wishes.map(|(policy, wish)| Gate::judge(&policy, wish, summary)).collect()
}

/// A share, to the billionth.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1e9")]
fn chance(share: f64) -> Chance {
    Chance::ratio((share.clamp(0.0, 1.0) * 1e9).round() as u64, 1_000_000_000)
}

/// The device whose policy varies, and the one against it.
fn devices(plan: &Plan) -> [&str; 2] {
    let name = |index: usize| plan.devices.get(index).map_or("-", |device| &device.name);
    [name(plan.varied), name(usize::from(plan.varied == 0))]
}

/// A flag that Ctrl-C sets; a second Ctrl-C does not wait for anybody.
fn stopped_by_interrupt() -> Arc<AtomicBool> {
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

/// Runs all sessions.
fn swept(args: &RunArgs, plan: &Plan, stop: &AtomicBool) -> Result<Table, Failure> {
    memory::holds(args.seeds, plan.policies.len())?;
    let jobs = args.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let sessions = args.seeds.count().saturating_mul(plan.policies.len() as u64);
    let progress = Progress::new(sessions, args.quiet);
    let table = sweep(plan, args.seeds, jobs, &|done| progress.done(done), stop);
    progress.finish();
    table.map_err(|error| match error {
        SweepError::Stopped => Failure::Interrupted,
        SweepError::Resources(what) => Failure::Usage(what),
        SweepError::Bug(bug) => {
            let policy = &plan.policies[bug.policy].name;
            let replay = commands::trace(&commands::program(), &args.scenario, policy, bug.seed);
            Failure::bug(format!("seed {}, policy {policy}: {}", bug.seed, bug.what), Some(replay))
        }
    })
}
