//! Quantities that HCI and the link layer count in steps: the range, the step, and the nearest legal values.

use crate::cx::Cx;
use crate::locate::Path;
use crate::unit::{Level, Time, decimal, written};
use blesim_kernel::Span;

/// What a parameter may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    /// What it is called.
    pub(super) name: &'static str,
    /// Nanoseconds of one step.
    pub(super) step: u64,
    /// The least number of steps.
    pub(super) least: u16,
    /// The greatest number of steps.
    pub(super) most: u16,
    /// Where that is said.
    pub(super) rule: &'static str,
}

impl Steps {
    /// The time in steps; where it is not legal, an error with the neighbours, and the nearest legal number.
    pub(super) fn count(self, time: Option<Time>, usual: u16, path: &Path, cx: &mut Cx) -> u16 {
        let Some(time) = time else { return usual };
        let Ok(span) = time.span() else {
            cx.span(time, path);
            return usual;
        };
        let nanos = span.as_nanos();
        let steps = nanos / self.step;
        let (least, most) = (u64::from(self.least), u64::from(self.most));
        let low = steps.clamp(least, most);
        if nanos % self.step == 0 && steps == low {
            return u16::try_from(steps).expect("it lies between two such numbers");
        }
        let (from, to) = (self.span(least), self.span(most));
        let each = Span::from_nanos(self.step);
        let inside = (least..most).contains(&steps);
        let title = if inside {
            format!("the {} goes in steps of {each}", self.name)
        } else {
            format!("the {} lies between {from} and {to}", self.name)
        };
        let problem =
            cx.at("S110", path, title).note(format!("{}: {from} to {to} in steps of {each}", self.rule));
        let high = (low + 1).min(most);
        let nearest = if inside && 2 * (nanos % self.step) > self.step { high } else { low };
        let help = if inside {
            format!("the neighbours are {} and {}", self.span(low), self.span(high))
        } else {
            "the nearest legal value is".to_owned()
        };
        cx.error(problem.write(help, written(self.span(nearest))));
        u16::try_from(nearest).expect("it lies between two such numbers")
    }

    fn span(self, steps: u64) -> Span {
        Span::from_nanos(steps * self.step)
    }
}

/// A whole number between two others; where it is not, an error, and the nearest one.
pub(super) fn whole(
    (value, usual): (Option<i64>, i64),
    (least, most): (i64, i64),
    (name, rule): (&str, &str),
    path: &Path,
    cx: &mut Cx,
) -> i64 {
    let value = value.unwrap_or(usual);
    let nearest = value.clamp(least, most);
    if value != nearest {
        let problem = cx.at("S111", path, format!("the {name} lies between {least} and {most}"));
        let problem = if rule.is_empty() { problem } else { problem.note(rule.to_owned()) };
        cx.error(problem.write("the nearest legal value is", nearest.to_string()));
    }
    nearest
}

/// A level in hundredths of a decibel (of dBm), between two others; where it is not, an error, and the
/// nearest.
pub(super) fn level(
    value: Option<Level>,
    usual: i32,
    (least, most): (i32, i32),
    (name, rule): (&str, &str),
    path: &Path,
    cx: &mut Cx,
) -> i32 {
    let Some(Level { hundredths, unit }) = value else { return usual };
    let nearest = hundredths.clamp(least, most);
    if nearest != hundredths {
        let (from, to) = (decimal(least), decimal(most));
        let title = format!("the {name} lies between {from} and {to} {unit}");
        let problem = cx.at("S179", path, title);
        let problem = if rule.is_empty() { problem } else { problem.note(rule.to_owned()) };
        cx.error(problem.write("the nearest legal value is", format!("{unit}({})", decimal(nearest))));
    }
    nearest
}
