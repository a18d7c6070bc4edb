//! Bonds, and the store that keeps them over power loss.
//!
//! Invariant: a bond is made from proofs that only the checks of a pairing can give, or stands from before
//! the session.

use crate::config::Level;
use crate::smp::proof::{Authentic, LinkEncrypted};
use arrayvec::ArrayVec;
use blesim_packet::Address;

/// Most bonds a store can hold.
const MAX_BONDS: usize = 32;

/// What two devices keep of each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bond {
    /// The peer's identity address.
    pub peer: Address,
    /// The key for encrypting the next link.
    pub ltk: u128,
    /// EDIV; zero for Secure Connections.
    pub ediv: u16,
    /// Rand; zero for Secure Connections.
    pub rand: u64,
    /// Encryption key size in octets.
    pub key_size: u8,
    /// Whether it came from LE Secure Connections.
    pub secure_connections: bool,
    /// Whether the pairing was protected against a man in the middle.
    pub authenticated: bool,
    /// The peer's IRK, if it distributed one.
    pub irk: Option<u128>,
    /// The peer's CSRK, if it distributed one.
    pub csrk: Option<u128>,
    /// The BR/EDR link key derived from the LTK, if both wanted one (Vol 3 Part H 2.4.2.4).
    pub link_key: Option<u128>,
}

impl Bond {
    /// The security of a link that is encrypted with it (Vol 3 Part C 10.2.1).
    #[must_use]
    pub const fn level(&self) -> Level {
        Level::of(self.authenticated, self.secure_connections, self.key_size)
    }

    /// A bond from a pairing in which the values were checked and the link was encrypted with the new key.
    pub(crate) fn paired(_: &Authentic, _: &LinkEncrypted, bond: Self) -> Self {
        bond
    }
}

/// The bonds of one device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BondStore {
    bonds: ArrayVec<Bond, MAX_BONDS>,
    capacity: usize,
}

impl BondStore {
    /// An empty store for up to `capacity` bonds; thirty-two at the most.
    #[must_use]
    pub fn new(capacity: u8) -> Self {
        Self { bonds: ArrayVec::new(), capacity: usize::from(capacity).min(MAX_BONDS) }
    }

    /// The bond with `peer`.
    #[must_use]
    pub fn get(&self, peer: Address) -> Option<&Bond> {
        self.bonds.iter().find(|bond| bond.peer == peer)
    }

    /// Keeps a bond, in place of an older one with the same peer; false if the table is full.
    pub fn put(&mut self, bond: Bond) -> bool {
        self.delete(bond.peer);
        if self.bonds.len() >= self.capacity {
            return false;
        }
        self.bonds.push(bond);
        true
    }

    /// Deletes the bond with `peer`; true if there was one.
    pub fn delete(&mut self, peer: Address) -> bool {
        let before = self.bonds.len();
        self.bonds.retain(|bond| bond.peer != peer);
        before != self.bonds.len()
    }

    /// The first of the bonds, if there is any.
    #[must_use]
    pub fn first(&self) -> Option<&Bond> {
        self.bonds.first()
    }

    /// Deletes every bond.
    pub fn clear(&mut self) {
        self.bonds.clear();
    }
}
