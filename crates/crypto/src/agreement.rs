//! How key pairs and Diffie-Hellman keys are obtained: one interface, several speeds.
//!
//! A pairing costs four products on the curve, a hundred times all else in a session. A simulator knows
//! every secret it gave out and asks for the same ones again and again, so most of them can be shortened
//! or remembered.
//!
//! Invariant: every provider gives bit-identical answers. A DHKey is a pure function of the local secret
//! and the received key; a received key is always validated; and one that is not exactly a key the
//! provider itself handed out to somebody else (foreign, corrupted, reflected) goes the true way, through
//! a product of the received point.
//! It must never know why a key arrived as it did.

mod key_bank;
mod naive;
mod prepared;
mod shared_secret;

pub use key_bank::KeyBank;
pub use naive::Naive;
pub use prepared::PreparedKeys;
pub use shared_secret::SharedSecret;

use crate::p256::{DhKey, InvalidPublicKey, KeyPair, PublicKey, validate};

/// Names the key pair: the attempt-th one that device makes in session seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// The session.
    pub seed: u64,
    /// The device within the session.
    pub device: u16,
    /// How many key pairs the device made before this one.
    pub attempt: u16,
}

/// A provider of key pairs and Diffie-Hellman keys.
pub trait KeyAgreement {
    /// The key pair with this name.
    ///
    /// `entropy` gives 32 octets a call and must be a pure function of `name`: a provider that remembers
    /// the pair does not call it at all.
    fn key_pair(&mut self, name: KeyName, entropy: &mut dyn FnMut() -> [u8; 32]) -> KeyPair;

    /// The Diffie-Hellman key of `local` with the owner of `received` (Vol 3 Part H 2.3.5.6.1).
    ///
    /// # Errors
    /// [`InvalidPublicKey`] if `received` is not a point of P-256.
    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey>;
}

/// The way no provider can do without: validation, then a product of the received point.
fn true_dh_key(local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
    Ok(local.secret.dh_key(&validate(received)?))
}
