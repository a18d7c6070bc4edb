//! What all devices of a session share: the agenda, the air, the pipes, chance and the tally.

use crate::acts::Acts;
use crate::air::Air;
use crate::attack::Attacks;
use crate::chance::SessionChance;
use crate::check::Truth;
use crate::energy::Account;
use crate::fault::{self, Planned};
use crate::people::{Due, Efforts, People};
use crate::pipes::{Kind, Pipes, Way};
use crate::plan::Plan;
use crate::record::NO_FAILURE;
use crate::weather::Weather;
use arrayvec::ArrayVec;
use blesim_host::{MAX_PEERS, Step};
use blesim_kernel::{ActorId, Agenda, Digest, Instant, Limits, Rank, Span};
use blesim_packet::hci::HciPacket;
use std::collections::VecDeque;

/// What the agenda holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Happening {
    /// A frame ends; the number is its slot on the air.
    FrameEnds(u8),
    /// The next packet of the pipe reaches the host.
    ToHost,
    /// The next packet of the pipe reaches the controller.
    ToController,
    /// A device is switched on.
    PowerOn,
    /// A planned fault strikes; the number is its place in the list.
    Fault(u8),
    /// An act of the script is over that takes a time.
    Act,
    /// A fault strikes whose time was started by a step; the numbers are its place and its round.
    Later(u8, u16),
    /// The device's user says something about a peer, to the prompt with this number.
    Person { peer: u8, prompt: u32 },
    /// An attacker begins a try.
    Try,
    /// The time of the try with this number, counted from zero, is over.
    TryOver(u16),
    /// An attacker answers what its host asks.
    Reply,
    /// An attacker in the middle passes on what came on its other side.
    Relay,
}

impl Happening {
    pub(crate) fn person(peer: usize, prompt: u32) -> Self {
        Self::Person { peer: u8::try_from(peer).expect("there are few peers"), prompt }
    }
}

/// Why an actor wakes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reason {
    Controller,
    Host(blesim_host::Why),
}

/// Faults strike before anything else at the same instant,
pub(crate) const RANK_FAULT: Rank = Rank(0);
/// then power comes on,
pub(crate) const RANK_POWER: Rank = Rank(1);
/// then frames end,
pub(crate) const RANK_FRAME: Rank = Rank(2);
/// then packets go down, then up, then people act; wakes are last.
pub(crate) const RANK_DOWN: Rank = Rank(3);
pub(crate) const RANK_UP: Rank = Rank(4);
pub(crate) const RANK_PERSON: Rank = Rank(5);

/// The actor number of a device's controller.
pub(crate) fn controller_actor(device: usize) -> ActorId {
    ActorId(u8::try_from(2 * device).expect("a session has a handful of devices"))
}

/// The actor number of a device's host.
pub(crate) fn host_actor(device: usize) -> ActorId {
    ActorId(controller_actor(device).0 + 1)
}

/// What the record counts as it happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub(crate) first_failure: u32,
    pub(crate) last_failure: u32,
    pub(crate) failures: u16,
    pub(crate) bonds_deleted: u16,
    /// What the policy told the user, and what it asked.
    pub(crate) notices: u16,
    pub(crate) questions: u16,
    pub(crate) frames: u32,
    pub(crate) last_step: u8,
    pub(crate) acts: Acts,
}

impl Tally {
    const NONE: Self = Self {
        first_failure: NO_FAILURE,
        last_failure: NO_FAILURE,
        failures: 0,
        bonds_deleted: 0,
        notices: 0,
        questions: 0,
        frames: 0,
        last_step: 0,
        acts: Acts::NONE,
    };
}

