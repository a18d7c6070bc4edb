//! How far policies are apart, what each costs, and which is not beaten.

use super::{Draft, Figure, rests_on};
use crate::Report;
use crate::chart::{ChartError, Dot, DotPanel, DotRow, TradePoint, dots, tradeoff as draw_tradeoff};
use crate::words::{percent, plain, thousands};
use blesim_study::stats::{Estimate, Interval, front};
use blesim_study::{Comparison, MEASURES, PolicySummary, Summary, Verdict};

pub(super) fn differences(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let Some(first) = report.summary.comparisons.first() else { return Ok(None) };
    let baseline = plain(&first.b);
    let row = |(policy, compared): (usize, &Comparison)| {
        let points = compared.difference.interval;
        let points = Dot {
            at: compared.difference.estimate * 100.0,
            interval: [points.low * 100.0, points.high * 100.0],
            sure: compared.verdict == Verdict::Real,
            words: signed(compared.difference.estimate * 100.0, "points"),
        };
        let Estimate { at, interval: Interval { low, high } } = compared.slower_us;
        let sooner = Dot {
            at: -at / 1e6 + 0.0,
            interval: [-high / 1e6, -low / 1e6],
            sure: low > 0.0 || high < 0.0,
            words: signed(-at / 1e6, "s"),
        };
        DotRow { name: plain(&compared.a), policy, dots: vec![Some(points), Some(sooner)] }
    };
    let rows: Vec<DotRow> = (1..).zip(&report.summary.comparisons).map(row).collect();
    let panels = [("Points of success more", ""), ("Seconds sooner, on average", " s")]
        .map(|(heading, unit)| DotPanel { heading: heading.to_owned(), unit });
    let said = rows.iter().map(|row| {
        let words = |dot: &Option<Dot>| dot.as_ref().map_or(String::new(), |dot| dot.words.clone());
        format!("{} {}, {}", row.name, words(&row.dots[0]), words(&row.dots[1]))
    });
    let draft = Draft {
        name: "differences",
        title: format!("What does each policy gain over {baseline}, on the same seeds?"),
        caption: format!(
            "Paired differences with 95 % intervals; full and bold: told from chance (exact McNemar test, Holm \
             over {}; times by the interval alone). Failures count as {}. {}",
            rows.len(),
            report.summary.limit,
            rests_on(report)
        ),
        alt: format!("{}.", said.collect::<Vec<String>>().join("; ")),
    };
    draft.drawn(|texts| dots(texts, &panels, &rows))
}

pub(super) fn charge(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let row = |(number, policy): (usize, &PolicySummary)| {
        let dot = |estimate: Estimate| Dot {
            at: estimate.at / 1e3,
            interval: [estimate.interval.low / 1e3, estimate.interval.high / 1e3],
            sure: true,
            words: millicoulombs(estimate.at),
        };
        let dots = policy.charge_per_link.map_or(vec![None, None], |both| both.map(dot).map(Some).to_vec());
        DotRow { name: plain(&policy.name), policy: number, dots }
    };
    let rows: Vec<DotRow> = report.summary.policies.iter().enumerate().map(row).collect();
    let drawn = rows.iter().flat_map(|row| row.dots.iter().flatten()).any(|dot| dot.at > 0.0);
    if !drawn {
        return Ok(None);
    }
    let panels = ["central", "peripheral"]
        .map(|side| DotPanel { heading: format!("The {side}, per secured link"), unit: " mC" });
    let said = rows.iter().map(|row| {
        let words = |dot: &Option<Dot>| dot.as_ref().map_or("none".to_owned(), |dot| dot.words.clone());
        format!("{} central {}, peripheral {}", row.name, words(&row.dots[0]), words(&row.dots[1]))
    });
    let draft = Draft {
        name: "charge",
        title: "What does a secured link cost the batteries?".to_owned(),
        caption: format!(
            "Charge of all sessions, those that failed included, for each link that got secured, sleep current left \
             out; 95 % intervals of the ratio (delta method). 1 mC = 1000 microcoulombs. {}",
            rests_on(report)
        ),
        alt: format!("{}.", said.collect::<Vec<String>>().join("; ")),
    };
    draft.drawn(|texts| dots(texts, &panels, &rows))
}

/// A number with its sign, if it is not nothing.
fn signed(number: f64, unit: &str) -> String {
    let digits = format!("{number:+.1}");
    let digits = if digits.trim_start_matches(['+', '-']) == "0.0" { "0.0" } else { &digits };
    format!("{digits} {unit}")
}

fn millicoulombs(microcoulombs: f64) -> String {
    let milli = microcoulombs / 1e3;
    if milli < 9.995 { format!("{milli:.2} mC") } else { format!("{milli:.1} mC") }
}

/// What is exposed, as far as it is watched for: the first of these that some session has.
pub(crate) fn exposure(summary: &Summary) -> Option<(usize, &'static str)> {
    let names = [
        ("attacker_won", "devices won by an attacker, a session"),
        ("good_bonds_destroyed", "good bonds destroyed, a session"),
        ("octets_read", "octets read by an attacker, a session"),
        ("passkey_bits", "bits of a passkey known to a guesser, a session"),
        ("plaintext_octets", "octets sent in the clear, a session"),
    ];
    names.into_iter().find_map(|(name, words)| {
        let place = MEASURES.iter().position(|measure| measure.name == name)?;
        summary.shown[place].then_some((place, words))
    })
}

/// Which policies no other beats in success, mean time and exposure together.
pub(crate) fn best(summary: &Summary) -> Vec<bool> {
    let exposed = exposure(summary);
    let numbers = summary.policies.iter().map(|policy| {
        let harm = exposed.map_or(0.0, |(place, _)| policy.means[place].at);
        [-policy.success.rate, policy.mean_us.at, harm]
    });
    front(&numbers.collect::<Vec<[f64; 3]>>())
}

pub(super) fn tradeoff(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let summary = report.summary;
    if summary.policies.len() < 2 {
        return Ok(None);
    }
    let exposed = exposure(summary);
    let point = |(policy, front): (&PolicySummary, bool)| TradePoint {
        name: plain(&policy.name),
        success: policy.success.rate,
        interval: [policy.success.interval.low, policy.success.interval.high],
        seconds: policy.mean_us.at / 1e6,
        exposed: exposed.map(|(place, _)| policy.means[place].at),
        front,
    };
    let points: Vec<TradePoint> = summary.policies.iter().zip(best(summary)).map(point).collect();
    let said = points.iter().map(|point| {
        let harm = point.exposed.map_or(String::new(), |harm| format!(", exposure {harm:.2}"));
        let front = if point.front { ", on the front" } else { "" };
        format!("{} {}, {:.1} s{harm}{front}", point.name, percent(point.success), point.seconds)
    });
    let (numbers, words) = match exposed {
        Some((_, words)) => ("success, time and exposure", words),
        None => ("success and time", ""),
    };
    let nothing = if exposed.is_none() { " Nothing was exposed in these sessions." } else { "" };
    let draft = Draft {
        name: "tradeoff",
        title: format!("Which policy is not beaten in {numbers} at once?"),
        caption: format!(
            "Full and bold: on the Pareto front, no other policy is as good in all and better in one. Mean times \
             within {} s, failures counting as that.{nothing} {}",
            thousands(summary.limit.as_micros() / 1_000_000),
            rests_on(report)
        ),
        alt: format!("{}.", said.collect::<Vec<String>>().join("; ")),
    };
    draft.drawn(|texts| draw_tradeoff(texts, words, &points))
}
