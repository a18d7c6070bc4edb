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
    /// Only scenarios with attackers or applications have it, so it is left out where every session has none.
    pub seldom: bool,
}

/// A measure that every scenario has.
const fn usual(name: &'static str, of: fn(&Record) -> u64) -> Measure {
    Measure { name, of, seldom: false }
}

/// A measure of what a session exposed; fewer is better in all of them.
const fn exposed(name: &'static str, of: fn(&Record) -> u64) -> Measure {
    Measure { name, of, seldom: true }
}

/// Every measure, in the order of every list of means.
pub const MEASURES: [Measure; 16] = [
    usual("attempts", attempts),
    usual("connections", |record| u64::from(record.connections)),
    usual("frames", |record| u64::from(record.frames)),
    usual("bonds_deleted", |record| u64::from(record.bonds_deleted)),
    usual("central_charge_uc", |record| u64::from(record.charge_uc[0])),
    usual("peripheral_charge_uc", |record| u64::from(record.charge_uc[1])),
    exposed("attacker_won", |record| u64::from(record.exposure.attacker_won)),
    exposed("good_bonds_destroyed", |record| u64::from(record.exposure.good_bonds_destroyed)),
    exposed("half_bonds", |record| u64::from(record.exposure.half_bonds)),
    exposed("level_downgrades", |record| u64::from(record.exposure.level_downgrades)),
    exposed("octets_read", |record| u64::from(record.exposure.octets_read)),
    exposed("plaintext_octets", |record| u64::from(record.exposure.plaintext_octets)),
    exposed("passkey_bits", |record| u64::from(record.exposure.passkey_bits)),
    exposed("attacker_pairings", |record| u64::from(record.exposure.attacker_pairings)),
    exposed("prompts", |record| u64::from(record.exposure.prompts)),
    exposed("consents", |record| u64::from(record.exposure.consents)),
];

/// How often the varied device tried to secure the link: every failure ended an attempt, and a session that
/// its policy did not give up ended in one more.
#[must_use]
pub fn attempts(record: &Record) -> u64 {
    let failures = u64::from(record.failures);
    if record.outcome == Outcome::GaveUp { failures } else { failures + 1 }
}
