//! Follows one host by what passes between it and its controller.

use super::{Missed, Seen, sender};
use crate::step::{Happening, Moment, Parameters, Place, Side, View};
use blesim_capture::btsnoop::Direction;
use blesim_packet::hci::{
    AclData, Command, ErrorCode, Event, HciPacket, LeEnhancedConnectionComplete, event_code, opcode, subevent,
};
use blesim_packet::l2cap::{CID_LE_SIGNALLING, CID_SMP, Reassembler, Signal};
use blesim_packet::smp::SmpPdu;
use blesim_packet::{Address, AddressKind, Octets};
use std::collections::{BTreeMap, BTreeSet};

/// What the first version of LE Enhanced Connection Complete holds (Vol 4 Part E 7.7.65.10).
const ENHANCED_OCTETS: usize = 30;
/// Commands that ask for a connection.
const CREATES: [u16; 2] = [opcode::LE_CREATE_CONNECTION, opcode::LE_EXTENDED_CREATE_CONNECTION];

/// One host.
#[derive(Debug, Default)]
pub(super) struct Host {
    index: u16,
    /// The controller's own address.
    public: Option<Address>,
    /// Random addresses that were set, the last one first.
    random: Vec<Address>,
    /// The kind that connections and advertising use.
    kinds: [Option<AddressKind>; 2],
    links: BTreeMap<u16, Link>,
    /// Handles of the other transport.
    classic: BTreeSet<u16>,
    asked: Option<(Moment, Address)>,
    cancelled: bool,
    /// Links that ended, whose own address may become known later.
    past: Vec<usize>,
}

#[derive(Debug)]
struct Link {
    view: Option<usize>,
    /// Frames that are put together: from the host, and to it.
    frames: [Reassembler; 2],
}

impl Host {
    pub(super) fn new(index: u16) -> Self {
        Self { index, ..Self::default() }
    }

    pub(super) const fn index(&self) -> u16 {
        self.index
    }

    pub(super) fn adapter(&mut self, address: Address) {
        // A random static address is told like this as well.
        self.public.get_or_insert(address);
    }

    pub(super) fn packet(&mut self, at: Moment, way: Direction, packet: &HciPacket, seen: &mut Seen) {
        match packet {
            HciPacket::Command(command) => self.command(at, command, seen),
            HciPacket::Event(event) => self.event(at, event, seen),
            HciPacket::Acl(acl) => self.acl(at, way, acl, seen),
        }
    }

    fn command(&mut self, at: Moment, command: &Command, seen: &mut Seen) {
        match command {
            Command::Reset => self.reset(at, seen),
            Command::LeSetRandomAddress(address)
            | Command::LeSetAdvertisingSetRandomAddress { address, .. } => {
                self.random.retain(|known| known != address);
                self.random.insert(0, *address);
                self.random.truncate(4);
            }
            Command::LeSetAdvertisingParameters(set) => self.kinds[1] = Some(set.own_address_kind),
            Command::LeSetExtendedAdvertisingParameters(set) => self.kinds[1] = Some(set.own_address_kind),
            Command::LeCreateConnection(create) => {
                self.kinds[0] = Some(create.own_address_kind);
                (self.asked, self.cancelled) = (Some((at, create.peer)), false);
            }
            Command::LeExtendedCreateConnection(create) => {
                self.kinds[0] = Some(create.own_address_kind);
                (self.asked, self.cancelled) = (Some((at, create.peer)), false);
            }
            Command::LeCreateConnectionCancel => self.cancelled = true,
            Command::Disconnect { handle, reason } => {
                self.on(*handle, at, Happening::Disconnect { reason: *reason }, None, seen);
            }
            Command::LeEnableEncryption { handle, rand, ediv, ltk } => {
                let what = Happening::EnableEncryption { rand: *rand, ediv: *ediv, ltk: *ltk };
                self.on(*handle, at, what, Some(Side::Central), seen);
            }
            Command::LeLongTermKeyRequestReply { handle, ltk } => {
                self.on(*handle, at, Happening::KeyReply { ltk: *ltk }, Some(Side::Peripheral), seen);
            }
            Command::LeLongTermKeyRequestNegativeReply { handle } => {
                self.on(*handle, at, Happening::NoKey, Some(Side::Peripheral), seen);
            }
            Command::LeConnectionUpdate(update) => {
                let by = self.side(update.handle, seen).unwrap_or(Side::Central);
                self.on(update.handle, at, Happening::UpdateAsked { by }, None, seen);
            }
            _ => {}
        }
    }

