//! Each reason of Pairing Failed has a scenario that leads to it by a natural cause (Vol 3 Part H 3.5.5).

use crate::{blesim, root};
use std::fs;

/// The scenario that is named for a reason ends in it under its first policy, in most sessions of twenty.
#[test]
fn every_reason_has_a_scenario() {
    let folder = root().join("scenarios/reasons");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 15);
    for (name, number) in names.iter().zip(1..) {
        assert!(name.starts_with(&format!("{number:#04x}-")), "{name}");
        let scenario = format!("scenarios/reasons/{name}");
        let rows = blesim(&["run", &scenario, "--seeds", "20", "--format", "csv", "-q"]);
        let rows = String::from_utf8(rows).expect("text");
        let mut lines = rows.lines();
        let columns: Vec<&str> = lines.next().expect("a header").split(',').collect();
        let column = |wanted| columns.iter().position(|column| *column == wanted).expect("it is there");
        let (policy, last) = (column("policy"), column("last_failure"));
        let lines: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
        let first = lines[0][policy];
        let reason = format!("(0x{number:02X})");
        let ends = |line: &&Vec<&str>| {
            line[policy] == first && line[last].contains("Pairing Failed") && line[last].ends_with(&reason)
        };
        let count = lines.iter().filter(ends).count();
        assert!(count >= 15, "{name}: {count} of 20 sessions");
    }
}
