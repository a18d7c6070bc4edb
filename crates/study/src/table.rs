//! The table: one record for every seed and policy, each in its own place.
//!
//! Invariant: the place of a record is its seed and its policy, never the order of completion, so the table's
//! digest names the results and nothing else. It must never know how the records came about.

use crate::row::{PLAIN, WAY, WIDTH, to_row};
use blesim_kernel::Digest;
use blesim_world::Record;
use core::fmt;

/// A run of seeds, one after the other; never empty, and the last one is a 64-bit number too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seeds {
    first: u64,
    count: u64,
}

impl Seeds {
    /// The `count` seeds from `first` on; `None` if there are none, or if they pass the last seed.
    #[must_use]
    pub const fn new(first: u64, count: u64) -> Option<Self> {
        if count == 0 || first.checked_add(count - 1).is_none() {
            return None;
        }
        Some(Self { first, count })
    }

    /// The first seed.
    #[must_use]
    pub const fn first(self) -> u64 {
        self.first
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// The last seed.
    #[must_use]
    pub const fn last(self) -> u64 {
        self.first + (self.count - 1)
    }
}

impl fmt::Display for Seeds {
    /// As the command line takes them: `10000` from seed 0, or `500..600`, whose end is not included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == 0 {
            write!(f, "{}", self.count)
        } else {
            write!(f, "{}..{}", self.first, u128::from(self.first) + u128::from(self.count))
        }
    }
}

/// The records of a sweep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    seeds: Seeds,
    policies: Vec<String>,
    /// Seed after seed, and the policies in order within each.
    rows: Vec<Record>,
}

impl Table {
    /// A table of `rows`: seed after seed, and the policies in order within each.
    ///
    /// # Panics
    /// If the rows are not one for each seed and policy, or not where their seed belongs.
    #[must_use]
    pub fn new(seeds: Seeds, policies: Vec<String>, rows: Vec<Record>) -> Self {
        assert!(!policies.is_empty(), "a table has a policy");
        let expected = u128::from(seeds.count) * policies.len() as u128;
        assert_eq!(rows.len() as u128, expected, "one record for each seed and policy");
        for (records, seed) in rows.chunks(policies.len()).zip(seeds.first..=seeds.last()) {
            assert!(records.iter().all(|record| record.seed == seed), "the records of seed {seed}");
        }
        Self { seeds, policies, rows }
    }

    /// The seeds.
    #[must_use]
    pub fn seeds(&self) -> Seeds {
        self.seeds
    }

    /// The names of the policies, in the order of the columns.
    #[must_use]
    pub fn policies(&self) -> &[String] {
        &self.policies
    }

    /// All records: seed after seed, and the policies in order within each.
    #[must_use]
    pub fn rows(&self) -> &[Record] {
        &self.rows
    }

    /// The records of one policy, by seed.
    ///
    /// # Panics
    /// If there is no such policy.
    #[must_use]
    pub fn of_policy(&self, policy: usize) -> impl ExactSizeIterator<Item = &Record> {
        assert!(policy < self.policies.len(), "policy {policy} of {}", self.policies.len());
        self.rows[policy..].iter().step_by(self.policies.len())
    }

    /// The digest of every field of every record, in the order of the rows: but for which way a session went, which
    /// follows from what its own digest seals.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::new();
        for record in &self.rows {
            let row = to_row(record);
            let (plain, others) = row[..WIDTH - WAY].split_at(PLAIN);
            for &number in plain {
                digest.word(number);
            }
            // What no session of its kind has leaves no mark.
            if others.iter().any(|&number| number > 0) {
                for &number in others {
                    digest.word(number);
                }
            }
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::made_up;

    fn table(change: impl Fn(&mut Record)) -> Table {
        let seeds = Seeds::new(3, 2).unwrap();
        let mut rows: Vec<Record> = [(3, 0), (3, 1), (4, 0), (4, 1)].map(|(s, p)| made_up(s, p)).to_vec();
        change(&mut rows[2]);
        Table::new(seeds, vec!["a".into(), "b".into()], rows)
    }

    /// Every field counts in the digest: a change of any one of them changes it.
    #[test]
    fn every_field_is_in_the_digest() {
        let changes: [fn(&mut Record); 16] = [
            |r| r.digest ^= 1,
            |r| r.time_us += 1,
            |r| r.first_failure ^= 1,
            |r| r.last_failure ^= 1,
            |r| r.frames += 1,
            |r| r.events += 1,
            |r| r.struck ^= 1,
            |r| r.failures += 1,
            |r| r.connections += 1,
            |r| r.bonds_deleted += 1,
            |r| r.effort.prompts += 1,
            |r| r.effort.needed_ms += 1,
            |r| r.scripted.secured += 1,
            |r| r.exposure.octets_read += 1,
            |r| r.exposure.passkey_bits += 1,
            |r| r.outcome = blesim_world::Outcome::HalfSecured,
        ];
        let mut seen = std::collections::HashSet::from([table(|_| {}).digest()]);
        for (index, change) in changes.into_iter().enumerate() {
            assert!(seen.insert(table(change).digest()), "field {index} is not in the digest");
        }
    }

    /// A policy's column holds its own records, by seed.
    #[test]
    fn a_column_is_one_policy() {
        let column: Vec<Record> = table(|_| {}).of_policy(1).copied().collect();
        assert_eq!(column, [made_up(3, 1), made_up(4, 1)]);
    }

    /// A row in a place that is not its seed's is refused.
    #[test]
    #[should_panic(expected = "the records of seed 4")]
    fn a_misplaced_row_is_a_bug() {
        let _ = table(|row| row.seed = 9);
    }

    /// Seeds print as the command line takes them, up to the very last one, and are never empty.
    #[test]
    fn seeds_print_as_they_are_given() {
        let check = |first, count, expected: Option<&str>| {
            let seeds = Seeds::new(first, count).map(|seeds| seeds.to_string());
            assert_eq!(seeds.as_deref(), expected, "{first} {count}");
        };
        check(0, 10_000, Some("10000"));
        check(5, 3, Some("5..8"));
        check(u64::MAX, 1, Some("18446744073709551615..18446744073709551616"));
        check(u64::MAX, 2, None);
        check(7, 0, None);
    }
}
