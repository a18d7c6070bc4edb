//! `blesim matrix`: every error against every verdict.
//!
//! Invariant: what is on standard output and in the files depends on the seeds alone.

mod document;
mod table;

use crate::args::{MatrixArgs, MatrixFormat};
use crate::commands;
use crate::failure::Failure;
use crate::finish::jobs;
use crate::output::{to_folder, to_stdout};
use crate::progress::Progress;
use crate::run::stopped_by_interrupt;
use blesim_matrix::{Matrix, MatrixError, Verdict, sessions};
use blesim_report::chart::{MatrixCell, MatrixLine, Texts, verdict_matrix};
use blesim_study::{Seeds, SweepError};
use std::sync::atomic::AtomicBool;

/// The seeds of each cause, if none are asked for.
const USUAL_SEEDS: u64 = 1_000;

pub(crate) fn matrix(args: &MatrixArgs) -> Result<(), Failure> {
    let stop = stopped_by_interrupt();
    let seeds =
        args.seeds.or_else(|| Seeds::new(0, USUAL_SEEDS)).expect("a usual number of seeds is not nothing");
    let progress = Progress::new(sessions(seeds), 0, args.quiet);
    let ran = blesim_matrix::matrix(seeds, jobs(args.jobs), &|done| progress.done(done), &stop);
    progress.finish();
    let matrix = ran.map_err(failed)?;
    if let Some(folder) = &args.output {
        let files = [document::json(&matrix), document::csv(&matrix), chart(&matrix)?];
        let names = ["matrix.json", "matrix.csv", "matrix.svg"].map(str::to_owned);
        to_folder(folder, &names, |index, sink| sink.write_all(files[index].as_bytes()))?;
        if !args.quiet {
            let paths = names.map(|name| folder.join(name).display().to_string());
            anstream::eprintln!("wrote {}", paths.join(", "));
        }
    }
    let text = match args.format {
        MatrixFormat::Table => table::table(&matrix),
        MatrixFormat::Json => document::json(&matrix),
        MatrixFormat::Csv => document::csv(&matrix),
    };
    to_stdout(|sink| sink.write_all(text.as_bytes()))
}

/// The files of the gallery: a report, the chart and the rows.
pub(crate) fn gallery(seeds: Seeds, jobs: usize) -> Result<Vec<(String, String)>, Failure> {
    let matrix = blesim_matrix::matrix(seeds, jobs, &|_| {}, &AtomicBool::new(false)).map_err(failed)?;
    let report = format!(
        "# matrix\n\nWhat to do after which error.\n\n![What to do after an error](matrix.svg)\n\n```\n{}```\n\n    \
         blesim matrix --seeds {seeds}\n",
        table::table(&matrix)
    );
    let files =
        [("report.md", report), ("matrix.csv", document::csv(&matrix)), ("matrix.svg", chart(&matrix)?)];
    Ok(files.map(|(name, text)| (name.to_owned(), text)).to_vec())
}

fn failed(error: MatrixError) -> Failure {
    match error {
        MatrixError::Scenario(problems) => Failure::Problems(problems),
        MatrixError::Sweep(_, SweepError::Stopped) => Failure::Interrupted { resume: None },
        MatrixError::Sweep(_, SweepError::Resources(what) | SweepError::NotKept(what)) => {
            Failure::Usage(what)
        }
        MatrixError::Sweep(cause, SweepError::Bug(bug)) => {
            let policy = Verdict::ALL[bug.policy].policy();
            let replay = commands::trace(&commands::program(), cause.path().as_ref(), policy, bug.seed);
            Failure::bug(
                format!("{}, seed {}, policy {policy}: {}", cause.name, bug.seed, bug.what),
                Some(replay),
            )
        }
    }
}

fn chart(matrix: &Matrix) -> Result<String, Failure> {
    let lines: Vec<MatrixLine> = matrix
        .rows
        .iter()
        .map(|row| MatrixLine {
            name: format!("{} / {}", row.procedure, row.error),
            cells: row
                .tried
                .iter()
                .map(|tried| MatrixCell {
                    share: tried.success.share(),
                    harmful: tried.harmful,
                    recommended: tried.verdict == row.recommended.first,
                    then: row.recommended.then_delete && tried.verdict == Verdict::DeleteBond,
                })
                .collect(),
        })
        .collect();
    let heads = Verdict::ALL.map(|verdict| format!("{} {}", verdict.letter(), verdict.words()));
    let caption = format!(
        "Sessions secured after the error, without an attacker; seeds {} of each cause. Marked: what is \
         recommended, and with \"then\" what comes after it; \"harm\": left out.",
        matrix.seeds
    );
    {
        let title = "What to do after an error";
        verdict_matrix(&Texts { title, caption: &caption, alt: title }, &heads, &lines)
    }
    .map_err(|error| Failure::bug(error, None))
}
