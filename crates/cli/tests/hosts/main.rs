//! Real hosts on our air: Bumble from PyPI, unpatched, over the controllers that `blesim serve` offers.
//!
//! Invariant: nothing here is ours but the controllers, the air and what goes wrong in it; without Bumble each test
//! is named as skipped, and fails where CI is set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod controllers;
mod faults;
mod interop;
mod leaks;
mod serve;
#[path = "../served/mod.rs"]
mod served;

use serde_json::Value;
use std::env;
use std::io::{Write, stderr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The Python that has Bumble: that of the test command, or the one that is named. `None` if there is none.
fn python() -> Option<PathBuf> {
    let named = env::var_os("BLESIM_BUMBLE").map(PathBuf::from);
    let made = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/bumble/bin/python");
    let found = named.or_else(|| made.exists().then_some(made));
    if found.is_none() {
        assert!(env::var_os("CI").is_none(), "Bumble has to be there where CI is set: run `bash .ci/bumble`");
        let _closed = writeln!(stderr(), "skipped: Bumble is not there; `bash .ci/bumble` gets it");
    }
    found
}

/// Has two Bumble hosts do something over two controllers, and gives what they tell.
fn pair(python: &PathBuf, what: &Value) -> Vec<Value> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/pair.py");
    let mut command = Command::new(python);
    command.arg(program).arg(what.to_string()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {told}\n{says}");
    told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What one of them told of this event.
fn told<'a>(lines: &'a [Value], who: &str, event: &str) -> Option<&'a Value> {
    lines.iter().find(|line| line["who"] == who && line["event"] == event)
}
