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
use blesim_report::{
    Folder, Grid, Look, grid_figures, part_file, write_grid_markdown, write_point_csv, write_point_ndjson,
};
use blesim_scenario::{Grid as Points, Point, load_grid};
use blesim_study::{Seeds, Summary, SweepError, Table, over, sweep};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use tempfile::NamedTempFile;

/// The seeds at each point of a sweep that does not say how many.
const USUAL_SEEDS: u64 = 1_000;

pub(crate) fn grid(args: &SweepArgs) -> Result<(), Failure> {
    let stop = stopped_by_interrupt();
    let mut files = args.output.as_deref().map(Files::prepare).transpose()?;
    let mut result = swept(args, &mut files, &stop)?;
    if let Some(files) = files {
        files.finish(&result, args.quiet)?;
    }
    match args.format {
        Format::Table => {
            let look = Look { width: columns(), color: true };
            result.reproduce =
                commands::sweep(&commands::program(), &args.scenario, seeds(args), &args.policies);
            to_stdout(|sink| sink.write_all(result.text(look).as_bytes()))
        }
        Format::Json => to_stdout(|sink| result.write_json(sink)),
        Format::Csv => to_stdout(|sink| result.write_csv(sink)),
        Format::Ndjson => Err(Failure::Usage("--format ndjson: a sweep has table, json and csv".to_owned())),
    }
}

fn seeds(args: &SweepArgs) -> Seeds {
    args.seeds.or_else(|| Seeds::new(0, USUAL_SEEDS)).expect("a usual number of seeds is not nothing")
}

/// Runs all points, and writes the sessions of each as they are finished.
pub(crate) fn swept(
    args: &SweepArgs,
    files: &mut Option<Files<'_>>,
    stop: &AtomicBool,
) -> Result<Grid, Failure> {
    let mut points = load_grid(&args.scenario)?;
    for point in &mut points.points {
        select::choose(&mut point.scenario, &args.scenario, &args.policies)?;
    }
    let seeds = seeds(args);
    let axes: Vec<String> = points.sweep.axes.iter().map(|axis| axis.what.clone()).collect();
    let name = points.points.first().map_or("", |point| &point.scenario.plan.name);
    let reproduce = commands::sweep("blesim", &args.scenario, seeds, &args.policies);
    let mut result =
        Grid::new(name, axes.clone(), points.sweep.keeps, [seeds.first(), seeds.count()], reproduce);
    let sessions =
        points.points.iter().map(|point| point.scenario.plan.policies.len() as u64 * seeds.count());
    let progress = Progress::new(sessions.sum(), 0, args.quiet);
    let mut first = true;
    let mut add = |point: &Point, before: Option<&[String]>, result: &mut Grid| -> Result<(), Failure> {
        let table = ran(args, point, seeds, &progress, stop)?;
        let summary = over(jobs(args.jobs), || Summary::of(&table, point.scenario.plan.limit, 1));
        match before {
            None => result.add(&point.values, &table, &summary),
            Some(next) => result.add_before(next, &point.values, &table, &summary),
        }
        if let Some(files) = files {
            files.add(&axes, &point.values, &table, first)?;
        }
        first = false;
        Ok(())
    };
    for point in &points.points {
        add(point, None, &mut result)?;
    }
    for _ in 0..points.sweep.refine {
        for (next, point) in halved(&points, &result, args)? {
            progress.more(seeds.count());
            add(&point, Some(&next), &mut result)?;
        }
    }
    progress.finish();
    Ok(result)
}

/// For each policy the point half-way between the last that keeps the share and the first that does not, and
/// the values of the latter.
fn halved(points: &Points, result: &Grid, args: &SweepArgs) -> Result<Vec<(Vec<String>, Point)>, Failure> {
    let mut all = Vec::new();
    for kept in result.kept() {
        let (Some((low, _)), Some((high, _))) = (kept.up_to, kept.not_at) else { continue };
        if let Some(mut point) = points.between(kept.others, low, high) {
            select::choose(&mut point.scenario, &args.scenario, &[kept.policy.to_owned()])?;
            let mut next = kept.others.to_vec();
            next.push(high.to_owned());
            all.push((next, point));
        }
    }
    Ok(all)
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
pub(crate) struct Files<'a> {
    path: &'a Path,
    csv: BufWriter<NamedTempFile>,
    ndjson: BufWriter<NamedTempFile>,
    /// Last, so that it is empty again when it is dropped.
    folder: Folder,
}

impl<'a> Files<'a> {
    fn prepare(path: &'a Path) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| Failure::unwritable(path, &error);
        let folder = Folder::prepare(path).map_err(unwritable)?;
        let open = || part_file(path).map(BufWriter::new).map_err(unwritable);
        let (csv, ndjson) = (open()?, open()?);
        Ok(Self { path, csv, ndjson, folder })
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
            let mut report = BufWriter::new(part_file(path)?);
            write_grid_markdown(result, &mut report)?;
            let mut files = vec![
                (csv, "sessions.csv".to_owned()),
                (ndjson, "sessions.ndjson".to_owned()),
                (table, "sweep.csv".to_owned()),
                (json, "sweep.json".to_owned()),
                (report, "report.md".to_owned()),
            ];
            for (name, figure) in grid_figures(result).map_err(io::Error::other)? {
                let mut svg = BufWriter::new(part_file(path)?);
                svg.write_all(figure.svg.as_bytes())?;
                files.push((svg, format!("{name}.svg")));
            }
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
