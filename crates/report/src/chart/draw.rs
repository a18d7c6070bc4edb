//! The marks and words of the chart, put on an SVG canvas.
//!
//! Invariant: colour repeats what position or words already say, so the chart survives grey printing. The two
//! hues (sky blue, vermilion) are told apart with every common colour vision.
//! Must never know: whether the numbers are plausible; they were checked before.

use std::fmt::Display;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::PolicyBar;
use super::layout::{self, Layout};
use super::scale::{TimeScale, written};
use super::text::{attribute, percent};

pub(super) const INK: RGBColor = RGBColor(26, 26, 26);
pub(super) const QUIET: RGBColor = RGBColor(85, 85, 85);
const GRID: RGBColor = RGBColor(214, 214, 214);
const BAND: RGBColor = RGBColor(245, 245, 245);
const SUCCESS: RGBColor = RGBColor(86, 180, 233);
const TIME: RGBColor = RGBColor(213, 94, 0);

/// Plotters asks for a line height where SVG wants a letter height, and divides by this.
const LINE_HEIGHT: f64 = 1.24;

pub(super) type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), String>;

/// The whole SVG document.
pub(super) fn document(title: &str, caption: &str, bars: &[PolicyBar]) -> Result<String, String> {
    let layout = Layout::new(title, caption, bars.len());
    let times = bars.iter().flat_map(|bar| [bar.p50_us, bar.p95_us]).flatten();
    let scale = TimeScale::of(times);
    let size = (layout::WIDTH.unsigned_abs(), layout.height().unsigned_abs());
    let mut svg = String::new();
    {
        let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        canvas.fill(&WHITE).map_err(words)?;
        frame(&canvas, &layout, scale)?;
        for (row, bar) in (0..).zip(bars) {
            let (top, bottom) = layout.row(row);
            let middle = i32::midpoint(top, bottom);
            name_and_share(&canvas, bar, middle)?;
            time(&canvas, bar, scale, middle)?;
        }
        canvas.present().map_err(words)?;
    }
    let label = format!("<svg role=\"img\" aria-label=\"{}\" ", attribute(title));
    Ok(svg.replacen("<svg ", &label, 1))
}

/// All that does not depend on a policy: texts, bands, grids, axes, headings.
fn frame(canvas: &Canvas<'_>, layout: &Layout, scale: Option<TimeScale>) -> Drawn {
    for (line, words) in (0..).zip(&layout.title) {
        let at = (layout::MARGIN, Layout::title_line(line));
        text(canvas, words, at, &bold(layout::TITLE_SIZE, INK, HPos::Left))?;
    }
    for (line, words) in (0..).zip(&layout.caption) {
        let at = (layout::MARGIN, layout.caption_line(line));
        text(canvas, words, at, &plain(layout::SMALL_SIZE, QUIET, HPos::Left))?;
    }
    let rows = (0..).map(|row| layout.row(row)).take_while(|&(top, _)| top < layout.bottom());
    for (top, bottom) in rows.step_by(2) {
        rectangle(canvas, (layout::MARGIN / 2, top), (layout::WIDTH - layout::MARGIN / 2, bottom), BAND)?;
    }
    for quarter in 0..=4u32 {
        let share = f64::from(quarter) / 4.0;
        tick(canvas, layout, layout::share_x(share), &format!("{:.0} %", share * 100.0))?;
    }
    if let Some(scale) = scale {
        for time in scale.ticks() {
            tick(canvas, layout, layout::time_x(scale, time), &written(time))?;
        }
    }
    headings(canvas, layout.heading())
}

/// What the panels show, with a sample of the time mark as its own legend.
fn headings(canvas: &Canvas<'_>, y: i32) -> Drawn {
    let heading = bold(layout::BODY_SIZE, INK, HPos::Left);
    text(canvas, "Policy", (layout::MARGIN, y), &heading)?;
    text(canvas, "Success rate, 95 % interval", (layout::SUCCESS.0, y), &heading)?;
    text(canvas, "Time to secure (log axis)", (layout::TIME.0, y), &heading)?;
    let right = layout::TIME_VALUE;
    let quiet = plain(layout::BODY_SIZE, INK, HPos::Right);
    text(canvas, "p95", (right, y), &quiet)?;
    until(canvas, right - 100, right - 46, y)?;
    text(canvas, "p50", (right - 114, y), &quiet)
}

