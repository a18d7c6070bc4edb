//! The policy comparison: one row a policy, success on the left, time to secure on the right.
//!
//! Invariant: bars start at zero, a share is never rounded to 0 % or 100 % when it is neither, and a quantile that is
//! never reached is drawn as an arrow, not left out. Must never know: sessions, seeds, policies' rules, files.

use super::frame::{Frame, MARGIN, WIDTH};
use super::scale::{TimeScale, written};
use super::sheet::{Canvas, Drawn, Sheet, dot, line, rectangle, text, tick, whisker, words};
use super::text::{Room, percent, shortened};
use super::theme::{BAND, BODY_SIZE, INK, QUIET, SKY, SMALL_SIZE, VERMILION, bold, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// One policy's row.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyBar {
    /// The policy's name, in full; it is shortened to fit.
    pub name: String,
    /// The share of sessions that ended secure, 0 to 1.
    pub success: f64,
    /// The lower end of the share's interval, 0 to `success`.
    pub low: f64,
    /// The upper end of the share's interval, `success` to 1.
    pub high: f64,
    /// The median time to secure over all sessions, in microseconds; `None` when it is never reached.
    pub p50_us: Option<u64>,
    /// The 95th percentile of the same, not below the median; `None` when it is never reached.
    pub p95_us: Option<u64>,
}

/// The success panel, 0 % at the left end and 100 % at the right.
const SUCCESS: (i32, i32) = (316, 596);
/// Right end of the success value column.
const SUCCESS_VALUE: i32 = 694;
/// The time panel, the ends of its scale.
const TIME: (i32, i32) = (728, 1008);
/// Right end of the time value column.
const TIME_VALUE: i32 = WIDTH - MARGIN;
const NAME_ROOM: Room = Room::of(SUCCESS.0 - 12 - MARGIN, BODY_SIZE);
const HEADING: i32 = 44;
const ROW: i32 = 46;
const AXIS: i32 = 44;

/// Draws the chart as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// Rows keep the order of `bars`.
///
/// # Errors
/// [`ChartError`] when there is no bar, when a bar contradicts itself, or when drawing fails.
pub fn policy_comparison(texts: &Texts<'_>, bars: &[PolicyBar]) -> Result<String, ChartError> {
    if bars.is_empty() {
        return Err(ChartError::Empty);
    }
    bars.iter().try_for_each(consistent)?;
    document(texts, bars).map_err(ChartError::Drawing)
}

/// Refuses a bar whose numbers contradict each other; a NaN contradicts everything.
fn consistent(bar: &PolicyBar) -> Result<(), ChartError> {
    let ordered = [0.0, bar.low, bar.success, bar.high, 1.0].is_sorted();
    if !ordered {
        return Err(ChartError::Numbers(bar.name.clone()));
    }
    let never = |time: Option<u64>| time.unwrap_or(u64::MAX);
    if never(bar.p95_us) < never(bar.p50_us) {
        return Err(ChartError::Times(bar.name.clone()));
    }
    Ok(())
}

fn document(texts: &Texts<'_>, bars: &[PolicyBar]) -> Result<String, String> {
    let rows = i32::try_from(bars.len()).map_err(words)?;
    let frame = Frame::new(texts, HEADING + rows * ROW + AXIS);
    let (top, bottom) = (frame.top() + HEADING, frame.bottom() - AXIS);
    let times = bars.iter().flat_map(|bar| [bar.p50_us, bar.p95_us]).flatten();
    let scale = TimeScale::of(times);
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        for row in (0..rows).step_by(2) {
            let y = top + row * ROW;
            rectangle(canvas, (MARGIN / 2, y), (WIDTH - MARGIN / 2, y + ROW), BAND)?;
        }
        axes(canvas, (top, bottom), scale)?;
        headings(canvas, top - HEADING / 2)
    })?;
    for (row, bar) in bars.iter().enumerate() {
        let y = top + i32::try_from(row).map_err(words)? * ROW + ROW / 2;
        sheet.layer(Some(row), |canvas| {
            name_and_share(canvas, bar, y)?;
            time(canvas, bar, scale, y)
        })?;
    }
    Ok(sheet.finish(texts.alt))
}

