//! The commands that ask for a connection, Vol 4 Part E 7.8.12, 7.8.13 and 7.8.66.

use super::legacy::scan_is_legal;
use crate::command::{Outcome, complete, status};
use crate::controller::{Config, Controller};
use crate::initiate::{Initiator, Parameters};
use crate::io::Port;
use blesim_kernel::Instant;
use blesim_packet::Address;
use blesim_packet::hci::{Command, ErrorCode, InitiatingPhy, LeCreateConnection, LeExtendedCreateConnection};

impl Controller {
    pub(super) fn connect_command(&mut self, now: Instant, command: &Command, port: &mut impl Port) -> bool {
        match command {
            Command::LeCreateConnection(request) => {
                let outcome = self.create_connection(now, request);
                status(command, outcome, port);
            }
            Command::LeExtendedCreateConnection(request) => {
                let outcome = self.create_extended(now, request);
                status(command, outcome, port);
            }
            Command::LeCreateConnectionCancel => self.cancel(command, port),
            _ => return false,
        }
        true
    }

    /// Vol 1 Part F 2.9: no more connections than the controller has room for.
    pub(super) fn check_room(&self) -> Outcome {
        let full = self.links.len() >= usize::from(self.config.max_links);
        if full { Err(ErrorCode::CONNECTION_LIMIT_EXCEEDED) } else { Ok(()) }
    }

    fn create_connection(&mut self, now: Instant, request: &LeCreateConnection) -> Outcome {
        let phy = InitiatingPhy {
            scan_interval: request.scan_interval,
            scan_window: request.scan_window,
            interval_min: request.interval_min,
            interval_max: request.interval_max,
            latency: request.latency,
            timeout: request.timeout,
            min_ce_length: request.min_ce_length,
            max_ce_length: request.max_ce_length,
        };
        if request.scan_interval > 0x4000 && self.initiator.is_none() {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        let own = self.own(request.own_address_kind);
        self.initiate(now, own, (request.filter_policy, request.peer), [Some(phy), None, None], false)
    }

    /// Vol 4 Part E 7.8.66: at least one of the PHYs that can be scanned on.
    fn create_extended(&mut self, now: Instant, request: &LeExtendedCreateConnection) -> Outcome {
        if request.phys[0].is_none() && request.phys[2].is_none() {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        let own = self.own(request.own_address_kind);
        self.initiate(now, own, (request.filter_policy, request.peer), request.phys, true)
    }

    fn initiate(
        &mut self,
        now: Instant,
        own: Address,
        (filter_policy, peer): (u8, Address),
        phys: [Option<InitiatingPhy>; 3],
        extended: bool,
    ) -> Outcome {
        if self.initiator.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        if filter_policy > 1 || !phys.iter().flatten().all(is_legal) {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        let peer = (filter_policy == 0).then_some(peer);
        // Vol 4 Part E 7.8.12: one connection with a peer.
        if self.links.iter().any(|link| Some(link.peer) == peer) {
            return Err(ErrorCode::CONNECTION_ALREADY_EXISTS);
        }
        self.check_room()?;
        let Config { sca, csa2, .. } = self.config;
        let channels = self.defaults.channels;
        let known = peer.and_then(|peer| self.settings.resolving.known(peer));
        let parameters = Parameters { own, sca, csa2, peer, known, extended, channels, phys };
        self.initiator = Some(Initiator::new(parameters, now));
        Ok(())
    }

    /// Vol 4 Part E 7.8.13: the attempt ends with a Connection Complete that says Unknown Connection
    /// Identifier.
    fn cancel(&mut self, command: &Command, port: &mut impl Port) {
        let Some(initiator) = self.initiator.take() else {
            return complete(command, Err(ErrorCode::COMMAND_DISALLOWED), &[], port);
        };
        complete(command, Ok(()), &[], port);
        self.tell_no_connection(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER, 0, initiator.peer(), port);
    }
}

/// The ranges of Vol 4 Part E 7.8.12 and 7.8.66 that matter for what follows.
fn is_legal(request: &InitiatingPhy) -> bool {
    let interval = 6..=3_200;
    interval.contains(&request.interval_min)
        && interval.contains(&request.interval_max)
        && request.interval_min <= request.interval_max
        && (10..=3_200).contains(&request.timeout)
        && request.latency <= 499
        && scan_is_legal(request.scan_interval, request.scan_window, u16::MAX)
        // The timeout exceeds (1 + latency) x interval x 2: in units of 10 ms and 1.25 ms.
        && u32::from(request.timeout) * 4
            > (1 + u32::from(request.latency)) * u32::from(request.interval_max)
}
