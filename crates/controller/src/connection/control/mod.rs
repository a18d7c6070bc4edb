//! Link layer control: what is under way on a connection, and the answer to every control PDU.
//!
//! Invariant: every control PDU gets the reaction the specification names; one that is unknown gets
//! LL_UNKNOWN_RSP, and one out of place while encryption starts or pauses ends the link (Vol 6 Part B 5.1.3).

mod channels;
mod collision;
mod encrypt;
mod exchange;
mod length;
mod payload;
mod phy;
mod receive;
mod requests;
pub(crate) mod table;
mod update;

pub(crate) use length::LEAST;
pub(crate) use phy::Wish;
pub(crate) use requests::Request;
pub(crate) use update::Parameters;

use super::schedule::Change;
use super::traffic::Sent;
use super::{Connection, Flow};
use crate::config::LinkLayer;
use crate::controller::{Config, Defaults};
use crate::io::{Note, Port, Role};
use arrayvec::ArrayVec;
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{ErrorCode, Event, HciPacket};
use blesim_packet::ll::LlControl;
use encrypt::Encryption;
use exchange::Known;
use length::Lengths;
use payload::AuthenticatedPayload;
use requests::Waiting;
use table::{Procedure, ProcedureInput, ProcedureState, Side};

/// The procedure response timeout: 40 s (Vol 6 Part B 5.2).
const PROCEDURE_RESPONSE_TIMEOUT: Span = Span::from_secs(40);
/// Requests that can wait: one of each kind.
const MAX_WAITING: usize = 10;
/// PDUs of the peer that can wait for the end of encryption start: one procedure of each side at the most.
const MAX_DEFERRED: usize = 4;

/// How the link is being ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    No,
    /// Our LL_TERMINATE_IND is to be acknowledged until then.
    Local {
        until: Instant,
    },
    /// The peer's LL_TERMINATE_IND is acknowledged by the next packet we send.
    Remote {
        reason: ErrorCode,
    },
}

/// A procedure of the table under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Running {
    procedure: Procedure,
    state: ProcedureState,
    /// When the procedure response timeout is over, if it runs.
    until: Option<Instant>,
    /// The host of this side is to be told how it ends.
    by_host: bool,
}

/// The procedures of one connection.
#[derive(Debug)]
pub(crate) struct Control {
    handle: u16,
    role: Role,
    link_layer: LinkLayer,
    /// The LE events the host wants (Vol 4 Part E 7.8.1).
    pub(crate) le_event_mask: u64,
    encryption: Encryption,
    /// Each side has one at the most (Vol 6 Part B 5.2): the own and the peer's.
    local: Option<Running>,
    remote: Option<Running>,
    waiting: ArrayVec<Waiting, MAX_WAITING>,
    deferred: ArrayVec<LlControl, MAX_DEFERRED>,
    known: Known,
    lengths: Lengths,
    wish: Wish,
    /// What the own connection parameters request asks for.
    asked: Parameters,
    payload: AuthenticatedPayload,
    ending: Ending,
}

impl Control {
    #[inline]
    pub(crate) fn new(handle: u16, role: Role, config: &Config, defaults: &Defaults, now: Instant) -> Self {
        Self {
            handle,
            role,
            link_layer: config.link_layer,
            le_event_mask: defaults.le_event_mask,
            encryption: Encryption::default(),
            local: None,
            remote: None,
            waiting: ArrayVec::new(),
            deferred: ArrayVec::new(),
            known: Known::new(config),
            lengths: Lengths::new(defaults.data_length, config.link_layer.longest()),
            wish: defaults.wish,
            asked: Parameters::default(),
            payload: AuthenticatedPayload::new(now),
            ending: Ending::No,
        }
    }

    /// Whether no procedure is under way or waits.
    pub(crate) fn idle(&self) -> bool {
        !self.encryption.runs()
            && self.ending == Ending::No
            && self.local.is_none()
            && self.remote.is_none()
            && self.waiting.is_empty()
    }

