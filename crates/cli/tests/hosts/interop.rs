//! The table of `blesim interop`.

use crate::python;
use serde_json::Value;
use std::process::Command;

/// Nothing differs that nobody has explained; Bumble's departures are those that are known, with their rules.
#[test]
fn our_host_and_bumble_agree_or_the_rule_is_named() {
    let Some(python) = python() else { return };
    let mut command = Command::new(env!("CARGO_BIN_EXE_blesim"));
    let output = command.args(["interop", "--format", "json", "--python"]).arg(&python).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = document["rows"].as_array().unwrap();
    let count = |verdict: &str| rows.iter().filter(|row| row["verdict"] == verdict).count();
    let differs: Vec<&Value> = rows.iter().filter(|row| row["verdict"] == "differs").collect();
    assert!(differs.is_empty(), "{differs:#?}");
    assert!(count("equal") > 200 && count("equal") + count("peer-departs") == rows.len(), "{}", rows.len());
    let named = |row: &&Value| row["rule"].as_str().is_some_and(|rule| rule.starts_with("Vol "));
    assert!(rows.iter().filter(|row| row["verdict"] == "peer-departs").all(|row| named(&row)));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A Python that is not there, one without Bumble, and a case that does not exist are told apart, with what to do.
#[test]
fn what_is_missing_is_named() {
    let check = |args: &[&str], expected: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blesim"));
        let output = command.arg("interop").args(args).output().unwrap();
        let says = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{says}");
        assert!(expected.iter().all(|words| says.contains(words)), "{says}");
    };
    check(&["--python", "/nowhere/python"], &["/nowhere/python", "--python"]);
    // Any program that fails stands for a Python without it.
    check(&["--python", "/bin/false"], &["has no Bumble", "pip install bumble"]);
    check(&["--case", "no such case"], &["no case has `no such case` in its name"]);
}
