//! What is seen of one link from one place, step by step.
//!
//! Invariant: steps are in the order of the capture, and every one knows its packet. Must never know: what they mean.

use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::LlControl;
use blesim_packet::smp::SmpPdu;
use blesim_packet::{Address, DecodeError, Octets};

/// Where in the capture something stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment {
    /// Microseconds since the capture's first packet.
    pub us: i64,
    /// The packet's number, counted from one.
    pub packet: u64,
    /// In a text, its line.
    pub line: Option<u64>,
}

impl Moment {
    /// Microseconds from an earlier moment to this one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.us.saturating_sub(earlier.us)
    }
}

/// The two ends of a link. The central initiates pairings, the peripheral responds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// Role 0 of Vol 4 Part E 7.7.65.1.
    Central,
    /// Role 1.
    Peripheral,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Central, Self::Peripheral];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Central => Self::Peripheral,
            Self::Peripheral => Self::Central,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Peripheral => "peripheral",
        }
    }

    /// Its place in a pair.
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// From the role of a connection complete event.
    pub(crate) const fn from_role(role: u8) -> Option<Self> {
        match role {
            0 => Some(Self::Central),
            1 => Some(Self::Peripheral),
            _ => None,
        }
    }
}

/// Where the capture was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// Between this host and its controller.
    Host(u16),
    /// On the air.
    Air,
}

/// A step with its moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// When.
    pub at: Moment,
    /// What.
    pub what: Happening,
}

/// What is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happening {
    /// A PDU of the Security Manager.
    Smp {
        /// Who sent it.
        from: Side,
        /// As it travels.
        octets: Octets<72>,
        /// What it says.
        pdu: Result<SmpPdu, DecodeError>,
    },
    /// The host has encryption started with a key (Vol 4 Part E 7.8.24).
    EnableEncryption {
        /// Names the key.
        rand: u64,
        /// Names the key.
        ediv: u16,
        /// The key.
        ltk: u128,
    },
    /// The peer asks for encryption with the key of this name (Vol 4 Part E 7.7.65.5).
    KeyRequest {
        /// Names the key.
        rand: u64,
        /// Names the key.
        ediv: u16,
    },
    /// The host has the key.
    KeyReply {
        /// The key.
        ltk: u128,
    },
    /// The host does not have it.
    NoKey,
    /// Encryption is on, off, or did not come about.
    EncryptionChange {
        /// Why not.
        status: ErrorCode,
        /// 0 off.
        enabled: u8,
    },
    /// The key was changed.
    KeyRefresh {
        /// Why not.
        status: ErrorCode,
    },
    /// The host ends the link.
    Disconnect {
        /// What the peer is told.
        reason: ErrorCode,
    },
    /// The link is gone.
    Disconnected {
        /// Why.
        reason: ErrorCode,
    },
    /// Somebody asks for other connection parameters.
    UpdateAsked {
        /// Who.
        by: Side,
    },
    /// The connection's parameters changed.
    Updated,
    /// No authenticated packet came for as long as was allowed (Vol 4 Part E 7.7.75).
    PayloadTimeout,
    /// The controller computed the DHKey (Vol 4 Part E 7.7.65.9), most significant octet first.
    DhKey([u8; 32]),
    /// A control PDU of the link layer.
    Control {
        /// Who sent it.
        from: Side,
        /// What it says.
        pdu: LlControl,
    },
    /// Data that is not encrypted between LL_ENC_REQ and the end of the encryption start.
    StrayData {
        /// Who sent it.
        from: Side,
    },
    /// What is encrypted on the air opens with this key: a MIC proves it.
    Opened {
        /// The key.
        ltk: u128,
    },
    /// The host was restarted.
    Reset,
}

/// The parameters of a connection, in the units of HCI.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Parameters {
    /// In 1.25 ms.
    pub interval: u16,
    /// In connection events.
    pub latency: u16,
    /// In 10 ms.
    pub timeout: u16,
}

/// Frames of one side as a sniffer sees them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Heard {
    /// How many.
    pub frames: u32,
    /// How many of them were the one before again.
    pub repeated: u32,
    /// The last.
    pub last: Option<Moment>,
}

/// One link as it is seen from one place.
#[derive(Clone, Debug)]
pub struct View {
    /// From where.
    pub place: Place,
    /// The side of the host; none on the air.
    pub side: Option<Side>,
    /// The addresses on the air that the two may have, the central's first, the likeliest first.
    pub addresses: [Vec<Address>; 2],
    /// When it began; none if the capture begins later.
    pub opened: Option<Moment>,
    /// When it ended.
    pub closed: Option<Moment>,
    /// Its parameters, the last ones.
    pub parameters: Option<Parameters>,
    /// What happened.
    pub steps: Vec<Step>,
    /// Steps that were too many to be kept.
    pub more: u64,
    /// Since when the link is encrypted with a key that is not in the capture.
    pub opaque: Option<Moment>,
    /// Frames of either side, the central's first.
    pub heard: [Heard; 2],
}

/// The most steps of a link that are kept.
const STEPS_MAX: usize = 4_096;

impl View {
    pub(crate) fn new(place: Place, side: Option<Side>) -> Self {
        Self {
            place,
            side,
            addresses: [Vec::new(), Vec::new()],
            opened: None,
            closed: None,
            parameters: None,
            steps: Vec::new(),
            more: 0,
            opaque: None,
            heard: [Heard::default(); 2],
        }
    }

    pub(crate) fn step(&mut self, at: Moment, what: Happening) {
        if self.steps.len() < STEPS_MAX {
            self.steps.push(Step { at, what });
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn may_be(&mut self, side: Side, address: Address) {
        let known = &mut self.addresses[side.index()];
        if address.octets != [0; 6] && !known.contains(&address) && known.len() < 8 {
            known.push(address);
        }
    }

    /// The last thing that is seen of it.
    #[must_use]
    pub fn last(&self) -> Option<Moment> {
        let heard = self.heard.iter().filter_map(|heard| heard.last);
        self.steps.last().map(|step| step.at).into_iter().chain(heard).chain(self.closed).max()
    }

    /// The first thing that is seen of it.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        self.opened.or_else(|| self.steps.first().map(|step| step.at))
    }
}
