//! What failed, as the stacks at the two ends would show it.
//!
//! Invariant: a procedure that begins ends as secured, as failed, or where the capture ends. Must never know: why.

use crate::connection::Connection;
use crate::dialogue::Dialogue;
use crate::step::{Happening, Moment, Place, Side, Step, View};
use blesim_host::{Failure, Procedure, Shown};
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::LlControl;
use blesim_packet::smp::SmpPdu;

/// The Security Manager timer, 30 s (Vol 3 Part H 3.4), less what the capture's clocks may be off.
const SMP_TIMEOUT_US: i64 = 29_900_000;

/// Something that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed {
    /// The packet that shows it.
    pub at: Moment,
    /// What failed and the code.
    pub failure: Failure,
    /// The side whose stack shows it; both do for Pairing Failed.
    pub side: Side,
    /// The side that found the fault.
    pub found_by: Option<Side>,
    /// From where it is seen.
    pub place: Place,
}

/// What one view of a link comes to.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// What failed, in order.
    pub failed: Vec<Failed>,
    /// When the link was secured, and by what; the last time.
    pub secured: Option<(Moment, Procedure)>,
    /// What was under way when the capture ended.
    pub open: Option<(Moment, Procedure)>,
}

/// What is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Attempt {
    None,
    Encryption(Moment),
    Pairing { bonding: bool, last: Moment, begun: Moment },
}

struct Stack<'a> {
    view: &'a View,
    side: Side,
    attempt: Attempt,
    leaving: Option<Moment>,
    expired: bool,
    dialogue: Dialogue,
    /// Who sent the last PDU of the Security Manager, and so waits.
    waits: Side,
    course: Course,
}

impl Course {
    /// What the stack at one end shows.
    #[must_use]
    pub fn of_host(view: &View, end: Moment) -> Self {
        let side = view.side.unwrap_or(Side::Central);
        let (dialogue, course) = (Dialogue::default(), Self::default());
        let mut stack = Stack {
            view,
            side,
            attempt: Attempt::None,
            leaving: None,
            expired: false,
            dialogue,
            waits: side,
            course,
        };
        for step in &view.steps {
            stack.step(step.at, step.what);
        }
        stack.end(end);
        stack.course
    }
}

