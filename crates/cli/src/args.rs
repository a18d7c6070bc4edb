//! The command line, and the help that teaches it.
//!
//! Invariant: every option is declared here and nowhere else, and what leaves here makes sense by itself.

use blesim_study::Seeds;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};
use std::num::NonZeroUsize;
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold());

const EXAMPLES: &str = "\
Start here:
  blesim check scenarios/quickstart.ron                 what the file means, and what was proved
  blesim run scenarios/quickstart.ron --seeds 10000     which policy secures the link most often
  blesim trace scenarios/quickstart.ron --seed 3        what happened in one session

Exit codes:
  0    fine
  1    an expectation of the scenario was not met
  2    a mistake in the command or in a file, or a file that cannot be read or written
  70   a bug in blesim; the message has the command that shows it again
  130  interrupted";

const RUN_EXAMPLES: &str = "\
Examples:
  blesim run scenarios/quickstart.ron
      every policy of the scenario on seeds 0 to 999
  blesim run scenarios/quickstart.ron --seeds 500..600 --jobs 1
      seeds 500 to 599 on one thread: the same rows as in any other run with them
  blesim run scenarios/quickstart.ron --policy never-retry --policy exponential-backoff
      these two, compared with the one that is named first
  blesim run scenarios/quickstart.ron --seeds 10000 -o results
      also writes results/sessions.csv, results/summary.json and results/policies.svg
  blesim run scenarios/quickstart.ron --format json | jq '.policies[].success.rate'

The same scenario, seeds and policies give the same digest on every machine, for any number of
jobs.

Columns:
  secured   sessions that ended with a secured link, with the 95 % Wilson interval
  p50, p95  time to the secured link over all sessions; one that failed counts as never
  attempts  mean number of attempts to secure the link in a session
  worst     what the stack showed last in most of the sessions that failed, how many times,
            and the first seed to look at";

const TRACE_EXAMPLES: &str = "\
Examples:
  blesim trace scenarios/quickstart.ron --seed 3 --policy never-retry | less
      every PDU, key, timer, fault and decision of one session
  blesim trace scenarios/quickstart.ron --seed 3 --format pcapng -o session.pcapng
      the air, the same decrypted, and every host's HCI, for Wireshark
  blesim trace scenarios/quickstart.ron --seed 3 --format monitor -o session.btsnoop
      what hosts and controllers said, with faults and decisions as notes, for `btmon -r`
  blesim trace scenarios/quickstart.ron --seed 3 --format h4 -o logs
      the same as phones log it: logs/phone.btsnoop and logs/lock.btsnoop
  blesim trace scenarios/quickstart.ron --seed 3 --format keys | jq -r '.sessions[].ltk'
      the keys, to decrypt a capture with";