    fn event(&mut self, at: Moment, event: &Event, seen: &mut Seen) {
        match event {
            Event::LeConnectionComplete {
                status, handle, role, peer, interval, latency, timeout, ..
            } => {
                let parameters = Parameters { interval: *interval, latency: *latency, timeout: *timeout };
                let opened = Opened { status: *status, handle: *handle, role: *role, peer: *peer, own: None };
                self.connected(at, opened, parameters, seen);
            }
            Event::LeEnhancedConnectionComplete(complete) => {
                let parameters = Parameters {
                    interval: complete.interval,
                    latency: complete.latency,
                    timeout: complete.timeout,
                };
                self.connected(at, Opened::enhanced(complete), parameters, seen);
            }
            Event::DisconnectionComplete { status: ErrorCode::SUCCESS, handle, .. }
                if self.classic.remove(handle) => {}
            Event::DisconnectionComplete { status: ErrorCode::SUCCESS, handle, reason } => {
                self.on(*handle, at, Happening::Disconnected { reason: *reason }, None, seen);
                self.closed(*handle, at, seen);
            }
            Event::EncryptionChange { status, handle, enabled } => {
                let what = Happening::EncryptionChange { status: *status, enabled: *enabled };
                self.on(*handle, at, what, None, seen);
            }
            Event::EncryptionKeyRefreshComplete { status, handle } => {
                self.on(*handle, at, Happening::KeyRefresh { status: *status }, None, seen);
            }
            Event::LeLongTermKeyRequest { handle, rand, ediv } => {
                let what = Happening::KeyRequest { rand: *rand, ediv: *ediv };
                self.on(*handle, at, what, Some(Side::Peripheral), seen);
            }
            Event::LeConnectionUpdateComplete { status, handle, interval, latency, timeout } => {
                let view = self.on(*handle, at, Happening::Updated, None, seen);
                if let (&ErrorCode::SUCCESS, Some(view)) = (status, view) {
                    let (interval, latency, timeout) = (*interval, *latency, *timeout);
                    seen.views[view].parameters = Some(Parameters { interval, latency, timeout });
                }
            }
            Event::AuthenticatedPayloadTimeoutExpired { handle } => {
                self.on(*handle, at, Happening::PayloadTimeout, None, seen);
            }
            Event::LeRemoteConnectionParameterRequest { handle, .. } => {
                let by = self.side(*handle, seen).map_or(Side::Peripheral, Side::other);
                self.on(*handle, at, Happening::UpdateAsked { by }, None, seen);
            }
            Event::CommandStatus { status, opcode, .. }
                if *status != ErrorCode::SUCCESS && CREATES.contains(opcode) =>
            {
                self.not_connected(at, *status, seen);
            }
            Event::CommandComplete { opcode: opcode::READ_BD_ADDR, parameters, .. } => {
                self.read_address(parameters);
            }
            Event::Unknown { code, parameters } => self.unknown(at, *code, parameters, seen),
            _ => {}
        }
    }

    fn unknown(&mut self, at: Moment, code: u8, parameters: &[u8], seen: &mut Seen) {
        match (code, parameters) {
            (event_code::ENCRYPTION_CHANGE_V2, &[status, low, high, enabled, ..]) => {
                let handle = u16::from_le_bytes([low, high]);
                let what = Happening::EncryptionChange { status: ErrorCode(status), enabled };
                self.on(handle, at, what, None, seen);
            }
            (event_code::CONNECTION_COMPLETE, &[0, low, high, ..]) => {
                let handle = u16::from_le_bytes([low, high]);
                self.closed(handle, at, seen);
                self.classic.insert(handle);
            }
            (event_code::LE_META, [subevent::ENHANCED_CONNECTION_COMPLETE_V2, rest @ ..])
                if rest.len() >= ENHANCED_OCTETS =>
            {
                let head = [event_code::LE_META, 31, subevent::ENHANCED_CONNECTION_COMPLETE];
                let event = Event::decode(&[&head[..], &rest[..ENHANCED_OCTETS]].concat());
                if let Ok(event @ Event::LeEnhancedConnectionComplete(_)) = event {
                    self.event(at, &event, seen);
                }
            }
            (event_code::LE_META, [subevent::GENERATE_DHKEY_COMPLETE, 0, key @ ..]) => {
                let Ok(mut key) = <[u8; 32]>::try_from(key) else { return };
                key.reverse();
                // The event names no link: it belongs to those on which a pairing is under way.
                let handles: Vec<u16> = self.links.keys().copied().collect();
                for handle in handles {
                    self.on(handle, at, Happening::DhKey(key), None, seen);
                }
            }
            _ => {}
        }
    }