impl Stack<'_> {
    fn step(&mut self, at: Moment, what: Happening) {
        self.smp_timeout(at);
        match what {
            Happening::Smp { from, pdu, .. } => self.smp(at, from, pdu.ok()),
            Happening::EnableEncryption { rand, ediv, .. } => {
                let of_pairing = (rand, ediv) == (0, 0) && matches!(self.attempt, Attempt::Pairing { .. });
                if !of_pairing {
                    self.attempt = Attempt::Encryption(at);
                }
            }
            Happening::KeyRequest { .. } if self.attempt == Attempt::None => {
                self.attempt = Attempt::Encryption(at);
            }
            Happening::NoKey if !matches!(self.attempt, Attempt::Pairing { .. }) => {
                self.attempt = Attempt::None;
                let shown = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
                self.failed(at, Procedure::Encryption, shown, Some(self.side));
            }
            Happening::EncryptionChange { status, enabled } => self.encryption(at, status, enabled),
            Happening::KeyRefresh { status } => self.encryption(at, status, 1),
            Happening::PayloadTimeout => self.expired = true,
            Happening::Disconnect { reason } => self.leaves(at, reason),
            Happening::Disconnected { reason } => self.gone(at, reason),
            Happening::Reset => self.attempt = Attempt::None,
            _ => {}
        }
        // Keys that come after encryption complete a pairing.
        if self.dialogue.complete() && matches!(self.attempt, Attempt::Pairing { .. }) {
            self.secured(at);
        }
    }

    fn procedure(&self) -> Procedure {
        match self.attempt {
            Attempt::Encryption(_) => Procedure::Encryption,
            Attempt::Pairing { bonding: true, .. } => Procedure::Bonding,
            Attempt::Pairing { bonding: false, .. } => Procedure::Pairing,
            Attempt::None => self.course.secured.map_or(Procedure::Bonding, |(_, by)| by),
        }
    }

    fn failed(&mut self, at: Moment, procedure: Procedure, shown: Shown, found_by: Option<Side>) {
        let failure = Failure { procedure, shown };
        let (side, place) = (self.side, self.view.place);
        self.course.failed.push(Failed { at, failure, side, found_by, place });
        self.course.secured = None;
    }

    fn secured(&mut self, at: Moment) {
        self.course.secured = Some((at, self.procedure()));
        self.attempt = Attempt::None;
    }

    fn smp(&mut self, at: Moment, from: Side, pdu: Option<SmpPdu>) {
        self.waits = from;
        match pdu {
            Some(SmpPdu::PairingRequest(features)) if from == Side::Central => {
                self.dialogue = Dialogue::default();
                self.dialogue.request = Some((at, features));
                let bonding = features.auth.bonding();
                self.attempt = Attempt::Pairing { bonding, last: at, begun: at };
                return;
            }
            // A Security Request begins nothing that the timer runs for on the central.
            Some(SmpPdu::SecurityRequest(_)) => return,
            Some(SmpPdu::PairingFailed(reason)) => {
                if self.attempt == Attempt::None && self.dialogue.failed.is_some() {
                    return;
                }
                let procedure = match self.attempt {
                    Attempt::Encryption(_) => Procedure::Bonding,
                    Attempt::Pairing { .. } | Attempt::None => self.procedure(),
                };
                self.failed(at, procedure, Shown::PairingFailed(reason), Some(from));
                self.dialogue.failed = Some((at, (from, reason)));
                self.attempt = Attempt::None;
                return;
            }
            Some(SmpPdu::PairingResponse(features)) => {
                self.dialogue.response = Some((at, features));
                // A responder that keeps nothing calls it a pairing.
                if self.side == Side::Peripheral && !features.auth.bonding() {
                    self.attempt = Attempt::Pairing { bonding: false, last: at, begun: at };
                }
            }
            Some(pdu) => self.keep(at, from, pdu),
            None => {}
        }
        match &mut self.attempt {
            Attempt::Pairing { last, .. } => *last = at,
            // The capture begins in the middle of a pairing.
            Attempt::None if self.course.failed.is_empty() && self.course.secured.is_none() => {
                let bonding = self.dialogue.bonds().unwrap_or(true);
                self.attempt = Attempt::Pairing { bonding, last: at, begun: at };
            }
            _ => {}
        }
    }

    /// What decides whether the distribution of keys is complete.
    fn keep(&mut self, at: Moment, from: Side, pdu: SmpPdu) {
        use crate::dialogue::Key;
        let key = match pdu {
            SmpPdu::EncryptionInformation { ltk } => Key::Ltk(ltk),
            SmpPdu::CentralIdentification { ediv, rand } => Key::Name(ediv, rand),
            SmpPdu::IdentityInformation { irk } => Key::Irk(irk),
            SmpPdu::IdentityAddressInformation(address) => Key::Identity(address),
            SmpPdu::SigningInformation { csrk } => Key::Csrk(csrk),
            SmpPdu::PairingPublicKey { x, y } => {
                self.dialogue.public_keys[from.index()] = Some((at, (x, y)));
                return;
            }
            _ => return,
        };
        self.dialogue.distributed.push((at, (from, key)));
    }

    fn encryption(&mut self, at: Moment, status: ErrorCode, enabled: u8) {
        if status != ErrorCode::SUCCESS {
            let procedure = match self.attempt {
                Attempt::None => Procedure::Encryption,
                _ => self.procedure(),
            };
            self.failed(at, procedure, Shown::Hci(status), Some(self.side.other()));
            self.attempt = Attempt::None;
        } else if enabled != 0 {
            match self.attempt {
                Attempt::Encryption(_) => self.secured(at),
                Attempt::Pairing { .. } => self.dialogue.encrypted = Some(at),
                Attempt::None => self.course.secured = Some((at, Procedure::Encryption)),
            }
        }
    }

    /// The Security Manager timer runs from the last PDU (Vol 3 Part H 3.4).
    fn smp_timeout(&mut self, at: Moment) {
        let Attempt::Pairing { last, .. } = self.attempt else { return };
        if at.since(last) < SMP_TIMEOUT_US {
            return;
        }
        self.failed(at, self.procedure(), Shown::SmpTimeout, Some(self.waits));
        self.attempt = Attempt::None;
    }

    fn leaves(&mut self, at: Moment, reason: ErrorCode) {
        let abandoned = self.attempt != Attempt::None || self.expired && self.course.secured.is_some();
        if abandoned && self.leaving.is_none() {
            let shown = if reason == ErrorCode::AUTHENTICATION_FAILURE && self.dialogue.encrypted.is_some() {
                Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE)
            } else {
                Shown::Hci(ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST)
            };
            self.failed(at, self.procedure(), shown, Some(self.side));
        }
        self.attempt = Attempt::None;
        self.leaving = Some(at);
    }

    fn gone(&mut self, at: Moment, reason: ErrorCode) {
        let attempt = self.attempt;
        self.leaving = self.leaving.or(Some(at));
        if reason == ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED {
            self.failed(at, Procedure::Connection, Shown::Hci(reason), Some(self.side));
        } else if attempt != Attempt::None || self.course.secured.is_some() && is_loss(reason) {
            let found_by = match reason {
                ErrorCode::REMOTE_USER_TERMINATED_CONNECTION => self.side.other(),
                _ => self.side,
            };
            self.failed(at, self.procedure(), Shown::Hci(reason), Some(found_by));
        }
        self.attempt = Attempt::None;
    }

    fn end(&mut self, end: Moment) {
        let begun = match self.attempt {
            Attempt::None => return,
            Attempt::Encryption(begun) => begun,
            Attempt::Pairing { last, begun, .. } => {
                if end.since(last) >= SMP_TIMEOUT_US && self.view.closed.is_none() {
                    let procedure = self.procedure();
                    self.failed(last, procedure, Shown::SmpTimeout, Some(self.waits));
                    return;
                }
                begun
            }
        };
        self.course.open = Some((begun, self.procedure()));
    }
}

