//! Coming up, connecting and advertising: what the host asks of its controller, Vol 3 Part C 9.
//!
//! Invariant: a peripheral without a link advertises; a central has at most one attempt to connect, and the
//! peers that wait for theirs are tried in order.

use crate::asking::Asking;
use crate::config::Config;
use crate::discovery::{Advertising, connect};
use crate::failure::{Failure, Procedure, Shown};
use crate::host::Host;
use crate::io::{Context, Port, Prompt, Role, Step};
use crate::privacy::{Resolver, advertising_data, label};
use crate::session::{Asked, Attempt, Episode, Leaves, Link};
use blesim_packet::hci::{Command, ErrorCode};
use blesim_packet::{Address, AddressKind};

/// The events a host listens to: disconnection complete, encryption change, remote version information, hardware
/// error, encryption key refresh complete, LE meta (Vol 4 Part E 7.3.1).
const EVENT_MASK: u64 = 1 << 4 | 1 << 7 | 1 << 11 | 1 << 15 | 1 << 47 | 1 << 61;
/// LE events: connection complete, advertising report, update complete, features, LTK request, remote
/// parameter request, data length change, PHY update complete (7.8.1).
const LE_EVENT_MASK: u64 = 0x1F | 1 << 5 | 1 << 6 | 1 << 11;
/// LE Enhanced Connection Complete, which tells of identities (7.8.1).
const ENHANCED_CONNECTION: u64 = 1 << 9;
/// No address.
const NOBODY: Address = Address::public([0; 6]);
/// Flags: LE General Discoverable, BR/EDR not supported (Core Specification Supplement Part A 1.3).
const ADVERTISING_DATA: [u8; 3] = [0x02, 0x01, 0x06];

impl Host {
    /// Resets the controller and sets it up; the last answer makes the host ready.
    pub(crate) fn bring_up(&mut self, cx: &mut Context<'_, impl Port>) {
        let told = if self.config.privacy.resolver == Resolver::Controller { ENHANCED_CONNECTION } else { 0 };
        let mask = LE_EVENT_MASK | self.config.discovery.le_event_mask() | told;
        self.commands.send(Command::Reset, cx);
        self.commands.send(Command::SetEventMask(EVENT_MASK), cx);
        self.commands.send(Command::LeSetEventMask(mask), cx);
        self.renew_address(cx);
        if self.own.address.kind == AddressKind::Random {
            self.commands.send(Command::LeSetRandomAddress(self.own.address), cx);
        }
        match self.config.role {
            Role::Central => self.classify_channels(cx),
            Role::Peripheral => self.set_up_advertising(self.config.discovery.advertising, cx),
        }
        self.commands.send(Command::LeReadBufferSize, cx);
    }

    fn set_up_advertising(&mut self, kind: Advertising, cx: &mut Context<'_, impl Port>) {
        // Whom it is for matters to directed advertising alone.
        let directed =
            matches!(kind, Advertising::Directed { .. } | Advertising::Extended { directed: true, .. });
        let peer = self.config.peers.first().copied().filter(|_| directed);
        let (own, peer) = (self.own.address, peer.unwrap_or(NOBODY));
        let label = self.config.privacy.rotates_every.map(|_| label(self.config.address));
        let (data, length) = advertising_data(ADVERTISING_DATA, label);
        for command in kind.set_up(own, peer, &self.config.link, &data[..length]) {
            self.commands.send(command, cx);
        }
    }

    /// A peripheral without a link lets itself be connected to.
    fn advertise(&mut self, cx: &mut Context<'_, impl Port>) {
        self.renew_if_overdue(cx);
        self.set_resolving_list(None, cx);
        self.commands.send(self.config.discovery.advertising.enable(true), cx);
    }

    /// High duty has ended without a connection: goes on at a low one, which has no end (Vol 3 Part C 9.3.3,
    /// Vol 6 Part B 4.4.2.4.3).
    fn advertise_on(&mut self, cx: &mut Context<'_, impl Port>) {
        let slow = Advertising::Directed { high_duty: false };
        self.set_up_advertising(slow, cx);
        self.commands.send(slow.enable(true), cx);
    }

