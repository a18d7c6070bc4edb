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
    let (places, shown) = numbers(&values).unzip();
    let shown = shown.unwrap_or(values);
    draft.drawn(|texts| lines(texts, (&plain(axis), &shown, places.as_deref()), &drawn))
}

/// A value such as `Independent(percent(5))` as its number and what stands before and after it.
fn parts(value: &str) -> Option<(f64, &str, &str)> {
    let from = value.find(|c: char| c.is_ascii_digit() || c == '-')?;
    let inside = |c: char| c.is_ascii_digit() || ".-".contains(c);
    let to = value[from..].find(|c| !inside(c)).map_or(value.len(), |end| from + end);
    Some((value[from..to].parse().ok()?, &value[..from], &value[to..]))
}

/// A value as it is read: `Independent(percent(5))` as 5 %, `ms(30)` as 30 ms, and another as it is.
fn worded(value: &str) -> String {
    let Some((number, before, _)) = parts(value) else { return value.to_owned() };
    match before.trim_end_matches('(').rsplit('(').next().unwrap_or_default() {
        "" => value.to_owned(),
        "percent" => format!("{number} %"),
        unit => format!("{number} {unit}"),
    }
}

/// The numbers of the values and how each is written on an axis, if they differ in their numbers alone.
fn numbers(values: &[String]) -> Option<(Vec<f64>, Vec<String>)> {
    let parts: Vec<(f64, &str, &str)> = values.iter().map(|value| parts(value)).collect::<Option<_>>()?;
    let &(_, before, after) = parts.first()?;
    if parts.iter().any(|&(_, b, a)| (b, a) != (before, after)) {
        return None;
    }
    let unit = match before.trim_end_matches('(').rsplit('(').next().unwrap_or_default() {
        "percent" => "%",
        other => other,
    };
    let words = parts.iter().map(|(number, ..)| format!("{number} {unit}").trim_end().to_owned());
    Some((parts.iter().map(|part| part.0).collect(), words.collect()))
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
        let name = format!("{}, {}", plain(&row.policy), plain(&worded(first)));
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
    // Points that only some rows have were tried to find where a share is reached: the lines have them.
    let shared: Vec<bool> =
        (0..heads.len()).map(|at| rows.iter().all(|row| !row.cells[at].words.is_empty())).collect();
    let mut kept = shared.iter();
    heads.retain(|_| *kept.next().expect("one for each head"));
    for row in &mut rows {
        let mut kept = shared.iter();
        row.cells.retain(|_| *kept.next().expect("one for each head"));
    }
    if heads.is_empty() {
        return Ok(None);
    }
    let heads: Vec<String> = heads.iter().map(|head| plain(&worded(head))).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that differ in a number stand by it and are written short; others stand side by side as they are.
    #[test]
    fn values_have_numbers() {
        let check = |values: &[&str], expected: Option<(&[f64], &[&str])>| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            let expected = expected.map(|(places, words)| {
                (places.to_vec(), words.iter().map(|word| (*word).to_owned()).collect())
            });
            assert_eq!(numbers(&values), expected, "{values:?}");
        };
        check(
            &["Independent(percent(0))", "Independent(percent(2.5))"],
            Some((&[0.0, 2.5], &["0 %", "2.5 %"])),
        );
        check(&["ms(7.5)", "ms(30)"], Some((&[7.5, 30.0], &["7.5 ms", "30 ms"])));
        check(&["1", "3"], Some((&[1.0, 3.0], &["1", "3"])));
        check(&["ms(7.5)", "s(1)"], None);
        check(&["Strangers"], None);
    }

    /// A sweep of one axis has a picture, of two a picture for each value of the first, and a map.
    #[test]
    fn sweeps_have_pictures() {
        let grid = |axes: &[&str], points: &[&[&str]]| {
            let axes = axes.iter().map(|axis| (*axis).to_owned()).collect();
            let mut grid = Grid::new("made-up", axes, 0.9, [5, 4], "again".to_owned());
            for point in points {
                let values: Vec<String> = point.iter().map(|value| (*value).to_owned()).collect();
                grid.add(&values, &crate::made_up::table(), &crate::made_up::summary());
            }
            let figures = grid_figures(&grid).unwrap();
            figures.into_iter().map(|(name, _)| name).collect::<Vec<String>>()
        };
        assert_eq!(grid(&["a"], &[&["ms(1)"], &["ms(2)"]]), ["sweep"]);
        let points: [&[&str]; 4] = [&["x", "1"], &["x", "2"], &["y", "1"], &["y", "2"]];
        assert_eq!(grid(&["a", "b"], &points), ["sweep-1", "sweep-2", "sweep-map"]);
    }
}
