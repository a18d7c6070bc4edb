//! The one loop: takes what happens next, hands it to whom it concerns, until the session is over.
//!
//! Invariants: nothing else moves the clock; after every event the checkers look; a session's memory is used
//! again for the next, so that in the long run nothing is allocated.

use crate::air::{Flight, Reception};
use crate::check;
use crate::device::{Device, Power};
use crate::fault::{self, When};
use crate::plan::{History, LossMode, Plan};
use crate::ports::{ControllerPort, HostPort};
use crate::record::{Outcome, Record};
use crate::shared::{
    Happening, RANK_FAULT, RANK_FRAME, RANK_POWER, Reason, Shared, controller_actor, host_actor,
};
use crate::trace::{Entry, Trace};
use arrayvec::ArrayVec;
use blesim_controller::{AirPdu, Frame, Input};
use blesim_crypto::KeyAgreement;
use blesim_host::{Bond, Episode, Input as HostInput};
use blesim_kernel::{ActorId, Instant, Next, Span, StreamName};
use blesim_packet::hci::HciPacket;
use blesim_packet::ll::{Phy, airtime_us};
use core::fmt;

/// The central of a plan.
const CENTRAL: usize = 0;
/// The peripheral of a plan.
const PERIPHERAL: usize = 1;
/// How long, beyond the supervision timeout, the peripheral may lag behind the central in finding the link
/// secured: a link that is lost meanwhile is for the central's policy to mend.
const GRACE: Span = Span::from_secs(1);

/// A bug in the simulator: never an outcome. It carries what is needed to see it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bug {
    /// The session's seed.
    pub seed: u64,
    /// The policy's index in the plan.
    pub policy: usize,
    /// When it showed.
    pub at: Instant,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} policy {} at {}: {}", self.seed, self.policy, self.at, self.what)
    }
}

impl core::error::Error for Bug {}

/// A simulation that can be run for one session after another of the same plan.
#[derive(Debug)]
pub struct Sim {
    devices: Vec<Device>,
    shared: Shared,
    checks: check::Checks,
    started: Instant,
}

/// The parts of a running session that do not belong to the simulation.
struct Run<'a, K, T> {
    plan: &'a Plan,
    policy: usize,
    keys: &'a mut K,
    trace: &'a mut T,
}

