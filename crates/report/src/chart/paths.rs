//! Recovery paths: which first error led to which action of the policy, and that to which end, each as wide as often
//! it was taken.
//!
//! Invariant: what comes in on the left goes out on the right; what is too seldom for a name of its own is summed up
//! as others, not left out. Must never know: what an error is, or an action.

mod bands;

use super::frame::{Frame, MARGIN, WIDTH};
use super::sheet::{Canvas, Drawn, Sheet, rectangle, text, words};
use super::text::{Room, shortened};
use super::theme::{BODY_SIZE, GREEN, INK, ORANGE, QUIET, SMALL_SIZE, VERMILION, bold, plain};
use super::{ChartError, Texts};
use crate::words::thousands;
use bands::{Flow, Plan, Stack};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// A policy and its ways.
#[derive(Clone, Debug, PartialEq)]
pub struct PathGroup {
    /// The policy's name.
    pub name: String,
    /// Its number, by which a page knows what belongs to it.
    pub policy: usize,
    /// What is said beside the name.
    pub about: String,
    /// The ways with an error.
    pub ways: Vec<PathWay>,
}

/// A way.
#[derive(Clone, Debug, PartialEq)]
pub struct PathWay {
    /// The first error.
    pub error: String,
    /// What the policy did.
    pub action: String,
    /// How it ended.
    pub end: String,
    /// How good that is: 0 well, 1 badly, 2 neither.
    pub kind: usize,
    /// How many sessions.
    pub count: u64,
}

/// Names that a column has room for; the rest are others.
const MOST: usize = 6;
/// Left edges of the three columns of boxes, and their width.
const COLUMNS: [i32; 3] = [410, 630, 976];
const BOX: i32 = 12;
const HEADING: i32 = 44;
const GAP: i32 = 26;

/// Draws the paths of each group, one below the other, as a standalone SVG document (UTF-8, white background, no
/// fonts embedded). A group without a way is left out.
///
/// # Errors
/// [`ChartError`] when no group has a way, or when drawing fails.
pub fn paths(texts: &Texts<'_>, groups: &[PathGroup]) -> Result<String, ChartError> {
    let shown: Vec<(&PathGroup, Plan)> =
        groups.iter().map(|group| (group, plan(group))).filter(|(_, plan)| !plan.flows.is_empty()).collect();
    if shown.is_empty() {
        return Err(ChartError::Empty);
    }
    document(texts, &shown).map_err(ChartError::Drawing)
}

/// The three columns of a group, and the ways between them.
fn plan(group: &PathGroup) -> Plan {
    let counted = |name: fn(&PathWay) -> &str| {
        let mut found: Vec<(&str, u64)> = Vec::new();
        for way in group.ways.iter().filter(|way| way.count > 0) {
            match found.iter_mut().find(|(known, _)| *known == name(way)) {
                Some((_, count)) => *count += way.count,
                None => found.push((name(way), way.count)),
            }
        }
        // The order of the ways decides among equals.
        found.sort_by_key(|&(_, count)| u64::MAX - count);
        found.into_iter().map(|(name, _)| name).collect::<Vec<&str>>()
    };
    let [errors, actions, ends] =
        [counted(|way| &way.error), counted(|way| &way.action), counted(|way| &way.end)];
    let place = |names: &[&str], name: &str| {
        let found = names.iter().position(|known| *known == name).unwrap_or(0);
        if names.len() > MOST { found.min(MOST - 1) } else { found }
    };
    let flow = |way: &PathWay| Flow {
        places: [place(&errors, &way.error), place(&actions, &way.action), place(&ends, &way.end)],
        kind: way.kind,
        count: way.count,
    };
    let flows = group.ways.iter().filter(|way| way.count > 0).map(flow).collect();
    let stacks = [(errors, "other errors"), (actions, "other actions"), (ends, "other ends")];
    Plan::new(stacks.map(|(names, others)| named(&names, others)), flows)
}

