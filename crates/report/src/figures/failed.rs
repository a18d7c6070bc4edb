//! Where sessions fail, and which error led where.

use super::{Draft, Figure, rests_on};
use crate::Report;
use crate::chart::{ChartError, HeatCell, HeatRow, PathGroup, PathWay, heat, paths as draw_paths};
use crate::words::{count, percent, plain, thousands};
use blesim_host::Step;
use blesim_study::{Cause, Place, PolicySummary, Way};
use blesim_world::{Acts, Outcome};

/// The most places that have a column of their own.
const MOST_PLACES: usize = 8;

pub(super) fn places(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let policies = &report.summary.policies;
    let mut found: Vec<(String, usize, u64)> = Vec::new();
    for place in policies.iter().flat_map(|policy| &policy.places) {
        let (name, order) = (place_words(place), order(place));
        match found.iter_mut().find(|(known, ..)| *known == name) {
            Some((.., count)) => *count += place.count,
            None => found.push((name, order, place.count)),
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    found.sort_by_key(|&(.., count)| u64::MAX - count);
    let others = found.split_off(found.len().min(MOST_PLACES));
    found.sort_by_key(|&(_, order, count)| (order, u64::MAX - count));
    let mut heads: Vec<String> = found.iter().map(|(name, ..)| name.clone()).collect();
    if !others.is_empty() {
        heads.push(format!("{} elsewhere", count(others.len() as u64, "cause")));
    }
    let row = |(number, policy): (usize, &PolicySummary)| {
        let of = |name: &str| {
            let here = policy.places.iter().filter(|place| place_words(place) == name);
            here.map(|place| place.count).sum::<u64>()
        };
        let mut counts: Vec<u64> = found.iter().map(|(name, ..)| of(name)).collect();
        if !others.is_empty() {
            counts.push(others.iter().map(|(name, ..)| of(name)).sum());
        }
        let cell = |count| cell(count, policy.success.of);
        HeatRow {
            name: plain(&policy.name),
            policy: Some(number),
            cells: counts.into_iter().map(cell).collect(),
        }
    };
    let rows: Vec<HeatRow> = policies.iter().enumerate().map(row).collect();
    let said = policies.iter().filter_map(|policy| {
        let most = policy.places.first()?;
        Some(format!("{}: {} {}", plain(&policy.name), thousands(most.count), place_words(most)))
    });
    let draft = Draft {
        name: "failures",
        title: "Where do the sessions fail that fail?".to_owned(),
        caption: format!(
            "Share of all sessions of a policy: the step of securing that the {} was in, and the last failure that \
             its stack showed. {}",
            plain(report.devices[0]),
            rests_on(report)
        ),
        alt: format!("Most of each policy: {}.", said.collect::<Vec<String>>().join("; ")),
    };
    draft.drawn(|texts| heat(texts, &heads, &rows))
}

fn cell(count: u64, of: u64) -> HeatCell {
    #[expect(clippy::cast_precision_loss, reason = "counts of sessions are far below 2^53")]
    let share = if of == 0 { 0.0 } else { count as f64 / of as f64 };
    HeatCell { shade: share, words: if count == 0 { "·".to_owned() } else { percent(share) } }
}

/// The step and the failure of a place.
pub(crate) fn place_words(place: &Place) -> String {
    match place.cause {
        Cause::Shown(_) => format!("{}: {}", step_words(place.step), place.cause),
        Cause::Ended(_) => format!("{}, no error shown", place.cause),
    }
}

/// The step in words.
pub(crate) fn step_words(step: Option<Step>) -> &'static str {
    let name = |step| Step::ALL.iter().find(|(known, _)| *known == step).map(|(_, name)| *name);
    step.and_then(name).unwrap_or("no link")
}

/// Where a place stands: no link, the steps in the order of a pairing, what no error explains.
fn order(place: &Place) -> usize {
    let number = |step| Step::ALL.iter().position(|(known, _)| *known == step);
    match place.cause {
        Cause::Shown(_) => place.step.and_then(number).map_or(0, |number| number + 1),
        Cause::Ended(_) => Step::ALL.len() + 1,
    }
}

pub(super) fn paths(report: &Report<'_>) -> Result<Option<Figure>, ChartError> {
    let groups: Vec<PathGroup> = report.summary.policies.iter().enumerate().map(group).collect();
    if groups.iter().all(|group| group.ways.is_empty()) {
        return Ok(None);
    }
    let draft = Draft {
        name: "paths",
        title: "Which error led to which action, and that to which end?".to_owned(),
        caption: format!(
            "Sessions in which the {}'s stack showed an error; a band is as thick as the share of them that went \
             that way. Green: secured, vermilion: given up, orange: anything else. {}",
            plain(report.devices[0]),
            rests_on(report)
        ),
        alt: said(report),
    };
    draft.drawn(|texts| draw_paths(texts, &groups))
}

/// The most frequent way of each policy that has one.
fn said(report: &Report<'_>) -> String {
    let most = report.summary.policies.iter().filter_map(|policy| {
        let way = policy.ways.iter().find(|way| way.first.is_some())?;
        let [error, action, end] = way_words(way);
        Some(format!("{}: {error}, {action}, {end}, {} times", plain(&policy.name), thousands(way.count)))
    });
    format!("The most frequent way of each policy: {}.", most.collect::<Vec<String>>().join("; "))
}

fn group((number, policy): (usize, &PolicySummary)) -> PathGroup {
    let ways = policy.ways.iter().filter(|way| way.first.is_some());
    let failed: u64 = ways.clone().map(|way| way.count).sum();
    let ways = ways.map(|way| {
        let [error, action, end] = way_words(way);
        let kind = match way.end {
            Outcome::Secured => 0,
            Outcome::GaveUp => 1,
            Outcome::TimeLimit | Outcome::HalfSecured => 2,
        };
        PathWay { error, action, end, kind, count: way.count }
    });
    PathGroup {
        name: plain(&policy.name),
        policy: number,
        about: format!("{} of {} sessions met an error", thousands(failed), thousands(policy.success.of)),
        ways: ways.collect(),
    }
}

/// The error, the actions and the end of a way, in words.
pub(crate) fn way_words(way: &Way) -> [String; 3] {
    let error = way.first.map_or("no error".to_owned(), |failure| failure.to_string());
    [error, acts_words(way.acts), way.end.name().to_owned()]
}

/// What a policy did, in words.
pub(crate) fn acts_words(acts: Acts) -> String {
    let words: Vec<&str> = acts.words().collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