/// Everything but the devices.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) agenda: Agenda<Happening, Reason>,
    pub(crate) air: Air,
    pub(crate) chance: SessionChance,
    pub(crate) weather: Weather,
    pub(crate) pipes: Pipes,
    /// Packets for whoever is outside, with the device each is of.
    pub(crate) outside: VecDeque<(usize, HciPacket)>,
    pub(crate) planned: Vec<Planned>,
    pub(crate) struck: u32,
    pub(crate) tally: Tally,
    pub(crate) digest: Digest,
    /// The place on the air of the frame that the controller being handled starts to send.
    pub(crate) outgoing: Option<u8>,
    /// The steps that the host being handled enters.
    pub(crate) steps: ArrayVec<Step, 32>,
    /// The step each device is in with each of its peers.
    pub(crate) step: Vec<[Option<Step>; MAX_PEERS]>,
    /// ECDH key pairs that each device has made for each of its peers.
    pub(crate) key_pairs: Vec<[u16; MAX_PEERS]>,
    /// Processor time that the host being handled has spent.
    pub(crate) work: Span,
    /// Until when the work of the host being handled stops its radio.
    pub(crate) stops_until: Instant,
    /// What each device has used.
    pub(crate) accounts: Vec<Account>,
    /// The users.
    pub(crate) people: People,
    /// What is asked of them.
    pub(crate) efforts: Efforts,
    /// The attackers.
    pub(crate) attacks: Attacks,
    /// What is true, whatever anybody believes.
    pub(crate) truth: Truth,
}

impl Shared {
    pub(crate) fn new(plan: &Plan) -> Self {
        let devices = plan.devices.len();
        let chance = SessionChance::new(0, devices);
        let weather = Weather::new(plan, &chance);
        Self {
            agenda: Agenda::new(2 * devices, Limits::default()),
            air: Air::new(),
            chance,
            weather,
            pipes: Pipes::new(devices),
            outside: VecDeque::new(),
            planned: Vec::with_capacity(plan.faults.len()),
            struck: 0,
            tally: Tally::NONE,
            digest: Digest::new(),
            outgoing: None,
            steps: ArrayVec::new(),
            step: vec![[None; MAX_PEERS]; devices],
            key_pairs: vec![[0; MAX_PEERS]; devices],
            work: Span::ZERO,
            stops_until: Instant::ZERO,
            accounts: vec![Account::NEW; devices],
            people: People::new(devices),
            efforts: Efforts::new(devices),
            attacks: Attacks::new(plan),
            truth: Truth::new(plan),
        }
    }

    /// Starts over for another session of the same plan, keeping the memory.
    pub(crate) fn restart(&mut self, plan: &Plan, seed: u64) {
        self.agenda.reset(2 * plan.devices.len());
        self.air.clear();
        self.chance.restart(seed);
        self.weather.restart(&self.chance);
        self.pipes.clear();
        self.outside.clear();
        fault::plan(&plan.faults, self.chance.streams(), &mut self.planned);
        (self.struck, self.tally, self.digest) = (0, Tally::NONE, Digest::new());
        self.outgoing = None;
        self.steps.clear();
        self.step.fill([None; MAX_PEERS]);
        self.key_pairs.fill([0; MAX_PEERS]);
        (self.work, self.stops_until) = (Span::ZERO, Instant::ZERO);
        self.accounts.fill(Account::NEW);
        self.people.restart();
        self.efforts.restart();
        self.attacks.restart();
        self.truth.restart();
    }

    /// Sends a packet through the pipes, to arrive at `at`; `write` writes it to where it is kept meanwhile.
    pub(crate) fn send(
        &mut self,
        device: usize,
        way: Way,
        at: Instant,
        kind: Kind,
        write: impl FnOnce(&mut HciPacket),
    ) {
        let (host, controller) = (host_actor(device), controller_actor(device));
        match way {
            Way::Down => self.agenda.post(at, RANK_DOWN, controller, host, Happening::ToController),
            Way::Up => self.agenda.post(at, RANK_UP, host, controller, Happening::ToHost),
        }
        self.pipes.send(device, way, kind, write);
    }

    /// Has a person act when it is time, moved to it by what `by` showed.
    pub(crate) fn post_due(&mut self, due: Due, by: usize) {
        let (device, peer) = due.place;
        let at = self.agenda.now() + due.after;
        let happening = Happening::person(peer, due.prompt);
        self.agenda.post(at, RANK_PERSON, host_actor(device), host_actor(by), happening);
    }
}

/// Adds something that happened to the digest.
#[inline]
pub(crate) fn seal(digest: &mut Digest, at: Instant, device: usize, kind: u8, octets: &[u8]) {
    digest.word(at.as_nanos());
    digest.word((device as u64) << 8 | u64::from(kind));
    digest.octets(octets);
}
