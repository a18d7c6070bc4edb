//! The ports through which controllers and hosts reach the world.

use crate::attack::{self, Attack, Script, spoil};
use crate::chance::{self, SessionChance};
use crate::energy::Purpose;
use crate::pipes::{Kind, Way};
use crate::plan::{DevicePlan, Plan};
use crate::record::{pack_failure, pack_step};
use crate::shared::{Happening, RANK_PERSON, Shared, host_actor};
use crate::trace::{Entry, Trace};
use blesim_controller::Frame;
use blesim_crypto::{DhKey, InvalidPublicKey, KeyAgreement, KeyName, KeyPair, PublicKey};
use blesim_host::recovery::Action;
use blesim_host::{Draw, Memory, Mishap, Note, OobData, Payload, Procedure, Prompt, Step};
use blesim_kernel::Span;
use blesim_packet::hci::HciPacket;

/// What a controller sees of the world.
pub(crate) struct ControllerPort<'a, T> {
    pub(crate) device: usize,
    pub(crate) plan: &'a DevicePlan,
    pub(crate) shared: &'a mut Shared,
    pub(crate) trace: &'a mut T,
}

impl<T> ControllerPort<'_, T> {
    /// Sends up the packet that `write` writes.
    fn send(&mut self, kind: Kind, write: impl FnOnce(&mut HciPacket)) {
        let at = self.shared.agenda.now() + self.plan.hci_delay.up;
        self.shared.send(self.device, Way::Up, at, kind, write);
    }
}

impl<T: Trace> blesim_controller::Port for ControllerPort<'_, T> {
    fn to_host(&mut self, packet: &HciPacket) {
        self.send(Kind::of(packet), |place| place.copy_from(packet));
    }

    fn acl_to_host(&mut self, handle: u16, boundary: u8, octets: &[u8]) {
        self.send(Kind::Acl, |place| place.become_acl(handle, boundary, octets));
    }

    fn transmit(&mut self, frame: &Frame) {
        let place = self.shared.air.launch(self.device, self.shared.agenda.now(), frame);
        let before = self.shared.outgoing.replace(place);
        assert!(before.is_none(), "a controller sends one frame at a time");
    }

    fn draw(&mut self, what: blesim_controller::Draw) -> u64 {
        let now = self.shared.agenda.now();
        self.shared.chance.controller(self.device, what, now)
    }

    fn listened(&mut self, span: Span) {
        self.shared.accounts[self.device].now().receive += span;
    }

    fn note(&mut self, handle: u16, note: blesim_controller::Note) {
        if T::ON {
            let entry = Entry::Controller { device: self.device, handle, note };
            self.trace.entry(self.shared.agenda.now(), &entry);
        }
    }
}

/// What a host sees of the world.
pub(crate) struct HostPort<'a, K, T> {
    pub(crate) device: usize,
    pub(crate) plan: &'a Plan,
    pub(crate) shared: &'a mut Shared,
    pub(crate) keys: &'a mut K,
    pub(crate) trace: &'a mut T,
    /// Whether the session is watched for what it exposes.
    pub(crate) watched: bool,
}

