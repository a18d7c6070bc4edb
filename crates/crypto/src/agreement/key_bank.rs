//! The provider that remembers a seed: the second policy on the same seed pays for no product at all.
//!
//! Invariant: an answer is looked up by exact name or by exact key, never by resemblance; a received key
//! that is not one of this seed's goes the true way.
//! It must never know how many policies, sessions or threads there are.

use std::sync::Arc;

use super::{KeyAgreement, KeyName, PreparedKeys, true_dh_key};
use crate::p256::{DhKey, InvalidPublicKey, KeyPair, PublicKey, SecretKey, validate};

/// Key pairs for which room is made at the start; a seed with more of them makes the memory grow once.
const ROOM: usize = 32;

/// Remembers the key pairs by name and the DHKeys by pair of names, for one seed at a time, and looks into
/// keys made ahead if there are any.
///
/// One bank serves one source of entropy: the same name must never mean two different pairs.
#[derive(Clone, Debug)]
pub struct KeyBank {
    seed: u64,
    pairs: Vec<(KeyName, KeyPair)>,
    /// The positions in `pairs`, the smaller first, of the two owners of a DHKey.
    dh_keys: Vec<([usize; 2], DhKey)>,
    prepared: Option<Arc<PreparedKeys>>,
}

impl Default for KeyBank {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyBank {
    /// A bank with nothing made ahead.
    #[must_use]
    pub fn new() -> Self {
        Self { seed: 0, pairs: Vec::with_capacity(ROOM), dh_keys: Vec::with_capacity(ROOM), prepared: None }
    }

    /// A bank over keys made ahead, from the same entropy that [`KeyAgreement::key_pair`] will be given.
    #[must_use]
    pub fn with_prepared(prepared: Arc<PreparedKeys>) -> Self {
        Self { prepared: Some(prepared), ..Self::new() }
    }

    /// Forgets the old seed's keys, but keeps their memory.
    fn enter(&mut self, seed: u64) {
        if self.seed != seed {
            self.seed = seed;
            self.pairs.clear();
            self.dh_keys.clear();
        }
    }

    /// The positions, the smaller first, of the local pair and of the pair whose public key was received.
    fn owners(&self, local: &KeyPair, received: &PublicKey) -> Option<[usize; 2]> {
        let own = self.pairs.iter().position(|(_, pair)| pair == local)?;
        let peer = self.pairs.iter().position(|(_, pair)| pair.public == *received)?;
        (own != peer && local.public != *received).then_some([own.min(peer), own.max(peer)])
    }

    fn remembered(&self, owners: [usize; 2]) -> Option<DhKey> {
        self.dh_keys.iter().find(|(of, _)| *of == owners).map(|(_, dh_key)| *dh_key)
    }

    fn agree(&self, owners: [usize; 2]) -> DhKey {
        let [(one, first), (other, second)] = owners.map(|owner| &self.pairs[owner]);
        let prepared = self.prepared.as_ref().and_then(|prepared| prepared.dh_key(*one, *other));
        prepared.unwrap_or_else(|| first.secret.dh_key_of_secrets(&second.secret))
    }
}

impl KeyAgreement for KeyBank {
    fn key_pair(&mut self, name: KeyName, entropy: &mut dyn FnMut() -> [u8; 32]) -> KeyPair {
        self.enter(name.seed);
        if let Some((_, pair)) = self.pairs.iter().find(|(known, _)| *known == name) {
            return *pair;
        }
        let prepared = self.prepared.as_ref().and_then(|prepared| prepared.pair(name));
        let pair = prepared.unwrap_or_else(|| SecretKey::from_entropy(entropy).into());
        self.pairs.push((name, pair));
        pair
    }

    fn dh_key(&mut self, local: &KeyPair, received: &PublicKey) -> Result<DhKey, InvalidPublicKey> {
        let Some(owners) = self.owners(local, received) else {
            return true_dh_key(local, received);
        };
        validate(received)?;
        if let Some(dh_key) = self.remembered(owners) {
            return Ok(dh_key);
        }
        let dh_key = self.agree(owners);
        self.dh_keys.push((owners, dh_key));
        Ok(dh_key)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyAgreement, KeyBank, KeyName};

    /// Seed after seed, the bank works in the memory it took at the start.
    #[test]
    fn a_new_seed_reuses_the_memory_of_the_last() {
        let mut bank = KeyBank::new();
        let room = (bank.pairs.capacity(), bank.dh_keys.capacity());
        for seed in 0..4 {
            for attempt in 0..2 {
                let [own, peer] = [0, 1].map(|device: u16| {
                    let fill = u8::try_from(seed * 8 + u64::from(device * 4 + attempt + 1)).unwrap();
                    bank.key_pair(KeyName { seed, device, attempt }, &mut || [fill; 32])
                });
                bank.dh_key(&own, &peer.public).unwrap();
                bank.dh_key(&peer, &own.public).unwrap();
            }
            assert_eq!((bank.pairs.len(), bank.dh_keys.len()), (4, 2), "seed {seed}");
        }
        assert_eq!((bank.pairs.capacity(), bank.dh_keys.capacity()), room);
    }
}
