//! What the host does with its bonds: finds them, keeps them, deletes them, and waits for their writes.
//!
//! Invariant: a bond is looked up by the peer's identity, whatever address the link has.

use super::store::Kept;
use super::{Bond, Memory, WhenFull};
use crate::host::Host;
use crate::io::{Context, Mishap, Note, Port, Step};
use crate::session::Link;
use blesim_kernel::Instant;
use blesim_packet::Address;
use blesim_packet::smp::AuthReq;

impl Host {
    /// The identity of the peer the context is about, as far as it is known.
    pub(crate) fn identity<P>(&self, cx: &Context<'_, P>) -> Option<Address> {
        let peer = &self.peers[cx.peer];
        match *peer.link {
            Link::Up { .. } => peer.identity,
            Link::Down | Link::Connecting { .. } | Link::Cancelling | Link::Ending => peer.address,
        }
    }

    /// The bond with the peer the context is about.
    pub(crate) fn bond<P>(&self, cx: &Context<'_, P>) -> Option<&Bond> {
        self.bonds.get(self.identity(cx)?)
    }

    /// The bond with the peer was of use.
    pub(crate) fn bond_used<P>(&mut self, cx: &Context<'_, P>) {
        if let Some(peer) = self.identity(cx) {
            self.bonds.used(peer);
        }
    }

    /// Whether the new bond with this peer has no room, and the pairing fails for it.
    pub(crate) fn fails_for_room<P>(&mut self, cx: &Context<'_, P>) -> bool {
        let bonding = self.config.auth.0 & AuthReq::BONDING.0 != 0;
        let room = self.identity(cx).is_none_or(|peer| self.bonds.has_room(peer));
        bonding && !room && self.when_full(cx) == WhenFull::FailPairing
    }

    /// What happens to a bond for which there is no room.
    fn when_full<P>(&self, cx: &Context<'_, P>) -> WhenFull {
        cx.program.when_full().unwrap_or(self.config.bonds.when_full)
    }

    /// Keeps the bond of a pairing that is complete.
    pub(crate) fn keep_bond(&mut self, bond: Bond, cx: &mut Context<'_, impl Port>) {
        self.bonds_written(cx);
        let rules = self.config.bonds;
        if !self.bonds.has_room(bond.peer) {
            self.bonds.make_room_by(self.when_full(cx));
        }
        let fails = rules.memory == Memory::Flash && cx.port.fails(cx.peer, Mishap::BondWrite);
        let peers = &self.peers;
        let connected = |address: Address| {
            let up = peers.iter().filter(|peer| matches!(*peer.link, Link::Up { .. }));
            up.filter_map(|peer| peer.identity).any(|identity| identity == address)
        };
        let Kept { fits, evicted } = self.bonds.keep(bond, cx.now, fails, connected);
        if let Some(peer) = evicted {
            cx.note(Note::BondEvicted(peer));
        }
        if !fits {
            return cx.note(Note::BondTableFull);
        }
        self.peer(cx).identity = Some(bond.peer);
        if rules.memory == Memory::Ram || !rules.write_time.is_zero() {
            cx.note(Note::BondKept);
        }
        self.bonds_written(cx);
        cx.step(Step::Bonded);
    }

    /// Writes that have ended by now.
    pub(crate) fn bonds_written(&mut self, cx: &mut Context<'_, impl Port>) {
        while let Some(written) = self.bonds.written(cx.now) {
            match (written.bond, written.failed && self.config.bonds.reports_failure) {
                (true, false) => cx.note(Note::BondStored),
                (_, true) => cx.note(Note::BondNotWritten),
                (false, false) => {}
            }
        }
    }

    /// Deletes the bond with the peer the context is about.
    pub(crate) fn delete_bond(&mut self, cx: &mut Context<'_, impl Port>) {
        self.bonds_written(cx);
        let Some(peer) = self.identity(cx).filter(|&peer| self.bonds.get(peer).is_some()) else { return };
        let fails = self.bonds.durable(peer).is_some() && cx.port.fails(cx.peer, Mishap::BondWrite);
        self.bonds.remove(peer, cx.now, fails);
        self.bonds_written(cx);
        cx.note(Note::BondDeleted);
    }

    /// Deletes every bond.
    pub(crate) fn delete_all_bonds(&mut self, cx: &mut Context<'_, impl Port>) {
        self.bonds_written(cx);
        loop {
            let first = self.bonds.iter().next().map(|bond| bond.peer);
            let Some(peer) = first else { return };
            let fails = self.bonds.durable(peer).is_some() && cx.port.fails(cx.peer, Mishap::BondWrite);
            self.bonds.remove(peer, cx.now, fails);
            self.bonds_written(cx);
            cx.note(Note::BondDeleted);
        }
    }

    /// Power is lost at `now`; what was not written by then never will be.
    pub fn power_lost(&mut self, now: Instant) {
        self.bonds.power_lost(now);
    }
}
