//! The control procedures of a connection, apart from encryption, as a declared table, Vol 6 Part B 5.1.
//!
//! Invariant: the table is the whole truth about the order of these procedures. The code asks it for every
//! step, and what has no row changes nothing. Pictures and coverage derive from it.

use crate::io::Role;
use core::fmt::Write;

/// A control procedure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Procedure {
    /// Vol 6 Part B 5.1.1.
    ConnectionUpdate,
    /// Vol 6 Part B 5.1.2.
    ChannelMapUpdate,
    /// Vol 6 Part B 5.1.4.
    FeatureExchange,
    /// Vol 6 Part B 5.1.5.
    VersionExchange,
    /// Vol 6 Part B 5.1.6.
    Termination,
    /// Vol 6 Part B 5.1.7.
    ConnectionParametersRequest,
    /// Vol 6 Part B 5.1.8.
    LePing,
    /// Vol 6 Part B 5.1.9.
    DataLengthUpdate,
    /// Vol 6 Part B 5.1.10.
    PhyUpdate,
    /// Vol 6 Part B 5.1.11.
    MinimumUsedChannels,
    /// Vol 6 Part B 5.1.14.
    SleepClockAccuracy,
}

impl Procedure {
    /// Whether it ends in an instant; two of these are incompatible (Vol 6 Part B 5.3).
    #[must_use]
    pub const fn has_instant(self) -> bool {
        match self {
            Self::ConnectionUpdate
            | Self::ChannelMapUpdate
            | Self::ConnectionParametersRequest
            | Self::PhyUpdate => true,
            Self::FeatureExchange
            | Self::VersionExchange
            | Self::Termination
            | Self::LePing
            | Self::DataLengthUpdate
            | Self::MinimumUsedChannels
            | Self::SleepClockAccuracy => false,
        }
    }
}

/// Who began a procedure, as one side sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// This one.
    Initiator,
    /// The peer.
    Responder,
}

/// Where one side is in a procedure: states are named for what they await.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProcedureState {
    /// Nothing: the procedure does not run.
    Idle,
    /// The peer's response.
    AwaitResponse,
    /// The central's decision.
    AwaitIndication,
    /// The own host's answer.
    AwaitHost,
    /// The acknowledgement of its last PDU, for as long as the supervision timeout.
    AwaitAcknowledgement,
    /// The connection event in which the change takes hold.
    AwaitInstant,
}

impl ProcedureState {
    /// Whether the procedure response timeout runs (Vol 6 Part B 5.2).
    #[must_use]
    pub const fn is_timed(self) -> bool {
        match self {
            Self::Idle | Self::AwaitInstant | Self::AwaitAcknowledgement => false,
            Self::AwaitResponse | Self::AwaitIndication | Self::AwaitHost => true,
        }
    }
}

/// What moves a procedure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProcedureInput {
    /// This side begins.
    Start,
    /// The peer's first PDU arrives.
    Request,
    /// The peer's first PDU arrives and asks for what is already so.
    RequestOfNothing,
    /// The peer's answer arrives.
    Response,
    /// The peer's answer arrives, and nothing is to change.
    ResponseOfNothing,
    /// The central's decision arrives, with an instant.
    Indication,
    /// The central's decision arrives: nothing changes.
    IndicationOfNothing,
    /// The own host agrees.
    HostAccepts,
    /// The own host refuses, or is not to be asked.
    HostRefuses,
    /// The peer refuses.
    Reject,
    /// The peer does not know the procedure.
    Unknown,
    /// The instant is here.
    Instant,
    /// The peer's acknowledgement arrives.
    Acknowledgement,
}

/// One row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProcedureRow {
    /// Which procedure.
    pub procedure: Procedure,
    /// Whose row it is; `None` for either role.
    pub role: Option<Role>,
    /// Who began.
    pub side: Side,
    /// In this state
    pub from: ProcedureState,
    /// on this input
    pub on: ProcedureInput,
    /// go to this state.
    pub to: ProcedureState,
}

type Step = (ProcedureState, ProcedureInput, ProcedureState);

const fn row(procedure: Procedure, role: Option<Role>, side: Side, (from, on, to): Step) -> ProcedureRow {
    ProcedureRow { procedure, role, side, from, on, to }
}

