//! The loop between the simulated air and everybody outside.
//!
//! Invariant: one thread, and nothing in it waits for one client alone. Time stands still until somebody is
//! there; from then on it goes as the wall clock does, or as fast as it can while no host has anything to say.

use crate::door::{Door, DoorError};
use crate::endpoint::Endpoint;
use crate::h4::{Item, Sender};
use crate::journal::{Journal, Said};
use crate::line::{Carrier, Heard, Line};
use crate::pace::Clock;
pub use crate::pace::Pace;
use blesim_crypto::Naive;
use blesim_host::{Answer, Episode};
use blesim_packet::hci::HciPacket;
use blesim_world::{Bug, Driven, Foreign, Plan, Reached, Trace};
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::mpsc::Receiver;

/// The longest the loop sleeps: so late it sees that it is to stop.
const NAP: Duration = Duration::from_millis(50);
/// Packets that are handed out at one instant at the most, before others have their turn.
const AT_ONCE: usize = 4096;

/// A device of which one half is outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attached {
    /// Its index in the plan.
    pub device: usize,
    /// Which half.
    pub half: Foreign,
    /// Where a foreign host comes in, or a foreign controller is reached.
    pub endpoint: Endpoint,
}

/// How a server has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// Every foreign host has come and gone, and every host of ours over a foreign controller is done.
    Over,
    /// The foreign controller of this device has hung up.
    Gone(usize),
}

/// Why a server could not go on.
#[derive(Debug)]
pub enum ServeError {
    /// A bug of the simulator.
    Bug(Bug),
    /// The system, or whoever takes the capture.
    Io(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bug(bug) => bug.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ServeError {}

/// One foreign half.
#[derive(Debug)]
struct Seat {
    device: usize,
    half: Foreign,
    /// Where hosts come in; none for a controller.
    door: Option<Door>,
    line: Option<Line>,
    /// Whether anybody has been here.
    met: bool,
}

/// The air, with everybody who is attached to it.
#[derive(Debug)]
pub struct Server<'a, T> {
    driven: Driven<'a, Naive, (Journal, T)>,
    plan: &'a Plan,
    seats: Vec<Seat>,
    clock: Clock,
    /// What a person says for devices with our host: the device and the answer.
    answers: Option<Receiver<(usize, Answer)>>,
    /// End when everybody has come and gone.
    once: bool,
}

/// Every door and every line to a foreign controller, open.
#[derive(Debug)]
pub struct Doors(Vec<Seat>);

impl Doors {
    /// Opens every door, and reaches every foreign controller.
    ///
    /// # Errors
    /// [`DoorError`] of the first that can't be.
    pub fn open(attached: &[Attached]) -> Result<Self, DoorError> {
        let mut seats = Vec::new();
        for Attached { device, half, endpoint } in attached {
            let (door, line) = match half {
                Foreign::Host => (Some(Door::open(endpoint)?), None),
                Foreign::Controller => (None, Some(Line::new(Door::reach(endpoint)?, Sender::Controller))),
            };
            seats.push(Seat { device: *device, half: *half, door, line, met: *half == Foreign::Controller });
        }
        Ok(Self(seats))
    }

    /// Where each foreign host comes in: the device and the place.
    pub fn places(&self) -> impl Iterator<Item = (usize, String)> {
        self.0.iter().filter_map(|seat| Some((seat.device, seat.door.as_ref()?.place())))
    }
}

impl<'a, T: Trace> Server<'a, T> {
    /// The session of a policy and a seed, behind these doors.
    ///
    /// # Panics
    /// If the plan has no such device or policy.
    #[must_use]
    pub fn new(plan: &'a Plan, session: (usize, u64), doors: Doors, pace: Pace, trace: T) -> Self {
        let Doors(seats) = doors;
        let foreign: Vec<(usize, Foreign)> = seats.iter().map(|seat| (seat.device, seat.half)).collect();
        let trace = (Journal::new(plan.devices.len(), &foreign), trace);
        let driven = Driven::new(plan, session, &foreign, Naive, trace);
        let mut clock = Clock::new(pace);
        // Our host over a foreign controller waits for nobody.
        if seats.iter().any(|seat| seat.half == Foreign::Controller) {
            clock.start();
        }
        Self { driven, plan, seats, clock, answers: None, once: false }
    }

