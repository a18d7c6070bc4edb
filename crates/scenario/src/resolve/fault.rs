//! The faults: what, to whom and when, with the triggers that fit.

use super::device::Resolved;
use super::quirks;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{EffectSpec, FaultSpec, TriggerSpec};
use crate::unit::{Time, written};
use crate::words::did_you_mean;
use blesim_host::Step;
use blesim_kernel::{Chance, Span};
use blesim_world::Reception;
use blesim_world::fault::{Effect, FaultPlan, Lost, Trigger};

/// The record of a session has a bit for each fault.
const MOST: usize = 32;

pub(super) fn resolve(
    faults: &[FaultSpec],
    devices: &[Resolved],
    limit: Span,
    cx: &mut Cx,
) -> Vec<FaultPlan> {
    let root = Path::root().field("faults");
    if faults.len() > MOST {
        let title = format!("a scenario has at most {MOST} faults, this one {}", faults.len());
        cx.error(cx.at("S130", &root.index(MOST), title));
    }
    faults
        .iter()
        .take(MOST)
        .enumerate()
        .filter_map(|(index, spec)| one(spec, devices, limit, &root.index(index), cx))
        .collect()
}

fn one(spec: &FaultSpec, devices: &[Resolved], limit: Span, path: &Path, cx: &mut Cx) -> Option<FaultPlan> {
    let device = who(&spec.who, devices, &path.field("who"), cx);
    let effect = effect(&spec.what, devices, &path.field("what"), cx);
    let trigger = trigger(&spec.when, limit, &path.field("when"), cx);
    let chance = spec.chance.map_or(Chance::ALWAYS, |chance| cx.chance(chance, &path.field("chance")));
    let of_frame = matches!(effect, Effect::Frame(_));
    let at_frame = matches!(spec.when, TriggerSpec::Frame(_));
    if of_frame != at_frame {
        let name = effect.name();
        let (title, help) = if of_frame {
            (format!("`{name}` strikes one frame, so it needs `Frame(n)`"), "for example")
        } else {
            (format!("`{name}` strikes a device, so it cannot have `Frame(n)`"), "for example")
        };
        let problem = cx.at("S131", &path.field("when"), title);
        cx.error(problem.write(help, if of_frame { "Frame(1)" } else { "At(s(0))" }));
    }
    if effect == Effect::LosePdu && !matches!(spec.when, TriggerSpec::Pdu(..)) {
        let title = "`LosePdu` takes one PDU away, so it needs `Pdu(step, n)`";
        let problem = cx.at("S131", &path.field("when"), title);
        cx.error(problem.write("for example", "Pdu(\"confirm\", 1)"));
    }
    Some(FaultPlan { effect, device: device?, trigger: trigger?, chance })
}

/// The index of a device by its name.
pub(super) fn who(name: &str, devices: &[Resolved], path: &Path, cx: &mut Cx) -> Option<usize> {
    let found = devices.iter().position(|device| device.name == name);
    if found.is_none() {
        let names: Vec<_> = devices.iter().map(|device| device.name.as_str()).collect();
        let problem = cx
            .at("S132", path, format!("there is no device \"{name}\""))
            .note(format!("the devices are: {}", names.join(", ")));
        cx.error(match did_you_mean(name, names) {
            Some(word) => problem.write("did you mean this?", format!("\"{word}\"")),
            None => problem,
        });
    }
    found
}

fn effect(spec: &EffectSpec, devices: &[Resolved], path: &Path, cx: &mut Cx) -> Effect {
    if let EffectSpec::ForgetBondWith(name) = spec {
        return Effect::ForgetBond(Lost::With(who(name, devices, &path.index(0), cx).unwrap_or(0)));
    }
    let mut lasting = |time: Time| {
        let span = cx.span(time, path);
        if span.is_zero() && time.span().is_ok() {
            cx.error(cx.at("S133", path, "a fault of no length is no fault"));
        }
        span.min(Span::from_secs(3_600))
    };
    match *spec {
        EffectSpec::ForgetBond | EffectSpec::ForgetBondWith(_) => Effect::ForgetBond(Lost::All),
        EffectSpec::ForgetBondsInRam => Effect::ForgetBond(Lost::InRam),
        EffectSpec::PowerCut(time) => Effect::PowerCut(lasting(time)),
        EffectSpec::HostSilent(time) => Effect::HostSilent(lasting(time)),
        EffectSpec::RadioStops(time) => Effect::RadioStops(lasting(time)),
        EffectSpec::AppGivesUp => Effect::AppGivesUp,
        EffectSpec::StrayData => Effect::StrayData,
        EffectSpec::LosePdu => Effect::LosePdu,
        EffectSpec::LoseFrame => Effect::Frame(Reception::Lost),
        EffectSpec::BreakFrame => Effect::Frame(Reception::CrcError),
        EffectSpec::CorruptFrame => Effect::Frame(Reception::Corrupted),
    }
}

