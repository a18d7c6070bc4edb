//! A central with many peers: whose turn it is to be connected, whom an event concerns, and whose buffers.

use crate::bench::{HostPort, Keys, acl_of};
use crate::setup::{SC, always, configs};
use blesim_host::recovery::{Action, Program, Wait};
use blesim_host::{Config, Episode, Host, Input, Link, MAX_PEERS, Note, Peers, Shown, Why};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{Command, ErrorCode, Event, HciPacket};
use blesim_packet::smp::SmpPdu;
use blesim_packet::{Address, Octets};

/// The address of peer `place`.
fn peer(place: usize) -> Address {
    Address::random([0xC0, 0, 0, 0, 0, u8::try_from(place).unwrap()])
}

/// The handle of the `n`-th connection: no two alike, and in no order a host could guess.
fn handle(n: u16) -> u16 {
    (n * 0x123 + 0x711) & 0x0EFF
}

/// A central whose controller is played by the test, with what it has sent since it was last asked.
struct Central {
    host: Host,
    port: HostPort,
    program: Program,
    now: Instant,
}

impl Central {
    /// A central with so many peers, switched on, with a controller that has `buffers`.
    fn new(peers: usize, buffers: u8, program: Program) -> Self {
        let config = Config { peers: list(0..peers), ..configs(SC)[0] };
        let (host, port) = (Host::new(config), HostPort::new(0, &Keys::default()));
        let mut central = Self { host, port, program, now: Instant::ZERO };
        central.input(Input::PowerOn);
        // Reset, two masks and Read Buffer Size, each answered.
        for parameters in [&[0][..], &[0], &[0], &[0, 251, 0, buffers]] {
            let [HciPacket::Command(command)] = central.sent()[..] else { panic!("one at a time") };
            central.complete(&command, parameters);
        }
        central
    }

    fn input(&mut self, input: Input<'_>) {
        self.host.handle(self.now, input, &self.program, &mut self.port);
    }

    fn event(&mut self, event: Event) {
        self.input(Input::Hci(&HciPacket::Event(event)));
    }

    fn complete(&mut self, command: &Command, parameters: &[u8]) {
        let parameters = Octets::from_slice(parameters).unwrap();
        self.event(Event::CommandComplete { packets: 1, opcode: command.opcode(), parameters });
    }

    fn status(&mut self, command: &Command, status: ErrorCode) {
        self.event(Event::CommandStatus { status, packets: 1, opcode: command.opcode() });
    }

    fn sent(&mut self) -> Vec<HciPacket> {
        std::mem::take(&mut self.port.out)
    }

    fn connected(&mut self, address: Address, handle: u16, status: ErrorCode) {
        self.event(Event::LeConnectionComplete {
            status,
            handle,
            role: 0,
            peer: address,
            interval: 24,
            latency: 0,
            timeout: 400,
            clock_accuracy: 0,
        });
    }

    fn lost(&mut self, handle: u16, reason: ErrorCode) {
        self.event(Event::DisconnectionComplete { status: ErrorCode::SUCCESS, handle, reason });
    }

    /// The peer that the one LE Create Connection among the packets is for, which is answered.
    fn asked(&mut self) -> Option<Address> {
        let sent = self.sent();
        let creates = sent.iter().filter_map(|packet| match packet {
            HciPacket::Command(command @ Command::LeCreateConnection(create)) => {
                Some((*command, create.peer))
            }
            _ => None,
        });
        let creates: Vec<_> = creates.collect();
        assert!(creates.len() <= 1, "one attempt at a time");
        let &(command, address) = creates.first()?;
        self.status(&command, ErrorCode::SUCCESS);
        Some(address)
    }

    /// Runs to the next wake.
    fn wake(&mut self) -> Option<Why> {
        let (at, why) = self.host.deadline()?;
        self.now = self.now.max(at);
        self.input(Input::Wake);
        Some(why)
    }

    fn shown(&self) -> Vec<(usize, Shown)> {
        let notes = self.port.notes_by_peer.iter();
        notes
            .filter_map(|&(peer, note)| match note {
                Note::Failed(failure) => Some((peer, failure.shown)),
                _ => None,
            })
            .collect()
    }
}

