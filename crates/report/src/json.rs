//! A report as JSON, for programs.
//!
//! Invariant: the names and meanings of the fields are those of `blesim.run/1`; a field may be added, never
//! changed. Shares are between 0 and 1, times in whole microseconds, and what never happens is `null`.

use crate::figures::step_words;
use crate::{Gate, Report};
use blesim_study::stats::{Estimate, Interval, QuantileEstimate};
use blesim_study::{Comparison, MEASURES, Means, Measure, PolicySummary, Verdict, WorstFailure};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Run<'a> {
    schema: &'static str,
    digest: String,
    seeds: Seeds,
    scenario: &'a str,
    limit_us: u64,
    looks: u32,
    ended: Option<&'a str>,
    policies: Vec<Policy<'a>>,
    comparisons: Vec<Compared<'a>>,
    expectations: Vec<Expected<'a>>,
    reproduce: &'a str,
    see: Option<&'a str>,
}

#[derive(Serialize)]
struct Seeds {
    first: u64,
    count: u64,
}

#[derive(Serialize)]
struct Policy<'a> {
    name: &'a str,
    success: Success,
    time_to_secure_us: Times,
    attempts: f64,
    connections: f64,
    frames: f64,
    bonds_deleted: u64,
    worst_failure: Option<Worst>,
    measures: Vec<Measured>,
    charge_per_link_uc: Option<[Charge; 2]>,
    paths: Vec<Path>,
    failures: Vec<Place>,
}

#[derive(Serialize)]
struct Charge {
    mean: f64,
    ci95: [f64; 2],
}

#[derive(Serialize)]
struct Path {
    first_failure: Option<String>,
    actions: Vec<&'static str>,
    outcome: &'static str,
    count: u64,
    first_seed: u64,
}

#[derive(Serialize)]
struct Place {
    step: Option<&'static str>,
    cause: String,
    count: u64,
    first_seed: u64,
}

#[derive(Serialize)]
struct Measured {
    name: &'static str,
    mean: f64,
    ci95: [f64; 2],
}

#[derive(Serialize)]
struct Success {
    count: u64,
    of: u64,
    rate: f64,
    ci95: [f64; 2],
}

#[derive(Serialize)]
struct Times {
    p50: Option<u64>,
    p95: Option<u64>,
    p50_ci95: [Option<u64>; 2],
    p95_ci95: [Option<u64>; 2],
    mean_within_limit: f64,
    mean_ci95: [f64; 2],
}

#[derive(Serialize)]
struct Worst {
    cause: String,
    count: u64,
    first_seed: u64,
}

#[derive(Serialize)]
struct Compared<'a> {
    a: &'a str,
    b: &'a str,
    difference: f64,
    ci95: [f64; 2],
    p_value: f64,
    p_holm: f64,
    real: bool,
    seeds_to_settle: Option<u64>,
    mean_time_difference_us: f64,
    mean_time_difference_ci95: [f64; 2],
    log_rank_p_value: f64,
    log_rank_p_holm: f64,
    measures: Vec<Measured>,
}

#[derive(Serialize)]
struct Expected<'a> {
    policy: &'a str,
    expectation: String,
    measured: Option<&'a str>,
    passed: Option<bool>,
}

/// Which measures are worth showing.
type Shown = [bool; MEASURES.len()];

/// Writes the report as one JSON object, with a line end after it.
///
/// # Errors
/// Those of the sink.
pub fn write_json(report: &Report<'_>, mut sink: impl Write) -> io::Result<()> {
    let seeds = report.table.seeds();
    let shown = &report.summary.shown;
    let run = Run {
        schema: "blesim.run/1",
        digest: report.table.digest().to_string(),
        seeds: Seeds { first: seeds.first(), count: seeds.count() },
        scenario: report.scenario,
        limit_us: report.summary.limit.as_micros(),
        looks: report.summary.looks,
        ended: report.ended,
        policies: report.summary.policies.iter().map(|one| policy(one, shown)).collect(),
        comparisons: report.summary.comparisons.iter().map(|one| compared(one, shown)).collect(),
        expectations: report.gates.iter().map(expected).collect(),
        reproduce: &report.commands.reproduce,
        see: report.commands.see.as_deref(),
    };
    serde_json::to_writer_pretty(&mut sink, &run)?;
    sink.write_all(b"\n")
}

