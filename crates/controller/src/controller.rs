//! The controller as a whole: what it is doing, who has its one radio, and the way in for everything that
//! happens.
//!
//! Invariant: one radio. An event that is under way keeps it; connections come before advertising and
//! scanning; an event that finds it taken is missed, and counts for its connection when two next collide.

use crate::advertise::{Advertiser, Woken as Advertised};
use crate::config::{LinkLayer, feature};
use crate::connection::begin::Begin;
use crate::connection::control::Wish;
use crate::connection::rest::AtRest;
use crate::connection::traffic::Traffic;
use crate::connection::{Connection, Flow};
use crate::discovery::Settings;
use crate::initiate::{Initiator, Woken as Initiated};
use crate::io::{AirPdu, Input, Listening, Note, Port, Role, Why};
use crate::scan::{Scanner, Woken as Scanned};
use crate::screen::{Screen, Screened};
use crate::timing::TRANSMIT_WINDOW_DELAY;
use blesim_kernel::{Instant, Span};
use blesim_packet::Address;
use blesim_packet::hci::{ErrorCode, Event, HciPacket, LeEnhancedConnectionComplete};
use blesim_packet::ll::ChannelMap;
use core::cell::Cell;

/// The lowest connection handle given.
const FIRST_HANDLE: u16 = 0x0040;

/// What a controller is born with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// The public address, Vol 6 Part B 1.3.1.
    pub public_address: Address,
    /// Sleep clock accuracy as the field of CONNECT_IND, 0..=7 (Vol 6 Part B 2.3.3.1).
    pub sca: u8,
    /// What the sleep clock is really off by, in parts per thousand million; it is late if this is positive.
    pub drift: i32,
    /// Whether channel selection algorithm #2 is supported.
    pub csa2: bool,
    /// Packets it sends in one connection event at the most, by the More Data bit; 0 for no bound.
    pub exchanges: u8,
    /// Whether as a peripheral it answers LL_ENC_REQ and LL_START_ENC_RSP in the event they come in.
    pub fast_encryption: bool,
    /// Connections it can have at once.
    pub max_links: u8,
    /// What its link layer can do and does unasked.
    pub link_layer: LinkLayer,
}

impl Config {
    /// A usual controller: a clock of 50 ppm that keeps time, algorithm #2, no bound on the packets of an event, one
    /// connection, a link layer that knows everything.
    #[must_use]
    pub fn new(public_address: Address) -> Self {
        Self {
            public_address,
            sca: 5,
            drift: 0,
            csa2: true,
            exchanges: 0,
            fast_encryption: false,
            max_links: 1,
            link_layer: LinkLayer::default(),
        }
    }

    /// The features of its link layer that its host is told (Vol 4 Part E 7.8.3).
    pub(crate) const fn told_features(&self) -> u64 {
        self.features() | self.link_layer.features & feature::EXTENDED_ADVERTISING
    }

    /// The features of its link layer that peers are told, Vol 6 Part B 4.6.
    pub(crate) const fn features(&self) -> u64 {
        let csa2 = if self.csa2 { feature::CSA2 } else { 0 };
        self.link_layer.features & feature::ALL | csa2
    }
}

/// What the host has set for every connection to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) le_event_mask: u64,
    /// Suggested_Max_TX_Octets and Suggested_Max_TX_Time (Vol 4 Part E 7.8.35).
    pub(crate) data_length: (u16, u16),
    /// Vol 4 Part E 7.8.48.
    pub(crate) wish: Wish,
    /// Vol 4 Part E 7.8.19.
    pub(crate) channels: ChannelMap,
}

/// One use of the radio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum User {
    /// The connection at this place; there are fewer than 255.
    Link(u8),
    Initiator,
    Scanner,
    Advertiser,
}

impl User {
    fn link(place: usize) -> Self {
        Self::Link(u8::try_from(place).expect("a controller has few links"))
    }
}

/// A controller.
#[derive(Debug)]
pub struct Controller {
    pub(crate) config: Config,
    pub(crate) advertiser: Option<Advertiser>,
    pub(crate) initiator: Option<Initiator>,
    pub(crate) scanner: Option<Scanner>,
    pub(crate) links: Vec<Connection>,
    /// Who hears the frame that was synchronised to.
    receiver: Option<User>,
    /// When, and for what and whom, the deadline was found to be, as long as nothing has happened since. Two cells:
    /// one is read as a whole just after its parts were written, for which a processor waits.
    due_at: Cell<Instant>,
    due: Cell<Option<(Why, User)>>,
    /// The last bit of what is sent or was sent last.
    pub(crate) sends_until: Instant,
    /// The processor does nothing before this instant.
    pub(crate) blocked_until: Instant,
    /// Since when the receiver scans, as far as nobody has been told.
    pub(crate) scans_since: Option<Instant>,
    pub(crate) settings: Settings,
    pub(crate) defaults: Defaults,
    pub(crate) screen: Screen,
}

