//! The cost of a sweep: twenty policies over the same seeds, as a study runs them (key pairs shared by the policies
//! of a seed), beside the same sessions run one by one with everything computed anew.

use std::sync::atomic::AtomicBool;

use blesim_benches::plan::{Kind, plan};
use blesim_benches::{ProcessCpuTime, aes_backend, criterion};
use blesim_crypto::Naive;
use blesim_study::{Seeds, sweep};
use blesim_world::{NoTrace, Sim};
use criterion::{Criterion, Throughput};

const POLICIES: usize = 20;
const SEEDS: u64 = 8;

fn main() {
    eprintln!("AES: {}; time is CPU time of the process", aes_backend());
    let mut criterion: Criterion<ProcessCpuTime> = criterion();
    let mut group = criterion.benchmark_group("sweep/20 policies x 8 seeds");
    let plan = plan(Kind::SecureConnections, POLICIES);
    group.throughput(Throughput::Elements(SEEDS * POLICIES as u64));
    group.bench_function("naive, one by one", |b| {
        b.iter(|| {
            for seed in 0..SEEDS {
                for policy in 0..POLICIES {
                    Sim::new(&plan).run(&plan, policy, seed, &mut Naive, &mut NoTrace).expect("no bug");
                }
            }
        });
    });
    let mut first = 0;
    group.bench_function("study", |b| {
        b.iter(|| {
            first += SEEDS;
            let seeds = Seeds::new(first, SEEDS).expect("a few seeds");
            sweep(&plan, seeds, 1, &|_| {}, &AtomicBool::new(false)).expect("no bug")
        });
    });
    group.finish();
    criterion.final_summary();
}
