//! A session as a sequence: who sent what to whom, and what happened to whom, in the order of time.
//!
//! Invariant: stretches in which nothing is sent but what says nothing are told as such, with how long they took;
//! what is sent again and again stands once, with how often. A session of any length has a bounded number of steps.
//! Must never know: how a sequence is drawn.

use super::idle::Idle;
use super::links::{Clear, Links, request};
use super::{describe, extended};
use blesim_controller::{AirPdu, Frame, Note as ControllerNote};
use blesim_host::Note;
use blesim_host::recovery::Action;
use blesim_kernel::{Instant, Span};
use blesim_packet::l2cap;
use blesim_packet::ll::Llid;
use blesim_packet::smp::SmpPdu;
use blesim_world::{Entry, Plan, Reception, Trace};

/// The most steps that are kept at the beginning and at the end of a long session.
const KEPT: (usize, usize) = (600, 200);
/// Silence that is worth a step.
const SILENCE: Span = Span::from_millis(50);

/// A step of a sequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SequenceStep {
    /// When.
    pub at: Instant,
    /// What.
    pub what: SequenceWhat,
}

/// What happened; devices are named by their index in the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SequenceWhat {
    /// A device sent something to another.
    Sent {
        /// The sender.
        from: usize,
        /// The receiver.
        to: usize,
        /// The PDU, and what is in it.
        words: String,
        /// Whether it was encrypted.
        encrypted: bool,
        /// How often it was sent, one time after the other.
        times: u32,
        /// Why it did not arrive the last time, if it did not.
        lost: Option<&'static str>,
    },
    /// A device told or asked its user.
    Prompt(usize, String),
    /// A user answered.
    Answer(usize, String),
    /// Something happened in a device.
    Noted(usize, Noted, String),
    /// For so long nothing of this kind happened; with what was left out.
    Silence(Span, String),
    /// So many steps are left out.
    LeftOut(usize),
}

/// What kind of thing happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Noted {
    /// A fault struck.
    Fault,
    /// A procedure failed, or a link ended.
    Failure,
    /// The policy decided.
    Policy,
    /// The link was secured.
    Secured,
    /// Anything else.
    Plain,
}

/// Collects the steps of a session.
pub struct SequenceTrace<'a> {
    plan: &'a Plan,
    policy: usize,
    links: Links,
    idle: Idle,
    first: Vec<SequenceStep>,
    last: std::collections::VecDeque<SequenceStep>,
    left_out: usize,
    at: Instant,
}

impl<'a> SequenceTrace<'a> {
    /// A trace of a session of `plan` with this policy.
    #[must_use]
    pub fn new(plan: &'a Plan, policy: usize) -> Self {
        Self {
            plan,
            policy,
            links: Links::default(),
            idle: Idle::default(),
            first: Vec::new(),
            last: std::collections::VecDeque::new(),
            left_out: 0,
            at: Instant::ZERO,
        }
    }

    /// The steps, in order.
    #[must_use]
    pub fn finish(mut self) -> Vec<SequenceStep> {
        if self.left_out > 0 {
            let at = self.last.front().map_or(self.at, |step| step.at);
            self.first.push(SequenceStep { at, what: SequenceWhat::LeftOut(self.left_out) });
        }
        self.first.extend(self.last);
        self.first
    }

    fn keep(&mut self, at: Instant, what: SequenceWhat) {
        self.at = at;
        let step = SequenceStep { at, what };
        if self.first.len() < KEPT.0 {
            self.first.push(step);
        } else {
            self.last.push_back(step);
            if self.last.len() > KEPT.1 {
                self.last.pop_front();
                self.left_out += 1;
            }
        }
    }

    /// Adds a step, after the silence before it.
    fn add(&mut self, at: Instant, what: SequenceWhat) {
        let folded = self.idle.unfold();
        let silence = at.since(self.at);
        if silence >= SILENCE && !(self.first.is_empty() && folded.is_none()) {
            self.keep(at, SequenceWhat::Silence(silence, folded.unwrap_or_default()));
        }
        self.keep(at, what);
    }

    fn note(&mut self, at: Instant, device: usize, kind: Noted, text: String) {
        let before = self.last.back_mut().or(self.first.last_mut());
        if let Some(SequenceStep { at: then, what: SequenceWhat::Noted(same, Noted::Policy, words) }) = before
            && (*then, *same, Noted::Policy) == (at, device, kind)
        {
            words.push_str("; ");
            words.push_str(&text);
            return;
        }
        self.add(at, SequenceWhat::Noted(device, kind, text));
    }

    /// Something is sent: once more, or for the first time.
    fn sent(
        &mut self,
        at: Instant,
        from: usize,
        to: usize,
        sent: (String, bool),
        fate: Option<&'static str>,
    ) {
        let (text, sealed) = sent;
        let before = self.last.back_mut().or(self.first.last_mut());
        if let Some(SequenceStep {
            what: SequenceWhat::Sent { from: f, to: t, words, encrypted, times, lost },
            ..
        }) = before
            && (*f, *t, &*words, *encrypted) == (from, to, &text, sealed)
            && (lost.is_some() || text.starts_with("L2CAP"))
        {
            *times += 1;
            *lost = fate;
            self.at = at;
            return;
        }
        let what = SequenceWhat::Sent { from, to, words: text, encrypted: sealed, times: 1, lost: fate };
        self.add(at, what);
    }

