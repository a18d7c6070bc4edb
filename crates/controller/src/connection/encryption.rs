//! Encryption start and pause as a declared table, Vol 6 Part B 5.1.3.
//!
//! Invariant: the table is the whole truth about the order of the procedure. The code asks it for every step,
//! and an input without a row is a breach of the protocol. Pictures and coverage derive from it.

use crate::io::Role;

/// Where one side is in the procedure: states are named for what they await.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EncryptionState {
    /// Nothing: no procedure runs.
    Idle,
    /// Central: LL_ENC_RSP.
    AwaitEncRsp,
    /// Central: LL_START_ENC_REQ, or a rejection.
    AwaitStartEncReq,
    /// Peripheral: its host's answer to the LTK request.
    AwaitKey,
    /// Either side: LL_START_ENC_RSP, encrypted.
    AwaitStartEncRsp,
    /// Either side: LL_PAUSE_ENC_RSP.
    AwaitPauseEncRsp,
    /// Peripheral: LL_ENC_REQ after a pause.
    AwaitEncReq,
}

/// What moves the procedure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TransitionInput {
    /// The host asks for encryption.
    HostEnable,
    /// LL_ENC_REQ arrives.
    EncReq,
    /// LL_ENC_RSP arrives.
    EncRsp,
    /// The host gives the long term key.
    HostKey,
    /// The host has no long term key.
    HostNoKey,
    /// LL_START_ENC_REQ arrives.
    StartEncReq,
    /// LL_START_ENC_RSP arrives.
    StartEncRsp,
    /// LL_REJECT_IND or LL_REJECT_EXT_IND arrives, or LL_UNKNOWN_RSP.
    Reject,
    /// The host asks for encryption on an encrypted link.
    HostRefresh,
    /// LL_PAUSE_ENC_REQ arrives.
    PauseEncReq,
    /// LL_PAUSE_ENC_RSP arrives.
    PauseEncRsp,
}

/// One row of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transition {
    /// Whose row it is.
    pub role: Role,
    /// In this state
    pub from: EncryptionState,
    /// on this input
    pub on: TransitionInput,
    /// go to this state.
    pub to: EncryptionState,
}

const fn row(role: Role, from: EncryptionState, on: TransitionInput, to: EncryptionState) -> Transition {
    Transition { role, from, on, to }
}

/// Every legal step of the procedure.
pub const TRANSITIONS: [Transition; 15] = {
    use EncryptionState::{
        AwaitEncReq, AwaitEncRsp, AwaitKey, AwaitPauseEncRsp, AwaitStartEncReq, AwaitStartEncRsp, Idle,
    };
    use Role::{Central, Peripheral};
    use TransitionInput::{
        EncReq, EncRsp, HostEnable, HostKey, HostNoKey, HostRefresh, PauseEncReq, PauseEncRsp, Reject,
        StartEncReq, StartEncRsp,
    };
    [
        row(Central, Idle, HostEnable, AwaitEncRsp),
        row(Central, AwaitEncRsp, EncRsp, AwaitStartEncReq),
        row(Central, AwaitEncRsp, Reject, Idle),
        row(Central, AwaitStartEncReq, StartEncReq, AwaitStartEncRsp),
        row(Central, AwaitStartEncReq, Reject, Idle),
        row(Central, AwaitStartEncRsp, StartEncRsp, Idle),
        row(Central, Idle, HostRefresh, AwaitPauseEncRsp),
        row(Central, AwaitPauseEncRsp, PauseEncRsp, AwaitEncRsp),
        row(Peripheral, Idle, EncReq, AwaitKey),
        row(Peripheral, AwaitKey, HostKey, AwaitStartEncRsp),
        row(Peripheral, AwaitKey, HostNoKey, Idle),
        row(Peripheral, AwaitStartEncRsp, StartEncRsp, Idle),
        row(Peripheral, Idle, PauseEncReq, AwaitPauseEncRsp),
        row(Peripheral, AwaitPauseEncRsp, PauseEncRsp, AwaitEncReq),
        row(Peripheral, AwaitEncReq, EncReq, AwaitKey),
    ]
};

impl EncryptionState {
    /// The state after `on`, or `None` if the table has no such row.
    #[must_use]
    pub fn after(self, role: Role, on: TransitionInput) -> Option<Self> {
        TRANSITIONS.iter().find(|row| row.role == role && row.from == self && row.on == on).map(|row| row.to)
    }
}

/// The table as a graph in the DOT language: one cluster a role, one edge a row.
#[must_use]
pub fn dot() -> String {
    let edge = |Transition { role, from, on, to }: &Transition| {
        format!("    {role:?}{from:?} -> {role:?}{to:?} [label=\"{on:?}\"]\n")
    };
    let cluster = |role: Role| {
        let rows = TRANSITIONS.iter().filter(|row| row.role == role);
        let edges: Vec<_> = rows.map(edge).collect();
        format!("  subgraph cluster_{role:?} {{\n    label=\"{role:?}\"\n{}  }}\n", edges.concat())
    };
    format!("digraph encryption {{\n{}{}}}\n", cluster(Role::Central), cluster(Role::Peripheral))
}