/// A reason that nobody chose: the link was lost.
fn is_loss(reason: ErrorCode) -> bool {
    !matches!(
        reason,
        ErrorCode::REMOTE_USER_TERMINATED_CONNECTION
            | ErrorCode::REMOTE_DEVICE_TERMINATED_LOW_RESOURCES
            | ErrorCode::REMOTE_DEVICE_TERMINATED_POWER_OFF
            | ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST
    )
}

/// What a connection comes to, from all places: its failures in order, those that two places show once.
#[must_use]
pub fn course(connection: &Connection, end: Moment) -> Course {
    let hosts = [Side::Central, Side::Peripheral].into_iter().filter_map(|side| connection.host(side));
    let mut courses: Vec<Course> = hosts.map(|view| Course::of_host(view, end)).collect();
    if courses.is_empty() {
        courses.extend(connection.air.as_ref().map(|air| on_the_air(air, end)));
    }
    let mut all = Course::default();
    for course in courses {
        for failed in course.failed {
            let said = matches!(failed.failure.shown, Shown::PairingFailed(_));
            // The side that waits shows it first.
            let timer = |other: &Failed| {
                other.failure.shown == Shown::SmpTimeout && failed.failure.shown == Shown::SmpTimeout
            };
            if let Some(other) = all.failed.iter_mut().find(|other| timer(other)) {
                if failed.found_by == Some(failed.side) {
                    *other = failed;
                }
                continue;
            }
            let known = all.failed.iter().any(|other: &Failed| {
                said && other.failure.shown == failed.failure.shown && other.found_by == failed.found_by
            });
            if !known {
                all.failed.push(failed);
            }
        }
        all.secured = all.secured.max(course.secured);
        all.open = all.open.or(course.open);
    }
    all.failed.sort_by_key(|failed| failed.at);
    all
}

