//! A random field: a number for every place and time, in any order, without a sequence behind it.
//!
//! The fate of a thing at (place, time) must not depend on what else happened, or two policies would not meet
//! the same world. Seeking a stream cipher to a sparse index costs more than ten times a counter-based
//! generator (benchmark `kernel`), so the field is Philox4x32-10 of the Random123 family ("Parallel random
//! numbers: as easy as 1, 2, 3", SC 2011), held to its published known answers.

#![expect(clippy::cast_possible_truncation, reason = "words are split and folded on purpose")]

use super::stream::{StreamName, Streams};

/// Philox4x32 with ten rounds: four words that are a bijective function of the counter under the key.
#[inline]
#[must_use]
pub const fn philox4x32_10(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
    let mut round = 0;
    while round < 10 {
        let first = counter[0] as u64 * MULTIPLIERS[0] as u64;
        let second = counter[2] as u64 * MULTIPLIERS[1] as u64;
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        round += 1;
    }
    counter
}

/// A field of independent uniform 64-bit numbers over (place, time).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    key: [u32; 2],
}

impl Field {
    /// The field called `name` in the world of `streams`: its key is the first word of that stream.
    #[must_use]
    pub fn new(streams: &Streams, name: StreamName) -> Self {
        let word = streams.stream(name).next_u64();
        Self { key: [word as u32, (word >> 32) as u32] }
    }

    /// Two independent numbers at a place and time, both uniform over 64 bits.
    #[inline]
    #[must_use]
    pub const fn at(self, place: u64, time: u64) -> [u64; 2] {
        let counter = [time as u32, (time >> 32) as u32, place as u32, (place >> 32) as u32];
        let words = philox4x32_10(counter, self.key);
        [words[0] as u64 | (words[1] as u64) << 32, words[2] as u64 | (words[3] as u64) << 32]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The three known answers that Random123 publishes for philox4x32 with ten rounds.
    #[test]
    fn published_known_answers() {
        let check = |counter, key, expected: [u32; 4]| assert_eq!(philox4x32_10(counter, key), expected);
        check([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        check([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        check(
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        );
    }

    /// Neighbouring places and times, and neighbouring seeds, are unrelated: a share of draws below one
    /// tenth stays within six standard deviations of one tenth.
    #[test]
    fn neighbours_are_unrelated() {
        let below = |draw: u64| u64::from(draw < u64::MAX / 10);
        let name = StreamName::new(1, 0);
        let field = Field::new(&Streams::new(7), name);
        let by_time: u64 = (0..100_000).map(|time| below(field.at(3, time)[0])).sum();
        let by_place: u64 = (0..100_000).map(|place| below(field.at(place, 3)[1])).sum();
        let by_seed: u64 =
            (0..100_000).map(|seed| below(Field::new(&Streams::new(seed), name).at(0, 0)[0])).sum();
        for share in [by_time, by_place, by_seed] {
            assert!(share.abs_diff(10_000) < 570, "{share} of 100,000 draws are below one tenth");
        }
    }
}
