//! The table of the simulator's speed: `cargo bench -p blesim-benches --bench numbers` prints it, and with
//! `-- --write` it takes the place of `benches/NUMBERS.md`.
//!
//! Invariant: ratios are of one run, both sides in turn; what is in seconds is of one machine and says so. It wants a
//! machine that does nothing else: threads and wall times cannot be measured otherwise.

use std::fmt::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use std::{env, fs, io};

use blesim_benches::cases::{CASES, Provider, of_plan, sessions};
use blesim_benches::plan::{Kind, crowd, plan};
use blesim_benches::{ProcessCpuTime, aes_backend, cases, median, ratio};
use blesim_capture::{MonitorTrace, TextTrace};
use blesim_crypto::{KeyBank, Naive};
use blesim_kernel::{Chance, Instant as Moment};
use blesim_scenario::parse;
use blesim_scenario::policy::Folder;
use blesim_study::{Seeds, Table, sweep};
use blesim_world::{Entry, Loss, NoTrace, Plan, Sim, Trace};
use criterion::measurement::Measurement;

/// Rounds of a ratio.
const ROUNDS: usize = 21;
/// Pairs of runs on one thread and on two.
const PAIRS: usize = 5;
/// Sessions of a run in which threads are compared.
const MANY: u64 = 200_000;
/// Seeds of the comparison of fourteen policies.
const CORE_SEEDS: u64 = 10_000;
/// The run whose memory is measured.
const MOST: u64 = 1_000_000;

fn main() -> fmt::Result {
    let args: Vec<String> = env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == "--million") {
        run(&plan(Kind::Bonded, 1), MOST, 1);
        println!("{}", peak_kib());
        return Ok(());
    }
    let mut text = String::new();
    writeln!(text, "# How fast\n")?;
    writeln!(
        text,
        "Made by `cargo bench -p blesim-benches --bench numbers -- --write`, on this machine: {}.",
        machine()
    )?;
    writeln!(text, "Session times are CPU time; a ratio is of one run, both sides in turn.\n")?;
    kinds(&mut text)?;
    growth(&mut text)?;
    policies(&mut text)?;
    traces(&mut text)?;
    threads(&mut text)?;
    core(&mut text)?;
    print!("{text}");
    if args.iter().any(|arg| arg == "--write") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("NUMBERS.md");
        fs::write(&path, text).expect("the table can be written");
        eprintln!("wrote {}", path.display());
    }
    Ok(())
}

/// What it ran on.
fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores, AES by {}", model.map_or("unknown", |(_, name)| name), aes_backend())
}

/// Each kind of session and its floor.
fn kinds(text: &mut String) -> fmt::Result {
    writeln!(text, "## Sessions\n")?;
    writeln!(text, "The floor is the session's cryptography alone, by the same provider of keys.\n")?;
    writeln!(text, "| session | us | sessions/s on a core | over its floor |\n|---|---:|---:|---:|")?;
    for case in CASES {
        let (mut session, mut floor) = (sessions(case), cases::floors(case));
        let (seconds, _, times) = ratio(ROUNDS, &mut || _ = session(), &mut || _ = floor());
        writeln!(text, "| {} | {:.1} | {:.0} | {times:.2} |", case.0, seconds * 1e6, 1.0 / seconds)?;
    }
    writeln!(text)
}

/// How a session's cost grows with their number, and with devices; and the memory of a million.
fn growth(text: &mut String) -> fmt::Result {
    writeln!(text, "## Growth\n\n| what | times the cost |\n|---|---:|")?;
    let bonded = plan(Kind::Bonded, 1);
    let seconds = |count: u64, times: u64| {
        let start = ProcessCpuTime::default().start();
        (0..times).for_each(|_| _ = run(&bonded, count, 1));
        ProcessCpuTime::default().end(start).as_secs_f64()
    };
    // The first run finds cold memory.
    seconds(1_000, 1);
    for (count, rounds) in [(1_000, ROUNDS), (10_000, ROUNDS / 2), (100_000, 5), (MOST, 1)] {
        let round = |_| seconds(count, 1) / seconds(1_000, count / 1_000);
        let times = median((0..rounds).map(round).collect());
        writeln!(text, "| a session of {count}, over one of 1000 | {times:.2} |")?;
    }
    for pairs in [2, 5, 10] {
        let mut many = of_plan(crowd(Kind::Bonded, pairs), Provider::Naive);
        let mut two = of_plan(plan(Kind::Bonded, 1), Provider::Naive);
        let (_, _, times) = ratio(ROUNDS, &mut || _ = many(), &mut || _ = two());
        writeln!(text, "| {} devices in {pairs} pairs, over 2 devices | {times:.2} |", 2 * pairs)?;
    }
    for percent in [5, 20, 50] {
        let mut plan = plan(Kind::Bonded, 1);
        plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
        let (mut lossy, mut clean) = (of_plan(plan, Provider::Naive), sessions(CASES[8]));
        let (_, _, times) = ratio(ROUNDS, &mut || _ = lossy(), &mut || _ = clean());
        writeln!(text, "| {percent} % loss, over 1 % | {times:.2} |")?;
    }
    let own = env::current_exe().expect("a program has a file");
    let output = Command::new(own).arg("--million").output().expect("it runs again");
    let kib: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(0);
    writeln!(text, "\nA million sessions and their rows: {} MiB at most.\n", kib / 1024)
}

