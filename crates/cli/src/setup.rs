//! What a run is of, in the words that its parts and its results carry.
//!
//! Invariant: two runs with the same identity give the same rows for the same seeds; whatever decides how a
//! session goes is in the digest, and nothing else is.

use crate::commands::Asked;
use crate::facts::facts;
use crate::failure::Failure;
use blesim_kernel::Digest;
use blesim_report::part::{Expected, FORMAT, Header, Study};
use blesim_scenario::{Expectation, Scenario};
use blesim_study::{Seeds, Shard};
use blesim_world::Plan;
use std::path::Path;

/// The header of a part `shard` of the run.
pub(crate) fn header(
    scenario: &Scenario,
    path: &Path,
    chosen: &[String],
    seeds: Seeds,
    shard: Option<Shard>,
    precision: Option<(String, Option<String>)>,
) -> Header {
    Header {
        format: FORMAT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        plan: digest(scenario),
        first_seed: seeds.first(),
        seeds: seeds.count(),
        shard: shard.map_or(1, Shard::number),
        shards: shard.map_or(1, Shard::of),
        precision,
        study: study(scenario, path, chosen),
    }
}

/// A digest of the plan with its policies, and of what is expected of them: of their meaning, not of their
/// text.
fn digest(scenario: &Scenario) -> String {
    let mut digest = Digest::new();
    digest.octets(format!("{:?}", scenario.plan).as_bytes());
    digest.octets(format!("{:?}", scenario.expectations).as_bytes());
    digest.to_string()
}

fn study(scenario: &Scenario, path: &Path, chosen: &[String]) -> Study {
    let plan = &scenario.plan;
    Study {
        path: path.to_string_lossy().into_owned(),
        chosen: chosen.to_vec(),
        scenario: plan.name.clone(),
        devices: devices(plan),
        policies: plan.policies.iter().map(|policy| policy.name.clone()).collect(),
        limit_ns: plan.limit.as_nanos(),
        expected: scenario.expectations.iter().map(expected).collect(),
        looks: 1,
        ended: None,
        about: scenario.about.clone(),
        text: scenario.text.clone(),
        facts: facts(plan),
    }
}

/// The device whose policy varies, and those it is to have a link with.
fn devices(plan: &Plan) -> [String; 2] {
    let name = |index: usize| plan.devices[index].name.clone();
    let mut peers =
        plan.subject().map(|pair| if pair.central == plan.varied { pair.peripheral } else { pair.central });
    let first = peers.next().map_or("nobody".to_owned(), name);
    let others = peers.count();
    let against = if others == 0 { first } else { format!("{first} and {others} more") };
    [name(plan.varied), against]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 1e9")]
fn expected(expectation: &Expectation) -> Expected {
    let billionths = |share: f64| (share.clamp(0.0, 1.0) * 1e9).round() as u64;
    Expected {
        policy: expectation.policy.clone(),
        secured_at_least_ppb: expectation.secured_at_least.map(billionths),
        p95_at_most_ns: expectation.p95_at_most.map(blesim_kernel::Span::as_nanos),
    }
}

/// The seeds of the whole study.
pub(crate) fn seeds(header: &Header) -> Result<Seeds, Failure> {
    Seeds::new(header.first_seed, header.seeds)
        .ok_or_else(|| Failure::Unfit("its seeds pass the last one there is".to_owned()))
}

/// What a command has to say to run the study again.
pub(crate) fn asked(header: &Header, seeds: Seeds) -> Asked<'_> {
    Asked {
        path: Path::new(&header.study.path),
        policies: &header.study.chosen,
        seeds,
        precision: header.precision.as_ref(),
    }
}

/// In what the study of `found` is not that of `wanted`; `None` if it is the same.
pub(crate) fn difference(found: &Header, wanted: &Header) -> Option<String> {
    let seeds = |header: &Header| (header.first_seed, header.seeds);
    let range =
        |header: &Header| Seeds::new(header.first_seed, header.seeds).map_or("?".into(), |s| s.to_string());
    let precision = |header: &Header| header.precision.clone().map_or("none".to_owned(), |(text, _)| text);
    if found.version != wanted.version {
        Some(format!("it was made by blesim {}, not {}", found.version, wanted.version))
    } else if found.study.policies != wanted.study.policies {
        let (found, wanted) = (found.study.policies.join(", "), wanted.study.policies.join(", "));
        Some(format!("its policies are {found}, not {wanted}"))
    } else if found.plan != wanted.plan {
        Some(format!(
            "it is of another scenario: {} {}, not {} {}",
            found.study.scenario, found.plan, wanted.study.scenario, wanted.plan
        ))
    } else if seeds(found) != seeds(wanted) {
        Some(format!("its study has the seeds {}, not {}", range(found), range(wanted)))
    } else if found.shards != wanted.shards {
        Some(format!("its study has {} parts, not {}", found.shards, wanted.shards))
    } else if found.precision != wanted.precision {
        Some(format!("its precision is {}, not {}", precision(found), precision(wanted)))
    } else {
        None
    }
}
