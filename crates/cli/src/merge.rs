//! `blesim merge`: one result of all parts of a study.
//!
//! Invariant: every row comes from the one part that it belongs to, or there is no result; the result is the
//! same octets as from a run that was never divided.

use crate::args::MergeArgs;
use crate::failure::Failure;
use crate::finish::{Finished, Show, finish, jobs};
use crate::{commands, memory, setup, shard};
use blesim_report::Folder;
use blesim_report::part::{Header, PartReader};
use blesim_study::{Seeds, Shard, Table};
use blesim_world::Record;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// The most commands that are printed one by one.
const MOST_COMMANDS: usize = 32;

/// The parts in a folder, by their numbers.
struct Parts {
    header: Header,
    seeds: Seeds,
    files: BTreeMap<u64, PathBuf>,
}

pub(crate) fn merge(args: &MergeArgs) -> Result<(), Failure> {
    let parts = Parts::find(&args.parts)?;
    let policies = parts.header.study.policies.clone();
    let path = args.output.as_deref();
    let folder = path.map(|path| {
        let folder = Folder::prepare(path).map_err(|error| Failure::unwritable(path, &error));
        folder.map(|folder| (folder, path))
    });
    let folder = folder.transpose()?;
    memory::holds(parts.seeds, policies.len())?;
    let rows = parts.rows(&args.parts)?;
    let finished = Finished {
        header: &parts.header,
        seeds: parts.seeds,
        table: Table::new(parts.seeds, policies, rows),
        looks: 1,
        ended: None,
    };
    let show = Show { format: args.format, folder, quiet: args.quiet, jobs: jobs(args.jobs) };
    finish(&finished, show)
}

impl Parts {
    /// Finds the parts and sees that they are of one study, none twice.
    fn find(folder: &Path) -> Result<Self, Failure> {
        let mut found: Option<Self> = None;
        for path in files(folder)? {
            let unfit = |what: String| Failure::Unfit(format!("{}: {what}", path.display()));
            let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
            let (header, _) = match PartReader::open(BufReader::new(file)) {
                Ok(opened) => opened,
                Err(error) => return Err(unfit(error.to_string())),
            };
            let seeds = setup::seeds(&header)?;
            if Shard::new(header.shard, header.shards).and_then(|shard| shard.slice(seeds)).is_none() {
                return Err(unfit(format!("there is no part {} of {}", header.shard, header.shards)));
            }
            let number = header.shard;
            let parts =
                found.get_or_insert_with(|| Self { header: header.clone(), seeds, files: BTreeMap::new() });
            let first = parts.files.values().next().unwrap_or(&path);
            if let Some(what) = setup::difference(&header, &parts.header) {
                return Err(unfit(format!("{what}, as {} is", first.display())));
            }
            if let Some(other) = parts.files.insert(number, path.clone()) {
                return Err(unfit(format!("{} is part {number} too", other.display())));
            }
        }
        found.ok_or_else(|| Failure::Unfit(format!("{}: there are no parts here", folder.display())))
    }

    /// The rows of all parts, in order.
    fn rows(&self, folder: &Path) -> Result<Vec<Record>, Failure> {
        let mut rows = Vec::new();
        let (mut missing, mut damaged) = (Vec::new(), Vec::new());
        for number in 1..=self.header.shards {
            let shard = Shard::new(number, self.header.shards).expect("it is one of them");
            let Some(seeds) = shard.slice(self.seeds) else { continue };
            let Some(path) = self.files.get(&number) else {
                missing.push(shard);
                continue;
            };
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            let read = PartReader::open(BufReader::new(file)).and_then(|(header, reader)| {
                shard::read(reader, &header, seeds, &mut |records| rows.extend_from_slice(records))
            });
            if let Err(error) = read {
                damaged.push(format!("{}: {error}; remove it", path.display()));
                missing.push(shard);
            }
        }
        if missing.is_empty() { Ok(rows) } else { Err(self.incomplete(folder, &missing, &damaged)) }
    }

    /// What is missing, and the commands that make it.
    fn incomplete(&self, folder: &Path, missing: &[Shard], damaged: &[String]) -> Failure {
        let (number, all) = (missing.len(), self.header.shards);
        let mut words: Vec<String> = damaged.to_vec();
        words
            .push(format!("{number} of {all} parts {} missing; run", if number == 1 { "is" } else { "are" }));
        let program = commands::program();
        for shard in missing.iter().take(MOST_COMMANDS) {
            let options = format!(" --shard {shard} -o {} --resume", commands::file(folder));
            words.push(format!(
                "  {}",
                commands::run(&program, &setup::asked(&self.header, self.seeds), &options)
            ));
        }
        if number > MOST_COMMANDS {
            let rest: Vec<String> =
                missing[MOST_COMMANDS..].iter().map(|shard| shard.number().to_string()).collect();
            words.push(format!("  and the same for the parts {}", rest.join(", ")));
        }
        Failure::Unfit(words.join("\n"))
    }
}

/// The files in the folder that have a part's name, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let name = entry.map_err(|error| unreadable(folder, &error))?.file_name();
        let text = name.to_string_lossy();
        if text.starts_with("part-") && text.ends_with(".blesim") {
            files.push(folder.join(name));
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot read {}: {error}", path.display()))
}