fn list(peers: impl Iterator<Item = usize>) -> Peers {
    let mut list = Peers::NONE;
    peers.for_each(|place| assert!(list.push(peer(place))));
    list
}

fn waits(seconds: u64) -> Action {
    Action::Wait(Wait::fixed(Span::from_secs(seconds)))
}

/// As many peers as a host can have are connected one after the other in their order, each attempt begun only
/// when the one before it is over, and each link gets its own pairing.
#[test]
fn connected_in_order() {
    let mut central = Central::new(MAX_PEERS, 255, Program::passive("passive"));
    for (n, place) in (0..).zip(0..MAX_PEERS) {
        assert_eq!(central.asked(), Some(peer(place)));
        let connecting = |session: &blesim_host::Session| matches!(session.link, Link::Connecting { .. });
        assert_eq!(central.host.sessions().position(|session| connecting(&session)), Some(place));
        assert_eq!(central.host.sessions().filter(connecting).count(), 1);
        central.connected(peer(place), handle(n), ErrorCode::SUCCESS);
        let request = central.port.out.iter().find_map(|packet| match packet {
            HciPacket::Acl(acl) => Some(acl.handle),
            _ => None,
        });
        assert_eq!(request, Some(handle(n)), "a Pairing Request on the new link");
    }
    assert_eq!(central.asked(), None);
    for (place, session) in central.host.sessions().enumerate() {
        assert_eq!((session.peer, session.connections, session.failures), (Some(peer(place)), 1, 0));
        assert_eq!(session.episode, Episode::Open);
        assert!(matches!(session.link, Link::Up { key: None, .. }));
    }
    let mut full = list(0..MAX_PEERS);
    assert!(!full.push(peer(99)));
}

/// A peer that does not answer in its time lets the next have its turn, and comes again after the others; one
/// that cannot be asked for at all likewise.
#[test]
fn the_next_in_the_queue() {
    let mut central = Central::new(3, 255, always(3, &[Action::Again]));
    let unknown = ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER;
    for place in [0, 1, 2, 0] {
        assert_eq!(central.asked(), Some(peer(place)));
        assert_eq!(central.wake(), Some(Why::ConnectTimeout));
        assert_eq!(central.host.link(place), Link::Cancelling);
        central.complete(&Command::LeCreateConnectionCancel, &[0]);
        central.sent();
        central.connected(Address::public([0; 6]), 0, unknown);
    }
    let timed_out = Shown::ConnectTimeout;
    assert_eq!(central.shown(), [(0, timed_out), (1, timed_out), (2, timed_out), (0, timed_out)]);
    let sent = central.sent();
    let [HciPacket::Command(create @ Command::LeCreateConnection(_))] = sent[..] else { panic!("{sent:?}") };
    central.status(&create, ErrorCode::COMMAND_DISALLOWED);
    assert_eq!(central.shown().last(), Some(&(1, Shown::Hci(ErrorCode::COMMAND_DISALLOWED))));
    assert_eq!(central.asked(), Some(peer(2)));
    // The connection came about before its cancellation: it counts, and the queue goes on.
    assert_eq!(central.wake(), Some(Why::ConnectTimeout));
    central.connected(peer(2), handle(9), ErrorCode::SUCCESS);
    assert!(matches!(central.host.link(2), Link::Up { .. }));
    central.complete(&Command::LeCreateConnectionCancel, &[0x0C]);
    assert_eq!(central.asked(), Some(peer(0)));
}