    fn frame(&mut self, at: Instant, from: usize, frame: &Frame, receivers: &[(usize, Reception)]) {
        let fate = receivers.iter().find_map(|&(_, reception)| describe::reception(reception));
        let fate = if receivers.is_empty() { Some("nobody listens") } else { fate };
        let peer = self.links.peer(from, frame.access_address, self.plan);
        let to = receivers.first().map(|&(to, _)| to).or(peer).unwrap_or_else(|| 1 - from.min(1));
        match &frame.pdu {
            AirPdu::Advertising(pdu) => match request(pdu) {
                Some(request) => {
                    self.links.open(from, request);
                    let words = cut(extended::advertising(pdu, frame.channel));
                    self.sent(at, from, to, (words, false), fate);
                }
                None => self.idle.unheard(),
            },
            AirPdu::Data(pdu) => {
                let central = self.links.get(frame.access_address).is_none_or(|link| link.central == from);
                if pdu.payload.is_empty() {
                    self.idle.empty(frame.access_address, pdu, central, fate.is_some());
                    return;
                }
                self.idle.data(frame.access_address, central);
                let Clear { payload, encrypted, .. } = self.links.clear(from, frame, pdu);
                // The rest of a frame that has begun says nothing new, as long as it arrives.
                if pdu.header.llid == Llid::Continuation && fate.is_none() {
                    return;
                }
                self.sent(at, from, to, (short(pdu.header.llid, &payload), encrypted), fate);
            }
        }
    }

    fn host(&mut self, at: Instant, device: usize, note: Note) {
        if let Note::OwnAddress(address) = note {
            self.links.known_as(device, address);
        }
        let (_, text) = describe::host_note(note, self.plan.program(device, self.policy));
        match note {
            Note::Prompt(_) => self.add(at, SequenceWhat::Prompt(device, text)),
            Note::Answer(_) => self.add(at, SequenceWhat::Answer(device, text)),
            Note::Failed(failure) => self.note(at, device, Noted::Failure, failure.to_string()),
            // What these two do is told by what follows.
            Note::Acts(Action::Wait(_) | Action::GiveUp)
            | Note::Key(..)
            | Note::Value(..)
            | Note::Awaits(_)
            | Note::Proved(_)
            | Note::PasskeyBit(..)
            | Note::Keypress(_)
            | Note::Level(_)
            | Note::OwnAddress(_)
            | Note::BondKept
            | Note::ValueSent { .. }
            | Note::ValueReceived { .. }
            | Note::Signed { .. }
            | Note::SignatureChecked { .. } => {}
            Note::Rule(..) | Note::Acts(_) | Note::Waits(_) | Note::RaisesLevel(_) | Note::GaveUp => {
                self.note(at, device, Noted::Policy, text);
            }
            Note::Secured => self.note(at, device, Noted::Secured, text),
            Note::AccessRefused(_)
            | Note::AccessDenied(_)
            | Note::Pairing { .. }
            | Note::Departs(_)
            | Note::SmpClosed
            | Note::Resolved(_) => {
                self.note(at, device, Noted::Plain, text);
            }
            Note::BondStored
            | Note::BondNotWritten
            | Note::BondEvicted(_)
            | Note::BondDeleted
            | Note::BondTableFull
            | Note::OldBondKept
            | Note::ProbesBond
            | Note::KeyForgotten => self.note(at, device, Noted::Plain, format!("bond {text}")),
        }
    }
}

/// A data PDU in few words: a reason is worth them, octets are not.
fn short(llid: Llid, payload: &[u8]) -> String {
    if llid == Llid::Start
        && let Ok(frame) = l2cap::Frame::decode(payload)
        && frame.cid == l2cap::CID_SMP
        && let Ok(pdu @ SmpPdu::PairingFailed(_)) = SmpPdu::decode(frame.payload)
    {
        return describe::smp(&pdu);
    }
    cut(describe::data(llid, payload))
}

/// A PDU without what only a text has room for.
fn cut(mut words: String) -> String {
    for rest in [" Rand ", " SKD_", ", hop ", " begins, "] {
        if let Some(end) = words.find(rest) {
            words.truncate(end);
        }
    }
    words
}

impl Trace for SequenceTrace<'_> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::PowerOn { device } => self.note(at, device, Noted::Plain, "power on".to_owned()),
            Entry::Frame { from, frame, receivers } => self.frame(at, from, frame, receivers),
            Entry::Controller { device, note, .. } => match note {
                ControllerNote::SessionKey { skd, iv, key, .. } => self.links.key(device, skd, iv, key),
                ControllerNote::Closed(_) => {
                    self.note(at, device, Noted::Failure, describe::controller_note(note));
                }
                ControllerNote::Encryption(_) | ControllerNote::Edge(_) => {}
            },
            Entry::Host { device, note } => self.host(at, device, note),
            Entry::Fault { index, device, effect } => {
                let text = format!("fault {}: {}", index + 1, describe::effect(effect));
                self.note(at, device, Noted::Fault, text);
            }
            Entry::Collision { .. }
            | Entry::ToController { .. }
            | Entry::ToHost { .. }
            | Entry::Step { .. }
            | Entry::HostWakes { .. } => {}
        }
    }
}
