//! Why a verdict is recommended, in words, and why not another one that was expected.
//!
//! Invariant: every sentence is made of the results; none is written for a row. Must never know: the rule's
//! numbers other than by asking [`judge`].

use crate::expected::Expected;
use crate::judge::{beats, counted, effort, harm, harmful, harms, helps, ranked, unavoidable};
use crate::row::{Of, secured};
use crate::trial::Trial;
use crate::verdict::{Recommended, Verdict};
use std::cmp::Ordering;
use std::slice;

/// Whether a recommendation is among what was expected.
#[must_use]
pub(crate) fn agree(recommended: Recommended, expected: &[Verdict]) -> bool {
    let known = |verdict| expected.contains(&verdict);
    known(recommended.first) && (!recommended.then_delete || known(Verdict::DeleteBond))
}

/// The session of a verdict that tells most: one with harm, else one that it recovered, else any with the
/// error.
#[must_use]
pub(crate) fn telling(trials: &[Trial], verdict: Verdict) -> Option<(&Trial, u64)> {
    let find = |is: &dyn Fn(&Trial, &blesim_world::Record) -> bool| {
        trials.iter().find_map(|trial| {
            let found = trial.records(verdict).find(|record| is(trial, record));
            found.map(|record| (trial, record.seed))
        })
    };
    find(&|_, record| harm(record, verdict))
        .or_else(|| find(&|trial, record| !trial.hostile && record.secured()))
        .or_else(|| find(&|_, _| true))
}

/// The reason of a recommendation.
#[must_use]
pub(crate) fn reason(trials: &[Trial], recommended: Recommended) -> String {
    let mut parts = vec![first(trials, recommended)];
    if recommended.then_delete {
        let only = |trial: &&Trial| needs_deletion(trial, recommended.first);
        let names: Vec<String> =
            trials.iter().filter(only).map(|trial| cause(trial, Verdict::DeleteBond)).collect();
        parts.push(format!("then B, which alone recovers {}", names.join(" and ")));
    }
    for verdict in Verdict::ALL {
        if let Some(trial) = harmful(trials, verdict) {
            parts.push(left_out(trial, verdict));
        }
    }
    let won = |trial: &Trial| {
        trial.records(Verdict::DeleteBond).filter(|record| record.exposure.attacker_won > 0).count()
    };
    for trial in trials.iter().filter(|trial| recommended.then_delete && won(trial) > 0) {
        let (won, all) = (won(trial), trial.shown());
        parts.push(format!("with consent B lets an attacker win {won} of {all} of {}", trial.cause.name));
    }
    parts.join("; ")
}

fn first(trials: &[Trial], recommended: Recommended) -> String {
    let verdict = recommended.first;
    match verdict {
        Verdict::GiveUp => "no verdict recovers any of the causes".to_owned(),
        Verdict::NotRestart => "nothing that leaves the bond alone recovers without harm".to_owned(),
        _ => {
            let mut words =
                format!("{} recovers {} of the sessions", verdict.letter(), share(pooled(trials, verdict)));
            for other in ranked(trials).into_iter().skip(1) {
                words.push_str(", ");
                words.push_str(&compared(trials, verdict, other));
            }
            words
        }
    }
}

/// Why a verdict that recovers too is not the first.
fn compared(trials: &[Trial], first: Verdict, other: Verdict) -> String {
    let (letter, recovered) = (other.letter(), share(pooled(trials, other)));
    if beats(trials, first, other) {
        return format!("{letter} only {recovered}");
    }
    if beats(trials, other, first) {
        return format!("{letter} {recovered}, but it touches the bond");
    }
    let (ours, theirs) = (effort(trials, first), effort(trials, other));
    let why = match (ours.0.cmp(&theirs.0), ours.1.cmp(&theirs.1)) {
        (Ordering::Less, _) => "with more prompts",
        (_, Ordering::Less) => "later",
        _ => "without being easier",
    };
    format!("{letter} as many {why}")
}