fn policy<'a>(policy: &'a PolicySummary, shown: &Shown) -> Policy<'a> {
    let success = policy.success;
    Policy {
        name: &policy.name,
        success: Success {
            count: success.count,
            of: success.of,
            rate: success.rate,
            ci95: ends(success.interval),
        },
        time_to_secure_us: times(policy.p50_us, policy.p95_us, policy.mean_us),
        attempts: mean_of("attempts", policy),
        connections: mean_of("connections", policy),
        frames: mean_of("frames", policy),
        bonds_deleted: policy.bonds_deleted,
        worst_failure: policy.worst.map(worst),
        measures: measures(&policy.means, shown),
        charge_per_link_uc: policy.charge_per_link.map(|both| both.map(charge)),
        paths: policy.ways.iter().map(path).collect(),
        failures: policy.places.iter().map(place).collect(),
    }
}

fn charge(estimate: Estimate) -> Charge {
    Charge { mean: estimate.at, ci95: ends(estimate.interval) }
}

fn path(way: &blesim_study::Way) -> Path {
    Path {
        first_failure: way.first.map(|failure| failure.to_string()),
        actions: way.acts.words().collect(),
        outcome: way.end.name(),
        count: way.count,
        first_seed: way.first_seed,
    }
}

fn place(place: &blesim_study::Place) -> Place {
    Place {
        step: place.step.map(|step| step_words(Some(step))),
        cause: place.cause.to_string(),
        count: place.count,
        first_seed: place.first_seed,
    }
}

/// The mean of the measure of this name.
fn mean_of(name: &str, policy: &PolicySummary) -> f64 {
    let found = MEASURES.iter().zip(&policy.means).find(|(measure, _)| measure.name == name);
    found.map_or(0.0, |(_, mean)| mean.at)
}

fn measures(means: &Means, shown: &Shown) -> Vec<Measured> {
    let mean = |((measure, mean), _): ((&Measure, &Estimate), &bool)| Measured {
        name: measure.name,
        mean: mean.at,
        ci95: ends(mean.interval),
    };
    MEASURES.iter().zip(means).zip(shown).filter(|(_, shown)| **shown).map(mean).collect()
}

fn times(p50: QuantileEstimate, p95: QuantileEstimate, mean: Estimate) -> Times {
    Times {
        p50: p50.at,
        p95: p95.at,
        p50_ci95: [p50.low, p50.high],
        p95_ci95: [p95.low, p95.high],
        mean_within_limit: mean.at,
        mean_ci95: ends(mean.interval),
    }
}

fn worst(worst: WorstFailure) -> Worst {
    Worst { cause: worst.cause.to_string(), count: worst.count, first_seed: worst.first_seed }
}

fn compared<'a>(comparison: &'a Comparison, shown: &Shown) -> Compared<'a> {
    let seeds_to_settle = match comparison.verdict {
        Verdict::Real => None,
        Verdict::TooSmall { seeds } => seeds,
    };
    Compared {
        a: &comparison.a,
        b: &comparison.b,
        difference: comparison.difference.estimate,
        ci95: ends(comparison.difference.interval),
        p_value: comparison.p_value,
        p_holm: comparison.p_holm,
        real: comparison.verdict == Verdict::Real,
        seeds_to_settle,
        mean_time_difference_us: comparison.slower_us.at,
        mean_time_difference_ci95: ends(comparison.slower_us.interval),
        log_rank_p_value: comparison.log_rank.p_value,
        log_rank_p_holm: comparison.log_rank_holm,
        measures: measures(&comparison.means, shown),
    }
}

fn expected(gate: &Gate) -> Expected<'_> {
    Expected {
        policy: &gate.policy,
        expectation: gate.wish.words(),
        measured: gate.measured.as_deref(),
        passed: gate.passed,
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;

    /// The whole document: names, order and nulls are a promise to programs.
    #[test]
    fn the_document_is_as_promised() {
        let mut octets = Vec::new();
        with_report(|report| write_json(report, &mut octets)).unwrap();
        let text = String::from_utf8(octets).unwrap();
        assert!(text.starts_with("{\n  \"schema\": \"blesim.run/1\""), "{text}");
        insta::assert_snapshot!(text);
    }
}
