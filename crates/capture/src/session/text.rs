//! A session as text: one line for everything that matters, in the order of time.
//!
//! Invariant: empty PDUs and advertising nobody hears are folded into a count, never dropped in silence.

use super::cleartext::Cleartext;
use super::describe;
use blesim_controller::{AirPdu, Frame, Note as ControllerNote};
use blesim_kernel::Instant;
use blesim_packet::hci::HciPacket;
use blesim_packet::ll::AdvPdu;
use blesim_packet::{l2cap, smp::SmpPdu};
use blesim_world::{Entry, Plan, Reception, Trace};
use std::io::{self, Write};

/// Writes a session as text.
pub struct TextTrace<'a, W> {
    sink: W,
    plan: &'a Plan,
    policy: usize,
    cleartext: Cleartext,
    idle: Idle,
    width: usize,
    /// The first error of the sink; nothing is written after it.
    error: Option<io::Error>,
}

/// What has been folded since the last line.
#[derive(Default)]
struct Idle {
    empty: u32,
    empty_lost: u32,
    unheard: u32,
}

impl<'a, W: Write> TextTrace<'a, W> {
    /// A trace of a session of `plan` with this policy.
    pub fn new(sink: W, plan: &'a Plan, policy: usize) -> Self {
        let width = plan.devices.iter().map(|device| device.name.chars().count()).max().unwrap_or(0);
        let (cleartext, idle) = (Cleartext::default(), Idle::default());
        Self { sink, plan, policy, cleartext, idle, width, error: None }
    }

    /// Ends the text and gives the sink back.
    ///
    /// # Errors
    /// The first error that the sink had.
    pub fn finish(mut self) -> io::Result<W> {
        self.unfold();
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

    /// Says what was folded.
    fn unfold(&mut self) {
        let Idle { empty, empty_lost, unheard } = core::mem::take(&mut self.idle);
        let mut parts = Vec::new();
        if unheard > 0 {
            parts.push(format!("{} unheard", counted(unheard, "advertising PDU")));
        }
        if empty > 0 {
            let lost = if empty_lost > 0 { format!(", {empty_lost} of them lost") } else { String::new() };
            parts.push(format!("{}{lost}", counted(empty, "empty PDU")));
        }
        if !parts.is_empty() {
            let line = format!("{:>12}  ... {} ...", "", parts.join(", "));
            self.write(&line);
        }
    }

    fn line(&mut self, at: Instant, device: usize, topic: &str, text: &str) {
        self.unfold();
        let (name, width) = (self.name(device), self.width * 2 + 3);
        let line = format!("{:>12}  {name:<width$}  {topic:<6}  {text}", at.to_string());
        self.write(&line);
    }

    fn frame(&mut self, at: Instant, from: usize, frame: &Frame, receivers: &[(usize, Reception)]) {
        let fate = receivers.iter().find_map(|&(_, reception)| describe::reception(reception));
        let (text, encrypted) = match &frame.pdu {
            AirPdu::Advertising(AdvPdu::AdvInd { .. }) if receivers.is_empty() => {
                self.idle.unheard += 1;
                return;
            }
            AirPdu::Advertising(pdu) => {
                // A link may end in the instant of its last frame; the next one begins here.
                if let AdvPdu::ConnectInd(_) = pdu {
                    self.cleartext.close();
                }
                (describe::advertising(pdu), false)
            }
            AirPdu::Data(pdu) if pdu.payload.is_empty() => {
                self.idle.empty += 1;
                self.idle.empty_lost += u32::from(fate.is_some() || receivers.is_empty());
                return;
            }
            AirPdu::Data(pdu) => {
                let (payload, encrypted) = self.cleartext.open(from, pdu);
                (describe::data(pdu.header.llid, &payload), encrypted)
            }
        };
        self.unfold();
        let fate = if receivers.is_empty() { Some("nobody listens") } else { fate };
        let to = receivers.first().map_or(1 - from.min(1), |&(to, _)| to);
        let (from, to, width) = (self.name(from), self.name(to), self.width);
        let cipher = if encrypted { "enc" } else { "" };
        let channel = describe::channel(frame.channel);
        let fate = fate.map(|fate| format!("  ** {fate} **")).unwrap_or_default();
        let time = at.to_string();
        let line =
            format!("{time:>12}  {from:<width$} > {to:<width$}  {channel:<6}  {cipher:<4}{text}{fate}");
        self.write(&line);
    }

    fn packet_down(&mut self, at: Instant, device: usize, packet: &HciPacket) {
        match packet {
            HciPacket::Command(command) => self.line(at, device, "hci >", &describe::command(command)),
            HciPacket::Acl(acl) => {
                let Ok(frame) = l2cap::Frame::decode(&acl.data) else { return };
                if let Ok(pdu) = SmpPdu::decode(frame.payload) {
                    self.line(at, device, "smp >", &describe::smp(&pdu));
                }
            }
            HciPacket::Event(_) => {}
        }
    }
}

/// So many of a thing.
fn counted(number: u32, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

impl<W: Write> Trace for TextTrace<'_, W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::PowerOn { device } => self.line(at, device, "power", "on"),
            Entry::Frame { from, frame, receivers } => self.frame(at, from, frame, receivers),
            Entry::ToController { device, packet } => self.packet_down(at, device, packet),
            Entry::ToHost { device, packet: HciPacket::Event(event) } => {
                if let Some(text) = describe::event(event) {
                    self.line(at, device, "hci <", &text);
                }
            }
            Entry::Controller { device, note, .. } => {
                match note {
                    ControllerNote::SessionKey { key, iv, .. } => self.cleartext.key(key, iv),
                    ControllerNote::Closed(_) | ControllerNote::Encryption(_) | ControllerNote::Edge(_) => {}
                }
                self.line(at, device, "link", &describe::controller_note(note));
            }
            Entry::Host { device, note } => {
                let (topic, text) = describe::host_note(note, self.plan.program(device, self.policy));
                self.line(at, device, topic, &text);
            }
            // Data going up was seen on the air and, whole, when it was sent; a step is known by its PDUs.
            Entry::ToHost { .. } | Entry::Step { .. } => {}
            Entry::HostWakes { device, why } => self.line(at, device, "timer", describe::wake(why)),
            Entry::Fault { index, device, effect } => {
                let text = format!("{} ({}) {}", index + 1, effect.name(), describe::effect(effect));
                self.line(at, device, "FAULT", &text);
            }
        }
    }
}
