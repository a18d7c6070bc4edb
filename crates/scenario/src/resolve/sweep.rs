//! What a scenario varies over a grid: fields of the file itself, by their paths, each with the values it
//! takes.

use crate::cx::Cx;
use crate::locate::{Path, locate_whole};
use crate::spec::{AxisSpec, SweepSpec};
use crate::sweep::{Axis, MOST_POINTS, Sweep};
use std::ops::Range;

/// The share that is kept unless another is asked for.
const USUAL_SHARE: f64 = 0.99;

pub(super) fn resolve(spec: &SweepSpec, cx: &mut Cx) -> Sweep {
    let root = Path::root().field("sweep");
    let over = root.field("over");
    if spec.over.is_empty() {
        let problem = cx.at("S170", &over, "this varies nothing");
        cx.error(problem.write("for example", "[(what: \"link.interval\", values: [ms(15), ms(30)])]"));
    }
    let points = spec.over.iter().map(|axis| axis.values.len()).try_fold(1usize, usize::checked_mul);
    if points.is_none_or(|points| points > MOST_POINTS) {
        cx.error(cx.at("S175", &over, format!("a grid has at most {MOST_POINTS} points")));
        return Sweep { axes: Vec::new(), keeps: USUAL_SHARE };
    }
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut axes = Vec::new();
    for (index, axis) in spec.over.iter().enumerate() {
        axes.extend(resolved(axis, &over.index(index), &mut taken, cx));
    }
    let keeps = spec.keeps.map_or(USUAL_SHARE, |percent| {
        cx.chance(percent, &root.field("keeps"));
        percent.value() / 100.0
    });
    Sweep { axes, keeps }
}

fn resolved(axis: &AxisSpec, path: &Path, taken: &mut Vec<Range<usize>>, cx: &mut Cx) -> Option<Axis> {
    let at = path.field("what");
    if axis.values.is_empty() {
        let problem = cx.at("S171", &path.field("values"), "there is no value to try");
        cx.error(problem.help("write the values in the order in which they get harder"));
    }
    let example = "a path is written like `link.interval`, `devices.lock.dh_key_time` or `faults[0].chance`";
    let Ok(target) = axis.what.parse::<Path>() else {
        cx.error(cx.at("S172", &at, "this is no path of a field").note(example.to_owned()));
        return None;
    };
    let found = locate_whole(&cx.source, &target);
    let own = locate_whole(&cx.source, &Path::root().field("sweep"));
    let Some(place) = found else {
        let title = format!("the scenario has no value at `{}`", axis.what);
        let help = "write the field where it belongs, with any value: the sweep puts its own there";
        cx.error(cx.at("S173", &at, title).note(example.to_owned()).help(help));
        return None;
    };
    let meets = |other: &Range<usize>| place.start < other.end && other.start < place.end;
    if own.iter().chain(taken.iter()).any(meets) {
        cx.error(cx.at("S174", &at, "this is varied already, or is part of the sweep itself"));
        return None;
    }
    taken.push(place.clone());
    let value = |index: usize| {
        let place = locate_whole(&cx.source, &path.field("values").index(index))?;
        Some(cx.source.text[place].split_whitespace().collect::<Vec<&str>>().join(" "))
    };
    let values = (0..axis.values.len()).filter_map(value).collect();
    Some(Axis { what: axis.what.clone(), values, place })
}