/// What happens on one link concerns its session and no other: a loss, a refusal of encryption, a pairing
/// that fails, a wait, a time-out. A handle that is used again belongs to who has it now.
#[test]
fn each_by_its_handle() {
    let mut central = Central::new(2, 255, always(9, &[waits(5), Action::Again]));
    central.connected(peer(0), handle(1), ErrorCode::SUCCESS);
    central.connected(peer(1), handle(2), ErrorCode::SUCCESS);
    let refused = SmpPdu::PairingFailed(blesim_packet::smp::Reason::PAIRING_NOT_SUPPORTED);
    central.input(Input::Hci(&acl_of(handle(2), &refused.encode())));
    assert_eq!(central.shown().len(), 1);
    assert_eq!(central.shown()[0].0, 1);
    assert_eq!(central.host.failures(0), 0);
    central.lost(handle(1), ErrorCode::CONNECTION_TIMEOUT);
    assert_eq!(central.shown()[1], (0, Shown::Hci(ErrorCode::CONNECTION_TIMEOUT)));
    assert!(matches!(central.host.link(1), Link::Up { .. }));
    // Of a link that is gone nothing is heard any more.
    central.lost(handle(1), ErrorCode::CONNECTION_TIMEOUT);
    central.input(Input::Hci(&acl_of(handle(1), &refused.encode())));
    assert_eq!(central.shown().len(), 2);
    // Both wait, and wake in the order in which they are due; the lost one gets a link with the other's old
    // handle.
    central.lost(handle(2), ErrorCode::CONNECTION_TIMEOUT);
    assert_eq!(central.host.link(1), Link::Down);
    central.sent();
    assert_eq!(central.wake(), Some(Why::Wait));
    central.connected(peer(0), handle(2), ErrorCode::SUCCESS);
    central.lost(handle(2), ErrorCode::MIC_FAILURE);
    assert_eq!(central.shown().last(), Some(&(0, Shown::Hci(ErrorCode::MIC_FAILURE))));
}

/// The controller's buffers are shared: with two of them the third link's PDU waits until one is free, and
/// those of a link that is gone are free again.
#[test]
fn shared_buffers() {
    let mut central = Central::new(4, 2, Program::passive("passive"));
    let mut requests = Vec::new();
    let mut count = |central: &mut Central| {
        requests.extend(central.sent().iter().filter_map(|packet| match packet {
            HciPacket::Acl(acl) => Some(acl.handle),
            _ => None,
        }));
        requests.clone()
    };
    for (n, place) in (0..).zip(0..4) {
        central.connected(peer(place), handle(n), ErrorCode::SUCCESS);
    }
    assert_eq!(count(&mut central), [handle(0), handle(1)]);
    central.event(Event::NumberOfCompletedPackets { handle: handle(0), count: 1 });
    assert_eq!(count(&mut central), [handle(0), handle(1), handle(2)]);
    // More than there were, and for a link that has none outstanding: no credit comes out of nothing.
    central.event(Event::NumberOfCompletedPackets { handle: handle(0), count: 9 });
    central.event(Event::NumberOfCompletedPackets { handle: handle(3), count: 1 });
    assert_eq!(count(&mut central).len(), 3);
    central.lost(handle(1), ErrorCode::CONNECTION_TIMEOUT);
    assert_eq!(count(&mut central), [handle(0), handle(1), handle(2), handle(3)]);
}

/// A renewed host is as a new one: no bonds, no sessions of the old configuration, and it can be set up for
/// more peers than it had.
#[test]
fn renewed() {
    let mut central = Central::new(1, 3, Program::passive("passive"));
    central.connected(peer(0), handle(0), ErrorCode::SUCCESS);
    central.host.bonds_mut().put(crate::setup::bond_of(0, 1, true));
    let config = Config { peers: list(0..3), ..configs(SC)[0] };
    central.host.renew(config);
    assert!(central.host.sessions().eq(Host::new(config).sessions()));
    assert_eq!(central.host.sessions().count(), 3);
    assert_eq!(central.host.bonds(), Host::new(config).bonds());
    assert_eq!(central.host.deadline(), None);
}

/// A peripheral without a peer to expect takes any central, and knows it from then on.
#[test]
fn any_central() {
    let mut config = configs(SC)[1];
    config.peers = Peers::NONE;
    let mut host = Host::new(config);
    let mut port = HostPort::new(1, &Keys::default());
    let program = Program::passive("passive");
    host.handle(Instant::ZERO, Input::PowerOn, &program, &mut port);
    assert_eq!(host.sessions().map(|session| session.peer).collect::<Vec<_>>(), [None]);
    let event = Event::LeConnectionComplete {
        status: ErrorCode::SUCCESS,
        handle: handle(5),
        role: 1,
        peer: peer(7),
        interval: 24,
        latency: 0,
        timeout: 400,
        clock_accuracy: 0,
    };
    host.handle(Instant::ZERO, Input::Hci(&HciPacket::Event(event)), &program, &mut port);
    assert_eq!(host.sessions().next().unwrap().peer, Some(peer(7)));
    assert!(matches!(host.link(0), Link::Up { .. }));
}
