//! A message sequence chart: a line for everybody who takes part, time going down, an arrow a message.
//!
//! Invariant: rows stand in the order they are given, one below the other; a stretch of silence is a row of its own,
//! so the chart is as long as what happened and not as the time that passed. What was lost does not reach its line.
//! Must never know: what a message is.

use super::frame::{Frame, MARGIN, WIDTH};
use super::sheet::{Canvas, Drawn, Sheet, line, rectangle, text, words};
use super::text::{Room, pixels, shortened};
use super::theme::{BAND, BODY_SIZE, GREEN, GRID, INK, QUIET, SMALL_SIZE, VERMILION, bold, hue, plain};
use super::{ChartError, Texts};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceLane {
    /// The name.
    pub name: String,
    /// What they are.
    pub about: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SequenceRow {
    /// A message from a lane to another.
    Message {
        /// When, in words.
        at: String,
        /// From which lane to which.
        ends: (usize, usize),
        /// What.
        words: String,
        /// Whether nobody else can read it.
        sealed: bool,
        /// Why it did not arrive, if it did not.
        lost: Option<String>,
    },
    /// Something that happened to one.
    Note {
        /// When, in words.
        at: String,
        /// In which lane.
        lane: usize,
        /// What kind of thing.
        kind: SequenceKind,
        /// What.
        words: String,
    },
    /// Nothing worth a row, and for how long.
    Silence(String),
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceKind {
    /// It was put there to go wrong.
    Fault,
    /// It went wrong.
    Failure,
    /// It was decided.
    Decision,
    /// It went well.
    Success,
    /// None of these.
    Plain,
}

/// Right end of the times, and the ends of the room of the lanes.
const TIMES: i32 = 112;
const LANES: (i32, i32) = (128, WIDTH - MARGIN);
const HEAD: i32 = 58;
const ROW: i32 = 34;
const LETTERS: i32 = 14;

/// Draws the chart as a standalone SVG document (UTF-8, white background, no fonts embedded).
///
/// # Errors
/// [`ChartError`] when there is no lane or no row, when a row names a lane that is none, or when drawing fails.
pub fn sequence(
    texts: &Texts<'_>,
    lanes: &[SequenceLane],
    rows: &[SequenceRow],
) -> Result<String, ChartError> {
    if lanes.is_empty() || rows.is_empty() {
        return Err(ChartError::Empty);
    }
    let there = |row: &SequenceRow| match row {
        SequenceRow::Message { ends, .. } => ends.0.max(ends.1) < lanes.len(),
        SequenceRow::Note { lane, .. } => *lane < lanes.len(),
        SequenceRow::Silence(_) => true,
    };
    if let Some(place) = rows.iter().position(|row| !there(row)) {
        return Err(ChartError::Numbers(format!("row {}", place + 1)));
    }
    document(texts, lanes, rows).map_err(ChartError::Drawing)
}

fn document(texts: &Texts<'_>, lanes: &[SequenceLane], rows: &[SequenceRow]) -> Result<String, String> {
    let count = i32::try_from(rows.len()).map_err(words)?;
    let frame = Frame::new(texts, HEAD + count * ROW + HEAD);
    let (top, bottom) = (frame.top() + HEAD, frame.bottom() - HEAD);
    let places = Places::new(lanes.len())?;
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        for (lane, named) in lanes.iter().enumerate() {
            let x = places.x(lane);
            line(canvas, &[(x, top), (x, bottom)], QUIET, 1)?;
            for y in [frame.top() + 6, bottom + 6] {
                head(canvas, named, x, y, places.wide)?;
            }
        }
        for (number, row) in (0..).zip(rows) {
            draw(canvas, row, &places, top + number * ROW)?;
        }
        Ok(())
    })?;
    Ok(sheet.finish(texts.alt))
}

/// Where the lanes are.
struct Places {
    wide: i32,
}

impl Places {
    fn new(lanes: usize) -> Result<Self, String> {
        Ok(Self { wide: (LANES.1 - LANES.0) / i32::try_from(lanes).map_err(words)? })
    }

    fn x(&self, lane: usize) -> i32 {
        LANES.0 + self.wide * i32::try_from(lane).unwrap_or(0) + self.wide / 2
    }
}

fn head(canvas: &Canvas<'_>, lane: &SequenceLane, x: i32, y: i32, wide: i32) -> Drawn {
    let room = wide - 16;
    let name = shortened(&lane.name, Room::of(room, BODY_SIZE).bold());
    let about = shortened(&lane.about, Room::of(room, LETTERS));
    let half = (pixels(&name, BODY_SIZE) * 9 / 8).max(pixels(&about, LETTERS)).min(room) / 2 + 8;
    rectangle(canvas, (x - half, y), (x + half, y + HEAD - 12), BAND)?;
    canvas
        .draw(&Rectangle::new([(x - half, y), (x + half, y + HEAD - 12)], QUIET.stroke_width(1)))
        .map_err(words)?;
    text(canvas, &name, (x, y + 15), &bold(BODY_SIZE, INK, HPos::Center))?;
    text(canvas, &about, (x, y + 34), &plain(LETTERS, QUIET, HPos::Center))
}

fn draw(canvas: &Canvas<'_>, row: &SequenceRow, places: &Places, y: i32) -> Drawn {
    let time = |canvas: &Canvas<'_>, at: &str, y: i32| {
        text(canvas, at, (TIMES, y), &plain(LETTERS, QUIET, HPos::Right))
    };
    match row {
        SequenceRow::Message { at, ends, words, sealed, lost } => {
            time(canvas, at, y + ROW - 10)?;
            message(canvas, (places.x(ends.0), places.x(ends.1)), words, *sealed, lost.as_deref(), y)
        }
        SequenceRow::Note { at, lane, kind, words } => {
            time(canvas, at, y + ROW / 2)?;
            note(canvas, places.x(*lane), *kind, words, y)
        }
        SequenceRow::Silence(words) => silence(canvas, words, y),
    }
}

