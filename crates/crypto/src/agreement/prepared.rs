//! Key pairs and DHKeys made ahead for a range of seeds, to be shared by all threads.
//!
//! Invariant: what it holds is what [`Naive`](super::Naive) would compute from the same entropy; it never
//! changes once built.
//! It must never know what a session does with the keys, or on which thread.

use core::ops::Range;

use super::KeyName;
use crate::p256::{DhKey, KeyPair, SecretKey};

/// The keys of one attempt: a pair for each of two devices, and their DHKey.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    pairs: [KeyPair; 2],
    dh_key: DhKey,
}

/// An immutable store of keys for consecutive seeds, two devices, and the first attempts of each.
///
/// About 240 octets per seed and attempt. Two ranges built on two threads join by [`Self::append`].
#[derive(Clone, Debug)]
pub struct PreparedKeys {
    first_seed: u64,
    devices: [u16; 2],
    attempts: u16,
    /// Seed after seed, the attempts of each in order.
    rows: Vec<Attempt>,
}

impl PreparedKeys {
    /// Makes the keys of `seeds` for both `devices`, attempts 0 up to but not including `attempts`.
    ///
    /// `entropy_of` gives the source of entropy that belongs to a name, the same one a provider would be
    /// handed with that name.
    #[must_use]
    pub fn prepare<Entropy: FnMut() -> [u8; 32]>(
        seeds: Range<u64>,
        devices: [u16; 2],
        attempts: u16,
        mut entropy_of: impl FnMut(KeyName) -> Entropy,
    ) -> Self {
        let names = |seed: u64, attempt: u16| devices.map(|device| KeyName { seed, device, attempt });
        let first_seed = seeds.start;
        let rows = seeds
            .flat_map(|seed| (0..attempts).map(move |attempt| names(seed, attempt)))
            .map(|names| Attempt::make(names.map(|name| SecretKey::from_entropy(&mut entropy_of(name)))))
            .collect();
        Self { first_seed, devices, attempts, rows }
    }

    /// Adds the keys of the seeds that follow. Gives `next` back, unused, if its first seed is not the one
    /// after the last here, or if it is for other devices or another number of attempts.
    ///
    /// # Errors
    /// `next`, as said.
    pub fn append(&mut self, next: Self) -> Result<(), Self> {
        let fits = next.first_seed == self.seeds().end
            && next.devices == self.devices
            && next.attempts == self.attempts;
        if !fits {
            return Err(next);
        }
        self.rows.extend(next.rows);
        Ok(())
    }

    /// The seeds whose keys are here.
    #[must_use]
    pub fn seeds(&self) -> Range<u64> {
        let per_seed = usize::from(self.attempts).max(1);
        self.first_seed..self.first_seed + (self.rows.len() / per_seed) as u64
    }

    /// The key pair with this name, if it was prepared.
    pub(super) fn pair(&self, name: KeyName) -> Option<KeyPair> {
        let side = self.devices.iter().position(|device| *device == name.device)?;
        Some(self.row(name.seed, name.attempt)?.pairs[side])
    }

    /// The DHKey of two named pairs, if they are of the same attempt and were prepared.
    pub(super) fn dh_key(&self, one: KeyName, other: KeyName) -> Option<DhKey> {
        let same_attempt = one.seed == other.seed && one.attempt == other.attempt;
        let devices = [one.device, other.device];
        let both = devices == self.devices || devices == [self.devices[1], self.devices[0]];
        if !(same_attempt && both && one.device != other.device) {
            return None;
        }
        Some(self.row(one.seed, one.attempt)?.dh_key)
    }

    fn row(&self, seed: u64, attempt: u16) -> Option<&Attempt> {
        if attempt >= self.attempts {
            return None;
        }
        let seed = usize::try_from(seed.checked_sub(self.first_seed)?).ok()?;
        let index = seed.checked_mul(usize::from(self.attempts))?.checked_add(usize::from(attempt))?;
        self.rows.get(index)
    }
}

impl Attempt {
    fn make(secrets: [SecretKey; 2]) -> Self {
        let (pairs, dh_key) = KeyPair::agree(secrets);
        Self { pairs, dh_key }
    }
}