impl<K, T> HostPort<'_, K, T> {
    /// What it does if it is an attacker's.
    fn script(&self) -> Option<&Script> {
        match &self.plan.devices[self.device].attack {
            Some(Attack::Acts(script)) => Some(script),
            Some(Attack::Listens) | None => None,
        }
    }

    /// What a note of the host says about its processor and about what its battery is drained for.
    fn spend(&mut self, note: Note) {
        let account = &mut self.shared.accounts[self.device];
        match note {
            // The processor writes when the write begins: with one that takes no time, as it ends.
            Note::BondKept | Note::BondStored => {
                let plan = &self.plan.devices[self.device];
                let rules = plan.host.bonds;
                let begins = rules.write_time.is_zero() == (note == Note::BondStored);
                if begins && rules.memory == Memory::Flash {
                    self.shared.work += plan.work.bond_write;
                }
            }
            Note::Secured => account.purpose = Purpose::Connection,
            Note::Failed(_) => account.purpose = Purpose::Retry,
            _ => {}
        }
    }

    /// What the policy that varies was shown and did.
    fn count(&mut self, peer: usize, note: Note) {
        let tally = &mut self.shared.tally;
        match note {
            Note::Failed(failure) => {
                let packed = pack_failure(failure);
                if tally.failures == 0 {
                    tally.first_failure = packed;
                }
                tally.last_failure = packed;
                tally.failures = tally.failures.saturating_add(1);
                // A step of an earlier link says nothing about one that did not come up.
                let step = self.shared.step[self.device][peer];
                let on_a_link = failure.procedure != Procedure::Connection;
                tally.last_step = pack_step(step.filter(|_| on_a_link));
            }
            Note::Acts(action) => {
                tally.acts.add(action);
                if action == Action::Notify {
                    tally.notices = tally.notices.saturating_add(1);
                }
            }
            Note::Prompt(Prompt::Ask(_)) => tally.questions = tally.questions.saturating_add(1),
            Note::BondDeleted => tally.bonds_deleted = tally.bonds_deleted.saturating_add(1),
            Note::Pairing { .. }
            | Note::Key(..)
            | Note::Value(..)
            | Note::Awaits(_)
            | Note::Proved(_)
            | Note::PasskeyBit(..)
            | Note::Keypress(_)
            | Note::Level(_)
            | Note::Prompt(_)
            | Note::Answer(_)
            | Note::Rule(..)
            | Note::Waits(_)
            | Note::OwnAddress(_)
            | Note::Resolved(_)
            | Note::BondKept
            | Note::BondStored
            | Note::OldBondKept
            | Note::ProbesBond
            | Note::AccessRefused(_)
            | Note::AccessDenied(_)
            | Note::RaisesLevel(_)
            | Note::KeyForgotten
            | Note::BondNotWritten
            | Note::BondEvicted(_)
            | Note::BondTableFull
            | Note::Departs(_)
            | Note::SmpClosed
            | Note::ValueSent { .. }
            | Note::ValueReceived { .. }
            | Note::Signed { .. }
            | Note::SignatureChecked { .. }
            | Note::Secured
            | Note::GaveUp => {}
        }
    }
}

impl<K, T: Trace> HostPort<'_, K, T> {
    /// Sends down the packet that `write` writes.
    fn send(&mut self, kind: Kind, write: impl FnOnce(&mut HciPacket)) {
        let now = self.shared.agenda.now();
        let at = now + self.shared.work + self.plan.devices[self.device].hci_delay.down;
        let spoils = self.script().is_some_and(|script| script.spoils);
        let (device, trace) = (self.device, &mut *self.trace);
        self.shared.send(device, Way::Down, at, kind, |packet| {
            write(packet);
            if spoils {
                spoil(packet);
            }
            if T::ON {
                trace.entry(now, &Entry::ToController { device, packet });
            }
        });
    }
}

