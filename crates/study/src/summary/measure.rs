//! The measures whose means are compared: one row each, from which every form of a report is made.
//!
//! Invariant: a measure is a function of one record. Must never know: how many records there are.

use blesim_world::{Outcome, Record};

/// Something that is counted in a session.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name, fit for a column.
    pub name: &'static str,
    /// How much of it there was in a session.
    pub of: fn(&Record) -> u64,
}

/// Every measure, in the order of every list of means.
pub const MEASURES: [Measure; 6] = [
    Measure { name: "attempts", of: attempts },
    Measure { name: "connections", of: |record| u64::from(record.connections) },
    Measure { name: "frames", of: |record| u64::from(record.frames) },
    Measure { name: "bonds_deleted", of: |record| u64::from(record.bonds_deleted) },
    Measure { name: "central_charge_uc", of: |record| u64::from(record.charge_uc[0]) },
    Measure { name: "peripheral_charge_uc", of: |record| u64::from(record.charge_uc[1]) },
];

/// How often the varied device tried to secure the link: every failure ended an attempt, and a session that
/// its policy did not give up ended in one more.
#[must_use]
pub fn attempts(record: &Record) -> u64 {
    let failures = u64::from(record.failures);
    if record.outcome == Outcome::GaveUp { failures } else { failures + 1 }
}
