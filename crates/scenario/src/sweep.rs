//! The points of a sweep: the scenario once for every combination of the values that it varies.
//!
//! Invariant: a point is the scenario's own text with other values in the places of the varied ones, so that
//! whatever can be written can be varied, and every point is checked like a scenario. It must never know what
//! is measured.

use crate::policy::Folder;
use crate::problem::{Problem, Problems};
use crate::scenario::{Scenario, parse_source};
use crate::source::Source;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The most points of a grid.
pub(crate) const MOST_POINTS: usize = 1_000;

/// What a scenario varies.
#[derive(Clone, PartialEq, Debug)]
pub struct Sweep {
    /// The fields, the first varying slowest.
    pub axes: Vec<Axis>,
    /// The share of secured sessions, 0 to 1, whose loss is looked for along the last axis.
    pub keeps: f64,
    /// How often the step between the last value that keeps the share and the first that does not is halved.
    pub refine: u32,
}

/// A field that is varied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Axis {
    /// Its path in the file: `link.interval`.
    pub what: String,
    /// Its values, as they are written, in their order.
    pub values: Vec<String>,
    /// Where its value stands in the file, in octets.
    pub place: Range<usize>,
}

/// One point of the grid.
#[derive(Clone, Debug)]
pub struct Point {
    /// The value of each axis, in the order of the axes.
    pub values: Vec<String>,
    /// The scenario with these values.
    pub scenario: Scenario,
}

/// A sweep and the points of its grid, the last axis varying fastest.
#[derive(Debug)]
pub struct Grid {
    /// What is varied.
    pub sweep: Sweep,
    /// The points.
    pub points: Vec<Point>,
    source: Arc<Source>,
    folder: Folder,
}

/// Reads a scenario file that has a sweep, and every point of it.
///
/// # Errors
/// As for [`crate::load`], of the file or of its first point that is wrong; also if there is no sweep in it.
pub fn load_grid(path: &Path) -> Result<Grid, Problems> {
    let source = Source::read(path)?;
    let folder = Folder::beside(path);
    let scenario = parse_source(&source, &folder)?;
    let Some(sweep) = scenario.sweep else {
        let problem =
            Problem::of_file("S176", &source.name, "there is no `sweep` in this scenario".to_owned());
        let example =
            "sweep: (over: [(what: \"link.interval\", values: [ms(15), ms(30)])], keeps: percent(99))";
        return Err(problem.help(format!("write, for example, `{example}`")).into());
    };
    let mut grid = Grid { sweep, points: Vec::new(), source, folder };
    let number: usize = grid.sweep.axes.iter().map(|axis| axis.values.len()).product();
    for index in 0..number {
        let mut rest = index;
        let mut values: Vec<String> = Vec::new();
        for axis in grid.sweep.axes.iter().rev() {
            values.push(axis.values[rest % axis.values.len()].clone());
            rest /= axis.values.len();
        }
        values.reverse();
        let point = grid.point(values)?;
        grid.points.push(point);
    }
    Ok(grid)
}

impl Grid {
    /// The point with these values, one for each axis.
    fn point(&self, values: Vec<String>) -> Result<Point, Problems> {
        let mut chosen: Vec<(&Axis, &String)> = self.sweep.axes.iter().zip(&values).collect();
        let told: Vec<String> =
            chosen.iter().map(|(axis, value)| format!("{} = {value}", axis.what)).collect();
        // From the end to the beginning, so that the places before stay where they are.
        chosen.sort_by_key(|(axis, _)| std::cmp::Reverse(axis.place.start));
        let mut text = self.source.text.clone();
        for (axis, value) in chosen {
            text.replace_range(axis.place.clone(), value);
        }
        let name = format!("{} with {}", self.source.name, told.join(", "));
        let scenario = parse_source(&Source::new(&name, &text)?, &self.folder)?;
        Ok(Point { values, scenario })
    }

    /// The point half-way between two values of the last axis, at `others` of the others; `None` if the two
    /// do not differ in one number, or if what lies between them is no legal value.
    #[must_use]
    pub fn between(&self, others: &[String], low: &str, high: &str) -> Option<Point> {
        let mut values = others.to_vec();
        values.push(middle(low, high)?);
        self.point(values).ok()
    }
}

/// The text half-way between two that differ in one number alone: `percent(5)` and `percent(10)` give
/// `percent(7.5)`.
fn middle(low: &str, high: &str) -> Option<String> {
    let digit = |c: char| c.is_ascii_digit() || c == '.';
    let same =
        low.chars().zip(high.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>();
    let start = low[..same].trim_end_matches(digit).len();
    let split = |text: &str| {
        let end = text[start..].find(|c| !digit(c)).map_or(text.len(), |end| start + end);
        Some((text[start..end].parse::<f64>().ok()?, text[end..].to_owned()))
    };
    let ((from, rest), (to, other)) = (split(low)?, split(high)?);
    let number = f64::midpoint(from, to);
    let between = (from - number).abs() > 0.0 && (to - number).abs() > 0.0;
    (between && rest == other).then(|| format!("{}{number}{rest}", &low[..start]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One number that differs has a middle; more than one, or another unit, has none.
    #[test]
    fn texts_have_a_middle() {
        let check = |low: &str, high: &str, expected: Option<&str>| {
            assert_eq!(middle(low, high).as_deref(), expected, "{low} {high}");
        };
        check("percent(5)", "percent(10)", Some("percent(7.5)"));
        check("percent(10)", "percent(15)", Some("percent(12.5)"));
        check("Independent(percent(40))", "Independent(percent(50))", Some("Independent(percent(45))"));
        check("ms(7.5)", "ms(8.75)", Some("ms(8.125)"));
        check("100", "0", Some("50"));
        check("(a: 1, b: 3)", "(a: 2, b: 3)", Some("(a: 1.5, b: 3)"));
        check("(a: 1, b: 3)", "(a: 2, b: 4)", None);
        check("ms(500)", "s(1)", None);
        check("percent(5)", "percent(5)", None);
        check("None", "Independent(percent(1))", None);
        check("", "", None);
    }
}
