//! `blesim edges` and `blesim energy`: what sessions did with the link layer's tables, and with their batteries.
//!
//! Invariant: the sessions are the ones that `run` counts, bit for bit, one after the other.

use crate::args::SessionsArgs;
use crate::failure::Failure;
use crate::output::to_stdout;
use crate::{commands, select};
use blesim_capture::EdgesTrace;
use blesim_study::{Seeds, SessionBug, sessions};
use blesim_world::energy::{Purpose, Usage};
use blesim_world::{NoTrace, Plan, Sim, Trace};
use std::fmt::Write;
use std::path::Path;

/// Sessions where nothing is said.
const USUAL: u64 = 100;

/// The command names one policy, or means the first.
const POLICY: usize = 0;

pub(crate) fn edges(args: &SessionsArgs) -> Result<(), Failure> {
    let plan = plan(args)?;
    let mut trace = EdgesTrace::new(&plan);
    let seeds = run((&args.scenario, args.seeds), &plan, &mut trace, |_| {})?;
    let mut rows: Vec<([String; 4], u64)> = Vec::new();
    for (row, times) in trace.encryption() {
        let who = format!("Encryption, {:?}", row.role);
        rows.push((
            [who, format!("{:?}", row.from), format!("{:?}", row.on), format!("{:?}", row.to)],
            times,
        ));
    }
    for (row, times) in trace.procedures() {
        let role = row.role.map_or(String::new(), |role| format!(" {role:?}"));
        let who = format!("{:?},{role} {:?}", row.procedure, row.side);
        rows.push((
            [who, format!("{:?}", row.from), format!("{:?}", row.on), format!("{:?}", row.to)],
            times,
        ));
    }
    let width = |column: usize| rows.iter().map(|(row, _)| row[column].len()).max().unwrap_or(0);
    let widths = [0, 1, 2].map(width);
    let mut text = String::new();
    for ([who, from, on, to], times) in &rows {
        let [a, b, c] = widths;
        let _ = writeln!(text, "{times:>8}  {who:a$}  {from:b$}  {on:c$}  {to}");
    }
    let taken = rows.iter().filter(|(_, times)| *times > 0).count();
    let policy = &plan.policies[POLICY].name;
    let _ = writeln!(text, "{taken} of {} rows taken in {seeds} sessions of policy {policy}", rows.len());
    to_stdout(|sink| sink.write_all(text.as_bytes()))
}

pub(crate) fn energy(args: &SessionsArgs) -> Result<(), Failure> {
    let plan = plan(args)?;
    let mut sums = vec![[Usage::default(); Purpose::ALL.len()]; plan.devices.len()];
    let seeds = run((&args.scenario, args.seeds), &plan, &mut NoTrace, |sim| {
        for (device, sums) in sums.iter_mut().enumerate() {
            for (sum, usage) in sums.iter_mut().zip(sim.usage(device)) {
                sum.transmit += usage.transmit;
                sum.receive += usage.receive;
                sum.processor += usage.processor;
            }
        }
    })?;
    let policy = &plan.policies[POLICY].name;
    let mut text = format!("mean of {seeds} sessions of policy {policy}; sleep current is not in it\n");
    let width = plan.devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
    let line = |device: &str, purpose: &str, [sends, listens, computes, charge]: [&str; 4]| {
        format!("{device:width$}  {purpose:12}{sends:>12}{listens:>12}{computes:>12}{charge:>14}\n")
    };
    text.push_str(&line("device", "for", ["sends ms", "listens ms", "computes ms", "charge uC"]));
    for (device, sums) in plan.devices.iter().zip(&sums) {
        for ((_, purpose), usage) in Purpose::ALL.iter().zip(sums) {
            let mean = |span: blesim_kernel::Span| span.as_nanos() / seeds.max(1);
            let ms = |nanos: u64| format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000);
            let times = [usage.transmit, usage.receive, usage.processor].map(mean).map(ms);
            let charge = (usage.charge(&device.currents) / seeds.max(1) / 1_000_000_000).to_string();
            let numbers = [&times[0], &times[1], &times[2], &charge].map(String::as_str);
            text.push_str(&line(&device.name, purpose, numbers));
        }
    }
    to_stdout(|sink| sink.write_all(text.as_bytes()))
}

fn plan(args: &SessionsArgs) -> Result<Plan, Failure> {
    let policies: Vec<String> = args.policy.iter().cloned().collect();
    Ok(select::scenario(&args.scenario, &policies)?.plan)
}

/// Runs the sessions; how many they were.
pub(crate) fn run<T: Trace>(
    (scenario, seeds): (&Path, Option<Seeds>),
    plan: &Plan,
    trace: &mut T,
    after: impl FnMut(&Sim),
) -> Result<u64, Failure> {
    let seeds = seeds.or_else(|| Seeds::new(0, USUAL)).expect("a hundred seeds are some");
    sessions(plan, seeds, POLICY, trace, after).map_err(|SessionBug { seed, policy, what }| {
        let policy = &plan.policies[policy].name;
        let replay = commands::trace(&commands::program(), scenario, policy, seed);
        Failure::bug(format!("seed {seed}, policy {policy}: {what}"), Some(replay))
    })?;
    Ok(seeds.count())
}