fn trigger(spec: &TriggerSpec, limit: Span, path: &Path, cx: &mut Cx) -> Option<Trigger> {
    match spec {
        TriggerSpec::At(time) => {
            let at = moment(*time, limit, path, cx);
            Some(Trigger::Between(at, at))
        }
        TriggerSpec::Between(from, to) => {
            let from = moment(*from, limit, &path.index(0), cx);
            let to = moment(*to, limit, &path.index(1), cx);
            if from > to {
                let problem = cx.at("S134", path, "this stretch of time ends before it begins");
                let turned = format!("Between({}, {})", written(to), written(from));
                cx.error(problem.write("turned round", turned));
                return None;
            }
            Some(Trigger::Between(from, to))
        }
        TriggerSpec::Entering(name) => Some(Trigger::Entering(step(name, path, cx)?, 1)),
        TriggerSpec::EnteringNth(name, nth) => {
            let nth = u16::try_from(*nth).ok().filter(|nth| *nth > 0);
            if nth.is_none() {
                let problem = cx.at("S135", &path.index(1), "steps are counted from 1 to 65535");
                cx.error(problem.write("the first time is", "1"));
            }
            Some(Trigger::Entering(step(name, path, cx)?, nth?))
        }
        TriggerSpec::After(name, time) => {
            let delay = moment(*time, limit, &path.index(1), cx);
            Some(Trigger::After(step(name, &path.index(0), cx)?, 1, delay))
        }
        TriggerSpec::AfterEach(name, time) => {
            let delay = moment(*time, limit, &path.index(1), cx);
            Some(Trigger::AfterEach(step(name, &path.index(0), cx)?, delay))
        }
        TriggerSpec::Pdu(name, number) => {
            let step = step(name, &path.index(0), cx)?;
            if !quirks::SENDS.contains(&step) {
                let title = "no PDU of the Security Manager belongs to this step";
                cx.error(cx.at("S138", &path.index(0), title));
            }
            let number = u32::try_from(*number).ok().filter(|number| *number > 0);
            if number.is_none() {
                let problem = cx.at("S135", &path.index(1), "PDUs are counted from 1 to 4294967295");
                cx.error(problem.write("the first PDU is", "1"));
            }
            number.map(|number| Trigger::Pdu(step, number))
        }
        TriggerSpec::Frame(number) => {
            let number = u32::try_from(*number).ok().filter(|number| *number > 0);
            if number.is_none() {
                let problem = cx.at("S135", path, "frames are counted from 1 to 4294967295");
                cx.error(problem.write("the first frame is", "Frame(1)"));
            }
            number.map(Trigger::Frame)
        }
    }
}

fn moment(time: Time, limit: Span, path: &Path, cx: &mut Cx) -> Span {
    let span = cx.span(time, path);
    if span > limit {
        let title = format!("the session is over after {limit}: this fault cannot strike then");
        cx.warn(cx.at("S136", path, title));
    }
    span
}

/// The step with this name.
pub(super) fn step(name: &str, path: &Path, cx: &mut Cx) -> Option<Step> {
    let found = Step::ALL.iter().find(|(_, known)| *known == name).map(|(step, _)| *step);
    if found.is_none() {
        let names = Step::ALL.map(|(_, known)| known);
        let problem = cx
            .at("S137", path, format!("there is no step \"{name}\""))
            .note(format!("the steps are: {}", names.join(", ")));
        cx.error(match did_you_mean(name, names) {
            Some(word) => problem.help(format!("did you mean \"{word}\"?")),
            None => problem,
        });
    }
    found
}