    fn read_address(&mut self, parameters: &[u8]) {
        if let Some(([0], wire)) = parameters.split_first_chunk::<1>()
            && let Ok(wire) = <[u8; 6]>::try_from(wire)
        {
            self.public = Some(Address::from_wire(AddressKind::Public, wire));
        }
    }

    fn acl(&mut self, at: Moment, way: Direction, acl: &AclData, seen: &mut Seen) {
        let from_host = way == Direction::FromHost;
        let known = self.links.contains_key(&acl.handle);
        let Some(view) = self.view(acl.handle, None, seen) else { return };
        let Some(link) = self.links.get_mut(&acl.handle) else { return };
        let frame = link.frames[usize::from(!from_host)].feed(!acl.continues(), &acl.data);
        let Ok(Some(frame)) = frame else { return heard(&mut seen.views[view], at, from_host) };
        let (cid, payload) = (frame.cid, frame.payload);
        if cid == CID_SMP {
            let side = side_of(&mut seen.views[view], payload, from_host);
            heard(&mut seen.views[view], at, from_host);
            let from = sender(side, from_host);
            let octets = Octets::from_slice(&payload[..payload.len().min(72)]).expect("it was cut to fit");
            let pdu = SmpPdu::decode(payload);
            seen.views[view].step(at, Happening::Smp { from, octets, pdu });
            return;
        }
        heard(&mut seen.views[view], at, from_host);
        let asked = matches!(Signal::decode(payload), Ok(Signal::ConnectionParameterUpdateRequest { .. }));
        if cid == CID_LE_SIGNALLING && asked {
            seen.views[view].step(at, Happening::UpdateAsked { by: Side::Peripheral });
        } else if !known && seen.views[view].steps.is_empty() {
            // Data of a link that began before the capture: nothing is known of it yet.
            seen.views[view].opened = None;
        }
    }

    fn connected(&mut self, at: Moment, opened: Opened, parameters: Parameters, seen: &mut Seen) {
        if opened.status != ErrorCode::SUCCESS {
            return self.not_connected(at, opened.status, seen);
        }
        let Some(side) = Side::from_role(opened.role) else { return };
        if side == Side::Central {
            self.asked = None;
        }
        self.closed(opened.handle, at, seen);
        self.classic.remove(&opened.handle);
        let mut view = View::new(Place::Host(self.index), Some(side));
        view.opened = Some(at);
        view.parameters = Some(parameters);
        view.may_be(side.other(), opened.peer);
        for own in opened.own.into_iter().chain(self.own(side)) {
            view.may_be(side, own);
        }
        let view = seen.keep(view);
        self.links.insert(opened.handle, Link { view, frames: [Reassembler::new(); 2] });
    }

    /// The addresses that this host may have on a link, the likeliest first.
    fn own(&self, side: Side) -> Vec<Address> {
        let random = self.random.iter().copied();
        let public = self.public.into_iter();
        // An adapter's address may be a static random one, which is told without its kind.
        let static_random =
            self.public.map(|own| Address::random(own.octets)).filter(|own| own.is_static_random());
        match self.kinds[side.index()] {
            Some(AddressKind::Random) => random.chain(static_random).chain(public).collect(),
            Some(AddressKind::Public) => public.chain(random).collect(),
            None => public.chain(random).chain(static_random).collect(),
        }
    }

    fn not_connected(&mut self, at: Moment, status: ErrorCode, seen: &mut Seen) {
        let Some((asked, peer)) = self.asked.take() else { return };
        let cancelled = std::mem::take(&mut self.cancelled);
        if seen.missed.len() < super::LINKS_MAX {
            seen.missed.push(Missed { host: self.index, asked, at, status, cancelled, peer });
        }
    }

