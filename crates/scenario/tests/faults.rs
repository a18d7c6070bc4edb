//! The table of faults says nothing that does not load, and names all thirty-three.

use blesim_scenario::parse;
use blesim_scenario::policy::BuiltIn;
use std::path::Path;

/// The code of a cell, without its backticks.
fn code(cell: &str) -> &str {
    cell.trim().trim_matches('`')
}

/// The text of the scenario that a row makes.
fn scenario(cells: &[&str]) -> String {
    let [all, phone, lock] = [cells[3], cells[4], cells[5]].map(code);
    format!(
        "(name: \"row\", devices: {{ \"phone\": (role: Central, {phone}), \"lock\": (role: Peripheral, {lock}) }},\n\
         compare: (who: \"phone\", policies: [\"reconnect-then-retry\"]),\n{all}\n)"
    )
    .replace(", )", ")")
}

/// Every row loads without a warning, and says something.
#[test]
fn every_fault_can_be_said() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/FAULTS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut names = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| F")) {
        let cells: Vec<&str> = line.split('|').collect();
        assert_eq!(cells.len(), 8, "{line}");
        names.push(cells[1].trim().to_owned());
        assert!(cells[3..6].iter().any(|cell| !cell.trim().is_empty()), "{line}");
        let text = scenario(&cells);
        let found = parse(cells[1], &text, &BuiltIn).unwrap_or_else(|told| panic!("{text}\n{told}"));
        // What cannot pair is warned of, and that is the fault.
        let codes: Vec<_> = found.warnings.iter().map(|warning| warning.code).collect();
        let own: Vec<_> = codes.into_iter().filter(|code| code.starts_with('S')).collect();
        let expected: &[&str] = if cells[1].trim() == "F28" { &["S150"] } else { &[] };
        assert_eq!(own, expected, "{line}");
    }
    let all: Vec<_> = (1..=33).map(|number| format!("F{number:02}")).collect();
    assert_eq!(names, all);
}
