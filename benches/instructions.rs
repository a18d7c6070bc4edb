//! Instructions per session of each kind, counted by callgrind: the same number on every run of the same binary,
//! however busy the machine is.
//!
//! `cargo bench -p blesim-benches --bench instructions` holds them to the reviewed table `benches/instructions.csv`
//! and fails if one has grown by more than 5 %; with `-- --write` it writes the table anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use blesim_benches::aes_backend;
use blesim_benches::cases::{CASES, Provider, Sessions, of_plan, sessions};
use blesim_benches::plan::{Kind, crowd, plan};
use blesim_kernel::{Chance, Span};
use blesim_world::{Loss, Plan};

/// A count may be so many per cent above its entry.
const TOLERANCE: u64 = 5;
/// Sessions before those that are counted, which find the memory grown.
const BEFORE: u64 = 8;
/// Sessions that are counted.
const COUNTED: u64 = 16;

/// A name, and what is run.
type Other = (&'static str, fn() -> Plan);

/// What is counted besides the kinds of sessions.
const OTHERS: [Other; 3] = [
    ("bonded, the link stays 10 s", || Plan { stay: Span::from_secs(10), ..plan(Kind::Bonded, 1) }),
    ("bonded, ten pairs", || crowd(Kind::Bonded, 10)),
    ("bonded, half of the frames lost", || {
        let mut plan = plan(Kind::Bonded, 1);
        plan.air.loss = Loss::Independent(Chance::ratio(1, 2));
        plan
    }),
];

/// All that is counted, in the order of the table.
fn names() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.0).chain(OTHERS.iter().map(|other| other.0))
}

/// Sessions of what has this name.
fn named(name: &str) -> Sessions {
    if let Some(&case) = CASES.iter().find(|case| case.0 == name) {
        return sessions(case);
    }
    let other = OTHERS.iter().find(|other| other.0 == name).expect("a name of the table");
    of_plan((other.1)(), Provider::Naive)
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [flag, name, sessions] = &args[..]
        && flag == "--sessions"
    {
        let (mut session, count): (_, u64) = (named(name), sessions.parse().expect("a number"));
        (0..count).for_each(|_| _ = session());
        return ExitCode::SUCCESS;
    }
    let counts: Vec<(&str, u64)> = names().map(|name| (name, per_session(name))).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.csv");
    if args.iter().any(|arg| arg == "--write") {
        fs::write(&path, table(&counts)).expect("the table can be written");
        println!("wrote {}", path.display());
        return ExitCode::SUCCESS;
    }
    compare(&counts, &fs::read_to_string(&path).unwrap_or_default())
}

/// Instructions of one more session, once the memory has grown.
fn per_session(name: &str) -> u64 {
    (instructions(name, BEFORE + COUNTED) - instructions(name, BEFORE)) / COUNTED
}

/// Instructions of a process that runs so many sessions.
fn instructions(name: &str, sessions: u64) -> u64 {
    let out: PathBuf = env::temp_dir().join(format!("blesim-callgrind-{}", std::process::id()));
    let own = env::current_exe().expect("a program has a file");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "-q"]).arg(format!("--callgrind-out-file={}", out.display()));
    valgrind.arg(own).args(["--sessions", name, &sessions.to_string()]);
    let status = valgrind.status().expect("valgrind is installed (package valgrind)");
    assert!(status.success(), "{name}: valgrind ends with {status}");
    let text = fs::read_to_string(&out).expect("callgrind has written");
    let _gone = fs::remove_file(&out);
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a sum at the end");
    total.trim().parse().expect("a number")
}

/// What decides how many instructions the same program takes, on the table's first line.
fn made_on() -> String {
    format!("# instructions of a session on {}, AES by {}", env::consts::ARCH, aes_backend())
}

/// The compiler, which may decide it too.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(
        |_| "an unknown compiler".to_owned(),
        |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
    )
}

/// The table as a file: what was counted, and on what.
fn table(counts: &[(&str, u64)]) -> String {
    let mut text = format!("{}\n# built by {}\n", made_on(), compiler());
    for (name, count) in counts {
        let _ = writeln!(text, "\"{name}\",{count}");
    }
    text
}

/// Holds the counts to the reviewed table, a line each.
fn compare(counts: &[(&str, u64)], reviewed: &str) -> ExitCode {
    let entry = |line: &str| {
        let (name, count) = line.rsplit_once(',')?;
        Some((name.trim_matches('"').to_owned(), count.parse::<u64>().ok()?))
    };
    let reviewed_counts: BTreeMap<String, u64> = reviewed.lines().filter_map(entry).collect();
    if reviewed.lines().next() != Some(&made_on()) {
        println!("benches/instructions.csv is of another kind of machine: this one is \"{}\"", made_on());
        return ExitCode::FAILURE;
    }
    let mut grown = 0;
    println!("{:42} {:>12} {:>12}", "instructions of a session", "reviewed", "now");
    for &(name, now) in counts {
        let before = reviewed_counts.get(name).copied().unwrap_or(0);
        let more = now * 100 > before * (100 + TOLERANCE);
        let less = now * (100 + TOLERANCE) < before * 100;
        let word = if more {
            "  GROWN"
        } else if less {
            "  less: --write keeps it so"
        } else {
            ""
        };
        grown += usize::from(more);
        println!("{name:42} {before:>12} {now:>12}{word}");
    }
    if grown == 0 {
        return ExitCode::SUCCESS;
    }
    let command = "cargo bench -p blesim-benches --bench instructions -- --write";
    println!("{grown} more than {TOLERANCE} % above benches/instructions.csv; if that is meant: {command}");
    let built = reviewed.lines().find_map(|line| line.strip_prefix("# built by "));
    if built != Some(&compiler()) {
        println!("the table was built by {}, this by {}", built.unwrap_or("nobody"), compiler());
    }
    ExitCode::FAILURE
}