impl<K: KeyAgreement, T: Trace> blesim_host::Port for HostPort<'_, K, T> {
    fn to_controller(&mut self, packet: &HciPacket) {
        self.send(Kind::of(packet), |place| place.copy_from(packet));
    }

    fn acl_to_controller(&mut self, handle: u16, boundary: u8, octets: &[u8]) {
        self.send(Kind::Acl, |place| place.become_acl(handle, boundary, octets));
    }

    fn draw(&mut self, peer: usize, what: Draw) -> u128 {
        let given = &self.plan.devices[self.device].given;
        let fixed = match what {
            Draw::PairingRandom => given.pairing_random,
            Draw::Ltk => given.ltk,
            Draw::Ediv => given.ediv.map(u128::from),
            Draw::Rand => given.rand.map(u128::from),
            Draw::Csrk => given.csrk,
            Draw::Irk => given.irk,
            Draw::Jitter | Draw::Passkey | Draw::Tk | Draw::OobRandom | Draw::Prand => None,
        };
        let told = || self.shared.attacks.number(self.script()?).map(u128::from);
        let fixed = if what == Draw::Passkey { fixed.or_else(told) } else { fixed };
        let drawn = self.shared.chance.host(self.device, peer, what);
        fixed.unwrap_or(drawn)
    }

    fn key_pair(&mut self, peer: usize) -> KeyPair {
        let pairs = &mut self.shared.key_pairs[self.device][peer];
        let attempt = *pairs;
        *pairs += 1;
        self.shared.work += self.plan.devices[self.device].work.key_pair;
        let owner = chance::owner(self.device, peer);
        let device = u16::try_from(owner).expect("a session has a handful of devices and peers");
        let streams = self.shared.chance.streams();
        let mut stream = None;
        let name = KeyName { seed: streams.seed(), device, attempt };
        self.keys.key_pair(name, &mut || {
            stream.get_or_insert_with(|| SessionChance::ecdh(streams, device, attempt)).octets()
        })
    }

    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        let DevicePlan { host, work, .. } = &self.plan.devices[self.device];
        // The host itself waits this long; its processor is not there for the radio meanwhile.
        if work.stops_radio {
            self.shared.stops_until = self.shared.agenda.now() + self.shared.work + host.timing.dh_key;
        }
        self.shared.accounts[self.device].now().processor += host.timing.dh_key;
        self.keys.dh_key(local, received)
    }

    fn step(&mut self, peer: usize, step: Step) {
        // A link begins the steps anew; within one, a step is entered once however many PDUs belong to it.
        if self.shared.step[self.device][peer].replace(step) == Some(step) && step != Step::Connected {
            return;
        }
        if self.watched {
            self.shared.truth.step(self.device, step);
        }
        let purpose = &mut self.shared.accounts[self.device].purpose;
        if step == Step::Connected && *purpose != Purpose::Retry {
            *purpose = Purpose::Pairing;
        }
        if !self.shared.planned.is_empty() {
            // Beyond a few dozen steps in one reaction no fault could tell them apart.
            let _full = self.shared.steps.try_push(step);
        }
        if T::ON {
            self.trace.entry(self.shared.agenda.now(), &Entry::Step { device: self.device, step });
        }
    }

    fn prompt(&mut self, peer: usize, prompt: Prompt) {
        if self.plan.devices[self.device].attack.is_some() {
            if self.shared.attacks.prompted(self.device, prompt) {
                let (actor, now) = (host_actor(self.device), self.shared.agenda.now());
                self.shared.agenda.post(now, RANK_PERSON, actor, actor, Happening::Reply);
            }
            return;
        }
        let Shared { people, chance, .. } = &mut *self.shared;
        for due in people.prompted((self.device, peer), prompt, self.plan, chance) {
            self.shared.post_due(due, self.device);
        }
    }

    fn oob(&mut self, data: OobData) {
        self.shared.people.oob[self.device] = Some(data);
    }

    fn fails(&mut self, _peer: usize, what: Mishap) -> bool {
        let keeping = &self.plan.devices[self.device].keeping;
        let chance = match what {
            Mishap::BondWrite => keeping.write_fails,
            Mishap::Resolution => keeping.unresolved,
        };
        let draw = self.shared.chance.mishap(self.device, what);
        chance.hits(draw)
    }

    fn value(&mut self, _peer: usize, payload: Payload) {
        let Some(other) = attack::other_side(self.plan, self.device) else { return };
        self.shared.attacks.pass_on(other, payload);
        let (actor, now) = (host_actor(other), self.shared.agenda.now());
        self.shared.agenda.post(now, RANK_PERSON, actor, host_actor(self.device), Happening::Relay);
    }

    fn note(&mut self, peer: usize, note: Note) {
        self.spend(note);
        if matches!(note, Note::Prompt(_) | Note::Answer(_))
            && self.plan.devices[self.device].attack.is_none()
        {
            let now = self.shared.agenda.now();
            self.shared.efforts.noted((self.device, peer), note, now);
        }
        if self.watched {
            self.shared.truth.noted((self.device, peer), note, self.plan);
            if self.script().is_some() {
                self.shared.attacks.noted(self.device, note);
            }
        }
        if self.device == self.plan.varied {
            self.count(peer, note);
        }
        if T::ON {
            self.trace.entry(self.shared.agenda.now(), &Entry::Host { device: self.device, note });
        }
    }
}
