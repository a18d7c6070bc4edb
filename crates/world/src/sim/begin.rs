//! The beginning of a session: what was before, what is planned, who is switched on when.
//!
//! Invariant: all of it is a function of the plan and the seed; no policy has a say.

use super::{CENTRAL, PERIPHERAL, Sim};
use crate::chance::HISTORY;
use crate::fault::When;
use crate::plan::{History, Plan};
use crate::shared::{Happening, RANK_FAULT, RANK_POWER, host_actor};
use blesim_host::Bond;
use blesim_host::smp::terms::model;
use blesim_kernel::{Instant, Span, StreamName};

impl Sim {
    /// Sets up the session of `seed`: what was before, what is planned, who is switched on when.
    pub(super) fn begin(&mut self, plan: &Plan, seed: u64) {
        self.shared.restart(plan, seed);
        self.checks.restart();
        for (device, plan) in self.devices.iter_mut().zip(&plan.devices) {
            device.renew(plan);
        }
        if let Some(secure_connections) = plan.history.bonded() {
            self.bond(plan, secure_connections);
        }
        // The peripheral has been there; the central comes at any moment of its advertising interval.
        let units = u64::from(plan.devices[PERIPHERAL].host.link.advertising_interval);
        let interval = Span::from_micros(625) * units;
        let offset = (u128::from(self.shared.chance.start()) * u128::from(interval.as_nanos())) >> 64;
        let offset = Span::from_nanos(u64::try_from(offset).expect("it is below the interval"));
        self.started = Instant::ZERO + offset;
        for device in 0..self.devices.len() {
            let at = if device == CENTRAL { self.started } else { Instant::ZERO };
            let actor = host_actor(device);
            self.shared.agenda.post(at, RANK_POWER, actor, actor, Happening::PowerOn);
        }
        for (place, planned) in self.shared.planned.iter().enumerate() {
            if let When::At(at) = planned.when {
                let place = u8::try_from(place).expect("a plan has few faults");
                let actor = host_actor(planned.device);
                self.shared.agenda.post(at, RANK_FAULT, actor, actor, Happening::Fault(place));
            }
        }
    }

    /// Gives both devices the bond they made before the session.
    fn bond(&mut self, plan: &Plan, secure_connections: bool) {
        let mut stream = self.shared.chance.streams().stream(StreamName::new(HISTORY, 0));
        let ltk = u128::from_le_bytes(stream.octets());
        let (ediv, rand) = (stream.octets::<2>(), stream.next_u64());
        let (ediv, rand) = if secure_connections { (0, 0) } else { (u16::from_le_bytes(ediv), rand) };
        let authenticated = {
            let [request, response] =
                [CENTRAL, PERIPHERAL].map(|device| plan.devices[device].host.features());
            model(&request, &response).authenticated()
        };
        for (own, peer) in [(CENTRAL, PERIPHERAL), (PERIPHERAL, CENTRAL)] {
            let peer = plan.devices[peer].host.address;
            let authenticated = authenticated && matches!(plan.history, History::Bonded { .. });
            let key_size = plan.devices[own].host.max_key_size;
            let (irk, csrk, link_key) = (None, None, None);
            let bond = Bond {
                peer,
                ltk,
                ediv,
                rand,
                key_size,
                secure_connections,
                authenticated,
                irk,
                csrk,
                link_key,
            };
            self.devices[own].host.bonds_mut().put(bond);
        }
    }
}