/// Runs a plan as a study does.
fn run(plan: &Plan, count: u64, jobs: usize) -> Table {
    let seeds = Seeds::new(0, count).expect("some seeds");
    sweep(plan, seeds, jobs, &|_| {}, &AtomicBool::new(false)).expect("no bug")
}

/// The most memory that this process has had; nothing where the system does not tell.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Policies over the same seeds, against the same sessions run one by one with nothing shared.
fn policies(text: &mut String) -> fmt::Result {
    writeln!(text, "## Policies over the same seeds\n")?;
    writeln!(text, "| policies | loss | naive runs of each, over the study |\n|---:|---:|---:|")?;
    for (number, percent) in [(1, 1), (5, 1), (20, 1), (20, 20), (20, 50)] {
        let mut plan = plan(Kind::SecureConnections, number);
        plan.air.loss = Loss::Independent(Chance::ratio(percent, 100));
        let seconds = |run: &dyn Fn()| {
            let start = ProcessCpuTime::default().start();
            run();
            ProcessCpuTime::default().end(start).as_secs_f64()
        };
        let naive = || {
            for (seed, policy) in (0..8).flat_map(|seed| (0..number).map(move |policy| (seed, policy))) {
                Sim::new(&plan).run(&plan, policy, seed, &mut Naive, &mut NoTrace).expect("no bug");
            }
        };
        let times = (0..7).map(|_| seconds(&naive) / seconds(&|| _ = run(&plan, 8, 1)));
        writeln!(text, "| {number} | {percent} % | {:.1} |", median(times.collect()))?;
    }
    writeln!(text)
}

/// Everything that happens as a number of sixteen octets: the least that a trace can keep.
struct Binary(Vec<(u64, u64)>);

impl Trace for Binary {
    const ON: bool = true;

    fn entry(&mut self, at: Moment, entry: &Entry<'_>) {
        let what = match entry {
            Entry::PowerOn { device } => (0, *device),
            Entry::Frame { from, .. } => (1, *from),
            Entry::Collision { from, .. } => (2, *from),
            Entry::ToController { device, .. } => (3, *device),
            Entry::ToHost { device, .. } => (4, *device),
            Entry::Controller { device, .. } => (5, *device),
            Entry::Host { device, .. } => (6, *device),
            Entry::Step { device, .. } => (7, *device),
            Entry::HostWakes { device, .. } => (8, *device),
            Entry::Fault { device, .. } => (9, *device),
        };
        self.0.push((at.as_nanos(), what.0 << 32 | u64::try_from(what.1).expect("few devices")));
    }
}

