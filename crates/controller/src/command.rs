//! HCI commands: what each does and how it is answered, Vol 4 Part E 7.
//!
//! Invariant: every command gets exactly one Command Complete or Command Status; one that is not supported
//! gets Unknown HCI Command (0x01).

use crate::advertise::Advertiser;
use crate::connection::traffic::ACL_PACKETS;
use crate::controller::{Config, Controller};
use crate::initiate::Initiator;
use crate::io::Port;
use crate::timing::SLOT;
use blesim_kernel::Instant;
use blesim_packet::hci::{
    AclData, Command, ErrorCode, Event, HciPacket, LeCreateConnection, LeSetAdvertisingParameters,
};
use blesim_packet::{Address, AddressKind, Octets};

/// Commands the host may send ahead.
const COMMAND_CREDITS: u8 = 1;
/// The largest ACL data payload the host may send in one packet (Vol 4 Part E 7.8.2).
const ACL_DATA_LENGTH: u16 = 251;
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

    fn command(&mut self, now: Instant, command: &Command, port: &mut impl Port) {
        match command {
            Command::Reset => {
                self.reset();
                complete(command, Ok(()), &[], port);
            }
            Command::SetEventMask(_) => complete(command, Ok(()), &[], port),
            Command::LeSetEventMask(mask) => {
                self.defaults.le_event_mask = *mask;
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
            Command::LeSetRandomAddress(address) => {
                let outcome = self.set_random_address(*address);
                complete(command, outcome, &[], port);
            }
            Command::LeSetAdvertisingParameters(parameters) => {
                let outcome = self.set_advertising_parameters(parameters);
                complete(command, outcome, &[], port);
            }
            Command::LeSetAdvertisingData(data) => {
                self.advertising_data = *data;
                self.advertiser.iter_mut().for_each(|advertiser| advertiser.set_data(*data));
                complete(command, Ok(()), &[], port);
            }
            Command::LeSetAdvertisingEnable(enable) => {
                let outcome = self.advertise(now, *enable);
                complete(command, outcome, &[], port);
            }
            Command::LeCreateConnection(request) => {
                let outcome = self.create_connection(now, request);
                status(command, outcome, port);
            }
            Command::LeCreateConnectionCancel => self.cancel(command, port),
            Command::Disconnect { handle, reason } => {
                let outcome = self.disconnect(now, *handle, *reason);
                status(command, outcome, port);
            }
            Command::LeLongTermKeyRequestReply { handle, ltk } => {
                self.long_term_key(now, command, *handle, Some(*ltk), port);
            }
            Command::LeLongTermKeyRequestNegativeReply { handle } => {
                self.long_term_key(now, command, *handle, None, port);
            }
            _ => self.connection_command(now, command, port),
        }
    }

    fn own(&self, kind: AddressKind) -> Address {
        match kind {
            AddressKind::Public => self.config.public_address,
            AddressKind::Random => self.random_address,
        }
    }

    /// Vol 4 Part E 7.8.4: not while the address is in use on the advertising channels.
    fn set_random_address(&mut self, address: Address) -> Outcome {
        if self.advertiser.is_some() || self.initiator.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        self.random_address = address;
        Ok(())
    }

    /// Vol 4 Part E 7.8.5: from 20 ms to 10.24 s, and not while advertising.
    fn set_advertising_parameters(&mut self, parameters: &LeSetAdvertisingParameters) -> Outcome {
        let &LeSetAdvertisingParameters { interval_min, interval_max, own_address_kind, .. } = parameters;
        if self.advertiser.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        if interval_min < 0x0020 || interval_max > 0x4000 || interval_min > interval_max {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        self.advertising_interval = SLOT * u64::from(interval_max);
        self.own_address = self.own(own_address_kind);
        Ok(())
    }

    fn advertise(&mut self, now: Instant, enable: bool) -> Outcome {
        if !enable {
            self.advertiser = None;
            return Ok(());
        }
        // Vol 4 Part E 7.8.9: enabling twice changes nothing; a connection needs room.
        if self.advertiser.is_some() {
            return Ok(());
        }
        self.check_room()?;
        let Self { own_address, advertising_data, advertising_interval, config, .. } = *self;
        let advertiser =
            Advertiser::new(own_address, config.csa2, advertising_data, advertising_interval, now);
        self.advertiser = Some(advertiser);
        Ok(())
    }

    /// Vol 1 Part F 2.9: no more connections than the controller has room for.
    fn check_room(&self) -> Outcome {
        let full = self.links.len() >= usize::from(self.config.max_links);
        if full { Err(ErrorCode::CONNECTION_LIMIT_EXCEEDED) } else { Ok(()) }
    }

    fn create_connection(&mut self, now: Instant, request: &LeCreateConnection) -> Outcome {
        if self.initiator.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        check_parameters(request)?;
        // Vol 4 Part E 7.8.12: one connection with a peer.
        if self.links.iter().any(|link| link.peer == request.peer) {
            return Err(ErrorCode::CONNECTION_ALREADY_EXISTS);
        }
        self.check_room()?;
        let own = self.own(request.own_address_kind);
        let Config { sca, csa2, .. } = self.config;
        self.initiator = Some(Initiator::new(own, sca, csa2, *request, now));
        Ok(())
    }

    /// Vol 4 Part E 7.8.13: the attempt ends with a Connection Complete that says Unknown Connection
    /// Identifier.
    fn cancel(&mut self, command: &Command, port: &mut impl Port) {
        let Some(initiator) = self.initiator.take() else {
            return complete(command, Err(ErrorCode::COMMAND_DISALLOWED), &[], port);
        };
        let peer = initiator.peer();
        complete(command, Ok(()), &[], port);
        port.to_host(HciPacket::Event(Event::LeConnectionComplete {
            status: ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER,
            handle: 0,
            role: 0,
            peer,
            interval: 0,
            latency: 0,
            timeout: 0,
            clock_accuracy: 0,
        }));
    }

    fn disconnect(&mut self, now: Instant, handle: u16, reason: ErrorCode) -> Outcome {
        let connection = self.link_mut(handle).ok_or(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER)?;
        if !DISCONNECT_REASONS.contains(&reason) {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        connection.terminate(now, reason);
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

/// The ranges of Vol 4 Part E 7.8.12 that matter for what follows.
fn check_parameters(request: &LeCreateConnection) -> Outcome {
    let interval = 6..=3_200;
    let legal = interval.contains(&request.interval_min)
        && interval.contains(&request.interval_max)
        && request.interval_min <= request.interval_max
        && (10..=3_200).contains(&request.timeout)
        && request.latency <= 499
        && (4..=0x4000).contains(&request.scan_window)
        && request.scan_window <= request.scan_interval
        && request.scan_interval <= 0x4000
        // The timeout exceeds (1 + latency) x interval x 2: in units of 10 ms and 1.25 ms.
        && u32::from(request.timeout) * 4
            > (1 + u32::from(request.latency)) * u32::from(request.interval_max);
    if legal { Ok(()) } else { Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS) }
}

/// Answers with Command Complete: the status, then what the command returns.
pub(crate) fn complete(command: &Command, outcome: Outcome, returned: &[u8], port: &mut impl Port) {
    let status = outcome.err().unwrap_or(ErrorCode::SUCCESS);
    let mut parameters = Octets::new();
    parameters.push(status.0).expect("there is room for a status");
    parameters.extend_from_slice(returned).expect("return parameters are short");
    let opcode = command.opcode();
    port.to_host(HciPacket::Event(Event::CommandComplete { packets: COMMAND_CREDITS, opcode, parameters }));
}

/// The answer to a command that is not known here.
pub(crate) fn unsupported(command: &Command, port: &mut impl Port) {
    complete(command, Err(ErrorCode::UNKNOWN_HCI_COMMAND), &[], port);
}

/// Answers with Command Status: the rest follows in an event of its own.
pub(crate) fn status(command: &Command, outcome: Outcome, port: &mut impl Port) {
    let status = outcome.err().unwrap_or(ErrorCode::SUCCESS);
    let opcode = command.opcode();
    port.to_host(HciPacket::Event(Event::CommandStatus { status, packets: COMMAND_CREDITS, opcode }));
}
