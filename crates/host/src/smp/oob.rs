//! Out-of-band data: what one device makes and another channel carries, Vol 3 Part H 2.3.5.4 and 2.3.5.6.4.
//!
//! Invariant: the commitment is over the key pair that the pairing will use; what is lost with power is made
//! anew.

use super::proof::Confirmed;
use crate::io::{Context, Draw, Port};
use blesim_crypto::KeyPair;
use blesim_crypto::toolbox::f4;

/// What one device tells another out of band (Vol 3 Part H 2.3.5.6.4; Core Specification Supplement Part A
/// 1.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OobData {
    /// The temporary key, for legacy pairing.
    pub tk: u128,
    /// The commitment to the sender's public key, for LE Secure Connections.
    pub confirm: u128,
    /// The random value that opens it.
    pub random: u128,
}

/// What the maker keeps.
#[derive(Clone, Debug)]
pub(crate) struct LocalOob {
    pub(crate) pair: KeyPair,
    pub(crate) random: u128,
    pub(crate) tk: u128,
}

impl LocalOob {
    pub(crate) fn new(cx: &mut Context<'_, impl Port>) -> Self {
        let pair = cx.key_pair();
        Self { pair, random: cx.draw(Draw::OobRandom), tk: cx.draw(Draw::Tk) }
    }

    /// What the other device is to know: the commitment is f4(PKx, PKx, r, 0).
    pub(crate) fn data(&self) -> OobData {
        let x = &self.pair.public.x;
        OobData { tk: self.tk, confirm: f4(x, x, self.random, 0), random: self.random }
    }
}

impl OobData {
    /// Whether the public key that came is the one that was committed to.
    pub(crate) fn commits_to(&self, peer_x: &[u8; 32]) -> Option<Confirmed> {
        Confirmed::secure_connections(self.confirm, (peer_x, peer_x), self.random, 0)
    }
}