/// What it costs when somebody looks on.
fn traces(text: &mut String) -> fmt::Result {
    writeln!(text, "## Traces\n\n| a bonded session is | over one that nobody looks at |\n|---|---:|")?;
    let plan = plan(Kind::SecureConnections, 1);
    let mut row = |name: &str, mut traced: Box<dyn FnMut(u64) + '_>| {
        let (mut sim, mut keys, mut seed) = (Sim::new(&plan), KeyBank::new(), 0);
        // Stretches are simulated in both: a trace has to see them.
        sim.go_through_idle_stretches(false);
        let mut looked_at = || traced(1);
        let mut alone = || {
            seed = 1;
            sim.run(&plan, 0, seed, &mut keys, &mut NoTrace).expect("no bug");
        };
        let (_, _, times) = ratio(ROUNDS, &mut looked_at, &mut alone);
        writeln!(text, "| {name} | {times:.2} |")
    };
    let (mut sim, mut keys, mut trace) = (Sim::new(&plan), KeyBank::new(), Binary(Vec::new()));
    row(
        "noted, sixteen octets an entry",
        Box::new(|seed| {
            trace.0.clear();
            sim.run(&plan, 0, seed, &mut keys, &mut trace).expect("no bug");
        }),
    )?;
    let (mut sim, mut keys) = (Sim::new(&plan), KeyBank::new());
    row(
        "written as a capture for btmon",
        Box::new(|seed| {
            let mut trace = MonitorTrace::new(io::sink(), &plan, 0, "").expect("a sink takes all");
            sim.run(&plan, 0, seed, &mut keys, &mut trace).expect("no bug");
        }),
    )?;
    let (mut sim, mut keys) = (Sim::new(&plan), KeyBank::new());
    row(
        "written as text",
        Box::new(|seed| {
            sim.run(&plan, 0, seed, &mut keys, &mut TextTrace::new(io::sink(), &plan, 0, "", false))
                .expect("no bug");
        }),
    )?;
    writeln!(text)
}

/// Wall time on one thread over that on two.
fn threads(text: &mut String) -> fmt::Result {
    let plan = plan(Kind::Bonded, 1);
    let wall = |jobs| {
        let start = Instant::now();
        run(&plan, MANY, jobs);
        start.elapsed().as_secs_f64()
    };
    let times = median((0..PAIRS).map(|_| wall(1) / wall(2)).collect());
    writeln!(
        text,
        "## Threads\n\nTwo threads are {times:.2} times as fast as one (wall time, {MANY} bonded sessions).\n"
    )
}

/// The comparison of fourteen policies that the README shows.
fn core(text: &mut String) -> fmt::Result {
    writeln!(
        text,
        "## Fourteen policies, 10,000 seeds\n\n| scenario | wall time on 2 threads |\n|---|---:|"
    )?;
    let mut worlds = Vec::new();
    for name in ["core-benign", "core-hostile"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../scenarios/{name}.ron"));
        let scenario = fs::read_to_string(&path).expect("it is shipped");
        let plan = parse(name, &scenario, &Folder::beside(&path)).expect("it is a scenario").plan;
        let start = Instant::now();
        let table = run(&plan, CORE_SEEDS, 2);
        writeln!(text, "| {name} | {:.2} s |", start.elapsed().as_secs_f64())?;
        worlds.push((name, table));
    }
    writeln!(text)?;
    shared(text, &worlds)
}

/// What common random numbers are worth: the variance of the difference between two policies' shares of secured
/// sessions on seeds of their own, over that on the same seeds. Seeds of one's own are the next seed's session.
fn shared(text: &mut String, worlds: &[(&str, Table)]) -> fmt::Result {
    writeln!(text, "## The same seeds for every policy\n")?;
    writeln!(
        text,
        "So many times as many seeds would be needed for as narrow a difference if each policy had its own.\n"
    )?;
    writeln!(text, "| scenario | policy | against | times |\n|---|---|---|---:|")?;
    for (name, table) in worlds {
        let secured: Vec<Vec<f64>> = (0..table.policies().len())
            .map(|policy| {
                table.of_policy(policy).map(|record| f64::from(u8::from(record.secured()))).collect()
            })
            .collect();
        for (policy, own) in secured.iter().enumerate().skip(1) {
            let base = &secured[0];
            let same = variance(own.iter().zip(base).map(|(own, base)| own - base));
            let apart = variance(own.iter().zip(base.iter().cycle().skip(1)).map(|(own, base)| own - base));
            let names = table.policies();
            // Two policies that do the same in every session differ by nothing on the same seeds.
            let times = if same > 0.0 { format!("{:.1}", apart / same) } else { "no difference".to_owned() };
            writeln!(text, "| {name} | {} | {} | {times} |", names[policy], names[0])?;
        }
    }
    Ok(())
}

/// The variance of a sample.
fn variance(sample: impl Iterator<Item = f64> + Clone) -> f64 {
    let (count, sum) = sample.clone().fold((0.0, 0.0), |(count, sum), x| (count + 1.0, sum + x));
    let mean = sum / count;
    sample.map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)
}
