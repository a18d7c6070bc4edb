//! What a host is set up with: its identity, its pairing features, its habits and its speed.

use crate::application::Application;
use crate::bond::BondRules;
use crate::discovery::Discovery;
use crate::io::Role;
use crate::link_control::LinkControl;
use crate::privacy::Privacy;
use crate::quirk::Quirks;
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, PairingFeatures};

/// The fixed properties of one host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Whether it connects or advertises.
    pub role: Role,
    /// Its identity address, which it also uses on the air unless it is private.
    pub address: Address,
    /// The identity addresses of the devices a central connects to, one after the other in this order. A
    /// peripheral takes any central and may name the one it expects.
    pub peers: Peers,
    /// What its user can do (Vol 3 Part H 2.3.2).
    pub io: IoCapability,
    /// Bonding, MITM, Secure Connections and the rest (Vol 3 Part H 3.5.1).
    pub auth: AuthReq,
    /// The largest encryption key size offered, 7..=16 (Vol 3 Part H 2.3.4).
    pub max_key_size: u8,
    /// The smallest one accepted.
    pub min_key_size: u8,
    /// The keys it is willing to see distributed by the initiator (Vol 3 Part H 3.6.1).
    pub initiator_keys: KeyDistribution,
    /// The keys it is willing to see distributed by the responder (Vol 3 Part H 3.6.1).
    pub responder_keys: KeyDistribution,
    /// Connection, scanning and advertising parameters, in the units of HCI.
    pub link: LinkParameters,
    /// How it advertises and connects.
    pub discovery: Discovery,
    /// What it wants of the link layer, and grants.
    pub control: LinkControl,
    /// How long its work takes and how long it waits.
    pub timing: Timing,
    /// What it asks of a pairing, and of its user.
    pub security: Security,
    /// Its address on the air, and those of its peers.
    pub privacy: Privacy,
    /// How it keeps its bonds.
    pub bonds: BondRules,
    /// Where it departs from the specification.
    pub quirks: Quirks,
    /// The least security of a link on which its attributes may be written by request (Vol 3 Part C 10.3.1).
    pub guards: Level,
    /// What its application sends, if there is one.
    pub application: Option<Application>,
}

impl Config {
    /// A device without display or keys that bonds by LE Secure Connections with `peer` and distributes its
    /// identity, over a link of 30 ms; its arithmetic takes no time, and nothing about it is out of the
    /// ordinary.
    #[must_use]
    pub fn plain(role: Role, address: Address, peer: Address) -> Self {
        Self {
            role,
            address,
            peers: peer.into(),
            io: IoCapability::NoInputNoOutput,
            auth: AuthReq::BONDING.with(AuthReq::SC),
            max_key_size: 16,
            min_key_size: 7,
            initiator_keys: KeyDistribution::ID_KEY,
            responder_keys: KeyDistribution::ID_KEY,
            link: LinkParameters {
                interval: 24,
                latency: 0,
                supervision_timeout: 400,
                scan_interval: 96,
                scan_window: 96,
                advertising_interval: 160,
            },
            discovery: Discovery::LEGACY,
            control: LinkControl::NONE,
            timing: Timing { dh_key: Span::ZERO, connect_timeout: Span::from_secs(30) },
            security: Security::PLAIN,
            privacy: Privacy::OFF,
            bonds: BondRules::of(8),
            quirks: Quirks::NONE,
            guards: Level::One,
            application: None,
        }
    }

    /// The features it sends as initiator (Vol 3 Part H 3.5.1).
    #[must_use]
    pub fn features(&self) -> PairingFeatures {
        let Self { io, mut auth, max_key_size, initiator_keys, responder_keys, security, .. } = *self;
        // A level asks for what it needs (Vol 3 Part C 10.2.4, 10.3.1).
        if security.level >= Level::Three {
            auth = auth.with(AuthReq::MITM);
        }
        if security.level == Level::Four {
            auth = auth.with(AuthReq::SC);
        }
        PairingFeatures { io, oob: security.oob, auth, max_key_size, initiator_keys, responder_keys }
    }

    /// The features it sends as responder: it grants no more keys than were asked for (Vol 3 Part H 3.6.1).
    #[must_use]
    pub fn response_to(&self, request: &PairingFeatures) -> PairingFeatures {
        let own = self.features();
        PairingFeatures {
            initiator_keys: own.initiator_keys.and(request.initiator_keys),
            responder_keys: own.responder_keys.and(request.responder_keys),
            ..own
        }
    }
}

/// Most peers a host can have: as many devices as a session is made for.
pub const MAX_PEERS: usize = 32;

/// The addresses of a host's peers, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peers {
    addresses: [Address; MAX_PEERS],
    count: usize,
}