    /// Takes what a person says from here.
    pub fn listen_to(&mut self, answers: Receiver<(usize, Answer)>) {
        self.answers = Some(answers);
    }

    /// Ends when everybody has come and gone, instead of waiting for the next.
    pub fn only_once(&mut self) {
        self.once = true;
    }

    /// Whether every host of ours over a foreign controller has ended with a secured link.
    #[must_use]
    pub fn is_secured(&self) -> bool {
        let over = self.seats.iter().filter(|seat| seat.half == Foreign::Controller);
        let mut sessions = over.flat_map(|seat| self.driven.sessions(seat.device));
        sessions.all(|session| matches!(session.episode, Episode::Secured(_)))
    }

    /// Ends, and gives back who looked on.
    #[must_use]
    pub fn close(self) -> T {
        self.driven.end().1
    }

    /// Serves until `stop` is set. `each` gets every line that is worth one; `after` is called when everything up
    /// to now has been told to whoever looks on.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn run(
        &mut self,
        stop: &AtomicBool,
        mut each: impl FnMut(&Said),
        mut after: impl FnMut() -> io::Result<()>,
    ) -> Result<Ended, ServeError> {
        loop {
            let ended = self.turn().map_err(ServeError::Bug)?;
            self.driven.trace().0.take().iter().for_each(&mut each);
            after().map_err(ServeError::Io)?;
            if stop.load(Ordering::Relaxed) {
                return Ok(Ended::Stopped);
            }
            if let Some(ended) = ended.or_else(|| self.is_over().then_some(Ended::Over)) {
                return Ok(ended);
            }
            self.sleep().map_err(ServeError::Io)?;
        }
    }

    /// Everything that is due now.
    fn turn(&mut self) -> Result<Option<Ended>, Bug> {
        if self.clock.runs() {
            self.advance()?;
        }
        // Whoever has left makes room for whoever comes.
        for place in 0..self.seats.len() {
            if let Some(gone) = self.hear(place) {
                return Ok(Some(gone));
            }
        }
        self.welcome();
        self.take_answers();
        for place in 0..self.seats.len() {
            let Some(line) = &mut self.seats[place].line else { continue };
            if let Err(error) = line.flush() {
                return Ok(self.hang_up(place, &format!("the line has failed: {error}")));
            }
        }
        Ok(None)
    }

    /// Lets the session come up to the present.
    fn advance(&mut self) -> Result<(), Bug> {
        let until = self.clock.now(self.driven.now(), self.driven.next());
        for _ in 0..AT_ONCE {
            if self.driven.advance(until)? == Reached::Until {
                break;
            }
            while let Some((device, packet)) = self.driven.take() {
                self.deliver(device, &packet);
            }
        }
        Ok(())
    }

    fn deliver(&mut self, device: usize, packet: &HciPacket) {
        self.clock.exchanged();
        let Some(place) = self.seats.iter().position(|seat| seat.device == device) else { return };
        let Some(line) = &mut self.seats[place].line else { return };
        if line.send(packet) {
            return;
        }
        if line.carrier.is_serial() {
            // Nobody has opened it, or nobody reads.
            line.forget();
        } else {
            self.hang_up(place, "it does not read: 64 KiB wait for it");
        }
    }

    /// Lets in whoever waits before a door.
    fn welcome(&mut self) {
        for place in 0..self.seats.len() {
            while let Some(accepted) = self.seats[place].door.as_mut().map(Door::accept) {
                match accepted {
                    Ok(None) => break,
                    Ok(Some(carrier)) => self.attach(place, carrier),
                    Err(error) => {
                        self.say(place, format!("a client could not be let in: {error}"));
                        break;
                    }
                }
            }
        }
    }

