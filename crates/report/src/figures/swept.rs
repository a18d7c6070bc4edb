//! How policies do along the axes of a sweep.

use super::{Draft, Figure};
use crate::Grid;
use crate::chart::{ChartError, HeatCell, HeatRow, Line, LinePoint, heat, lines};
use crate::grid::GridRow;
use crate::words::{count, percent, plain};

/// The figures of a sweep: lines along its last axis, one figure for each combination of the others; with two axes a
/// heat map too.
///
/// # Errors
/// [`ChartError`], which only a bug of ours or of the drawing library can cause.
pub fn grid_figures(grid: &Grid) -> Result<Vec<(String, Figure)>, ChartError> {
    let mut others: Vec<&[String]> = Vec::new();
    for row in &grid.rows {
        if let Some((_, before)) = row.at.split_last()
            && !others.contains(&before)
        {
            others.push(before);
        }
    }
    let mut all = Vec::new();
    for (number, before) in (1..).zip(&others) {
        if let Some(figure) = along(grid, before)? {
            let name = if others.len() == 1 { "sweep".to_owned() } else { format!("sweep-{number}") };
            all.push((name, figure));
        }
    }
    if grid.axes.len() == 2
        && others.len() > 1
        && let Some(figure) = map(grid)?
    {
        all.push(("sweep-map".to_owned(), figure));
    }
    Ok(all)
}

/// What a caption of a sweep says.
fn rests_on(grid: &Grid) -> String {
    let [first, number] = grid.seeds;
    format!(
        "{} ({first} to {}) at each point, the same for every policy. Scenario {}.",
        count(number, "seed"),
        first + (number - 1),
        plain(&grid.scenario)
    )
}

/// Lines along the last axis.
fn along(grid: &Grid, before: &[String]) -> Result<Option<Figure>, ChartError> {
    let here = || grid.rows.iter().filter(|row| row.at.split_last().is_some_and(|(_, rest)| rest == before));
    let (mut values, mut policies): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for row in here() {
        let value = plain(row.at.last().map_or("", String::as_str));
        if !values.contains(&value) {
            values.push(value);
        }
        if !policies.contains(&&row.policy[..]) {
            policies.push(&row.policy);
        }
    }
    let point = |row: &GridRow| LinePoint {
        value: row.at.last().and_then(|at| values.iter().position(|value| *value == plain(at))).unwrap_or(0),
        share: row.rate,
        interval: row.ci95,
    };
    let line = |policy: &&str| Line {
        name: plain(policy),
        points: here().filter(|row| row.policy == *policy).map(point).collect(),
    };
    let drawn: Vec<Line> = policies.iter().map(line).collect();
    let axis = grid.axes.last().map_or("", String::as_str);
    let fixed = grid.axes.iter().zip(before).map(|(axis, value)| format!(", {axis} = {value}"));
    let fixed = plain(&fixed.collect::<String>());
    let said = drawn.iter().filter_map(|line| {
        let (first, last) = (line.points.first()?, line.points.last()?);
        Some(format!("{} from {} to {}", line.name, percent(first.share), percent(last.share)))
    });
    let draft = Draft {
        name: "sweep",
        title: format!("How far along {} does each policy secure the link{fixed}?", plain(axis)),
        caption: format!("Bands are 95 % Wilson intervals of each point. {}", rests_on(grid)),
        alt: format!("{}.", said.collect::<Vec<String>>().join("; ")),
    };
    let numbers: Option<Vec<f64>> = values.iter().map(|value| number(value)).collect();
    draft.drawn(|texts| lines(texts, (&plain(axis), &values, numbers.as_deref()), &drawn))
}

/// The number in a value such as `percent(5)`; only values of one unit stand by their numbers.
fn number(value: &str) -> Option<f64> {
    let inside = value.split_once('(').map_or(value, |(_, rest)| rest);
    let digits: String = inside.chars().take_while(|c| c.is_ascii_digit() || ".-".contains(*c)).collect();
    digits.parse().ok()
}

/// A map of two axes for all policies: a row a policy and value of the first axis.
fn map(grid: &Grid) -> Result<Option<Figure>, ChartError> {
    let mut heads: Vec<String> = Vec::new();
    let mut rows: Vec<HeatRow> = Vec::new();
    for row in &grid.rows {
        let [_, last] = &row.at[..] else { return Ok(None) };
        if !heads.contains(last) {
            heads.push(last.clone());
        }
    }
    for row in &grid.rows {
        let [first, last] = &row.at[..] else { return Ok(None) };
        let name = format!("{}, {first}", plain(&row.policy));
        let place = heads.iter().position(|head| head == last).unwrap_or(0);
        let cell = HeatCell { shade: row.rate, words: percent(row.rate) };
        if let Some(known) = rows.iter_mut().find(|known| known.name == name) {
            known.cells[place] = cell;
        } else {
            let nothing = HeatCell { shade: 0.0, words: String::new() };
            let mut cells = vec![nothing; heads.len()];
            cells[place] = cell;
            rows.push(HeatRow { name, policy: None, cells });
        }
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let heads: Vec<String> = heads.iter().map(|head| plain(head)).collect();
    let draft = Draft {
        name: "sweep-map",
        title: format!(
            "How often is the link secured over {} and {}?",
            plain(&grid.axes[0]),
            plain(&grid.axes[1])
        ),
        caption: format!(
            "Rows: policy and {}; columns: {}. {}",
            plain(&grid.axes[0]),
            plain(&grid.axes[1]),
            rests_on(grid)
        ),
        alt: "The numbers are in sweep.csv.".to_owned(),
    };
    draft.drawn(|texts| heat(texts, &heads, &rows))
}
