//! The cost of whole sessions by kind and provider, beside the cost of their cryptography alone: the ratio is
//! what the simulation adds.

use blesim_benches::cases::{CASES, floors, sessions};
use blesim_benches::{ThreadCpuTime, aes_backend, criterion, ratio};
use criterion::Criterion;

/// Rounds of the comparison: in each the session and its floor are timed right after each other.
const ROUNDS: usize = 41;

fn main() {
    eprintln!("AES: {}; time is thread CPU time", aes_backend());
    let mut criterion: Criterion<ThreadCpuTime> = criterion();
    let mut group = criterion.benchmark_group("session");
    for case in CASES {
        let (mut session, mut floor) = (sessions(case), floors(case));
        group.bench_function(case.0, |b| b.iter(&mut session));
        group.bench_function(format!("{}, floor", case.0), |b| b.iter(&mut floor));
    }
    group.finish();
    criterion.final_summary();
    println!("session over its own floor, median of {ROUNDS} rounds, both in turn:");
    for case in CASES {
        let (mut session, mut floor) = (sessions(case), floors(case));
        let (_, _, times) = ratio(ROUNDS, &mut || _ = session(), &mut || _ = floor());
        println!("  {times:6.2}  {}", case.0);
    }
}