    #[inline]
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if let Ending::Local { until } = self.ending {
            return Some(until);
        }
        let of = |running: &Option<Running>| running.as_ref().and_then(|running| running.until);
        let earlier = |one: Option<Instant>, other: Option<Instant>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            _ => one.or(other),
        };
        earlier(earlier(of(&self.local), of(&self.remote)), self.encryption.until())
    }

    /// What the host is told when [`Control::deadline`] passes.
    pub(crate) fn timeout_reason(&self) -> ErrorCode {
        match self.ending {
            // Vol 6 Part B 5.1.6: Tterminate ends the link all the same.
            Ending::Local { .. } => ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST,
            Ending::No | Ending::Remote { .. } => ErrorCode::LL_RESPONSE_TIMEOUT,
        }
    }

    /// What the host is told when nothing is heard for the supervision timeout.
    pub(crate) fn loss_reason(&self) -> ErrorCode {
        match self.ending {
            Ending::No => ErrorCode::CONNECTION_TIMEOUT,
            Ending::Local { .. } => ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST,
            Ending::Remote { reason } => reason,
        }
    }

    /// A packet went out; a link the peer has terminated ends with it.
    pub(crate) fn after_sending(&self) -> Flow {
        match self.ending {
            Ending::Remote { reason } => Flow::Closed(reason),
            Ending::No | Ending::Local { .. } => Flow::Open,
        }
    }

    /// Tells a step of the termination; false if the table has no such row.
    fn ends(&self, side: Side, on: ProcedureInput, port: &mut impl Port) -> bool {
        let from = match self.ending {
            Ending::Local { .. } if side == Side::Initiator => ProcedureState::AwaitAcknowledgement,
            Ending::No | Ending::Local { .. } | Ending::Remote { .. } => ProcedureState::Idle,
        };
        let row = table::find(Procedure::Termination, self.role, side, from, on);
        if let Some((number, _)) = row {
            port.note(self.handle, Note::Edge(number));
        }
        row.is_some()
    }

    fn slot(&mut self, side: Side) -> &mut Option<Running> {
        match side {
            Side::Initiator => &mut self.local,
            Side::Responder => &mut self.remote,
        }
    }

    /// Where `procedure` is, begun by `side`.
    fn state(&self, side: Side, procedure: Procedure) -> ProcedureState {
        let running = match side {
            Side::Initiator => self.local,
            Side::Responder => self.remote,
        };
        running
            .filter(|running| running.procedure == procedure)
            .map_or(ProcedureState::Idle, |running| running.state)
    }

    /// Whether the own host waits for the end of the own procedure.
    fn by_host(&self) -> bool {
        self.local.is_some_and(|running| running.by_host)
    }

    /// Moves along the declared table; false if it has no such row.
    fn step(
        &mut self,
        now: Instant,
        (side, procedure): (Side, Procedure),
        on: ProcedureInput,
        port: &mut impl Port,
    ) -> bool {
        let from = self.state(side, procedure);
        let Some((number, row)) = table::find(procedure, self.role, side, from, on) else { return false };
        port.note(self.handle, Note::Edge(number));
        let until = row.to.is_timed().then(|| now + PROCEDURE_RESPONSE_TIMEOUT);
        let by_host = side == Side::Initiator && self.by_host();
        let slot = self.slot(side);
        if row.to != ProcedureState::Idle {
            *slot = Some(Running { procedure, state: row.to, until, by_host });
        } else if from != ProcedureState::Idle {
            *slot = None;
        }
        true
    }

    /// Tells the host, if it wants this event.
    fn tell(&self, event: Event, port: &mut impl Port) {
        // The bits of Vol 4 Part E 7.8.1.
        let bit = match event {
            Event::LeConnectionUpdateComplete { .. } => 2,
            Event::LeReadRemoteFeaturesComplete { .. } => 3,
            Event::LeRemoteConnectionParameterRequest { .. } => 5,
            Event::LeDataLengthChange { .. } => 6,
            Event::LePhyUpdateComplete { .. } => 11,
            Event::LeRequestPeerScaComplete { .. } => 30,
            _ => return port.to_host(&HciPacket::Event(event)),
        };
        if self.le_event_mask >> bit & 1 == 1 {
            port.to_host(&HciPacket::Event(event));
        }
    }
}

impl Connection {
    /// The host asks for the link to be ended (Vol 6 Part B 5.1.6); it ends by the supervision timeout at the
    /// latest.
    pub(crate) fn terminate(&mut self, now: Instant, reason: ErrorCode, port: &mut impl Port) {
        let until = now + self.schedule.timeout;
        if self.control.ending == Ending::No
            && self.control.ends(Side::Initiator, ProcedureInput::Start, port)
        {
            self.traffic.push_control(&LlControl::LlTerminateInd { error: reason.0 });
            self.control.ending = Ending::Local { until };
        }
        self.rouse(now);
    }

    /// The peer has acknowledged a PDU.
    pub(super) fn acknowledged(&self, sent: Sent, port: &mut impl Port) -> Flow {
        match sent {
            Sent::Data { last: true } => {
                let completed = Event::NumberOfCompletedPackets { handle: self.handle, count: 1 };
                port.to_host(&HciPacket::Event(completed));
                Flow::Open
            }
            Sent::Control(opcode) if opcode == LlControl::TERMINATE_IND => {
                let _row = self.control.ends(Side::Initiator, ProcedureInput::Acknowledgement, port);
                Flow::Closed(ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST)
            }
            Sent::Empty | Sent::Data { last: false } | Sent::Control(_) => Flow::Open,
        }
    }

    fn say(&mut self, pdu: &LlControl) {
        self.traffic.push_control(pdu);
    }

    /// Refuses a PDU of the peer (Vol 6 Part B 2.4.2.14 and 2.4.2.18): with its opcode if the peer is known
    /// to take that.
    fn refuse(&mut self, opcode: u8, error: ErrorCode) {
        let extended = self.control.known.agreed(crate::config::feature::EXTENDED_REJECT)
            // Whoever asks for parameters takes it (5.1.7).
            || matches!(opcode, LlControl::CONNECTION_PARAM_REQ | LlControl::CONNECTION_PARAM_RSP);
        self.say(&if extended {
            LlControl::LlRejectExtInd { opcode, error: error.0 }
        } else {
            LlControl::LlRejectInd { error: error.0 }
        });
    }

    /// A change of parameters holds from the next event on.
    pub(super) fn took_hold(&mut self, change: Change, port: &mut impl Port) {
        use Procedure::{ChannelMapUpdate, ConnectionParametersRequest, ConnectionUpdate, PhyUpdate};
        for side in [Side::Initiator, Side::Responder] {
            for procedure in [ConnectionUpdate, ChannelMapUpdate, ConnectionParametersRequest, PhyUpdate] {
                // No timer runs after an instant, so the time does not matter.
                let _waited =
                    self.control.step(Instant::ZERO, (side, procedure), ProcedureInput::Instant, port);
            }
        }
        match change {
            Change::Parameters { .. } => self.update_complete(ErrorCode::SUCCESS, port),
            Change::ChannelMap(_) => {}
            Change::Phy { .. } => {
                self.phy_complete(ErrorCode::SUCCESS, port);
                self.resize(port);
            }
        }
    }
}
