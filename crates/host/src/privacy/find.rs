//! Who is who: a central that scans for a peer whose address changes, and the identity behind the address of
//! a link.
//!
//! Invariant: an address that no IRK of a bond resolves is a stranger's, even if it is a peer's.

use super::{Resolver, label, resolves};
use crate::bond::Bond;
use crate::discovery::{connect, scan, scan_enable};
use crate::host::Host;
use crate::io::{Context, Mishap, Note, Port, Role};
use crate::session::Link;
use blesim_packet::Address;

/// Shortened local name (Core Specification Supplement Part A 1.2).
const SHORTENED_NAME: u8 = 0x08;

/// The advertising data: flags and, of a device with private addresses, its label.
pub(crate) fn advertising_data(flags: [u8; 3], label: Option<[u8; 4]>) -> ([u8; 9], usize) {
    let [a, b, c, d] = label.unwrap_or_default();
    let data = [flags[0], flags[1], flags[2], 5, SHORTENED_NAME, a, b, c, d];
    (data, if label.is_some() { 9 } else { 3 })
}

impl Host {
    /// Scans for the peer whose turn it is.
    pub(crate) fn look_for_peer(&mut self, cx: &mut Context<'_, impl Port>) {
        self.looking = true;
        let how = self.config.discovery.connects;
        self.commands.send(scan(how, self.own.address, &self.config.link), cx);
        self.commands.send(scan_enable(how, true), cx);
    }

    /// Scans no longer.
    pub(crate) fn stop_looking(&mut self, cx: &mut Context<'_, impl Port>) {
        self.looking = false;
        self.commands.send(scan_enable(self.config.discovery.connects, false), cx);
    }

    /// Something that takes connections advertises: asks it for one, if it is the peer that is looked for.
    pub(crate) fn heard(&mut self, address: Address, data: &[u8], cx: &mut Context<'_, impl Port>) {
        let Some(place) = self.connecting.filter(|_| self.looking) else { return };
        cx.peer = place;
        if !self.is_wanted(address, data, cx) {
            return;
        }
        self.stop_looking(cx);
        let (how, own) = (self.config.discovery.connects, self.own.address);
        self.commands.send(connect(how, own, address, &self.config.link), cx);
    }

    /// Whether this is the peer that is looked for: by its identity address, by its IRK, or, as long as
    /// there is no IRK of it, by what its user reads.
    fn is_wanted(&self, address: Address, data: &[u8], cx: &mut Context<'_, impl Port>) -> bool {
        let Some(identity) = self.peers[cx.peer].address else { return false };
        if address == identity {
            return true;
        }
        match self.bonds.get(identity).and_then(|bond| bond.irk) {
            Some(irk) => resolves(address, irk) && !cx.port.fails(cx.peer, Mishap::Resolution),
            None => address.is_resolvable() && named(data, label(identity)),
        }
    }

    /// A link begins: finds out who is behind a resolvable private address.
    pub(crate) fn identify(&mut self, cx: &mut Context<'_, impl Port>) {
        let Link::Up { peer: address, .. } = *self.peer(cx).link else { return };
        self.peers[cx.peer].own = self.own.address;
        if !address.is_resolvable() || self.config.privacy.resolver == Resolver::Controller {
            return;
        }
        match self.config.role {
            // It was resolved when it was found.
            Role::Central => self.resolved(address, cx),
            Role::Peripheral if self.config.privacy.resolves_after.is_zero() => self.resolve(cx),
            Role::Peripheral => {
                self.peer(cx).resolves_at = Some(cx.now + self.config.privacy.resolves_after);
            }
        }
    }

    /// The address of the link has been gone through with every IRK, if that comes to anything this time.
    pub(crate) fn resolve(&mut self, cx: &mut Context<'_, impl Port>) {
        self.peer(cx).resolves_at = None;
        let Link::Up { peer: address, .. } = *self.peer(cx).link else { return };
        if self.owner(address).is_some() && !cx.port.fails(cx.peer, Mishap::Resolution) {
            self.resolved(address, cx);
        }
    }

    fn resolved(&mut self, address: Address, cx: &mut Context<'_, impl Port>) {
        if let Some(identity) = self.owner(address).map(|bond| bond.peer) {
            self.peer(cx).identity = Some(identity);
            cx.note(Note::Resolved(identity));
            self.bond_used(cx);
        }
    }

    /// The bond with the device that has made this address.
    fn owner(&self, address: Address) -> Option<&Bond> {
        self.bonds.iter().find(|bond| bond.irk.is_some_and(|irk| resolves(address, irk)))
    }
}

/// Whether the advertising data has this name (Core Specification Supplement Part A 1.2; Vol 3 Part C 11).
fn named(mut data: &[u8], name: [u8; 4]) -> bool {
    while let [length, rest @ ..] = data {
        let Some((structure, after)) = rest.split_at_checked(usize::from(*length)) else { return false };
        if structure.split_first() == Some((&SHORTENED_NAME, &name[..])) {
            return true;
        }
        data = after;
    }
    false
}
