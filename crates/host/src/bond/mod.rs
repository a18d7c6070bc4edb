//! Bonds: what they are, how a device keeps them, and the store that keeps them over power loss.
//!
//! Invariant: a bond is made from proofs that only the checks of a pairing can give, or stands from before
//! the session.

mod keep;
mod rules;
mod store;

pub use rules::{BondRules, Memory, WhenFull};
pub use store::BondStore;

use crate::config::Level;
use crate::signing::Signing;
use crate::smp::proof::{Authentic, LinkEncrypted};
use blesim_packet::Address;

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
    /// What signatures need besides: the own key and the counters (Vol 3 Part H 2.4.5).
    pub signing: Signing,
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