fn left_out(trial: &Trial, verdict: Verdict) -> String {
    let (bad, without) = (harms(trial, verdict), unavoidable(trial));
    let (letter, all, name) = (verdict.letter(), trial.shown(), trial.cause.name);
    format!("{letter} is left out: harm in {bad} of {all} sessions of {name}, {without} without a restart")
}

/// Why what was expected is not what is recommended, with commands that show it.
#[must_use]
pub(crate) fn note(trials: &[Trial], recommended: Recommended, expected: Expected) -> String {
    let letters: Vec<String> = expected.verdicts.iter().map(|verdict| verdict.letter().to_string()).collect();
    let mut parts = vec![format!("expected {} ({})", letters.join(" or "), expected.why)];
    if recommended.then_delete && !expected.verdicts.contains(&Verdict::DeleteBond) {
        let only = trials.iter().find(|trial| needs_deletion(trial, recommended.first));
        let words = "B recovers what nothing else does".to_owned();
        parts.push(shown(only.map_or(trials, slice::from_ref), Verdict::DeleteBond, words));
    }
    if !expected.verdicts.contains(&recommended.first) {
        for &verdict in expected.verdicts {
            parts.push(shown(trials, verdict, why_not(trials, recommended.first, verdict)));
        }
        let again = recommended.first == Verdict::Directly && connects_anew(trials, Verdict::Directly);
        if again && expected.verdicts.contains(&Verdict::Reconnect) {
            parts.push("the link is gone, so D reconnects too, without R's pause".to_owned());
        }
    }
    parts.join("; ")
}

/// Whether deleting the bond helps against this cause, and the first verdict does not.
fn needs_deletion(trial: &Trial, first: Verdict) -> bool {
    helps(trial, Verdict::DeleteBond) && !helps(trial, first)
}

/// Whether a verdict makes more connections than there are without a restart in most sessions.
fn connects_anew(trials: &[Trial], verdict: Verdict) -> bool {
    let pairs = counted(trials).flat_map(|trial| {
        trial
            .records(verdict)
            .zip(trial.records(Verdict::NotRestart))
            .map(|(one, other)| one.connections > other.connections)
    });
    let (more, all) = pairs.fold((0, 0), |(more, all), is| (more + u64::from(is), all + 1));
    2 * more > all
}

fn why_not(trials: &[Trial], first: Verdict, verdict: Verdict) -> String {
    if let Some(trial) = harmful(trials, verdict) {
        return left_out(trial, verdict);
    }
    let letter = verdict.letter();
    if matches!(verdict, Verdict::NotRestart | Verdict::GiveUp) {
        let none = matches!(first, Verdict::NotRestart | Verdict::GiveUp);
        return if none {
            format!("{letter} differs from {} in what becomes of the link only", first.letter())
        } else {
            format!(
                "{letter} recovers {}, and nothing was harmed by {}",
                share(pooled(trials, verdict)),
                first.letter()
            )
        };
    }
    if !beats(trials, verdict, Verdict::NotRestart) {
        return format!("{letter} recovers {}, no more than N", share(pooled(trials, verdict)));
    }
    compared(trials, first, verdict)
}

fn shown(trials: &[Trial], verdict: Verdict, words: String) -> String {
    match telling(trials, verdict) {
        Some((trial, seed)) => format!("{words}: {}", trial.replay(verdict, seed)),
        None => words,
    }
}

fn pooled(trials: &[Trial], verdict: Verdict) -> Of {
    let shares = counted(trials).map(|trial| secured(trial, verdict));
    let (count, of) = shares.fold((0, 0), |(count, of), one| (count + one.count, of + one.of));
    Of::new(count, of)
}

fn cause(trial: &Trial, verdict: Verdict) -> String {
    format!("{} ({})", trial.cause.name, share(secured(trial, verdict)))
}

fn share(of: Of) -> String {
    of.share().map_or_else(|| "none".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
