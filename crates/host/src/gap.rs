//! Coming up, connecting and advertising: what the host asks of its controller, Vol 3 Part C 9.
//!
//! Invariant: a peripheral without a link advertises; a central has at most one attempt to connect.

use crate::failure::{Failure, Procedure, Shown};
use crate::host::{Attempt, Episode, Host, Link};
use crate::io::{Context, Port, Role, Step};
use crate::recovery::Program;
use blesim_packet::hci::{Command, ErrorCode, LeCreateConnection, LeSetAdvertisingParameters};
use blesim_packet::{Address, AddressKind, Octets};

/// The events a host listens to: disconnection complete, encryption change, hardware error, encryption key
/// refresh complete, LE meta (Vol 4 Part E 7.3.1).
const EVENT_MASK: u64 = 1 << 4 | 1 << 7 | 1 << 15 | 1 << 47 | 1 << 61;
/// LE events: connection complete, advertising report, update complete, features, LTK request (7.8.1).
const LE_EVENT_MASK: u64 = 0x1F;
/// Flags: LE General Discoverable, BR/EDR not supported (Core Specification Supplement Part A 1.3).
const ADVERTISING_DATA: [u8; 3] = [0x02, 0x01, 0x06];

impl Host {
    /// Resets the controller and sets it up; the last answer makes the host ready.
    pub(crate) fn bring_up(&mut self, cx: &mut Context<'_, impl Port>) {
        self.command(Command::Reset, cx);
        self.command(Command::SetEventMask(EVENT_MASK), cx);
        self.command(Command::LeSetEventMask(LE_EVENT_MASK), cx);
        if self.config.address.kind == AddressKind::Random {
            self.command(Command::LeSetRandomAddress(self.config.address), cx);
        }
        if self.config.role == Role::Peripheral {
            let parameters = self.advertising_parameters();
            let data = Octets::from_slice(&ADVERTISING_DATA).expect("three octets fit");
            self.command(Command::LeSetAdvertisingParameters(parameters), cx);
            self.command(Command::LeSetAdvertisingData(data), cx);
        }
        self.command(Command::LeReadBufferSize, cx);
    }

    fn advertising_parameters(&self) -> LeSetAdvertisingParameters {
        let interval = self.config.link.advertising_interval;
        LeSetAdvertisingParameters {
            interval_min: interval,
            interval_max: interval,
            // ADV_IND on all three channels, for everybody (Vol 4 Part E 7.8.5).
            kind: 0,
            own_address_kind: self.config.address.kind,
            peer: Address { kind: AddressKind::Public, octets: [0; 6] },
            channel_map: 7,
            filter_policy: 0,
        }
    }

    pub(crate) fn command_complete(
        &mut self,
        opcode: u16,
        parameters: &[u8],
        cx: &mut Context<'_, impl Port>,
    ) {
        if opcode == Command::LeReadBufferSize.opcode() && Self::status_of(parameters) == ErrorCode::SUCCESS {
            // Status, data length, number of packets (Vol 4 Part E 7.8.2).
            self.volatile.acl.set_buffers(parameters.get(3).copied().unwrap_or(1));
            self.volatile.ready = true;
        }
        let first = core::mem::take(&mut self.volatile.ready);
        self.command_answered(cx);
        if first {
            match self.config.role {
                Role::Central => self.connect(cx),
                Role::Peripheral => self.command(Command::LeSetAdvertisingEnable(true), cx),
            }
        }
        if opcode == Command::LeCreateConnectionCancel.opcode()
            && Self::status_of(parameters) != ErrorCode::SUCCESS
        {
            // The connection came about before the cancellation: its event is on the way or here already.
            self.volatile.link = match self.volatile.link {
                Link::Cancelling => Link::Connecting { until: cx.now + self.config.timing.connect_timeout },
                other => other,
            };
        }
    }