impl Sim {
    /// A simulation of `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let devices = plan.devices.iter().map(Device::new).collect();
        let checks = check::Checks::new(plan.devices.len());
        Self { devices, shared: Shared::new(plan), checks, started: Instant::ZERO }
    }

    /// Runs the session of `seed` with policy `policy` of the plan.
    ///
    /// # Errors
    /// [`Bug`] if a checker objects or the session stalls.
    pub fn run<K: KeyAgreement, T: Trace>(
        &mut self,
        plan: &Plan,
        policy: usize,
        seed: u64,
        keys: &mut K,
        trace: &mut T,
    ) -> Result<Record, Bug> {
        let mut run = Run { plan, policy, keys, trace };
        self.begin(plan, seed);
        let bug = |at, what: String| Bug { seed, policy, at, what };
        let end = self.started + plan.limit;
        let timeout = u64::from(plan.devices[CENTRAL].host.link.supervision_timeout);
        let grace = GRACE + Span::from_millis(10) * timeout;
        let outcome = loop {
            match self.shared.agenda.advance(end) {
                Ok(Some(Next::Event { destination, event, .. })) => self.event(destination, event, &mut run),
                Ok(Some(Next::Wake { actor, why })) => self.wake(actor, why, &mut run),
                Ok(None) => break self.at_limit(),
                Err(stall) => return Err(bug(self.shared.agenda.now(), stall.to_string())),
            }
            if let Err(violation) = self.checks.after_event(&self.devices) {
                return Err(bug(self.shared.agenda.now(), violation.to_string()));
            }
            if let Some(outcome) = self.ended(grace) {
                break outcome;
            }
        };
        Ok(self.record(seed, outcome, end))
    }

    /// Sets up the session of `seed`: what was before, what is planned, who is switched on when.
    fn begin(&mut self, plan: &Plan, seed: u64) {
        self.shared.restart(plan, seed);
        self.checks.restart();
        for (device, plan) in self.devices.iter_mut().zip(&plan.devices) {
            *device = Device::new(plan);
        }
        if let History::Bonded { secure_connections } = plan.history {
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
        let mut stream = self.shared.chance.streams().stream(StreamName::new(crate::chance::HISTORY, 0));
        let ltk = u128::from_le_bytes(stream.octets());
        let (ediv, rand) = (stream.octets::<2>(), stream.next_u64());
        let (ediv, rand) = if secure_connections { (0, 0) } else { (u16::from_le_bytes(ediv), rand) };
        for (own, peer) in [(CENTRAL, PERIPHERAL), (PERIPHERAL, CENTRAL)] {
            let peer = plan.devices[peer].host.address;
            let key_size = plan.devices[own].host.max_key_size;
            let bond = Bond { peer, ltk, ediv, rand, key_size, secure_connections, irk: None, csrk: None };
            self.devices[own].host.bonds_mut().put(bond);
        }
    }

    fn event<K: KeyAgreement, T: Trace>(&mut self, to: ActorId, event: Happening, run: &mut Run<'_, K, T>) {
        let device = usize::from(to.0) / 2;
        match event {
            Happening::FrameEnds(slot) => self.land(slot, run),
            Happening::ToController => {
                let packet = self.shared.pipes[device].down.pop_front().expect("a token a packet");
                if T::ON {
                    let now = self.shared.agenda.now();
                    run.trace.entry(now, &Entry::ToController { device, packet: &packet });
                }
                self.controller(device, Input::Hci(&packet), run);
            }
            Happening::ToHost => self.packet_up(device, run),
            Happening::PowerOn => {
                self.devices[device].power = Power::On;
                if T::ON {
                    run.trace.entry(self.shared.agenda.now(), &Entry::PowerOn { device });
                }
                self.host(device, HostInput::PowerOn, run);
            }
            Happening::Fault(place) => {
                self.shared.planned[usize::from(place)].when = When::Past;
                self.strike(usize::from(place), run);
            }
        }
    }

    fn wake<K: KeyAgreement, T: Trace>(&mut self, actor: ActorId, why: Reason, run: &mut Run<'_, K, T>) {
        let device = usize::from(actor.0) / 2;
        match why {
            Reason::Controller => self.controller(device, Input::Wake, run),
            Reason::Host(why) => {
                if T::ON {
                    run.trace.entry(self.shared.agenda.now(), &Entry::HostWakes { device, why });
                }
                self.host(device, HostInput::Wake, run);
            }
        }
    }

    /// Hands the next packet to a host, or keeps it back while the host is silent.
    fn packet_up<K: KeyAgreement, T: Trace>(&mut self, device: usize, run: &mut Run<'_, K, T>) {
        let now = self.shared.agenda.now();
        let until = self.devices[device].silent_until;
        if now < until {
            let (host, controller) = (host_actor(device), controller_actor(device));
            self.shared.agenda.post(until, crate::shared::RANK_UP, host, controller, Happening::ToHost);
            return;
        }
        let packet = self.shared.pipes[device].up.pop_front().expect("a token a packet");
        if T::ON {
            run.trace.entry(now, &Entry::ToHost { device, packet: &packet });
        }
        if let HciPacket::Acl(acl) = &packet {
            self.shared.seal(now, device, 1, &acl.data);
        } else {
            self.shared.seal(now, device, 2, &[]);
        }
        self.host(device, HostInput::Hci(&packet), run);
    }

    fn controller<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        input: Input<'_>,
        run: &mut Run<'_, K, T>,
    ) {
        if self.devices[device].power == Power::Off {
            return;
        }
        let now = self.shared.agenda.now();
        let plan = &run.plan.devices[device];
        let mut port = ControllerPort { device, plan, shared: &mut self.shared, trace: &mut *run.trace };
        self.devices[device].controller.handle(now, input, &mut port);
        if let Some(frame) = self.shared.outgoing.take() {
            self.launch(device, frame, run);
        }
        self.renew_controller_wake(device);
    }

    fn renew_controller_wake(&mut self, device: usize) {
        let now = self.shared.agenda.now();
        let deadline = self.devices[device].controller.deadline();
        let wake = deadline.map(|(at, _)| (at.max(now), Reason::Controller));
        self.shared.agenda.wake(controller_actor(device), wake);
    }

    fn host<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        input: HostInput<'_>,
        run: &mut Run<'_, K, T>,
    ) {
        if self.devices[device].power == Power::Off {
            return;
        }
        let now = self.shared.agenda.now();
        let (plan, program) = (run.plan, run.plan.program(device, run.policy));
        let (keys, trace) = (&mut *run.keys, &mut *run.trace);
        let mut port = HostPort { device, plan, shared: &mut self.shared, keys, trace };
        self.devices[device].host.handle(now, input, program, &mut port);
        self.renew_host_wake(device);
        while !self.shared.steps.is_empty() {
            let step = self.shared.steps.remove(0);
            if let Some(place) = fault::entering(&mut self.shared.planned, device, step) {
                self.strike(place, run);
            }
        }
    }

    fn renew_host_wake(&mut self, device: usize) {
        let Device { host, silent_until, power, .. } = &self.devices[device];
        let earliest = self.shared.agenda.now().max(*silent_until);
        let deadline = host.deadline().filter(|_| *power == Power::On);
        let wake = deadline.map(|(at, why)| (at.max(earliest), Reason::Host(why)));
        self.shared.agenda.wake(host_actor(device), wake);
    }

    fn strike<K: KeyAgreement, T: Trace>(&mut self, place: usize, run: &mut Run<'_, K, T>) {
        let device = self.shared.planned[place].device;
        fault::strike(place, &mut self.devices, &mut self.shared, run.trace);
        if self.devices[device].power == Power::Off {
            self.shared.steps.clear();
        }
        self.renew_host_wake(device);
    }

    /// Puts a frame on the air: decides for everybody who listens whether and how it arrives.
    fn launch<K: KeyAgreement, T: Trace>(&mut self, from: usize, frame: Frame, run: &mut Run<'_, K, T>) {
        let now = self.shared.agenda.now();
        let octets = frame.pdu.payload_len();
        let end = now + Span::from_micros(u64::from(airtime_us(Phy::Le1M, octets)));
        self.shared.tally.frames += 1;
        let planned = fault::on_frame(from, &frame, &mut self.shared, run.trace);
        if let AirPdu::Data(pdu) = &frame.pdu
            && !pdu.payload.is_empty()
        {
            self.shared.seal(now, from, 0, &pdu.payload);
        }
        let mut receivers = ArrayVec::new();
        for to in 0..self.devices.len() {
            let Some(listening) = self.devices[to].controller.listening(now) else { continue };
            if to == from
                || listening.channel != frame.channel
                || listening.access_address != frame.access_address
            {
                continue;
            }
            let reception = planned.unwrap_or_else(|| self.fate(from, to, &frame, now, run.plan.loss_mode));
            receivers.push((to, reception));
            if reception != Reception::Lost {
                self.controller(to, Input::Sync { end }, run);
            }
        }
        self.checks.on_frame(from, &frame);
        if T::ON {
            run.trace.entry(now, &Entry::Frame { from, frame: &frame, receivers: &receivers });
        }
        receivers.retain(|&mut (_, reception)| reception != Reception::Lost);
        if receivers.is_empty() {
            return;
        }
        let slot = self.shared.air.launch(Flight { from, start: now, frame, receivers, cut: false });
        let (to, by) = (controller_actor(from), controller_actor(from));
        self.shared.agenda.post(end, RANK_FRAME, to, by, Happening::FrameEnds(slot));
    }

    fn fate(&mut self, from: usize, to: usize, frame: &Frame, now: Instant, mode: LossMode) -> Reception {
        let loss = self.shared.weather.loss(now);
        if loss.is_never() || !loss.hits(self.shared.chance.frame(from, to, frame.channel.0, now)) {
            return Reception::Whole;
        }
        match mode {
            LossMode::Sync => Reception::Lost,
            LossMode::Crc => Reception::CrcError,
        }
    }

    /// A frame ends: its receivers get it.
    fn land<K: KeyAgreement, T: Trace>(&mut self, slot: u8, run: &mut Run<'_, K, T>) {
        let flight = self.shared.air.land(slot);
        for &(to, reception) in &flight.receivers {
            let mut pdu = flight.frame.pdu;
            if reception == Reception::Corrupted
                && let AirPdu::Data(data) = &mut pdu
                && let Some(last) = data.payload.last_mut()
            {
                *last ^= 1;
            }
            let crc_ok = reception != Reception::CrcError && !flight.cut;
            self.controller(to, Input::Frame { start: flight.start, pdu: &pdu, crc_ok }, run);
        }
    }

    /// How the session has ended, if it has.
    fn ended(&self, grace: Span) -> Option<Outcome> {
        match (self.devices[CENTRAL].host.episode(), self.devices[PERIPHERAL].host.episode()) {
            (Episode::Secured(_), Episode::Secured(_)) => Some(Outcome::Secured),
            (Episode::GaveUp(_), _) => Some(Outcome::GaveUp),
            (Episode::Secured(at), Episode::Open | Episode::GaveUp(_)) => {
                (self.shared.agenda.now() >= at + grace).then_some(Outcome::HalfSecured)
            }
            (Episode::Open, _) => None,
        }
    }

    /// How a session ends whose time is over, or in which nothing can happen any more.
    fn at_limit(&self) -> Outcome {
        match self.devices[CENTRAL].host.episode() {
            Episode::Secured(_) => Outcome::HalfSecured,
            Episode::Open | Episode::GaveUp(_) => Outcome::TimeLimit,
        }
    }

    fn record(&mut self, seed: u64, outcome: Outcome, end: Instant) -> Record {
        let agenda = &self.shared.agenda;
        let over = if outcome == Outcome::TimeLimit { end } else { agenda.now() };
        let time_us = over.since(self.started).as_micros();
        let events = u32::try_from(agenda.happened()).unwrap_or(u32::MAX);
        let tally = self.shared.tally;
        self.shared.digest.word(outcome as u64);
        self.shared.digest.word(time_us);
        Record {
            seed,
            digest: self.shared.digest.value(),
            time_us,
            first_failure: tally.first_failure,
            last_failure: tally.last_failure,
            frames: tally.frames,
            events,
            struck: self.shared.struck,
            failures: tally.failures,
            connections: self.devices[CENTRAL].host.connections(),
            bonds_deleted: tally.bonds_deleted,
            outcome,
        }
    }
}
