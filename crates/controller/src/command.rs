//! HCI commands: what each does and how it is answered, Vol 4 Part E 7.
//!
//! Invariant: every command gets exactly one Command Complete or Command Status; one that is not supported
//! gets Unknown HCI Command (0x01).

use crate::config::feature;
use crate::connection::traffic::ACL_PACKETS;
use crate::controller::Controller;
use crate::discovery;
use crate::io::Port;
use blesim_kernel::Instant;
use blesim_packet::Octets;
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket};

/// Commands the host may send ahead.
const COMMAND_CREDITS: u8 = 1;
/// The largest ACL data payload the host may send in one packet (Vol 4 Part E 7.8.2).
pub(crate) const ACL_DATA_LENGTH: u16 = 251;
/// What a host may tell the peer at the end of a link (Vol 4 Part E 7.1.6).
const DISCONNECT_REASONS: [ErrorCode; 7] = [
    ErrorCode::AUTHENTICATION_FAILURE,
    ErrorCode::REMOTE_USER_TERMINATED_CONNECTION,
    ErrorCode::REMOTE_DEVICE_TERMINATED_LOW_RESOURCES,
    ErrorCode::REMOTE_DEVICE_TERMINATED_POWER_OFF,
    ErrorCode::UNSUPPORTED_REMOTE_FEATURE,
    ErrorCode::PAIRING_WITH_UNIT_KEY_NOT_SUPPORTED,
    ErrorCode::UNACCEPTABLE_CONNECTION_PARAMETERS,
];

/// How a command went.
pub(crate) type Outcome = Result<(), ErrorCode>;

impl Controller {
    pub(crate) fn hci(&mut self, now: Instant, packet: &HciPacket, port: &mut impl Port) {
        match packet {
            HciPacket::Command(command) => self.command(now, command, port),
            HciPacket::Acl(acl) => self.acl(now, acl),
            // Events only travel upwards; one that comes down is ignored like any packet of a wrong type.
            HciPacket::Event(_) => {}
        }
    }

    fn acl(&mut self, now: Instant, acl: &AclData) {
        if let Some(connection) = self.link_mut(acl.handle) {
            // Data beyond the buffers is lost, and the host that ignored its credits is to blame.
            let _taken = connection.traffic.push_acl(acl);
            connection.rouse(now);
        }
    }

    /// Whether a command has an answer of its own: all that can be read, but for those of extended advertising where
    /// there is none.
    pub(crate) fn supports(&self, opcode: u16) -> bool {
        let extended = self.config.link_layer.features & feature::EXTENDED_ADVERTISING != 0;
        Command::name_of(opcode).is_some() && (extended || !discovery::is_extended(opcode))
    }

    fn command(&mut self, now: Instant, command: &Command, port: &mut impl Port) {
        // A command that is not unknown is in the table, and need not be looked up.
        let opcode = command.opcode();
        let is_known = !matches!(command, Command::Unknown { .. }) && !discovery::is_extended(opcode);
        if !is_known && !self.supports(opcode) {
            return complete(command, Err(ErrorCode::UNKNOWN_HCI_COMMAND), &[], port);
        }
        match command {
            Command::Reset => {
                self.reset();
                complete(command, Ok(()), &[], port);
            }
            Command::LeSetEventMask(mask) => {
                self.defaults.le_event_mask = *mask;
                self.settings.le_event_mask = *mask;
                self.links.iter_mut().for_each(|link| link.control.le_event_mask = *mask);
                complete(command, Ok(()), &[], port);
            }
            Command::ReadBdAddr => {
                let mut octets = self.config.public_address.octets;
                octets.reverse();
                complete(command, Ok(()), &octets, port);
            }
            Command::LeReadBufferSize => {
                let [low, high] = ACL_DATA_LENGTH.to_le_bytes();
                let packets = u8::try_from(ACL_PACKETS).expect("a handful of packets");
                complete(command, Ok(()), &[low, high, packets], port);
            }
            Command::Disconnect { handle, reason } => {
                let outcome = self.disconnect(now, *handle, *reason, port);
                status(command, outcome, port);
            }
            Command::LeLongTermKeyRequestReply { handle, ltk } => {
                self.long_term_key(now, command, *handle, Some(*ltk), port);
            }
            Command::LeLongTermKeyRequestNegativeReply { handle } => {
                self.long_term_key(now, command, *handle, None, port);
            }
            _ => {
                let done = self.screening(command, port) || self.information(command, port);
                if !done && !self.discovery(now, command, port) {
                    self.connection_command(now, command, port);
                }
            }
        }
    }

    fn disconnect(&mut self, now: Instant, handle: u16, reason: ErrorCode, port: &mut impl Port) -> Outcome {
        let connection = self.link_mut(handle).ok_or(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER)?;
        if !DISCONNECT_REASONS.contains(&reason) {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        connection.terminate(now, reason, port);
        Ok(())
    }

    fn long_term_key(
        &mut self,
        now: Instant,
        command: &Command,
        handle: u16,
        ltk: Option<u128>,
        port: &mut impl Port,
    ) {
        let outcome = match self.link_mut(handle) {
            Some(connection) => {
                let outcome = connection.key(now, ltk, port);
                connection.rouse(now);
                outcome
            }
            None => Err(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER),
        };
        complete(command, outcome, &handle.to_le_bytes(), port);
    }
}

/// Answers with Command Complete: the status, then what the command returns.
pub(crate) fn complete(command: &Command, outcome: Outcome, returned: &[u8], port: &mut impl Port) {
    let status = outcome.err().unwrap_or(ErrorCode::SUCCESS);
    let mut parameters = Octets::new();
    parameters.push(status.0).expect("there is room for a status");
    parameters.extend_from_slice(returned).expect("return parameters are short");
    let opcode = command.opcode();
    port.to_host(&HciPacket::Event(Event::CommandComplete { packets: COMMAND_CREDITS, opcode, parameters }));
}

/// The answer to a command that is known and whose parameters can't be read (Vol 4 Part E 4.5).
pub(crate) fn unreadable(command: &Command, port: &mut impl Port) {
    let error = Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
    if command.is_answered_by_status() {
        status(command, error, port);
    } else {
        complete(command, error, &[], port);
    }
}

/// Answers with Command Status: the rest follows in an event of its own.
pub(crate) fn status(command: &Command, outcome: Outcome, port: &mut impl Port) {
    let status = outcome.err().unwrap_or(ErrorCode::SUCCESS);
    let opcode = command.opcode();
    port.to_host(&HciPacket::Event(Event::CommandStatus { status, packets: COMMAND_CREDITS, opcode }));
}
