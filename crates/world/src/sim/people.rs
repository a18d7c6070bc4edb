//! What people do to devices: answers to prompts, and devices held together to exchange out-of-band data.
//!
//! Invariant: a person acts on a device that has power and a host that listens; a host that hangs hears it
//! later.

use super::{Run, Sim};
use crate::device::{Foreign, Power};
use crate::people::{Place, opposite};
use crate::plan::Plan;
use crate::shared::{Happening, RANK_PERSON, host_actor};
use crate::trace::Trace;
use blesim_crypto::KeyAgreement;
use blesim_host::{Input, Role};

impl Sim {
    /// The user of a device does what was due.
    pub(super) fn answers<K: KeyAgreement, T: Trace>(
        &mut self,
        place: Place,
        prompt: u32,
        run: &mut Run<'_, K, T>,
    ) {
        let (device, peer) = place;
        let (now, until) = (self.shared.agenda.now(), self.devices[device].silent_until);
        if now < until {
            let actor = host_actor(device);
            self.shared.agenda.post(until, RANK_PERSON, actor, actor, Happening::person(peer, prompt));
            return;
        }
        let (said, next) = self.shared.people.says(place, prompt);
        if let Some(due) = next {
            self.shared.post_due(due, device);
        }
        for answer in said {
            self.host(device, Input::User(peer, answer), run);
        }
    }

    /// A device has come up: users who are to carry out-of-band data hold it to its peers, once, as soon as
    /// both have power.
    pub(super) fn hold_together<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        run: &mut Run<'_, K, T>,
    ) {
        let plan = run.plan;
        let places = if plan.devices[device].host.role == Role::Central {
            plan.devices[device].host.peers.len()
        } else {
            1
        };
        for peer in 0..places {
            let Some(other) = opposite(plan, (device, peer)) else { continue };
            let (central, peripheral) = in_order(plan, (device, peer), other);
            let tapped = &mut self.shared.people.tapped[central.0][central.1];
            if self.devices[other.0].power == Power::Off || core::mem::replace(tapped, true) {
                continue;
            }
            self.carry(central.0, peripheral, run);
            self.carry(peripheral.0, central, run);
        }
    }

    /// Brings what `from` has to tell to the device at `to`, if that one is to have it.
    fn carry<K: KeyAgreement, T: Trace>(&mut self, from: usize, (to, peer): Place, run: &mut Run<'_, K, T>) {
        // Whoever is not ours takes its data from elsewhere.
        let foreign = |device: usize| self.devices[device].foreign == Some(Foreign::Host);
        if !run.plan.devices[to].host.security.oob || foreign(from) || foreign(to) {
            return;
        }
        if self.shared.people.oob[from].is_none() {
            self.host(from, Input::MakeOob, run);
        }
        if let Some(data) = self.shared.people.oob[from] {
            self.host(to, Input::Oob(peer, data), run);
        }
    }
}

/// The central of the two first.
fn in_order(plan: &Plan, one: Place, other: Place) -> (Place, Place) {
    match plan.devices[one.0].host.role {
        Role::Central => (one, other),
        Role::Peripheral => (other, one),
    }
}
