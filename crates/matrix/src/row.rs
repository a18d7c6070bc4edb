//! The matrix as numbers: what each verdict did about each error.
//!
//! Invariant: shares come with their intervals and the sessions they were counted in. Must never know: how
//! anything is shown.

use crate::expected::{Expected, expected};
use crate::judge;
use crate::note;
use crate::trial::Trial;
use crate::verdict::{Recommended, Verdict};
use blesim_study::Seeds;
use blesim_study::stats::{Interval, LEVEL, Quantile, SecureTimes, wilson};
use blesim_world::Record;

/// Every row.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The seeds of each cause.
    pub seeds: Seeds,
    /// The rows.
    pub rows: Vec<Row>,
}

/// An error of a procedure.
#[derive(Clone, Debug)]
pub struct Row {
    /// What failed.
    pub procedure: &'static str,
    /// What was shown.
    pub error: &'static str,
    /// The causes: name, what it is about, whether somebody attacks, sessions that showed the error.
    pub causes: Vec<(&'static str, String, bool, usize)>,
    /// What is recommended.
    pub recommended: Recommended,
    /// Why.
    pub reason: String,
    /// What was expected.
    pub expected: Option<Expected>,
    /// Whether the recommendation is what was expected.
    pub agrees: bool,
    /// Where they differ, why, with commands that show it.
    pub note: Option<String>,
    /// The verdicts.
    pub tried: Vec<Tried>,
}

/// A share of sessions.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Of {
    /// So many
    pub count: u64,
    /// of so many.
    pub of: u64,
    /// The 95 % Wilson interval.
    pub interval: Interval,
}

impl Of {
    /// The share of `count` in `of`.
    #[must_use]
    pub fn new(count: u64, of: u64) -> Self {
        Self { count, of, interval: wilson(count, of, LEVEL) }
    }

    /// The share; `None` of nothing.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| real(self.count) / real(self.of))
    }
}

/// What a verdict did about an error.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The verdict.
    pub verdict: Verdict,
    /// Sessions secured after the error, of causes without an attacker.
    pub success: Of,
    /// Their median time from the beginning to the secured link, in us, one that failed counting as never.
    pub p50_us: Option<u64>,
    /// What they cost.
    pub cost: Cost,
    /// What sessions with an attacker, and all others, exposed.
    pub exposure: ExposureShare,
    /// Whether it did more harm than not restarting.
    pub harmful: bool,
    /// Sessions secured, by cause, in the order of the row.
    pub by_cause: Vec<Of>,
    /// Shows the session that tells most about it.
    pub replay: Option<String>,
}

/// Means over the sessions of causes without an attacker.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Cost {
    /// Prompts that users saw.
    pub prompts: f64,
    /// Connections.
    pub connections: f64,
    /// Bonds deleted.
    pub bonds_deleted: f64,
    /// Charge of the central, in uC.
    pub central_charge_uc: f64,
    /// Charge of the peripheral, in uC.
    pub peripheral_charge_uc: f64,
}

/// Sessions with something exposed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ExposureShare {
    /// Sessions with an attacker in which he won.
    pub attacker_won: Of,
    /// Those of them in which a user had agreed to something.
    pub won_with_consent: u64,
    /// Sessions in which an attacker read what an application sent.
    pub read: u64,
    /// Sessions in which a good bond went without consent.
    pub good_bonds_destroyed: u64,
    /// The most bits of a passkey that an attacker knew in a session.
    pub passkey_bits: u8,
}

impl Row {
    /// The row of the trials of one error.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn of(trials: &[Trial]) -> Self {
        let cause = trials.first().expect("a row has a cause").cause;
        let procedure = cause.procedure.name();
        let expected = expected(procedure, cause.error);
        let recommended = judge::recommended(trials);
        let agrees = expected.is_some_and(|expected| note::agree(recommended, expected.verdicts));
        let about = |trial: &Trial| (trial.cause.name, trial.about.clone(), trial.hostile, trial.shown());
        Self {
            procedure,
            error: cause.error,
            causes: trials.iter().map(about).collect(),
            recommended,
            reason: note::reason(trials, recommended),
            expected,
            agrees,
            note: expected.filter(|_| !agrees).map(|expected| note::note(trials, recommended, expected)),
            tried: Verdict::ALL.into_iter().map(|verdict| Tried::of(trials, verdict)).collect(),
        }
    }
}

impl Tried {
    fn of(trials: &[Trial], verdict: Verdict) -> Self {
        let counted = judge::counted(trials);
        let counted: Vec<&Record> = counted.flat_map(|trial| trial.records(verdict)).collect();
        let times: Vec<_> = counted.iter().map(|record| record.secured().then_some(record.time_us)).collect();
        let times = SecureTimes::new(&times);
        Self {
            verdict,
            success: Of::new(times.secured(), times.sessions()),
            p50_us: times.quantile(Quantile::P50, LEVEL).at,
            cost: Cost::of(&counted),
            exposure: ExposureShare::of(trials, verdict),
            harmful: judge::harmful(trials, verdict).is_some(),
            by_cause: trials.iter().map(|trial| secured(trial, verdict)).collect(),
            replay: note::telling(trials, verdict).map(|(trial, seed)| trial.replay(verdict, seed)),
        }
    }
}

/// The sessions of a cause that a verdict secured.
pub(crate) fn secured(trial: &Trial, verdict: Verdict) -> Of {
    count(trial.records(verdict).map(Record::secured))
}

fn count(are: impl Iterator<Item = bool>) -> Of {
    let (found, all) = are.fold((0, 0), |(found, all), is| (found + u64::from(is), all + 1));
    Of::new(found, all)
}

impl Cost {
    fn of(records: &[&Record]) -> Self {
        let mean = |of: fn(&Record) -> u64| {
            let sum: u64 = records.iter().map(|record| of(record)).sum();
            if records.is_empty() { 0.0 } else { real(sum) / real(records.len() as u64) }
        };
        Self {
            prompts: mean(|record| u64::from(record.effort.prompts)),
            connections: mean(|record| u64::from(record.connections)),
            bonds_deleted: mean(|record| u64::from(record.bonds_deleted)),
            central_charge_uc: mean(|record| u64::from(record.charge_uc[0])),
            peripheral_charge_uc: mean(|record| u64::from(record.charge_uc[1])),
        }
    }
}

impl ExposureShare {
    fn of(trials: &[Trial], verdict: Verdict) -> Self {
        let all = || trials.iter().flat_map(|trial| trial.records(verdict));
        let hostile = || trials.iter().filter(|trial| trial.hostile).flat_map(|trial| trial.records(verdict));
        let won = |record: &Record| record.exposure.attacker_won > 0;
        let with_consent = count(hostile().map(|record| won(record) && record.effort.consents > 0));
        Self {
            attacker_won: count(hostile().map(won)),
            won_with_consent: with_consent.count,
            read: count(all().map(|record| record.exposure.octets_read > 0)).count,
            good_bonds_destroyed: count(all().map(|record| record.exposure.good_bonds_destroyed > 0)).count,
            passkey_bits: all().map(|record| record.exposure.passkey_bits).max().unwrap_or(0),
        }
    }
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of sessions are far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}