fn axes(canvas: &Canvas<'_>, rows: (i32, i32), scale: Option<TimeScale>) -> Drawn {
    let style = plain(SMALL_SIZE, QUIET, HPos::Center);
    for quarter in 0..=4u32 {
        let share = f64::from(quarter) / 4.0;
        tick(canvas, along(SUCCESS, share), rows, &format!("{:.0} %", share * 100.0), &style)?;
    }
    let Some(scale) = scale else { return Ok(()) };
    let at = |time| along(TIME, scale.position(time));
    scale.ticks().into_iter().try_for_each(|time| tick(canvas, at(time), rows, &written(time), &style))
}

/// What the panels show, with a sample of the time mark as its own legend.
fn headings(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let heading = bold(BODY_SIZE, INK, HPos::Left);
    text(canvas, "Policy", (MARGIN, y), &heading)?;
    text(canvas, "Success rate, 95 % interval", (SUCCESS.0, y), &heading)?;
    text(canvas, "Time to secure (log axis)", (TIME.0, y), &heading)?;
    let quiet = plain(BODY_SIZE, INK, HPos::Right);
    text(canvas, "p95", (TIME_VALUE, y), &quiet)?;
    until(canvas, TIME_VALUE - 100, TIME_VALUE - 46, y)?;
    text(canvas, "p50", (TIME_VALUE - 114, y), &quiet)
}

/// The name, the bar from zero, the interval as a whisker, and the share in words.
fn name_and_share(canvas: &Canvas<'_>, bar: &PolicyBar, y: i32) -> Drawn {
    let name = shortened(&bar.name, NAME_ROOM);
    text(canvas, &name, (MARGIN, y), &plain(BODY_SIZE, INK, HPos::Left))?;
    let [low, end, high] = [bar.low, bar.success, bar.high].map(|share| along(SUCCESS, share));
    rectangle(canvas, (SUCCESS.0, y - 12), (end, y + 12), SKY)?;
    whisker(canvas, (low, high), y)?;
    let value = bold(BODY_SIZE, INK, HPos::Right);
    text(canvas, &percent(bar.success), (SUCCESS_VALUE, y), &value)
}

/// The median as a dot with a line to the 95th percentile, or to an arrow where that is never reached.
fn time(canvas: &Canvas<'_>, bar: &PolicyBar, scale: Option<TimeScale>, y: i32) -> Drawn {
    let value = plain(BODY_SIZE, INK, HPos::Right);
    let at = (TIME_VALUE, y);
    let (Some(p50), Some(scale)) = (bar.p50_us, scale) else {
        let middle = (i32::midpoint(TIME.0, TIME.1), y);
        let quiet = plain(SMALL_SIZE, QUIET, HPos::Center);
        text(canvas, "most sessions never get secure", middle, &quiet)?;
        return text(canvas, "never", at, &value);
    };
    let x = |time| along(TIME, scale.position(time));
    if let Some(p95) = bar.p95_us {
        until(canvas, x(p50), x(p95), y)?;
        text(canvas, &format!("{} – {}", written(p50), written(p95)), at, &value)
    } else {
        forever(canvas, x(p50), TIME.1, y)?;
        text(canvas, &format!("{} – never", written(p50)), at, &value)
    }
}

/// A span with a known end.
fn until(canvas: &Canvas<'_>, from: i32, to: i32, y: i32) -> Drawn {
    line(canvas, &[(from, y), (to, y)], VERMILION, 4)?;
    line(canvas, &[(to, y - 10), (to, y + 10)], VERMILION, 4)?;
    dot(canvas, (from, y), 8, VERMILION.filled())
}

/// A span without an end.
fn forever(canvas: &Canvas<'_>, from: i32, to: i32, y: i32) -> Drawn {
    line(canvas, &[(from, y), (to - 12, y)], VERMILION, 4)?;
    let head = vec![(to, y), (to - 16, y - 10), (to - 16, y + 10)];
    canvas.draw(&Polygon::new(head, VERMILION.filled())).map_err(words)?;
    dot(canvas, (from, y), 8, VERMILION.filled())
}

/// The pixel of a fraction of a panel.
#[expect(clippy::cast_possible_truncation, reason = "a fraction of a panel's width is a small number")]
pub(super) fn along((left, right): (i32, i32), fraction: f64) -> i32 {
    left + (f64::from(right - left) * fraction).round() as i32
}
