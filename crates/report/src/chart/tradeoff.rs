//! Success against latency, and against exposure where there is any: a point a policy, names between the panels.
//!
//! Invariant: what is on the front is told by a full mark and bold letters, what is not by a hollow one; every point
//! has a line to its name. Must never know: how the front was found.

use super::frame::{Frame, MARGIN, WIDTH};
use super::labels::apart;
use super::scale::LinearScale;
use super::sheet::{Canvas, Drawn, Sheet, dot, line, text, tick, words};
use super::success::along;
use super::text::{Room, pixels, shortened};
use super::theme::{GRID, INK, QUIET, SMALL_SIZE, bold, hue, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct TradePoint {
    /// Its name.
    pub name: String,
    /// The share of sessions with a secured link, 0 to 1.
    pub success: f64,
    /// The ends of its interval.
    pub interval: [f64; 2],
    /// The mean time to a secured link in seconds, failures counting as the limit.
    pub seconds: f64,
    /// What was exposed in a session, on average; all points have it or none.
    pub exposed: Option<f64>,
    /// Whether no other policy is better in one and as good in the others.
    pub front: bool,
}

const TIME: (i32, i32) = (96, 440);
const NAMES: (i32, i32) = (468, 760);
const EXPOSED: (i32, i32) = (788, 1160);
const HEIGHT: i32 = 430;
const HEADING: i32 = 40;
const AXIS: i32 = 64;
const SPACING: i32 = 22;

/// Draws the chart as a standalone SVG document (UTF-8, white background, no fonts embedded); `exposed` names what is
/// exposed.
///
/// # Errors
/// [`ChartError`] when there is no point, when one contradicts itself, or when drawing fails.
pub fn tradeoff(texts: &Texts<'_>, exposed: &str, points: &[TradePoint]) -> Result<String, ChartError> {
    if points.is_empty() {
        return Err(ChartError::Empty);
    }
    let all = points[0].exposed.is_some();
    let good = |point: &&TradePoint| {
        [0.0, point.interval[0], point.success, point.interval[1], 1.0].is_sorted()
            && point.seconds.is_finite()
            && point.exposed.is_some() == all
            && point.exposed.is_none_or(f64::is_finite)
    };
    if let Some(bad) = points.iter().find(|point| !good(point)) {
        return Err(ChartError::Numbers(bad.name.clone()));
    }
    document(texts, exposed, points).map_err(ChartError::Drawing)
}

fn document(texts: &Texts<'_>, exposed: &str, points: &[TradePoint]) -> Result<String, String> {
    let many = i32::try_from(points.len()).map_err(words)? * SPACING;
    let frame = Frame::new(texts, HEADING + HEIGHT.max(many) + AXIS);
    let rows = (frame.top() + HEADING, frame.bottom() - AXIS);
    let shares = LinearScale::of(points.iter().flat_map(|point| point.interval));
    let height = |share: f64| along((rows.1, rows.0), shares.position(share));
    let times = LinearScale::of(points.iter().map(|point| point.seconds).chain([0.0]));
    let harms = points[0].exposed.map(|_| {
        let all = points.iter().filter_map(|point| point.exposed);
        LinearScale::of(all.chain([0.0]))
    });
    let wanted: Vec<i32> = points.iter().map(|point| height(point.success)).collect();
    let labels = apart(&wanted, SPACING, rows);
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        let heading = plain(SMALL_SIZE, QUIET, HPos::Left);
        text(canvas, "sessions with a secured link", (MARGIN, rows.0 - 24), &heading)?;
        for (share, words) in shares.ticks(5).into_iter().map(|(share, _)| (share, share * 100.0)) {
            let y = height(share);
            line(canvas, &[(TIME.0, y), (TIME.1, y)], GRID, 1)?;
            if harms.is_some() {
                line(canvas, &[(EXPOSED.0, y), (EXPOSED.1, y)], GRID, 1)?;
            }
            text(canvas, &format!("{words:.0} %"), (TIME.0 - 10, y), &plain(SMALL_SIZE, QUIET, HPos::Right))?;
        }
        axis(canvas, TIME, rows, times, "mean time to a secured link", " s")?;
        harms.map_or(Ok(()), |harms| axis(canvas, EXPOSED, rows, harms, exposed, ""))
    })?;
    for (policy, point) in points.iter().enumerate() {
        sheet.layer(Some(policy), |canvas| {
            let at = (along(TIME, times.position(point.seconds)), wanted[policy]);
            point_and_line(canvas, policy, point, at, (NAMES.0 - 4, labels[policy]))?;
            let room = Room::of(NAMES.1 - NAMES.0, SMALL_SIZE);
            let name = shortened(&point.name, if point.front { room.bold() } else { room });
            if let (Some(harms), Some(harm)) = (harms, point.exposed) {
                let at = (along(EXPOSED, harms.position(harm)), wanted[policy]);
                let wide = pixels(&name, SMALL_SIZE);
                point_and_line(canvas, policy, point, at, (NAMES.0 + 8 + wide, labels[policy]))?;
            }
            let style = if point.front { bold } else { plain };
            text(canvas, &name, (NAMES.0, labels[policy]), &style(SMALL_SIZE, INK, HPos::Left))
        })?;
    }
    Ok(sheet.finish(texts.alt))
}

fn axis(
    canvas: &Canvas<'_>,
    panel: (i32, i32),
    rows: (i32, i32),
    scale: LinearScale,
    what: &str,
    unit: &str,
) -> Drawn {
    let style = plain(SMALL_SIZE, QUIET, HPos::Center);
    for (number, words) in scale.ticks(4) {
        tick(canvas, along(panel, scale.position(number)), rows, &format!("{words}{unit}"), &style)?;
    }
    let what = shortened(what, Room::of(panel.1 - panel.0 + 80, SMALL_SIZE));
    text(canvas, &what, (i32::midpoint(panel.0, panel.1), rows.1 + 44), &style)
}

fn point_and_line(
    canvas: &Canvas<'_>,
    policy: usize,
    point: &TradePoint,
    at: (i32, i32),
    label: (i32, i32),
) -> Drawn {
    let (color, _) = hue(policy);
    line(canvas, &[at, label], GRID, 1)?;
    let radius = if point.front { 9 } else { 7 };
    dot(canvas, at, radius, if point.front { color.filled() } else { WHITE.filled() })?;
    dot(canvas, at, radius, color.stroke_width(3))
}
