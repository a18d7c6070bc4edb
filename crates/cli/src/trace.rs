//! `blesim trace`: one session, event by event.
//!
//! Invariant: the session is the one that `run` counts, bit for bit; looking on changes nothing.

use crate::args::{TraceArgs, TraceFormat};
use crate::failure::Failure;
use crate::output::{octets_to_stdout, to_file, to_stdout};
use crate::{commands, select};
use blesim_capture::{MonitorTrace, TextTrace};
use blesim_study::{SessionBug, session};
use blesim_world::Plan;
use std::io::{self, IsTerminal, Write};

pub(crate) fn trace(args: &TraceArgs) -> Result<(), Failure> {
    let policies: Vec<String> = args.policy.iter().cloned().collect();
    let plan = select::scenario(&args.scenario, &policies)?.plan;
    let mut bug = None;
    let mut write = |sink: &mut dyn Write| session_to(sink, args, &plan, &mut bug);
    match (&args.output, args.format) {
        (Some(path), _) => to_file(path, write)?,
        (None, TraceFormat::Text) => to_stdout(write)?,
        (None, TraceFormat::Btsnoop) if io::stdout().is_terminal() => {
            let what = "a btsnoop file is not for a terminal: add `-o session.btsnoop`, or pipe it on";
            return Err(Failure::Usage(what.to_owned()));
        }
        (None, TraceFormat::Btsnoop) => octets_to_stdout(&mut write)?,
    }
    let Some(SessionBug { seed, policy, what }) = bug else { return Ok(()) };
    let policy = &plan.policies[policy].name;
    let replay = commands::trace(&commands::program(), &args.scenario, policy, seed);
    Err(Failure::bug(format!("seed {seed}, policy {policy}: {what}"), Some(replay)))
}

/// Runs the session and writes what it does, up to the bug if it shows one.
fn session_to(
    sink: &mut dyn Write,
    args: &TraceArgs,
    plan: &Plan,
    bug: &mut Option<SessionBug>,
) -> io::Result<()> {
    // The command names one policy, or means the first.
    const POLICY: usize = 0;
    let name = &plan.policies[POLICY].name;
    match args.format {
        TraceFormat::Text => {
            let mut trace = TextTrace::new(sink, plan, POLICY);
            *bug = session(plan, args.seed, POLICY, &mut trace).err();
            trace.finish().map(drop)
        }
        TraceFormat::Btsnoop => {
            let title = format!("{}, policy {name}, seed {}", plan.name, args.seed);
            let mut trace = MonitorTrace::new(sink, plan, POLICY, &title)?;
            *bug = session(plan, args.seed, POLICY, &mut trace).err();
            trace.finish().map(drop)
        }
    }
}
