//! The radio of a device: power, sensitivity and where it is.

use super::range::level;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{RadioSpec, SensitivitySpec};
use crate::unit::{Length, Power, Time};
use blesim_kernel::Instant;
use blesim_world::{Radio, Sensitivity, Waypoint};

/// How far from the origin a device can be, in millimetres.
const FARTHEST_MM: i32 = 10_000_000;
/// The most waypoints of a path.
const MOST_WAYPOINTS: usize = 64;
const POWER: &str = "Vol 6 Part A 3: an output power of 0.01 mW to 100 mW";
const SENSITIVITY: &str =
    "Vol 6 Part A 4.1: the reference sensitivity that every receiver reaches, or better";

pub(super) fn resolve(spec: Option<&RadioSpec>, path: &Path, cx: &mut Cx) -> Radio {
    let Some(spec) = spec else { return Radio::default() };
    let at = path.field("power");
    let power =
        level(spec.power.map(Power::hundredths), 0, (-2_000, 2_000), ("transmit power", POWER), &at, cx);
    let sensitivity = sensitivity(spec.sensitivity.unwrap_or_default(), &path.field("sensitivity"), cx);
    Radio { power, sensitivity, path: way(spec, path, cx) }
}

/// A PHY that is left out keeps its distance to LE 1M.
fn sensitivity(spec: SensitivitySpec, path: &Path, cx: &mut Cx) -> Sensitivity {
    let required = Sensitivity::REQUIRED;
    let mut one = |value: Option<Power>, usual: i32, most: i32, field: &str| {
        let name = ("reference sensitivity", SENSITIVITY);
        level(value.map(Power::hundredths), usual, (-13_000, most), name, &path.field(field), cx)
    };
    let le_1m = one(spec.le_1m, required.le_1m, required.le_1m, "le_1m");
    let better = le_1m - required.le_1m;
    let mut other =
        |value, required: i32, field| one(value, (required + better).max(-13_000), required, field);
    Sensitivity {
        le_1m,
        le_2m: other(spec.le_2m, required.le_2m, "le_2m"),
        coded_s2: other(spec.coded_s2, required.coded_s2, "coded_s2"),
        coded_s8: other(spec.coded_s8, required.coded_s8, "coded_s8"),
    }
}

fn way(spec: &RadioSpec, path: &Path, cx: &mut Cx) -> Vec<Waypoint> {
    if spec.place.is_some() && spec.path.is_some() {
        let problem = cx.at("S177", &path.field("place"), "a device has a `place` or a `path`, not both");
        cx.error(problem.help("leave one of them out"));
    }
    if let Some((x, y)) = spec.place {
        let path = path.field("place");
        let (x, y) = (length(x, &path.index(0), cx), length(y, &path.index(1), cx));
        return vec![Waypoint { at: Instant::ZERO, x, y }];
    }
    let path = path.field("path");
    let spec = spec.path.as_deref().unwrap_or_default();
    if spec.len() > MOST_WAYPOINTS {
        let title = format!("a path has at most {MOST_WAYPOINTS} waypoints, this one {}", spec.len());
        cx.error(cx.at("S177", &path.index(MOST_WAYPOINTS), title));
    }
    let mut way: Vec<Waypoint> = Vec::new();
    for (index, (at, x, y)) in spec.iter().enumerate().take(MOST_WAYPOINTS) {
        let path = path.index(index);
        let at = instant(*at, &path.index(0), cx);
        if way.last().is_some_and(|before| before.at >= at) {
            let title = "this waypoint is not later than the one before it";
            cx.error(cx.at("S177", &path.index(0), title).help("waypoints stand in the order of time"));
        }
        let (x, y) = (length(*x, &path.index(1), cx), length(*y, &path.index(2), cx));
        way.push(Waypoint { at, x, y });
    }
    way
}

fn instant(time: Time, path: &Path, cx: &mut Cx) -> Instant {
    Instant::ZERO + cx.span(time, path)
}

fn length(length: Length, path: &Path, cx: &mut Cx) -> i32 {
    let millimetres = length.millimetres();
    let nearest = millimetres.clamp(-FARTHEST_MM, FARTHEST_MM);
    if nearest != millimetres {
        let problem = cx.at("S179", path, "a place lies at most ten kilometres from the origin");
        cx.error(problem.write("the nearest is", if nearest < 0 { "m(-10000)" } else { "m(10000)" }));
    }
    nearest
}
