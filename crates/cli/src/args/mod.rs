//! The command line, and the help that teaches it.
//!
//! Invariant: every option is declared here and nowhere else, and what leaves here makes sense by itself.

mod bridge;
mod help;
mod values;

pub(crate) use bridge::{InteropArgs, InteropFormat, LiveFormat, ServeArgs};
pub(crate) use values::{Part, Precision};

use blesim_study::Seeds;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};
use help::{
    CHECK_EXAMPLES, DIAGNOSE_EXAMPLES, EXAMPLES, FIT_EXAMPLES, GALLERY_EXAMPLES, GRAPH_EXAMPLES,
    INIT_EXAMPLES, LIST_EXAMPLES, MATRIX_EXAMPLES, MERGE_EXAMPLES, REPORT_EXAMPLES, RUN_EXAMPLES,
    SESSIONS_EXAMPLES, SHOW_EXAMPLES, SLURM_EXAMPLES, SWEEP_EXAMPLES, TRACE_EXAMPLES, VALIDATE_EXAMPLES,
};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use values::{fraction, jobs, number, part, precision, seeds, shards};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold());

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
    /// Write a commented scenario to start from
    Init(InitArgs),
    /// Run every policy of a scenario on the same seeds and compare them
    Run(RunArgs),
    /// Run a scenario at every point of the grid that it describes
    Sweep(SweepArgs),
    /// Make one result of the parts of a study
    Merge(MergeArgs),
    /// Make the page, the pictures and the tables of a run again from its rows
    Report(ReportArgs),
    /// Make the gallery of reports again
    Gallery(GalleryArgs),
    /// Run a study on many machines
    #[command(subcommand)]
    Cluster(ClusterVerb),
    /// Show one session, event by event
    Trace(TraceArgs),
    /// Say what went wrong in a capture, what proves it, and what to do
    Diagnose(DiagnoseArgs),
    /// Estimate from a capture what a scenario needs: parameters, loss, delays, with intervals
    Fit(FitArgs),
    /// Count how often sessions take each row of the link layer's tables
    Edges(SessionsArgs),
    /// Tell what each device spends on advertising, pairing, retries and the link
    Energy(SessionsArgs),
    /// Read scenarios and policies, and say what was proved about them
    Check(CheckArgs),
    /// Name what there is: policies, stacks, faults, measures, codes, scenarios
    List(ListArgs),
    /// Show what is behind a name
    Show(ShowArgs),
    /// Print every field and word of a scenario with its unit, range, default and an example, as Markdown
    Reference,
    /// Try every verdict after every error, and say which recovers how often and at what cost
    Matrix(MatrixArgs),
    /// Draw a policy, with how often sessions went each way
    Graph(GraphArgs),
    /// Offer the controllers of a scenario, and its air, to real hosts
    Serve(ServeArgs),
    /// Pair our host with a real one in every way, and compare with ours alone
    Interop(InteropArgs),
    /// Hold the simulator to closed forms, published figures and sample data
    Validate(ValidateArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct RunArgs {
    /// The scenario, a RON file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// How many seeds from 0 on, or a range whose end is not included [default: 1000; at most a million with
    /// --precision]
    #[arg(long, value_name = "N|A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Only this policy, in the order given: of the scenario, from `policies` beside it, or built in
    #[arg(long = "policy", short, value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// What goes to standard output: the comparison for people or programs, or a row a session
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Also write the results into this folder, and keep what is finished there while running
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Go on with what an interrupted run of the same command has left in the folder, if it has left anything
    #[arg(long, requires = "output")]
    pub(crate) resume: bool,
    /// Run one part of the study into the folder, for `merge`
    #[arg(long, value_name = "K/N|auto", value_parser = part, requires = "output", conflicts_with = "format")]
    pub(crate) shard: Option<Part>,
    /// End as soon as the difference between the first two policies is known to so many points either way
    #[arg(long, value_name = "POINTS", value_parser = precision, conflicts_with = "shard")]
    pub(crate) precision: Option<Precision>,
    /// The policy whose difference from the first one is meant
    #[arg(long, value_name = "NAME", requires = "precision")]
    pub(crate) precision_for: Option<String>,
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
    /// One JSON object a session
    Ndjson,
}

#[derive(Debug, clap::Args)]
#[command(after_help = SWEEP_EXAMPLES)]
pub(crate) struct SweepArgs {
    /// The scenario, a RON file with a `sweep` in it
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// How many seeds from 0 on at each point, or a range whose end is not included [default: 1000]
    #[arg(long, value_name = "N|A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Only this policy, in the order given: of the scenario, from `policies` beside it, or built in
    #[arg(long = "policy", short, value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// What goes to standard output: the grid for people or programs
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Also write report.md, pictures, sweep.csv, sweep.json, sessions.csv and sessions.ndjson into this folder
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// No progress and no notes on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub(crate) struct MergeArgs {
    /// The folder with the parts
    #[arg(value_name = "DIR")]
    pub(crate) parts: PathBuf,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// What goes to standard output: the comparison for people or programs, or a row a session
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Also write the results into this folder
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// No notes on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub(crate) struct ReportArgs {
    /// The folder of a run, with rows.blesim in it
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Write into this folder instead
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// No notes on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(crate) struct InitArgs {
    /// The file to write, which must not be there yet
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The name of the scenario [default: that of the file]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The stack of the phone, as `list stacks` names them
    #[arg(long, value_name = "STACK", default_value = "android-15")]
    pub(crate) phone: String,
    /// The stack of the device
    #[arg(long, value_name = "STACK", default_value = "zephyr")]
    pub(crate) device: String,
}

impl SweepArgs {
    /// A sweep of a scenario that writes nothing and says nothing.
    pub(crate) fn quiet(scenario: PathBuf, seeds: Seeds, jobs: Option<NonZeroUsize>) -> Self {
        let (policies, format) = (Vec::new(), Format::Table);
        Self { scenario, seeds: Some(seeds), jobs, policies, format, output: None, quiet: true }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = GALLERY_EXAMPLES)]
pub(crate) struct GalleryArgs {
    /// Only this report of it
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// The folder of the gallery
    #[arg(long, short, value_name = "DIR", default_value = "reports")]
    pub(crate) output: PathBuf,
    /// The folder of the shipped scenarios
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub(crate) scenarios: PathBuf,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// No notes on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClusterVerb {
    /// A Slurm job array of parts, and the merge that waits for it
    Slurm(SlurmArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = SLURM_EXAMPLES)]
pub(crate) struct SlurmArgs {
    /// The scenario, a RON file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// How many seeds from 0 on, or a range whose end is not included
    #[arg(long, value_name = "N|A..B", value_parser = seeds)]
    pub(crate) seeds: Seeds,
    /// How many parts; a cluster allows 1000 of one array unless it was told otherwise
    #[arg(long, value_name = "M", value_parser = shards)]
    pub(crate) shards: u64,
    /// Only this policy, in the order given: of the scenario, from `policies` beside it, or built in
    #[arg(long = "policy", short, value_name = "NAME")]
    pub(crate) policies: Vec<String>,
    /// The folder for the parts, which all machines share; results go into `merged` below it
    #[arg(long, short, value_name = "DIR", default_value = "parts")]
    pub(crate) output: PathBuf,
    /// Submit the jobs instead of printing the script
    #[arg(long)]
    pub(crate) submit: bool,
    /// An option for every sbatch, such as --sbatch=--time=01:00:00
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub(crate) sbatch: Vec<String>,
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
    /// A picture: who sent what to whom, with faults and decisions
    Svg,
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
#[command(after_help = DIAGNOSE_EXAMPLES)]
pub(crate) struct DiagnoseArgs {
    /// The capture: btsnoop, pcap, pcapng, or the text of btmon; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) capture: PathBuf,
    /// What goes to standard output
    #[arg(long, short, value_enum, default_value_t = DiagnoseFormat::Text)]
    pub(crate) format: DiagnoseFormat,
    /// Also write a scenario that shows the same failure
    #[arg(long, value_name = "OUT.ron")]
    pub(crate) scenario: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum DiagnoseFormat {
    /// For people
    Text,
    /// The same as blesim.diagnose/1
    Json,
}

#[derive(Debug, clap::Args)]
#[command(after_help = FIT_EXAMPLES)]
pub(crate) struct FitArgs {
    /// The capture: btsnoop, pcap, pcapng, or the text of btmon; `-` is standard input
    #[arg(value_name = "CAPTURE")]
    pub(crate) capture: PathBuf,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = SESSIONS_EXAMPLES)]
pub(crate) struct SessionsArgs {
    /// The scenario, a RON file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// How many seeds from 0 on, or a range whose end is not included [default: 100]
    #[arg(long, value_name = "N|A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// The policy [default: the first of the scenario]
    #[arg(long, short, value_name = "NAME")]
    pub(crate) policy: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArgs {
    /// Scenarios or policies, RON files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// What to name
    #[arg(value_name = "WHAT", value_enum)]
    pub(crate) kind: Kind,
    /// The form [default: a table on a terminal, a name a line on a pipe]
    #[arg(long, short, value_enum)]
    pub(crate) format: Option<ListFormat>,
    /// The folder whose own policies, stacks and scenarios are meant too
    #[arg(long = "in", value_name = "DIR", default_value = "scenarios")]
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// Recovery policies, built in and in `policies` of the folder
    Policies,
    /// Stack profiles, built in and in `stacks` of the folder
    Stacks,
    /// Effects of faults
    Faults,
    /// What is counted in a session
    Measures,
    /// Codes that a stack shows, which rules of policies match
    Errors,
    /// Scenario files in the folder
    Scenarios,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum ListFormat {
    /// A name a line
    Names,
    /// Names with one sentence each
    Table,
    /// The same as blesim.list/1
    Json,
}

#[derive(Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    /// A policy, a stack, a fault, a measure, a code or a scenario, as `list` names it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The folder whose own policies, stacks and scenarios are meant too
    #[arg(long = "in", value_name = "DIR", default_value = "scenarios")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(after_help = MATRIX_EXAMPLES)]
pub(crate) struct MatrixArgs {
    /// How many seeds from 0 on for each cause, or a range whose end is not included [default: 1000]
    #[arg(long, value_name = "N|A..B", value_parser = seeds)]
    pub(crate) seeds: Option<Seeds>,
    /// How many threads [default: as many as the machine runs at a time]
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// What goes to standard output
    #[arg(long, short, value_enum, default_value_t = MatrixFormat::Table)]
    pub(crate) format: MatrixFormat,
    /// Also write matrix.json, matrix.csv and matrix.svg into this folder
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// No progress and no notes on standard error
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum MatrixFormat {
    /// For people
    Table,
    /// All of it as blesim.matrix/1
    Json,
    /// One row a verdict
    Csv,
}

#[derive(Debug, clap::Args)]
#[command(after_help = GRAPH_EXAMPLES)]
pub(crate) struct GraphArgs {
    /// The policy, by its name
    #[arg(value_name = "POLICY")]
    pub(crate) policy: String,
    /// Count how often sessions of this scenario go each way
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: Option<PathBuf>,
    /// How many seeds from 0 on, or a range whose end is not included [default: 100]
    #[arg(long, value_name = "N|A..B", value_parser = seeds, requires = "scenario")]
    pub(crate) seeds: Option<Seeds>,
    /// The form [default: as the name of the file ends, or svg]
    #[arg(long, short, value_enum)]
    pub(crate) format: Option<GraphFormat>,
    /// Every state that was proved, each number of failures by itself, and no counts
    #[arg(long, conflicts_with = "scenario")]
    pub(crate) states: bool,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The folder whose own policies are meant too, where there is no scenario
    #[arg(long = "in", value_name = "DIR", default_value = "scenarios")]
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum GraphFormat {
    /// The DOT language of Graphviz
    Dot,
    /// A picture
    Svg,
}

#[derive(Debug, clap::Args)]
#[command(after_help = VALIDATE_EXAMPLES)]
pub(crate) struct ValidateArgs {
    /// Only this row, by its number or name
    #[arg(long = "row", short, value_name = "NAME")]
    pub(crate) rows: Vec<String>,
    /// Run one trial in so many: faster, with wider intervals
    #[arg(long, value_name = "N", value_parser = fraction)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// The declaration of the arguments agrees with itself.
    #[test]
    fn declaration_is_sound() {
        Args::command().debug_assert();
    }
}
