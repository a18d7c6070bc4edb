//! What a scenario assumes, in sentences: what a reader of a report has to know to believe a number or not.
//!
//! Invariant: every sentence is of the plan that runs, not of the file. Must never know: what came out.

use blesim_host::{Role, Step};
use blesim_kernel::{Chance, Span};
use blesim_report::chance;
use blesim_world::fault::{Effect, FaultPlan, Trigger};
use blesim_world::{Attack, DevicePlan, History, Loss, Plan};
use std::fmt::Write as _;

/// Of what, and what.
pub(crate) fn facts(plan: &Plan) -> Vec<[String; 2]> {
    let mut facts: Vec<[String; 2]> = Vec::new();
    let mut say = |of: &str, what: String| facts.push([of.to_owned(), what]);
    for device in &plan.devices {
        say(&device.name, who(device));
    }
    say("before the session", history(plan));
    say("air", air(plan));
    for (number, fault) in (1..).zip(&plan.faults) {
        say(&format!("fault {number}"), planned(plan, fault));
    }
    if !plan.script.is_empty() {
        say("script", format!("{} acts, one after the other", plan.script.len()));
    }
    let mut limit = format!("a session ends after {} at the latest", plan.limit);
    if !plan.stay.is_zero() {
        let _ = write!(limit, "; once secured it goes on for {}", plan.stay);
    }
    say("limit", limit);
    facts
}

fn who(device: &DevicePlan) -> String {
    let role = match (&device.attack, device.host.role) {
        (Some(Attack::Listens), _) => "an attacker that listens",
        (Some(Attack::Acts(_)), Role::Central) => "an attacker that connects",
        (Some(Attack::Acts(_)), Role::Peripheral) => "an attacker that advertises",
        (None, Role::Central) => "central",
        (None, Role::Peripheral) => "peripheral",
    };
    let mut words = format!("{role}, security level {}", device.host.security.level as u8);
    if device.attack.is_none() {
        let _ = write!(words, ", {}", device.host.io);
    }
    if device.host.role == Role::Central && device.attack.is_none() {
        let link = &device.host.link;
        let interval = Span::from_micros(u64::from(link.interval) * 1_250);
        let timeout = Span::from_millis(u64::from(link.supervision_timeout) * 10);
        let _ = write!(words, ", asks for an interval of {interval} and a supervision timeout of {timeout}");
    }
    words
}

fn history(plan: &Plan) -> String {
    let how = |sc: bool| if sc { "by LE Secure Connections" } else { "by legacy pairing" };
    match plan.history {
        History::Strangers => "the devices have never met".to_owned(),
        History::Bonded { secure_connections } => format!("they have bonded {}", how(secure_connections)),
        History::BondedByJustWorks { secure_connections } => {
            format!("they have bonded {}, by Just Works", how(secure_connections))
        }
        History::HalfBonded { secure_connections, lost_by } => {
            format!(
                "they have bonded {}; {} has lost it",
                how(secure_connections),
                plan.devices[lost_by].name
            )
        }
        History::MismatchedKeys { secure_connections } => {
            format!(
                "they have bonded {} twice, and one has the key of the first time",
                how(secure_connections)
            )
        }
    }
}

fn air(plan: &Plan) -> String {
    let air = &plan.air;
    let mut words = match air.loss {
        Loss::Independent(Chance::NEVER) => "no packet is lost by itself".to_owned(),
        Loss::Independent(loss) => format!("{} of packets are lost, each by itself", chance(loss)),
        Loss::Burst { good, bad, mean_good, mean_bad } => format!(
            "bursts: {} of packets are lost in good air (for {mean_good} on average), {} in bad air ({mean_bad})",
            chance(good),
            chance(bad)
        ),
        Loss::Slots { good, bad, slot, .. } => {
            format!(
                "slots of {slot}: {} of packets are lost in good ones, {} in bad ones",
                chance(good),
                chance(bad)
            )
        }
    };
    let mut add = |number: usize, what: &str| {
        if number > 0 {
            let _ = write!(words, "; {number} {what}{}", if number == 1 { "" } else { "s" });
        }
    };
    add(air.pairs.len(), "pair with a loss of its own");
    add(air.interferers.len(), "interferer");
    add(air.outages.len(), "outage");
    if air.signal.is_some() {
        words += "; levels by distance, with shadowing";
    }
    words
}

fn planned(plan: &Plan, fault: &FaultPlan) -> String {
    let step = |step: Step| Step::ALL.iter().find(|(known, _)| *known == step).map_or("?", |(_, name)| *name);
    let when = match fault.trigger {
        Trigger::Between(Span::ZERO, Span::ZERO) => "at the start".to_owned(),
        Trigger::Between(from, to) if from == to => format!("at {from}"),
        Trigger::Between(from, to) => format!("between {from} and {to}"),
        Trigger::Entering(at, 1) => format!("on entering {}", step(at)),
        Trigger::Entering(at, n) => format!("on entering {} for the {n}th time", step(at)),
        Trigger::After(at, _, span) => format!("{span} after {}", step(at)),
        Trigger::AfterEach(at, span) => format!("{span} after each {}", step(at)),
        Trigger::Frame(n) => format!("with data PDU {n}"),
        Trigger::Pdu(at, n) => format!("with PDU {n} of {}", step(at)),
    };
    let what = match fault.effect {
        Effect::PowerCut(span) | Effect::HostSilent(span) | Effect::RadioStops(span) => {
            format!("{} for {span}", fault.effect.name())
        }
        effect => effect.name().to_owned(),
    };
    format!(
        "{what} strikes {} in {} of sessions, {when}",
        plan.devices[fault.device].name,
        chance(fault.chance)
    )
}
