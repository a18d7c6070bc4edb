//! One peer of a host: the link to it, how far it is secured, and the recovery of what failed there.
//!
//! Invariant: what belongs to one peer alone is here, so that no session can disturb another. It must never
//! know what the peers share: commands, buffers, and whose turn it is to be connected.

use crate::acl::Acl;
use crate::application::Sending;
use crate::asking::Asking;
use crate::config::{Config, Level};
use crate::counted::Counted;
use crate::failure::Procedure;
use crate::io::Why;
use crate::limiter::Limiter;
use crate::recovery::Engine;
use crate::smp::{OobData, Smp};
use blesim_kernel::{Earliest, Instant};
use blesim_packet::Address;
use blesim_packet::smp::PairingFeatures;

/// The link as the host knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// None; it may be waiting for its turn to be connected.
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

impl Link {
    /// The key it is encrypted with, if it is up and encrypted.
    #[must_use]
    pub const fn key(&self) -> Option<u128> {
        match self {
            Self::Up { key, .. } => *key,
            Self::Down | Self::Connecting { .. } | Self::Cancelling | Self::Ending => None,
        }
    }
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

/// The one procedure the host itself has under way with a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Attempt {
    None,
    /// Encryption with the bond's key.
    Encryption,
    /// Pairing.
    Pairing,
}

/// What this side ends a link for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Leaves {
    /// A rule says so, or something else does.
    #[default]
    Otherwise,
    /// It has had enough of it, which counts as a failure.
    Abandoning,
    /// The new bond is to be tried on the next link.
    ToProbe,
}

/// What the user has been asked outside a pairing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// By the rule that is being carried out.
    Rule,
    /// Whether to answer this Pairing Request.
    Pairing(PairingFeatures),
}

/// What the owner of a host sees of its dealings with one peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Session {
    /// The peer; none for a peripheral that takes any central and has not met one.
    pub peer: Option<Address>,
    /// How far it is.
    pub episode: Episode,
    /// The link.
    pub link: Link,
    /// The security of the link (Vol 3 Part C 10.2.1).
    pub level: Level,
    /// Connections since power came on.
    pub connections: u16,
    /// Failures of the present episode.
    pub failures: u16,
}

/// What a host keeps of one peer while it has power.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The peer's address as it was set up, or as it came to a peripheral that takes any.
    pub(crate) address: Option<Address>,
    /// Who it is on the present link: its identity address, or, where that is not known, the one it uses.
    pub(crate) identity: Option<Address>,
    /// When that is found out.
    pub(crate) resolves_at: Option<Instant>,
    /// The own address on the present link.
    pub(crate) own: Address,
    pub(crate) episode: Counted<Episode>,
    pub(crate) link: Counted<Link>,
    pub(crate) attempt: Attempt,
    /// What secured the link, while it is secured.
    pub(crate) secured_by: Procedure,
    pub(crate) smp: Smp,
    pub(crate) acl: Acl,
    pub(crate) engine: Engine,
    pub(crate) waits_until: Option<Instant>,
    /// What the user is to say yes or no to.
    pub(crate) asked: Option<Asked>,
    /// The parameters of this attempt, where they are not the host's own.
    pub(crate) altered: Option<Config>,
    /// The peer whose key is not used though it may be stored.
    pub(crate) forgotten: Option<Address>,
    /// The next link begins with a Security Request.
    pub(crate) owes_request: bool,
    /// The key under which the controller was told to encrypt, until it says that it does.
    pub(crate) offered_key: Option<u128>,
    /// The security that encryption has given the link.
    pub(crate) level: Level,
    /// When to ask the central for security.
    pub(crate) requests_at: Option<Instant>,
    /// What the peer's failures have cost it.
    pub(crate) limiter: Limiter,
    /// What came from the peer over another channel.
    pub(crate) oob: Option<OobData>,
    /// What is still to be asked of the link layer.
    pub(crate) asking: Asking,
    /// What its application is about to send.
    pub(crate) sending: Sending,
    pub(crate) connections: u16,
    /// What the end of the link is for, where this side ends it by itself.
    pub(crate) leaves: Leaves,
    /// When the last link ended.
    pub(crate) ended_at: Option<Instant>,
    /// The present link came sooner after that than this stack can take.
    pub(crate) too_soon: bool,
}

impl Peer {
    pub(crate) fn new(address: Option<Address>) -> Self {
        Self {
            address,
            identity: None,
            resolves_at: None,
            own: Address::public([0; 6]),
            episode: Counted::new(Episode::Open),
            link: Counted::new(Link::Down),
            attempt: Attempt::None,
            secured_by: Procedure::Encryption,
            smp: Smp::default(),
            acl: Acl::new(),
            engine: Engine::default(),
            waits_until: None,
            asked: None,
            altered: None,
            forgotten: None,
            owes_request: false,
            offered_key: None,
            level: Level::One,
            requests_at: None,
            limiter: Limiter::default(),
            oob: None,
            asking: Asking::default(),
            sending: Sending::default(),
            connections: 0,
            leaves: Leaves::Otherwise,
            ended_at: None,
            too_soon: false,
        }
    }

    /// What the owner may see.
    pub(crate) fn session(&self) -> Session {
        Session {
            peer: self.address,
            episode: *self.episode,
            link: *self.link,
            level: self.level,
            connections: self.connections,
            failures: self.engine.failures(),
        }
    }

    /// How often its link or its episode may have changed.
    pub(crate) fn changes(&self) -> u64 {
        self.link.changes() + self.episode.changes()
    }

    /// A link begins: nothing is under way on it.
    pub(crate) fn connected(&mut self, handle: u16, peer: Address) {
        self.address = self.address.or(Some(peer));
        self.identity = Some(peer);
        *self.link = Link::Up { handle, peer, key: None };
        self.level = Level::One;
        self.connections = self.connections.saturating_add(1);
        self.acl.open(handle);
        self.smp.reset();
        self.attempt = Attempt::None;
        self.altered = None;
        self.leaves = Leaves::Otherwise;
    }

    /// When this session must be woken, and why.
    pub(crate) fn deadline(&self) -> Option<(Instant, Why)> {
        let mut next = Earliest::new();
        self.deadlines(&mut next);
        next.get()
    }

    /// Adds when this session must be woken, and why.
    #[inline]
    pub(crate) fn deadlines(&self, next: &mut Earliest<Why>) {
        let connecting = match *self.link {
            Link::Connecting { until } => Some(until),
            Link::Down | Link::Cancelling | Link::Up { .. } | Link::Ending => None,
        };
        next.add_if(self.smp.timeout_at(), Why::SmpTimeout);
        next.add_if(self.smp.dh_key_at(), Why::DhKey);
        next.add_if(connecting, Why::ConnectTimeout);
        next.add_if(self.waits_until, Why::Wait);
        next.add_if(self.requests_at, Why::SecurityRequest);
        next.add_if(self.asking.due(), Why::LinkControl);
        next.add_if(self.sending.due, Why::Application);
        next.add_if(self.resolves_at, Why::Resolution);
    }
}
