//! Where Bumble is known to depart from the specification, and by which rule.
//!
//! Invariant: a departure is recognised by the case that brings it out and by its first difference; it excuses
//! nothing else. One that a later Bumble has mended shows as equal.

use super::case::{Case, Says};
use super::differ::{Difference, Field};
use blesim_host::Level;

/// A departure.
#[derive(Clone, Copy)]
pub(crate) struct Departure {
    /// The rule, and what it asks for.
    pub(crate) rule: &'static str,
    /// What Bumble does.
    pub(crate) does: &'static str,
    /// The cases that bring it out, with Bumble on this side.
    brought_out: fn(&Case, usize) -> bool,
    /// The first difference.
    shows: fn(&Difference, usize) -> bool,
}

/// Those that are known, of Bumble 0.0.236.
const DEPARTURES: [Departure; 6] = [
    Departure {
        rule: "Vol 3 Part H 3.4: a Security Manager gives up after 30 s without a PDU",
        does: "has no SMP timer, and waits for ever",
        brought_out: |case, _| case.sides.iter().any(|side| side.says == Says::Nothing),
        shows: |difference, real| {
            difference.side == real
                && difference.field == Field::Failed
                && difference.ours.contains("timeout")
        },
    },
    Departure {
        rule: "Vol 3 Part C 9.4.2: a device that said No Bonding, or was told so, keeps no bond",
        does: "keeps the keys of a pairing without bonding",
        brought_out: |case, _| !case.sides.iter().all(|side| side.bonding),
        shows: |difference, real| difference.side == real && difference.field == Field::Keys,
    },
    Departure {
        rule: "Vol 3 Part H 3.5.5: Numeric Comparison Failed (0x0C) where the user says that the numbers differ",
        does: "sends Confirm Value Failed (0x04)",
        brought_out: |case, real| case.sides[real].says == Says::No,
        shows: |difference, _| {
            difference.field == Field::Refusal
                && difference.real.ends_with("Confirm Value Failed (0x04)")
                && difference.ours.ends_with("Numeric Comparison Failed (0x0C)")
        },
    },
    Departure {
        rule: "Vol 3 Part H 2.3.4: the key is cut to the smaller of the two maximum sizes, and refused with \
               Encryption Key Size (0x06) if that is too small",
        does: "looks at no size, and uses 16 octets",
        brought_out: |case, _| case.sides.iter().any(|side| side.max_key_size < 16),
        shows: |difference, _| {
            matches!(difference.field, Field::Refusal | Field::Paired) && !difference.real.starts_with("sent")
        },
    },
    Departure {
        rule: "Vol 3 Part H 2.4.4.2: the link is encrypted with the LTK that the peripheral has distributed",
        does: "looks up the LTK that it was given, so that an old bond ends in a MIC failure (0x3D)",
        brought_out: |case, real| real == 1 && case.acts.len() > 1 && !case.sides[1].secure_connections,
        shows: |difference, _| difference.act == 1 && difference.ours == NONE && difference.side == 0,
    },
    Departure {
        rule: "Vol 3 Part C 10.2.1, 10.3.1: a service that wants authentication refuses a pairing that gives none \
               (Authentication Requirements, 0x03)",
        does: "has no least level, and takes what it gets",
        brought_out: |case, real| case.sides[real].level >= Level::Three,
        shows: |difference, _| {
            difference.field == Field::Refusal && difference.ours.contains("Authentication Requirements")
        },
    },
];

const NONE: &str = "none";

/// The departure that explains a first difference.
pub(crate) fn known(case: &Case, real: usize, first: &Difference) -> Option<&'static Departure> {
    DEPARTURES.iter().find(|departure| (departure.brought_out)(case, real) && (departure.shows)(first, real))
}
