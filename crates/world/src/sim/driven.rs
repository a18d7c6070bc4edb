//! A session that somebody drives: part of it is real, so what happens and when comes from outside.
//!
//! Invariant: between two inputs it is the same loop as any session's; a packet from outside takes the way and
//! the time that one of ours takes. It goes on for as long as it is driven: nothing ends it, and nothing is
//! recorded. It must never know sockets or the wall clock.

use super::{Bug, Run, Sim};
use crate::device::{Foreign, Power};
use crate::fault;
use crate::pipes::{Kind, Way};
use crate::plan::Plan;
use crate::shared::Shared;
use crate::trace::{Entry, Trace};
use blesim_crypto::KeyAgreement;
use blesim_host::{Answer, BondStore, Input, OobData, Session, Step};
use blesim_kernel::{Instant, Next};
use blesim_packet::hci::{Event, HciPacket};
use blesim_packet::{l2cap, smp::SmpPdu};

/// How far a driven session has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reached {
    /// To the instant that was asked for.
    Until,
    /// To a packet for somebody outside, who may answer before anything else happens: see [`Driven::take`].
    Packet,
}

/// A session with devices of which one half is outside.
#[derive(Debug)]
pub struct Driven<'a, K, T> {
    sim: Sim,
    plan: &'a Plan,
    policy: usize,
    seed: u64,
    keys: K,
    trace: T,
}

impl<'a, K: KeyAgreement, T: Trace> Driven<'a, K, T> {
    /// The session of `seed` with policy `policy`, at its beginning; `foreign` names the devices that are not
    /// wholly ours. Those with a foreign host are without power until [`Self::switch`].
    ///
    /// # Panics
    /// If there is no such device or policy.
    #[must_use]
    pub fn new(
        plan: &'a Plan,
        (policy, seed): (usize, u64),
        foreign: &[(usize, Foreign)],
        keys: K,
        trace: T,
    ) -> Self {
        let mut sim = Sim::new(plan);
        for &(device, half) in foreign {
            sim.devices[device].foreign = Some(half);
            sim.shared.people.foreign |= u64::from(half == Foreign::Host) << device;
        }
        // Something may come from outside at any moment.
        sim.rests = false;
        sim.begin(plan, seed);
        Self { sim, plan, policy, seed, keys, trace }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.sim.shared.agenda.now()
    }

    /// When the next thing happens, if nothing comes from outside.
    #[must_use]
    pub fn next(&self) -> Option<Instant> {
        self.sim.shared.agenda.next_at()
    }

    /// Who looks on.
    pub fn trace(&mut self) -> &mut T {
        &mut self.trace
    }

    /// Ends the session, and gives back who looked on.
    #[must_use]
    pub fn end(self) -> T {
        self.trace
    }

    /// The device's dealings with each of its peers, if its host is ours.
    ///
    /// # Panics
    /// If there is no such device.
    pub fn sessions(&self, device: usize) -> impl Iterator<Item = Session> {
        self.sim.devices[device].host.sessions()
    }

    /// The bonds of a device with our host.
    ///
    /// # Panics
    /// If there is no such device.
    #[must_use]
    pub fn bonds(&self, device: usize) -> &BondStore {
        self.sim.devices[device].host.bonds()
    }

    /// The same, to be changed as its user or a fault would.
    ///
    /// # Panics
    /// If there is no such device.
    pub fn bonds_mut(&mut self, device: usize) -> &mut BondStore {
        self.sim.devices[device].host.bonds_mut()
    }

    /// Lets everything happen up to `until`, or up to the next packet for somebody outside.
    ///
    /// # Errors
    /// [`Bug`] if a checker objects or the session stalls.
    pub fn advance(&mut self, until: Instant) -> Result<Reached, Bug> {
        let Self { sim, plan, policy, seed, keys, trace } = self;
        let (seed, policy) = (*seed, *policy);
        let mut run = Run { plan, policy, keys, trace };
        let bug = |at, what: String| Bug { seed, policy, at, what };
        while sim.shared.outside.is_empty() {
            match sim.shared.agenda.advance(until) {
                Ok(Some(Next::Event { destination, event, .. })) => sim.event(destination, event, &mut run),
                Ok(Some(Next::Wake { actor, why })) => sim.wake(actor, why, &mut run),
                Ok(None) => {
                    sim.shared.agenda.pass_until(until);
                    return Ok(Reached::Until);
                }
                Err(stall) => return Err(bug(sim.shared.agenda.now(), stall.to_string())),
            }
            // Nobody knows the keys of a foreign host, so who knows which key can't be told.
            let _untold = sim.shared.truth.violation();
            let (now, Shared { truth, .. }) = (sim.shared.agenda.now(), &mut sim.shared);
            let checked = sim.checks.after_event(&sim.devices, &plan.pairs, truth, now);
            checked.map_err(|violation| bug(now, violation.to_string()))?;
        }
        Ok(Reached::Packet)
    }

    /// The next packet for somebody outside, with the device it is of.
    pub fn take(&mut self) -> Option<(usize, HciPacket)> {
        self.sim.shared.outside.pop_front()
    }

    /// A packet comes from the foreign half of a device. One that has no power does not get it.
    ///
    /// # Panics
    /// If the device has no foreign half.
    pub fn put(&mut self, device: usize, packet: HciPacket) {
        let Self { sim, plan, policy, keys, trace, .. } = self;
        let run = &mut Run { plan, policy: *policy, keys, trace };
        match sim.devices[device].foreign.expect("it has a foreign half") {
            Foreign::Host => sim.packet_in(device, packet, run),
            Foreign::Controller => sim.packet_from_controller(device, packet, run.plan),
        }
    }