    pub(crate) fn command_status(
        &mut self,
        status: ErrorCode,
        opcode: u16,
        program: &Program,
        cx: &mut Context<'_, impl Port>,
    ) {
        self.command_answered(cx);
        if status == ErrorCode::SUCCESS {
            return;
        }
        let enable = Command::LeEnableEncryption { handle: 0, rand: 0, ediv: 0, ltk: 0 }.opcode();
        let disconnect = Command::Disconnect { handle: 0, reason: status }.opcode();
        let create = Command::LeCreateConnection(self.connection_parameters()).opcode();
        if opcode == enable {
            // A link that is gone has taken the offer with it, and its end was shown.
            if self.volatile.offered_key.take().is_some() {
                self.procedure_failed(Shown::Hci(status), program, cx);
            }
        } else if opcode == disconnect && self.volatile.link == Link::Ending {
            // Gone before it could be ended; the event that says so came first.
            self.volatile.link = Link::Down;
            self.recover(program, cx);
        } else if opcode == create && matches!(self.volatile.link, Link::Connecting { .. }) {
            self.volatile.link = Link::Down;
            self.failed(Failure { procedure: Procedure::Connection, shown: Shown::Hci(status) }, program, cx);
        }
    }

    /// Asks for a connection to the peer.
    pub(crate) fn connect(&mut self, cx: &mut Context<'_, impl Port>) {
        self.volatile.link = Link::Connecting { until: cx.now + self.config.timing.connect_timeout };
        self.command(Command::LeCreateConnection(self.connection_parameters()), cx);
    }

    fn connection_parameters(&self) -> LeCreateConnection {
        let link = self.config.link;
        LeCreateConnection {
            scan_interval: link.scan_interval,
            scan_window: link.scan_window,
            filter_policy: 0,
            peer: self.config.peer,
            own_address_kind: self.config.address.kind,
            interval_min: link.interval,
            interval_max: link.interval,
            latency: link.latency,
            timeout: link.supervision_timeout,
            min_ce_length: 0,
            max_ce_length: 0,
        }
    }

    pub(crate) fn connection_complete(
        &mut self,
        status: ErrorCode,
        handle: u16,
        peer: Address,
        program: &Program,
        cx: &mut Context<'_, impl Port>,
    ) {
        if status != ErrorCode::SUCCESS {
            self.volatile.link = Link::Down;
            // A cancelled attempt shows as Unknown Connection Identifier (Vol 4 Part E 7.8.13); a stack
            // shows its own time-out for it.
            let shown = if status == ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER {
                Shown::ConnectTimeout
            } else {
                Shown::Hci(status)
            };
            self.failed(Failure { procedure: Procedure::Connection, shown }, program, cx);
            return;
        }
        self.volatile.link = Link::Up { handle, peer, key: None };
        self.volatile.connections = self.volatile.connections.saturating_add(1);
        self.volatile.acl.open(handle);
        self.volatile.smp.reset();
        self.volatile.attempt = Attempt::None;
        cx.port.step(Step::Connected);
        if self.config.role == Role::Central {
            if self.volatile.engine.running() {
                self.recover(program, cx);
            } else {
                self.secure(program, cx);
            }
        }
    }

    /// The link is gone.
    pub(crate) fn disconnected(
        &mut self,
        reason: ErrorCode,
        program: &Program,
        cx: &mut Context<'_, impl Port>,
    ) {
        let ours = core::mem::replace(&mut self.volatile.link, Link::Down) == Link::Ending;
        self.volatile.offered_key = None;
        let secured = matches!(self.episode, Episode::Secured(_));
        let interrupted = self.volatile.smp.abort() || self.volatile.attempt != Attempt::None || secured;
        if self.config.role == Role::Peripheral {
            self.volatile.attempt = Attempt::None;
            self.episode = Episode::Open;
            self.command(Command::LeSetAdvertisingEnable(true), cx);
            return;
        }
        if ours {
            self.volatile.attempt = Attempt::None;
            self.recover(program, cx);
        } else if interrupted {
            self.procedure_failed(Shown::Hci(reason), program, cx);
        }
    }
}
