//! A sweep over a grid: what every policy does at every point, and how far along the last axis each keeps a
//! share.
//!
//! Invariant: a row is one policy at one point, and says the same in every form. What a policy keeps is told
//! by the measured rate, and how sure that is by its interval. Must never know: how a point is run.

use crate::csv::io_error;
use crate::rows::rows;
use crate::terminal::{Look, grid as aligned};
use crate::words::{interval, mean_seconds, percent, plain, seconds};
use blesim_study::stats::Interval;
use blesim_study::{PolicySummary, Summary, Table};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// A sweep that has run.
#[derive(Clone, Debug, Serialize)]
pub struct Grid {
    schema: &'static str,
    /// The scenario's name.
    pub scenario: String,
    /// The fields that vary, by their paths.
    pub axes: Vec<String>,
    /// The share of secured sessions that is to be kept.
    pub keeps: f64,
    /// The first seed, and how many there are at every point.
    pub seeds: [u64; 2],
    points: usize,
    halvings: usize,
    /// Every policy at every point, and some at points between.
    pub rows: Vec<GridRow>,
    /// Repeats the sweep.
    pub reproduce: String,
}

/// One policy at one point.
#[derive(Clone, Debug, Serialize)]
pub struct GridRow {
    /// The values of the axes.
    pub at: Vec<String>,
    /// The policy.
    pub policy: String,
    secured: u64,
    of: u64,
    pub(crate) rate: f64,
    pub(crate) ci95: [f64; 2],
    p50_us: Option<u64>,
    p95_us: Option<u64>,
    mean_within_limit_us: f64,
    mean_ci95: [f64; 2],
    digest: String,
}

/// How far a policy keeps the share along the last axis.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept<'a> {
    /// The values of the other axes.
    pub others: &'a [String],
    /// The policy.
    pub policy: &'a str,
    /// The last value up to which it keeps the share, and whether the whole interval does at each of them.
    pub up_to: Option<(&'a str, bool)>,
    /// The first value at which it does not, and whether the whole interval lies below.
    pub not_at: Option<(&'a str, bool)>,
}

impl Grid {
    /// A sweep of which no point has run.
    #[must_use]
    pub fn new(scenario: &str, axes: Vec<String>, keeps: f64, seeds: [u64; 2], reproduce: String) -> Self {
        let schema = "blesim.sweep/1";
        Self {
            schema,
            scenario: scenario.to_owned(),
            axes,
            keeps,
            seeds,
            points: 0,
            halvings: 0,
            rows: Vec::new(),
            reproduce,
        }
    }

    /// Adds what every policy does at a point.
    pub fn add(&mut self, values: &[String], table: &Table, summary: &Summary) {
        self.points += 1;
        self.rows.extend(rows_of(values, table, summary));
    }

    /// Adds what was found at a point between two others, before the first row of the point at `next`.
    pub fn add_before(&mut self, next: &[String], values: &[String], table: &Table, summary: &Summary) {
        self.halvings += 1;
        let place = self.rows.iter().position(|row| row.at == next).unwrap_or(self.rows.len());
        self.rows.splice(place..place, rows_of(values, table, summary));
    }

    /// How far each policy keeps the share along the last axis, for every combination of the others.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept<'_>> {
        let mut lines: Vec<(&[String], &str, Vec<&GridRow>)> = Vec::new();
        for row in &self.rows {
            let Some((_, others)) = row.at.split_last() else { continue };
            match lines.iter_mut().find(|(known, policy, _)| *known == others && *policy == row.policy) {
                Some((.., line)) => line.push(row),
                None => lines.push((others, &row.policy, vec![row])),
            }
        }
        lines.into_iter().map(|(others, policy, line)| kept(others, policy, &line, self.keeps)).collect()
    }

    /// For people.
    #[must_use]
    pub fn text(&self, look: Look) -> String {
        let [first, count] = self.seeds;
        let mut text = format!(
            "{}: {} ({first}..={}) at each of {}{}\n\n",
            plain(&self.scenario),
            crate::words::count(count, "seed"),
            first + (count - 1),
            crate::words::count(self.points as u64, "point"),
            match self.halvings {
                0 => String::new(),
                more => format!(", and one policy at each of {more} between them"),
            },
        );
        let mut head: Vec<&str> = self.axes.iter().map(String::as_str).collect();
        head.extend(["policy", "secured", "95% interval", "p50", "p95", "mean time"]);
        let row = |row: &GridRow| -> Vec<String> {
            let [low, high] = row.mean_ci95;
            let at = row.mean_within_limit_us;
            let mean = blesim_study::stats::Estimate { at, interval: Interval { low, high } };
            let [low, high] = row.ci95;
            let own = [
                plain(&row.policy),
                percent(row.rate),
                interval(Interval { low, high }),
                seconds(row.p50_us),
                seconds(row.p95_us),
                mean_seconds(mean)[0].clone(),
            ];
            row.at.iter().map(|value| plain(value)).chain(own).collect()
        };
        let rows: Vec<Vec<String>> = self.rows.iter().map(row).collect();
        let left: Vec<usize> = (0..=self.axes.len()).collect();
        text.push_str(&aligned(&head, &rows, &left, look));
        text.push_str(&self.answer());
        let _ = writeln!(text, "\nrepeat     {}", self.reproduce);
        text
    }

    /// How far each policy keeps the share, in words.
    pub(crate) fn answer(&self) -> String {
        let Some((last, others)) = self.axes.split_last() else { return String::new() };
        let share = percent(self.keeps);
        let mut text = format!("\nHow far along {last} a policy keeps {share} of the sessions secured:\n");
        for kept in self.kept() {
            let named = others.iter().zip(kept.others).map(|(axis, value)| format!("{axis} = {value}, "));
            let at: String = named.collect();
            let _ = writeln!(text, "  {}{}: {}", plain(&at), plain(kept.policy), plain(&sentence(&kept)));
        }
        if text.contains("(not settled)") {
            text.push_str("Not settled: the interval holds the share itself; more seeds would tell.\n");
        }
        text
    }

    /// One row a policy and point, the axes first.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write_csv(&self, sink: impl Write) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(sink);
        let own = [
            "policy",
            "secured",
            "of",
            "rate",
            "low95",
            "high95",
            "p50_us",
            "p95_us",
            "mean_within_limit_us",
            "mean_low95",
            "mean_high95",
            "digest",
        ];
        writer.write_record(self.axes.iter().map(String::as_str).chain(own)).map_err(io_error)?;
        for row in &self.rows {
            writer.serialize(row).map_err(io_error)?;
        }
        writer.flush()
    }

    /// The sweep as one JSON object.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write_json(&self, mut sink: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut sink, self)?;
        sink.write_all(b"\n")
    }
}

