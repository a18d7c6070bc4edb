//! The host as a whole: its state, the way in for everything that happens, and its deadlines.

use crate::acl::Acl;
use crate::bond::BondStore;
use crate::config::Config;
use crate::failure::Procedure;
use crate::io::{Context, Input, Port, Why};
use crate::recovery::{Engine, Program};
use crate::smp::{Outcome, Smp, Wire};
use arrayvec::ArrayVec;
use blesim_kernel::Instant;
use blesim_packet::Address;
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket};
use blesim_packet::l2cap;
use blesim_packet::smp::{AuthReq, PairingFeatures, SmpPdu};

/// Commands that can wait for the controller; bring-up sends the most.
pub(crate) const MAX_COMMANDS: usize = 12;

/// Packet boundary flag of a packet that continues a frame (Vol 4 Part E 5.4.2).
const CONTINUES: u8 = 1;

/// The link as the host knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// None.
    Down,
    /// Asked for, to be cancelled at this instant.
    Connecting {
        /// When the host loses patience.
        until: Instant,
    },
    /// The attempt is being cancelled.
    Cancelling,
    /// There.
    Up {
        /// Its connection handle.
        handle: u16,
        /// The peer.
        peer: Address,
        /// The key it is encrypted with, if it is.
        key: Option<u128>,
    },
    /// Being ended by this side.
    Ending,
}

/// How far the host is with what it was asked to do: to have a secured link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Episode {
    /// Not yet.
    Open,
    /// The link is secured since this instant.
    Secured(Instant),
    /// The recovery program gave up at this instant.
    GaveUp(Instant),
}

/// The one procedure the host itself has under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attempt {
    None,
    /// Encryption with the bond's key.
    Encryption,
    /// Pairing.
    Pairing,
}

/// What a host keeps while it has power.
#[derive(Debug)]
pub(crate) struct Volatile {
    pub(crate) link: Link,
    pub(crate) attempt: Attempt,
    /// What secured the link, while it is secured.
    pub(crate) secured_by: Procedure,
    pub(crate) smp: Smp,
    pub(crate) acl: Acl,
    pub(crate) engine: Engine,
    pub(crate) waits_until: Option<Instant>,
    /// The key under which the controller was told to encrypt, until it says that it does.
    pub(crate) offered_key: Option<u128>,
    pub(crate) commands: ArrayVec<Command, MAX_COMMANDS>,
    pub(crate) command_sent: bool,
    pub(crate) ready: bool,
    pub(crate) connections: u16,
}

impl Volatile {
    fn new() -> Self {
        Self {
            link: Link::Down,
            attempt: Attempt::None,
            secured_by: Procedure::Encryption,
            smp: Smp::default(),
            acl: Acl::new(),
            engine: Engine::default(),
            waits_until: None,
            offered_key: None,
            commands: ArrayVec::new(),
            command_sent: false,
            ready: false,
            connections: 0,
        }
    }
}

/// A host.
#[derive(Debug)]
pub struct Host {
    pub(crate) config: Config,
    /// Survives power loss.
    pub(crate) bonds: BondStore,
    pub(crate) episode: Episode,
    pub(crate) volatile: Volatile,
}

