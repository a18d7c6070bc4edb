//! What a busy engineer has to know, in one sentence, and what to beware of in the next ones.
//!
//! Invariant: a sentence claims a difference only where the comparison found one, and leaves nothing bad out to look
//! better. Must never know: where it is shown.

use crate::Report;
use crate::figures::{best, exposure};
use crate::words::{count, difference, interval, percent, plain, seconds, thousands};
use blesim_study::{PolicySummary, Summary, Verdict};

/// The sentences, the most important first.
#[must_use]
pub fn sentences(report: &Report<'_>) -> Vec<String> {
    let summary = report.summary;
    let sessions: u64 = summary.policies.iter().map(|policy| policy.success.of).sum();
    let secured: u64 = summary.policies.iter().map(|policy| policy.success.count).sum();
    let mut said = match (secured, &summary.policies[..]) {
        (0, _) => vec![none_secured(report)],
        (all, _) if all == sessions => vec![all_secured(report)],
        (_, [only]) => vec![alone(only)],
        _ => vec![ahead(summary)],
    };
    said.extend(harm(summary));
    said.extend(failing(summary));
    said
}

/// The policy that secures most, the first of equals.
fn leader(summary: &Summary) -> (usize, &PolicySummary) {
    let first = |(number, policy): &(usize, &PolicySummary)| (policy.success.count, usize::MAX - number);
    summary.policies.iter().enumerate().max_by_key(first).expect("a table has a policy")
}

fn none_secured(report: &Report<'_>) -> String {
    let of = count(report.table.seeds().count(), "session");
    match &report.summary.policies[..] {
        [only] => format!("{} does not secure a single one of {of}.", plain(&only.name)),
        policies => format!("None of {} policies secures a single one of its {of}.", policies.len()),
    }
}

fn all_secured(report: &Report<'_>) -> String {
    let (_, best) = leader(report.summary);
    let each = count(best.success.of, "session");
    let at_least = percent(best.success.interval.low);
    match &report.summary.policies[..] {
        [only] => format!("{} secures all of {each}; {at_least} or more is sure.", plain(&only.name)),
        policies => format!(
            "All {} policies secure all of their {each}; {at_least} or more is sure of each. Look at time and cost.",
            policies.len()
        ),
    }
}

fn alone(policy: &PolicySummary) -> String {
    format!("{}; compare it with another policy to know what that is worth.", measured(policy))
}

/// Success with its interval, and how soon.
fn measured(policy: &PolicySummary) -> String {
    let share = policy.success;
    let soon = match (policy.p50_us.at, policy.p95_us.at) {
        (_, Some(p95)) => format!("95 of 100 within {}", seconds(Some(p95))),
        (Some(p50), None) => format!("half of all within {}", seconds(Some(p50))),
        (None, None) => "fewer than half at all".to_owned(),
    };
    format!(
        "{} secures {} of the sessions {}, {soon}",
        plain(&policy.name),
        percent(share.rate),
        interval(share.interval)
    )
}

fn ahead(summary: &Summary) -> String {
    let (number, best) = leader(summary);
    let equals = summary.policies.iter().filter(|policy| policy.success.count == best.success.count).count();
    let also = match equals {
        1 => String::new(),
        more => format!(" (and {} more exactly as many)", more - 1),
    };
    let baseline = plain(&summary.policies[0].name);
    let than = match number.checked_sub(1).and_then(|place| summary.comparisons.get(place)) {
        None => ", and no other does better".to_owned(),
        Some(found) if found.verdict == Verdict::Real => {
            format!(": {} than {baseline} on the same seeds", difference(found.difference))
        }
        Some(_) => format!("; that it is more than {baseline} is not sure"),
    };
    let of = summary.policies.len();
    format!("Of {of} policies {}{also}{than}.", measured(best))
}

/// What the leader exposes, and who exposes less.
fn harm(summary: &Summary) -> Option<String> {
    let (place, words) = exposure(summary)?;
    let (number, leader) = leader(summary);
    let of = |policy: &PolicySummary| policy.means[place].at;
    let least = summary.policies.iter().enumerate().min_by(|a, b| {
        of(a.1).total_cmp(&of(b.1)).then(b.1.success.count.cmp(&a.1.success.count)).then(a.0.cmp(&b.0))
    });
    let (safest, safe) = least?;
    let own = format!("Exposure of {}: {:.2} {words}", plain(&leader.name), of(leader));
    Some(if safest == number || of(safe) >= of(leader) {
        format!("{own}, the least of all.")
    } else {
        let share = percent(safe.success.rate);
        format!("{own}; {} has {:.2} and secures {share}.", plain(&safe.name), of(safe))
    })
}

/// Why most sessions of the leader fail, and which policies no other beats.
fn failing(summary: &Summary) -> Vec<String> {
    let (_, leader) = leader(summary);
    let mut said = Vec::new();
    if let Some(worst) = leader.worst {
        let failed = leader.success.of - leader.success.count;
        said.push(format!(
            "Of its {} that fail, {} end with {}.",
            count(failed, "session"),
            thousands(worst.count),
            worst.cause
        ));
    }
    if summary.policies.len() > 2 {
        let front = best(summary);
        let names = summary.policies.iter().zip(&front).filter(|(_, front)| **front);
        let names: Vec<String> = names.map(|(policy, _)| plain(&policy.name)).collect();
        let exposed = if exposure(summary).is_some() { ", time and exposure" } else { " and time" };
        if names.len() < summary.policies.len() {
            said.push(format!("Not beaten in success{exposed} together: {}.", names.join(", ")));
        }
    }
    said
}
