//! Attackers in the loop: their tries, their power, and what they overhear.
//!
//! Invariant: an attacker is reached through its own host and radio, like any device; nothing here looks into
//! another.

use super::{Run, Sim};
use crate::air::Reception;
use crate::attack::{Attack, Heard, Script, octets_read, worth};
use crate::device::Power;
use crate::fault;
use crate::plan::Plan;
use crate::record::Exposure;
use crate::shared::{Happening, RANK_POWER, host_actor};
use crate::trace::{Entry, Trace};
use blesim_crypto::KeyAgreement;
use blesim_host::{Episode, Input, Role};
use blesim_kernel::{Instant, Span};

impl Sim {
    /// Attackers that wait for nobody begin when their scripts say.
    pub(super) fn plan_tries(&mut self, plan: &Plan) {
        for (device, config) in plan.devices.iter().enumerate() {
            if let Some(Attack::Acts(script)) = &config.attack
                && script.behind.is_none()
            {
                self.plan_try(device, Instant::ZERO + script.starts);
            }
        }
    }

    fn plan_try(&mut self, device: usize, at: Instant) {
        let actor = host_actor(device);
        self.shared.agenda.post(at, RANK_POWER, actor, actor, Happening::Try);
    }

    /// An attacker begins a try: with power, and with the address whose turn it is.
    pub(super) fn try_begins<K: KeyAgreement, T: Trace>(&mut self, device: usize, run: &mut Run<'_, K, T>) {
        let Some(script) = script(run.plan, device) else { return };
        let Some(number) = self.shared.attacks.begin(device, &script) else { return };
        if self.devices[device].power == Power::On {
            fault::switch_off(device, &mut self.devices, &mut self.shared);
        }
        let mut config = run.plan.devices[device].host;
        config.address = script.address(config.address, number);
        let host = &mut self.devices[device].host;
        let bonds = host.bonds().clone();
        host.renew(config);
        // What was kept under another address is no bond of this one.
        if script.addresses == 1 {
            *host.bonds_mut() = bonds;
        }
        let (actor, now) = (host_actor(device), self.shared.agenda.now());
        self.shared.agenda.post(now + script.lasts, RANK_POWER, actor, actor, Happening::TryOver(number));
        self.devices[device].power = Power::On;
        if T::ON {
            run.trace.entry(now, &Entry::PowerOn { device });
        }
        self.host(device, Input::PowerOn, run);
    }

    /// The time of a try is over, if it is still the one under way.
    pub(super) fn try_over<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        number: u16,
        run: &mut Run<'_, K, T>,
    ) {
        if let (true, Some(script)) =
            (self.shared.attacks.under_way(device) == Some(number), script(run.plan, device))
        {
            self.end_try(device, &script, run);
        }
    }

    /// A try has come to its end: the link is given up, and after the pause comes the next.
    fn end_try<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        script: &Script,
        run: &mut Run<'_, K, T>,
    ) {
        if self.shared.attacks.end(device, script) {
            let at = self.shared.agenda.now() + script.pause.max(Span::from_millis(1));
            self.plan_try(device, at);
        }
        self.host(device, Input::Disconnect(0), run);
    }

    /// Something has happened to a host: what it means for the truth, and for an attacker's plans.
    pub(super) fn watch<K: KeyAgreement, T: Trace>(&mut self, device: usize, run: &mut Run<'_, K, T>) {
        self.shared.truth.look(device, &self.devices, run.plan);
        let Some(script) = script(run.plan, device) else { return };
        if self.shared.attacks.reaches(device) {
            let now = self.shared.agenda.now();
            for other in 0..run.plan.devices.len() {
                let waits = super::attack::script(run.plan, other);
                if waits.is_some_and(|waits| waits.behind == Some(device)) {
                    self.plan_try(other, now);
                }
            }
        }
        let central = run.plan.devices[device].host.role == Role::Central;
        if !central || self.shared.attacks.under_way(device).is_none() {
            return;
        }
        match self.devices[device].host.episode(0) {
            Episode::GaveUp(_) => self.end_try(device, &script, run),
            // Whoever goes round many addresses wants many bonds; anybody else stays.
            Episode::Secured(_) if script.addresses > 1 => self.end_try(device, &script, run),
            Episode::Open | Episode::Secured(_) => {}
        }
    }

    /// Who listens hears the frame that begins now as the weather lets it.
    pub(super) fn overhear(&mut self, place: u8, plan: &Plan) {
        let flight = self.shared.air.flight(place);
        if !worth(flight.frame()) {
            return;
        }
        let (from, frame, now) = (flight.from, *flight.frame(), flight.start);
        let length = frame.pdu.payload_len();
        for index in 0..self.shared.attacks.listeners.len() {
            let by = self.shared.attacks.listeners[index];
            let Some(Attack::Listens) = plan.devices[by].attack else { continue };
            let fate = self.shared.weather.fate(from, by, frame.channel, frame.phy, length, now);
            if fate == Reception::Whole {
                self.shared.attacks.heard.push(Heard { by, from, frame });
            }
        }
    }

    /// What the session exposed.
    pub(super) fn exposure(&self, plan: &Plan) -> Exposure {
        if !self.watched {
            return Exposure::default();
        }
        let attacks = &self.shared.attacks;
        let read = attacks.listeners.iter().map(|&by| octets_read(&attacks.heard, by)).sum();
        self.shared.truth.exposure(&self.devices, plan, read, attacks.bits_known())
    }
}

/// The script of a device, if it is an attacker's that takes part.
fn script(plan: &Plan, device: usize) -> Option<Script> {
    match plan.devices[device].attack {
        Some(Attack::Acts(script)) => Some(script),
        Some(Attack::Listens) | None => None,
    }
}
