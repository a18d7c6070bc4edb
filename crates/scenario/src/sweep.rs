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

/// The most points of a grid.
pub(crate) const MOST_POINTS: usize = 1_000;

/// What a scenario varies.
#[derive(Clone, PartialEq, Debug)]
pub struct Sweep {
    /// The fields, the first varying slowest.
    pub axes: Vec<Axis>,
    /// The share of secured sessions, 0 to 1, whose loss is looked for along the last axis.
    pub keeps: f64,
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

/// Reads a scenario file that has a sweep, and every point of it, the last axis varying fastest.
///
/// # Errors
/// As for [`crate::load`], of the file or of its first point that is wrong; also if there is no sweep in it.
pub fn load_points(path: &Path) -> Result<(Sweep, Vec<Point>), Problems> {
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
    let mut points = Vec::new();
    let number: usize = sweep.axes.iter().map(|axis| axis.values.len()).product();
    for index in 0..number {
        let mut rest = index;
        let mut chosen: Vec<(&Axis, &str)> = Vec::new();
        for axis in sweep.axes.iter().rev() {
            chosen.push((axis, &axis.values[rest % axis.values.len()]));
            rest /= axis.values.len();
        }
        let values = chosen.iter().rev().map(|(_, value)| (*value).to_owned()).collect();
        let told: Vec<String> =
            chosen.iter().rev().map(|(axis, value)| format!("{} = {value}", axis.what)).collect();
        // From the end to the beginning, so that the places before stay where they are.
        chosen.sort_by_key(|(axis, _)| std::cmp::Reverse(axis.place.start));
        let mut text = source.text.clone();
        for (axis, value) in chosen {
            text.replace_range(axis.place.clone(), value);
        }
        let name = format!("{} with {}", source.name, told.join(", "));
        let scenario = parse_source(&Source::new(&name, &text)?, &folder)?;
        points.push(Point { values, scenario });
    }
    Ok((sweep, points))
}