/// Every legal step of every procedure.
pub const PROCEDURES: [ProcedureRow; 69] = {
    use Procedure as P;
    use ProcedureInput::{
        Acknowledgement, HostAccepts, HostRefuses, Indication, IndicationOfNothing, Reject, Request,
        RequestOfNothing, Response, ResponseOfNothing, Start, Unknown,
    };
    use ProcedureState::{
        AwaitAcknowledgement, AwaitHost, AwaitIndication, AwaitInstant, AwaitResponse, Idle,
    };
    use Side::{Initiator, Responder};
    const CENTRAL: Option<Role> = Some(Role::Central);
    const PERIPHERAL: Option<Role> = Some(Role::Peripheral);
    const TAKES_HOLD: Step = (AwaitInstant, ProcedureInput::Instant, Idle);
    [
        row(P::ConnectionUpdate, CENTRAL, Initiator, (Idle, Start, AwaitInstant)),
        row(P::ConnectionUpdate, CENTRAL, Initiator, TAKES_HOLD),
        row(P::ConnectionUpdate, PERIPHERAL, Responder, (Idle, Indication, AwaitInstant)),
        row(P::ConnectionUpdate, PERIPHERAL, Responder, TAKES_HOLD),
        row(P::ChannelMapUpdate, CENTRAL, Initiator, (Idle, Start, AwaitInstant)),
        row(P::ChannelMapUpdate, CENTRAL, Initiator, TAKES_HOLD),
        row(P::ChannelMapUpdate, PERIPHERAL, Responder, (Idle, Indication, AwaitInstant)),
        row(P::ChannelMapUpdate, PERIPHERAL, Responder, TAKES_HOLD),
        row(P::FeatureExchange, None, Initiator, (Idle, Start, AwaitResponse)),
        row(P::FeatureExchange, None, Initiator, (AwaitResponse, Response, Idle)),
        row(P::FeatureExchange, None, Initiator, (AwaitResponse, Reject, Idle)),
        row(P::FeatureExchange, None, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::FeatureExchange, None, Responder, (Idle, Request, Idle)),
        row(P::VersionExchange, None, Initiator, (Idle, Start, AwaitResponse)),
        row(P::VersionExchange, None, Initiator, (AwaitResponse, Response, Idle)),
        row(P::VersionExchange, None, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::VersionExchange, None, Responder, (Idle, Request, Idle)),
        row(P::Termination, None, Initiator, (Idle, Start, AwaitAcknowledgement)),
        row(P::Termination, None, Initiator, (AwaitAcknowledgement, Acknowledgement, Idle)),
        row(P::Termination, None, Responder, (Idle, Indication, Idle)),
        row(P::ConnectionParametersRequest, CENTRAL, Initiator, (Idle, Start, AwaitResponse)),
        row(P::ConnectionParametersRequest, CENTRAL, Initiator, (AwaitResponse, Response, AwaitInstant)),
        row(P::ConnectionParametersRequest, CENTRAL, Initiator, (AwaitResponse, ResponseOfNothing, Idle)),
        row(P::ConnectionParametersRequest, CENTRAL, Initiator, (AwaitResponse, Reject, Idle)),
        row(P::ConnectionParametersRequest, CENTRAL, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::ConnectionParametersRequest, CENTRAL, Initiator, TAKES_HOLD),
        row(P::ConnectionParametersRequest, PERIPHERAL, Initiator, (Idle, Start, AwaitIndication)),
        row(
            P::ConnectionParametersRequest,
            PERIPHERAL,
            Initiator,
            (AwaitIndication, Indication, AwaitInstant),
        ),
        row(P::ConnectionParametersRequest, PERIPHERAL, Initiator, (AwaitIndication, Reject, Idle)),
        row(P::ConnectionParametersRequest, PERIPHERAL, Initiator, (AwaitIndication, Unknown, Idle)),
        row(P::ConnectionParametersRequest, PERIPHERAL, Initiator, TAKES_HOLD),
        row(P::ConnectionParametersRequest, None, Responder, (Idle, Request, AwaitHost)),
        row(P::ConnectionParametersRequest, None, Responder, (AwaitHost, HostRefuses, Idle)),
        row(P::ConnectionParametersRequest, CENTRAL, Responder, (AwaitHost, HostAccepts, AwaitInstant)),
        row(P::ConnectionParametersRequest, PERIPHERAL, Responder, (AwaitHost, HostAccepts, AwaitIndication)),
        row(
            P::ConnectionParametersRequest,
            PERIPHERAL,
            Responder,
            (AwaitIndication, Indication, AwaitInstant),
        ),
        row(P::ConnectionParametersRequest, PERIPHERAL, Responder, (AwaitIndication, Reject, Idle)),
        row(P::ConnectionParametersRequest, None, Responder, TAKES_HOLD),
        row(P::LePing, None, Initiator, (Idle, Start, AwaitResponse)),
        row(P::LePing, None, Initiator, (AwaitResponse, Response, Idle)),
        row(P::LePing, None, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::LePing, None, Responder, (Idle, Request, Idle)),
        row(P::DataLengthUpdate, None, Initiator, (Idle, Start, AwaitResponse)),
        row(P::DataLengthUpdate, None, Initiator, (AwaitResponse, Response, Idle)),
        row(P::DataLengthUpdate, None, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::DataLengthUpdate, None, Responder, (Idle, Request, Idle)),
        row(P::PhyUpdate, CENTRAL, Initiator, (Idle, Start, AwaitResponse)),
        row(P::PhyUpdate, CENTRAL, Initiator, (AwaitResponse, Response, AwaitInstant)),
        row(P::PhyUpdate, CENTRAL, Initiator, (AwaitResponse, ResponseOfNothing, Idle)),
        row(P::PhyUpdate, CENTRAL, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::PhyUpdate, CENTRAL, Initiator, TAKES_HOLD),
        row(P::PhyUpdate, PERIPHERAL, Initiator, (Idle, Start, AwaitIndication)),
        row(P::PhyUpdate, PERIPHERAL, Initiator, (AwaitIndication, Indication, AwaitInstant)),
        row(P::PhyUpdate, PERIPHERAL, Initiator, (AwaitIndication, IndicationOfNothing, Idle)),
        row(P::PhyUpdate, PERIPHERAL, Initiator, (AwaitIndication, Reject, Idle)),
        row(P::PhyUpdate, PERIPHERAL, Initiator, (AwaitIndication, Unknown, Idle)),
        row(P::PhyUpdate, PERIPHERAL, Initiator, TAKES_HOLD),
        row(P::PhyUpdate, CENTRAL, Responder, (Idle, Request, AwaitInstant)),
        row(P::PhyUpdate, CENTRAL, Responder, (Idle, RequestOfNothing, Idle)),
        row(P::PhyUpdate, PERIPHERAL, Responder, (Idle, Request, AwaitIndication)),
        row(P::PhyUpdate, PERIPHERAL, Responder, (AwaitIndication, Indication, AwaitInstant)),
        row(P::PhyUpdate, PERIPHERAL, Responder, (AwaitIndication, IndicationOfNothing, Idle)),
        row(P::PhyUpdate, CENTRAL, Responder, TAKES_HOLD),
        row(P::PhyUpdate, PERIPHERAL, Responder, TAKES_HOLD),
        row(P::MinimumUsedChannels, CENTRAL, Responder, (Idle, Indication, Idle)),
        row(P::SleepClockAccuracy, None, Initiator, (Idle, Start, AwaitResponse)),
        row(P::SleepClockAccuracy, None, Initiator, (AwaitResponse, Response, Idle)),
        row(P::SleepClockAccuracy, None, Initiator, (AwaitResponse, Unknown, Idle)),
        row(P::SleepClockAccuracy, None, Responder, (Idle, Request, Idle)),
    ]
};

