//! A session that has not come to what sets two policies apart is run once for both: a sweep's rows are those of
//! sessions run one by one, each with its own policy, in every shipped scenario that compares some.

use crate::root;
use blesim_crypto::KeyBank;
use blesim_scenario::parse;
use blesim_scenario::policy::Folder;
use blesim_study::{Seeds, sweep};
use blesim_world::{NoTrace, Plan, Sim};
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Seeds of each scenario.
const SEEDS: u64 = 6;

/// How many sessions of a sweep were spared, after its rows have been compared.
fn spared(plan: &Plan, name: &str) -> usize {
    let seeds = Seeds::new(0, SEEDS).expect("some seeds");
    let table = sweep(plan, seeds, 2, &|_| {}, &AtomicBool::new(false)).expect("no bug");
    let (mut sim, mut keys) = (Sim::new(plan), KeyBank::new());
    let policies = plan.policies.len();
    let mut spared = 0;
    for seed in 0..SEEDS {
        let mut known = vec![false; policies];
        for policy in 0..policies {
            let record = sim.run(plan, policy, seed, &mut keys, &mut NoTrace).expect("no bug");
            let swept = &table.rows()[usize::try_from(seed).expect("few seeds") * policies + policy];
            assert_eq!(*swept, record, "{name}, seed {seed}, policy {}", plan.policies[policy].name);
            spared += usize::from(known[policy]);
            for (other, known) in known.iter_mut().enumerate().skip(policy + 1) {
                *known |= sim.alike(plan, policy, other);
            }
        }
    }
    spared
}

/// All shipped scenarios; and many sessions are spared, or there would be nothing to compare.
#[test]
fn sessions_are_shared_only_where_they_are_the_same() {
    let mut all = 0;
    for folder in ["scenarios", "scenarios/exposure", "scenarios/field", "scenarios/matrix"] {
        let entries = fs::read_dir(root().join(folder)).expect("the folder is there");
        let mut files: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
        files.sort();
        for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "ron")) {
            all += scenario(path);
        }
    }
    assert!(all > 300, "only {all} sessions were spared");
}

fn scenario(path: &Path) -> usize {
    let name = path.file_stem().expect("a file").to_string_lossy();
    let text = fs::read_to_string(path).expect("it is shipped");
    let plan = parse(&name, &text, &Folder::beside(path)).expect("it is a scenario").plan;
    if plan.policies.len() > 1 { spared(&plan, &name) } else { 0 }
}
