//! The report as Markdown, for places that show text and pictures and run nothing: `report.md`.
//!
//! Invariant: it names pictures beside it by their files and nothing else. What a scenario or a policy is called is
//! text in it, never markup. Must never know: where it is shown.

use crate::figures::{figures, grid_figures, step_words};
use crate::page::sentences;
use crate::words::{count, difference, interval, mean_seconds, p_value, percent, plain, seconds, thousands};
use crate::{Grid, Report};
use blesim_study::{Cause, Verdict};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Places that are listed for each policy.
const MOST_PLACES: usize = 3;

/// Writes the report.
///
/// # Errors
/// Those of the sink, and what the drawing library may say.
pub fn write_markdown(report: &Report<'_>, mut sink: impl Write) -> io::Result<()> {
    let mut text = format!("# {}\n\n", escaped(report.scenario));
    let about = &report.header.study.about;
    if !about.is_empty() {
        let _ = writeln!(text, "{}\n", escaped(about));
    }
    let mut said = sentences(report).into_iter();
    let _ = writeln!(text, "**{}**\n", escaped(&said.next().unwrap_or_default()));
    for sentence in said {
        let _ = writeln!(text, "{}\n", escaped(&sentence));
    }
    policies(report, &mut text);
    compared(report, &mut text);
    for figure in figures(report).map_err(io::Error::other)? {
        let _ = writeln!(text, "![{}]({}.svg)\n", escaped(&figure.title), figure.name);
    }
    places(report, &mut text);
    let _ = writeln!(text, "## How to repeat this\n\n    {}\n", plain(&report.commands.reproduce));
    if let Some(see) = &report.commands.see {
        let _ = writeln!(text, "One of the failures:\n\n    {}\n", plain(see));
    }
    let seeds = report.table.seeds();
    let _ = writeln!(
        text,
        "blesim {}, {} ({} to {}), digest `{}`.",
        report.header.version,
        count(seeds.count(), "seed"),
        seeds.first(),
        seeds.last(),
        report.table.digest(),
    );
    sink.write_all(text.as_bytes())
}

fn policies(report: &Report<'_>, text: &mut String) {
    text.push_str("| policy | secured | 95 % interval | p50 | p95 | mean time | most frequent failure |\n");
    text.push_str("|---|---:|---:|---:|---:|---:|---|\n");
    for policy in &report.summary.policies {
        let worst = policy
            .worst
            .map_or(String::new(), |worst| format!("{}, {}", worst.cause, count(worst.count, "time")));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            code(&policy.name),
            percent(policy.success.rate),
            interval(policy.success.interval),
            seconds(policy.p50_us.at),
            seconds(policy.p95_us.at),
            mean_seconds(policy.mean_us)[0],
            escaped(&worst),
        );
    }
    text.push('\n');
}

fn compared(report: &Report<'_>, text: &mut String) {
    let Some(first) = report.summary.comparisons.first() else { return };
    let _ = writeln!(text, "Against {}, on the same seeds:\n", code(&first.b));
    text.push_str("| policy | secures | p, adjusted | |\n|---|---|---:|---|\n");
    for one in &report.summary.comparisons {
        let verdict = if one.verdict == Verdict::Real { "real" } else { "too small to tell" };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {verdict} |",
            code(&one.a),
            difference(one.difference),
            p_value(one.p_holm)
        );
    }
    text.push('\n');
}

fn places(report: &Report<'_>, text: &mut String) {
    if report.summary.policies.iter().all(|policy| policy.places.is_empty()) {
        text.push_str("No session failed.\n\n");
        return;
    }
    text.push_str("| policy | failed in | with | sessions | see the first |\n|---|---|---|---:|---|\n");
    for (policy, replay) in report.summary.policies.iter().zip(&report.commands.replay) {
        for place in policy.places.iter().take(MOST_PLACES) {
            let step = match place.cause {
                Cause::Shown(_) => step_words(place.step),
                Cause::Ended(_) => "",
            };
            let _ = writeln!(
                text,
                "| {} | {step} | {} | {} | {} |",
                code(&policy.name),
                escaped(&place.cause.to_string()),
                thousands(place.count),
                code(&format!("{replay}{}", place.first_seed)),
            );
        }
    }
    text.push('\n');
}

/// Writes the report of a sweep.
///
/// # Errors
/// Those of the sink, and what the drawing library may say.
pub fn write_grid_markdown(grid: &Grid, mut sink: impl Write) -> io::Result<()> {
    let mut text = format!("# {}\n\n", escaped(&grid.scenario));
    let answer = grid.answer();
    let mut lines = answer.lines().filter(|line| !line.is_empty());
    let _ = writeln!(text, "**{}**\n", escaped(lines.next().unwrap_or_default()));
    for line in lines {
        let _ = writeln!(text, "- {}", escaped(line.trim()));
    }
    text.push('\n');
    for (name, figure) in grid_figures(grid).map_err(io::Error::other)? {
        let _ = writeln!(text, "![{}]({name}.svg)\n", escaped(&figure.title));
    }
    let axes = grid.axes.iter().map(|axis| format!("| {} ", code(axis)));
    let _ = writeln!(text, "{}| policy | secured | 95 % interval |", axes.collect::<String>());
    let _ = writeln!(text, "{}|---|---:|---:|", "|---".repeat(grid.axes.len()));
    for row in &grid.rows {
        let values = row.at.iter().map(|value| format!("| {} ", code(value)));
        let [low, high] = row.ci95;
        let _ = writeln!(
            text,
            "{}| {} | {} | {} |",
            values.collect::<String>(),
            code(&row.policy),
            percent(row.rate),
            interval(blesim_study::stats::Interval { low, high }),
        );
    }
    let _ = writeln!(text, "\n## How to repeat this\n\n    {}", plain(&grid.reproduce));
    sink.write_all(text.as_bytes())
}

/// Text in which nothing is markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Words as they are typed, also within a table.
pub(crate) fn code(words: &str) -> String {
    let words = plain(words).replace('`', "'").replace('|', "\\|");
    format!("`{words}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;

    /// The whole text is a promise to whoever quotes it.
    #[test]
    fn the_text_is_as_promised() {
        let mut octets = Vec::new();
        with_report(|report| write_markdown(report, &mut octets)).unwrap();
        insta::assert_snapshot!(String::from_utf8(octets).unwrap());
    }

    /// Markup in a name is text, in prose and in code.
    #[test]
    fn markup_is_text() {
        assert_eq!(escaped("<b>*a*|[x](y)\n"), "&lt;b>\\*a\\*\\|\\[x\\](y)\u{fffd}");
        assert_eq!(code("a`b|c"), "`a'b\\|c`");
    }
}