/// The number of the row, as [`crate::Note::Edge`] tells it, and the row.
pub(super) fn find(
    procedure: Procedure,
    role: Role,
    side: Side,
    from: ProcedureState,
    on: ProcedureInput,
) -> Option<(u8, &'static ProcedureRow)> {
    static ROWS: [ProcedureRow; PROCEDURES.len()] = PROCEDURES;
    let found = ROWS.iter().position(|row| {
        row.procedure == procedure
            && row.role.is_none_or(|of| of == role)
            && row.side == side
            && row.from == from
            && row.on == on
    })?;
    Some((u8::try_from(found).expect("the table has fewer than 256 rows"), &ROWS[found]))
}

/// The table as a graph in the DOT language: one cluster a procedure, role and side, one edge a row; what
/// waits under the procedure response timeout is drawn double.
#[must_use]
pub fn procedures_dot() -> String {
    let mut dot = String::from("digraph procedures {\n");
    let mut cluster = None;
    for ProcedureRow { procedure, role, side, from, on, to } in PROCEDURES {
        let who = role.map_or("Either".to_owned(), |role| format!("{role:?}"));
        let name = format!("{procedure:?}{who}{side:?}");
        if cluster.as_ref() != Some(&name) {
            if cluster.is_some() {
                dot.push_str("  }\n");
            }
            let _infallible =
                write!(dot, "  subgraph cluster_{name} {{\n    label=\"{procedure:?}: {who} {side:?}\"\n");
            cluster = Some(name.clone());
        }
        if to.is_timed() {
            let _infallible = writeln!(dot, "    {name}{to:?} [peripheries=2]");
        }
        let _infallible = writeln!(dot, "    {name}{from:?} -> {name}{to:?} [label=\"{on:?}\"]");
    }
    dot.push_str("  }\n}\n");
    dot
}
