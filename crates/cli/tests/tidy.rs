//! The house rules that no compiler checks, over every source file and manifest of the workspace.
//!
//! Invariant: each rule is one row of [`RULES`] and has seeded violations in [`SEEDS`] that it must report; a
//! rule that cannot fail is itself a failure.
//! Must never know: the project's code as code. It reads text and uses no other crate.

#[path = "tidy/manifest.rs"]
mod manifest;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/seeds.rs"]
mod seeds;
#[path = "tidy/source.rs"]
mod source;

use std::fs;
use std::path::Path;

use seeds::SEEDS;
use source::{Source, is_rust};

/// One house rule: where it holds, and the lines (from 1) that break it.
struct Rule {
    name: &'static str,
    holds_in: fn(path: &str) -> bool,
    broken_at: fn(&Source) -> Vec<usize>,
}

/// Every rule.
const RULES: &[Rule] = &[
    Rule { name: "file over 600 lines", holds_in: is_rust, broken_at: rules::long_file },
    Rule { name: "line over 120 characters", holds_in: is_rust, broken_at: rules::long_lines },
    Rule { name: "function over 70 lines", holds_in: is_rust, broken_at: rules::long_functions },
    Rule { name: "chance in a state machine", holds_in: is_machine, broken_at: rules::chance },
    Rule { name: "Bluetooth in the kernel", holds_in: is_kernel, broken_at: rules::bluetooth },
    Rule { name: "float in world or below", holds_in: is_exact, broken_at: rules::floats },
    Rule { name: "allow instead of expect", holds_in: is_rust, broken_at: rules::allow },
    Rule { name: "unwrap outside tests", holds_in: is_rust, broken_at: rules::unwrap },
    Rule { name: "unsafe", holds_in: is_rust, broken_at: rules::not_safe },
    Rule { name: "unfinished code", holds_in: is_rust, broken_at: rules::unfinished },
    Rule { name: "file without module doc first", holds_in: is_crate_source, broken_at: rules::module_doc },
    Rule { name: "packet type without citation", holds_in: is_protocol, broken_at: rules::uncited_types },
    Rule { name: "PDU without citation", holds_in: is_protocol, broken_at: rules::uncited_pdus },
    Rule { name: "timer without citation", holds_in: is_machine, broken_at: rules::uncited_timers },
    Rule { name: "forbidden dependency", holds_in: is_manifest, broken_at: manifest::forbidden },
];

fn is_manifest(path: &str) -> bool {
    path.ends_with("/Cargo.toml")
}

fn is_crate_source(path: &str) -> bool {
    is_rust(path) && path.starts_with("crates/") && path.split('/').nth(2) == Some("src")
}

/// Source of one of the named crates.
fn is_source_of(path: &str, crates: &[&str]) -> bool {
    is_crate_source(path) && path.split('/').nth(1).is_some_and(|name| crates.contains(&name))
}

fn is_machine(path: &str) -> bool {
    is_source_of(path, &["controller", "host"])
}

fn is_kernel(path: &str) -> bool {
    is_source_of(path, &["kernel"])
}

fn is_exact(path: &str) -> bool {
    is_source_of(path, &["kernel", "packet", "crypto", "controller", "host", "world"])
}

/// The parts of `packet` that hold protocol data units, commands and events.
fn is_protocol(path: &str) -> bool {
    let part = path.strip_prefix("crates/packet/src/").and_then(|rest| rest.split(['/', '.']).next());
    is_rust(path)
        && part.is_some_and(|part| ["ll", "smp", "hci"].contains(&part) || part.starts_with("l2cap"))
}

/// Every `.rs` file and manifest below `folder`, as paths relative to `root` with `/`, in order.
fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a folder can be listed to its end").path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(root, &path, sources);
        } else if name == "Cargo.toml" || (path.is_file() && is_rust(&name)) {
            let below = path.strip_prefix(root).expect("the walk stays below the root");
            let relative: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let text =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            sources.push(Source::new(&relative.join("/"), &text));
        }
    }
}

/// What a source breaks, as `path:line: rule: the line`.
fn findings(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| (rule.holds_in)(&source.path)) {
        for line in (rule.broken_at)(source) {
            let text = source.line(line).trim();
            found.push(format!("{}:{line}: {}: {text}", source.path, rule.name));
        }
    }
    found
}

/// The whole workspace keeps every rule. Each finding names its file and line.
#[test]
fn the_tree_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for part in ["crates", "benches"] {
        collect(&root, &root.join(part), &mut sources);
    }
    for name in manifest::CRATES {
        let seen = sources.iter().any(|source| is_source_of(&source.path, &[name]));
        assert!(
            seen,
            "no source of crate `{name}` was found: the walk is broken or the table is out of date"
        );
    }
    let found: Vec<String> = sources.iter().flat_map(findings).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

/// Every seeded violation is reported by its rule at its line, and every clean neighbour of it is not.
#[test]
fn every_rule_reports_its_seeds() {
    for (name, path, text, expected) in SEEDS {
        let rule = RULES.iter().find(|rule| rule.name == *name).expect("a seed names a rule");
        let source = Source::new(path, &text.replace("<<LONG>>", &"x".repeat(121)));
        let got = if (rule.holds_in)(path) { (rule.broken_at)(&source) } else { Vec::new() };
        assert_eq!(got, *expected, "rule `{name}` on {path}:\n{text}");
    }
}

/// A rule without a violation that it reports, or without a clean text that it passes, proves nothing.
#[test]
fn no_rule_is_without_seeds() {
    for rule in
        RULES.iter().filter(|rule| !["file over 600 lines", "function over 70 lines"].contains(&rule.name))
    {
        let seeds = || SEEDS.iter().filter(|(name, ..)| *name == rule.name);
        assert!(seeds().any(|(.., lines)| !lines.is_empty()), "rule `{}` has no violation", rule.name);
        assert!(seeds().any(|(.., lines)| lines.is_empty()), "rule `{}` has no clean text", rule.name);
    }
}

/// The two rules that count lines: the limit itself passes, one line more does not.
#[test]
fn limits_are_exact() {
    let lines = |count: usize| "let x = 1;\n".repeat(count);
    for (count, expected) in [(600, vec![]), (601, vec![601])] {
        assert_eq!(rules::long_file(&Source::new("a.rs", &lines(count))), expected, "{count} lines");
    }
    for (body, expected) in [(68, vec![]), (69, vec![2])] {
        let text = format!("struct S;\nfn f(a: [u8; 4]) {{\n{}}}\nfn g() {{}}\n", lines(body));
        assert_eq!(rules::long_functions(&Source::new("a.rs", &text)), expected, "{} lines", body + 2);
    }
    let declared = format!("trait T {{\n    fn f(&self) -> fn(u8);\n{}}}\n", lines(100));
    assert_eq!(rules::long_functions(&Source::new("a.rs", &declared)), Vec::<usize>::new());
}
