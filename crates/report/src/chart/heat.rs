//! A heat map: how much of one thing there is at each of two others.
//!
//! Invariant: colour repeats the number that is written in the cell, and what is empty is white. Must never know: what
//! rows and columns are.

use super::frame::{Frame, MARGIN, WIDTH};
use super::sheet::{Canvas, Drawn, Sheet, rectangle, text, words};
use super::text::{Room, shortened, wrapped};
use super::theme::{BODY_SIZE, GRID, INK, SKY, SMALL_SIZE, bold, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// A row of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// The number of the policy it belongs to, if it does.
    pub policy: Option<usize>,
    /// A cell for each head.
    pub cells: Vec<HeatCell>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatCell {
    /// How dark it is, 0 to 1.
    pub shade: f64,
    /// What stands in it.
    pub words: String,
}

const NAMES: i32 = 292;
const ROW: i32 = 36;
const LINE: i32 = 19;
const HEAD_SIZE: i32 = 14;
/// The widest that a column gets.
const WIDEST: i32 = 180;

/// Draws the map as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// # Errors
/// [`ChartError`] when there is no row or no head, when a row has not a cell for each head or a shade that is none,
/// or when drawing fails.
pub fn heat(texts: &Texts<'_>, heads: &[String], rows: &[HeatRow]) -> Result<String, ChartError> {
    if rows.is_empty() || heads.is_empty() {
        return Err(ChartError::Empty);
    }
    let legal = |cell: &HeatCell| (0.0..=1.0).contains(&cell.shade);
    let good = |row: &&HeatRow| row.cells.len() == heads.len() && row.cells.iter().all(legal);
    if let Some(bad) = rows.iter().find(|row| !good(row)) {
        return Err(ChartError::Numbers(bad.name.clone()));
    }
    document(texts, heads, rows).map_err(ChartError::Drawing)
}

fn document(texts: &Texts<'_>, heads: &[String], rows: &[HeatRow]) -> Result<String, String> {
    let count = |number: usize| i32::try_from(number).map_err(words);
    let width = ((WIDTH - MARGIN - NAMES) / count(heads.len())?).min(WIDEST);
    let heads: Vec<Vec<String>> =
        heads.iter().map(|head| broken(head, Room::of(width - 6, HEAD_SIZE))).collect();
    let deepest = LINE * count(heads.iter().map(Vec::len).max().unwrap_or(1))?;
    let frame = Frame::new(texts, 12 + deepest + ROW * count(rows.len())? + 16);
    let top = frame.top() + 12 + deepest;
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        for (column, head) in (0..).zip(&heads) {
            for (line, part) in (1..).zip(head.iter().rev()) {
                let at = (NAMES + column * width + width / 2, top - line * LINE + LINE / 2 - 2);
                text(canvas, part, at, &plain(HEAD_SIZE, INK, HPos::Center))?;
            }
        }
        Ok(())
    })?;
    for (number, row) in (0..).zip(rows) {
        let y = top + number * ROW;
        sheet.layer(row.policy, |canvas| {
            let name = shortened(&row.name, Room::of(NAMES - MARGIN - 12, BODY_SIZE));
            text(canvas, &name, (MARGIN, y + ROW / 2), &plain(BODY_SIZE, INK, HPos::Left))?;
            for (column, cell) in (0..).zip(&row.cells) {
                draw(canvas, (NAMES + column * width, y), width, cell)?;
            }
            Ok(())
        })?;
    }
    Ok(sheet.finish(texts.alt))
}

/// A head broken into lines at spaces and after hyphens.
fn broken(head: &str, room: Room) -> Vec<String> {
    let lines = wrapped(&head.replace('-', "- "), room);
    lines.into_iter().map(|line| line.replace("- ", "-")).collect()
}

fn draw(canvas: &Canvas<'_>, (x, y): (i32, i32), width: i32, cell: &HeatCell) -> Drawn {
    let (from, to) = ((x + 2, y + 2), (x + width - 2, y + ROW - 2));
    rectangle(canvas, from, to, shade(cell.shade))?;
    canvas.draw(&Rectangle::new([from, to], GRID.stroke_width(1))).map_err(words)?;
    let words = shortened(&cell.words, Room::of(width - 8, SMALL_SIZE));
    let style = if cell.shade >= 0.5 { bold } else { plain };
    text(canvas, &words, (x + width / 2, y + ROW / 2), &style(SMALL_SIZE, INK, HPos::Center))
}

/// White for none, sky blue for all, in so many steps that a page can name each of them.
pub(super) fn shade(share: f64) -> RGBColor {
    let step = (share * f64::from(STEPS)).round() / f64::from(STEPS);
    let mixed = |full: u8| {
        let down = (f64::from(255 - full) * step).round();
        (0..=255u8).find(|&level| f64::from(255 - level) <= down).unwrap_or(full)
    };
    let RGBColor(red, green, blue) = SKY;
    RGBColor(mixed(red), mixed(green), mixed(blue))
}

/// Steps between white and the full colour.
pub(super) const STEPS: u8 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: Texts<'_> = Texts { title: "Where?", caption: "n = 3", alt: "There." };

    /// None is white, all is sky blue, and more is never lighter.
    #[test]
    fn more_is_darker() {
        assert_eq!((shade(0.0), shade(1.0)), (WHITE, SKY));
        let reds: Vec<u8> = (0..=STEPS).map(|step| shade(f64::from(step) / f64::from(STEPS)).0).collect();
        assert!(reds.is_sorted_by(|a, b| a > b), "{reds:?}");
    }

    /// What is given is on the picture, and a row without a cell or a shade that is none is refused.
    #[test]
    fn cells_say_what_they_are_given() {
        let row = |shade: f64| HeatRow {
            name: "a & b".to_owned(),
            policy: Some(3),
            cells: vec![HeatCell { shade, words: "1.2 %".to_owned() }],
        };
        let heads = ["encryption start".to_owned()];
        let svg = heat(&SAID, &heads, &[row(0.3)]).unwrap();
        for part in ["a &amp; b", "1.2 %", "encryption start", "n = 3", "data-policy=\"3\""] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        for bad in [row(1.1), row(f64::NAN), HeatRow { cells: Vec::new(), ..row(0.5) }] {
            assert_eq!(heat(&SAID, &heads, &[bad]), Err(ChartError::Numbers("a & b".to_owned())));
        }
        assert_eq!(heat(&SAID, &heads, &[]), Err(ChartError::Empty));
    }
}
