//! `blesim trace --format svg`: a session as a message sequence chart.
//!
//! Invariant: everybody who takes part has a line: a person beside the device that asked them, attackers last. Must
//! never know: how a chart is drawn.

use blesim_capture::{Noted, SequenceStep, SequenceWhat};
use blesim_host::Role;
use blesim_kernel::Instant;
use blesim_report::chart::{ChartError, SequenceKind, SequenceLane, SequenceRow, Texts, sequence};
use blesim_world::{Attack, Plan};

/// Who has a line: a device, or the person before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Device(usize),
    User(usize),
}

/// The chart of these steps of a session.
pub(crate) fn svg(
    plan: &Plan,
    policy: usize,
    seed: u64,
    command: &str,
    steps: &[SequenceStep],
) -> Result<String, ChartError> {
    let who = lanes(plan, steps);
    let place = |wanted: Who| who.iter().position(|one| *one == wanted).unwrap_or(0);
    let rows: Vec<SequenceRow> = steps.iter().map(|step| row(step, &who, &place)).collect();
    let named: Vec<SequenceLane> = who.iter().map(|one| named(plan, *one)).collect();
    let title = format!("{}: what happened in seed {seed} under {}?", plan.name, plan.policies[policy].name);
    let caption = format!(
        "Times in seconds. A thick arrow is encrypted; a cross was not received; grey bands are stretches in which \
         nothing was sent but empty PDUs and advertising. The same session as text: {command}"
    );
    let ended = steps.iter().rev().find_map(|step| match &step.what {
        SequenceWhat::Noted(_, Noted::Secured | Noted::Failure | Noted::Policy, words) => {
            Some(words.as_str())
        }
        _ => None,
    });
    let alt = format!("{title} {} steps, the last of note: {}.", steps.len(), ended.unwrap_or("none"));
    sequence(&Texts { title: &title, caption: &caption, alt: &alt }, &named, &rows)
}

/// Everybody to whom something happens: persons on the outer side of their devices, attackers last.
fn lanes(plan: &Plan, steps: &[SequenceStep]) -> Vec<Who> {
    let takes_part = |device: usize| {
        steps.iter().any(|step| match step.what {
            SequenceWhat::Sent { from, to, .. } => from == device || to == device,
            SequenceWhat::Noted(of, ..) | SequenceWhat::Prompt(of, _) | SequenceWhat::Answer(of, _) => {
                of == device
            }
            SequenceWhat::Silence(..) | SequenceWhat::LeftOut(_) => false,
        })
    };
    // What an attacker's script answers, nobody is asked.
    let has_user = |device: usize| {
        let with = |step: &SequenceStep| match step.what {
            SequenceWhat::Prompt(of, _) | SequenceWhat::Answer(of, _) => of == device,
            _ => false,
        };
        plan.devices[device].attack.is_none() && steps.iter().any(with)
    };
    let mut who = Vec::new();
    for (device, planned) in plan.devices.iter().enumerate().filter(|(device, _)| takes_part(*device)) {
        let central = planned.host.role == Role::Central;
        let user = has_user(device).then_some(Who::User(device));
        who.extend(user.filter(|_| central));
        who.push(Who::Device(device));
        who.extend(user.filter(|_| !central));
    }
    who
}

fn named(plan: &Plan, who: Who) -> SequenceLane {
    match who {
        Who::User(device) => {
            SequenceLane { name: "user".to_owned(), about: format!("of {}", plan.devices[device].name) }
        }
        Who::Device(device) => {
            let planned = &plan.devices[device];
            let role = match planned.host.role {
                Role::Central => "central",
                Role::Peripheral => "peripheral",
            };
            let about = match planned.attack {
                Some(Attack::Acts(_)) => format!("attacker, {role}"),
                Some(Attack::Listens) => "attacker, listens".to_owned(),
                None => role.to_owned(),
            };
            SequenceLane { name: planned.name.clone(), about }
        }
    }
}

fn row(step: &SequenceStep, who: &[Who], place: &dyn Fn(Who) -> usize) -> SequenceRow {
    let at = time(step.at);
    let note = |device: usize, kind: SequenceKind, words: &str| SequenceRow::Note {
        at: at.clone(),
        lane: place(Who::Device(device)),
        kind,
        words: words.to_owned(),
    };
    let plain = |ends: (usize, usize), words: &str| SequenceRow::Message {
        at: at.clone(),
        ends,
        words: words.to_owned(),
        sealed: false,
        lost: None,
    };
    match &step.what {
        SequenceWhat::Sent { from, to, words, encrypted, times, lost } => SequenceRow::Message {
            at,
            ends: (place(Who::Device(*from)), place(Who::Device(*to))),
            words: if *times > 1 { format!("{words}, sent {times} times") } else { words.clone() },
            sealed: *encrypted,
            lost: lost.map(str::to_owned),
        },
        SequenceWhat::Prompt(device, words) | SequenceWhat::Answer(device, words)
            if !who.contains(&Who::User(*device)) =>
        {
            note(*device, SequenceKind::Plain, words)
        }
        SequenceWhat::Prompt(device, words) => {
            plain((place(Who::Device(*device)), place(Who::User(*device))), words)
        }
        SequenceWhat::Answer(device, words) => {
            plain((place(Who::User(*device)), place(Who::Device(*device))), words)
        }
        SequenceWhat::Noted(device, kind, words) => {
            let kind = match kind {
                Noted::Fault => SequenceKind::Fault,
                Noted::Failure => SequenceKind::Failure,
                Noted::Policy => SequenceKind::Decision,
                Noted::Secured => SequenceKind::Success,
                Noted::Plain => SequenceKind::Plain,
            };
            note(*device, kind, words)
        }
        SequenceWhat::Silence(span, words) if words.is_empty() => SequenceRow::Silence(format!("{span}")),
        SequenceWhat::Silence(span, words) => SequenceRow::Silence(format!("{span}: {words}")),
        SequenceWhat::LeftOut(number) => SequenceRow::Silence(format!("{number} steps are left out here")),
    }
}

/// A time in seconds, to the millisecond.
fn time(at: Instant) -> String {
    let millis = at.since(Instant::ZERO).as_micros() / 1_000;
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}