impl Host {
    /// A host that has not been switched on yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let bonds = BondStore::new(config.bond_capacity);
        Self { config, bonds, episode: Episode::Open, volatile: Volatile::new() }
    }

    /// The bonds it keeps.
    #[must_use]
    pub fn bonds(&self) -> &BondStore {
        &self.bonds
    }

    /// The bonds it keeps, for the owner to put there what was before the session or to take away.
    pub fn bonds_mut(&mut self) -> &mut BondStore {
        &mut self.bonds
    }

    /// How far it is.
    #[must_use]
    pub fn episode(&self) -> Episode {
        self.episode
    }

    /// The link as it knows it.
    #[must_use]
    pub fn link(&self) -> Link {
        self.volatile.link
    }

    /// Failures of the present episode.
    #[must_use]
    pub fn failures(&self) -> u16 {
        self.volatile.engine.failures()
    }

    /// Connections since power came on.
    #[must_use]
    pub fn connections(&self) -> u16 {
        self.volatile.connections
    }

    /// When the host must be woken, and why; asked after every input.
    #[must_use]
    pub fn deadline(&self) -> Option<(Instant, Why)> {
        let volatile = &self.volatile;
        let connecting = match volatile.link {
            Link::Connecting { until } => Some((until, Why::ConnectTimeout)),
            Link::Down | Link::Cancelling | Link::Up { .. } | Link::Ending => None,
        };
        [
            volatile.smp.timeout_at().map(|at| (at, Why::SmpTimeout)),
            volatile.smp.dh_key_at().map(|at| (at, Why::DhKey)),
            volatile.waits_until.map(|at| (at, Why::Wait)),
            connecting,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Takes in what happens at `now`; `program` is the host's recovery policy.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, program: &Program, port: &mut impl Port) {
        let mut cx = Context { now, port };
        match input {
            Input::PowerOn => {
                self.volatile = Volatile::new();
                self.episode = Episode::Open;
                self.bring_up(&mut cx);
            }
            Input::Hci(HciPacket::Event(event)) => self.event(event, program, &mut cx),
            Input::Hci(HciPacket::Acl(acl)) => self.acl(acl, program, &mut cx),
            // Commands only travel downwards.
            Input::Hci(HciPacket::Command(_)) => {}
            Input::Wake => self.wake(program, &mut cx),
        }
    }

    fn wake(&mut self, program: &Program, cx: &mut Context<'_, impl Port>) {
        let Some((at, why)) = self.deadline() else { return };
        if at > cx.now {
            return;
        }
        match why {
            Why::SmpTimeout => {
                let outcome = self.volatile.smp.timed_out(cx.port);
                self.paired(outcome, program, cx);
            }
            Why::DhKey => self.smp(program, cx, Smp::dh_key_ready),
            Why::ConnectTimeout => {
                self.volatile.link = Link::Cancelling;
                self.command(Command::LeCreateConnectionCancel, cx);
            }
            Why::Wait => {
                self.volatile.waits_until = None;
                self.recover(program, cx);
            }
        }
    }

    fn event(&mut self, event: &Event, program: &Program, cx: &mut Context<'_, impl Port>) {
        match *event {
            Event::CommandComplete { opcode, ref parameters, .. } => {
                self.command_complete(opcode, parameters, cx);
            }
            Event::CommandStatus { status, opcode, .. } => self.command_status(status, opcode, program, cx),
            Event::LeConnectionComplete { status, handle, peer, .. } => {
                self.connection_complete(status, handle, peer, program, cx);
            }
            Event::DisconnectionComplete { reason, .. } => self.disconnected(reason, program, cx),
            Event::EncryptionChange { status, enabled, .. } => {
                self.encryption_change(status, enabled, program, cx);
            }
            Event::LeLongTermKeyRequest { handle, rand, ediv } => self.key_request(handle, rand, ediv, cx),
            Event::NumberOfCompletedPackets { count, .. } => {
                self.volatile.acl.completed(count, cx);
                if self.volatile.acl.all_sent() {
                    self.smp(program, cx, Smp::all_sent);
                }
            }
            // Not asked for, or of no concern here.
            _ => {}
        }
    }

    /// Runs a step of the Security Manager on the present link.
    pub(crate) fn smp<P: Port>(
        &mut self,
        program: &Program,
        cx: &mut Context<'_, P>,
        step: impl FnOnce(&mut Smp, Wire<'_, P>) -> Outcome,
    ) {
        let Link::Up { peer, .. } = self.volatile.link else { return };
        let inner = Context { now: cx.now, port: &mut *cx.port };
        let wire = Wire::new(inner, &mut self.volatile.acl, &self.config, peer);
        let outcome = step(&mut self.volatile.smp, wire);
        self.paired(outcome, program, cx);
    }

    fn acl(&mut self, acl: &AclData, program: &Program, cx: &mut Context<'_, impl Port>) {
        let Link::Up { .. } = self.volatile.link else { return };
        // A frame that breaks the rules of L2CAP is dropped (Vol 3 Part A 7.2).
        let Ok(Some(frame)) = self.volatile.acl.incoming.feed(acl.boundary != CONTINUES, &acl.data) else {
            return;
        };
        if frame.cid != l2cap::CID_SMP {
            return;
        }
        match SmpPdu::decode(frame.payload) {
            Ok(SmpPdu::PairingRequest(request)) => self.pairing_request(request, program, cx),
            Ok(pdu) => self.smp(program, cx, |smp, wire| smp.receive(&pdu, wire)),
            Err(error) => self.smp(program, cx, |smp, wire| smp.malformed(error, wire)),
        }
    }

    /// The features this host sends as initiator, or as responder to `request`.
    pub(crate) fn features(&self, request: Option<&PairingFeatures>) -> PairingFeatures {
        let Config { io, auth, max_key_size, initiator_keys, responder_keys, .. } = self.config;
        let mut features =
            PairingFeatures { io, oob: false, auth, max_key_size, initiator_keys, responder_keys };
        if let Some(request) = request {
            // The response grants no more than the request asked for (Vol 3 Part H 3.6.1).
            features.initiator_keys.0 &= request.initiator_keys.0;
            features.responder_keys.0 &= request.responder_keys.0;
        }
        features
    }

    /// What a pairing of this host is called.
    pub(crate) fn pairing_procedure(&self) -> Procedure {
        if self.config.auth.0 & AuthReq::BONDING.0 != 0 { Procedure::Bonding } else { Procedure::Pairing }
    }

    /// Sends a command, or keeps it until the controller takes another. Beyond a dozen waiting ones it is lost,
    /// which a controller that answers never lets happen.
    pub(crate) fn command(&mut self, command: Command, cx: &mut Context<'_, impl Port>) {
        let _lost = self.volatile.commands.try_push(command);
        self.pump_commands(cx);
    }

    fn pump_commands(&mut self, cx: &mut Context<'_, impl Port>) {
        if !self.volatile.command_sent && !self.volatile.commands.is_empty() {
            let command = self.volatile.commands.remove(0);
            self.volatile.command_sent = true;
            cx.port.to_controller(HciPacket::Command(command));
        }
    }

    /// The controller answered a command and takes the next (Vol 4 Part E 4.4).
    pub(crate) fn command_answered(&mut self, cx: &mut Context<'_, impl Port>) {
        self.volatile.command_sent = false;
        self.pump_commands(cx);
    }

    /// The status of an answer, where it has one.
    pub(crate) fn status_of(parameters: &[u8]) -> ErrorCode {
        parameters.first().map_or(ErrorCode::SUCCESS, |&status| ErrorCode(status))
    }
}
