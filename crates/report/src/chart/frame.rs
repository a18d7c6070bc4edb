//! What every chart has around it: the question it answers above, what it rests on below.
//!
//! Invariant: texts are broken to the room they have, so nothing is cut off but a word that is too long for a line.
//! Must never know: what is between the two.

use super::Texts;
use super::sheet::{Canvas, Drawn, text};
use super::text::{Room, wrapped};
use super::theme::{INK, QUIET, SMALL_SIZE, TITLE_SIZE, bold, plain};
use plotters::style::text_anchor::HPos;

/// Width of every chart.
pub(super) const WIDTH: i32 = 1200;
/// Left and right margin.
pub(super) const MARGIN: i32 = 24;

const TITLE_ROOM: Room = Room::of(WIDTH - 2 * MARGIN, TITLE_SIZE).bold();
const CAPTION_ROOM: Room = Room::of(WIDTH - 2 * MARGIN, SMALL_SIZE);
const TITLE_LINE: i32 = 34;
const CAPTION_LINE: i32 = 24;

/// A question, a caption, and so many pixels between them.
pub(super) struct Frame {
    title: Vec<String>,
    caption: Vec<String>,
    body: i32,
}

impl Frame {
    pub(super) fn new(texts: &Texts<'_>, body: i32) -> Self {
        let (title, caption) = (wrapped(texts.title, TITLE_ROOM), wrapped(texts.caption, CAPTION_ROOM));
        Self { title, caption, body }
    }

    /// Where what is between begins.
    pub(super) fn top(&self) -> i32 {
        MARGIN + lines(&self.title) * TITLE_LINE
    }

    /// Where it ends.
    pub(super) fn bottom(&self) -> i32 {
        self.top() + self.body
    }

    /// Height of the whole chart.
    pub(super) fn height(&self) -> i32 {
        self.bottom() + lines(&self.caption) * CAPTION_LINE + MARGIN / 2
    }

    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        for (line, words) in (0..).zip(&self.title) {
            let at = (MARGIN, MARGIN + line * TITLE_LINE + TITLE_LINE / 2);
            text(canvas, words, at, &bold(TITLE_SIZE, INK, HPos::Left))?;
        }
        for (line, words) in (0..).zip(&self.caption) {
            let at = (MARGIN, self.bottom() + line * CAPTION_LINE + CAPTION_LINE / 2);
            text(canvas, words, at, &plain(SMALL_SIZE, QUIET, HPos::Left))?;
        }
        Ok(())
    }
}

fn lines(text: &[String]) -> i32 {
    i32::try_from(text.len()).unwrap_or(i32::MAX / TITLE_LINE / 4)
}