/// What every policy of a table does.
fn rows_of(values: &[String], table: &Table, summary: &Summary) -> Vec<GridRow> {
    let ends = |interval: Interval| [interval.low, interval.high];
    let row = |policy: &PolicySummary| GridRow {
        at: values.to_vec(),
        policy: policy.name.clone(),
        secured: policy.success.count,
        of: policy.success.of,
        rate: policy.success.rate,
        ci95: ends(policy.success.interval),
        p50_us: policy.p50_us.at,
        p95_us: policy.p95_us.at,
        mean_within_limit_us: policy.mean_us.at,
        mean_ci95: ends(policy.mean_us.interval),
        digest: table.digest().to_string(),
    };
    summary.policies.iter().map(row).collect()
}

/// How far the share is kept along a line of rows.
fn kept<'a>(others: &'a [String], policy: &'a str, line: &[&'a GridRow], share: f64) -> Kept<'a> {
    let value = |row: &'a GridRow| row.at.last().map_or("", String::as_str);
    let keeps = line.iter().take_while(|row| row.rate >= share).count();
    let surely = line[..keeps].iter().all(|row| row.ci95[0] >= share);
    Kept {
        others,
        policy,
        up_to: line[..keeps].last().map(|row| (value(row), surely)),
        not_at: line.get(keeps).map(|row| (value(row), row.ci95[1] < share)),
    }
}

fn sentence(kept: &Kept<'_>) -> String {
    let doubt = |sure: bool| if sure { "" } else { " (not settled)" };
    match (kept.up_to, kept.not_at) {
        (Some((value, sure)), None) => format!("up to {value}, the last that was tried{}", doubt(sure)),
        (Some((yes, surely)), Some((no, surely_not))) => {
            format!("up to {yes}{}, not at {no}{}", doubt(surely), doubt(surely_not))
        }
        (None, Some((no, sure))) => format!("not even at {no}{}", doubt(sure)),
        (None, None) => "nothing was tried".to_owned(),
    }
}

/// Writes the sessions of a point as CSV, the axes first; with the header if it is the first point.
///
/// # Errors
/// Those of the sink.
pub fn write_point_csv(
    axes: &[String],
    values: &[String],
    table: &Table,
    header: bool,
    mut sink: impl Write,
) -> io::Result<()> {
    let mut own = csv::Writer::from_writer(Vec::new());
    for row in rows(table) {
        own.serialize(row).map_err(io_error)?;
    }
    let own = own.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    let line = |cells: &[String]| -> io::Result<Vec<u8>> {
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::Any(b',')).from_writer(Vec::new());
        writer.write_record(cells).map_err(io_error)?;
        writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
    };
    let (names, cells) = (line(axes)?, line(values)?);
    for (number, row) in own.split_inclusive(|&octet| octet == b'\n').enumerate() {
        match (number, header) {
            (0, false) => continue,
            (0, true) => sink.write_all(&names)?,
            _ => sink.write_all(&cells)?,
        }
        sink.write_all(row)?;
    }
    Ok(())
}

