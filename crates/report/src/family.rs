//! The report of a family of scenarios: what each policy does in each of them, as a table and as a map.
//!
//! Invariant: every row has the digest of its results and the command that gives them again. Must never know: where
//! the scenarios lie.

use crate::chart::{ChartError, HeatCell, HeatRow, Texts, heat};
use crate::markdown::{code, escaped};
use crate::words::{interval, percent, plain, seconds};
use blesim_study::{Cause, PolicySummary, Summary};
use std::fmt::Write as _;

/// The most policies that have a column of the map.
const MOST_COLUMNS: usize = 8;

/// A scenario of the family, run.
#[derive(Clone, Debug)]
pub struct FamilyScenario {
    /// Its name.
    pub name: String,
    /// What it is about, in one sentence.
    pub about: String,
    /// What came out.
    pub summary: Summary,
    /// The digest of the results.
    pub digest: String,
    /// The command that gives them again.
    pub reproduce: String,
}

/// A family of scenarios.
#[derive(Clone, Debug)]
pub struct Family<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it shows, in one sentence.
    pub about: &'a str,
    /// How many seeds each scenario ran.
    pub seeds: u64,
    /// The scenarios, in order.
    pub scenarios: &'a [FamilyScenario],
}

impl Family<'_> {
    /// The policies that most scenarios compare, in the order in which they come first.
    fn columns(&self) -> Vec<String> {
        let mut counted: Vec<(String, usize)> = Vec::new();
        for policy in self.scenarios.iter().flat_map(|scenario| &scenario.summary.policies) {
            match counted.iter_mut().find(|(known, _)| *known == policy.name) {
                Some((_, count)) => *count += 1,
                None => counted.push((policy.name.clone(), 1)),
            }
        }
        let mut most: Vec<usize> = counted.iter().map(|(_, count)| *count).collect();
        most.sort_unstable_by(|a, b| b.cmp(a));
        let least = most.get(MOST_COLUMNS).map_or(0, |beyond| beyond + 1);
        counted.into_iter().filter(|(_, count)| *count >= least).map(|(name, _)| name).collect()
    }

    /// The map: a row a scenario, a column a policy.
    ///
    /// # Errors
    /// [`ChartError`] where there is no scenario, or none has a policy in common with another.
    pub fn map(&self) -> Result<String, ChartError> {
        let columns = self.columns();
        let row = |scenario: &FamilyScenario| HeatRow {
            name: plain(&scenario.name),
            policy: None,
            cells: columns.iter().map(|column| cell(scenario, column)).collect(),
        };
        let rows = self.scenarios.iter().map(row);
        let rows: Vec<HeatRow> =
            rows.filter(|row| row.cells.iter().any(|cell| !cell.words.is_empty())).collect();
        let title = format!("{}: which policy gets over what?", self.name);
        let caption = format!(
            "Share of sessions with a secured link, {} seeds a scenario, from 0 on; empty where a scenario does not \
             compare the policy. Intervals, other policies and digests are in report.md.",
            self.seeds
        );
        let alt = format!("{title} {} scenarios; the numbers are in the table of report.md.", rows.len());
        let heads: Vec<String> = columns.iter().map(|name| plain(name)).collect();
        heat(&Texts { title: &title, caption: &caption, alt: &alt }, &heads, &rows)
    }

    /// The report as Markdown, with the map beside it as `map.svg`.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n{}\n\n", escaped(self.name), escaped(self.about));
        if self.columns().len() > 1 {
            text.push_str("![Which policy gets over what?](map.svg)\n\n");
        }
        for scenario in self.scenarios {
            let _ = writeln!(text, "## {}\n\n{}\n", escaped(&scenario.name), escaped(&scenario.about));
            text.push_str("| policy | secured | 95 % interval | p95 | most frequent failure | in step |\n");
            text.push_str("|---|---:|---:|---:|---|---|\n");
            for policy in &scenario.summary.policies {
                row(&mut text, policy);
            }
            let _ = writeln!(text, "\nDigest `{}`:\n\n    {}\n", scenario.digest, plain(&scenario.reproduce));
        }
        text
    }
}

fn cell(scenario: &FamilyScenario, column: &str) -> HeatCell {
    let found = scenario.summary.policies.iter().find(|policy| policy.name == column);
    found.map_or(HeatCell { shade: 0.0, words: String::new() }, |policy| HeatCell {
        shade: policy.success.rate,
        words: percent(policy.success.rate),
    })
}

fn row(text: &mut String, policy: &PolicySummary) {
    let place = policy.places.first();
    let cause = place.map_or(String::new(), |place| escaped(&place.cause.to_string()));
    let shown = place.filter(|place| matches!(place.cause, Cause::Shown(_)));
    let step = shown.map_or("", |place| crate::figures::step_words(place.step));
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {cause} | {step} |",
        code(&policy.name),
        percent(policy.success.rate),
        interval(policy.success.interval),
        seconds(policy.p95_us.at),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    /// A family names each scenario with its numbers, its digest and its command, and maps what they share.
    #[test]
    fn a_family_has_a_report() {
        let scenario = |name: &str| FamilyScenario {
            name: name.to_owned(),
            about: "Something <odd>.".to_owned(),
            summary: made_up::summary(),
            digest: "0123".to_owned(),
            reproduce: "blesim run it".to_owned(),
        };
        let scenarios = [scenario("a"), scenario("b")];
        let family = Family { name: "odd", about: "All that is odd.", seeds: 4, scenarios: &scenarios };
        let text = family.markdown();
        for part in ["## b", "Something &lt;odd>.", "| `patient` | 100.0% |", "`0123`", "    blesim run it"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let map = family.map().unwrap();
        assert!(map.contains("steady") && map.contains("75.0%"));
        assert_eq!(Family { scenarios: &[], ..family }.map(), Err(ChartError::Empty));
    }
}
