//! The host as a whole: its state, the way in for everything that happens, and its deadlines.
//!
//! Invariant: what the peers share is here, and an input reaches the session it concerns by its connection
//! handle.

use crate::acl::Credits;
use crate::bond::BondStore;
use crate::commands::Commands;
use crate::config::{Config, MAX_PEERS};
use crate::io::{Context, Input, Note, Port, Role, Why};
use crate::link_control::Parameters;
use crate::privacy::OwnAddress;
use crate::recovery::{Consult, Consulted, Penalties, Program};
use crate::session::{Episode, Link, Peer, Session};
use crate::smp::{LocalOob, Outcome, Smp, Wire};
use arrayvec::ArrayVec;
use blesim_crypto::KeyPair;
use blesim_kernel::{Earliest, Instant};
use blesim_packet::Address;
use blesim_packet::Octets;
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket, LeEnhancedConnectionComplete};
use blesim_packet::l2cap;
use blesim_packet::smp::SmpPdu;
use core::cell::Cell;

/// A host.
#[derive(Debug)]
pub struct Host {
    pub(crate) config: Config,
    /// Survives power loss.
    pub(crate) bonds: BondStore,
    pub(crate) peers: Vec<Peer>,
    pub(crate) commands: Commands,
    pub(crate) credits: Credits,
    pub(crate) ready: bool,
    /// Peers that wait for their turn to be connected, in order.
    pub(crate) queue: ArrayVec<usize, MAX_PEERS>,
    /// The peer of the one attempt to connect there may be (Vol 4 Part E 7.8.12).
    pub(crate) connecting: Option<usize>,
    /// Its address on the air.
    pub(crate) own: OwnAddress,
    /// It scans for the peer that is to be connected.
    pub(crate) looking: bool,
    /// What peers wait for; lost with power.
    pub(crate) penalties: Penalties,
    /// What it made for another channel; lost with power.
    local_oob: Option<LocalOob>,
    /// The key pair of a host that uses one for every pairing; lost with power.
    kept_pair: Option<KeyPair>,
    /// Changes of peers that it has forgotten with power, and times that it did.
    earlier_changes: u64,
    /// Nothing has happened to it since it forgot everything.
    new: bool,
    /// What of its program has been read; neither power loss nor another configuration makes it unread.
    consulted: Consulted,
}