impl Controller {
    /// A controller that has just been powered on.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            advertiser: None,
            initiator: None,
            scanner: None,
            links: Vec::new(),
            receiver: None,
            due_at: Cell::new(Instant::ZERO),
            due: Cell::new(None),
            sends_until: Instant::ZERO,
            blocked_until: Instant::ZERO,
            scans_since: None,
            settings: Settings::new(),
            defaults: Defaults::new(&config.link_layer),
            screen: Screen::new(),
        }
    }

    /// Forgets everything, as on power-on or HCI Reset (Vol 4 Part E 7.3.2). Memory is kept.
    pub fn reset(&mut self) {
        let mut links = core::mem::take(&mut self.links);
        links.clear();
        *self = Self { links, ..Self::new(self.config) };
    }

    /// The processor does nothing until then: no instant is met and nothing is heard.
    pub fn block(&mut self, until: Instant) {
        self.blocked_until = self.blocked_until.max(until);
    }

    /// Has a data PDU slip into the next encryption start of each link, where it has no place (Vol 6 Part B
    /// 5.1.3).
    pub fn slip(&mut self) {
        self.links.iter_mut().for_each(|link| link.traffic.slip());
    }

    /// Until when the processor does nothing.
    #[must_use]
    pub fn blocked_until(&self) -> Instant {
        self.blocked_until
    }

    /// When the controller must be woken, and why; asked after every input.
    #[must_use]
    #[inline]
    pub fn deadline(&self) -> Option<(Instant, Why)> {
        let (at, why, user) = self.next()?;
        self.due_at.set(at);
        self.due.set(Some((why, user)));
        Some((at.max(self.blocked_until), why))
    }

    /// Whether it does anything that comes after connections.
    fn discovers(&self) -> bool {
        self.advertiser.is_some() || self.initiator.is_some() || self.scanner.is_some()
    }

    /// What is due next, and for whom.
    #[inline]
    fn next(&self) -> Option<(Instant, Why, User)> {
        if let ([link], false) = (&self.links[..], self.discovers()) {
            let (at, why) = link.deadline();
            return Some((at, why, User::Link(0)));
        }
        self.next_of_several()
    }

    /// [`Controller::next`] of a controller that does not just keep one link.
    fn next_of_several(&self) -> Option<(Instant, Why, User)> {
        let links = self.links.iter().enumerate().map(|(index, link)| {
            let (at, why) = link.deadline();
            (at, why, User::link(index))
        });
        let initiator = self.initiator.iter().filter_map(Initiator::deadline);
        let initiator = initiator.map(|(at, why)| (at, why, User::Initiator));
        let scanner = self.scanner.iter().filter_map(Scanner::deadline);
        let scanner = scanner.map(|(at, why)| (at, why, User::Scanner));
        let advertiser = self.advertiser.iter().filter_map(Advertiser::deadline);
        let advertiser = advertiser.map(|(at, why)| (at, why, User::Advertiser));
        links.chain(initiator).chain(scanner).chain(advertiser).min_by_key(|&(at, why, _)| (at, why))
    }

    /// What the receiver is tuned to at `now`, if it is on.
    #[must_use]
    #[inline]
    pub fn listening(&self, now: Instant) -> Option<Listening> {
        self.tuned(now).map(|(_, listening)| listening)
    }

    /// Who uses the receiver at `now`, and for what.
    #[inline]
    fn tuned(&self, now: Instant) -> Option<(User, Listening)> {
        if now < self.blocked_until || now < self.sends_until {
            return None;
        }
        if let [link] = &self.links[..]
            && (link.active() || !self.discovers())
        {
            return link.listening(now).map(|(_, listening)| (User::Link(0), listening));
        }
        self.tuned_to_several(now)
    }

    /// [`Controller::tuned`] of a controller that does not just keep one link, or not now.
    fn tuned_to_several(&self, now: Instant) -> Option<(User, Listening)> {
        let links = self.links.iter().enumerate();
        if let Some((index, link)) = links.clone().find(|(_, link)| link.active()) {
            return link.listening(now).map(|(_, listening)| (User::link(index), listening));
        }
        let open = links.filter_map(|(index, link)| link.listening(now).map(|found| (index, found)));
        if let Some((index, (_, listening))) = open.min_by_key(|&(_, (since, _))| since) {
            return Some((User::link(index), listening));
        }
        // What is being heard is heard to its end.
        if self.receiver.is_some() {
            return None;
        }
        let advertiser = self.advertiser.as_ref().and_then(|advertiser| advertiser.listening(now));
        let initiator = || self.initiator.as_ref()?.listening(now);
        let scanner = || self.scanner.as_ref()?.listening(now);
        advertiser
            .map(|listening| (User::Advertiser, listening))
            .or_else(|| initiator().map(|listening| (User::Initiator, listening)))
            .or_else(|| scanner().map(|listening| (User::Scanner, listening)))
    }

    /// The links: their handle, the role in each, and whether both directions are encrypted.
    pub fn links(&self) -> impl Iterator<Item = (u16, Role, bool)> {
        self.links.iter().map(|link| (link.handle, link.role, link.traffic.encrypted()))
    }

    /// Whether the host's data on the link with this handle go out in the clear now: it is not encrypted, and they
    /// do not wait until it is, for the first time or again (Vol 6 Part B 5.1.3).
    #[must_use]
    #[inline]
    pub fn sends_plain(&self, handle: u16) -> bool {
        let plain = |traffic: &Traffic| !traffic.encrypted() && !traffic.data_paused;
        self.links.iter().any(|link| link.handle == handle && plain(&link.traffic))
    }

    /// The one link, if it is at rest at `now` and the controller does nothing else.
    pub fn at_rest(&mut self, now: Instant) -> Option<AtRest<'_>> {
        self.due.set(None);
        let alone = !self.discovers() && now >= self.blocked_until;
        let [link] = &mut self.links[..] else { return None };
        if alone { link.at_rest(now) } else { None }
    }

    pub(crate) fn link_mut(&mut self, handle: u16) -> Option<&mut Connection> {
        self.links.iter_mut().find(|link| link.handle == handle)
    }

    /// Takes in what happens at `now`.
    #[expect(clippy::inline_always, reason = "an owner has one place at which it does this, for everything")]
    #[inline(always)]
    pub fn handle(&mut self, now: Instant, input: Input<'_>, port: &mut impl Port) {
        if !matches!(input, Input::Wake) {
            self.due.set(None);
        }
        // A command that sets the screen itself has its answer, which nothing holds back.
        if self.screen.is_open() || matches!(input, Input::Hci(HciPacket::Command(_))) {
            return self.handle_for(now, input, port);
        }
        let mut screen = core::mem::replace(&mut self.screen, Screen::new());
        self.handle_for(now, input, &mut Screened { port, screen: &mut screen });
        self.screen = screen;
    }

    fn handle_for(&mut self, now: Instant, input: Input<'_>, port: &mut impl Port) {
        self.tell_scanned(now, port);
        match input {
            Input::Hci(packet) => self.hci(now, packet, port),
            Input::Sync { end } => self.sync(now, end, port),
            Input::Frame { start, pdu, crc_ok } => self.frame((start, now), pdu, crc_ok, port),
            Input::Wake => self.wake(now, port),
        }
        self.resume_scanning(now);
    }

    /// The whole of [`Input::Sync`] for a controller that listens and does nothing but keep one link, with the
    /// deadline after it; `None`, and nothing has happened, for any other.
    #[inline]
    pub fn sync_on_the_link(&mut self) -> Option<Instant> {
        let discovers = self.discovers();
        let ([link], false, None) = (&mut self.links[..], discovers, self.scans_since) else { return None };
        link.sync();
        self.receiver = Some(User::Link(0));
        self.deadline().map(|(at, _)| at)
    }

    #[inline]
    fn sync(&mut self, now: Instant, end: Instant, port: &mut impl Port) {
        let Some((user, _)) = self.tuned(now) else { return };
        self.receiver = Some(user);
        match self.receiver {
            None => {}
            Some(User::Link(index)) => {
                let index = usize::from(index);
                self.links[index].sync();
                self.interrupt(now, port);
            }
            Some(User::Scanner) => self.scanner.iter_mut().for_each(|scanner| scanner.sync(now, end)),
            Some(User::Initiator) => self.initiator.iter_mut().for_each(|initiator| initiator.sync(now, end)),
            Some(User::Advertiser) => self.advertiser.iter_mut().for_each(Advertiser::sync),
        }
    }

    /// A connection takes the radio: what else was heard is lost.
    fn interrupt(&mut self, now: Instant, port: &mut impl Port) {
        self.interrupt_scanning(now, port);
        self.advertiser.iter_mut().for_each(Advertiser::interrupt);
    }

    #[inline]
    fn frame(&mut self, when: (Instant, Instant), pdu: &AirPdu, crc_ok: bool, port: &mut impl Port) {
        let (start, now) = when;
        match (self.receiver.take(), pdu) {
            (Some(User::Advertiser), _) => {
                let Some(advertiser) = &mut self.advertiser else { return };
                let accept = self.settings.accept_list();
                if let Some(begin) = advertiser.frame(now, pdu, crc_ok, accept, port) {
                    self.connect(&begin, port);
                }
            }
            (Some(User::Initiator), _) => {
                let Some(initiator) = &mut self.initiator else { return };
                let accept = self.settings.accept_list();
                if let Some(begin) = initiator.frame(when, pdu, crc_ok, accept, port) {
                    self.connect(&begin, port);
                }
            }
            (Some(User::Scanner), _) => {
                let Some(scanner) = &mut self.scanner else { return };
                scanner.frame(when, pdu, crc_ok, self.settings.accept_list(), port);
            }
            (Some(User::Link(index)), AirPdu::Data(data)) if usize::from(index) < self.links.len() => {
                let index = usize::from(index);
                let end = self.wanted_elsewhere(index);
                let flow = self.links[index].frame((start, now, end), data, crc_ok, port);
                self.follow(index, flow, port);
            }
            // What began in one activity and ended in another has no receiver any more.
            (Some(User::Link(_)) | None, _) => {}
        }
    }

    /// When a connection other than this one next needs the radio.
    #[inline]
    fn wanted_elsewhere(&self, index: usize) -> Instant {
        let others = self.links.iter().enumerate().filter(|&(other, _)| other != index);
        others.map(|(_, link)| link.needs_radio()).min().unwrap_or(Instant::MAX)
    }

    #[inline]
    fn wake(&mut self, now: Instant, port: &mut impl Port) {
        let due = self.due.take().map(|(why, user)| (self.due_at.get(), why, user));
        let Some((at, why, user)) = due.or_else(|| self.next()) else { return };
        if at > now || now < self.blocked_until {
            return;
        }
        match user {
            User::Link(index) => {
                let index = usize::from(index);
                let flow = if why == Why::Anchor && self.is_taken(index, now) {
                    self.links[index].skip_event(port);
                    Flow::Open
                } else {
                    if why == Why::Anchor {
                        self.receiver = None;
                        self.interrupt(now, port);
                    }
                    let flow = self.links[index].wake(now, why, port);
                    self.sends_until = self.sends_until.max(self.links[index].sends_until);
                    flow
                };
                self.follow(index, flow, port);
            }
            User::Initiator | User::Scanner | User::Advertiser => self.wake_discovery(now, user, port),
        }
    }

    /// Wakes one of the activities that come after connections.
    fn wake_discovery(&mut self, now: Instant, user: User, port: &mut impl Port) {
        let hears = self.receiver.is_some() && user != User::Advertiser;
        let busy = hears || now < self.sends_until || self.links.iter().any(Connection::active);
        let mut begins = None;
        if let (User::Initiator, Some(initiator)) = (user, &mut self.initiator) {
            if busy {
                return initiator.interrupt(now, port);
            }
            let window = free_window(&self.links, now, initiator.interval());
            match initiator.wake(now, window, port) {
                Initiated::Nothing => {}
                Initiated::Asks(until) => self.sends_until = until,
                Initiated::Connects(begin) => {
                    self.sends_until = begin.created;
                    begins = Some(begin);
                }
            }
        } else if let (User::Scanner, Some(scanner)) = (user, &mut self.scanner) {
            match if busy { scanner.wake_busy(now, port) } else { scanner.wake(now, port) } {
                Scanned::Until(until) => self.sends_until = self.sends_until.max(until),
                Scanned::Over => self.scanning_over(port),
            }
        } else if let (User::Advertiser, Some(advertiser)) = (user, &mut self.advertiser) {
            if busy {
                return advertiser.skip(now, port);
            }
            match advertiser.wake(now, port) {
                Advertised::Sends(until) => self.sends_until = until,
                Advertised::Connects(begin, until) => {
                    self.sends_until = until;
                    begins = Some(begin);
                }
                Advertised::Over(reason) => self.advertising_over(reason, port),
            }
            if now < self.sends_until {
                self.interrupt_scanning(now, port);
                self.receiver = None;
            }
        }
        if let Some(begin) = begins {
            self.connect(&begin, port);
        }
    }

    /// Whether the radio is not there for the event of this connection that is due: another is in the middle
    /// of one, or has missed more and would find the radio taken.
    #[inline]
    fn is_taken(&self, index: usize, now: Instant) -> bool {
        if now < self.sends_until {
            return true;
        }
        if self.links.len() == 1 {
            return false;
        }
        let own = &self.links[index];
        let done = now + own.shortest_event();
        self.links.iter().enumerate().any(|(other, link)| {
            other != index
                && (link.active()
                    || (link.role == Role::Central && link.missed > own.missed && link.needs_radio() < done))
        })
    }

    /// Enters the connection state, in place of what led to it, and tells the host (Vol 6 Part B 4.5, Vol 4
    /// Part E 7.7.65.1).
    fn connect(&mut self, begin: &Begin, port: &mut impl Port) {
        let (start, ll) = (begin.start(), begin.request.ll);
        let (role, clock_accuracy) = match begin.role {
            // The clock accuracy is only known to the peripheral (Vol 4 Part E 7.7.65.1).
            Role::Central => (0, 0),
            Role::Peripheral => (1, ll.sca),
        };
        let taken = |handle: &u16| self.links.iter().all(|link| link.handle != *handle);
        let handle = (FIRST_HANDLE..=0x0EFF).find(taken).expect("there are more handles than links");
        self.links.push(Connection::new(handle, &start, &self.config, &self.defaults));
        let link = self.links.last_mut().expect("it was just put there");
        link.control.begin_unasked(self.defaults.channels);
        let identity = self.settings.identity(start.peer);
        let event = LeEnhancedConnectionComplete {
            status: ErrorCode::SUCCESS,
            handle,
            role,
            peer: identity.unwrap_or(start.peer),
            identity: identity.is_some(),
            local_resolvable: 0,
            peer_resolvable: identity.map_or(0, |_| start.peer.value()),
            interval: ll.interval,
            latency: ll.latency,
            timeout: ll.timeout,
            clock_accuracy,
        };
        self.settings.tell_connection(&event, port);
        self.settings.tell_algorithm(handle, begin.csa2, port);
        match begin.role {
            Role::Central => self.initiator = None,
            Role::Peripheral => {
                if let Some(advertiser) = self.advertiser.take() {
                    self.settings.tell_set_over(&advertiser, ErrorCode::SUCCESS, Some(handle), port);
                }
            }
        }
    }

    #[inline]
    fn follow(&mut self, index: usize, flow: Flow, port: &mut impl Port) {
        let Flow::Closed(reason) = flow else { return };
        let handle = self.links[index].handle;
        self.links.remove(index);
        self.receiver = match self.receiver {
            Some(User::Link(other)) if usize::from(other) == index => None,
            Some(User::Link(other)) if usize::from(other) > index => Some(User::Link(other - 1)),
            receiver => receiver,
        };
        port.note(handle, Note::Closed(reason));
        let status = ErrorCode::SUCCESS;
        port.to_host(&HciPacket::Event(Event::DisconnectionComplete { status, handle, reason }));
    }
}

/// The transmit window offset, in units of 1.25 ms, at which a new connection of this interval meets no anchor
/// point of the others; 0 if there is no such place (Vol 6 Part B 4.5.3 leaves it to the central).
fn free_window(links: &[Connection], now: Instant, interval: Span) -> u16 {
    use crate::timing::INTERVAL_UNIT;
    let places = interval.as_nanos() / INTERVAL_UNIT.as_nanos();
    let free = |place: u64| {
        let anchor = now + TRANSMIT_WINDOW_DELAY + INTERVAL_UNIT * place;
        links.iter().filter(|link| link.role == Role::Central).all(|link| link.clear_of(anchor, interval))
    };
    let found = if links.is_empty() { Some(0) } else { (0..places).find(|&place| free(place)) };
    found.and_then(|place| u16::try_from(place).ok()).unwrap_or(0)
}
