//! `blesim diagnose`: what went wrong in a capture, what proves it, and what to do.
//!
//! Invariant: the exit code tells the outcome: 0 secured, 1 a failure, or nothing of securing to be seen, 2 unreadable.

mod document;
mod text;

use crate::args::{DiagnoseArgs, DiagnoseFormat};
use crate::failure::Failure;
use crate::output::to_stdout;
use blesim_diagnose::{Diagnosis, Verdict};
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
    match diagnosis.verdict() {
        Verdict::Secured => Ok(()),
        Verdict::Failed | Verdict::NotVisible => Err(Failure::NotMet),
    }
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