const CHECK_EXAMPLES: &str = "\
Examples:
  blesim check scenarios/*.ron
  blesim check scenarios/policies/mine.ron
      that the policy ends in every case, after how many attempts, and what it does to bonds";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  blesim validate
      every row: reference, measured, 99 % interval, verdict; within a minute on two cores
  blesim validate --row S6 --row pairing-events
      two rows, by number or name
  blesim validate --format json | jq '.rows[] | select(.verdict != \"pass\") | .name'

A comparison passes if the 99 % interval, widened by the row's tolerance, holds the reference, or
if both are equal where nothing is left to chance. What is not possible yet is no pass. The exit
code is 1 if one fails. The output is the same for any number of jobs.";

/// What to do.
#[derive(Debug, Parser)]
#[command(name = "blesim", version, styles = STYLES, after_help = EXAMPLES, disable_help_subcommand = true)]
#[command(arg_required_else_help = true, max_term_width = 110)]
#[command(about = "When securing a Bluetooth LE link fails, what should the firmware do next?")]
#[command(long_about = "When securing a Bluetooth LE link fails, what should the firmware do next?\n\n\
    blesim runs thousands of seeded pairing sessions for each recovery policy, in worlds that are the same \
    for every policy, with real cryptography, and says which policy secures the link how often, how fast \
    and at what cost.")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run every policy of a scenario on the same seeds and compare them
    Run(RunArgs),
    /// Show one session, event by event
    Trace(TraceArgs),
    /// Read scenarios and policies, and say what was proved about them
    Check(CheckArgs),
    /// Hold the simulator to closed forms, published figures and sample data
    Validate(ValidateArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// The scenario, a RON file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// How many seeds from 0 on, or a range whose end is not included
    #[arg(long, value_name = "N|A..B", default_value = "1000", value_parser = seeds)]
    pub(crate) seeds: Seeds,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Only this policy, in the order given: of the scenario, from `policies` beside it, or built in
    #[arg(long = "policy", short, value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// What goes to standard output: the comparison for people or programs, or a row a session
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Also write sessions.csv, summary.json and policies.svg into this folder
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// No progress and no notes on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// Aligned, for people
    Table,
    /// The summary as blesim.run/1
    Json,
    /// One row a session
    Csv,
}

#[derive(Debug, clap::Args)]
#[command(after_help = TRACE_EXAMPLES)]
pub(crate) struct TraceArgs {
    /// The scenario, a RON file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// The seed of the session
    #[arg(long, short, value_name = "S", value_parser = number)]
    pub(crate) seed: u64,
    /// The policy [default: the first of the scenario]
    #[arg(long, short, value_name = "NAME")]
    pub(crate) policy: Option<String>,
    /// What the session is written as
    #[arg(long, short, value_enum, default_value_t = TraceFormat::Text)]
    pub(crate) format: TraceFormat,
    /// Whose HCI is written, by the device's name in the scenario; only with `--format h4`
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// Write to this file instead of standard output; with `--format h4` and no `--device`, a folder
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum TraceFormat {
    /// Lines for people
    Text,
    /// A capture in the monitor format of btmon: HCI of all hosts, with notes
    #[value(alias = "btsnoop")]
    Monitor,
    /// One host's HCI as a btsnoop file, as phones log it
    H4,
    /// The air as sent, the air decrypted, and HCI of all hosts, with comments
    Pcapng,
    /// The air as sent, for tools that know nothing newer
    Pcap,
    /// Keys and session keys as blesim.keys/1
    Keys,
}

#[derive(Debug, clap::Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Scenarios or policies, RON files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub(crate) struct ValidateArgs {
    /// Only this row, by its number or name
    #[arg(long = "row", short, value_name = "NAME")]
    pub(crate) rows: Vec<String>,
    /// Run one trial in so many: faster, with wider intervals
    #[arg(long, value_name = "N", value_parser = part)]
    pub(crate) part: Option<u64>,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// What goes to standard output
    #[arg(long, short, value_enum, default_value_t = ValidateFormat::Table)]
    pub(crate) format: ValidateFormat,
    /// No times on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ValidateFormat {
    /// For people
    Table,
    /// One object a comparison, as blesim.validate/1
    Json,
}

/// A whole number, its digits grouped by `_` if wanted.
fn number(text: &str) -> Result<u64, String> {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if !plain {
        return Err("this is not a whole number".to_owned());
    }
    digits.parse().map_err(|_| format!("the largest number is {}", u64::MAX))
}

fn seeds(text: &str) -> Result<Seeds, String> {
    let Some((first, end)) = text.split_once("..") else {
        let nothing = "no seed is nothing to run: write a number from 1 on, or a range like 500..600";
        return Seeds::new(0, number(text)?).ok_or_else(|| nothing.to_owned());
    };
    if end.starts_with('=') {
        return Err("the end of a range is not included: write A..B without `=`".to_owned());
    }
    let (first, end) = (number(first)?, number(end)?);
    Seeds::new(first, end.saturating_sub(first))
        .ok_or_else(|| format!("the range is empty: {end} is not above {first}"))
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: u64 = 1024;
    let number = number(text)?;
    let jobs = usize::try_from(number).ok().and_then(NonZeroUsize::new);
    jobs.filter(|_| number <= MOST).ok_or_else(|| format!("from 1 to {MOST} threads can run"))
}

fn part(text: &str) -> Result<u64, String> {
    let number = number(text)?;
    if number > 0 { Ok(number) } else { Err("one trial in 1 is all of them, and the most there is".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The declaration of the arguments agrees with itself.
    #[test]
    fn declaration_is_sound() {
        Args::command().debug_assert();
    }

    /// Seeds are a number or a half-open range; all else is refused with a word of help.
    #[test]
    fn seeds_are_a_number_or_a_range() {
        let check = |text: &str, expected: Result<(u64, u64), &str>| match (seeds(text), expected) {
            (Ok(seeds), Ok(expected)) => assert_eq!((seeds.first(), seeds.count()), expected, "{text}"),
            (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
            (got, _) => panic!("{text}: {got:?}"),
        };
        check("10000", Ok((0, 10_000)));
        check("10_000", Ok((0, 10_000)));
        check("5..8", Ok((5, 3)));
        check("0..1", Ok((0, 1)));
        check("18446744073709551614..18446744073709551615", Ok((u64::MAX - 1, 1)));
        check("0", Err("nothing to run"));
        check("8..5", Err("empty"));
        check("5..5", Err("empty"));
        check("5..=8", Err("not included"));
        check("-1", Err("whole number"));
        check("1e4", Err("whole number"));
        check("", Err("whole number"));
        check("_", Err("whole number"));
        check("..5", Err("whole number"));
        check("18446744073709551616", Err("largest"));
    }

    /// Threads are counted from one and are not without bound.
    #[test]
    fn jobs_are_bounded() {
        assert_eq!(jobs("2").unwrap().get(), 2);
        for text in ["0", "1025", "99999999999999999999", "two"] {
            assert!(jobs(text).is_err(), "{text}");
        }
    }
}
