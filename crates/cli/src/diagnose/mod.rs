//! `blesim diagnose`: what went wrong in a capture, what proves it, and what to do.
//!
//! Invariant: the exit code tells the outcome: 0 secured, 1 a failure, or nothing of securing to be seen, 2 unreadable.

mod document;
mod text;

use crate::args::{DiagnoseArgs, DiagnoseFormat};
use crate::failure::Failure;
use crate::output::{to_file, to_stdout};
use blesim_diagnose::{Diagnosis, Verdict, scenario};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

pub(crate) fn diagnose(args: &DiagnoseArgs) -> Result<(), Failure> {
    let diagnosis = read(&args.capture)?;
    let text = match args.format {
        DiagnoseFormat::Text => text::text(&diagnosis, &args.capture),
        DiagnoseFormat::Json => document::json(&diagnosis),
    };
    to_stdout(|sink| sink.write_all(text.as_bytes()))?;
    if let Some(path) = &args.scenario {
        reproduce(&diagnosis, args, path)?;
    }
    match diagnosis.verdict() {
        Verdict::Secured => Ok(()),
        Verdict::Failed | Verdict::NotVisible => Err(Failure::NotMet),
    }
}

/// Writes the scenario of the first failure.
fn reproduce(diagnosis: &Diagnosis, args: &DiagnoseArgs, path: &Path) -> Result<(), Failure> {
    let Some(text) = scenario(diagnosis, &args.capture.display().to_string()) else {
        let why = match diagnosis.first() {
            None => "nothing failed in this capture",
            Some(_) => "no fault, quirk or history of a scenario makes this failure",
        };
        return Err(Failure::Usage(format!("there is no scenario to write: {why}")));
    };
    to_file(path, |sink| sink.write_all(text.as_bytes()))?;
    anstream::eprintln!("wrote {}", path.display());
    Ok(())
}

fn read(path: &Path) -> Result<Diagnosis, Failure> {
    blesim_diagnose::diagnose(open(path)?)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// The capture: a file, or standard input for `-`.
pub(crate) fn open(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin().lock())));
    }
    let unreadable = |error: io::Error| Failure::Usage(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(Failure::Usage(format!("{} is a folder: name a capture in it", path.display())));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}
