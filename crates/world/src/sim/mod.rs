//! The one loop: takes what happens next, hands it to whom it concerns, until the session is over.
//!
//! Invariants: nothing else moves the clock; after every event the checkers look; a session's memory is used
//! again for the next, so that in the long run nothing is allocated.

mod attack;
mod begin;
mod driven;
mod end;
mod fault;
mod leap;
mod people;
mod radio;
mod rest;
mod script;

use crate::check;
use crate::device::{Device, Foreign, Power};
use crate::fault::When;
use crate::pipes::Way;
use crate::plan::Plan;
use crate::ports::{ControllerPort, HostPort};
use crate::record::Record;
use crate::script::Progress;
use crate::shared::{Happening, RANK_DOWN, RANK_UP, Reason, Shared, controller_actor, host_actor, seal};
use crate::trace::{Entry, Trace};
use blesim_controller::{Controller, Input};
use blesim_crypto::KeyAgreement;
use blesim_host::Input as HostInput;
use blesim_kernel::{ActorId, Agenda, Instant, Next, Span};
use blesim_packet::hci::HciPacket;
use core::fmt;

pub use driven::{Driven, Reached};

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
    /// When all pairs that count were first secured, in a session that is to stay.
    secured: Option<Instant>,
    /// Since when the central of each pair has taken a link for secured that its peripheral has not.
    half: Vec<Option<Instant>>,
    /// When the session's time is over.
    end: Instant,
    /// Until then the session has not ended unless something happens to a host.
    goes_on_until: Instant,
    /// How long the peripheral may lag behind the central in finding the link secured.
    grace: Span,
    /// Whether idle stretches are gone through at once.
    rests: bool,
    /// Whether the session is watched for what it exposes.
    watched: bool,
    /// Whether somebody attacks.
    attacked: bool,
    /// How far the session is in its script.
    progress: Progress,
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
        Self {
            devices,
            shared: Shared::new(plan),
            checks,
            started: Instant::ZERO,
            secured: None,
            half: vec![None; plan.pairs.len()],
            end: Instant::MAX,
            goes_on_until: Instant::ZERO,
            grace: GRACE,
            rests: true,
            watched: plan.watched(),
            attacked: plan.devices.iter().any(|device| device.attack.is_some()),
            progress: Progress::NONE,
        }
    }

    /// Whether idle stretches of a link are gone through at once, as they are unless somebody looks on; no result
    /// depends on it.
    pub fn go_through_idle_stretches(&mut self, on: bool) {
        self.rests = on;
    }

    /// Whether policy `other` would have made the very same session and record as `policy`, with which the last
    /// session was run: what its hosts have read of their programs says the same in both.
    #[must_use]
    pub fn alike(&self, plan: &Plan, policy: usize, other: usize) -> bool {
        self.devices.iter().enumerate().all(|(index, device)| {
            let (one, another) = (plan.program(index, policy), plan.program(index, other));
            core::ptr::eq(one, another) || device.host.consulted().agree(one, another)
        })
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
        self.checks.bound(plan, policy);
        let bug = |at, what: String| Bug { seed, policy, at, what };
        self.end = self.started + plan.limit;
        let central = plan.subject().next().map_or(0, |pair| pair.central);
        let timeout = u64::from(plan.devices[central].host.link.supervision_timeout);
        self.grace = GRACE + Span::from_millis(10) * timeout;
        let outcome = loop {
            match self.shared.agenda.advance(self.end) {
                Ok(Some(Next::Event { destination, event, .. })) => self.event(destination, event, &mut run),
                Ok(Some(Next::Wake { actor, why })) => self.wake(actor, why, &mut run),
                Ok(None) => break self.at_limit(plan),
                Err(stall) => return Err(bug(self.shared.agenda.now(), stall.to_string())),
            }
            let (now, truth) = (self.shared.agenda.now(), &self.shared.truth);
            let changed = match self.checks.after_event(&self.devices, &plan.pairs, truth, now) {
                Ok(changed) => changed,
                Err(violation) => return Err(bug(now, violation.to_string())),
            };
            if plan.script.is_empty() && !changed && self.shared.agenda.now() < self.goes_on_until {
                continue;
            }
            let ended = if plan.script.is_empty() { self.ended(plan) } else { self.plays(&mut run) };
            if let Some(outcome) = ended {
                break outcome;
            }
            self.goes_on_until = self.verdict(plan);
        };
        if let Err(violation) = self.checks.at_end(&self.devices, self.shared.agenda.now()) {
            return Err(bug(self.shared.agenda.now(), violation.to_string()));
        }
        Ok(self.record(plan, seed, outcome))
    }

    fn event<K: KeyAgreement, T: Trace>(&mut self, to: ActorId, event: Happening, run: &mut Run<'_, K, T>) {
        let device = usize::from(to.0) / 2;
        match event {
            Happening::FrameEnds(slot) => self.land(slot, run),
            Happening::ToController => {
                if self.waits_for_controller(device) {
                    return;
                }
                let packet = self.shared.pipes.arrive(device, Way::Down);
                if self.devices[device].foreign == Some(Foreign::Controller) {
                    self.hand_out(device, *packet);
                } else {
                    self.controller(device, Input::Hci(&packet), run);
                }
                self.shared.pipes.reuse(packet);
            }
            Happening::ToHost => self.packet_up(device, run),
            Happening::PowerOn => {
                self.devices[device].power = Power::On;
                if T::ON {
                    run.trace.entry(self.shared.agenda.now(), &Entry::PowerOn { device });
                }
                if self.devices[device].foreign != Some(Foreign::Host) {
                    self.host(device, HostInput::PowerOn, run);
                    self.hold_together(device, run);
                }
            }
            Happening::Person { peer, prompt } => self.answers((device, usize::from(peer)), prompt, run),
            Happening::Try => self.try_begins(device, run),
            Happening::TryOver(number) => self.try_over(device, number, run),
            Happening::Relay => {
                if let Some(payload) = self.shared.attacks.passes(device) {
                    self.host(device, HostInput::Relay(0, payload), run);
                }
            }
            Happening::Reply => {
                if let Some(answer) = self.shared.attacks.reply(device) {
                    self.host(device, HostInput::User(0, answer), run);
                }
            }
            Happening::Fault(place) => {
                self.shared.planned[usize::from(place)].when = When::Past;
                self.strike(usize::from(place), run);
            }
            Happening::Act => {}
            Happening::Later(place, round) => self.strike_in_time(usize::from(place), round, run),
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

    /// Whether a packet for the controller waits until its processor is free; it is then delivered later.
    fn waits_for_controller(&mut self, device: usize) -> bool {
        let until = self.devices[device].controller.blocked_until();
        let waits = self.shared.agenda.now() < until;
        if waits {
            let (host, controller) = (host_actor(device), controller_actor(device));
            self.shared.agenda.post(until, RANK_DOWN, controller, host, Happening::ToController);
        }
        waits
    }

    /// Hands the next packet to a host, or keeps it back while the host is silent.
    fn packet_up<K: KeyAgreement, T: Trace>(&mut self, device: usize, run: &mut Run<'_, K, T>) {
        let now = self.shared.agenda.now();
        let until = self.devices[device].silent_until;
        if now < until {
            let (host, controller) = (host_actor(device), controller_actor(device));
            self.shared.agenda.post(until, RANK_UP, host, controller, Happening::ToHost);
            return;
        }
        let packet = self.shared.pipes.arrive(device, Way::Up);
        self.reaches_host(device, &packet, run);
        self.shared.pipes.reuse(packet);
    }

    fn reaches_host<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        packet: &HciPacket,
        run: &mut Run<'_, K, T>,
    ) {
        let now = self.shared.agenda.now();
        if !self.shared.planned.is_empty() && self.strikes_pdu(device, packet, run) {
            return;
        }
        if T::ON {
            run.trace.entry(now, &Entry::ToHost { device, packet });
        }
        if let HciPacket::Acl(acl) = packet {
            seal(&mut self.shared.digest, now, device, 1, &acl.data);
        } else {
            seal(&mut self.shared.digest, now, device, 2, &[]);
        }
        if self.devices[device].foreign == Some(Foreign::Host) {
            return self.packet_out(device, *packet, run);
        }
        self.host(device, HostInput::Hci(packet), run);
    }

    fn controller<K: KeyAgreement, T: Trace>(
        &mut self,
        device: usize,
        input: Input<'_>,
        run: &mut Run<'_, K, T>,
    ) {
        let Device { power, controller, .. } = &mut self.devices[device];
        if *power == Power::Off {
            return;
        }
        self.checks.controller_touched(device);
        let now = self.shared.agenda.now();
        let plan = &run.plan.devices[device];
        let mut port = ControllerPort { device, plan, shared: &mut self.shared, trace: &mut *run.trace };
        controller.handle(now, input, &mut port);
        wake_controller(device, controller, &mut self.shared.agenda);
        if let Some(place) = self.shared.outgoing.take() {
            self.launch(device, place, run);
        }
    }

    fn renew_controller_wake(&mut self, device: usize) {
        wake_controller(device, &self.devices[device].controller, &mut self.shared.agenda);
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
        self.checks.host_touched(device);
        let now = self.shared.agenda.now();
        let (plan, program) = (run.plan, run.plan.program(device, run.policy));
        let (keys, trace) = (&mut *run.keys, &mut *run.trace);
        let watched = self.watched;
        let mut port = HostPort { device, plan, shared: &mut self.shared, keys, trace, watched };
        self.devices[device].host.handle(now, input, program, &mut port);
        self.work(device, plan);
        self.renew_host_wake(device);
        if watched {
            self.watch(device, run);
        }
        while !self.shared.steps.is_empty() {
            let step = self.shared.steps.remove(0);
            self.entered(device, step, run);
        }
    }

    /// The processor has had work to do: the host is silent until it is done, and the radio as well if they share
    /// it.
    #[inline]
    fn work(&mut self, device: usize, plan: &Plan) {
        let (work, mut until) = (self.shared.work, self.shared.stops_until);
        if work.is_zero() && until == Instant::ZERO {
            return;
        }
        (self.shared.work, self.shared.stops_until) = (Span::ZERO, Instant::ZERO);
        let done = self.shared.agenda.now() + work;
        self.shared.accounts[device].now().processor += work;
        let state = &mut self.devices[device];
        state.silent_until = state.silent_until.max(done);
        if plan.devices[device].work.stops_radio {
            until = until.max(done);
            state.controller.block(until);
            self.renew_controller_wake(device);
        }
    }

    fn renew_host_wake(&mut self, device: usize) {
        let Device { host, silent_until, power, .. } = &self.devices[device];
        let earliest = self.shared.agenda.now().max(*silent_until);
        let deadline = if *power == Power::On { host.deadline() } else { None };
        let wake = deadline.map(|(at, why)| (at.max(earliest), Reason::Host(why)));
        self.shared.agenda.wake(host_actor(device), wake);
    }
}

/// Has a controller wake when it asks to.
#[inline]
fn wake_controller(device: usize, controller: &Controller, agenda: &mut Agenda<Happening, Reason>) {
    let wake = controller.deadline().map(|(at, _)| (at.max(agenda.now()), Reason::Controller));
    agenda.wake(controller_actor(device), wake);
}
