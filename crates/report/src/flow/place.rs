//! Where boxes stand and which way arrows go.
//!
//! Invariant: rows never overlap: each is as high as the words on its arrow and the lines in its box need.

use blesim_scenario::policy::{Arrow, Picture, Spot};

/// The width of the picture.
pub(super) const WIDTH: i32 = 1060;
/// From the top of a box to its first line, and from line to line.
pub(super) const HEAD: i32 = 20;
pub(super) const LINE: i32 = 16;

const LEFT: i32 = 20;
const TOP: i32 = 84;
/// The boxes of attempt and failure.
const SMALL: (i32, i32) = (180, 34);
/// The line down from the failure, from which rules branch off.
const SPINE: i32 = 50;
/// The column of rules.
const RULES: i32 = 420;
const RULE_WIDTH: i32 = 250;
/// The rails: back to the attempt, back to the failure, on to the end.
const RAILS: [i32; 3] = [1000, 970, 1030];
/// Letters that fit between the spine and the rules.
const LETTERS: usize = 50;
/// Letters that fit below the title.
pub(super) const CAPTION_LETTERS: usize = 140;
/// Between rows, and between the arrows that leave a box.
const GAP: i32 = 26;
const APART: i32 = 30;
/// What is above a line, and below it.
const ABOVE: i32 = 6;
const BELOW: i32 = 15;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Box {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// The way of an arrow, and where its words and its count stand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Way {
    pub(super) points: Vec<(i32, i32)>,
    pub(super) lines: Vec<String>,
    pub(super) words: (i32, i32),
    pub(super) count: (i32, i32),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Plan {
    boxes: Vec<(Spot, Box)>,
    /// The arrows that leave each rule, in the order in which they leave it.
    leaving: Vec<(Spot, Vec<Spot>)>,
    pub(super) height: i32,
}

impl Plan {
    /// Under a title and so many lines of caption.
    pub(super) fn of(picture: &Picture, caption: usize) -> Self {
        let top = TOP + LINE * count(caption.saturating_sub(1));
        let small = |x, y| Box { x, y, width: SMALL.0, height: SMALL.1 };
        let mut boxes = vec![
            (Spot::Attempt, small(LEFT, top)),
            (Spot::Failure, small(LEFT, top + 90)),
            (Spot::Secured, small(RULES, top)),
        ];
        let mut leaving = Vec::new();
        let mut y = top + 90 + SMALL.1 + GAP;
        for node in picture.nodes.iter().filter(|node| matches!(node.spot, Spot::Rule(_))) {
            let out = picture.arrows.iter().filter(|arrow| arrow.from == node.spot);
            let mut out: Vec<Spot> = out.map(|arrow| arrow.to).collect();
            out.sort_unstable();
            let into = picture.arrows.iter().find(|arrow| arrow.to == node.spot);
            let words = into.map_or(0, |arrow| lines(&arrow.words, LETTERS).len());
            let needs = [
                LINE * count(words) * 2 + 2 * ABOVE,
                HEAD + LINE * count(node.lines.len()),
                APART * count(out.len()),
            ];
            let height = needs.into_iter().max().unwrap_or(0);
            boxes.push((node.spot, Box { x: RULES, y, width: RULE_WIDTH, height }));
            leaving.push((node.spot, out));
            y += height + GAP;
        }
        boxes.push((Spot::GaveUp, small(RULES, y)));
        Self { boxes, leaving, height: y + SMALL.1 + LEFT }
    }

    pub(super) fn node(&self, spot: Spot) -> Option<Box> {
        self.boxes.iter().find(|(known, _)| *known == spot).map(|(_, found)| *found)
    }

    /// The way of an arrow between boxes that are there.
    pub(super) fn way(&self, arrow: &Arrow) -> Option<Way> {
        let (from, to) = (self.node(arrow.from)?, self.node(arrow.to)?);
        let middle = |found: Box| found.y + found.height / 2;
        Some(match (arrow.from, arrow.to) {
            (Spot::Attempt, Spot::Failure) => {
                let x = LEFT + SMALL.0 / 2;
                let below = from.y + from.height;
                let words = (x + 8, below + 24);
                let points = vec![(x, below), (x, to.y)];
                Way { points, lines: vec![arrow.words.clone()], words, count: (x + 8, words.1 + LINE) }
            }
            (Spot::Attempt, _) => {
                let (x, y) = (from.x + from.width, middle(from));
                level(vec![(x, y), (to.x, y)], x + 12, &arrow.words)
            }
            (Spot::Failure, _) => {
                let (below, y) = (from.y + from.height, middle(to));
                level(vec![(SPINE, below), (SPINE, y), (to.x, y)], SPINE + 12, &arrow.words)
            }
            (rule, _) => self.rail(rule, arrow, from, to),
        })
    }

    /// From a rule to a rail, and along it to where it leads.
    fn rail(&self, rule: Spot, arrow: &Arrow, from: Box, to: Box) -> Way {
        let out = self.leaving.iter().find(|(known, _)| *known == rule).map_or(&[][..], |(_, out)| out);
        let place = out.iter().position(|end| *end == arrow.to).unwrap_or(0);
        let y = from.y + from.height * (2 * count(place) + 1) / (2 * count(out.len()).max(1));
        let (x, end) = (from.x + from.width, (to.x + to.width, to.y + to.height / 2));
        let points = match arrow.to {
            Spot::Attempt => {
                // Over the secured link's box, and down into the attempt's.
                let (over, down) = (to.y - 22, to.x + to.width / 2);
                vec![(x, y), (RAILS[0], y), (RAILS[0], over), (down, over), (down, to.y)]
            }
            Spot::Failure => vec![(x, y), (RAILS[1], y), (RAILS[1], end.1), end],
            _ => vec![(x, y), (RAILS[2], y), (RAILS[2], end.1), end],
        };
        level(points, x + 12, &arrow.words)
    }
}

/// Words above a level line that begins left of `x`, and the count below it.
fn level(points: Vec<(i32, i32)>, x: i32, words: &str) -> Way {
    let lines = lines(words, LETTERS);
    // The line with the words is the one that leaves the spine or the box.
    let y = if points.len() == 3 { points[1].1 } else { points[0].1 };
    let first = y - ABOVE - LINE * (count(lines.len()) - 1);
    Way { points, lines, words: (x, first), count: (x, y + BELOW) }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX / 1024).min(i32::MAX / 1024)
}

/// Words in lines of at most so many letters.
pub(super) fn lines(words: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if lines[last].chars().count() + 1 + word.chars().count() <= letters {
            lines[last].push(' ');
            lines[last].push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
