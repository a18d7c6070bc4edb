//! The matrix chart: a line an error, a cell a verdict, the darker the more sessions it recovered.
//!
//! Invariant: colour repeats the share that is written in the cell; a cell of no session is empty. Marks
//! are drawn as frames and words, never as a colour alone. The same input gives the same bytes.
//! Must never know: sessions, seeds, how a verdict is recommended.

use super::frame::{Frame, MARGIN, WIDTH};
use super::heat::shade;
use super::sheet::{Canvas, Drawn, Sheet, rectangle, text, words};
use super::text::{Room, percent, shortened, wrapped};
use super::theme::{BODY_SIZE, INK, QUIET, SMALL_SIZE, bold, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// One error's line.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixLine {
    /// The error's name.
    pub name: String,
    /// A cell for each head.
    pub cells: Vec<MatrixCell>,
}

/// What a verdict did about an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixCell {
    /// The share of sessions that it recovered, 0 to 1; `None` if there was none.
    pub share: Option<f64>,
    /// Whether it did harm.
    pub harmful: bool,
    /// Whether it is recommended.
    pub recommended: bool,
    /// Whether it is what comes after that.
    pub then: bool,
}

/// Where the cells begin.
const CELLS: i32 = 410;
const ROW: i32 = 38;
const LINE: i32 = 24;
/// The letters of a head: six of them share a line with little room.
const HEAD_SIZE: i32 = 14;

/// Draws the matrix as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// # Errors
/// [`ChartError`] when there is no line, when a line has not a cell for each head, when a share is none, or
/// when drawing fails.
pub fn verdict_matrix(
    texts: &Texts<'_>,
    heads: &[String],
    lines: &[MatrixLine],
) -> Result<String, ChartError> {
    if lines.is_empty() || heads.is_empty() {
        return Err(ChartError::Empty);
    }
    let legal = |cell: &MatrixCell| cell.share.is_none_or(|share| (0.0..=1.0).contains(&share));
    let good = |line: &&MatrixLine| line.cells.len() == heads.len() && line.cells.iter().all(legal);
    if let Some(bad) = lines.iter().find(|line| !good(line)) {
        return Err(ChartError::Numbers(bad.name.clone()));
    }
    document(texts, heads, lines).map_err(ChartError::Drawing)
}

fn document(texts: &Texts<'_>, heads: &[String], lines: &[MatrixLine]) -> Result<String, String> {
    let count = |number: usize| i32::try_from(number).map_err(words);
    let width = (WIDTH - MARGIN - CELLS) / count(heads.len())?;
    let heads: Vec<Vec<String>> =
        heads.iter().map(|head| wrapped(head, Room::of(width - 8, HEAD_SIZE))).collect();
    let deepest = LINE * count(heads.iter().map(Vec::len).max().unwrap_or(1))?;
    let frame = Frame::new(texts, deepest + MARGIN + ROW * count(lines.len())?);
    let top = frame.top() + deepest + MARGIN / 2;
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        for (column, head) in (0..).zip(&heads) {
            for (line, part) in (0..).zip(head) {
                let at = (CELLS + column * width + width / 2, frame.top() + 12 + line * LINE);
                text(canvas, part, at, &plain(HEAD_SIZE, INK, HPos::Center))?;
            }
        }
        for (row, line) in (0..).zip(lines) {
            let y = top + row * ROW;
            let name = shortened(&line.name, Room::of(CELLS - MARGIN - 12, SMALL_SIZE));
            text(canvas, &name, (MARGIN, y + ROW / 2), &plain(SMALL_SIZE, INK, HPos::Left))?;
            for (column, cell) in (0..).zip(&line.cells) {
                draw(canvas, (CELLS + column * width, y), width, *cell)?;
            }
        }
        Ok(())
    })?;
    Ok(sheet.finish(texts.alt))
}

fn draw(canvas: &Canvas<'_>, (x, y): (i32, i32), width: i32, cell: MatrixCell) -> Drawn {
    let (from, to) = ((x + 2, y + 2), (x + width - 2, y + ROW - 2));
    rectangle(canvas, from, to, cell.share.map_or(WHITE, shade))?;
    let edge = |stroke: u32, color: RGBColor| {
        canvas.draw(&Rectangle::new([from, to], color.stroke_width(stroke))).map_err(words)
    };
    edge(1, QUIET)?;
    if cell.recommended || cell.then {
        edge(4, INK)?;
    }
    let share = cell.share.map_or_else(|| "–".to_owned(), percent);
    let mark = match (cell.harmful, cell.then) {
        (true, _) => " harm",
        (false, true) => " then",
        (false, false) => "",
    };
    let style = if cell.recommended { bold } else { plain };
    let at = (x + width / 2, y + ROW / 2);
    text(canvas, &format!("{share}{mark}"), at, &style(BODY_SIZE - 3, INK, HPos::Center))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(share: Option<f64>) -> MatrixLine {
        let plain = MatrixCell { share, harmful: false, recommended: false, then: false };
        let cells = vec![
            MatrixCell { recommended: true, ..plain },
            MatrixCell { harmful: true, share: Some(1.0), ..plain },
            MatrixCell { then: true, ..plain },
        ];
        MatrixLine { name: "Encryption / <PinOrKeyMissing>".to_owned(), cells }
    }

    fn drawn(lines: &[MatrixLine]) -> Result<String, ChartError> {
        let said = Texts { title: "What & when", caption: "a caption", alt: "What & when" };
        let heads = ["R reconnect", "D restart directly", "B delete the bond"].map(str::to_owned);
        verdict_matrix(&said, &heads, lines)
    }

    /// Shares, names and marks are on the picture, and markup in a name is text.
    #[test]
    fn a_picture_says_what_it_is_given() {
        let svg = drawn(&[line(Some(0.25)), line(None)]).unwrap();
        for part in
            ["25.0 %", "100.0 % harm", "25.0 % then", "– then", "&lt;PinOrKeyMissing", "What &amp; when"]
        {
            assert!(svg.contains(part), "no {part:?} in\n{svg}");
        }
        assert_eq!(svg, drawn(&[line(Some(0.25)), line(None)]).unwrap());
    }

    /// What contradicts itself is refused: no line, a line without a cell, a share that is none.
    #[test]
    fn nonsense_is_refused() {
        assert_eq!(drawn(&[]), Err(ChartError::Empty));
        for bad in [MatrixLine { cells: Vec::new(), ..line(None) }, line(Some(1.5)), line(Some(f64::NAN))] {
            assert!(matches!(drawn(&[bad]), Err(ChartError::Numbers(_))));
        }
    }
}
