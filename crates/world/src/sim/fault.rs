//! Faults in the loop: when a planned one strikes, and what the loop itself has to do for it.
//!
//! Invariant: where no fault is planned nothing is looked at.

use super::{Run, Sim};
use crate::device::Power;
use crate::fault::{self, Due, Effect, When};
use crate::shared::{Happening, RANK_FAULT, host_actor};
use crate::trace::Trace;
use blesim_crypto::KeyAgreement;
use blesim_host::{Episode, Input, Link, Step};
use blesim_packet::hci::HciPacket;

impl Sim {
    /// A device has entered a step: every fault that is aimed at that has its turn, in the order of the plan.
    pub(super) fn entered<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        step: Step,
        run: &mut Run<'_, K, T>,
    ) {
        for place in 0..self.shared.planned.len() {
            match fault::entering(&mut self.shared.planned[place], device, step) {
                Due::No => {}
                Due::Now => self.strike(place, run),
                Due::Later(delay, round) => {
                    let at = self.shared.agenda.now() + delay;
                    let actor = host_actor(device);
                    let place = u8::try_from(place).expect("a plan has few faults");
                    self.shared.agenda.post(at, RANK_FAULT, actor, actor, Happening::Later(place, round));
                }
            }
        }
    }

    /// The time of a fault is over that a step had started.
    pub(super) fn strike_in_time<K: KeyAgreement, T: Trace>(
        &mut self,
        place: usize,
        round: u16,
        run: &mut Run<'_, K, T>,
    ) {
        let planned = &mut self.shared.planned[place];
        let &mut When::After { each, .. } = &mut planned.when else { return };
        if planned.round != round {
            return;
        }
        if !each {
            planned.when = When::Past;
        }
        self.strike(place, run);
    }

    /// Faults that are aimed at this packet strike; true if it does not reach its host.
    pub(super) fn strikes_pdu<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        packet: &HciPacket,
        run: &mut Run<'_, K, T>,
    ) -> bool {
        let Some(place) = fault::on_pdu(&mut self.shared.planned, device, packet) else { return false };
        self.strike(place, run);
        fault::takes_it(&self.shared.planned[place]) || self.devices[device].power == Power::Off
    }

    pub(super) fn strike<K: KeyAgreement, T: Trace>(&mut self, place: usize, run: &mut Run<'_, K, T>) {
        let (device, effect) = (self.shared.planned[place].device, self.shared.planned[place].effect);
        if effect == Effect::AppGivesUp && !self.awaits_security(device) {
            return;
        }
        fault::strike(place, &mut self.devices, &mut self.shared, run.trace);
        self.checks.host_touched(device);
        if self.watched {
            self.shared.truth.forget(&self.devices, run.plan);
        }
        if self.devices[device].power == Power::Off {
            self.shared.steps.clear();
        }
        match effect {
            Effect::AppGivesUp => {
                for peer in 0..self.devices[device].host.sessions().count() {
                    self.host(device, Input::Abandon(peer), run);
                }
            }
            Effect::RadioStops(_) => self.renew_controller_wake(device),
            _ => {}
        }
        self.renew_host_wake(device);
    }

    /// Whether a device has a link that is not secured.
    fn awaits_security(&self, device: usize) -> bool {
        let waits =
            |link, episode| matches!(link, Link::Up { .. }) && !matches!(episode, Episode::Secured(_));
        self.devices[device].host.sessions().any(|session| waits(session.link, session.episode))
    }
}
