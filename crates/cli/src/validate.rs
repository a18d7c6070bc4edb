//! `blesim validate`: the proof that the numbers are right, as a table or a document.
//!
//! Invariant: what is on standard output depends on the rows that are asked for alone; how long they took
//! goes to standard error.

use crate::args::{ValidateArgs, ValidateFormat};
use crate::failure::Failure;
use crate::output::to_stdout;
use blesim_validate::{Check, Effort, ROWS, Row, Runner, Value, Verdict};
use serde::Serialize;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Instant;

pub(crate) fn validate(args: &ValidateArgs) -> Result<(), Failure> {
    let rows = picked(&args.rows)?;
    let jobs = args.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let effort = args.part.map_or(Effort::WHOLE, Effort::part);
    let runner =
        Runner::new(jobs, effort).map_err(|error| Failure::Usage(format!("no worker threads: {error}")))?;
    let begun = Instant::now();
    let mut measured = Vec::new();
    for row in rows {
        let start = Instant::now();
        let checks = runner.run(row);
        if !args.quiet {
            anstream::eprintln!("{:>4} {:<18} {:>6.2} s", row.id, row.name, start.elapsed().as_secs_f64());
        }
        measured.push((row, checks));
    }
    if !args.quiet {
        anstream::eprintln!("{:>4} {:<18} {:>6.2} s", "all", "", begun.elapsed().as_secs_f64());
    }
    let text = match args.format {
        ValidateFormat::Table => table(&measured),
        ValidateFormat::Json => document(&measured),
    };
    to_stdout(|sink| sink.write_all(text.as_bytes()))?;
    let failed = measured.iter().flat_map(|(_, checks)| checks).any(|check| check.verdict == Verdict::Fail);
    if failed { Err(Failure::NotMet) } else { Ok(()) }
}

/// The rows with these names, in the order of the rows; all, if there is no name.
fn picked(names: &[String]) -> Result<Vec<&'static Row>, Failure> {
    let is =
        |row: &Row, name: &String| name.eq_ignore_ascii_case(row.id) || name.eq_ignore_ascii_case(row.name);
    if let Some(unknown) = names.iter().find(|name| !ROWS.iter().any(|row| is(row, name))) {
        let known: Vec<String> = ROWS.iter().map(|row| format!("{} {}", row.id, row.name)).collect();
        return Err(Failure::Usage(format!(
            "there is no row {unknown:?}; the rows are {}",
            known.join(", ")
        )));
    }
    Ok(ROWS.iter().filter(|row| names.is_empty() || names.iter().any(|name| is(row, name))).collect())
}

type Measured = (&'static Row, Vec<Check>);

/// A table that a reviewer reads from top to bottom.
fn table(measured: &[Measured]) -> String {
    let mut text = String::new();
    for (row, checks) in measured {
        let _ = writeln!(text, "\u{1b}[1m{} {}\u{1b}[0m  {}", row.id, row.name, row.configuration);
        let _ = writeln!(text, "  reference: {}; has to be: {}", row.source, row.tolerance);
        let cells: Vec<[String; 4]> = checks.iter().map(cells).collect();
        let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (what, reference) = (width(0), width(1));
        for (check, [name, is, found, interval]) in checks.iter().zip(&cells) {
            let _ = write!(text, "  {}  {name:what$}  ", mark(check.verdict));
            let _ = if reference + found.chars().count() > 60 {
                write!(text, "\n      {is}\n      {found}")
            } else {
                write!(text, "{is:>reference$}  {found:>10}  {interval}")
            };
            text.truncate(text.trim_end().len());
            let _ = check.note.iter().try_for_each(|note| write!(text, "\n      ({note})"));
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str(&summary(measured));
    text
}

fn mark(verdict: Verdict) -> String {
    let colour = match verdict {
        Verdict::Pass => 32,
        Verdict::Fail => 31,
    };
    format!("\u{1b}[{colour}m{:<12}\u{1b}[0m", verdict.word())
}

fn cells(check: &Check) -> [String; 4] {
    let interval = check.interval.map(|found| format!("[{}, {}]", digits(found.low), digits(found.high)));
    [check.what.clone(), words(&check.reference), words(&check.measured), interval.unwrap_or_default()]
}

fn words(value: &Value) -> String {
    match value {
        Value::Number(number) => digits(*number),
        Value::Text(text) => text.clone(),
    }
}

/// Six significant digits, and as few as are needed.
fn digits(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    let rounded: f64 = format!("{number:.5e}").parse().unwrap_or(number);
    if (1e-4..1e9).contains(&number.abs()) { rounded.to_string() } else { format!("{rounded:e}") }
}

/// How many comparisons came to what, and in how many rows.
fn summary(measured: &[Measured]) -> String {
    let all = || measured.iter().flat_map(|(_, checks)| checks);
    let count = |verdict| all().filter(|check| check.verdict == verdict).count();
    let whole =
        measured.iter().filter(|(_, checks)| checks.iter().all(|check| check.verdict == Verdict::Pass));
    format!(
        "{} comparisons in {} rows: {} pass, {} fail; {} rows pass as a whole\n",
        all().count(),
        measured.len(),
        count(Verdict::Pass),
        count(Verdict::Fail),
        whole.count(),
    )
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    rows: Vec<Compared<'a>>,
}

#[derive(Serialize)]
struct Compared<'a> {
    name: String,
    reference: Plain<'a>,
    measured: Plain<'a>,
    ci: Option<[f64; 2]>,
    verdict: &'static str,
    row: &'static str,
    configuration: &'static str,
    source: &'static str,
    tolerance: &'static str,
    note: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Plain<'a> {
    Number(f64),
    Text(&'a str),
}

impl<'a> From<&'a Value> for Plain<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Number(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text),
        }
    }
}

/// One object a comparison: its name begins with its row's number and name.
fn document(measured: &[Measured]) -> String {
    let rows = measured.iter().flat_map(|(row, checks)| checks.iter().map(|check| compared(row, check)));
    let document = Document { schema: "blesim.validate/1", rows: rows.collect() };
    let mut text = serde_json::to_string_pretty(&document).expect("numbers and words are JSON");
    text.push('\n');
    text
}

fn compared<'a>(row: &'static Row, check: &'a Check) -> Compared<'a> {
    Compared {
        name: format!("{} {}: {}", row.id, row.name, check.what),
        reference: Plain::from(&check.reference),
        measured: Plain::from(&check.measured),
        ci: check.interval.map(|found| [found.low, found.high]),
        verdict: check.verdict.word(),
        row: row.id,
        configuration: row.configuration,
        source: row.source,
        tolerance: row.tolerance,
        note: check.note.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six digits at the most, and none that say nothing.
    #[test]
    fn numbers_are_short() {
        for (number, expected) in [
            (0.0, "0"),
            (236.686_390_5, "236.686"),
            (0.1, "0.1"),
            (1.286e-7, "1.286e-7"),
            (22.716_049, "22.716"),
            (-0.25, "-0.25"),
            (1_000_000.0, "1000000"),
        ] {
            assert_eq!(digits(number), expected);
        }
    }

    /// Rows are found by number and by name, in any case and once.
    #[test]
    fn rows_are_found() {
        let ids = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            picked(&names).map(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>())
        };
        assert_eq!(ids(&["s3", "airtime", "S1"]).unwrap(), ["S1", "S3"]);
        assert_eq!(ids(&[]).unwrap().len(), ROWS.len());
        assert!(matches!(ids(&["S22"]), Err(Failure::Usage(_))));
    }
}
