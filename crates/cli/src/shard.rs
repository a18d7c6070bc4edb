//! One part of a study: which one, under which name, written whole or not at all.
//!
//! Invariant: a file under a part's name is whole. One that is there is never overwritten.

use crate::args::Part;
use crate::failure::Failure;
use crate::setup::difference;
use blesim_report::part::{Header, Paragraph, PartError, PartReader, write_part};
use blesim_report::part_file;
use blesim_study::{CHUNK, Seeds, Shard};
use blesim_world::Record;
use std::env;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

/// The part that is meant.
pub(crate) fn resolve(part: Part) -> Result<Shard, Failure> {
    match part {
        Part::Given(shard) => Ok(shard),
        Part::Auto(of) => auto(of, &|name| env::var(name).ok()).map_err(Failure::Usage),
    }
}

/// The part that the environment names, of `of` if that is given.
///
/// A Slurm array counts from where it was told to, a Kubernetes indexed job from zero, a continuous
/// integration from one. How many parts there are is never taken from an array that runs only some of them.
fn auto(of: Option<u64>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let number = |name: &str| -> Result<Option<u64>, String> {
        let Some(text) = variable(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("--shard auto: {name} is {text:?}, which is no number"))
    };
    let shard = |index: u64, count: u64, from: &str| {
        Shard::new(index, count).ok_or_else(|| format!("--shard auto: {from} gives part {index} of {count}"))
    };
    if let Some(task) = number("SLURM_ARRAY_TASK_ID")? {
        if let Some(of) = of {
            return shard(task, of, "SLURM_ARRAY_TASK_ID");
        }
        let missing = "--shard auto: the array runs only some of its numbers; write auto/N";
        let [count, least, most] =
            ["SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX"].map(number);
        let (Some(count), Some(least), Some(most)) = (count?, least?, most?) else {
            return Err(missing.to_owned());
        };
        if task < least || most.checked_sub(least) != count.checked_sub(1) || least > 1 {
            return Err(missing.to_owned());
        }
        return shard(task - least + 1, count, "the Slurm array");
    }
    let known = [("JOB_COMPLETION_INDEX", 1, "JOB_COMPLETIONS"), ("CI_NODE_INDEX", 0, "CI_NODE_TOTAL")];
    for (index, add, total) in known {
        if let Some(found) = number(index)? {
            let count = of.map_or_else(|| number(total), |of| Ok(Some(of)))?;
            let count = count.ok_or_else(|| format!("--shard auto: {total} is not set; write auto/N"))?;
            return shard(found.saturating_add(add), count, index);
        }
    }
    let names = "SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or CI_NODE_INDEX";
    Err(format!("--shard auto: none of {names} is set; write K/N"))
}

/// The name of a part's file, in the order of the parts.
pub(crate) fn file_name(shard: Shard) -> String {
    let width = shard.of().to_string().len().max(3);
    format!("part-{:0width$}-of-{:0width$}.blesim", shard.number(), shard.of())
}

/// Whether the part is there, whole and of this study.
pub(crate) fn is_there(path: &Path, header: &Header, seeds: Seeds) -> Result<bool, Failure> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Failure::Usage(format!("cannot read {}: {error}", path.display()))),
    };
    let unfit = |what: String| {
        Failure::Unfit(format!(
            "{}: {what}; it was not overwritten. Remove it to run the part",
            path.display()
        ))
    };
    let (found, reader) = PartReader::open(BufReader::new(file)).map_err(|error| unfit(error.to_string()))?;
    if let Some(what) = difference(&found, header) {
        return Err(unfit(what));
    }
    read(reader, &found, seeds, &mut |_| {}).map_err(|error| unfit(error.to_string()))?;
    Ok(true)
}

/// Hands every chunk of a part that has to hold these seeds to `take`.
pub(crate) fn read(
    mut reader: PartReader<impl io::BufRead>,
    header: &Header,
    seeds: Seeds,
    take: &mut dyn FnMut(&[Record]),
) -> Result<(), PartError> {
    let policies = header.study.policies.len();
    let mut next = Some(seeds.first());
    loop {
        match reader.read()? {
            Some(Paragraph::Rows(records)) => {
                for records in records.chunks(policies) {
                    let whole = records.len() == policies && records.iter().all(|one| Some(one.seed) == next);
                    if !whole {
                        return Err(PartError::NoPart);
                    }
                    next = next.and_then(|seed| seed.checked_add(1)).filter(|&seed| seed <= seeds.last());
                }
                take(&records);
            }
            Some(Paragraph::End) if next.is_none() => return Ok(()),
            Some(Paragraph::End) | None => return Err(PartError::Truncated),
        }
    }
}

/// Writes the part: aside, then under its name.
pub(crate) fn write(path: &Path, folder: &Path, header: &Header, records: &[Record]) -> Result<(), Failure> {
    let unwritable = |error: io::Error| Failure::unwritable(path, &error);
    let file = part_file(folder).map_err(unwritable)?;
    let mut sink = BufWriter::new(file);
    write_part(&mut sink, header, records, CHUNK * header.study.policies.len()).map_err(unwritable)?;
    sink.flush().map_err(unwritable)?;
    let file = sink.into_inner().map_err(|error| unwritable(error.into_error()))?;
    // Another machine may look for it next.
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist_noclobber(path).map_err(|error| unwritable(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each scheduler's way to count, and every way in which the environment does not say enough.
    #[test]
    fn the_environment_names_the_part() {
        let check = |set: &[(&str, &str)], of: Option<u64>, expected: Result<&str, &str>| {
            let variable = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            match (auto(of, &variable), expected) {
                (Ok(shard), Ok(expected)) => assert_eq!(shard.to_string(), expected, "{set:?}"),
                (Err(error), Err(part)) => assert!(error.contains(part), "{set:?}: {error}"),
                (got, _) => panic!("{set:?}: {got:?}"),
            }
        };
        let slurm = |id, count, least, most| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_COUNT", count),
                ("SLURM_ARRAY_TASK_MIN", least),
                ("SLURM_ARRAY_TASK_MAX", most),
            ]
        };
        check(&slurm("3", "16", "1", "16"), None, Ok("3/16"));
        check(&slurm("0", "4", "0", "3"), None, Ok("1/4"));
        check(&slurm("3", "1", "3", "3"), None, Err("auto/N"));
        check(&slurm("3", "2", "1", "3"), None, Err("auto/N"));
        check(&slurm("3", "1", "3", "3"), Some(16), Ok("3/16"));
        check(&slurm("17", "1", "17", "17"), Some(16), Err("part 17 of 16"));
        check(&slurm("x", "1", "1", "1"), None, Err("no number"));
        check(&[("JOB_COMPLETION_INDEX", "0")], Some(4), Ok("1/4"));
        check(&[("JOB_COMPLETION_INDEX", "3"), ("JOB_COMPLETIONS", "4")], None, Ok("4/4"));
        check(&[("JOB_COMPLETION_INDEX", "4")], Some(4), Err("part 5 of 4"));
        check(&[("JOB_COMPLETION_INDEX", "0")], None, Err("JOB_COMPLETIONS"));
        check(&[("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "3")], None, Ok("2/3"));
        check(&[], None, Err("none of"));
    }

    /// Names stand in the order of the parts.
    #[test]
    fn names_are_in_order() {
        let name = |number, of| file_name(Shard::new(number, of).unwrap());
        assert_eq!(name(3, 16), "part-003-of-016.blesim");
        assert_eq!(name(10, 2_000), "part-0010-of-2000.blesim");
    }
}
