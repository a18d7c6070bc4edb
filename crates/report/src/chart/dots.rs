//! Dots with intervals: one row a policy, one panel a quantity, zero always in sight.
//!
//! Invariant: a dot whose interval holds the panel's mark of no difference is hollow, and every number is written
//! beside its dot. Must never know: what is compared with what.

use super::frame::{Frame, MARGIN, WIDTH};
use super::scale::LinearScale;
use super::sheet::{Canvas, Drawn, Sheet, dot, line, rectangle, text, tick, whisker, words};
use super::success::along;
use super::text::{Room, shortened};
use super::theme::{BAND, BODY_SIZE, INK, QUIET, SMALL_SIZE, bold, hue, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// A panel: what its axis shows, with the unit.
#[derive(Clone, Debug, PartialEq)]
pub struct DotPanel {
    /// The heading.
    pub heading: String,
    /// What a number on its axis is followed by.
    pub unit: &'static str,
}

/// A row: a policy and its dot in each panel.
#[derive(Clone, Debug, PartialEq)]
pub struct DotRow {
    /// The policy's name.
    pub name: String,
    /// Its number, by which a page knows what belongs to it.
    pub policy: usize,
    /// A dot for each panel; `None` where there is no number.
    pub dots: Vec<Option<Dot>>,
}

/// An estimate with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// The estimate.
    pub at: f64,
    /// The ends of its interval.
    pub interval: [f64; 2],
    /// Whether it is told from nothing.
    pub sure: bool,
    /// The number in words.
    pub words: String,
}

const NAMES: i32 = 292;
const VALUE: i32 = 150;
const HEADING: i32 = 44;
const ROW: i32 = 40;
const AXIS: i32 = 44;

/// Draws the chart as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// # Errors
/// [`ChartError`] when there is no row or no panel, when a row has not a dot for each panel or one outside of its
/// interval, or when drawing fails.
pub fn dots(texts: &Texts<'_>, panels: &[DotPanel], rows: &[DotRow]) -> Result<String, ChartError> {
    if rows.is_empty() || panels.is_empty() {
        return Err(ChartError::Empty);
    }
    let fits = |dot: &Dot| {
        let [low, high] = dot.interval;
        low <= dot.at && dot.at <= high && low.is_finite() && high.is_finite()
    };
    let good = |row: &&DotRow| row.dots.len() == panels.len() && row.dots.iter().flatten().all(fits);
    if let Some(bad) = rows.iter().find(|row| !good(row)) {
        return Err(ChartError::Numbers(bad.name.clone()));
    }
    document(texts, panels, rows).map_err(ChartError::Drawing)
}

fn document(texts: &Texts<'_>, panels: &[DotPanel], rows: &[DotRow]) -> Result<String, String> {
    let count = |number: usize| i32::try_from(number).map_err(words);
    let frame = Frame::new(texts, HEADING + count(rows.len())? * ROW + AXIS);
    let (top, bottom) = (frame.top() + HEADING, frame.bottom() - AXIS);
    let width = (WIDTH - MARGIN - NAMES) / count(panels.len())?;
    let place = |panel: i32| (NAMES + panel * width + 28, NAMES + (panel + 1) * width - VALUE);
    let scales: Vec<LinearScale> = (0..panels.len())
        .map(|panel| {
            let ends = rows.iter().filter_map(|row| row.dots[panel].as_ref()).flat_map(|dot| dot.interval);
            LinearScale::of(ends.chain([0.0]))
        })
        .collect();
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        for row in (0..count(rows.len())?).step_by(2) {
            let y = top + row * ROW;
            rectangle(canvas, (MARGIN / 2, y), (WIDTH - MARGIN / 2, y + ROW), BAND)?;
        }
        text(canvas, "Policy", (MARGIN, top - HEADING / 2), &bold(BODY_SIZE, INK, HPos::Left))?;
        for ((number, panel), scale) in (0..).zip(panels).zip(&scales) {
            axis(canvas, panel, (place(number), width), (top, bottom), *scale)?;
        }
        Ok(())
    })?;
    for (number, row) in (0..).zip(rows) {
        let y = top + number * ROW + ROW / 2;
        sheet.layer(Some(row.policy), |canvas| {
            let name = shortened(&row.name, Room::of(NAMES - MARGIN - 12, BODY_SIZE));
            text(canvas, &name, (MARGIN, y), &plain(BODY_SIZE, INK, HPos::Left))?;
            for ((panel, dot), scale) in (0..).zip(&row.dots).zip(&scales) {
                mark(canvas, dot.as_ref(), (place(panel), NAMES + (panel + 1) * width - 8), y, *scale)?;
            }
            Ok(())
        })?;
    }
    Ok(sheet.finish(texts.alt))
}

fn axis(
    canvas: &Canvas<'_>,
    panel: &DotPanel,
    (place, width): ((i32, i32), i32),
    rows: (i32, i32),
    scale: LinearScale,
) -> Drawn {
    let heading = shortened(&panel.heading, Room::of(width - 28, BODY_SIZE).bold());
    text(canvas, &heading, (place.0, rows.0 - HEADING / 2), &bold(BODY_SIZE, INK, HPos::Left))?;
    let style = plain(SMALL_SIZE, QUIET, HPos::Center);
    for (value, words) in scale.ticks(4) {
        tick(canvas, along(place, scale.position(value)), rows, &format!("{words}{}", panel.unit), &style)?;
    }
    let zero = along(place, scale.position(0.0));
    line(canvas, &[(zero, rows.0), (zero, rows.1)], INK, 1)
}

fn mark(
    canvas: &Canvas<'_>,
    found: Option<&Dot>,
    (place, value): ((i32, i32), i32),
    y: i32,
    scale: LinearScale,
) -> Drawn {
    let Some(found) = found else {
        return text(canvas, "–", (value, y), &plain(BODY_SIZE, QUIET, HPos::Right));
    };
    let x = |number: f64| along(place, scale.position(number));
    whisker(canvas, (x(found.interval[0]), x(found.interval[1])), y)?;
    let (color, _) = hue(0);
    dot(canvas, (x(found.at), y), 8, if found.sure { color.filled() } else { WHITE.filled() })?;
    dot(canvas, (x(found.at), y), 8, color.stroke_width(3))?;
    let style = if found.sure { bold } else { plain };
    text(canvas, &found.words, (value, y), &style(SMALL_SIZE, INK, HPos::Right))
}
