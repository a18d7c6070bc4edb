//! `blesim init` and `blesim reference`: a scenario to start from, and the page that has every field.
//!
//! Invariant: what is written runs as it is, and a file that is there is never overwritten. Must never know: what the
//! reader will change.

use crate::args::InitArgs;
use crate::commands::file;
use crate::failure::Failure;
use crate::output::to_stdout;
use blesim_scenario::policy::Folder;
use blesim_scenario::{load, stack};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

/// The scenario, with places for what differs.
const TEMPLATE: &str = include_str!("init.ron");

pub(crate) fn init(args: &InitArgs) -> Result<(), Failure> {
    let path = &args.file;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = args.name.clone().or(stem).unwrap_or_else(|| "my-scenario".to_owned());
    for wanted in [&args.phone, &args.device] {
        if stack::load(wanted, &Folder::beside(path))?.is_none() {
            let what = format!("there is no stack \"{wanted}\"; `blesim list stacks` names those there are");
            return Err(Failure::Usage(what));
        }
    }
    let text = TEMPLATE
        .replace("@NAME@", &quoted(&name))
        .replace("@FILE@", &file(path))
        .replace("@PHONE@", &args.phone)
        .replace("@DEVICE@", &args.device);
    let open = OpenOptions::new().write(true).create_new(true).open(path);
    let written = open.and_then(|mut sink| sink.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::Usage(format!("{} is there already, and is not overwritten", path.display()))
        }
        _ => Failure::unwritable(path, &error),
    })?;
    load(path)?;
    let named = file(path);
    let next = format!(
        "wrote {}; next:\n  blesim check {named}\n  blesim run {named} --seeds 2000 -o results\n",
        path.display()
    );
    to_stdout(|sink| sink.write_all(next.as_bytes()))
}

/// A name as RON reads it back.
fn quoted(name: &str) -> String {
    let escaped = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

pub(crate) fn reference() -> Result<(), Failure> {
    to_stdout(|sink| sink.write_all(blesim_scenario::reference().as_bytes()))
}
