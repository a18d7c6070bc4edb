//! The rule by which a verdict is recommended.
//!
//! 1. Left out is a verdict under which, in the sessions of any cause, an attacker wins or reads, or a good
//!    bond goes without consent, more often than when nothing is restarted (N or X, whichever is worse). An
//!    attacker who wins because the user agreed to delete the bond is not held against deleting it *with
//!    consent*: that is the user's to know.
//! 2. First comes what leaves the bond alone (restart directly, change parameters, reconnect) and recovers
//!    significantly more sessions of the causes without an attacker than not restarting does. Of several
//!    the one that recovers most; between those that do not differ significantly the one with fewer
//!    prompts, then the faster.
//! 3. Deleting the bond with consent comes after it, if there is a cause that it helps and the first does
//!    not.
//! 4. If neither is there: do not restart if an attacker may be the cause, otherwise give up.
//!
//! Where every cause of an error has an attacker, the sessions with him count as those without do otherwise.
//!
//! Invariant: pairs of sessions of the same seed and cause are compared, by McNemar's exact test at
//! [`ALPHA`].
//! Must never know: what was expected.

use crate::trial::Trial;
use crate::verdict::{Recommended, Verdict};
use blesim_study::stats::{PairedCounts, Quantile, SecureTimes, mcnemar};
use blesim_world::Record;
use std::slice;

/// The p value below which a difference counts: small, since a matrix makes a few hundred comparisons.
pub const ALPHA: f64 = 0.0001;

/// The verdicts that may come first.
const FIRST: [Verdict; 3] = [Verdict::Directly, Verdict::Parameters, Verdict::Reconnect];

/// Whether a session did harm of which the user was not asked.
#[must_use]
pub fn harm(record: &Record, verdict: Verdict) -> bool {
    let exposed = &record.exposure;
    let agreed = verdict == Verdict::DeleteBond && record.effort.consents > 0;
    exposed.good_bonds_destroyed > 0 || !agreed && (exposed.octets_read > 0 || exposed.attacker_won > 0)
}

/// How many sessions of a cause did harm.
#[must_use]
pub fn harms(trial: &Trial, verdict: Verdict) -> usize {
    trial.records(verdict).filter(|record| harm(record, verdict)).count()
}

/// How many sessions of a cause did harm though nothing was restarted.
#[must_use]
pub fn unavoidable(trial: &Trial) -> usize {
    harms(trial, Verdict::NotRestart).max(harms(trial, Verdict::GiveUp))
}

/// The cause in which a verdict does more harm than not restarting, the worst of them.
#[must_use]
pub fn harmful(trials: &[Trial], verdict: Verdict) -> Option<&Trial> {
    let more = |trial: &Trial| harms(trial, verdict).saturating_sub(unavoidable(trial));
    trials.iter().filter(|trial| more(trial) > 0).max_by_key(|trial| more(trial))
}

/// The causes whose sessions count for what a verdict recovers: those without an attacker, if there are any.
pub fn counted(trials: &[Trial]) -> impl Iterator<Item = &Trial> {
    let all = trials.iter().all(|trial| trial.hostile);
    trials.iter().filter(move |trial| all || !trial.hostile)
}

/// The outcomes of a verdict in the sessions of causes without an attacker, in the order of causes and seeds.
fn outcomes(trials: &[Trial], verdict: Verdict) -> Vec<bool> {
    counted(trials).flat_map(|trial| trial.records(verdict)).map(Record::secured).collect()
}

/// Whether the first recovers significantly more sessions than the second.
#[must_use]
pub fn beats(trials: &[Trial], first: Verdict, second: Verdict) -> bool {
    let counts = PairedCounts::of(&outcomes(trials, first), &outcomes(trials, second));
    counts.only_a > counts.only_b && mcnemar(counts.only_a, counts.only_b) < ALPHA
}

/// Whether the verdict recovers significantly more sessions of this cause than not restarting.
#[must_use]
pub fn helps(trial: &Trial, verdict: Verdict) -> bool {
    beats(slice::from_ref(trial), verdict, Verdict::NotRestart)
}

/// How many prompts there were, and the median time to a secured link, over causes without an attacker: what
/// decides between verdicts that recover as many.
#[must_use]
pub fn effort(trials: &[Trial], verdict: Verdict) -> (u64, u64) {
    let records = || counted(trials).flat_map(|trial| trial.records(verdict));
    let times: Vec<_> = records().map(|record| record.secured().then_some(record.time_us)).collect();
    let median = SecureTimes::new(&times).quantile(Quantile::P50, blesim_study::stats::LEVEL).at;
    (records().map(|record| u64::from(record.effort.prompts)).sum(), median.unwrap_or(u64::MAX))
}

/// Of verdicts that recover as many, the one with the fewest prompts, then the fastest; medians that differ
/// by less than a twentieth are the same, and the first of them is taken.
fn easiest(trials: &[Trial], mut verdicts: Vec<Verdict>) -> Option<Verdict> {
    let prompts = |verdict: &Verdict| effort(trials, *verdict).0;
    let median = |verdict: &Verdict| effort(trials, *verdict).1;
    let fewest = verdicts.iter().map(prompts).min()?;
    verdicts.retain(|verdict| prompts(verdict) == fewest);
    let fastest = verdicts.iter().map(median).min()?;
    verdicts.into_iter().find(|verdict| median(verdict) <= fastest.saturating_add(fastest / 20))
}

/// The verdicts that may come first and help, the best first.
#[must_use]
pub fn ranked(trials: &[Trial]) -> Vec<Verdict> {
    let helps = |&verdict: &Verdict| {
        harmful(trials, verdict).is_none() && beats(trials, verdict, Verdict::NotRestart)
    };
    let mut left: Vec<Verdict> = FIRST.into_iter().filter(helps).collect();
    let recovered = |verdict| outcomes(trials, verdict).into_iter().filter(|&secured| secured).count();
    let mut ranked = Vec::new();
    while let Some(&most) = left.iter().max_by_key(|&&verdict| recovered(verdict)) {
        let as_good = left.iter().copied().filter(|&verdict| !beats(trials, most, verdict));
        let best = easiest(trials, as_good.collect()).unwrap_or(most);
        left.retain(|&verdict| verdict != best);
        ranked.push(best);
    }
    ranked
}

/// The recommendation.
#[must_use]
pub fn recommended(trials: &[Trial]) -> Recommended {
    let first = ranked(trials).first().copied();
    let only_deletion =
        |trial: &&Trial| helps(trial, Verdict::DeleteBond) && !first.is_some_and(|first| helps(trial, first));
    let then_delete =
        harmful(trials, Verdict::DeleteBond).is_none() && trials.iter().any(|trial| only_deletion(&trial));
    let otherwise = if then_delete || trials.iter().any(|trial| trial.hostile) {
        Verdict::NotRestart
    } else {
        Verdict::GiveUp
    };
    Recommended { first: first.unwrap_or(otherwise), then_delete }
}