impl Peers {
    /// None.
    pub const NONE: Self = Self { addresses: [Address::public([0; 6]); MAX_PEERS], count: 0 };

    /// Adds a peer; false if there is no room for it.
    pub fn push(&mut self, peer: Address) -> bool {
        let Some(place) = self.addresses.get_mut(self.count) else { return false };
        *place = peer;
        self.count += 1;
        true
    }
}

impl From<Address> for Peers {
    fn from(peer: Address) -> Self {
        let mut peers = Self::NONE;
        peers.push(peer);
        peers
    }
}

impl core::ops::Deref for Peers {
    type Target = [Address];

    fn deref(&self) -> &[Address] {
        &self.addresses[..self.count]
    }
}

/// Parameters that go into HCI commands as they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkParameters {
    /// Connection interval in 1.25 ms (Vol 4 Part E 7.8.12).
    pub interval: u16,
    /// Peripheral latency in events.
    pub latency: u16,
    /// Supervision timeout in 10 ms.
    pub supervision_timeout: u16,
    /// Scan interval in 0.625 ms.
    pub scan_interval: u16,
    /// Scan window in 0.625 ms.
    pub scan_window: u16,
    /// Advertising interval in 0.625 ms (Vol 4 Part E 7.8.5).
    pub advertising_interval: u16,
}

/// Times of a host that the specification leaves to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// From the peer's public key to the DHKey.
    pub dh_key: Span,
    /// After which an attempt to connect is cancelled.
    pub connect_timeout: Span,
}

/// The levels of LE security mode 1 (Vol 3 Part C 10.2.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// No security.
    One = 1,
    /// Encryption after unauthenticated pairing.
    Two = 2,
    /// Encryption after authenticated pairing.
    Three = 3,
    /// Encryption with a key of 128 bits after authenticated LE Secure Connections pairing.
    Four = 4,
}

impl Level {
    /// The level that a key gives to the link it encrypts.
    #[must_use]
    pub const fn of(authenticated: bool, secure_connections: bool, key_size: u8) -> Self {
        match (authenticated, secure_connections && key_size == 16) {
            (true, true) => Self::Four,
            (true, false) => Self::Three,
            (false, _) => Self::Two,
        }
    }
}

/// What a host asks of a pairing, and of its user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Security {
    /// The least a link must have; level 4 is Secure Connections Only mode (Vol 3 Part C 10.2.1, 10.2.4).
    pub level: Level,
    /// It says that it has the peer's out-of-band data (Vol 3 Part H 2.3.3).
    pub oob: bool,
    /// Its user is asked before a Just Works pairing.
    pub asks_before_just_works: bool,
    /// What it does with the debug key pair.
    pub debug_keys: DebugKeys,
    /// It does not pair at all: Pairing Not Supported (Vol 3 Part C 9.4.2).
    pub refuses_pairing: bool,
    /// What the other transport has to say.
    pub br_edr: BrEdr,
    /// As a peripheral it sends a Security Request so long after the link is up, if the central has not
    /// secured it by then (Vol 3 Part H 2.4.6).
    pub requests: Option<Span>,
    /// As a responder it makes a peer wait after a pairing that failed.
    pub repeated_attempts: Option<RepeatedAttempts>,
}

/// How long a peer waits after failed pairings (Vol 3 Part H 2.3.6): `first`, twice as long after every
/// failure more, up to `cap`; every `reward` without a failure after the wait takes one failure back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RepeatedAttempts {
    /// After the first failure.
    pub first: Span,
    /// Never longer than this.
    pub cap: Span,
    /// The quiet time that takes one failure back.
    pub reward: Span,
}

/// What a host does with the debug key pair, whose secret everybody knows (Vol 3 Part H 2.3.5.6.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DebugKeys {
    /// It ends a pairing in which the peer uses it.
    Refused,
    /// The peer may use it.
    Accepted,
    /// It uses it itself, and the peer may.
    Used,
}

/// What the other transport of a dual-mode device has to say in a pairing over LE.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BrEdr {
    /// Nothing.
    Silent,
    /// It is being paired all the while: BR/EDR Pairing in Progress (Vol 3 Part H 3.5.5).
    Pairing,
    /// It has link keys that only an authenticated pairing may replace (Vol 3 Part C 14.1).
    GuardsItsKeys,
}

impl Security {
    /// Any encryption will do, and nobody is asked.
    pub const PLAIN: Self = Self {
        level: Level::Two,
        oob: false,
        asks_before_just_works: false,
        debug_keys: DebugKeys::Refused,
        refuses_pairing: false,
        br_edr: BrEdr::Silent,
        requests: None,
        repeated_attempts: None,
    };
}
