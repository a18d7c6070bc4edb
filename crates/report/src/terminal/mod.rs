//! A report on the terminal: one aligned row a policy, what the rows mean, and what to do next.
//!
//! Invariant: colour repeats what a word says already and is never the only sign. It must never know which
//! terminal this is; it is told how wide it is and whether it shows colour.

mod compared;
mod exposed;
mod histogram;

use crate::words::{count, interval, percent, plain, seconds, thousands};
use crate::{Gate, Report};
use blesim_study::{Cause, MEASURES, PolicySummary, WorstFailure};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets::NOTHING};
use std::fmt::Write;

/// How a terminal wants its text.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Look {
    /// Columns; `None` for as many as it takes.
    pub width: Option<u16>,
    /// Whether it shows colour.
    pub color: bool,
}

// Select Graphic Rendition, ECMA-48 8.3.117.
const PLAIN: &str = "\u{1b}[0m";
const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";

impl Look {
    fn paint(self, style: &str, text: &str) -> String {
        if self.color { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }
}

/// The whole report.
#[must_use]
pub fn text(report: &Report<'_>, look: Look) -> String {
    let mut text = heading(report);
    text.push('\n');
    text.push_str(&policies(&report.summary.policies, look));
    text.push_str(&exposed::means(report.summary, look));
    text.push_str(&compared::shares(report.summary));
    if let Some(ended) = report.ended {
        let _ = writeln!(text, "{ended}");
    }
    text.push_str(&compared::times(report.summary, look));
    text.push_str(&histogram::times(report.summary, look));
    if !report.gates.is_empty() {
        text.push('\n');
        text.push_str(&gates(report.gates, look));
    }
    text.push('\n');
    let commands = report.commands;
    let _ = writeln!(text, "digest     {}", report.table.digest());
    if let Some(see) = &commands.see {
        let _ = writeln!(text, "see one    {see}");
    }
    let _ = writeln!(text, "repeat     {}", commands.reproduce);
    text
}

fn heading(report: &Report<'_>) -> String {
    let seeds = report.table.seeds();
    let [varied, against] = report.devices.map(plain);
    let policies = report.summary.policies.len();
    let policies = format!("{policies} {}", if policies == 1 { "policy" } else { "policies" });
    format!(
        "{}: {} ({}..={}) x {policies}, {varied} varied against {against}\n",
        plain(report.scenario),
        count(seeds.count(), "seed"),
        seeds.first(),
        seeds.last(),
    )
}

/// One row a policy. Where the terminal is too narrow for the worst failures, they get a table of their own.
fn policies(policies: &[PolicySummary], look: Look) -> String {
    let head = ["policy", "secured", "95% interval", "p50", "p95", "attempts"];
    let tail = ["worst failure", "times", "seed"];
    let failed = policies.iter().any(|policy| policy.worst.is_some());
    let tail = if failed { &tail[..] } else { &[] };
    let head_row = |policy: &PolicySummary| {
        vec![
            plain(&policy.name),
            percent(policy.success.rate),
            interval(policy.success.interval),
            seconds(policy.p50_us.at),
            seconds(policy.p95_us.at),
            format!("{:.1}", attempts(policy)),
        ]
    };
    let whole: Vec<Vec<String>> = policies
        .iter()
        .map(|policy| {
            let worst = if failed { worst(policy.worst) } else { Vec::new() };
            head_row(policy).into_iter().chain(worst).collect()
        })
        .collect();
    let text = grid(&[&head[..], tail].concat(), &whole, &[0, 6], Look { width: None, ..look });
    // The head may hold escape sequences, which take no room.
    let visible = |line: &str| line.replace(BOLD, "").replace(PLAIN, "").chars().count();
    let widest = text.lines().map(visible).max().unwrap_or(0);
    if look.width.is_none_or(|width| widest <= usize::from(width)) {
        return text;
    }
    let rows: Vec<Vec<String>> = policies.iter().map(head_row).collect();
    let mut text = grid(&head, &rows, &[0], look);
    if failed {
        let failing = policies.iter().filter(|policy| policy.worst.is_some());
        let rows: Vec<Vec<String>> = failing
            .map(|policy| {
                let mut worst = worst(policy.worst);
                worst.rotate_left(1);
                [plain(&policy.name)].into_iter().chain(worst).collect()
            })
            .collect();
        text.push('\n');
        text.push_str(&grid(&["policy", "times", "seed", "worst failure"], &rows, &[0, 3], look));
    }
    text
}

/// The mean number of attempts.
fn attempts(policy: &PolicySummary) -> f64 {
    let found = MEASURES.iter().zip(&policy.means).find(|(measure, _)| measure.name == "attempts");
    found.map_or(0.0, |(_, mean)| mean.at)
}

/// Cause, sessions that ended so, and the first seed of them.
fn worst(worst: Option<WorstFailure>) -> Vec<String> {
    worst.map_or_else(
        || vec!["-".to_owned(), "-".to_owned(), "-".to_owned()],
        |worst| vec![without_code(worst.cause), thousands(worst.count), worst.first_seed.to_string()],
    )
}

/// A cause by its name alone, to save room; the code stays where there is no name.
fn without_code(cause: Cause) -> String {
    let text = cause.to_string();
    match text.rsplit_once(" (0x") {
        Some((name, _)) if !name.ends_with("Reserved") => name.to_owned(),
        _ => text,
    }
}

/// Blanks between two columns.
const GAP: u16 = 2;

/// Aligned columns, those in `left` to the left. A row is one line if the width allows it.
pub(crate) fn grid(head: &[&str], rows: &[Vec<String>], left: &[usize], look: Look) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.iter().copied());
    table.add_rows(rows.iter().cloned());
    for (index, column) in table.column_iter_mut().enumerate() {
        let side = if left.contains(&index) { CellAlignment::Left } else { CellAlignment::Right };
        column.set_cell_alignment(side);
        column.set_padding((0, GAP));
    }
    if let Some(width) = look.width {
        // What is left of the last column's padding is cut off below.
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.saturating_add(GAP));
        // A name is not broken while there is room for it: it is what one looks for.
        let longest = rows.iter().filter_map(|row| row.first()).map(|name| name.chars().count()).max();
        let longest = longest.and_then(|letters| u16::try_from(letters).ok()).unwrap_or(u16::MAX);
        let least = longest.saturating_add(GAP).min(width / 2);
        if let Some(names) = table.column_mut(0) {
            names.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
    let mut text = String::new();
    for (index, line) in table.lines().enumerate() {
        let line = line.trim_end();
        let line = if index == 0 { look.paint(BOLD, line) } else { line.to_owned() };
        let _ = writeln!(text, "{line}");
    }
    text
}