/// What the air alone shows of both ends, as the central's stack would.
fn on_the_air(view: &View, end: Moment) -> Course {
    let steps = view.steps.iter().map(|step| Step { at: step.at, what: as_host(step.what) });
    let central = View { side: Some(Side::Central), steps: steps.collect(), ..view.clone() };
    let last = view.last().unwrap_or(end);
    let mut course = Course::of_host(&central, last);
    no_answer(last, &mut course);
    silence(view, &mut course);
    if let Some(since) = view.opaque
        && course.failed.is_empty()
    {
        opaque(view, since, &mut course);
    }
    course
}

/// A step of the air as the central's host is told of it.
fn as_host(what: Happening) -> Happening {
    let refused = |error| Happening::EncryptionChange { status: ErrorCode(error), enabled: 0 };
    match what {
        // The key is not on the air.
        Happening::Control { pdu: LlControl::LlEncReq { rand, ediv, .. }, .. } => {
            Happening::EnableEncryption { rand, ediv, ltk: 0 }
        }
        Happening::Control {
            pdu:
                LlControl::LlRejectInd { error } | LlControl::LlRejectExtInd { opcode: LlControl::ENC_REQ, error },
            ..
        } => refused(error),
        Happening::Control { pdu: LlControl::LlTerminateInd { error }, from: Side::Central } => {
            Happening::Disconnect { reason: ErrorCode(error) }
        }
        other => other,
    }
}

/// A procedure of the link layer that gets no answer for 40 s (Vol 6 Part B 5.2).
fn no_answer(last: Moment, course: &mut Course) {
    const RESPONSE_TIMEOUT_US: i64 = 39_900_000;
    if let Some((begun, Procedure::Encryption)) = course.open
        && last.since(begun) >= RESPONSE_TIMEOUT_US
    {
        let shown = Shown::Hci(ErrorCode::LL_RESPONSE_TIMEOUT);
        let failure = Failure { procedure: Procedure::Encryption, shown };
        let (side, found_by) = (Side::Central, Some(Side::Central));
        course.failed.push(Failed { at: last, failure, side, found_by, place: Place::Air });
        course.open = None;
    }
}

/// A link that cannot be read any more: it was secured by an older key if it lives on, and whether a pairing came to
/// its end is not visible if keys were to be distributed.
fn opaque(view: &View, since: Moment, course: &mut Course) {
    /// Connection events in which a MIC that does not match would have ended the link.
    const EVENTS: i64 = 6;
    let interval = view.parameters.map_or(0, |parameters| i64::from(parameters.interval) * 1_250);
    let [central, peripheral] = view.heard.map(|heard| heard.last.unwrap_or_default());
    let lives = central.min(peripheral).since(since) > EVENTS * interval;
    let by_key = course.secured.is_some_and(|(_, procedure)| procedure == Procedure::Encryption);
    if by_key && !lives {
        course.open = course.open.or(course.secured.take());
    }
}

/// A peripheral that is never heard, or not any more for as long as the supervision timeout: then the central gives up.
fn silence(view: &View, course: &mut Course) {
    /// Connection events in which nothing comes before a connection counts as not established (Vol 6 Part B 4.5.2).
    const EVENTS: u32 = 5;
    let [central, peripheral] = view.heard;
    let (Some(parameters), Some(ours), None) = (view.parameters, central.last, view.closed) else { return };
    let fail = |at, procedure, code| Failed {
        at,
        failure: Failure { procedure, shown: Shown::Hci(code) },
        side: Side::Central,
        found_by: Some(Side::Central),
        place: Place::Air,
    };
    let Some(theirs) = peripheral.last else {
        if central.frames >= EVENTS {
            let code = ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED;
            course.failed.push(fail(ours, Procedure::Connection, code));
            course.open = None;
        }
        return;
    };
    // The last event of the central is an interval before it gives up.
    let timeout = i64::from(parameters.timeout) * 10_000 - 2 * i64::from(parameters.interval) * 1_250;
    let procedure =
        course.open.map(|(_, procedure)| procedure).or(course.secured.map(|(_, procedure)| procedure));
    if let Some(procedure) = procedure
        && ours.since(theirs) >= timeout
    {
        course.failed.push(fail(ours, procedure, ErrorCode::CONNECTION_TIMEOUT));
        course.open = None;
        course.secured = None;
    }
}
