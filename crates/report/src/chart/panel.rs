//! The panel of a chart with a line a policy: where it is, its axis of shares, and where the names stand.
//!
//! Invariant: one panel for all such charts, so that they can be laid side by side. Must never know: what the lines
//! are.

use super::frame::MARGIN;
use super::sheet::{Canvas, Drawn, line, text};
use super::success::along;
use super::theme::{GRID, QUIET, SMALL_SIZE, plain};
use plotters::style::text_anchor::HPos;

/// Its left and right end.
pub(super) const PANEL: (i32, i32) = (96, 850);
/// Where the names of the lines begin.
pub(super) const LABELS: i32 = 884;
/// Its height, if the names need no more.
pub(super) const HEIGHT: i32 = 430;
/// The room above it.
pub(super) const HEADING: i32 = 34;
/// The room below it.
pub(super) const AXIS: i32 = 64;
/// Between two names.
pub(super) const SPACING: i32 = 21;

/// The axis of shares.
pub(super) fn shares(canvas: &Canvas<'_>, (top, bottom): (i32, i32)) -> Drawn {
    let style = plain(SMALL_SIZE, QUIET, HPos::Right);
    text(canvas, "sessions with a secured link", (MARGIN, top - 20), &plain(SMALL_SIZE, QUIET, HPos::Left))?;
    for fifth in 0..=5u32 {
        let share = f64::from(fifth) / 5.0;
        let y = along((bottom, top), share);
        line(canvas, &[(PANEL.0, y), (PANEL.1, y)], GRID, 1)?;
        text(canvas, &format!("{:.0} %", share * 100.0), (PANEL.0 - 10, y), &style)?;
    }
    Ok(())
}
