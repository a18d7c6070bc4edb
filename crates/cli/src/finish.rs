//! The end of a run or of a merge: judge the table, show it, write it.
//!
//! Invariant: what is shown and written depends on the study and the table alone, not on how the table was
//! made: on one machine or many, at one go or with breaks.

use crate::args::Format;
use crate::failure::Failure;
use crate::output::{columns, to_stdout};
use crate::{commands, setup};
use blesim_kernel::{Chance, Span};
use blesim_report::part::{Expected, Header, Study};
use blesim_report::{
    Commands, Folder, Gate, Look, Report, Wish, gate_lines, text, write_csv, write_json, write_ndjson,
};
use blesim_study::{Seeds, Summary, Table, over};
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread::available_parallelism;

/// How a result is to be shown.
#[derive(Debug)]
pub(crate) struct Show<'a> {
    pub(crate) format: Format,
    /// The folder that takes the files, and its name.
    pub(crate) folder: Option<(Folder, &'a Path)>,
    pub(crate) quiet: bool,
    pub(crate) jobs: usize,
}

/// A study that has run.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    pub(crate) header: &'a Header,
    /// The seeds that were asked for.
    pub(crate) seeds: Seeds,
    pub(crate) table: Table,
    /// How often it was looked at.
    pub(crate) looks: u32,
    /// What ended it, if it may have ended early.
    pub(crate) ended: Option<String>,
}

/// Shows and writes the result; an expectation that is not met is told last.
pub(crate) fn finish(finished: &Finished<'_>, show: Show<'_>) -> Result<(), Failure> {
    // A document is the same wherever the program lies; a person pastes a command that works here.
    with_report(finished, show.jobs, "blesim", |report| shown(finished, show, report))
}

/// Judges the table, and hands over what a report is made of; commands in it call the program so.
pub(crate) fn with_report<T>(
    finished: &Finished<'_>,
    jobs: usize,
    program: &str,
    see: impl FnOnce(&Report<'_>) -> T,
) -> T {
    let Finished { header, table, looks, ended, .. } = finished;
    let study = &header.study;
    let summary = over(jobs, || Summary::of(table, Span::from_nanos(study.limit_ns), *looks));
    let gates = judged(study, &summary);
    see(&Report {
        scenario: &study.scenario,
        devices: [&study.devices[0], &study.devices[1]],
        table,
        summary: &summary,
        gates: &gates,
        ended: ended.as_deref(),
        commands: &next(finished, program, &summary),
        header,
    })
}

fn shown(finished: &Finished<'_>, show: Show<'_>, report: &Report<'_>) -> Result<(), Failure> {
    if let Some((folder, path)) = show.folder {
        let written = folder.write(report);
        let written = written.map_err(|error| Failure::unwritable(path, &error))?;
        if !show.quiet {
            let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
            anstream::eprintln!("wrote {}", names.join(", "));
        }
    }
    match show.format {
        Format::Table => {
            let here = next(finished, &commands::program(), report.summary);
            let look = Look { width: columns(), color: true };
            let report = Report { commands: &here, ..report.clone() };
            to_stdout(|sink| sink.write_all(text(&report, look).as_bytes()))?;
        }
        Format::Json => to_stdout(|sink| write_json(report, sink))?,
        Format::Csv => to_stdout(|sink| write_csv(report, sink))?,
        Format::Ndjson => to_stdout(|sink| write_ndjson(report, sink))?,
    }
    let broken = report.gates.iter().any(Gate::broken);
    if broken && show.format != Format::Table {
        anstream::eprint!("{}", gate_lines(report.gates, Look { width: None, color: true }));
    }
    if broken { Err(Failure::NotMet) } else { Ok(()) }
}

/// The number of threads asked for, or as many as run at a time.
pub(crate) fn jobs(asked: Option<NonZeroUsize>) -> usize {
    asked.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// What can be done next: repeat the run, and look at one of the sessions that failed most.
fn next(finished: &Finished<'_>, program: &str, summary: &Summary) -> Commands {
    let mut worst: Option<(&str, u64, u64)> = None;
    for policy in &summary.policies {
        if let Some(found) = policy.worst
            && worst.is_none_or(|(_, count, _)| found.count > count)
        {
            worst = Some((&policy.name, found.count, found.first_seed));
        }
    }
    let asked = setup::asked(finished.header, finished.seeds);
    Commands {
        reproduce: commands::run(program, &asked, ""),
        replay: summary
            .policies
            .iter()
            .map(|policy| commands::replay(program, asked.path, &policy.name))
            .collect(),
        see: worst.map(|(policy, _, seed)| commands::trace(program, asked.path, policy, seed)),
    }
}

/// What is expected of the policies, judged.
fn judged(study: &Study, summary: &Summary) -> Vec<Gate> {
    let wishes = |expected: &Expected| {
        let least = |ppb: u64| Wish::SecuredAtLeast(Chance::ratio(ppb.min(1_000_000_000), 1_000_000_000));
        let secured = expected.secured_at_least_ppb.map(least);
        let p95 = expected.p95_at_most_ns.map(|nanos| Wish::P95AtMost(Span::from_nanos(nanos)));
        let policy = expected.policy.clone();
        secured.into_iter().chain(p95).map(move |wish| (policy.clone(), wish))
    };
    let wishes = study.expected.iter().flat_map(wishes);
    wishes.map(|(policy, wish)| Gate::judge(&policy, wish, summary)).collect()
}
