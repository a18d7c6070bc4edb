//! A session as text: one line for everything that matters, in the order of time.
//!
//! Invariant: empty PDUs and advertising that nobody hears are folded into a count, never dropped in silence.

use super::idle::Idle;
use super::links::{Clear, Links, request};
use super::paint::{Paint, of_topic, paint};
use super::{describe, extended};
use blesim_controller::{AirPdu, Frame, Note as ControllerNote};
use blesim_host::{Failure, Note, Side, Stack};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::HciPacket;
use blesim_packet::{l2cap, smp::SmpPdu};
use blesim_world::{Entry, Plan, Reception, Trace};
use std::io::{self, Write};

/// Silence that is worth its length.
const LONG: Span = Span::from_millis(1);

/// Writes a session as text.
pub struct TextTrace<'a, W> {
    sink: W,
    plan: &'a Plan,
    policy: usize,
    links: Links,
    idle: Idle,
    width: usize,
    title: String,
    color: bool,
    /// Whether the head is written.
    begun: bool,
    /// When the last line was.
    last: Instant,
    /// The last device that said Pairing Failed: it is the one that found the fault.
    refused: Option<usize>,
    /// The first error of the sink; nothing is written after it.
    error: Option<io::Error>,
}

impl<'a, W: Write> TextTrace<'a, W> {
    /// A trace of a session of `plan` with this policy, with a title above it; `color` puts escape sequences of a
    /// terminal around what matters most.
    pub fn new(sink: W, plan: &'a Plan, policy: usize, title: &str, color: bool) -> Self {
        let width = plan.devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
        let (links, idle) = (Links::default(), Idle::default());
        Self {
            sink,
            plan,
            policy,
            links,
            idle,
            width,
            title: title.to_owned(),
            color,
            begun: false,
            last: Instant::ZERO,
            refused: None,
            error: None,
        }
    }

    /// Ends the text and gives the sink back.
    ///
    /// # Errors
    /// The first error that the sink had.
    pub fn finish(mut self) -> io::Result<W> {
        self.unfold(self.last);
        match self.error {
            Some(error) => Err(error),
            None => self.sink.flush().map(|()| self.sink),
        }
    }

    fn name(&self, device: usize) -> &str {
        &self.plan.devices[device].name
    }

    fn write(&mut self, line: &str) {
        if self.error.is_none()
            && let Err(error) = writeln!(self.sink, "{}", line.trim_end())
        {
            self.error = Some(error);
        }
    }

    /// What stands above everything: which session it is, and how to read a line.
    fn head(&mut self) {
        if !self.begun {
            self.begun = true;
            let title = std::mem::take(&mut self.title);
            self.write(&paint(Paint::Bold, self.color, &title));
            let (who, width) = ("who", self.width * 2 + 3);
            self.write(&format!("{:>12}  {who:<width$}  {:<6}  what", "s", "where"));
        }
    }

    /// Says what was folded, and how long that took.
    fn unfold(&mut self, now: Instant) {
        self.head();
        let took = now.since(self.last);
        if let Some(folded) = self.idle.unfold() {
            let long = if took >= LONG { format!(" in {took}") } else { String::new() };
            self.write(&paint(Paint::Faint, self.color, &format!("{:>12}  ... {folded}{long} ...", "")));
        }
        self.last = now;
    }

    fn line(&mut self, at: Instant, device: usize, topic: &str, text: &str) {
        self.unfold(at);
        let (name, width) = (self.name(device), self.width * 2 + 3);
        let line = format!("{:>12}  {name:<width$}  {topic:<6}  {text}", at.to_string());
        let painted = paint(of_topic(topic, text), self.color, &line);
        self.write(&painted);
    }

    /// What the stacks would call a failure.
    fn words(&mut self, at: Instant, device: usize, failure: Failure) {
        let side = if self.refused.take() == Some(device) { Side::Local } else { Side::Remote };
        for (stack, name) in Stack::ALL {
            self.line(at, device, "", &format!("  {name}: {}", stack.words(failure, side)));
        }
    }

