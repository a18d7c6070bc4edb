//! The script of a session: acts in the order they are played, reconnections written out.

use super::device::Resolved;
use super::fault::who;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{ActSpec, ScenarioSpec};
use blesim_kernel::Span;
use blesim_world::Act;

/// The most acts, with reconnections written out.
const MOST: usize = 256;
/// The most reconnections of one word.
const MOST_TIMES: i64 = 64;
/// How long a device is off that gets other firmware: an assumption.
const UPDATE: Span = Span::from_secs(5);

pub(super) fn resolve(spec: &ScenarioSpec, devices: &[Resolved], stay: Span, cx: &mut Cx) -> Vec<Act> {
    let Some(acts) = &spec.script else { return Vec::new() };
    let root = Path::root().field("script");
    if !matches!(acts.first(), Some(ActSpec::Pair)) {
        let problem = cx.at("S220", &root, "a script begins with `Pair`: the devices meet");
        cx.error(problem.help("write `Pair` before what is here"));
    }
    if !stay.is_zero() {
        let problem = cx.at("S221", &root, "a script says itself how long links stay");
        cx.error(problem.help("leave out `stay` of `limits`, and write `Stay(..)` in the script"));
    }
    let mut all = Vec::new();
    for (index, act) in acts.iter().enumerate() {
        one(act, devices, &root.index(index), cx, &mut all);
    }
    if all.len() > MOST {
        let title = format!("a script has at most {MOST} acts, with reconnections written out");
        cx.error(cx.at("S222", &root, title));
    }
    all
}

fn one(act: &ActSpec, devices: &[Resolved], path: &Path, cx: &mut Cx, all: &mut Vec<Act>) {
    match act {
        ActSpec::Pair => all.push(Act::Secure),
        ActSpec::Stay(time) | ActSpec::Wait(time) => all.push(Act::Stay(cx.span(*time, path))),
        ActSpec::Disconnect => all.push(Act::Disconnect),
        ActSpec::Reconnect { times, after } => {
            let after = after.map(|after| cx.span(after, &path.field("after")));
            let times = times.unwrap_or(1);
            if !(1..=MOST_TIMES).contains(&times) {
                let title = format!("a link is made anew 1 to {MOST_TIMES} times");
                let problem = cx.at("S223", &path.field("times"), title);
                cx.error(problem.write("the nearest legal value is", times.clamp(1, MOST_TIMES).to_string()));
            }
            for _ in 0..times.clamp(1, MOST_TIMES) {
                all.push(Act::Disconnect);
                all.extend(after.map(Act::Stay));
                all.push(Act::Secure);
            }
        }
        ActSpec::Forget(name) => all.extend(who(name, devices, &path.index(0), cx).map(Act::Forget)),
        ActSpec::PowerCycle(name, off) => {
            let off = cx.span(*off, &path.index(1));
            all.extend(who(name, devices, &path.index(0), cx).map(|device| Act::PowerCycle(device, off)));
        }
        ActSpec::UpdateFirmware(name) => {
            all.extend(who(name, devices, &path.index(0), cx).map(|device| Act::Update(device, UPDATE)));
        }
    }
}
