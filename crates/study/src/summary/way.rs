//! Which ways sessions went: from the first error over what the policy did to the end, and where they failed.
//!
//! Invariant: every session is in one way; a session that failed is in one place besides. Must never know: what a
//! policy's rules are.

use super::Cause;
use blesim_host::{Failure, Step};
use blesim_world::{Acts, Outcome, Record};
use std::collections::HashMap;
use std::hash::Hash;

/// Sessions that met the same first error, saw the same verbs of their policy, and ended alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Way {
    /// The first failure that the stack showed.
    pub first: Option<Failure>,
    /// All that the policy did.
    pub acts: Acts,
    /// How it ended.
    pub end: Outcome,
    /// How many sessions.
    pub count: u64,
    /// The first seed among them.
    pub first_seed: u64,
}

/// Sessions without a secured link whose last failure was the same, in the same step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The step that the device was in; `None` without a link, and where no failure explains the end.
    pub step: Option<Step>,
    /// Why they ended so.
    pub cause: Cause,
    /// How many sessions.
    pub count: u64,
    /// The first seed among them.
    pub first_seed: u64,
}

/// The ways of these sessions, the most frequent first; of equals that which shows first.
pub(super) fn ways(records: &[&Record]) -> Vec<Way> {
    let key = |record: &Record| Some((record.first_failure(), record.acts, record.outcome));
    counted(records, key)
        .into_iter()
        .map(|((first, acts, end), count, first_seed)| Way { first, acts, end, count, first_seed })
        .collect()
}

/// The places in which these sessions failed, likewise.
pub(super) fn places(records: &[&Record]) -> Vec<Place> {
    counted(records, |record| {
        let cause = Cause::of(record)?;
        let shown = matches!(cause, Cause::Shown(_));
        Some((record.last_step().filter(|_| shown), cause))
    })
    .into_iter()
    .map(|((step, cause), count, first_seed)| Place { step, cause, count, first_seed })
    .collect()
}

/// How many records have each key and the first seed of them, the most frequent first.
fn counted<K: Copy + Eq + Hash>(
    records: &[&Record],
    key: impl Fn(&Record) -> Option<K>,
) -> Vec<(K, u64, u64)> {
    let mut found: HashMap<K, (u64, u64)> = HashMap::new();
    for record in records {
        if let Some(key) = key(record) {
            found.entry(key).or_insert((0, record.seed)).0 += 1;
        }
    }
    let mut all: Vec<_> = found.into_iter().map(|(key, (count, seed))| (key, count, seed)).collect();
    // A session has one key, so no two share their first seed and the order of the map leaves no mark.
    all.sort_unstable_by_key(|&(_, count, seed)| (u64::MAX - count, seed));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::made_up;

    /// Sessions are counted by what they have in common, the most frequent first and of equals the earliest.
    #[test]
    fn sessions_are_counted_by_way_and_place() {
        let record = |seed, outcome, last_failure| Record {
            outcome,
            first_failure: last_failure,
            last_failure,
            last_step: 7,
            ..made_up(seed, 0)
        };
        let missing = 0x0001_0006;
        let records = [
            record(4, Outcome::GaveUp, missing),
            record(5, Outcome::Secured, u32::MAX),
            record(6, Outcome::GaveUp, missing),
            record(7, Outcome::HalfSecured, missing),
        ];
        let ways = ways(&records.each_ref());
        let seen: Vec<_> = ways.iter().map(|way| (way.end, way.count, way.first_seed)).collect();
        assert_eq!(seen, [(Outcome::GaveUp, 2, 4), (Outcome::Secured, 1, 5), (Outcome::HalfSecured, 1, 7)]);
        let places = places(&records.each_ref());
        let seen: Vec<_> = places.iter().map(|place| (place.cause.to_string(), place.count)).collect();
        let failure = "Encryption / PIN or Key Missing (0x06)".to_owned();
        assert_eq!(seen, [(failure, 2), ("half secured".to_owned(), 1)]);
        assert_eq!(places[0].step, Some(Step::EncryptionStart));
        assert_eq!(places[1].step, None);
    }
}
