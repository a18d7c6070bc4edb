//! `blesim`: arguments, terminal and exit codes.
//!
//! Invariant: the result and nothing else goes to standard output; how it ended is in the exit code. It must
//! never know how anything is simulated or computed.

mod args;
mod catalogue;
mod check;
mod cluster;
mod commands;
mod diagnose;
mod edges;
mod facts;
mod failure;
mod finish;
mod fit;
mod gallery;
mod graph;
mod grid;
mod init;
mod interop;
mod list;
mod live;
mod matrix;
mod memory;
mod merge;
mod output;
mod precision;
mod progress;
mod report;
mod run;
mod select;
mod sequence;
mod serve;
mod setup;
mod shard;
mod trace;
mod unfinished;
mod validate;

use args::{Args, ClusterVerb, Verb};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    failure::hold_panics();
    match std::panic::catch_unwind(dispatch) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => failure.report(),
        Err(payload) => Failure::bug(blesim_study::panic_words(&*payload), None).report(),
    }
}

fn dispatch() -> Result<(), Failure> {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Help and version are results and end well; a reader that went away is no error.
            let _ = error.print();
            return if error.use_stderr() { Err(Failure::Told) } else { Ok(()) };
        }
    };
    match args.verb {
        Verb::Run(run) => run::run(&run),
        Verb::Sweep(sweep) => grid::grid(&sweep),
        Verb::Merge(merge) => merge::merge(&merge),
        Verb::Report(report) => report::report(&report),
        Verb::Gallery(args) => gallery::gallery(&args),
        Verb::Init(args) => init::init(&args),
        Verb::Reference => init::reference(),
        Verb::Cluster(ClusterVerb::Slurm(slurm)) => cluster::slurm(&slurm),
        Verb::Trace(trace) => trace::trace(&trace),
        Verb::Diagnose(diagnose) => diagnose::diagnose(&diagnose),
        Verb::Fit(fit) => fit::fit(&fit),
        Verb::Edges(sessions) => edges::edges(&sessions),
        Verb::Energy(sessions) => edges::energy(&sessions),
        Verb::Check(check) => check::check(&check),
        Verb::Graph(graph) => graph::graph(&graph),
        Verb::List(list) => list::list(&list),
        Verb::Show(show) => list::show(&show),
        Verb::Matrix(matrix) => matrix::matrix(&matrix),
        Verb::Serve(serve) => serve::serve(&serve),
        Verb::Interop(interop) => interop::compare(&interop),
        Verb::Validate(validate) => validate::validate(&validate),
    }
}
