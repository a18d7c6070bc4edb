//! An order-sensitive digest: what two runs did, in 64 bits.
//!
//! Invariant: the digest depends on every word and on the order of the words, and on nothing else; it is the
//! same on every machine. It guards against accidents and is no cryptographic hash.

#![expect(clippy::cast_possible_truncation, reason = "words are split and folded on purpose")]

use core::fmt;

/// A running digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Digest {
    /// The digest of nothing: the fractional bits of the golden ratio.
    #[must_use]
    pub const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    /// Adds one word: a multiply folded onto itself, after the word was mixed into the state.
    #[inline]
    pub fn word(&mut self, word: u64) {
        // An odd constant with no structure: the fractional bits of the square root of two.
        let mixed = u128::from((self.0 ^ word).rotate_left(23) | 1) * 0x6A09_E667_F3BC_C909;
        self.0 = self.0.rotate_left(5) ^ word ^ (mixed as u64) ^ ((mixed >> 64) as u64);
    }

    /// Adds octets, with their number, eight to a word, least significant first.
    #[inline]
    pub fn octets(&mut self, octets: &[u8]) {
        self.word(octets.len() as u64);
        let (words, rest) = octets.as_chunks();
        for &word in words {
            self.word(u64::from_le_bytes(word));
        }
        if rest.is_empty() {
            return;
        }
        // The last eight octets end with the rest, which is found without a loop.
        self.word(match octets.last_chunk() {
            Some(&last) => u64::from_le_bytes(last) >> (64 - 8 * rest.len()),
            None => rest.iter().rev().fold(0, |word, &octet| word << 8 | u64::from(octet)),
        });
    }

    /// The digest so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Digest {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(words: &[u64]) -> u64 {
        let mut digest = Digest::new();
        for &word in words {
            digest.word(word);
        }
        digest.value()
    }

    /// Order, every single bit, and length all count: a million neighbours have no two digests alike.
    #[test]
    fn order_bits_and_length_count() {
        let mut seen = std::collections::HashSet::new();
        for a in 0..1000 {
            for b in 0..1000 {
                assert!(seen.insert(digest(&[a, b])), "collision at {a}, {b}");
            }
        }
        for bit in 0..64 {
            assert!(seen.insert(digest(&[0, 0, 1 << bit, 7])), "bit {bit} is lost");
        }
        let mut with = Digest::new();
        with.octets(&[1, 0]);
        let mut without = Digest::new();
        without.octets(&[1]);
        assert_ne!(with, without);
    }

    /// Octets are as many words, the last filled up with zeros, after their number.
    #[test]
    fn octets_are_words() {
        for length in 0..20 {
            let octets: Vec<u8> = (1..=length).collect();
            let mut padded = octets.clone();
            padded.resize(octets.len().next_multiple_of(8), 0);
            let words = padded.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word));
            let words: Vec<u64> = [u64::from(length)].into_iter().chain(words).collect();
            let mut of_octets = Digest::new();
            of_octets.octets(&octets);
            assert_eq!(of_octets.value(), digest(&words), "{length}");
        }
    }

    /// Golden values: the digest may never change by accident, since published results quote it.
    #[test]
    fn golden_values() {
        assert_eq!(format!("{}", Digest::new()), "9e3779b97f4a7c15");
        assert_eq!(digest(&[1, 2, 3]), 0xa1ea_1244_d4e8_4927);
    }
}
