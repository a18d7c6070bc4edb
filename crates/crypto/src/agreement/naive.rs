//! The provider that remembers nothing: the oracle of all others and the measure of their worth.
//!
//! Invariant: two products for two key pairs, two more for two DHKeys, always.
//! It must never know a name.

use super::{KeyAgreement, KeyName, true_dh_key};
use crate::p256::{DhKey, InvalidPublicKey, KeyPair, PublicKey, SecretKey};

/// Computes everything from its arguments, every time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Naive;

impl KeyAgreement for Naive {
    fn key_pair(&mut self, _name: KeyName, entropy: &mut dyn FnMut() -> [u8; 32]) -> KeyPair {
        SecretKey::from_entropy(entropy).into()
    }

    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        true_dh_key(local, received)
    }
}