    /// The host's side of a link.
    fn side(&self, handle: u16, seen: &Seen) -> Option<Side> {
        seen.views[self.links.get(&handle)?.view?].side
    }

    /// The view of a link; one that the capture did not see begin is begun here.
    fn view(&mut self, handle: u16, side: Option<Side>, seen: &mut Seen) -> Option<usize> {
        if let Some(link) = self.links.get(&handle) {
            return link.view;
        }
        if self.classic.contains(&handle) {
            return None;
        }
        let view = seen.keep(View::new(Place::Host(self.index), side));
        self.links.insert(handle, Link { view, frames: [Reassembler::new(); 2] });
        view
    }

    fn on(
        &mut self,
        handle: u16,
        at: Moment,
        what: Happening,
        side: Option<Side>,
        seen: &mut Seen,
    ) -> Option<usize> {
        let view = self.view(handle, side, seen)?;
        let kept = &mut seen.views[view];
        kept.side = kept.side.or(side);
        kept.step(at, what);
        Some(view)
    }

    fn closed(&mut self, handle: u16, at: Moment, seen: &mut Seen) {
        if let Some(Link { view: Some(view), .. }) = self.links.remove(&handle) {
            seen.views[view].closed = Some(at);
            self.past.push(view);
        }
    }

    /// The host begins anew: its links are gone without a word.
    fn reset(&mut self, at: Moment, seen: &mut Seen) {
        let handles: Vec<u16> = self.links.keys().copied().collect();
        for handle in handles {
            self.on(handle, at, Happening::Reset, None, seen);
            self.closed(handle, at, seen);
        }
        self.asked = None;
    }

    pub(super) fn finish(self, seen: &mut Seen) {
        // What became known of the own address late holds for earlier links too.
        let open = self.links.values().filter_map(|link| link.view);
        for view in self.past.iter().copied().chain(open) {
            let Some(side) = seen.views[view].side else { continue };
            for own in self.own(side) {
                seen.views[view].may_be(side, own);
            }
        }
        let own = self.own(Side::Peripheral);
        // Whoever neither advertises nor connects uses no address.
        let uses = self.kinds.iter().any(Option::is_some);
        if uses {
            seen.own.push((self.index, own.into_iter().take(1).collect()));
        }
        if let Some((asked, peer)) = self.asked {
            let status = ErrorCode::SUCCESS;
            let at = seen.last;
            let waiting = Missed { host: self.index, asked, at, status, cancelled: self.cancelled, peer };
            seen.waiting.get_or_insert(waiting);
        }
    }
}

/// What a connection complete event says.
#[derive(Clone, Copy)]
struct Opened {
    status: ErrorCode,
    handle: u16,
    role: u8,
    peer: Address,
    own: Option<Address>,
}

impl Opened {
    fn enhanced(complete: &LeEnhancedConnectionComplete) -> Self {
        let private = |value: u64| {
            let [_, _, octets @ ..] = value.to_be_bytes();
            (value != 0).then_some(Address::random(octets))
        };
        let (on_the_air, _) = complete.peer_on_the_air();
        Self {
            status: complete.status,
            handle: complete.handle,
            role: complete.role,
            peer: private(complete.peer_resolvable).unwrap_or(on_the_air),
            own: private(complete.local_resolvable),
        }
    }
}

/// The host's side, which a Pairing Request or Response tells where the capture did not see the link begin.
fn side_of(view: &mut View, payload: &[u8], from_host: bool) -> Side {
    const FROM_CENTRAL: u8 = 0x01;
    const FROM_PERIPHERAL: [u8; 2] = [0x02, 0x0B];
    if let Some(side) = view.side {
        return side;
    }
    let sent_by = match payload.first() {
        Some(&FROM_CENTRAL) => Side::Central,
        Some(code) if FROM_PERIPHERAL.contains(code) => Side::Peripheral,
        _ => return Side::Central,
    };
    let side = sender(sent_by, from_host);
    view.side = Some(side);
    side
}

fn heard(view: &mut View, at: Moment, from_host: bool) {
    let Some(side) = view.side else { return };
    let heard = &mut view.heard[sender(side, from_host).index()];
    heard.frames = heard.frames.saturating_add(1);
    heard.last = Some(at);
}
