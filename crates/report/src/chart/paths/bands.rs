//! Where the boxes and ribbons of recovery paths lie.
//!
//! Invariant: a box is as thick as all ribbons into it and out of it together, and boxes of a column are so far apart
//! that their names do not overlap. Must never know: colours, words.

/// The thickness of all sessions together, in pixels.
const THICK: i32 = 96;
/// The room of a name.
const NAME: i32 = 23;
/// Steps of a ribbon's edge.
const STEPS: i32 = 12;

/// A way as places in the three columns.
pub(super) struct Flow {
    pub(super) places: [usize; 3],
    pub(super) kind: usize,
    pub(super) count: u64,
}

/// A box of a column.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) count: u64,
    pub(super) from: i32,
    pub(super) thick: i32,
}

/// A column.
pub(super) struct Stack {
    pub(super) parts: Vec<Part>,
}

/// The columns and the flows between them.
pub(super) struct Plan {
    pub(super) stacks: [Stack; 3],
    pub(super) flows: Vec<Flow>,
    total: u64,
}

/// A ribbon from a column to the next.
pub(super) struct Ribbon {
    pub(super) column: usize,
    pub(super) kind: usize,
    /// Upper ends, in hundredths of a pixel.
    ends: [i64; 2],
    thick: i64,
}

impl Plan {
    pub(super) fn new(names: [Vec<String>; 3], flows: Vec<Flow>) -> Self {
        let total: u64 = flows.iter().map(|flow| flow.count).sum();
        let mut column = 0;
        let stacks = names.map(|names| {
            let part = |(place, name): (usize, String)| {
                let here = flows.iter().filter(|flow| flow.places[column] == place);
                let count = here.map(|flow| flow.count).sum();
                Part { name, count, from: 0, thick: pixels(thick(count, total)) }
            };
            let mut parts: Vec<Part> = names.into_iter().enumerate().map(part).collect();
            let mut y = 0;
            for part in &mut parts {
                // A name is centred on its box, and needs its room above and below.
                let room = part.thick.max(NAME);
                part.from = y + (room - part.thick) / 2;
                y += room + 3;
            }
            column += 1;
            Stack { parts }
        });
        Self { stacks, flows, total }
    }

    /// How high the tallest column is.
    pub(super) fn height(&self) -> i32 {
        let ends = self.stacks.iter().filter_map(|stack| stack.parts.last());
        ends.map(|part| part.from + part.thick.max(NAME)).max().unwrap_or(0)
    }

    /// The ribbons of both gaps, those of a box in the order of where they lead.
    pub(super) fn ribbons(&self) -> Vec<Ribbon> {
        let mut ribbons = Vec::new();
        for column in 0..2 {
            let mut joined: Vec<([usize; 2], usize, u64)> = Vec::new();
            for flow in &self.flows {
                let ends = [flow.places[column], flow.places[column + 1]];
                match joined.iter_mut().find(|(known, kind, _)| *known == ends && *kind == flow.kind) {
                    Some((.., count)) => *count += flow.count,
                    None => joined.push((ends, flow.kind, flow.count)),
                }
            }
            joined.sort_unstable_by_key(|&(ends, kind, _)| (ends, kind));
            let start = |stack: &Stack| {
                stack.parts.iter().map(|part| i64::from(part.from) * 100).collect::<Vec<i64>>()
            };
            let (mut out, mut into) = (start(&self.stacks[column]), start(&self.stacks[column + 1]));
            for ([from, to], kind, count) in joined {
                let thick = thick(count, self.total);
                ribbons.push(Ribbon { column, kind, ends: [out[from], into[to]], thick });
                out[from] += thick;
                into[to] += thick;
            }
        }
        ribbons
    }
}

/// How thick so many sessions are, in hundredths of a pixel.
fn thick(count: u64, total: u64) -> i64 {
    let hundredths = u128::from(count) * 100 * u128::from(THICK.unsigned_abs()) / u128::from(total.max(1));
    i64::try_from(hundredths).unwrap_or(i64::MAX)
}

fn pixels(hundredths: i64) -> i32 {
    i32::try_from((hundredths + 50) / 100).unwrap_or(THICK)
}

impl Ribbon {
    /// The outline between two columns, below `top`; at least a pixel thick.
    pub(super) fn outline(&self, (left, right): (i32, i32), top: i32) -> Vec<(i32, i32)> {
        let edge = |down: i64| {
            let [from, to] = self.ends.map(|end| pixels(end + down));
            (0..=STEPS).map(move |step| {
                // A smooth step, in fractions of its cube.
                let (s, n) = (i64::from(step), i64::from(STEPS));
                let (part, whole) = (3 * s * s * n - 2 * s * s * s, n * n * n);
                let y = i64::from(from) + (i64::from(to - from) * part + whole / 2).div_euclid(whole);
                (left + (right - left) * step / STEPS, top + i32::try_from(y).unwrap_or(0))
            })
        };
        let lower: Vec<(i32, i32)> = edge(self.thick.max(100)).collect();
        edge(0).chain(lower.into_iter().rev()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes into a box comes out of it, and boxes do not overlap.
    #[test]
    fn nothing_gets_lost() {
        let flow = |places, count| Flow { places, kind: 0, count };
        let flows = vec![flow([0, 0, 0], 700), flow([0, 1, 1], 200), flow([1, 1, 0], 99), flow([1, 0, 1], 1)];
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let plan = Plan::new([names(), names(), names()], flows);
        for stack in &plan.stacks {
            assert_eq!(stack.parts.iter().map(|part| part.count).sum::<u64>(), 1_000);
            assert!(stack.parts[0].from + stack.parts[0].thick < stack.parts[1].from);
        }
        for column in 0..2 {
            let ribbons = plan.ribbons();
            let thick: i64 =
                ribbons.iter().filter(|ribbon| ribbon.column == column).map(|ribbon| ribbon.thick).sum();
            assert!((9_590..=9_600).contains(&thick), "{thick}");
        }
        let outline = plan.ribbons()[0].outline((0, 160), 10);
        assert_eq!((outline[0], outline.len()), ((0, 10), 26));
    }
}