    pub(crate) fn command_complete(
        &mut self,
        opcode: u16,
        parameters: &[u8],
        cx: &mut Context<'_, impl Port>,
    ) {
        if opcode == Command::LeReadBufferSize.opcode() && Self::status_of(parameters) == ErrorCode::SUCCESS {
            // Status, data length, number of packets (Vol 4 Part E 7.8.2).
            self.credits.set_buffers(parameters.get(3).copied().unwrap_or(1));
            self.ready = true;
        }
        let first = core::mem::take(&mut self.ready);
        let stopped = matches!(
            self.commands.asked(opcode),
            Some(
                Command::LeSetAdvertisingEnable(false)
                    | Command::LeSetExtendedAdvertisingEnable { enable: false, .. }
            )
        );
        self.commands.answered(cx);
        if stopped {
            self.stopped_advertising(cx);
        }
        if first {
            self.begin(cx);
        }
        if opcode == Command::LeCreateConnectionCancel.opcode()
            && Self::status_of(parameters) != ErrorCode::SUCCESS
            && let Some(place) = self.connecting
        {
            // The connection came about before the cancellation: its event is on the way or here already.
            let peer = &mut self.peers[place];
            *peer.link = match *peer.link {
                Link::Cancelling => Link::Connecting { until: cx.now + self.config.timing.connect_timeout },
                other => other,
            };
        }
    }

    /// The controller is set up.
    fn begin(&mut self, cx: &mut Context<'_, impl Port>) {
        match self.config.role {
            Role::Central => {
                for place in 0..self.peers.len() {
                    cx.peer = place;
                    self.connect(cx);
                }
            }
            Role::Peripheral => self.advertise(cx),
        }
    }

    pub(crate) fn command_status(&mut self, status: ErrorCode, opcode: u16, cx: &mut Context<'_, impl Port>) {
        let failed = if status == ErrorCode::SUCCESS { None } else { self.commands.asked(opcode).copied() };
        self.commands.answered(cx);
        match failed {
            // A link that is gone has taken the offer with it, and its end was shown.
            Some(Command::LeEnableEncryption { handle, .. })
                if self.find(handle, cx) && self.peer(cx).offered_key.take().is_some() =>
            {
                self.procedure_failed(Shown::Hci(status), cx);
            }
            Some(Command::Disconnect { handle, .. })
                if self.find(handle, cx) && *self.peer(cx).link == Link::Ending =>
            {
                // Gone before it could be ended; the event that says so is lost.
                self.link_gone(cx);
                let procedure = self.procedure(cx);
                if !self.was_abandoned(procedure, cx) {
                    self.recover(cx);
                }
            }
            Some(Command::LeConnectionUpdate(update)) if self.find(update.handle, cx) => {
                self.update_ended(status, cx);
            }
            Some(Command::LeCreateConnection(_) | Command::LeExtendedCreateConnection(_)) => {
                if let Some(place) = self.connecting.take() {
                    cx.peer = place;
                    *self.peer(cx).link = Link::Down;
                    let shown = Shown::Hci(status);
                    self.failed(Failure { procedure: Procedure::Connection, shown }, cx);
                    self.connect_next(cx);
                }
            }
            _ => {}
        }
    }

    /// Asks for a connection to the peer, when its turn comes.
    pub(crate) fn connect(&mut self, cx: &mut Context<'_, impl Port>) {
        if !self.queue.contains(&cx.peer) {
            self.queue.push(cx.peer);
        }
        self.connect_next(cx);
    }

    /// Begins the next attempt, unless one is under way.
    fn connect_next(&mut self, cx: &mut Context<'_, impl Port>) {
        if self.connecting.is_some() || self.queue.is_empty() {
            return;
        }
        let place = self.queue.remove(0);
        self.connecting = Some(place);
        let peer = &mut self.peers[place];
        *peer.link = Link::Connecting { until: cx.now + self.config.timing.connect_timeout };
        let address = peer.address.expect("a central's peers have addresses");
        self.renew_if_overdue(cx);
        if self.config.privacy.scans && !self.is_listed(address) {
            return self.look_for_peer(cx);
        }
        self.set_resolving_list(Some(address), cx);
        let Config { discovery, ref link, .. } = self.config;
        self.commands.send(connect(discovery.connects, self.own.address, address, link), cx);
    }