fn named(names: &[&str], others: &str) -> Vec<String> {
    let mut shown: Vec<String> = names.iter().take(MOST).map(|name| (*name).to_owned()).collect();
    if names.len() > MOST {
        shown[MOST - 1] = format!("{} {others}", names.len() - MOST + 1);
    }
    shown
}

fn document(texts: &Texts<'_>, groups: &[(&PathGroup, Plan)]) -> Result<String, String> {
    let heights: i32 = groups.iter().map(|(_, plan)| HEADING + plan.height() + GAP).sum();
    let frame = Frame::new(texts, 34 + heights);
    let mut sheet = Sheet::new(WIDTH, frame.height());
    sheet.layer(None, |canvas| {
        frame.draw(canvas)?;
        let y = frame.top() + 20;
        let style = |anchor| plain(SMALL_SIZE, QUIET, anchor);
        text(canvas, "first error of a session", (COLUMNS[0] + BOX, y), &style(HPos::Right))?;
        text(canvas, "all that the policy did", (COLUMNS[1], y), &style(HPos::Left))?;
        text(canvas, "how it ended", (COLUMNS[2], y), &style(HPos::Left))
    })?;
    let mut y = frame.top() + 34;
    for (group, plan) in groups {
        sheet.layer(Some(group.policy), |canvas| draw(canvas, group, plan, y))?;
        y += HEADING + plan.height() + GAP;
    }
    Ok(sheet.finish(texts.alt))
}

fn draw(canvas: &Canvas<'_>, group: &PathGroup, plan: &Plan, y: i32) -> Drawn {
    let name = shortened(&group.name, Room::of(340, BODY_SIZE).bold());
    text(canvas, &name, (MARGIN, y + HEADING / 2), &bold(BODY_SIZE, INK, HPos::Left))?;
    let about = shortened(&group.about, Room::of(WIDTH - MARGIN - COLUMNS[0], SMALL_SIZE));
    text(canvas, &about, (COLUMNS[0], y + HEADING / 2), &plain(SMALL_SIZE, QUIET, HPos::Left))?;
    let top = y + HEADING;
    let placed = plan.ribbons();
    for ribbon in &placed {
        let (from, to) = (COLUMNS[ribbon.column] + BOX, COLUMNS[ribbon.column + 1]);
        let outline = ribbon.outline((from, to), top);
        canvas.draw(&Polygon::new(outline, color(ribbon.kind).mix(0.32).filled())).map_err(words)?;
    }
    for (column, stack) in plan.stacks.iter().enumerate() {
        boxes(canvas, column, stack, top)?;
    }
    Ok(())
}

fn boxes(canvas: &Canvas<'_>, column: usize, stack: &Stack, top: i32) -> Drawn {
    let x = COLUMNS[column];
    for part in &stack.parts {
        let (from, to) = (top + part.from, (top + part.from + part.thick).max(top + part.from + 2));
        rectangle(canvas, (x, from), (x + BOX, to), QUIET)?;
        let middle = i32::midpoint(from, to);
        let count = thousands(part.count);
        match column {
            0 => {
                let room = Room::of(x - 12 - MARGIN, SMALL_SIZE);
                let words = shortened(&format!("{}  {count}", part.name), room);
                text(canvas, &words, (x - 8, middle), &plain(SMALL_SIZE, INK, HPos::Right))?;
            }
            1 => {
                let words = shortened(&part.name, Room::of(COLUMNS[2] - x - 50, SMALL_SIZE));
                let words = format!("{words}  {count}");
                text(canvas, &words, (x + BOX + 8, middle), &plain(SMALL_SIZE, INK, HPos::Left))?;
            }
            _ => {
                let words = shortened(&part.name, Room::of(WIDTH - MARGIN - x - 68, SMALL_SIZE));
                let words = format!("{words}  {count}");
                text(canvas, &words, (x + BOX + 8, middle), &bold(SMALL_SIZE, INK, HPos::Left))?;
            }
        }
    }
    Ok(())
}

fn color(kind: usize) -> RGBColor {
    [GREEN, VERMILION, ORANGE].get(kind).copied().unwrap_or(QUIET)
}
