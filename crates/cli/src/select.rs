//! A scenario with the policies that the command names.
//!
//! Invariant: choosing policies changes which sessions run, never how one of them goes.

use crate::failure::Failure;
use blesim_scenario::policy::{self, Folder, PolicySource};
use blesim_scenario::{Scenario, load};
use blesim_world::Plan;
use std::path::Path;

/// The scenario in a file, with the policies named, in that order; with its own if none is.
///
/// A policy that the scenario does not compare is looked up beside it and among the built-in ones.
pub(crate) fn scenario(path: &Path, policies: &[String]) -> Result<Scenario, Failure> {
    let mut scenario = load(path)?;
    choose(&mut scenario, path, policies)?;
    Ok(scenario)
}

/// Puts the policies named into a scenario that was read from `path`; none leaves its own.
pub(crate) fn choose(scenario: &mut Scenario, path: &Path, policies: &[String]) -> Result<(), Failure> {
    if policies.is_empty() {
        return Ok(());
    }
    let mut chosen = Vec::new();
    for (index, name) in policies.iter().enumerate() {
        if policies[..index].contains(name) {
            return Err(Failure::Usage(format!("--policy {name} is given twice")));
        }
        let own = scenario.plan.policies.iter().find(|program| program.name == *name);
        chosen.push(if let Some(program) = own {
            program.clone()
        } else {
            let found = policy::load(name, &Folder::beside(path))?;
            found.ok_or_else(|| unknown(name, path, &scenario.plan))?.program
        });
    }
    scenario.plan.policies = chosen;
    Ok(())
}

fn unknown(name: &str, path: &Path, plan: &Plan) -> Failure {
    let mut known: Vec<String> = plan.policies.iter().map(|program| program.name.clone()).collect();
    for other in Folder::beside(path).names() {
        if !known.contains(&other) {
            known.push(other);
        }
    }
    Failure::Usage(format!("--policy {name}: there is none of this name; there are {}", known.join(", ")))
}
