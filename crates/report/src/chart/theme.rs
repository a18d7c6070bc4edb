//! The one look of all charts: colours, letters, lines.
//!
//! Invariant: colour repeats what position, pattern or words already say, so that every chart survives grey printing.
//! The hues are those of Okabe and Ito that stand on white, told apart with every common colour vision; a page that
//! shows a chart on dark ground maps each to another, so no other colour may be used. Must never know: what is drawn.

use super::heat::{STEPS, shade};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::fmt::Write as _;

/// Letters, axes, whatever counts.
pub(super) const INK: RGBColor = RGBColor(26, 26, 26);
/// What explains.
pub(super) const QUIET: RGBColor = RGBColor(85, 85, 85);
/// Lines of a grid.
pub(super) const GRID: RGBColor = RGBColor(214, 214, 214);
/// Every other row.
pub(super) const BAND: RGBColor = RGBColor(245, 245, 245);
/// Bars, and all of something in a heat map.
pub(super) const SKY: RGBColor = RGBColor(86, 180, 233);
/// Times, and harm.
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
/// What is well.
pub(super) const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Neither.
pub(super) const ORANGE: RGBColor = RGBColor(230, 159, 0);
const BLUE: RGBColor = RGBColor(0, 114, 178);
const PURPLE: RGBColor = RGBColor(204, 121, 167);

/// What a policy is drawn with where several share a panel.
const HUES: [RGBColor; 7] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, QUIET];

/// The hue of a policy, and how its lines are broken: so many pixels of line, and so many of gap.
pub(super) fn hue(policy: usize) -> (RGBColor, Option<(i32, i32)>) {
    let dashes = [None, Some((10, 5)), Some((3, 4))];
    (HUES[policy % HUES.len()], dashes[policy / HUES.len() % dashes.len()])
}

/// Letter heights: titles; names, values and headings; axes and captions.
pub(super) const TITLE_SIZE: i32 = 25;
/// As [`TITLE_SIZE`].
pub(super) const BODY_SIZE: i32 = 18;
/// As [`TITLE_SIZE`].
pub(super) const SMALL_SIZE: i32 = 16;

/// Plotters asks for a line height where SVG wants a letter height, and divides by this.
const LINE_HEIGHT: f64 = 1.24;

/// Text centred on its height, held at `anchor`.
pub(super) fn plain(size: i32, color: RGBColor, anchor: HPos) -> TextStyle<'static> {
    style(size, color, anchor, FontStyle::Normal)
}

/// The same in bold letters.
pub(super) fn bold(size: i32, color: RGBColor, anchor: HPos) -> TextStyle<'static> {
    style(size, color, anchor, FontStyle::Bold)
}

fn style(size: i32, color: RGBColor, anchor: HPos, style: FontStyle) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(size) * LINE_HEIGHT, style);
    font.color(&color).pos(Pos::new(anchor, VPos::Center))
}

/// What each colour of a chart is on dark ground, as rules of a style sheet.
#[must_use]
pub fn dark() -> String {
    let ground = (20, 22, 26);
    let mut rules = String::new();
    let mut rule = |RGBColor(red, green, blue): RGBColor, (r, g, b): (u8, u8, u8)| {
        let from = format!("#{red:02X}{green:02X}{blue:02X}");
        let _ = write!(rules, "svg [fill=\"{from}\"]{{fill:rgb({r} {g} {b})}}");
        let _ = writeln!(rules, "svg [stroke=\"{from}\"]{{stroke:rgb({r} {g} {b})}}");
    };
    for (color, dark) in [
        (WHITE, ground),
        (INK, (230, 230, 230)),
        (QUIET, (168, 173, 181)),
        (GRID, (58, 63, 71)),
        (BAND, (27, 30, 36)),
        (SKY, (58, 134, 180)),
        (VERMILION, (240, 126, 52)),
        (GREEN, (40, 190, 145)),
        (ORANGE, (240, 178, 60)),
        (BLUE, (80, 160, 225)),
        (PURPLE, (222, 150, 190)),
    ] {
        rule(color, dark);
    }
    for step in 1..STEPS {
        let mix = |from: u8, to: u8| {
            let way = (i32::from(to) - i32::from(from)) * i32::from(step) / i32::from(STEPS);
            u8::try_from(i32::from(from) + way).unwrap_or(to)
        };
        let dark = (mix(ground.0, 30), mix(ground.1, 110), mix(ground.2, 160));
        rule(shade(f64::from(step) / f64::from(STEPS)), dark);
    }
    rules
}