impl Host {
    /// A host that has not been switched on yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut host = Self {
            bonds: BondStore::new(config.bonds, config.role, config.address),
            peers: Vec::with_capacity(sessions(&config)),
            commands: Commands::new(sessions(&config)),
            config,
            credits: Credits::default(),
            ready: false,
            queue: ArrayVec::new(),
            connecting: None,
            own: OwnAddress::identity(config.address),
            looking: false,
            penalties: Penalties::default(),
            local_oob: None,
            kept_pair: None,
            earlier_changes: 0,
            new: true,
            consulted: Consulted::default(),
        };
        host.restart();
        host
    }

    /// The same as a [`Host::new`] with this configuration, in the memory of this one.
    pub fn renew(&mut self, config: Config) {
        self.bonds.renew(config.bonds, config.role, config.address);
        self.config = config;
        self.restart();
    }

    /// Forgets all that does not survive power loss.
    fn restart(&mut self) {
        // The peers that take the place of these begin to count from zero.
        self.earlier_changes = self.changes() + 1;
        let addresses = (0..sessions(&self.config)).map(|at| self.config.peers.get(at).copied());
        self.peers.clear();
        self.peers.extend(addresses.map(Peer::new));
        self.commands.restart(self.peers.len());
        self.credits = Credits::default();
        self.ready = false;
        self.queue.clear();
        self.connecting = None;
        self.own = OwnAddress::identity(self.config.address);
        self.looking = false;
        self.penalties.clear();
        self.local_oob = None;
        self.kept_pair = None;
        self.new = true;
    }

    /// Its identity address (Vol 3 Part C 10.8.1).
    #[must_use]
    pub fn identity_address(&self) -> Address {
        self.config.address
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

    /// Its dealings with each peer, in the order of [`Config::peers`]; a peripheral has one.
    pub fn sessions(&self) -> impl Iterator<Item = Session> {
        self.peers.iter().map(Peer::session)
    }

    /// What of its program it has read since [`Self::reads_anew`].
    #[must_use]
    pub fn consulted(&self) -> Consulted {
        self.consulted
    }

    /// From here on it counts what is read of its program.
    pub fn reads_anew(&mut self) {
        self.consulted = Consulted::default();
    }

    /// How far it is with this peer. Like its companions below it takes the peer's place in
    /// [`Config::peers`].
    ///
    /// # Panics
    /// If there are not so many peers.
    #[must_use]
    pub fn episode(&self, peer: usize) -> Episode {
        *self.peers[peer].episode
    }

    /// The link to this peer as it knows it.
    ///
    /// # Panics
    /// If there are not so many peers.
    #[must_use]
    pub fn link(&self, peer: usize) -> Link {
        *self.peers[peer].link
    }

    /// The links to all peers as it knows them, in the order of [`Config::peers`].
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.peers.iter().map(|peer| &*peer.link)
    }

    /// A number that is another one whenever the link or the episode of any peer has changed: as long as it is the
    /// same, [`Self::link`] and [`Self::episode`] are.
    #[must_use]
    #[inline]
    pub fn changes(&self) -> u64 {
        self.earlier_changes + self.peers.iter().map(Peer::changes).sum::<u64>()
    }

    /// Failures of the present episode with this peer.
    ///
    /// # Panics
    /// If there are not so many peers.
    #[must_use]
    pub fn failures(&self, peer: usize) -> u16 {
        self.peers[peer].engine.failures()
    }

    /// Connections to this peer since power came on.
    ///
    /// # Panics
    /// If there are not so many peers.
    #[must_use]
    pub fn connections(&self, peer: usize) -> u16 {
        self.peers[peer].connections
    }

    /// When the host must be woken, and why; asked after every input.
    #[must_use]
    #[inline]
    pub fn deadline(&self) -> Option<(Instant, Why)> {
        let mut next = Earliest::new();
        for peer in &self.peers {
            peer.deadlines(&mut next);
        }
        next.add_if(self.bonds.writes_until(), Why::BondWritten);
        next.add_if(self.own.due(), Why::Rotation);
        next.get()
    }

    /// Takes in what happens at `now`; `program` is the host's recovery policy, for each peer by itself.
    ///
    /// # Panics
    /// If an input names a peer that does not exist.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, program: &Program, port: &mut impl Port) {
        let new = core::mem::take(&mut self.new);
        let read = Cell::new(self.consulted);
        let mut cx = Context { now, peer: 0, program: Consult::new(program, &read), port };
        match input {
            Input::PowerOn => {
                if !new {
                    self.power_lost(now);
                    self.restart();
                }
                self.bring_up(&mut cx);
            }
            Input::Hci(HciPacket::Event(event)) => self.event(event, &mut cx),
            Input::Hci(HciPacket::Acl(acl)) => self.acl(acl, &mut cx),
            // Commands only travel downwards.
            Input::Hci(HciPacket::Command(_)) => {}
            Input::User(peer, answer) => {
                cx.peer = peer;
                cx.note(Note::Answer(answer));
                if self.peer(&cx).asked.is_some() {
                    self.consents(answer, &mut cx);
                } else {
                    self.smp(&mut cx, |smp, wire| smp.answer(answer, wire));
                }
            }
            Input::Relay(peer, payload) => {
                cx.peer = peer;
                self.send_value(&payload, &mut cx);
            }
            Input::Disconnect(peer) => {
                cx.peer = peer;
                self.end_link(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION, &mut cx);
            }
            Input::Abandon(peer) => {
                cx.peer = peer;
                self.abandon(&mut cx);
            }
            Input::Begin(peer) => {
                cx.peer = peer;
                self.begin_anew(&mut cx);
            }
            Input::MakeOob => {
                let local = LocalOob::new(&mut cx);
                cx.port.oob(local.data());
                self.local_oob = Some(local);
            }
            Input::Oob(peer, data) => self.peers[peer].oob = Some(data),
            Input::Wake => self.wake(&mut cx),
        }
        self.plan_asks_of_secured(&cx);
        self.consulted = read.get();
    }

    /// The session the context is about.
    pub(crate) fn peer<P>(&mut self, cx: &Context<'_, P>) -> &mut Peer {
        &mut self.peers[cx.peer]
    }

    /// Makes the context be about the peer whose link has this handle; false if there is no such link.
    #[inline]
    pub(crate) fn find<P>(&self, handle: u16, cx: &mut Context<'_, P>) -> bool {
        let found = self.peers.iter().position(|peer| peer.acl.handle() == Some(handle));
        cx.peer = found.unwrap_or(cx.peer);
        found.is_some()
    }

    fn wake(&mut self, cx: &mut Context<'_, impl Port>) {
        // What ends by itself comes before what the host goes on to do.
        self.bonds_written(cx);
        if self.own.due().is_some_and(|at| at <= cx.now) {
            self.rotation_due(cx);
        }
        let deadlines = self.peers.iter().enumerate();
        let due = deadlines.filter_map(|(place, peer)| peer.deadline().map(|(at, why)| (at, why, place)));
        let Some((at, why, place)) = due.min() else { return };
        if at > cx.now {
            return;
        }
        cx.peer = place;
        match why {
            Why::SmpTimeout => {
                let timer = self.config.quirks.timer;
                let outcome = self.peer(cx).smp.timed_out(timer, cx);
                self.paired(outcome, cx);
            }
            Why::DhKey => self.smp(cx, Smp::dh_key_ready),
            Why::ConnectTimeout if self.looking => {
                self.stop_looking(cx);
                self.not_connected(ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER, cx);
            }
            Why::ConnectTimeout => {
                *self.peer(cx).link = Link::Cancelling;
                self.commands.send(Command::LeCreateConnectionCancel, cx);
            }
            Why::SecurityRequest => self.request_due(cx),
            Why::LinkControl => self.ask_due(cx),
            Why::Application => self.sending_due(cx),
            Why::Resolution => self.resolve(cx),
            Why::BondWritten | Why::Rotation => {}
            Why::Wait => self.waited(cx),
        }
    }

    fn event(&mut self, event: &Event, cx: &mut Context<'_, impl Port>) {
        match *event {
            Event::CommandComplete { opcode, ref parameters, .. } => {
                self.command_complete(opcode, parameters, cx);
            }
            Event::CommandStatus { status, opcode, .. } => self.command_status(status, opcode, cx),
            Event::LeConnectionComplete { status, handle, peer, .. } => {
                self.connection_complete(status, handle, (peer, None), cx);
            }
            Event::LeEnhancedConnectionComplete(ref complete) => {
                let LeEnhancedConnectionComplete { status, handle, .. } = *complete;
                self.connection_complete(status, handle, complete.peer_on_the_air(), cx);
            }
            Event::DisconnectionComplete { handle, reason, .. } if self.find(handle, cx) => {
                self.disconnected(reason, cx);
            }
            Event::EncryptionChange { status, handle, enabled } if self.find(handle, cx) => {
                self.encryption_change(status, enabled, cx);
            }
            // An encrypted link has got another key (Vol 4 Part E 7.7.39).
            Event::EncryptionKeyRefreshComplete { status, handle } if self.find(handle, cx) => {
                self.encryption_change(status, 1, cx);
            }
            Event::LeAdvertisingReport(ref report) if report.kind <= 1 => {
                self.heard(report.peer, &report.data, cx);
            }
            // Bit 0 of Event_Type: it takes connections (Vol 4 Part E 7.7.65.13).
            Event::LeExtendedAdvertisingReport(ref report) if report.kind & 1 != 0 => {
                if let Some(peer) = report.peer {
                    self.heard(peer, &report.data, cx);
                }
            }
            Event::LeLongTermKeyRequest { handle, rand, ediv } if self.find(handle, cx) => {
                self.key_request(handle, rand, ediv, cx);
            }
            Event::NumberOfCompletedPackets { handle, count } if self.find(handle, cx) => {
                self.packets_completed(count, cx);
            }
            Event::LeRemoteConnectionParameterRequest {
                handle,
                interval_min,
                interval_max,
                latency,
                timeout,
            } => {
                let asked = Parameters { interval_min, interval_max, latency, timeout };
                self.parameters_requested(handle, asked, cx);
            }
            Event::LeConnectionUpdateComplete { status, handle, .. } if self.find(handle, cx) => {
                self.update_ended(status, cx);
            }
            Event::AuthenticatedPayloadTimeoutExpired { handle } if self.find(handle, cx) => {
                self.unauthenticated(cx);
            }
            // Not asked for, of a link that is gone, or of no concern here.
            _ => {}
        }
    }

    fn packets_completed(&mut self, count: u16, cx: &mut Context<'_, impl Port>) {
        self.peers[cx.peer].acl.completed(count, &mut self.credits);
        self.share_buffers(cx);
        if self.peer(cx).acl.all_sent() {
            self.smp(cx, Smp::all_sent);
        }
    }

    /// Gives buffers that have become free to those that wait, beginning after the peer that had them.
    pub(crate) fn share_buffers(&mut self, cx: &mut Context<'_, impl Port>) {
        let (before, after) = self.peers.split_at_mut(cx.peer + 1);
        for peer in after.iter_mut().chain(before) {
            peer.acl.pump(&mut self.credits, cx);
        }
    }

    /// Runs a step of the Security Manager on the present link.
    pub(crate) fn smp<P: Port>(
        &mut self,
        cx: &mut Context<'_, P>,
        step: impl FnOnce(&mut Smp, Wire<'_, P>) -> Outcome,
    ) {
        let Some((smp, wire)) = self.wire(cx) else { return };
        let outcome = step(smp, wire);
        self.paired(outcome, cx);
    }

    /// The Security Manager of the present link and its way out; none if there is no link.
    pub(crate) fn wire<'a, P: Port>(
        &'a mut self,
        cx: &'a mut Context<'_, P>,
    ) -> Option<(&'a mut Smp, Wire<'a, P>)> {
        let peer = &mut self.peers[cx.peer];
        let Link::Up { peer: address, .. } = *peer.link else { return None };
        let wire = Wire {
            cx: cx.reborrow(),
            acl: &mut peer.acl,
            credits: &mut self.credits,
            config: peer.altered.as_ref().unwrap_or(&self.config),
            peer: address,
            own: peer.own,
            local_oob: self.local_oob.as_ref(),
            kept_pair: &mut self.kept_pair,
            received_oob: peer.oob.as_ref(),
            timer: None,
            prompted: false,
            answered: false,
        };
        Some((&mut peer.smp, wire))
    }

    fn acl(&mut self, acl: &AclData, cx: &mut Context<'_, impl Port>) {
        if !self.find(acl.handle, cx) || !matches!(*self.peer(cx).link, Link::Up { .. }) {
            return;
        }
        // A frame that breaks the rules of L2CAP is dropped (Vol 3 Part A 7.2).
        let incoming = &mut self.peers[cx.peer].acl.incoming;
        let Ok(Some(frame)) = incoming.feed(!acl.continues(), &acl.data) else { return };
        if frame.cid == l2cap::CID_LE_SIGNALLING {
            let payload = Octets::from_slice(frame.payload);
            let identifier = frame.payload.get(1).copied();
            return self.signalled(payload, identifier, cx);
        }
        if frame.cid == l2cap::CID_ATT {
            let payload = Octets::from_slice(frame.payload);
            return self.value_received(payload, cx);
        }
        if frame.cid != l2cap::CID_SMP {
            return;
        }
        match SmpPdu::decode(frame.payload) {
            Ok(SmpPdu::PairingRequest(request)) => self.pairing_request(request, cx),
            Ok(SmpPdu::SecurityRequest(auth)) => self.security_request(auth, cx),
            Ok(SmpPdu::PairingResponse(response))
                if let Some(reason) = self.refuses_response(response, cx) =>
            {
                self.smp(cx, |smp, wire| smp.refuse(reason, wire));
            }
            Ok(pdu) => self.smp(cx, |smp, wire| smp.receive(&pdu, wire)),
            Err(error) => self.smp(cx, |smp, wire| smp.malformed(error, wire)),
        }
    }

    /// The peer that a connection belongs to: the one with this address, or the one there is.
    pub(crate) fn peer_with(&self, address: Address) -> Option<usize> {
        let known = self.peers.iter().position(|peer| peer.address == Some(address));
        known.or(self.connecting).or((self.peers.len() == 1).then_some(0))
    }

    /// The status of an answer, where it has one.
    pub(crate) fn status_of(parameters: &[u8]) -> ErrorCode {
        parameters.first().map_or(ErrorCode::SUCCESS, |&status| ErrorCode(status))
    }
}

/// The sessions of a host: one for each peer of a central, one for whoever connects to a peripheral.
fn sessions(config: &Config) -> usize {
    match config.role {
        Role::Central => config.peers.len(),
        Role::Peripheral => 1,
    }
}
