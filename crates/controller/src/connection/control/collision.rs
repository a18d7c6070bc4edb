//! Procedure collisions, Vol 6 Part B 5.3: two procedures with an instant, one of each side.
//!
//! Invariant: the central's procedure goes on; at no time do two changes wait for their instants.

use super::table::{Procedure, ProcedureState};
use super::{Connection, Flow, Running};
use crate::io::Role;
use blesim_packet::hci::ErrorCode;

impl Connection {
    /// What becomes of a peer's first PDU of a procedure with an instant: `None` if the procedure goes on.
    pub(super) fn collides(&mut self, procedure: Procedure, opcode: u8) -> Option<Flow> {
        let code = |own: Procedure| {
            if own == procedure {
                ErrorCode::LL_PROCEDURE_COLLISION
            } else {
                ErrorCode::DIFFERENT_TRANSACTION_COLLISION
            }
        };
        // The peer may have one procedure at a time (Vol 6 Part B 5.2).
        if let Some(running) = self.control.remote {
            return Some(Flow::Closed(code(running.procedure)));
        }
        let running = self.control.local.filter(|running| running.procedure.has_instant())?;
        let error = code(running.procedure);
        if has_answered(running) {
            // The peer has seen our procedure and yet begins its own.
            return Some(Flow::Closed(error));
        }
        match self.role {
            Role::Central => {
                self.refuse(opcode, error);
                Some(Flow::Open)
            }
            // Ours is refused by the central; until then it waits.
            Role::Peripheral => None,
        }
    }
}

/// Whether the peer has sent a PDU of our procedure.
fn has_answered(running: Running) -> bool {
    let central_alone =
        matches!(running.procedure, Procedure::ConnectionUpdate | Procedure::ChannelMapUpdate);
    running.state == ProcedureState::AwaitInstant && !central_alone
}
