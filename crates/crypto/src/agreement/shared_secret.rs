//! The provider that recognises its own keys: three base-point products a pairing instead of four dear ones.
//!
//! Invariant: the shortcut is taken only for a received key that equals, in every bit, one this provider
//! made and that is not the local one.
//! It must never know names or seeds: it recognises keys by their value alone.

use super::{KeyAgreement, KeyName, true_dh_key};
use crate::p256::{DhKey, InvalidPublicKey, KeyPair, PublicKey, SecretKey, validate};

/// Key pairs remembered: enough for some devices that are all in the middle of a pairing.
const REMEMBERED: usize = 16;

/// Computes `x((ab mod n)G)` where it made both keys, and remembers the last such DHKey for the other side.
#[derive(Clone, Debug, Default)]
pub struct SharedSecret {
    /// A ring; the oldest pair makes room for the newest.
    pairs: [Option<KeyPair>; REMEMBERED],
    /// Where the next pair goes.
    next: usize,
    last: Option<Agreed>,
}

/// A DHKey and the two public keys it belongs to: `aB = bA`, so one side's work serves the other.
#[derive(Clone, Copy, Debug)]
struct Agreed {
    first: KeyPair,
    second: KeyPair,
    dh_key: DhKey,
}

impl SharedSecret {
    /// A provider that has made no keys yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn made(&self, public: &PublicKey) -> Option<KeyPair> {
        self.pairs.iter().flatten().find(|pair| pair.public == *public).copied()
    }
}

impl Agreed {
    fn between(&self, local: &KeyPair, peer: &KeyPair) -> bool {
        (self.first == *local && self.second == *peer) || (self.first == *peer && self.second == *local)
    }
}

impl KeyAgreement for SharedSecret {
    fn key_pair(&mut self, _name: KeyName, entropy: &mut dyn FnMut() -> [u8; 32]) -> KeyPair {
        let pair = SecretKey::from_entropy(entropy).into();
        self.pairs[self.next] = Some(pair);
        self.next = (self.next + 1) % REMEMBERED;
        pair
    }

    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        let Some(peer) = self.made(received).filter(|peer| peer.public != local.public) else {
            return true_dh_key(local, received);
        };
        validate(received)?;
        if let Some(agreed) = self.last.filter(|agreed| agreed.between(local, &peer)) {
            return Ok(agreed.dh_key);
        }
        let dh_key = local.secret.dh_key_of_secrets(&peer.secret);
        self.last = Some(Agreed { first: *local, second: peer, dh_key });
        Ok(dh_key)
    }
}
