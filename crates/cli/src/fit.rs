//! `blesim fit`: what a scenario needs to be like a capture.
//!
//! Invariant: what is written are fields of a scenario. Must never know: how they were estimated.

use crate::args::FitArgs;
use crate::diagnose::open;
use crate::failure::Failure;
use crate::output::{to_file, to_stdout};

pub(crate) fn fit(args: &FitArgs) -> Result<(), Failure> {
    let path = &args.capture;
    let found = blesim_diagnose::fit::fit(open(path)?);
    let fit = found.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    let text = fit.text(&path.display().to_string());
    match &args.output {
        Some(file) => to_file(file, |sink| sink.write_all(text.as_bytes())),
        None => to_stdout(|sink| sink.write_all(text.as_bytes())),
    }
}
