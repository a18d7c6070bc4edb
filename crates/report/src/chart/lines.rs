//! Lines along an axis with the bands of their intervals: a sweep.
//!
//! Invariant: a line goes through what was measured and is straight between; the values of the axis stand where their
//! numbers are, or side by side if they are no numbers. Must never know: what varies.

use super::frame::{Frame, MARGIN, WIDTH};
use super::labels::apart;
use super::panel::{AXIS, HEADING, HEIGHT, LABELS, PANEL, SPACING, shares};
use super::scale::LinearScale;
use super::sheet::{Canvas, Drawn, Sheet, dot, line, text, tick, words};
use super::success::along;
use super::text::{Room, percent, shortened};
use super::theme::{INK, QUIET, SMALL_SIZE, bold, hue, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// A policy's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The policy's name.
    pub name: String,
    /// Its points, from left to right.
    pub points: Vec<LinePoint>,
}

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinePoint {
    /// The number of its value on the axis.
    pub value: usize,
    /// The share, 0 to 1.
    pub share: f64,
    /// The ends of its interval.
    pub interval: [f64; 2],
}

/// Draws the lines as a standalone SVG document (UTF-8, white background, no fonts embedded). `what` names the axis,
/// `values` are written along it, at `places` if they are numbers.
///
/// # Errors
/// [`ChartError`] when there is no line or no value, when a point contradicts itself, or when drawing fails.
pub fn lines(
    texts: &Texts<'_>,
    (what, values, places): (&str, &[String], Option<&[f64]>),
    lines: &[Line],
) -> Result<String, ChartError> {
    if lines.is_empty() || values.is_empty() {
        return Err(ChartError::Empty);
    }
    let sound = |point: &LinePoint| {
        point.value < values.len()
            && [0.0, point.interval[0], point.share, point.interval[1], 1.0].is_sorted()
    };
    let good = |line: &&Line| !line.points.is_empty() && line.points.iter().all(sound);
    if let Some(bad) = lines.iter().find(|line| !good(line)) {
        return Err(ChartError::Numbers(bad.name.clone()));
    }
    #[expect(clippy::cast_precision_loss, reason = "an axis has a few hundred values")]
    let beside: Vec<f64> = (0..values.len()).map(|value| value as f64).collect();
    let places = places.filter(|places| places.len() == values.len()).unwrap_or(&beside);
    let axis = Axis { what, values, places, scale: LinearScale::of(places.iter().copied()) };
    document(texts, &axis, lines).map_err(ChartError::Drawing)
}

/// What is along the bottom.
struct Axis<'a> {
    what: &'a str,
    values: &'a [String],
    places: &'a [f64],
    scale: LinearScale,
}

impl Axis<'_> {
    fn x(&self, value: usize) -> i32 {
        along(PANEL, self.scale.position(self.places[value]))
    }
}

fn document(texts: &Texts<'_>, axis: &Axis<'_>, lines: &[Line]) -> Result<String, String> {
    let many = i32::try_from(lines.len()).map_err(words)? * SPACING;
    let frame = Frame::new(texts, HEADING + HEIGHT.max(many) + AXIS);
    let rows = (frame.top() + HEADING, frame.bottom() - AXIS);
    let height = |share: f64| along((rows.1, rows.0), share);
    let last = |line: &Line| line.points.last().map_or(0.0, |point| point.share);
    let ends: Vec<i32> = lines.iter().map(|line| height(last(line))).collect();
    let labels = apart(&ends, SPACING, rows);
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        shares(canvas, rows)?;
        values(canvas, axis, rows)
    })?;
    for (policy, one) in lines.iter().enumerate() {
        let (color, pattern) = hue(policy);
        let path: Vec<(i32, i32)> =
            one.points.iter().map(|point| (axis.x(point.value), height(point.share))).collect();
        sheet.layer(Some(policy), |canvas| band(canvas, one, axis, height, color))?;
        sheet.dashed(policy, pattern, |canvas| line(canvas, &path, color, 3))?;
        sheet.layer(Some(policy), |canvas| {
            path.iter().try_for_each(|&at| dot(canvas, at, 5, color.filled()))?;
            let from = path.last().copied().unwrap_or_default();
            line(canvas, &[from, (LABELS - 6, labels[policy])], color, 1)?;
            let name = shortened(&one.name, Room::of(WIDTH - MARGIN - 74 - LABELS, SMALL_SIZE));
            text(canvas, &name, (LABELS, labels[policy]), &plain(SMALL_SIZE, INK, HPos::Left))?;
            let share = bold(SMALL_SIZE, INK, HPos::Right);
            text(canvas, &percent(last(one)), (WIDTH - MARGIN, labels[policy]), &share)
        })?;
    }
    Ok(sheet.finish(texts.alt))
}

/// The values that have room, and what they are of.
fn values(canvas: &Canvas<'_>, axis: &Axis<'_>, rows: (i32, i32)) -> Drawn {
    let style = plain(SMALL_SIZE, QUIET, HPos::Center);
    let room = 96;
    let mut free = i32::MIN;
    for (value, words) in axis.values.iter().enumerate() {
        let x = axis.x(value);
        if x >= free {
            tick(canvas, x, rows, &shortened(words, Room::of(room + 8, SMALL_SIZE)), &style)?;
            free = x + room;
        }
    }
    text(canvas, axis.what, (i32::midpoint(PANEL.0, PANEL.1), rows.1 + 44), &style)
}

/// The interval of every point, filled.
fn band(
    canvas: &Canvas<'_>,
    line: &Line,
    axis: &Axis<'_>,
    height: impl Fn(f64) -> i32,
    color: RGBColor,
) -> Drawn {
    let edge = |end: usize| {
        line.points.iter().map(|point| (axis.x(point.value), height(point.interval[end]))).collect::<Vec<_>>()
    };
    let mut around = edge(0);
    around.extend(edge(1).into_iter().rev());
    canvas.draw(&Polygon::new(around, color.mix(0.18).filled())).map_err(words)
}