/// Writes the sessions of a point as JSON objects, one a line, the axes under `sweep`.
///
/// # Errors
/// Those of the sink.
pub fn write_point_ndjson(
    axes: &[String],
    values: &[String],
    table: &Table,
    mut sink: impl Write,
) -> io::Result<()> {
    #[derive(Serialize)]
    struct At<'a, T> {
        sweep: BTreeMap<&'a str, &'a str>,
        #[serde(flatten)]
        row: T,
    }
    let at: BTreeMap<&str, &str> =
        axes.iter().zip(values).map(|(axis, value)| (axis.as_str(), value.as_str())).collect();
    for row in rows(table) {
        serde_json::to_writer(&mut sink, &At { sweep: at.clone(), row })?;
        sink.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    /// A grid of one axis whose rates fall, with the interval given.
    fn falling(rates: &[(f64, f64, f64)]) -> Grid {
        let mut grid =
            Grid::new("made-up", vec!["a".into(), "air.loss".into()], 0.9, [0, 10], "again".into());
        let summary = made_up::summary();
        for (number, &(rate, low, high)) in rates.iter().enumerate() {
            let values = ["one".to_owned(), format!("percent({number})")];
            grid.add(&values, &made_up::table(), &summary);
            for row in grid.rows.iter_mut().rev().take(2) {
                (row.rate, row.ci95) = (rate, [low, high]);
            }
        }
        grid
    }

    /// The last value that is kept, the first that is not, and whether either is settled.
    #[test]
    fn what_is_kept_is_found() {
        let check = |rates: &[(f64, f64, f64)], expected: &str| {
            let grid = falling(rates);
            let kept = grid.kept();
            assert_eq!(kept.len(), 2, "one line a policy");
            assert_eq!(kept.iter().map(|kept| kept.policy).collect::<Vec<_>>(), ["steady", "patient"]);
            assert_eq!(sentence(&kept[0]), expected, "{rates:?}");
        };
        let (sure, fair, poor, bad) =
            ((0.99, 0.95, 1.0), (0.91, 0.85, 0.96), (0.88, 0.8, 0.93), (0.5, 0.4, 0.6));
        let open = " (not settled)";
        check(&[sure, sure], "up to percent(1), the last that was tried");
        check(&[sure, bad, sure], "up to percent(0), not at percent(1)");
        check(&[sure, fair, bad], &format!("up to percent(1){open}, not at percent(2)"));
        check(&[sure, poor], &format!("up to percent(0), not at percent(1){open}"));
        check(&[bad], "not even at percent(0)");
    }

    /// What is found between two points stands between them and sharpens the answer of its policy alone.
    #[test]
    fn a_halving_sharpens_the_answer() {
        let mut grid = falling(&[(0.99, 0.95, 1.0), (0.5, 0.4, 0.6)]);
        let at = |value: &str| ["one".to_owned(), value.to_owned()];
        let mut alone = made_up::summary();
        alone.policies.truncate(1);
        grid.add_before(&at("percent(1)"), &at("percent(0.5)"), &made_up::table(), &alone);
        grid.rows[2].rate = 0.97;
        let values: Vec<&str> = grid.rows.iter().map(|row| &row.at[1][..]).collect();
        assert_eq!(values, ["percent(0)", "percent(0)", "percent(0.5)", "percent(1)", "percent(1)"]);
        let kept: Vec<Option<&str>> =
            grid.kept().iter().map(|kept| kept.up_to.map(|(value, _)| value)).collect();
        assert_eq!(kept, [Some("percent(0.5)"), Some("percent(0)")]);
    }

    /// Every form on a small grid: names and cells are a promise to programs.
    #[test]
    fn forms_are_as_promised() {
        let grid = falling(&[(0.95, 0.91, 0.99), (0.5, 0.4, 0.6)]);
        let mut octets = Vec::new();
        grid.write_csv(&mut octets).unwrap();
        let (axes, values) = (vec!["air.loss".to_owned()], vec!["Independent(percent(5)), x".to_owned()]);
        for header in [true, false] {
            write_point_csv(&axes, &values, &made_up::table(), header, &mut octets).unwrap();
        }
        write_point_ndjson(&axes, &values, &made_up::table(), &mut octets).unwrap();
        let text = grid.text(Look::default());
        insta::assert_snapshot!(format!("{text}\n{}", String::from_utf8(octets).unwrap()));
        let mut json = Vec::new();
        grid.write_json(&mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!((&json["schema"], json["rows"].as_array().unwrap().len()), (&"blesim.sweep/1".into(), 4));
    }
}
