//! The measures whose means are compared: one row each, from which every form of a report is made.
//!
//! Invariant: a measure is a function of one record. Must never know: how many records there are.

use blesim_world::{Outcome, Record};

/// Something that is counted in a session.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name, fit for a column.
    pub name: &'static str,
    /// What one of it is.
    pub unit: &'static str,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// How much of it there was in a session.
    pub of: fn(&Record) -> u64,
    /// Only some scenarios have it, so it is left out where every session has none.
    pub seldom: bool,
}

/// A measure that every scenario has.
const fn usual(
    name: &'static str,
    unit: &'static str,
    about: &'static str,
    of: fn(&Record) -> u64,
) -> Measure {
    Measure { name, unit, about, of, seldom: false }
}

/// A measure that only some scenarios have, as what a session exposed; fewer is better in all of them.
const fn seldom(
    name: &'static str,
    unit: &'static str,
    about: &'static str,
    of: fn(&Record) -> u64,
) -> Measure {
    Measure { name, unit, about, of, seldom: true }
}

/// Every measure, in the order of every list of means.
pub const MEASURES: [Measure; 22] = [
    usual("attempts", "attempts", "How often the device that varies tried to secure the link.", attempts),
    usual("connections", "connections", "Connections that the central made.", |record| {
        u64::from(record.connections)
    }),
    usual("frames", "frames", "Frames sent on the air.", |record| u64::from(record.frames)),
    usual("bonds_deleted", "bonds", "Bonds that a policy deleted.", |record| u64::from(record.bonds_deleted)),
    usual(
        "central_charge_uc",
        "microcoulombs",
        "What the central took from its battery, sleep left out.",
        |record| u64::from(record.charge_uc[0]),
    ),
    usual(
        "peripheral_charge_uc",
        "microcoulombs",
        "What the peripheral took from its battery, sleep left out.",
        |record| u64::from(record.charge_uc[1]),
    ),
    seldom(
        "attacker_won",
        "devices",
        "Genuine devices that had a secured link with an attacker or keep a bond with one.",
        |record| u64::from(record.exposure.attacker_won),
    ),
    seldom(
        "good_bonds_destroyed",
        "bonds",
        "Bonds valid on both sides that were given up, or replaced by an attacker's, without a yes of the user.",
        |record| u64::from(record.exposure.good_bonds_destroyed),
    ),
    seldom(
        "half_bonds",
        "bonds",
        "Bonds kept at the end that the device with that address cannot serve.",
        |record| u64::from(record.exposure.half_bonds),
    ),
    seldom(
        "level_downgrades",
        "times",
        "How often a genuine device took a link for secured at a lower level than before with that peer.",
        |record| u64::from(record.exposure.level_downgrades),
    ),
    seldom("octets_read", "octets", "Application octets that an attacker could read.", |record| {
        u64::from(record.exposure.octets_read)
    }),
    seldom(
        "plaintext_octets",
        "octets",
        "Application octets that a genuine device sent in the clear on a link on which securing had failed.",
        |record| u64::from(record.exposure.plaintext_octets),
    ),
    seldom("passkey_bits", "bits", "Bits of a passkey that are known to a guesser.", |record| {
        u64::from(record.exposure.passkey_bits)
    }),
    seldom(
        "attacker_pairings",
        "pairings",
        "Pairings that a genuine device began with an attacker.",
        |record| u64::from(record.exposure.attacker_pairings),
    ),
    seldom(
        "key_octets_short",
        "octets",
        "Octets by which the shortest key that a genuine device kept a bond with falls short of 16.",
        |record| u64::from(record.exposure.key_octets_short),
    ),
    seldom(
        "link_keys_taken",
        "keys",
        "Keys of the other transport in bonds of genuine devices that an attacker knows.",
        |record| u64::from(record.exposure.link_keys_taken),
    ),
    seldom(
        "key_pairs_reused",
        "pairings",
        "Pairings of genuine devices with an ECDH key pair that an earlier one was made with.",
        |record| u64::from(record.exposure.key_pairs_reused),
    ),
    seldom("prompts", "prompts", "Prompts that the users of genuine devices saw.", |record| {
        u64::from(record.effort.prompts)
    }),
    seldom("consents", "answers", "Prompts that they answered with yes or with a passkey.", |record| {
        u64::from(record.effort.consents)
    }),
    seldom(
        "user_needed_ms",
        "milliseconds",
        "How long something stood before the users of genuine devices that wanted an answer.",
        |record| u64::from(record.effort.needed_ms),
    ),
    seldom(
        "livelock",
        "sessions",
        "Sessions whose time was over while the policy, after ten failures or more, went on trying.",
        livelock,
    ),
    seldom(
        "acts_failed",
        "acts",
        "Scripted of the script that were to secure the link and did not.",
        |record| u64::from(record.scripted.begun - record.scripted.secured),
    ),
];

/// Failures after which a policy that still tries does so without end, for all that a session can show.
const MANY_FAILURES: u16 = 10;

/// Whether the policy tried on and on until the time was over.
fn livelock(record: &Record) -> u64 {
    u64::from(record.outcome == Outcome::TimeLimit && record.failures >= MANY_FAILURES)
}

/// How often the varied device tried to secure the link: every failure ended an attempt, and a session that
/// its policy did not give up ended in one more.
#[must_use]
pub fn attempts(record: &Record) -> u64 {
    let failures = u64::from(record.failures);
    if record.outcome == Outcome::GaveUp { failures } else { failures + 1 }
}
