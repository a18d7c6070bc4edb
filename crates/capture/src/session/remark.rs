//! What a capture says in words beside its packets: faults, failures and decisions.

use super::describe;
use blesim_host::Note;
use blesim_kernel::Instant;
use blesim_world::{Entry, Plan};

/// The device and what is to be said of it, in a session of `plan` with this policy; `None` for what packets
/// say themselves.
pub(super) fn remark(plan: &Plan, policy: usize, entry: &Entry<'_>) -> Option<(usize, String)> {
    match *entry {
        Entry::Fault { index, device, effect } => {
            let (name, what) = (effect.name(), describe::effect(effect));
            Some((device, format!("fault {} ({name}) {what}", index + 1)))
        }
        Entry::Host {
            device,
            note: note @ (Note::Failed(_) | Note::Rule(..) | Note::Acts(_) | Note::Waits(_)),
        } => {
            let (_, text) = describe::host_note(note, plan.program(device, policy));
            Some((device, text))
        }
        Entry::Collision { from, to, by } => {
            let name = |device: usize| &plan.devices[device].name;
            Some((to, format!("the frame of {} is broken by one of {}", name(from), name(by))))
        }
        Entry::PowerOn { device } => Some((device, "power on".to_owned())),
        Entry::ToController { .. }
        | Entry::ToHost { .. }
        | Entry::Frame { .. }
        | Entry::Controller { .. }
        | Entry::Host { .. }
        | Entry::Step { .. }
        | Entry::HostWakes { .. } => None,
    }
}

/// A remark that stands away from the moment it is about.
pub(super) fn dated(plan: &Plan, at: Instant, device: usize, text: &str) -> String {
    format!("{at} {}: {text}", plan.devices[device].name)
}
