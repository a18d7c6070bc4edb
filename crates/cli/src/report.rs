//! `blesim report`: the page, the pictures and the tables of a run, made again from its rows.
//!
//! Invariant: what is made is what the run itself made, octet for octet; nothing is simulated.

use crate::args::{Format, ReportArgs};
use crate::failure::Failure;
use crate::finish::{Finished, Show, finish, jobs};
use crate::{memory, setup};
use blesim_report::part::{Header, Paragraph, PartError, PartReader};
use blesim_report::{Folder, ROWS};
use blesim_study::{Seeds, Table};
use blesim_world::Record;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

pub(crate) fn report(args: &ReportArgs) -> Result<(), Failure> {
    let file = args.folder.join(ROWS);
    let (header, table) = read(&args.folder, &file)?;
    let path = args.output.as_deref().unwrap_or(&args.folder);
    let folder = Folder::prepare(path).map_err(|error| Failure::unwritable(path, &error))?;
    let finished = Finished {
        seeds: setup::seeds(&header)?,
        table,
        looks: header.study.looks,
        ended: header.study.ended.clone(),
        header: &header,
    };
    let show = Show {
        format: Format::Table,
        folder: Some((folder, path)),
        quiet: args.quiet,
        jobs: jobs(args.jobs),
    };
    finish(&finished, show)
}

/// The header and the rows of the file.
fn read(folder: &Path, file: &Path) -> Result<(Header, Table), Failure> {
    let unfit = |what: &dyn std::fmt::Display| Failure::Unfit(format!("{}: {what}", file.display()));
    let open = match File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let what = format!("there is no {ROWS} in {}", folder.display());
            return Err(Failure::Usage(format!(
                "{what}: `blesim run SCENARIO -o {0}` writes it, and `blesim merge` if the folder holds parts",
                folder.display()
            )));
        }
        Err(error) => return Err(Failure::Usage(format!("cannot read {}: {error}", file.display()))),
    };
    let (header, reader) = PartReader::open(BufReader::new(open)).map_err(|error| unfit(&error))?;
    if header.shards != 1 {
        return Err(unfit(&"it is one part of several; `blesim merge` makes one result of them"));
    }
    memory::holds(setup::seeds(&header)?, header.study.policies.len())?;
    let rows = rows(reader).map_err(|error| unfit(&error))?;
    let table = table(&header, rows).ok_or_else(|| unfit(&PartError::OtherRows))?;
    Ok((header, table))
}

fn rows(mut reader: PartReader<impl BufRead>) -> Result<Vec<Record>, PartError> {
    let mut rows = Vec::new();
    loop {
        match reader.read()? {
            Some(Paragraph::Rows(records)) => rows.extend(records),
            Some(Paragraph::End) => return Ok(rows),
            None => return Err(PartError::Truncated),
        }
    }
}

/// The table of the rows, if they are those of the first seeds of the study.
fn table(header: &Header, rows: Vec<Record>) -> Option<Table> {
    let policies = header.study.policies.len();
    let whole = rows.len().is_multiple_of(policies);
    let seeds = Seeds::new(header.first_seed, (rows.len() / policies) as u64).filter(|_| whole)?;
    let (number, first) = (seeds.count(), seeds.first());
    let mut owners = (first..=seeds.last()).flat_map(|seed| std::iter::repeat_n(seed, policies));
    let owned = number <= header.seeds && rows.iter().all(|record| owners.next() == Some(record.seed));
    owned.then(|| Table::new(seeds, header.study.policies.clone(), rows))
}
