//! The beginning of a session: what was before, what is planned, who is switched on when.
//!
//! Invariant: all of it is a function of the plan and the seed; no policy has a say.

use super::Sim;
use crate::chance::HISTORY;
use crate::device::{Device, Foreign};
use crate::fault::When;
use crate::plan::{DevicePlan, History, Plan};
use crate::script::Progress;
use crate::shared::{Happening, RANK_FAULT, RANK_POWER, host_actor};
use blesim_host::smp::terms::model;
use blesim_host::{Bond, Draw, LinkParameters, Role, Signing};
use blesim_kernel::{Instant, Span, StreamName};
use blesim_packet::Address;
use blesim_packet::smp::KeyDistribution;

impl Sim {
    /// Sets up the session of `seed`: what was before, what is planned, who is switched on when.
    pub(super) fn begin(&mut self, plan: &Plan, seed: u64) {
        self.shared.restart(plan, seed);
        self.checks.restart();
        for (device, plan) in self.devices.iter_mut().zip(&plan.devices) {
            device.restart(plan);
        }
        for (device, plan) in self.devices.iter_mut().zip(&plan.devices) {
            (0..plan.keeping.others).for_each(|number| keep_another(device, number));
        }
        if let Some(secure_connections) = plan.history.bonded() {
            self.bond(plan, secure_connections);
        }
        self.secured = None;
        self.half.fill(None);
        self.goes_on_until = Instant::ZERO;
        self.progress = Progress::NONE;
        // The peripherals have been there; a central comes at any moment of its first peer's advertising interval.
        self.started = Instant::ZERO;
        let subject = plan.subject().next().map(|pair| pair.central);
        for (device, config) in plan.devices.iter().enumerate() {
            if config.attack.is_some() || self.devices[device].foreign == Some(Foreign::Host) {
                continue;
            }
            let first = plan.pairs.iter().find(|pair| pair.central == device);
            let at = match (config.host.role, first) {
                (Role::Central, Some(pair)) => {
                    self.arrival(device, plan.devices[pair.peripheral].host.link) + config.comes_after
                }
                (Role::Central, None) | (Role::Peripheral, _) => Instant::ZERO,
            };
            if subject == Some(device) {
                self.started = at;
            }
            let actor = host_actor(device);
            self.shared.agenda.post(at, RANK_POWER, actor, actor, Happening::PowerOn);
        }
        self.plan_tries(plan);
        if self.watched {
            self.shared.truth.begin(&self.devices, plan);
        }
        for (place, planned) in self.shared.planned.iter().enumerate() {
            if let When::At(at) = planned.when {
                let place = u8::try_from(place).expect("a plan has few faults");
                let actor = host_actor(planned.device);
                self.shared.agenda.post(at, RANK_FAULT, actor, actor, Happening::Fault(place));
            }
        }
    }

    /// When a central is switched on.
    fn arrival(&self, device: usize, peer: LinkParameters) -> Instant {
        let interval = Span::from_micros(625) * u64::from(peer.advertising_interval);
        let offset = (u128::from(self.shared.chance.start(device)) * u128::from(interval.as_nanos())) >> 64;
        Instant::ZERO + Span::from_nanos(u64::try_from(offset).expect("it is below the interval"))
    }

    /// What a device with private addresses gave its peers to resolve them.
    fn irk(&mut self, plan: &Plan, device: usize) -> Option<u128> {
        let DevicePlan { host, given, .. } = &plan.devices[device];
        let keys = if host.role == Role::Central { host.initiator_keys } else { host.responder_keys };
        let private = host.privacy.rotates_every.is_some() && keys.contains(KeyDistribution::ID_KEY);
        private.then(|| given.irk.unwrap_or_else(|| self.shared.chance.host(device, 0, Draw::Irk)))
    }

    /// Gives the devices of every pair the bond they made before the session.
    fn bond(&mut self, plan: &Plan, secure_connections: bool) {
        let (csrk, link_key) = (None, None);
        for (number, pair) in (0..).zip(&plan.pairs) {
            let mut stream = self.shared.chance.streams().stream(StreamName::new(HISTORY, number));
            let ltk = u128::from_le_bytes(stream.octets());
            let (ediv, rand) = (stream.octets::<2>(), stream.next_u64());
            let (ediv, rand) = if secure_connections { (0, 0) } else { (u16::from_le_bytes(ediv), rand) };
            let features = |device: usize| plan.devices[device].host.features();
            let by_model = model(&features(pair.central), &features(pair.peripheral)).authenticated();
            let authenticated = by_model && !matches!(plan.history, History::BondedByJustWorks { .. });
            // The bond of another time, which the peripheral has in place of this one.
            let other = u128::from_le_bytes(stream.octets());
            let differ = matches!(plan.history, History::MismatchedKeys { .. });
            for (own, peer) in [(pair.central, pair.peripheral), (pair.peripheral, pair.central)] {
                if matches!(plan.history, History::HalfBonded { lost_by, .. } if lost_by == own) {
                    continue;
                }
                let irk = self.irk(plan, peer);
                let ltk = if differ && own == pair.peripheral { other } else { ltk };
                let peer = plan.devices[peer].host.address;
                let key_size = plan.devices[own].host.max_key_size;
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
                    signing: Signing::default(),
                    link_key,
                };
                self.devices[own].host.bonds_mut().put(bond);
            }
        }
    }
}

/// Gives a device a bond with one that is not here; its keys are never used.
fn keep_another(device: &mut Device, number: u8) {
    let peer = Address::random([0xC0, 0, 0, 0, 0xFF, number]);
    let (ltk, ediv, rand) = (u128::from(number) + 1, 0, 0);
    let (irk, csrk, link_key, signing) = (None, None, None, Signing::default());
    let (secure_connections, authenticated, key_size) = (true, false, 16);
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
        signing,
        link_key,
    };
    device.host.bonds_mut().put(bond);
}
