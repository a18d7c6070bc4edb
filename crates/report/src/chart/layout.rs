//! Where everything stands, in pixels from the top left corner.
//!
//! Invariant: columns do not overlap for any input: texts are cut or broken to the room their column has.
//! Must never know: what is drawn, or how.

use super::scale::TimeScale;
use super::text::{Room, shortened, wrapped};

/// Width of the whole chart; the height follows from the number of rows.
pub(super) const WIDTH: i32 = 1200;
/// Left and right margin.
pub(super) const MARGIN: i32 = 24;
/// The success panel, 0 % at the left end and 100 % at the right.
pub(super) const SUCCESS: (i32, i32) = (316, 596);
/// Right end of the success value column.
pub(super) const SUCCESS_VALUE: i32 = 694;
/// The time panel, the ends of its scale.
pub(super) const TIME: (i32, i32) = (728, 1008);
/// Right end of the time value column.
pub(super) const TIME_VALUE: i32 = WIDTH - MARGIN;

/// Letter heights.
pub(super) const TITLE_SIZE: i32 = 25;
/// As [`TITLE_SIZE`], for names, values and panel headings.
pub(super) const BODY_SIZE: i32 = 18;
/// As [`TITLE_SIZE`], for axis labels and the caption.
pub(super) const SMALL_SIZE: i32 = 16;

/// The room of each text, in ems of its own letters.
const TITLE_ROOM: Room = Room::of(WIDTH - 2 * MARGIN, TITLE_SIZE).bold();
const CAPTION_ROOM: Room = Room::of(WIDTH - 2 * MARGIN, SMALL_SIZE);
const NAME_ROOM: Room = Room::of(SUCCESS.0 - 12 - MARGIN, BODY_SIZE);

const TITLE_LINE: i32 = 34;
const HEADING: i32 = 44;
const ROW: i32 = 46;
const AXIS: i32 = 44;
const CAPTION_LINE: i32 = 24;

/// The texts broken into lines, and the heights that follow from them.
pub(super) struct Layout {
    pub(super) title: Vec<String>,
    pub(super) caption: Vec<String>,
    rows: i32,
}

impl Layout {
    pub(super) fn new(title: &str, caption: &str, rows: usize) -> Self {
        let rows = i32::try_from(rows).unwrap_or(i32::MAX / ROW / 2);
        Self { title: wrapped(title, TITLE_ROOM), caption: wrapped(caption, CAPTION_ROOM), rows }
    }

    /// Middle of a line of the title.
    pub(super) fn title_line(line: i32) -> i32 {
        MARGIN + line * TITLE_LINE + TITLE_LINE / 2
    }

    /// Middle of the panel headings.
    pub(super) fn heading(&self) -> i32 {
        self.top() - HEADING / 2
    }

    /// Upper edge of the first row.
    pub(super) fn top(&self) -> i32 {
        MARGIN + lines(&self.title) * TITLE_LINE + HEADING
    }

    /// Upper and lower edge of a row.
    pub(super) fn row(&self, row: i32) -> (i32, i32) {
        (self.top() + row * ROW, self.top() + (row + 1) * ROW)
    }

    /// Lower edge of the last row: the axis line.
    pub(super) fn bottom(&self) -> i32 {
        self.top() + self.rows * ROW
    }

    /// Middle of a line of the caption.
    pub(super) fn caption_line(&self, line: i32) -> i32 {
        self.bottom() + AXIS + line * CAPTION_LINE + CAPTION_LINE / 2
    }

    /// Height of the whole chart.
    pub(super) fn height(&self) -> i32 {
        self.bottom() + AXIS + lines(&self.caption) * CAPTION_LINE + MARGIN / 2
    }
}

/// A policy's name as its column has room for it.
pub(super) fn name(full: &str) -> String {
    shortened(full, NAME_ROOM)
}

/// The pixel of a share on the success panel.
pub(super) fn share_x(share: f64) -> i32 {
    along(SUCCESS, share)
}

/// The pixel of a time on the time panel.
pub(super) fn time_x(scale: TimeScale, time: u64) -> i32 {
    along(TIME, scale.position(time))
}

#[expect(clippy::cast_possible_truncation, reason = "a fraction of a panel's width is a small number")]
fn along((left, right): (i32, i32), fraction: f64) -> i32 {
    left + (f64::from(right - left) * fraction).round() as i32
}

fn lines(text: &[String]) -> i32 {
    i32::try_from(text.len()).unwrap_or(i32::MAX / TITLE_LINE / 4)
}