    pub(crate) fn connection_complete(
        &mut self,
        status: ErrorCode,
        handle: u16,
        (address, identity): (Address, Option<Address>),
        cx: &mut Context<'_, impl Port>,
    ) {
        if status != ErrorCode::SUCCESS {
            return match self.config.role {
                Role::Central => self.not_connected(status, cx),
                Role::Peripheral => self.advertise_on(cx),
            };
        }
        let Some(place) = self.peer_with(address) else { return };
        cx.peer = place;
        if self.connecting == Some(place) {
            self.connecting = None;
        }
        self.link_gone(cx);
        self.peer(cx).connected(handle, address);
        self.look_back(cx);
        self.identify(cx);
        if let Some(identity) = identity {
            self.told_identity(identity, cx);
        }
        self.bond_used(cx);
        cx.step(Step::Connected);
        self.plan_request(cx);
        self.plan_asks(cx);
        self.plan_sending(cx);
        if self.config.role == Role::Central {
            if self.peer(cx).engine.running() {
                self.recover(cx);
            } else {
                self.secure(cx);
            }
        }
        self.connect_next(cx);
    }

    /// An attempt to connect is over without a connection.
    pub(crate) fn not_connected(&mut self, status: ErrorCode, cx: &mut Context<'_, impl Port>) {
        let Some(place) = self.connecting.take() else { return };
        cx.peer = place;
        *self.peer(cx).link = Link::Down;
        // A cancelled attempt shows as Unknown Connection Identifier (Vol 4 Part E 7.8.13); a stack shows its
        // own time-out for it.
        let shown = if status == ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER {
            Shown::ConnectTimeout
        } else {
            Shown::Hci(status)
        };
        self.failed(Failure { procedure: Procedure::Connection, shown }, cx);
        self.connect_next(cx);
    }

    /// There is no link to the peer any more, and nothing of it is in the controller's buffers.
    fn link_gone(&mut self, cx: &mut Context<'_, impl Port>) {
        let peer = &mut self.peers[cx.peer];
        *peer.link = Link::Down;
        peer.offered_key = None;
        peer.requests_at = None;
        peer.resolves_at = None;
        if matches!(peer.asked, Some(Asked::Pairing(_))) {
            peer.asked = None;
            cx.prompt(Prompt::Dismissed);
        }
        let peer = &mut self.peers[cx.peer];
        peer.asking = Asking::default();
        (peer.sending.due, peer.sending.awaits) = (None, false);
        peer.acl.close(&mut self.credits);
        self.share_buffers(cx);
    }

    /// The link is gone.
    pub(crate) fn disconnected(&mut self, reason: ErrorCode, cx: &mut Context<'_, impl Port>) {
        let ours = *self.peer(cx).link == Link::Ending;
        let encrypting = self.peer(cx).offered_key.is_some();
        self.link_gone(cx);
        let peer = &mut self.peers[cx.peer];
        peer.ended_at = Some(cx.now);
        let secured = matches!(*peer.episode, Episode::Secured(_));
        let pairing = peer.smp.abort(cx);
        let interrupted = pairing || peer.attempt != Attempt::None || secured;
        if self.config.role == Role::Peripheral {
            let procedure = if encrypting && !pairing { Procedure::Encryption } else { self.procedure(cx) };
            let peer = self.peer(cx);
            peer.attempt = Attempt::None;
            if !matches!(*peer.episode, Episode::GaveUp(_)) {
                *peer.episode = Episode::Open;
            }
            let kind = self.config.discovery.advertising;
            if kind == (Advertising::Directed { high_duty: true }) {
                // It may have gone on at a low duty before.
                self.set_up_advertising(kind, cx);
            }
            self.advertise(cx);
            if ours {
                if !self.was_abandoned(procedure, cx) {
                    self.resume(cx);
                }
            } else if (interrupted || encrypting) && self.is_attentive(cx) {
                self.failed(Failure { procedure, shown: Shown::Hci(reason) }, cx);
            }
            return;
        }
        if ours {
            let procedure = self.procedure(cx);
            self.peer(cx).attempt = Attempt::None;
            if self.peer(cx).leaves == Leaves::ToProbe {
                self.connect(cx);
            } else if !self.was_abandoned(procedure, cx) {
                self.recover(cx);
            }
        } else if interrupted {
            self.procedure_failed(Shown::Hci(reason), cx);
        }
    }
}