    /// Switches a device with a foreign host on, or off and with it its controller, which forgets everything.
    ///
    /// # Panics
    /// If its host is ours.
    pub fn switch(&mut self, device: usize, on: bool) {
        let Sim { devices, shared, .. } = &mut self.sim;
        assert!(devices[device].foreign == Some(Foreign::Host), "our hosts are switched on by the plan");
        if on {
            devices[device].power = Power::On;
            if T::ON {
                self.trace.entry(shared.agenda.now(), &Entry::PowerOn { device });
            }
        } else {
            fault::switch_off(device, devices, shared);
            shared.outside.retain(|&(other, _)| other != device);
        }
    }

    /// The user of a device with our host says something about a peer.
    ///
    /// # Panics
    /// If there is no such device or peer.
    pub fn answer(&mut self, device: usize, peer: usize, answer: Answer) {
        self.input(device, Input::User(peer, answer));
    }

    /// A device with our host is to have a secured link with a peer: it begins anew, unless it is at it or has one.
    ///
    /// # Panics
    /// If there is no such device or peer.
    pub fn begin(&mut self, device: usize, peer: usize) {
        self.input(device, Input::Begin(peer));
    }

    /// A device with our host ends its link with a peer.
    ///
    /// # Panics
    /// If there is no such device or peer.
    pub fn disconnect(&mut self, device: usize, peer: usize) {
        self.input(device, Input::Disconnect(peer));
    }

    /// What a device with our host has to tell out of band, made now if it has made nothing yet.
    ///
    /// # Panics
    /// If there is no such device, or it has no power.
    pub fn oob(&mut self, device: usize) -> OobData {
        if self.sim.shared.people.oob[device].is_none() {
            self.input(device, Input::MakeOob);
        }
        self.sim.shared.people.oob[device].expect("a host with power makes what it is asked for")
    }

    /// A device with our host is brought out-of-band data of a peer.
    ///
    /// # Panics
    /// If there is no such device or peer.
    pub fn bring_oob(&mut self, device: usize, peer: usize, data: OobData) {
        self.input(device, Input::Oob(peer, data));
    }

    fn input(&mut self, device: usize, input: Input<'_>) {
        let Self { sim, plan, policy, keys, trace, .. } = self;
        sim.host(device, input, &mut Run { plan, policy: *policy, keys, trace });
    }
}

impl Sim {
    /// A packet that is not for one of ours.
    pub(super) fn hand_out(&mut self, device: usize, packet: HciPacket) {
        self.shared.outside.push_back((device, packet));
    }

    /// A foreign host gets a packet.
    pub(super) fn packet_out<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        packet: HciPacket,
        run: &mut Run<'_, K, T>,
    ) {
        self.hand_out(device, packet);
        self.steps_of(device, &packet, run);
    }

    /// A foreign host sends a packet.
    fn packet_in<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        packet: HciPacket,
        run: &mut Run<'_, K, T>,
    ) {
        if self.devices[device].power == Power::Off {
            return;
        }
        let now = self.shared.agenda.now();
        if T::ON {
            run.trace.entry(now, &Entry::ToController { device, packet: &packet });
        }
        let at = now + run.plan.devices[device].hci_delay.down;
        self.shared.send(device, Way::Down, at, Kind::of(&packet), |place| place.copy_from(&packet));
        self.steps_of(device, &packet, run);
    }

    /// A foreign controller sends a packet.
    fn packet_from_controller(&mut self, device: usize, packet: HciPacket, plan: &Plan) {
        let at = self.shared.agenda.now() + plan.devices[device].hci_delay.up;
        self.shared.send(device, Way::Up, at, Kind::of(&packet), |place| place.copy_from(&packet));
    }

    /// Faults that are aimed at steps find those of a foreign host in its packets. That it has stored a bond is not
    /// seen.
    fn steps_of<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        packet: &HciPacket,
        run: &mut Run<'_, K, T>,
    ) {
        let Some(step) = step_of(packet) else { return };
        let before = self.shared.step[device][0].replace(step);
        if before == Some(step) && step != Step::Connected {
            return;
        }
        if T::ON {
            run.trace.entry(self.shared.agenda.now(), &Entry::Step { device, step });
        }
        self.entered(device, step, run);
    }
}

/// The step of securing that a packet belongs to.
fn step_of(packet: &HciPacket) -> Option<Step> {
    use blesim_packet::hci::{Command, ErrorCode};
    match packet {
        HciPacket::Acl(acl) => {
            let frame = l2cap::Frame::decode(&acl.data).ok()?;
            let pdu = SmpPdu::decode(frame.payload).ok().filter(|_| frame.cid == l2cap::CID_SMP)?;
            Step::of(&pdu)
        }
        HciPacket::Command(
            Command::LeEnableEncryption { .. } | Command::LeLongTermKeyRequestReply { .. },
        ) => Some(Step::EncryptionStart),
        HciPacket::Event(Event::LeConnectionComplete { status: ErrorCode::SUCCESS, .. }) => {
            Some(Step::Connected)
        }
        HciPacket::Event(Event::LeEnhancedConnectionComplete(complete)) => {
            (complete.status == ErrorCode::SUCCESS).then_some(Step::Connected)
        }
        HciPacket::Event(
            Event::EncryptionChange { status: ErrorCode::SUCCESS, enabled: 1.., .. }
            | Event::EncryptionKeyRefreshComplete { status: ErrorCode::SUCCESS, .. },
        ) => Some(Step::Encrypted),
        HciPacket::Command(_) | HciPacket::Event(_) => None,
    }
}
