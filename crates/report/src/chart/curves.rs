//! Curves of the time to a secured link: one minus the share that is not secured yet, which tops out at the success
//! rate.
//!
//! Invariant: a curve is a staircase through what was observed, never smoothed, and goes on level to the end of the
//! axis. Must never know: how a share was estimated.

use super::frame::{Frame, MARGIN, WIDTH};
use super::labels::apart;
use super::panel::{AXIS, HEADING, HEIGHT, LABELS, PANEL, SPACING, shares};
use super::scale::{TimeScale, written};
use super::sheet::{Sheet, line, text, tick, words};
use super::success::along;
use super::text::{Room, percent, shortened};
use super::theme::{INK, QUIET, SMALL_SIZE, bold, hue, plain};
use super::{ChartError, Texts};
use plotters::style::text_anchor::HPos;

/// A policy's curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The policy's name.
    pub name: String,
    /// Times in microseconds with the share that is secured by then, both rising.
    pub points: Vec<(u64, f64)>,
}

/// Of a curve that has more, every so manieth point is drawn.
const MOST_POINTS: usize = 200;

/// Draws the curves as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// # Errors
/// [`ChartError`] when there is no curve, when one falls or leaves 0 to 1, or when drawing fails.
pub fn curves(texts: &Texts<'_>, curves: &[Curve]) -> Result<String, ChartError> {
    if curves.is_empty() {
        return Err(ChartError::Empty);
    }
    let rises = |curve: &&Curve| {
        let inside = curve.points.iter().all(|point| (0.0..=1.0).contains(&point.1));
        inside && curve.points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1)
    };
    if let Some(bad) = curves.iter().find(|curve| !rises(curve)) {
        return Err(ChartError::Numbers(bad.name.clone()));
    }
    document(texts, curves).map_err(ChartError::Drawing)
}

fn document(texts: &Texts<'_>, curves: &[Curve]) -> Result<String, String> {
    let many = i32::try_from(curves.len()).map_err(words)? * SPACING;
    let frame = Frame::new(texts, HEADING + HEIGHT.max(many) + AXIS);
    let (top, bottom) = (frame.top() + HEADING, frame.bottom() - AXIS);
    let scale = TimeScale::of(curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0)));
    let height = |share: f64| along((bottom, top), share);
    let ends: Vec<i32> =
        curves.iter().map(|curve| height(curve.points.last().map_or(0.0, |point| point.1))).collect();
    let labels = apart(&ends, SPACING, (top, bottom));
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        shares(canvas, (top, bottom))?;
        let style = plain(SMALL_SIZE, QUIET, HPos::Center);
        let at = |scale: TimeScale, time| along(PANEL, scale.position(time));
        for (scale, time) in
            scale.iter().flat_map(|scale| scale.ticks().into_iter().map(|time| (*scale, time)))
        {
            tick(canvas, at(scale, time), (top, bottom), &written(time), &style)?;
        }
        let middle = i32::midpoint(PANEL.0, PANEL.1);
        text(canvas, "time since the device started (log axis)", (middle, bottom + 44), &style)
    })?;
    for (policy, curve) in curves.iter().enumerate() {
        let (color, pattern) = hue(policy);
        if let Some(scale) = scale {
            let path = stairs(curve, scale, (top, bottom));
            sheet.dashed(policy, pattern, |canvas| line(canvas, &path, color, 3))?;
        }
        sheet.layer(Some(policy), |canvas| {
            let points =
                [(PANEL.1, ends[policy]), (PANEL.1 + 12, ends[policy]), (LABELS - 6, labels[policy])];
            line(canvas, &points, color, 1)?;
            let end = curve.points.last().map_or(0.0, |point| point.1);
            let share = percent(end);
            let room = Room::of(WIDTH - MARGIN - 74 - LABELS, SMALL_SIZE);
            let name = shortened(&curve.name, room);
            text(canvas, &name, (LABELS, labels[policy]), &plain(SMALL_SIZE, INK, HPos::Left))?;
            text(canvas, &share, (WIDTH - MARGIN, labels[policy]), &bold(SMALL_SIZE, INK, HPos::Right))
        })?;
    }
    Ok(sheet.finish(texts.alt))
}

/// The staircase through what was observed, and level to the end of the axis.
fn stairs(curve: &Curve, scale: TimeScale, (top, bottom): (i32, i32)) -> Vec<(i32, i32)> {
    let every = curve.points.len().div_ceil(MOST_POINTS).max(1);
    let last = curve.points.len().saturating_sub(1);
    let kept = curve.points.iter().enumerate().filter(|(place, _)| place % every == 0 || *place == last);
    let mut path = vec![(PANEL.0, bottom)];
    for (_, &(time, share)) in kept {
        let (x, y) = (along(PANEL, scale.position(time)), along((bottom, top), share));
        let before = path.last().map_or(bottom, |point: &(i32, i32)| point.1);
        if y != before {
            path.extend([(x, before), (x, y)]);
        }
    }
    path.push((PANEL.1, path.last().map_or(bottom, |point| point.1)));
    path
}
