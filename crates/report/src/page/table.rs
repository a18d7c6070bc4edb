//! The tables of the page: for each cell the number as it is in the summary, and as it is read.
//!
//! Invariant: a number is rounded only where it is shown. Must never know: how a cell is laid out.

use crate::Report;
use crate::figures::{best, exposure, step_words};
use crate::words::{
    count, difference, interval, mean_seconds, p_value, percent, plain, seconds, sooner, thousands,
};
use blesim_host::Step;
use blesim_study::stats::{Estimate, Interval};
use blesim_study::{Cause, Comparison, MEASURES, Measure, PolicySummary, Verdict};
use std::fmt::Write as _;

/// A column of the comparison.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) about: String,
}

/// A policy's row.
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) front: bool,
    pub(super) cells: Vec<Cell>,
    pub(super) worst: String,
    pub(super) worst_count: u64,
    pub(super) see: String,
}

/// A number: its name in the summary, itself, and as it is read.
pub(super) struct Cell {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) shown: String,
    pub(super) interval: String,
}

/// A policy against the first.
pub(super) struct ComparedRow {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) difference: f64,
    pub(super) difference_shown: String,
    pub(super) p_holm: f64,
    pub(super) p_shown: String,
    pub(super) sooner: f64,
    pub(super) sooner_shown: String,
    pub(super) verdict: String,
}

/// Where sessions of a policy failed.
pub(super) struct PlaceRow {
    pub(super) number: usize,
    pub(super) name: String,
    pub(super) order: usize,
    pub(super) step: &'static str,
    pub(super) cause: String,
    pub(super) count: u64,
    pub(super) shown: String,
    pub(super) see: String,
}

/// The measures that have a column, with their places.
fn measures<'a>(report: &'a Report<'_>) -> impl Iterator<Item = (usize, &'static Measure)> + 'a {
    MEASURES.iter().enumerate().filter(|(place, _)| report.summary.shown[*place])
}

pub(super) fn columns(report: &Report<'_>) -> Vec<Column> {
    let column = |name: &str, about: &str| Column { name: name.to_owned(), about: about.to_owned() };
    let own = [
        column(
            "secured",
            "The share of sessions that ended with a secured link, with its 95 % Wilson interval.",
        ),
        column("p50", "The time by which half of all sessions have a secured link; never if they do not."),
        column("p95", "The time by which 95 of 100 sessions have one; never if they do not."),
        column("mean time", "The mean time to a secured link, a session that fails counting as the limit."),
        column(
            "charge per link",
            "Microcoulombs of the central, of all sessions, for each link that got secured.",
        ),
    ];
    let measured = measures(report).map(|(_, measure)| {
        column(&measure.name.replace('_', " "), &format!("{} In {}, a session.", measure.about, measure.unit))
    });
    own.into_iter().chain(measured).collect()
}

pub(super) fn rows(report: &Report<'_>) -> Vec<Row> {
    let front = if report.summary.policies.len() > 1 { best(report.summary) } else { vec![false] };
    let row = |(number, policy): (usize, &PolicySummary)| Row {
        number,
        name: plain(&policy.name),
        front: front[number],
        cells: cells(report, policy),
        worst: policy
            .worst
            .map_or("none".to_owned(), |worst| format!("{}, {}", worst.cause, count(worst.count, "time"))),
        worst_count: policy.worst.map_or(0, |worst| worst.count),
        see: policy.worst.map_or(String::new(), |worst| replay(report, number, worst.first_seed)),
    };
    report.summary.policies.iter().enumerate().map(row).collect()
}

/// The command that shows a session of a policy.
fn replay(report: &Report<'_>, policy: usize, seed: u64) -> String {
    report.commands.replay.get(policy).map_or(String::new(), |command| format!("{command}{seed}"))
}

fn cells(report: &Report<'_>, policy: &PolicySummary) -> Vec<Cell> {
    let time = |name, at: Option<u64>| Cell {
        name,
        value: at.map_or(String::new(), |at| at.to_string()),
        shown: seconds(at),
        interval: String::new(),
    };
    let [mean, within] = mean_seconds(policy.mean_us);
    let charge = policy.charge_per_link.map(|[central, _]| central);
    let mut cells = vec![
        Cell {
            name: "secured",
            value: policy.success.rate.to_string(),
            shown: percent(policy.success.rate),
            interval: interval(policy.success.interval),
        },
        time("p50", policy.p50_us.at),
        time("p95", policy.p95_us.at),
        Cell { name: "mean_time", value: policy.mean_us.at.to_string(), shown: mean, interval: within },
        Cell {
            name: "charge_per_link",
            value: charge.map_or(String::new(), |charge| charge.at.to_string()),
            shown: charge.map_or("–".to_owned(), |charge| digits(charge.at)),
            interval: charge.map_or(String::new(), between),
        },
    ];
    cells.extend(measures(report).map(|(place, measure)| {
        let mean = policy.means[place];
        Cell {
            name: measure.name,
            value: mean.at.to_string(),
            shown: digits(mean.at),
            interval: between(mean),
        }
    }));
    cells
}

/// A mean with about three digits.
fn digits(mean: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "means of counts are not negative"
    )]
    let whole = mean.round() as u64;
    match mean {
        ..9.995 => format!("{mean:.2}"),
        9.995..99.95 => format!("{mean:.1}"),
        _ => thousands(whole),
    }
}

fn between(mean: Estimate) -> String {
    let Interval { low, high } = mean.interval;
    format!("[{}, {}]", digits(low), digits(high))
}

pub(super) fn times_note(report: &Report<'_>) -> String {
    let mut note = format!(
        "Times are over all sessions: one that fails counts as never, and as {} in the mean. Small numbers in brackets \
         are 95 % intervals.",
        report.summary.limit
    );
    if report.summary.policies.len() > 1 {
        let exposed = exposure(report.summary).map_or(String::new(), |(_, words)| format!(" and {words}"));
        let _ = write!(
            note,
            " front: no other policy is as good in success, mean time{exposed} and better in one."
        );
    }
    note
}

pub(super) fn compared(report: &Report<'_>) -> Vec<ComparedRow> {
    let row = |(number, one): (usize, &Comparison)| ComparedRow {
        number,
        name: plain(&one.a),
        difference: one.difference.estimate,
        difference_shown: difference(one.difference),
        p_holm: one.p_holm,
        p_shown: p_value(one.p_holm),
        sooner: -one.slower_us.at + 0.0,
        sooner_shown: sooner(one.slower_us),
        verdict: match one.verdict {
            Verdict::Real => "real".to_owned(),
            Verdict::TooSmall { seeds: Some(seeds) } => {
                format!("too small to tell, about {} would", count(seeds, "seed"))
            }
            Verdict::TooSmall { seeds: None } => "no difference to go by".to_owned(),
        },
    };
    (1..).zip(&report.summary.comparisons).map(row).collect()
}

pub(super) fn places(report: &Report<'_>) -> Vec<PlaceRow> {
    let rows = report.summary.policies.iter().enumerate().flat_map(|(number, policy)| {
        policy.places.iter().map(move |place| PlaceRow {
            number,
            name: plain(&policy.name),
            order: place.step.map_or(0, |step| {
                Step::ALL.iter().position(|(known, _)| *known == step).map_or(0, |at| at + 1)
            }),
            step: match place.cause {
                Cause::Shown(_) => step_words(place.step),
                Cause::Ended(_) => "–",
            },
            cause: place.cause.to_string(),
            count: place.count,
            shown: thousands(place.count),
            see: replay(report, number, place.first_seed),
        })
    });
    rows.collect()
}