    fn attach(&mut self, place: usize, carrier: Carrier) {
        let Seat { device, line, met, .. } = &mut self.seats[place];
        let device = *device;
        if line.is_some() {
            // Dropped, and thereby hung up.
            return self
                .say(place, "another host came while one is attached, and was turned away".to_owned());
        }
        *line = Some(Line::new(carrier, Sender::Host));
        *met = true;
        self.clock.start();
        self.driven.switch(device, true);
        self.say(place, "a host is attached".to_owned());
        for pair in self.plan.pairs.iter().filter(|pair| pair.peripheral == device) {
            if self.seats.iter().all(|seat| seat.device != pair.central || seat.half == Foreign::Controller) {
                self.driven.begin(pair.central, pair.place);
            }
        }
    }

    /// Takes what has come from outside.
    fn hear(&mut self, place: usize) -> Option<Ended> {
        let Seat { device, line, .. } = &mut self.seats[place];
        let (device, line) = (*device, line.as_mut().filter(|line| !line.is_crowded())?);
        let (driven, clock) = (&mut self.driven, &mut self.clock);
        let read = line.read(|item| {
            clock.exchanged();
            match item {
                Item::Packet(packet) => driven.put(device, packet),
                Item::Malformed(packet, error) => {
                    let now = driven.now();
                    driven.trace().0.say(now, device, format!("{}: {error}", name(&packet)));
                    driven.put(device, packet);
                }
                Item::Ignored { indicator } => {
                    let now = driven.now();
                    let text = format!("data of kind {indicator:#04x} were ignored: there is ACL data alone");
                    driven.trace().0.say(now, device, text);
                }
            }
        });
        match read {
            Heard::Dry => None,
            Heard::HungUp { amid: false } => self.hang_up(place, "it has hung up"),
            Heard::HungUp { amid: true } => self.hang_up(place, "it has hung up in the middle of a packet"),
            Heard::Garbage(error) if self.seats[place].is_serial() => {
                self.say(place, format!("{error}; waiting for HCI_Reset"));
                None
            }
            Heard::Garbage(error) => self.hang_up(place, &error.to_string()),
            Heard::Broken(error) => self.hang_up(place, &format!("the line has failed: {error}")),
        }
    }

    /// A line is over, and with it the power of the device.
    fn hang_up(&mut self, place: usize, why: &str) -> Option<Ended> {
        let Seat { device, half, line, .. } = &mut self.seats[place];
        let (device, half) = (*device, *half);
        *line = None;
        match half {
            Foreign::Host => {
                self.driven.switch(device, false);
                self.say(place, format!("the host is detached: {why}"));
                None
            }
            Foreign::Controller => {
                self.say(place, format!("the controller is gone: {why}"));
                Some(Ended::Gone(device))
            }
        }
    }

    fn say(&mut self, place: usize, text: String) {
        let (now, device) = (self.driven.now(), self.seats[place].device);
        self.driven.trace().0.say(now, device, text);
    }

    fn take_answers(&mut self) {
        let Some(answers) = &self.answers else { return };
        while let Ok((device, answer)) = answers.try_recv() {
            self.driven.answer(device, 0, answer);
        }
    }

    /// Whether everybody has come and gone.
    fn is_over(&self) -> bool {
        self.once
            && self.seats.iter().all(|seat| match seat.half {
                Foreign::Host => seat.met && seat.line.is_none(),
                Foreign::Controller => {
                    self.driven.sessions(seat.device).all(|session| session.episode != Episode::Open)
                }
            })
    }

    /// Waits for the next thing to happen, inside or outside.
    fn sleep(&mut self) -> io::Result<()> {
        let nap = self.clock.until(self.driven.next()).unwrap_or(NAP).min(NAP);
        crate::wait::wait(nap, self.seats.iter().map(|seat| (seat.door.as_ref(), seat.line.as_ref())))
    }
}

impl Seat {
    fn is_serial(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.carrier.is_serial())
    }
}

/// What a packet is called.
fn name(packet: &HciPacket) -> String {
    match packet {
        HciPacket::Command(command) => {
            let opcode = command.opcode();
            command.name().map_or_else(|| format!("command {opcode:#06x}"), str::to_owned)
        }
        HciPacket::Event(event) => format!("event {:#04x}", event.code()),
        HciPacket::Acl(_) => "ACL data".to_owned(),
    }
}