    fn frame(&mut self, at: Instant, from: usize, frame: &Frame, receivers: &[(usize, Reception)]) {
        let fate = receivers.iter().find_map(|&(_, reception)| describe::reception(reception));
        let peer = self.links.peer(from, frame.access_address, self.plan);
        let (text, encrypted) = match &frame.pdu {
            AirPdu::Advertising(pdu) => {
                let request = request(pdu);
                // Whoever advertises does so again and again until somebody hears it.
                if receivers.is_empty() && request.is_none() {
                    self.idle.unheard();
                    return;
                }
                if let Some(request) = request {
                    self.links.open(from, request);
                }
                (extended::advertising(pdu, frame.channel), false)
            }
            AirPdu::Data(pdu) => {
                let central = self.links.get(frame.access_address).is_none_or(|link| link.central == from);
                if pdu.payload.is_empty() {
                    let lost = fate.is_some() || receivers.is_empty();
                    self.idle.empty(frame.access_address, pdu, central, lost);
                    return;
                }
                self.idle.data(frame.access_address, central);
                let Clear { payload, encrypted, .. } = self.links.clear(from, frame, pdu);
                (describe::data(pdu.header.llid, &payload), encrypted)
            }
        };
        self.unfold(at);
        let fate = if receivers.is_empty() { Some("nobody listens") } else { fate };
        let to = receivers.first().map(|&(to, _)| to).or(peer).unwrap_or_else(|| 1 - from.min(1));
        let (from, to, width) = (self.name(from), self.name(to), self.width);
        let cipher = if encrypted { "enc" } else { "" };
        let channel = describe::channel(frame.channel);
        let fate = fate.map(|fate| format!("  ** {fate} **")).unwrap_or_default();
        let time = at.to_string();
        let line =
            format!("{time:>12}  {from:<width$} > {to:<width$}  {channel:<6}  {cipher:<4}{text}{fate}");
        let color = if fate.is_empty() { Paint::Plain } else { Paint::Red };
        let painted = paint(color, self.color, &line);
        self.write(&painted);
    }

    fn packet_down(&mut self, at: Instant, device: usize, packet: &HciPacket) {
        match packet {
            HciPacket::Command(command) => self.line(at, device, "hci >", &describe::command(command)),
            HciPacket::Acl(acl) => {
                let Ok(frame) = l2cap::Frame::decode(&acl.data) else { return };
                if frame.cid != l2cap::CID_SMP {
                    let text = describe::channel_payload(frame.cid, frame.payload);
                    self.line(at, device, "l2cap >", &text);
                } else if let Ok(pdu) = SmpPdu::decode(frame.payload) {
                    self.line(at, device, "smp >", &describe::smp(&pdu));
                    if matches!(pdu, SmpPdu::PairingFailed(_)) {
                        self.refused = Some(device);
                    }
                }
            }
            HciPacket::Event(_) => {}
        }
    }
}

impl<W: Write> Trace for TextTrace<'_, W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::PowerOn { device } => self.line(at, device, "power", "on"),
            Entry::Frame { from, frame, receivers } => self.frame(at, from, frame, receivers),
            Entry::Collision { from, to, by } => {
                let text = format!("the frame of {} is broken by one of {}", self.name(from), self.name(by));
                self.line(at, to, "air", &text);
            }
            Entry::ToController { device, packet } => self.packet_down(at, device, packet),
            Entry::ToHost { device, packet: HciPacket::Event(event) } => {
                if let Some(text) = describe::event(event) {
                    self.line(at, device, "hci <", &text);
                }
            }
            Entry::Controller { device, note, .. } => {
                match note {
                    ControllerNote::SessionKey { skd, iv, key, .. } => self.links.key(device, skd, iv, key),
                    ControllerNote::Closed(_) | ControllerNote::Encryption(_) | ControllerNote::Edge(_) => {}
                }
                self.line(at, device, "link", &describe::controller_note(note));
            }
            Entry::Host { device, note } if !matches!(note, Note::Awaits(_)) => {
                if let Note::OwnAddress(address) = note {
                    self.links.known_as(device, address);
                }
                let (topic, text) = describe::host_note(note, self.plan.program(device, self.policy));
                self.line(at, device, topic, &text);
                if let Note::Failed(failure) = note {
                    self.words(at, device, failure);
                }
            }
            // Data going up was seen on the air and, whole, when it was sent; a step is known by its PDUs.
            // What is awaited shows in what comes, or does not.
            Entry::ToHost { .. } | Entry::Step { .. } | Entry::Host { .. } => {}
            Entry::HostWakes { device, why } => self.line(at, device, "timer", describe::wake(why)),
            Entry::Fault { index, device, effect } => {
                let text = format!("{} ({}) {}", index + 1, effect.name(), describe::effect(effect));
                self.line(at, device, "FAULT", &text);
            }
        }
    }
}
