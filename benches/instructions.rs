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
use blesim_benches::plan::{Kind, crowd, plan};
use blesim_crypto::{KeyAgreement, KeyBank, Naive, SharedSecret};
use blesim_kernel::Span;
use blesim_world::{NoTrace, Plan, Sim};

/// A count may be so many per cent above its entry.
const TOLERANCE: u64 = 5;
/// Sessions before those that are counted, which find the memory grown.
const BEFORE: u64 = 8;
/// Sessions that are counted.
const COUNTED: u64 = 16;

/// What is counted, in the order of the table.
const CASES: [(&str, fn(u64)); 12] = [
    ("secure connections, naive", |n| run(&plan(Kind::SecureConnections, 1), &mut Naive, n, false)),
    ("secure connections, shared secret", |n| shared(Kind::SecureConnections, n)),
    ("secure connections, key bank, same seed", |n| {
        run(&plan(Kind::SecureConnections, 1), &mut KeyBank::new(), n, true);
    }),
    ("numeric comparison, shared secret", |n| shared(Kind::Comparison, n)),
    ("passkey, shared secret", |n| shared(Kind::Passkey, n)),
    ("out of band, shared secret", |n| shared(Kind::OutOfBand, n)),
    ("legacy", |n| run(&plan(Kind::Legacy, 1), &mut Naive, n, false)),
    ("legacy, passkey", |n| run(&plan(Kind::LegacyPasskey, 1), &mut Naive, n, false)),
    ("bonded", |n| run(&plan(Kind::Bonded, 1), &mut Naive, n, false)),
    ("bonded, the link stays 10 s", |n| run(&staying(), &mut Naive, n, false)),
    ("bonded, ten pairs", |n| run(&crowd(Kind::Bonded, 10), &mut Naive, n, false)),
    ("bonded, half of the frames lost", |n| run(&losing(), &mut Naive, n, false)),
];

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [flag, name, sessions] = &args[..]
        && flag == "--sessions"
    {
        let case = CASES.iter().find(|case| case.0 == name).expect("a case of the table");
        (case.1)(sessions.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    let counts: Vec<(&str, u64)> = CASES.iter().map(|(name, _)| (*name, per_session(name))).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.csv");
    if args.iter().any(|arg| arg == "--write") {
        fs::write(&path, table(&counts)).expect("the table can be written");
        println!("wrote {}", path.display());
        return ExitCode::SUCCESS;
    }
    compare(&counts, &fs::read_to_string(&path).unwrap_or_default())
}

fn shared(kind: Kind, sessions: u64) {
    run(&plan(kind, 1), &mut SharedSecret::new(), sessions, false);
}

fn run(plan: &Plan, keys: &mut impl KeyAgreement, sessions: u64, same: bool) {
    let mut sim = Sim::new(plan);
    for seed in 0..sessions {
        let seed = if same { 0 } else { seed };
        sim.run(plan, 0, seed, keys, &mut NoTrace).expect("no bug");
    }
}

fn staying() -> Plan {
    Plan { stay: Span::from_secs(10), ..plan(Kind::Bonded, 1) }
}

fn losing() -> Plan {
    let mut plan = plan(Kind::Bonded, 1);
    plan.air.loss = blesim_world::Loss::Independent(blesim_kernel::Chance::ratio(1, 2));
    plan
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

/// The table as a file: what was counted, and on what.
fn table(counts: &[(&str, u64)]) -> String {
    let mut text = format!("# AES by {}; instructions of a session\n", aes_backend());
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
    if !reviewed.starts_with(&format!("# AES by {};", aes_backend())) {
        println!("the table was made with another AES than {}: nothing to compare with", aes_backend());
        return ExitCode::FAILURE;
    }
    let mut grown = 0;
    println!("{:42} {:>12} {:>12}", "instructions of a session", "reviewed", "now");
    for &(name, now) in counts {
        let before = reviewed_counts.get(name).copied().unwrap_or(0);
        let grows = now * 100 > before * (100 + TOLERANCE);
        let shrinks = now * (100 + TOLERANCE) < before * 100;
        let word = if grows { "  GROWN" } else if shrinks { "  less: --write keeps it so" } else { "" };
        grown += usize::from(grows);
        println!("{name:42} {before:>12} {now:>12}{word}");
    }
    if grown == 0 {
        return ExitCode::SUCCESS;
    }
    let command = "cargo bench -p blesim-benches --bench instructions -- --write";
    println!("{grown} more than {TOLERANCE} % above benches/instructions.csv; if that is meant: {command}");
    ExitCode::FAILURE
}