/// One grid line with its label under the axis.
fn tick(canvas: &Canvas<'_>, layout: &Layout, x: i32, label: &str) -> Drawn {
    line(canvas, &[(x, layout.top()), (x, layout.bottom() + 6)], GRID, 1)?;
    text(canvas, label, (x, layout.bottom() + 20), &plain(layout::SMALL_SIZE, QUIET, HPos::Center))
}

/// The name, the bar from zero, the interval as a whisker, and the share in words.
fn name_and_share(canvas: &Canvas<'_>, bar: &PolicyBar, y: i32) -> Drawn {
    let name = layout::name(&bar.name);
    text(canvas, &name, (layout::MARGIN, y), &plain(layout::BODY_SIZE, INK, HPos::Left))?;
    let (low, end, high) =
        (layout::share_x(bar.low), layout::share_x(bar.success), layout::share_x(bar.high));
    rectangle(canvas, (layout::SUCCESS.0, y - 12), (end, y + 12), SUCCESS)?;
    line(canvas, &[(low, y), (high, y)], INK, 2)?;
    for x in [low, high] {
        line(canvas, &[(x, y - 7), (x, y + 7)], INK, 2)?;
    }
    let value = bold(layout::BODY_SIZE, INK, HPos::Right);
    text(canvas, &percent(bar.success), (layout::SUCCESS_VALUE, y), &value)
}

/// The median as a dot with a line to the 95th percentile, or to an arrow where that is never reached.
fn time(canvas: &Canvas<'_>, bar: &PolicyBar, scale: Option<TimeScale>, y: i32) -> Drawn {
    let value = plain(layout::BODY_SIZE, INK, HPos::Right);
    let at = (layout::TIME_VALUE, y);
    let (Some(p50), Some(scale)) = (bar.p50_us, scale) else {
        let middle = (i32::midpoint(layout::TIME.0, layout::TIME.1), y);
        let quiet = plain(layout::SMALL_SIZE, QUIET, HPos::Center);
        text(canvas, "most sessions never get secure", middle, &quiet)?;
        return text(canvas, "never", at, &value);
    };
    let from = layout::time_x(scale, p50);
    if let Some(p95) = bar.p95_us {
        until(canvas, from, layout::time_x(scale, p95), y)?;
        text(canvas, &format!("{} – {}", written(p50), written(p95)), at, &value)
    } else {
        forever(canvas, from, layout::TIME.1, y)?;
        text(canvas, &format!("{} – never", written(p50)), at, &value)
    }
}

/// A span with a known end.
fn until(canvas: &Canvas<'_>, from: i32, to: i32, y: i32) -> Drawn {
    line(canvas, &[(from, y), (to, y)], TIME, 4)?;
    line(canvas, &[(to, y - 10), (to, y + 10)], TIME, 4)?;
    canvas.draw(&Circle::new((from, y), 8, TIME.filled())).map_err(words)
}

/// A span without an end.
fn forever(canvas: &Canvas<'_>, from: i32, to: i32, y: i32) -> Drawn {
    line(canvas, &[(from, y), (to - 12, y)], TIME, 4)?;
    let head = vec![(to, y), (to - 16, y - 10), (to - 16, y + 10)];
    canvas.draw(&Polygon::new(head, TIME.filled())).map_err(words)?;
    canvas.draw(&Circle::new((from, y), 8, TIME.filled())).map_err(words)
}

pub(super) fn rectangle(canvas: &Canvas<'_>, from: (i32, i32), to: (i32, i32), color: RGBColor) -> Drawn {
    canvas.draw(&Rectangle::new([from, to], color.filled())).map_err(words)
}

fn line(canvas: &Canvas<'_>, points: &[(i32, i32)], color: RGBColor, width: u32) -> Drawn {
    canvas.draw(&PathElement::new(points.to_vec(), color.stroke_width(width))).map_err(words)
}

pub(super) fn text(canvas: &Canvas<'_>, text: &str, at: (i32, i32), style: &TextStyle<'_>) -> Drawn {
    canvas.draw_text(text, style, at).map_err(words)
}

/// Text centred on its height, held at `anchor`.
pub(super) fn plain(size: i32, color: RGBColor, anchor: HPos) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(size) * LINE_HEIGHT, FontStyle::Normal);
    font.color(&color).pos(Pos::new(anchor, VPos::Center))
}

pub(super) fn bold(size: i32, color: RGBColor, anchor: HPos) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(size) * LINE_HEIGHT, FontStyle::Bold);
    font.color(&color).pos(Pos::new(anchor, VPos::Center))
}

/// The drawing library's errors all mean the same here: no picture.
pub(super) fn words(error: impl Display) -> String {
    error.to_string()
}
