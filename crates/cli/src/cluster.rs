//! `blesim cluster slurm`: a job array of parts, and the merge that waits for it.
//!
//! Invariant: what is submitted is what would have been printed. A part that is in the folder already is not
//! run again.
//!
//! A merge that can never run is cancelled (`--kill-on-invalid-dep`) instead of waiting for ever. Nothing
//! here trusts the exit code of `sbatch --wait`, which is 0 for a merge that was cancelled: the merged files
//! tell.

use crate::args::SlurmArgs;
use crate::commands::{Asked, file, quoted};
use crate::failure::Failure;
use crate::output::to_stdout;
use crate::{commands, select, setup, shard};
use blesim_study::Shard;
use std::fmt::Write;
use std::fs;
use std::io;
use std::process::Command;

/// Where the job number of the array stands in the options of the merge.
const ARRAY_JOB: &str = "$array";

pub(crate) fn slurm(args: &SlurmArgs) -> Result<(), Failure> {
    // A scenario that cannot run is told here and not by sixty-four jobs.
    let scenario = select::scenario(&args.scenario, &args.policies)?;
    let header = setup::header(&scenario, &args.scenario, &args.policies, args.seeds, None, None);
    let header = blesim_report::part::Header { shards: args.shards, ..header };
    let mut missing = Vec::new();
    for number in 1..=args.shards {
        let shard = Shard::new(number, args.shards).expect("it is one of them");
        let Some(seeds) = shard.slice(args.seeds) else {
            let what = format!("--shards {}: {} seeds are too few", args.shards, args.seeds.count());
            return Err(Failure::Usage(what));
        };
        if !shard::is_there(&args.output.join(shard::file_name(shard)), &header, seeds)? {
            missing.push(number);
        }
    }
    let jobs = Jobs { args, name: job_name(&header.study.scenario), missing };
    if args.submit { jobs.submit() } else { to_stdout(|sink| sink.write_all(jobs.script().as_bytes())) }
}

/// The jobs of a study.
struct Jobs<'a> {
    args: &'a SlurmArgs,
    name: String,
    /// The numbers of the parts that are not there.
    missing: Vec<u64>,
}

impl Jobs<'_> {
    /// The options of the array, if a part is missing.
    fn array(&self) -> Option<Vec<String>> {
        if self.missing.is_empty() {
            return None;
        }
        let args = self.args;
        let asked =
            Asked { path: &args.scenario, policies: &args.policies, seeds: args.seeds, precision: None };
        let folder = file(&args.output);
        let options = format!(
            " --shard auto/{} -o {folder} --resume --quiet --jobs ${{SLURM_CPUS_PER_TASK:-1}}",
            args.shards
        );
        let run = commands::run(&commands::program(), &asked, &options);
        let log = args.output.join("slurm-%A-%a.log");
        let mut all = vec![
            format!("--job-name={}", self.name),
            format!("--array={}", ranges(&self.missing)),
            format!("--output={}", log.display()),
            "--open-mode=append".to_owned(),
        ];
        all.extend(args.sbatch.iter().cloned());
        all.push(format!("--wrap={run}"));
        Some(all)
    }

    /// The options of the merge; it waits for `array`.
    fn merge(&self, array: Option<&str>) -> Vec<String> {
        let args = self.args;
        let results = args.output.join("merged");
        let log = args.output.join("slurm-%j-merge.log");
        let mut all = vec![format!("--job-name={}-merge", self.name), format!("--output={}", log.display())];
        if let Some(array) = array {
            all.push(format!("--dependency=afterok:{array}"));
            all.push("--kill-on-invalid-dep=yes".to_owned());
        }
        all.extend(args.sbatch.iter().cloned());
        let merge = commands::merge(&commands::program(), &args.output);
        all.push(format!("--wrap={merge} -o {}", file(&results)));
        all
    }

    /// The script that submits both.
    fn script(&self) -> String {
        let options = |all: &[String]| -> String {
            let words = all.iter().map(|option| word(option));
            words.collect::<Vec<String>>().join(" \\\n  ")
        };
        let folder = file(&self.args.output);
        let mut text = format!("#!/bin/sh\nset -eu\nmkdir -p {folder}\n");
        let array = self.array();
        if let Some(array) = &array {
            let _ = writeln!(text, "array=$(sbatch --parsable {})", options(array));
        }
        let merge = self.merge(array.as_ref().map(|_| ARRAY_JOB));
        let _ = writeln!(text, "merge=$(sbatch --parsable {})", options(&merge));
        let _ = writeln!(text, "echo \"submitted; job $merge puts the results into {folder}/merged\"");
        text
    }

    /// Submits both.
    fn submit(&self) -> Result<(), Failure> {
        let folder = &self.args.output;
        fs::create_dir_all(folder).map_err(|error| Failure::unwritable(folder, &error))?;
        let array = self.array().map(|options| sbatch(&options)).transpose()?;
        let merge = sbatch(&self.merge(array.as_deref()))?;
        let mut text = String::new();
        if let Some(array) = &array {
            let _ = writeln!(text, "array   {array}, parts {}", ranges(&self.missing));
        }
        let _ = writeln!(text, "merge   {merge}\nresults {}", folder.join("merged").display());
        to_stdout(|sink| sink.write_all(text.as_bytes()))
    }
}

/// Submits a job and gives its number.
fn sbatch(options: &[String]) -> Result<String, Failure> {
    let output = Command::new("sbatch").arg("--parsable").args(options).output();
    let output = output.map_err(|error| {
        let what = if error.kind() == io::ErrorKind::NotFound {
            "is not installed here".to_owned()
        } else {
            error.to_string()
        };
        Failure::Usage(format!("sbatch {what}; without --submit the script is printed"))
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    // In a federation the cluster's name follows.
    let job = said.trim().split(';').next().unwrap_or_default();
    if output.status.success() && !job.is_empty() && job.chars().all(|c| c.is_ascii_digit()) {
        return Ok(job.to_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(Failure::Usage(format!("sbatch took no job: {}", why.trim())))
}

/// A word of the script; the number of the array is filled in there.
fn word(option: &str) -> String {
    match option.strip_suffix(ARRAY_JOB) {
        Some(start) => format!("{}\"{ARRAY_JOB}\"", quoted(start)),
        None => quoted(option),
    }
}

/// Letters, digits, dashes: a name that no tool of the cluster stumbles over.
fn job_name(scenario: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("blesim-{}", scenario.chars().take(40).map(plain).collect::<String>())
}

/// Rising numbers as an array's specification: `1-3,7`.
fn ranges(numbers: &[u64]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let words = runs.filter_map(|run| match run {
        [] => None,
        [one] => Some(one.to_string()),
        [first, .., last] => Some(format!("{first}-{last}")),
    });
    words.collect::<Vec<String>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of numbers become ranges.
    #[test]
    fn ranges_are_short() {
        for (numbers, expected) in
            [(&[][..], ""), (&[3], "3"), (&[1, 2, 3, 4], "1-4"), (&[1, 3, 4, 7], "1,3-4,7")]
        {
            assert_eq!(ranges(numbers), expected);
        }
    }

    /// Names are fit for every tool; a word of the script keeps the one variable open.
    #[test]
    fn words_are_safe() {
        assert_eq!(job_name("door lock; rm -rf"), "blesim-door-lock--rm--rf");
        assert_eq!(word("--dependency=afterok:$array"), "--dependency=afterok:\"$array\"");
        assert_eq!(word("--wrap=a $x"), "'--wrap=a $x'");
    }
}
