//! From packets to links: everything a capture shows, sorted by the place it was seen from and by link.
//!
//! Invariant: memory is bounded by [`LINKS_MAX`] links of a bounded number of steps each. Must never know: what went
//! wrong.

mod air;
mod cipher;
mod hci;

use crate::step::{Moment, Side, View};
use air::Air;
use blesim_capture::{HOSTS_MAX, Item, What};
use blesim_packet::Address;
use blesim_packet::hci::{Command, ErrorCode, HciPacket};
use hci::Host;

/// The most links that are kept.
pub const LINKS_MAX: usize = 1_000;

/// A connection that did not come about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Missed {
    /// The host.
    pub host: u16,
    /// When it was asked for.
    pub asked: Moment,
    /// When it was over.
    pub at: Moment,
    /// Why.
    pub status: ErrorCode,
    /// The host had it cancelled.
    pub cancelled: bool,
    /// With whom.
    pub peer: Address,
}

/// All that a capture shows.
#[derive(Debug, Default)]
pub struct Seen {
    /// The links.
    pub views: Vec<View>,
    /// Links that were too many to be kept.
    pub more: u64,
    /// Connections that did not come about.
    pub missed: Vec<Missed>,
    /// Packets that could not be read, the first of them, and what was wrong with it.
    pub broken: (u64, Option<(Moment, String)>),
    /// The last packet.
    pub last: Moment,
    /// The addresses that each host uses as its own.
    pub own: Vec<(u16, Vec<Address>)>,
    /// Packets that showed something.
    pub packets: u64,
    /// Whether a connection was asked for and neither came about nor was given up.
    pub waiting: Option<Missed>,
}

/// Follows a capture.
#[derive(Debug, Default)]
pub struct Follower {
    hosts: Vec<Host>,
    air: Air,
    seen: Seen,
}

impl Follower {
    /// Before the first packet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next thing that the capture shows.
    pub fn take(&mut self, item: &Item) {
        let at = Moment { us: item.time_us, packet: item.number, line: item.line };
        self.seen.last = at;
        match &item.what {
            What::Hci { host, direction, packet } => {
                self.seen.packets += 1;
                if let HciPacket::Command(
                    Command::LeEnableEncryption { ltk, .. } | Command::LeLongTermKeyRequestReply { ltk, .. },
                ) = packet
                {
                    self.air.key(*ltk);
                }
                if let Some(host) = self.host(*host) {
                    let mut host = std::mem::take(host);
                    host.packet(at, *direction, packet, &mut self.seen);
                    let index = usize::from(host.index());
                    self.hosts[index] = host;
                }
            }
            What::Adapter { host, address } => {
                if let Some(host) = self.host(*host) {
                    host.adapter(*address);
                }
            }
            What::Air(packet) => {
                self.seen.packets += 1;
                self.air.packet(at, packet, &mut self.seen);
            }
            What::Broken(what) => {
                self.seen.broken.0 += 1;
                self.seen.broken.1.get_or_insert_with(|| (at, what.clone()));
            }
            What::Other => {}
        }
    }

    fn host(&mut self, index: u16) -> Option<&mut Host> {
        let place = usize::from(index);
        if place >= HOSTS_MAX {
            return None;
        }
        while self.hosts.len() <= place {
            let next = u16::try_from(self.hosts.len()).expect("there are few hosts");
            self.hosts.push(Host::new(next));
        }
        self.hosts.get_mut(place)
    }

    /// After the last packet.
    #[must_use]
    pub fn finish(mut self) -> Seen {
        for host in self.hosts {
            host.finish(&mut self.seen);
        }
        self.seen.views.sort_by_key(|view| (view.first(), view.place));
        self.seen
    }
}

impl Seen {
    /// Keeps a link, and says where; `None` if there is no room.
    fn keep(&mut self, view: View) -> Option<usize> {
        if self.views.len() == LINKS_MAX {
            self.more += 1;
            return None;
        }
        self.views.push(view);
        Some(self.views.len() - 1)
    }
}

/// The side that sent a packet which passed a host of this side.
fn sender(side: Side, from_host: bool) -> Side {
    if from_host { side } else { side.other() }
}
