//! `blesim sweep`: the scenario at every point of its grid.
//!
//! Invariant: every point runs the same seeds, so that points are compared in the same worlds as policies
//! are. Files appear when all points have run, or not at all.

use crate::args::{Format, SweepArgs};
use crate::commands;
use crate::failure::Failure;
use crate::finish::jobs;
use crate::output::{columns, to_stdout};
use crate::progress::Progress;
use crate::run::stopped_by_interrupt;
use crate::{memory, select};
use blesim_report::{Folder, Grid, Look, part_file, write_point_csv, write_point_ndjson};
use blesim_scenario::{Point, load_points};
use blesim_study::{Seeds, Summary, SweepError, Table, over, sweep};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::NamedTempFile;

/// The seeds at each point of a sweep that does not say how many.
const USUAL_SEEDS: u64 = 1_000;

pub(crate) fn grid(args: &SweepArgs) -> Result<(), Failure> {
    let stop = stopped_by_interrupt();
    let (swept, mut points) = load_points(&args.scenario)?;
    for point in &mut points {
        select::choose(&mut point.scenario, &args.scenario, &args.policies)?;
    }
    let seeds =
        args.seeds.or_else(|| Seeds::new(0, USUAL_SEEDS)).expect("a usual number of seeds is not nothing");
    let axes: Vec<String> = swept.axes.iter().map(|axis| axis.what.clone()).collect();
    let name = points.first().map_or("", |point| &point.scenario.plan.name);
    let reproduce = commands::sweep("blesim", &args.scenario, seeds, &args.policies);
    let mut result = Grid::new(name, axes.clone(), swept.keeps, [seeds.first(), seeds.count()], reproduce);
    let path = args.output.as_deref();
    let mut files = path.map(Files::prepare).transpose()?;
    let sessions = points.iter().map(|point| point.scenario.plan.policies.len() as u64 * seeds.count());
    let progress = Progress::new(sessions.sum(), 0, args.quiet);
    for (number, point) in points.iter().enumerate() {
        let table = ran(args, point, seeds, &progress, &stop)?;
        let summary = over(jobs(args.jobs), || Summary::of(&table, point.scenario.plan.limit, 1));
        result.add(&point.values, &table, &summary);
        if let Some(files) = &mut files {
            files.add(&axes, &point.values, &table, number == 0)?;
        }
    }
    progress.finish();
    if let Some(files) = files {
        files.finish(&result, args.quiet)?;
    }
    match args.format {
        Format::Table => {
            let look = Look { width: columns(), color: true };
            result.reproduce = commands::sweep(&commands::program(), &args.scenario, seeds, &args.policies);
            to_stdout(|sink| sink.write_all(result.text(look).as_bytes()))
        }
        Format::Json => to_stdout(|sink| result.write_json(sink)),
        Format::Csv => to_stdout(|sink| result.write_csv(sink)),
        Format::Ndjson => Err(Failure::Usage("--format ndjson: a sweep has table, json and csv".to_owned())),
    }
}

/// Runs one point.
fn ran(
    args: &SweepArgs,
    point: &Point,
    seeds: Seeds,
    progress: &Progress,
    stop: &AtomicBool,
) -> Result<Table, Failure> {
    let plan = &point.scenario.plan;
    memory::holds(seeds, plan.policies.len())?;
    sweep(plan, seeds, jobs(args.jobs), &|done| progress.done(done), stop).map_err(|error| match error {
        SweepError::Stopped => Failure::Interrupted { resume: None },
        SweepError::Resources(what) | SweepError::NotKept(what) => Failure::Usage(what),
        SweepError::Bug(bug) => {
            let (policy, at) = (&plan.policies[bug.policy].name, point.values.join(", "));
            Failure::bug(format!("seed {}, policy {policy}, at {at}: {}", bug.seed, bug.what), None)
        }
    })
}

/// The files of a sweep, while they are written.
struct Files<'a> {
    path: &'a Path,
    folder: Folder,
    csv: BufWriter<NamedTempFile>,
    ndjson: BufWriter<NamedTempFile>,
}

impl<'a> Files<'a> {
    fn prepare(path: &'a Path) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| Failure::unwritable(path, &error);
        let folder = Folder::prepare(path).map_err(unwritable)?;
        let open = || part_file(path).map(BufWriter::new).map_err(unwritable);
        let (csv, ndjson) = (open()?, open()?);
        Ok(Self { path, folder, csv, ndjson })
    }

    fn add(&mut self, axes: &[String], values: &[String], table: &Table, first: bool) -> Result<(), Failure> {
        let written = write_point_csv(axes, values, table, first, &mut self.csv)
            .and_then(|()| write_point_ndjson(axes, values, table, &mut self.ndjson));
        written.map_err(|error| Failure::unwritable(self.path, &error))
    }

    fn finish(self, result: &Grid, quiet: bool) -> Result<(), Failure> {
        let Self { path, folder, csv, ndjson } = self;
        let write = || -> io::Result<Vec<String>> {
            let mut table = BufWriter::new(part_file(path)?);
            result.write_csv(&mut table)?;
            let mut json = BufWriter::new(part_file(path)?);
            result.write_json(&mut json)?;
            let files = [
                (csv, "sessions.csv"),
                (ndjson, "sessions.ndjson"),
                (table, "sweep.csv"),
                (json, "sweep.json"),
            ];
            let mut whole = Vec::new();
            for (mut file, name) in files {
                file.flush()?;
                whole.push((file.into_inner().map_err(io::IntoInnerError::into_error)?, path.join(name)));
            }
            let mut names = Vec::new();
            for (file, path) in whole {
                names.push(path.display().to_string());
                file.persist(path).map_err(|error| error.error)?;
            }
            Ok(names)
        };
        let names = write().map_err(|error| Failure::unwritable(path, &error))?;
        folder.keep();
        if !quiet {
            anstream::eprintln!("wrote {}", names.join(", "));
        }
        Ok(())
    }
}
