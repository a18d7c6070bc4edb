//! The entries of the gallery, and how each is made.
//!
//! Invariant: an entry names its seeds, so that it is the same whoever makes it. Must never know: where files go.

use super::{named, scenario};
use crate::args::{GalleryArgs, SweepArgs};
use crate::failure::Failure;
use crate::finish::{Finished, jobs, with_report};
use crate::{commands, grid, matrix, select, sequence, setup};
use blesim_capture::SequenceTrace;
use blesim_kernel::Span;
use blesim_report::{
    Family, FamilyScenario, Look, figures, grid_figures, text, write_grid_markdown, write_json,
    write_markdown,
};
use blesim_study::{Seeds, Summary, SweepError, Table, session, sweep};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The files of an entry: names and texts.
pub(super) type Made = Vec<(String, String)>;

/// A report of the gallery.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// The scenario, or the folder of scenarios, below that of all.
    pub(super) from: &'static str,
    pub(super) seeds: u64,
    how: How,
}

enum How {
    /// A comparison of policies, and one of its failing sessions: of which policy.
    Run(Option<&'static str>),
    /// A sweep.
    Sweep,
    /// Every scenario of a folder; with these alone, if any are named.
    Family(&'static [&'static str]),
    /// Every verdict after every error.
    Matrix,
}

/// All of them, in the order of the index.
pub(super) const ENTRIES: [Entry; 9] = [
    Entry {
        name: "quickstart",
        about: "A lock that may have lost its bond, five policies",
        from: "quickstart.ron",
        seeds: 10_000,
        how: How::Run(Some("delete-bond-and-repair")),
    },
    Entry {
        name: "core-benign",
        about: "Fourteen policies of phones and their stacks, in a world without malice",
        from: "core-benign.ron",
        seeds: 10_000,
        how: How::Run(None),
    },
    Entry {
        name: "core-hostile",
        about: "The same with a fake lock: what success costs in exposure",
        from: "core-hostile.ron",
        seeds: 10_000,
        how: How::Run(None),
    },
    Entry {
        name: "loss",
        about: "Up to which loss each policy secures 99 sessions of 100",
        from: "loss.ron",
        seeds: 300,
        how: How::Sweep,
    },
    Entry {
        name: "field",
        about: "Twenty classes of field failures, and which policies get over them",
        from: "field",
        seeds: 300,
        how: How::Family(&[]),
    },
    Entry {
        name: "exposure",
        about: "What an attacker gets under a bad policy or setting",
        from: "exposure",
        seeds: 200,
        how: How::Family(&[]),
    },
    Entry {
        name: "reasons",
        about: "Each reason of Pairing Failed, by a cause of its own",
        from: "reasons",
        seeds: 50,
        how: How::Family(&[]),
    },
    Entry {
        name: "worlds",
        about: "Air, distance, bonds without room, private addresses, slow processors",
        from: "",
        seeds: 200,
        how: How::Family(&[
            "blocking-ecdh.ron",
            "burst-timeout.ron",
            "busy-office.ron",
            "coming-home.ron",
            "hostile.ron",
            "keypad.ron",
            "lock-against-phones.ron",
            "long-range.ron",
            "private-address.ron",
            "rpi-unspecified-reason.ron",
            "table-full.ron",
            "update-during-encryption.ron",
        ]),
    },
    Entry {
        name: "matrix",
        about: "What to do after which error: six verdicts against every cause",
        from: "matrix",
        seeds: 100,
        how: How::Matrix,
    },
];

impl Entry {
    /// Makes it.
    pub(super) fn made(&self, args: &GalleryArgs) -> Result<Made, Failure> {
        match self.how {
            How::Run(policy) => self.run(args, policy),
            How::Sweep => self.sweep(args),
            How::Family(names) => self.family(args, names),
            How::Matrix => matrix::gallery(self.seeds(), jobs(args.jobs)),
        }
    }

    fn seeds(&self) -> Seeds {
        Seeds::new(0, self.seeds).expect("an entry has seeds")
    }

    fn run(&self, args: &GalleryArgs, policy: Option<&str>) -> Result<Made, Failure> {
        let path = scenario(args, self.from);
        let found = select::scenario(&path, &[])?;
        let table = ran(&found.plan, self.seeds(), args)?;
        let header = setup::header(&found, &named(self.from), &[], self.seeds(), None, None);
        let finished = Finished { header: &header, seeds: self.seeds(), table, looks: 1, ended: None };
        let mut made = with_report(&finished, jobs(args.jobs), "blesim", |report| -> io::Result<Made> {
            let mut made = vec![
                ("report.md".to_owned(), written(|sink| write_markdown(report, sink))?),
                ("summary.json".to_owned(), written(|sink| write_json(report, sink))?),
                ("table.txt".to_owned(), text(report, Look::default())),
            ];
            for figure in figures(report).map_err(io::Error::other)? {
                made.push((format!("{}.svg", figure.name), figure.svg));
            }
            Ok(made)
        })
        .map_err(unmade)?;
        if let Some(policy) = policy {
            made.push(("session.svg".to_owned(), self.session(&path, policy)?));
        }
        Ok(made)
    }

