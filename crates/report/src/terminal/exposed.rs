//! What sessions exposed: a table of its own, for scenarios in which there is something to expose.
//!
//! Invariant: a mean over all sessions of a policy, and nothing where no session of any policy had any.

use super::{Look, grid};
use crate::words::plain;
use blesim_study::{MEASURES, PolicySummary, Summary};

/// One row a policy, one column for every such measure that any session has some of.
pub(super) fn means(summary: &Summary, look: Look) -> String {
    let columns: Vec<usize> =
        (0..MEASURES.len()).filter(|&index| MEASURES[index].seldom && summary.shown[index]).collect();
    if columns.is_empty() {
        return String::new();
    }
    let names: Vec<String> = columns.iter().map(|&index| MEASURES[index].name.replace('_', " ")).collect();
    let head: Vec<&str> = ["a session"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let row = |policy: &PolicySummary| {
        let means = columns.iter().map(|&index| number(policy.means[index].at));
        [plain(&policy.name)].into_iter().chain(means).collect()
    };
    let rows: Vec<Vec<String>> = summary.policies.iter().map(row).collect();
    format!("\n{}", grid(&head, &rows, &[0], look))
}

/// Two digits where they matter.
fn number(mean: f64) -> String {
    if mean < 10.0 { format!("{mean:.2}") } else { format!("{mean:.0}") }
}