/// An arrow with what it carries above it; twice as thick if it is sealed, and broken off with a cross if it is lost.
fn message(
    canvas: &Canvas<'_>,
    (from, to): (i32, i32),
    said: &str,
    sealed: bool,
    lost: Option<&str>,
    top: i32,
) -> Drawn {
    let y = top + ROW - 10;
    let way = (to - from).signum();
    let color = if lost.is_some() { VERMILION } else { INK };
    let end = if lost.is_some() { from + (to - from) * 3 / 4 } else { to };
    line(canvas, &[(from, y), (end - way * 8, y)], color, if sealed { 3 } else { 1 })?;
    if lost.is_some() {
        for (a, b) in [(-6, -6), (-6, 6)] {
            line(canvas, &[(end + a, y + b), (end - a, y - b)], VERMILION, 2)?;
        }
    } else {
        let tip = vec![(end, y), (end - way * 11, y - 5), (end - way * 11, y + 5)];
        canvas.draw(&Polygon::new(tip, INK.filled())).map_err(words)?;
    }
    let said = lost.map_or_else(|| said.to_owned(), |lost| format!("{said} — {lost}"));
    let middle = i32::midpoint(from, to);
    let room = 2 * (middle - LANES.0).min(LANES.1 - middle);
    let said = shortened(&said, Room::of(room, LETTERS));
    let half = pixels(&said, LETTERS) / 2;
    // The lines of those who only look on must not go through the letters.
    rectangle(canvas, (middle - half, y - 18), (middle + half, y - 4), WHITE)?;
    text(canvas, &said, (middle, y - 11), &plain(LETTERS, color, HPos::Center))
}

fn note(canvas: &Canvas<'_>, x: i32, kind: SequenceKind, said: &str, y: i32) -> Drawn {
    let said = shortened(said, Room::of(LANES.1 - LANES.0 - 24, LETTERS));
    let half = pixels(&said, LETTERS) / 2 + 8;
    let middle = x.clamp(LANES.0 + half, (LANES.1 - half).max(LANES.0 + half));
    let corners = [(middle - half, y + 5), (middle + half, y + ROW - 5)];
    let (color, width) = match kind {
        SequenceKind::Fault => (VERMILION, 3),
        SequenceKind::Failure => (VERMILION, 1),
        SequenceKind::Decision => (hue(0).0, 2),
        SequenceKind::Success => (GREEN, 3),
        SequenceKind::Plain => (GRID, 1),
    };
    rectangle(canvas, corners[0], corners[1], WHITE)?;
    canvas.draw(&Rectangle::new(corners, color.stroke_width(width))).map_err(words)?;
    let style = if matches!(kind, SequenceKind::Plain) { plain } else { bold };
    let size = if matches!(kind, SequenceKind::Plain) { LETTERS } else { LETTERS - 1 };
    text(canvas, &said, (middle, y + ROW / 2), &style(size, INK, HPos::Center))
}

/// A band across all lanes.
fn silence(canvas: &Canvas<'_>, said: &str, y: i32) -> Drawn {
    rectangle(canvas, (MARGIN, y + 5), (LANES.1, y + ROW - 5), BAND)?;
    let said = shortened(said, Room::of(LANES.1 - MARGIN - 24, LETTERS));
    text(
        canvas,
        &said,
        (i32::midpoint(MARGIN, LANES.1), y + ROW / 2),
        &plain(SMALL_SIZE - 2, QUIET, HPos::Center),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: Texts<'_> = Texts { title: "What happened?", caption: "seed 3", alt: "A session." };

    fn lanes() -> Vec<SequenceLane> {
        ["phone", "<lock>"]
            .map(|name| SequenceLane { name: name.to_owned(), about: "central".to_owned() })
            .to_vec()
    }

    fn message(ends: (usize, usize), lost: Option<&str>) -> SequenceRow {
        SequenceRow::Message {
            at: "0.327".to_owned(),
            ends,
            words: "LL_ENC_REQ".to_owned(),
            sealed: false,
            lost: lost.map(str::to_owned),
        }
    }

    /// Messages reach their lane or are crossed out, notes and silence have their words.
    #[test]
    fn a_chart_says_what_happened() {
        let note = SequenceRow::Note {
            at: "0.4".to_owned(),
            lane: 1,
            kind: SequenceKind::Failure,
            words: "FAILED".to_owned(),
        };
        let rows =
            [message((0, 1), None), message((1, 0), Some("lost")), note, SequenceRow::Silence("2 s".into())];
        let svg = sequence(&SAID, &lanes(), &rows).unwrap();
        for part in ["LL_ENC_REQ", "LL_ENC_REQ — lost", "FAILED", "2 s", "&lt;lock&gt;", "0.327"] {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert_eq!(svg.matches("<polygon").count(), 1, "one arrives");
        assert_eq!(svg, sequence(&SAID, &lanes(), &rows).unwrap());
    }

    /// A row of nobody is refused.
    #[test]
    fn nobody_is_refused() {
        assert_eq!(sequence(&SAID, &lanes(), &[]), Err(ChartError::Empty));
        let bad = sequence(&SAID, &lanes(), &[message((0, 2), None)]);
        assert_eq!(bad, Err(ChartError::Numbers("row 1".to_owned())));
    }
}