    /// Seed 0 under a policy, as a picture.
    fn session(&self, path: &Path, policy: &str) -> Result<String, Failure> {
        let plan = select::scenario(path, &[policy.to_owned()])?.plan;
        let mut trace = SequenceTrace::new(&plan, 0);
        session(&plan, 0, 0, &mut trace).map_err(|bug| Failure::bug(bug.what, None))?;
        let command = commands::trace("blesim", &named(self.from), policy, 0);
        sequence::svg(&plan, 0, 0, &command, &trace.finish()).map_err(|error| unmade(io::Error::other(error)))
    }

    fn sweep(&self, args: &GalleryArgs) -> Result<Made, Failure> {
        let asked = SweepArgs::quiet(scenario(args, self.from), self.seeds(), args.jobs);
        let mut result = grid::swept(&asked, &mut None, &AtomicBool::new(false))?;
        result.reproduce = commands::sweep("blesim", &named(self.from), self.seeds(), &[]);
        let make = || -> io::Result<Made> {
            let mut made = vec![
                ("report.md".to_owned(), written(|sink| write_grid_markdown(&result, sink))?),
                ("sweep.csv".to_owned(), written(|sink| result.write_csv(sink))?),
            ];
            for (name, figure) in grid_figures(&result).map_err(io::Error::other)? {
                made.push((format!("{name}.svg"), figure.svg));
            }
            Ok(made)
        };
        make().map_err(unmade)
    }

    fn family(&self, args: &GalleryArgs, names: &[&str]) -> Result<Made, Failure> {
        let folder = scenario(args, self.from);
        let mut files: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        if files.is_empty() {
            let unreadable = |error| Failure::Usage(format!("cannot read {}: {error}", folder.display()));
            for entry in fs::read_dir(&folder).map_err(unreadable)? {
                let name = entry.map_err(unreadable)?.file_name();
                if Path::new(&name).extension().is_some_and(|extension| extension == "ron") {
                    files.push(name.to_string_lossy().into_owned());
                }
            }
            files.sort();
        }
        let mut scenarios = Vec::new();
        for file in &files {
            scenarios.push(self.member(args, &folder, file)?);
        }
        let family = Family {
            name: self.name,
            about: &format!("{}.", self.about),
            seeds: self.seeds,
            scenarios: &scenarios,
        };
        let map = family.map().map_err(|error| unmade(io::Error::other(error)))?;
        Ok(vec![("report.md".to_owned(), family.markdown()), ("map.svg".to_owned(), map)])
    }

    fn member(&self, args: &GalleryArgs, folder: &Path, file: &str) -> Result<FamilyScenario, Failure> {
        let found = select::scenario(&folder.join(file), &[])?;
        let table = ran(&found.plan, self.seeds(), args)?;
        let summary = Summary::of(&table, Span::from_nanos(found.plan.limit.as_nanos()), 1);
        let from = if self.from.is_empty() { file.to_owned() } else { format!("{}/{file}", self.from) };
        let header = setup::header(&found, &named(&from), &[], self.seeds(), None, None);
        Ok(FamilyScenario {
            name: found.plan.name.clone(),
            about: found.about,
            summary,
            digest: table.digest().to_string(),
            reproduce: commands::run("blesim", &setup::asked(&header, self.seeds()), ""),
        })
    }
}

/// The table of a plan.
fn ran(plan: &blesim_world::Plan, seeds: Seeds, args: &GalleryArgs) -> Result<Table, Failure> {
    let stop = AtomicBool::new(false);
    sweep(plan, seeds, jobs(args.jobs), &|_| {}, &stop).map_err(|error| match error {
        SweepError::Stopped => Failure::Interrupted { resume: None },
        SweepError::Resources(what) | SweepError::NotKept(what) => Failure::Usage(what),
        SweepError::Bug(bug) => Failure::bug(format!("{}, seed {}: {}", plan.name, bug.seed, bug.what), None),
    })
}

/// What a writer writes, as text.
fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> io::Result<String> {
    let mut octets = Vec::new();
    write(&mut octets)?;
    String::from_utf8(octets).map_err(io::Error::other)
}

fn unmade(error: io::Error) -> Failure {
    Failure::bug(error, None)
}