/// The gate table.
#[must_use]
pub fn gates(gates: &[Gate], look: Look) -> String {
    let rows: Vec<[String; 3]> = gates
        .iter()
        .map(|gate| {
            let measured = gate.measured.clone().unwrap_or_else(|| "-".to_owned());
            [plain(&gate.policy), gate.wish.words(), measured]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::from("Expected of the policies:\n");
    for (gate, [policy, wish, measured]) in gates.iter().zip(rows) {
        let verdict = match gate.passed {
            Some(true) => look.paint(GREEN, "ok"),
            Some(false) => look.paint(RED, "NOT met"),
            None => "not run".to_owned(),
        };
        let [a, b, c] = widths;
        let _ = writeln!(text, "  {policy:a$}  {wish:b$}  {measured:>c$}  {verdict}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;

    /// What a user sees where there is room: one row a policy and the commands that lead on.
    #[test]
    fn wide_report() {
        let wide = with_report(|report| text(report, Look::default()));
        insta::assert_snapshot!(wide);
    }

    /// Eighty columns hold it too: the worst failures move below, and no line of a table is longer.
    #[test]
    fn narrow_report() {
        let narrow = with_report(|report| text(report, Look { width: Some(80), color: false }));
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
        insta::assert_snapshot!(narrow);
    }

    /// The name of a row is whole where it takes less than half of the width, however long the rest is.
    #[test]
    fn names_are_not_broken() {
        let rows =
            vec![vec!["delete-bond-and-repair".to_owned(), "far more than there is room for ".repeat(3)]];
        let text = grid(&["policy", "about"], &rows, &[0, 1], Look { width: Some(60), color: false });
        assert!(text.contains("\ndelete-bond-and-repair  far"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }

    /// Whether a table fits does not depend on colour.
    #[test]
    fn colour_takes_no_room() {
        let lines = |width, color| {
            let look = Look { width: Some(width), color };
            with_report(|report| text(report, look)).lines().count()
        };
        for width in 60..130 {
            assert_eq!(lines(width, true), lines(width, false), "{width}");
        }
    }

    /// A failure is named without its code, unless the code is all there is.
    #[test]
    fn failures_are_named() {
        use blesim_host::{Failure, Procedure, Shown};
        let check = |code, expected: &str| {
            let shown = Shown::from_code(code).unwrap();
            let cause = Cause::Shown(Failure { procedure: Procedure::Bonding, shown });
            assert_eq!(without_code(cause), expected);
        };
        check(0x0006, "Bonding / PIN or Key Missing");
        check(0x0104, "Bonding / Pairing Failed: Confirm Value Failed");
        check(0x00EE, "Bonding / Reserved (0xEE)");
        check(0x0200, "Bonding / SMP timeout");
    }

    /// Colour adds nothing but escape sequences.
    #[test]
    fn colour_changes_no_word() {
        let look = |color| with_report(|report| text(report, Look { width: None, color }));
        let mut bare = look(true);
        for code in [BOLD, RED, GREEN, PLAIN] {
            assert!(bare.contains(code), "{code:?}");
            bare = bare.replace(code, "");
        }
        assert_eq!(bare, look(false));
    }

    /// Where nothing failed there is no column of failures.
    #[test]
    fn no_failures_no_column() {
        let summary = crate::made_up::summary();
        let text = policies(&summary.policies[1..], Look::default());
        assert!(!text.contains("worst"), "{text}");
    }
}
