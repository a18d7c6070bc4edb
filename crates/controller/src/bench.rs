//! Controllers back to back in an air without distance: what measurements and tests of discovery run in.
//!
//! Invariant: like any owner it delivers a frame as Sync, then Frame at its end, and wakes at deadlines; it
//! draws nothing itself. It must never know a scenario.

use crate::{Config, Controller, Draw, Frame, Input, Note, Port};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{Command, Event, HciPacket};
use blesim_packet::ll::{Phy, airtime_us};

/// One controller and what came out of it.
#[derive(Debug)]
pub struct Seat {
    /// The controller.
    pub controller: Controller,
    /// What it told its host; the user of the bench empties it.
    pub events: Vec<Event>,
    /// How long its receiver was on.
    pub listened: Span,
}

/// A frame on its way.
#[derive(Clone, Copy, Debug)]
struct Flight {
    start: Instant,
    end: Instant,
    to: usize,
    frame: Frame,
}

/// What is between the controllers: `random` answers their draws, `lost` says which frames vanish.
pub struct Bench<R> {
    now: Instant,
    /// The controllers.
    pub seats: Vec<Seat>,
    flights: Vec<Flight>,
    random: R,
    lost: fn(&Frame) -> bool,
    /// Everything that was sent, by whom and when, if it is to be kept.
    pub sent: Option<Vec<(Instant, usize, Frame)>>,
}

/// The port of one controller during one call.
struct BenchPort<'a, R> {
    random: &'a mut R,
    events: &'a mut Vec<Event>,
    listened: &'a mut Span,
    frame: Option<Frame>,
}

impl<R: FnMut() -> u64> Port for BenchPort<'_, R> {
    fn to_host(&mut self, packet: &HciPacket) {
        if let HciPacket::Event(event) = packet {
            self.events.push(*event);
        }
    }
    fn transmit(&mut self, frame: &Frame) {
        assert!(self.frame.replace(*frame).is_none(), "a controller sends one frame at a time");
    }
    fn draw(&mut self, _: Draw) -> u64 {
        (self.random)()
    }
    fn listened(&mut self, span: Span) {
        *self.listened += span;
    }
    fn note(&mut self, _: u16, _: Note) {}
}

impl<R: FnMut() -> u64> Bench<R> {
    /// A bench with these controllers, at time zero.
    pub fn new(configs: &[Config], random: R) -> Self {
        let seat = |config: &Config| Seat {
            controller: Controller::new(*config).unmasked(),
            events: Vec::new(),
            listened: Span::ZERO,
        };
        let seats = configs.iter().map(seat).collect();
        Self { now: Instant::ZERO, seats, flights: Vec::new(), random, lost: |_| false, sent: None }
    }

    /// Loses every frame for which this is true.
    pub fn lose(&mut self, lost: fn(&Frame) -> bool) {
        self.lost = lost;
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// A random number from the bench's source, below `bound` (which is not zero).
    pub fn below(&mut self, bound: u64) -> u64 {
        (self.random)() % bound
    }

    /// Gives a controller a command; what it answers is among its events.
    pub fn command(&mut self, seat: usize, command: Command) {
        self.handle(seat, Input::Hci(&HciPacket::Command(command)));
    }

    fn handle(&mut self, seat: usize, input: Input<'_>) {
        let Seat { controller, events, listened } = &mut self.seats[seat];
        let mut port = BenchPort { random: &mut self.random, events, listened, frame: None };
        controller.handle(self.now, input, &mut port);
        if let Some(frame) = port.frame {
            self.launch(seat, frame);
        }
    }

    fn launch(&mut self, from: usize, frame: Frame) {
        let start = self.now;
        let end = start + Span::from_micros(u64::from(airtime_us(frame.phy, frame.pdu.payload_len())));
        if let Some(sent) = &mut self.sent {
            sent.push((start, from, frame));
        }
        if (self.lost)(&frame) {
            return;
        }
        for to in (0..self.seats.len()).filter(|&to| to != from) {
            let heard = self.seats[to].controller.listening(start).is_some_and(|listening| {
                listening.channel == frame.channel
                    && listening.access_address == frame.access_address
                    && alike(listening.phy, frame.phy)
            });
            if heard {
                self.flights.push(Flight { start, end, to, frame });
                self.handle(to, Input::Sync { end });
            }
        }
    }

    /// Lets the next thing happen that is due by `until`; false if nothing is.
    pub fn step(&mut self, until: Instant) -> bool {
        let lands = self.flights.iter().enumerate().map(|(place, flight)| (flight.end, place)).min();
        let deadline = |seat: &Seat| seat.controller.deadline().map(|(at, _)| at);
        let seats = self.seats.iter().enumerate();
        let wakes = seats.filter_map(|(index, seat)| deadline(seat).map(|at| (at, index))).min();
        match (lands, wakes) {
            (Some((end, place)), wakes) if end <= until && wakes.is_none_or(|(at, _)| end <= at) => {
                self.now = end;
                let Flight { start, to, frame, .. } = self.flights.remove(place);
                self.handle(to, Input::Frame { start, pdu: &frame.pdu, crc_ok: true });
            }
            (_, Some((at, seat))) if at <= until => {
                self.now = self.now.max(at);
                self.handle(seat, Input::Wake);
            }
            _ => return false,
        }
        true
    }

    /// Lets everything happen that is due by `until`.
    pub fn run(&mut self, until: Instant) {
        while self.step(until) {}
        self.now = until;
    }

    /// Goes on until the controller tells its host something that `what` is true of, or until `until`.
    pub fn run_to(&mut self, seat: usize, until: Instant, what: fn(&Event) -> bool) -> Option<Instant> {
        loop {
            if self.seats[seat].events.iter().any(what) {
                return Some(self.now);
            }
            if !self.step(until) {
                return None;
            }
        }
    }
}

/// Either coding of LE Coded is received whichever is named (Vol 6 Part B 2.2.3).
const fn alike(one: Phy, other: Phy) -> bool {
    const fn kind(phy: Phy) -> u8 {
        match phy {
            Phy::Le1M => 1,
            Phy::Le2M => 2,
            Phy::CodedS2 | Phy::CodedS8 => 3,
        }
    }
    kind(one) == kind(other)
}
