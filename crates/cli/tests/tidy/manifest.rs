//! Who may know whom: the dependencies that each crate may name.
//!
//! Invariant: dependencies point down the map in `crates/README.md`; a crate without a row here may not
//! exist.
//! Must never know: versions and features.

use crate::source::Source;

/// Every crate of the workspace, by folder name.
pub(crate) const CRATES: [&str; 15] = [
    "kernel",
    "packet",
    "crypto",
    "controller",
    "host",
    "world",
    "scenario",
    "study",
    "report",
    "capture",
    "diagnose",
    "validate",
    "matrix",
    "bridge",
    "cli",
];

/// The crates of the house that a crate may depend on, or `None` for a crate that is not in the house.
fn may_know(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "kernel" | "packet" | "crypto" => &[],
        "controller" | "host" => &["kernel", "packet", "crypto"],
        "world" => &["kernel", "packet", "crypto", "controller", "host"],
        "capture" => &["world", "controller", "host", "kernel", "packet", "crypto"],
        "scenario" | "bridge" => &["kernel", "packet", "crypto", "controller", "host", "world"],
        "diagnose" => &["kernel", "packet", "crypto", "host", "capture", "study", "matrix"],
        "study" => &["kernel", "crypto", "host", "world", "scenario"],
        "validate" => &["kernel", "packet", "crypto", "controller", "host", "world", "study"],
        "matrix" => &["kernel", "host", "world", "scenario", "study"],
        "report" => &["kernel", "packet", "crypto", "controller", "host", "world", "scenario", "study"],
        "cli" | "benches" | "fuzz" => &CRATES,
        _ => return None,
    })
}

/// Libraries that only the named folders may use.
const KEPT: [(&str, &[&str]); 5] = [
    ("ron", &["scenario"]),
    ("petgraph", &["scenario"]),
    ("plotters", &["report", "benches"]),
    ("plotters-svg", &["report", "benches"]),
    ("clap", &["cli"]),
];

/// The lines of a crate's manifest that name what the crate must not know.
pub(crate) fn forbidden(source: &Source) -> Vec<usize> {
    let folder = source.path.rsplit('/').nth(1).unwrap_or_default();
    let Some(known) = may_know(folder) else { return vec![1] };
    let mut found = Vec::new();
    let (mut in_table, mut of_tests) = (false, false);
    for number in 1..=source.len() {
        let line = source.line(number).trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            let (table, name) = header.rsplit_once('.').unwrap_or(("", header));
            in_table = name.ends_with("dependencies");
            of_tests = name == "dev-dependencies";
            if table.ends_with("dependencies") && !may_use(folder, known, name) {
                found.push(number);
            }
        // Which library tests look through is nobody's concern.
        } else if names(line, in_table)
            .filter(|name| !of_tests || name.starts_with("blesim"))
            .any(|name| !may_use(folder, known, name))
        {
            found.push(number);
        }
    }
    found
}

/// The packages that a line of a manifest names: its key inside a dependency table, and any `package =
/// "..."`.
fn names(line: &str, in_table: bool) -> impl Iterator<Item = &str> {
    let line = line.split('#').next().unwrap_or_default();
    let key = if in_table { line.split(['.', '=']).next() } else { None };
    let key = key.map(|key| key.trim().trim_matches('"'));
    let renamed = line
        .split_once("package")
        .and_then(|(_, rest)| rest.trim_start().strip_prefix('=').and_then(|value| value.split('"').nth(1)));
    key.into_iter().chain(renamed)
}

fn may_use(folder: &str, known: &[&str], package: &str) -> bool {
    if let Some(name) = package.strip_prefix("blesim-") {
        return known.contains(&name);
    }
    let kept = KEPT.iter().find(|(library, _)| *library == package);
    // The command line is the top of the map: nothing may depend on it.
    package != "blesim" && kept.is_none_or(|(_, folders)| folders.contains(&folder))
}
