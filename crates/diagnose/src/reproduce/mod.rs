//! A scenario that shows the same failure: the features, parameters, keys and times of the capture, and what most
//! likely stands behind the failure as a fault, a quirk or a history.
//!
//! Invariant: the text is a whole scenario; what the capture does not show is left to the defaults. Must never know:
//! how a scenario is read.

mod device;
mod inject;

use crate::cause::Cause;
use crate::failures::Failed;
use crate::report::{Diagnosis, Told};
use crate::step::{Parameters, Side};
use blesim_host::Shown;
use device::Device;
use std::fmt::Write;

/// What a scenario is made of.
struct Recipe<'a> {
    told: &'a Told,
    failed: &'a Failed,
    /// The central's first.
    devices: [Device; 2],
    /// Fields of the scenario itself, in their order.
    fields: Vec<(&'static str, String)>,
    /// What stands for what, for the reader.
    remarks: Vec<String>,
}

/// Names of the devices in the scenario, the central's first.
const NAMES: [&str; 2] = ["central", "peripheral"];

/// The name of a side's device.
const fn name(side: Side) -> &'static str {
    NAMES[side as usize]
}

/// The scenario of the first failure; `None` if nothing failed, or there is no way to make it fail like this.
#[must_use]
pub fn scenario(diagnosis: &Diagnosis, title: &str) -> Option<String> {
    let (told, failed) = diagnosis.first()?;
    let dialogue =
        told.dialogues.iter().rev().find(|dialogue| dialogue.first().is_some_and(|at| at <= failed.at));
    let devices = Side::BOTH.map(|side| Device::new(side, told, dialogue));
    let mut recipe = Recipe { told, failed, devices, fields: Vec::new(), remarks: Vec::new() };
    recipe.link();
    inject::inject(&mut recipe, dialogue)?;
    Some(recipe.text(title))
}

impl Recipe<'_> {
    fn device(&mut self, side: Side) -> &mut Device {
        &mut self.devices[side.index()]
    }

    fn field(&mut self, name: &'static str, value: impl Into<String>) {
        self.fields.push((name, value.into()));
    }

    fn fault(&mut self, what: &str, who: Side, when: &str) {
        self.field("faults", format!("[(what: {what}, who: \"{}\", when: {when})]", name(who)));
    }

    fn cause(&self) -> Option<Cause> {
        self.told.causes.first().copied()
    }

    /// The side whose stack shows the failure.
    fn who(&self) -> Side {
        match self.failed.failure.shown {
            // Both show it; a central's policy is what most scenarios vary.
            Shown::PairingFailed(_) => Side::Central,
            // So do both where a person is away; and whoever is deceived is the central.
            _ if matches!(self.cause(), Some(Cause::UserAway | Cause::Impostor)) => Side::Central,
            _ => self.failed.side,
        }
    }

    /// The supervision timeout in microseconds.
    fn timeout_us(&self) -> i64 {
        let own = self.told.parameters.filter(|parameters| is_legal(*parameters));
        i64::from(own.map_or(400, |parameters| parameters.timeout)) * 10_000
    }

    fn link(&mut self) {
        let Some(parameters) = self.told.parameters else { return };
        if is_legal(parameters) {
            let Parameters { interval, latency, timeout } = parameters;
            let (interval, timeout) = (time(i64::from(interval) * 1_250), time(i64::from(timeout) * 10_000));
            self.field(
                "link",
                format!("(interval: {interval}, latency: {latency}, supervision_timeout: {timeout})"),
            );
        } else {
            self.remarks.push(
                "the parameters of the link are none that the specification allows, and are left out".into(),
            );
        }
    }

    fn text(&self, title: &str) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write(&mut text, title);
        text
    }

    fn write(&self, text: &mut String, title: &str) -> std::fmt::Result {
        let shown = format!("{}: {}", self.failed.failure.procedure.name(), self.failed.failure.shown);
        writeln!(text, "// Made from a capture by `blesim diagnose`: {}.", one_line(title))?;
        writeln!(text, "// First failure, packet {}: {shown}.", self.failed.at.packet)?;
        if let Some(cause) = self.cause() {
            writeln!(text, "// Most likely: {}.", cause.words())?;
        }
        for remark in &self.remarks {
            writeln!(text, "// {remark}.")?;
        }
        writeln!(text, "(")?;
        writeln!(text, "    name: \"diagnosed\",")?;
        writeln!(text, "    about: \"{}\",", quoted(&shown))?;
        writeln!(text, "    devices: {{")?;
        for side in Side::BOTH {
            writeln!(text, "        \"{}\": (", name(side))?;
            for (field, value) in self.devices[side.index()].fields() {
                writeln!(text, "            {field}: {value},")?;
            }
            writeln!(text, "        ),")?;
        }
        writeln!(text, "    }},")?;
        for (field, value) in &self.fields {
            writeln!(text, "    {field}: {value},")?;
        }
        writeln!(text, "    compare: (who: \"{}\", policies: [\"never-retry\"]),", name(self.who()))?;
        writeln!(text, ")")
    }
}

/// Whether a scenario takes these parameters (Vol 6 Part B 4.5.1, 4.5.2).
pub(crate) fn is_legal(Parameters { interval, latency, timeout }: Parameters) -> bool {
    let in_range = (6..=3_200).contains(&interval) && latency <= 499 && (10..=3_200).contains(&timeout);
    let shortest = 2 * (u64::from(latency) + 1) * u64::from(interval) * 1_250;
    in_range && u64::from(timeout) * 10_000 > shortest
}

/// A time as scenarios write it.
pub(crate) fn time(us: i64) -> String {
    let us = us.max(0);
    let (unit, size) = if us % 1_000_000 == 0 && us > 0 {
        ("s", 1_000_000)
    } else if us >= 1_000 {
        ("ms", 1_000)
    } else {
        ("us", 1)
    };
    let (whole, part) = (us / size, us % size);
    if part == 0 {
        return format!("{unit}({whole})");
    }
    let fraction = format!("{part:03}");
    format!("{unit}({whole}.{})", fraction.trim_end_matches('0'))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn quoted(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Times come out as somebody would write them.
    #[test]
    fn times_read_well() {
        let check = |us: i64, expected: &str| assert_eq!(time(us), expected);
        check(0, "us(0)");
        check(150, "us(150)");
        check(7_500, "ms(7.5)");
        check(67_500, "ms(67.5)");
        check(420_000, "ms(420)");
        check(4_000_000, "s(4)");
        check(1_250, "ms(1.25)");
    }
}
