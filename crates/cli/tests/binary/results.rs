//! What `run` says, in every form, and that it says the same however it is run.

use crate::world::{SCENARIO, World};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

const FORMATS: [&str; 4] = ["table", "json", "csv", "ndjson"];

/// The rows of a CSV result by seed and policy.
fn rows(text: &str) -> BTreeMap<(u64, String), String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row = |row: csv::StringRecord| {
        let all = row.iter().collect::<Vec<&str>>().join("|");
        ((row[0].parse().unwrap(), row[1].to_owned()), all)
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The number of threads leaves no mark on any form of the result.
#[test]
fn jobs_leave_no_mark() {
    let world = World::new();
    for format in FORMATS {
        let run =
            |jobs| world.fine(&["run", "small.ron", "--seeds", "150", "--format", format, "--jobs", jobs]);
        assert_eq!(run("1"), run("2"), "{format}");
    }
}

/// A seed alone gives the rows that it has in a longer run, and so does a policy alone.
#[test]
fn a_row_depends_on_seed_and_policy_alone() {
    let world = World::new();
    let all = rows(&world.fine(&["run", "small.ron", "--seeds", "40", "-f", "csv"]));
    assert_eq!(all.len(), 80);
    for seed in [0, 7, 39] {
        let range = format!("{seed}..{}", seed + 1);
        let alone = rows(&world.fine(&["run", "small.ron", "--seeds", &range, "-f", "csv"]));
        assert_eq!(alone.len(), 2);
        assert!(alone.iter().all(|(key, row)| all[key] == *row), "seed {seed}");
    }
    let policy = "delete-bond-and-repair";
    let alone = rows(&world.fine(&["run", "small.ron", "--seeds", "40", "-f", "csv", "--policy", policy]));
    assert_eq!(alone.len(), 40);
    assert!(alone.iter().all(|((seed, name), row)| all[&(*seed, name.clone())] == *row), "{policy}");
}

/// A range runs its seeds and not its end; policies run in the order they are named in, built-in ones too.
#[test]
fn seeds_and_policies_are_those_named() {
    let world = World::new();
    let args = [
        "run",
        "small.ron",
        "--seeds",
        "5..8",
        "-f",
        "csv",
        "-p",
        "exponential-backoff",
        "-p",
        "never-retry",
    ];
    let text = world.fine(&args);
    let keys: Vec<String> =
        text.lines().skip(1).map(|line| line.split(',').take(2).collect::<Vec<&str>>().join(" ")).collect();
    let expected =
        [5, 6, 7].map(|seed| [format!("{seed} exponential-backoff"), format!("{seed} never-retry")]);
    assert_eq!(keys, expected.concat());
}

/// The JSON has the fields that were promised, with values that agree with the rows.
#[test]
fn json_is_as_promised() {
    let world = World::new();
    let text = world.fine(&["run", "small.ron", "--seeds", "10..70", "--format", "json"]);
    let first = text.split(',').next().unwrap().split_whitespace().collect::<String>();
    assert_eq!(first, "{\"schema\":\"blesim.run/1\"");
    let run: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(run["seeds"], serde_json::json!({"first": 10, "count": 60}));
    assert_eq!(run["scenario"], "small");
    let digest = run["digest"].as_str().unwrap();
    assert!(digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{digest}");
    let all = rows(&world.fine(&["run", "small.ron", "--seeds", "10..70", "--format", "csv"]));
    for policy in run["policies"].as_array().unwrap() {
        let name = policy["name"].as_str().unwrap();
        let secured = all.iter().filter(|((_, of), row)| of == name && row.contains("|secured|")).count();
        let success = &policy["success"];
        assert_eq!((success["count"].as_u64(), success["of"].as_u64()), (Some(secured as u64), Some(60)));
        let number = |value: &Value| value.as_f64().unwrap();
        let [low, rate, high] = [&success["ci95"][0], &success["rate"], &success["ci95"][1]].map(number);
        assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0, "{success}");
        for quantile in ["p50", "p95"] {
            let time = &policy["time_to_secure_us"][quantile];
            assert!(time.is_u64() || time.is_null(), "{quantile} {time}");
        }
    }
    let compared = &run["comparisons"][0];
    assert_eq!((&compared["a"], &compared["b"]), (&"delete-bond-and-repair".into(), &"never-retry".into()));
    assert!(compared["difference"].is_f64() && compared["p_value"].is_f64() && compared["ci95"][1].is_f64());
    assert_eq!(run["expectations"][0]["passed"], true);
    assert_eq!(run["reproduce"], "blesim run small.ron --seeds 10..70");
}

/// The table has a row a policy, what was compared, the digest of the JSON, and commands that work.
#[test]
fn the_table_leads_on() {
    let world = World::new();
    let text = world.fine(&["run", "small.ron", "--seeds", "60"]);
    assert!(!text.contains('\u{1b}'), "no colour into a pipe");
    let line = |start: &str| {
        let found = text.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start:?} in\n{text}")).to_owned()
    };
    assert!(line("never-retry").contains("never"), "{text}");
    line("delete-bond-and-repair");
    assert!(text.contains("On the same seeds, against never-retry"), "{text}");
    let json: Value =
        serde_json::from_str(&world.fine(&["run", "small.ron", "--seeds", "60", "-f", "json"])).unwrap();
    assert_eq!(line("digest").split_whitespace().last(), json["digest"].as_str());
    let command = |start: &str| -> Vec<String> {
        line(start).trim_start_matches(start).split_whitespace().skip(1).map(str::to_owned).collect()
    };
    let repeat = command("repeat");
    assert_eq!(world.fine(&repeat.iter().map(String::as_str).collect::<Vec<_>>()), text);
    let see = command("see one");
    let trace = world.fine(&see.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(trace.lines().count() > 20, "{trace}");
}

/// Files are whole, for everybody, and in a folder that was made for them; the SVG and the JSON are what they
/// say.
#[test]
fn files_are_written() {
    let world = World::new();
    let ended = world.run(&["run", "small.ron", "--seeds", "30", "-o", "new/results"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let names = ["policies.svg", "sessions.csv", "sessions.ndjson", "summary.json", "survival.csv"];
    let files = names.map(|name| format!("new/results/{name}"));
    let charts = ["charge", "differences", "failures", "paths", "policies", "time", "tradeoff"];
    let mut expected: Vec<String> = charts.iter().map(|name| format!("new/results/{name}.svg")).collect();
    let others = ["report.html", "report.md", "rows.blesim"].iter().chain(&names[1..]);
    expected.extend(others.map(|name| format!("new/results/{name}")));
    assert!(expected.iter().all(|file| ended.err.contains(file)), "{}", ended.err);
    expected.extend(["new", "new/results", "small.ron"].map(str::to_owned));
    expected.sort();
    assert_eq!(world.listing(), expected);
    let read = |file: &String| std::fs::read_to_string(world.path(file)).unwrap();
    assert!(read(&files[0]).contains("</svg>"));
    assert_eq!(read(&files[1]), world.fine(&["run", "small.ron", "--seeds", "30", "-f", "csv"]));
    assert_eq!(read(&files[2]), world.fine(&["run", "small.ron", "--seeds", "30", "-f", "ndjson"]));
    assert_eq!(read(&files[3]), world.fine(&["run", "small.ron", "--seeds", "30", "-f", "json"]));
    assert!(read(&files[4]).lines().count() > 20, "curves fall more than once");
    let quiet = world.run(&["run", "small.ron", "--seeds", "30", "-o", "new/results", "-q"]);
    assert_eq!(quiet.err, "");
}

/// An expectation that is not met is code 1, with the result and a table that says which.
#[test]
fn unmet_expectations_have_a_code() {
    let world = World::new();
    let text = SCENARIO
        .replace("secured_at_least: percent(50)", "secured_at_least: percent(100), p95_at_most: us(1)");
    world.put("strict.ron", text);
    for format in FORMATS {
        let ended = world.run(&["run", "strict.ron", "--seeds", "40", "--format", format]);
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        let told = if format == "table" { &ended.out } else { &ended.err };
        assert!(told.contains("NOT met"), "{format}: {told}");
        assert!(!ended.out.is_empty());
    }
    let judged = world.run(&["run", "strict.ron", "--seeds", "40", "--policy", "never-retry"]);
    assert_eq!(judged.code, Some(0), "a policy that does not run is not judged");
    assert!(judged.out.contains("not run"), "{}", judged.out);
}

/// A reader that goes away early is no error, whatever it reads.
#[test]
fn a_closed_pipe_is_no_error() {
    let world = World::new();
    let lines = ["run", "small.ron", "--seeds", "600", "--format"];
    let mut all: Vec<Vec<&str>> = FORMATS.iter().map(|format| [&lines[..], &[*format]].concat()).collect();
    all.push(vec!["trace", "small.ron", "--seed", "1"]);
    all.push(vec!["trace", "small.ron", "--seed", "1", "--format", "pcapng"]);
    all.push(vec!["check", "small.ron"]);
    all.push(vec!["--help"]);
    for args in all {
        let mut child = world.command(&args).spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}: {told}");
        assert!(!told.contains("panicked") && !told.contains("error"), "{args:?}: {told}");
    }
}

/// An interruption ends a run with its own code; without a folder nothing is kept, no result is printed.
#[cfg(unix)]
#[test]
fn an_interruption_leaves_nothing() {
    use std::process::Command;
    use std::time::Duration;
    let world = World::new();
    let before = world.listing();
    let child = world.command(&["run", "small.ron", "--seeds", "5000000"]).spawn().unwrap();
    // Linux tells which signals a process listens for; elsewhere it has to be soon enough.
    let status = format!("/proc/{}/status", child.id());
    let listens = |text: String| {
        let mask = text.lines().find_map(|line| line.strip_prefix("SigCgt:")).map(str::trim);
        mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_none_or(|mask| mask & 0b10 != 0)
    };
    while !std::fs::read_to_string(&status).map_or(true, listens) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(500));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{told}");
    assert!(told.contains("with -o it could go on"), "{told}");
    assert_eq!(output.stdout, b"");
    assert_eq!(world.listing(), before);
}
