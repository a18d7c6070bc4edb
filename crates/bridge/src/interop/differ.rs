//! In what two outcomes of one case differ.
//!
//! Invariant: keys are drawn anew on either side, so they are compared by what is kept and by whether both sides
//! keep the same, never by value between two runs.

use super::stage::{Kept, Outcome, Shown};
use super::watch::{Said, Seen};
use blesim_packet::smp::Reason;

/// What is compared of a side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    /// Pairing Failed: who sent it, and why.
    Refusal,
    /// The association model.
    Model,
    /// Whether the stack says that it has paired.
    Paired,
    /// What the stack says has failed.
    Failed,
    /// What the controller said of encryption last.
    Encryption,
    /// Whether the link is encrypted in the end.
    Encrypted,
    /// Why the link has ended.
    Gone,
    /// The level of security.
    Level,
    /// The keys that are kept.
    Keys,
    /// Whether both sides keep the same keys.
    SameKeys,
}

impl Field {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Refusal => "Pairing Failed",
            Self::Model => "association model",
            Self::Paired => "paired",
            Self::Failed => "failure",
            Self::Encryption => "encryption",
            Self::Encrypted => "encrypted in the end",
            Self::Gone => "end of the link",
            Self::Level => "security level",
            Self::Keys => "keys",
            Self::SameKeys => "same keys on both sides",
        }
    }
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Difference {
    /// Which securing, from 0.
    pub(crate) act: usize,
    /// Of which side: 0 the central, 1 the peripheral.
    pub(crate) side: usize,
    pub(crate) field: Field,
    /// With a real host.
    pub(crate) real: String,
    /// With ours alone.
    pub(crate) ours: String,
}

/// All differences, in the order of acts, sides and fields.
pub(crate) fn differences(real: &Outcome, ours: &Outcome) -> Vec<Difference> {
    let mut found = Vec::new();
    for (act, (real, ours)) in real.0.iter().zip(&ours.0).enumerate() {
        for side in 0..2 {
            let refuses = real[side].seen.refusal == ours[side].seen.refusal
                && matches!(real[side].seen.refusal, Some((Said::This, _)));
            for ((field, real), (_, ours)) in fields(&real[side]).into_iter().zip(fields(&ours[side])) {
                let either = real == NONE || ours == NONE;
                // A stack tells of no model where nothing came of it, and need not tell of what it has refused.
                let untold = either && (field == Field::Model || field == Field::Failed && refuses);
                if real != ours && !untold {
                    found.push(Difference { act, side, field, real, ours });
                }
            }
        }
        let (real, ours) = (same_keys(real).to_owned(), same_keys(ours).to_owned());
        if real != ours {
            found.push(Difference { act, side: 0, field: Field::SameKeys, real, ours });
        }
    }
    found
}

const NONE: &str = "none";

fn fields(shown: &Shown) -> [(Field, String); 9] {
    let none = || NONE.to_owned();
    let Seen { refusal, encryption, gone, model, failed, paired, level } = &shown.seen;
    [
        (Field::Refusal, refusal.map_or_else(none, refused)),
        (Field::Model, model.as_deref().map_or_else(none, plain)),
        (Field::Paired, paired.to_string()),
        (Field::Failed, failed.clone().unwrap_or_else(none)),
        (Field::Encryption, encryption.clone().unwrap_or_else(none)),
        (Field::Encrypted, shown.encrypted.to_string()),
        (Field::Gone, gone.map_or_else(none, |reason| reason.to_string())),
        (Field::Level, level.map_or_else(none, |level| (level as u8).to_string())),
        (Field::Keys, shown.kept.as_ref().map_or_else(none, keys)),
    ]
}

fn refused((said, reason): (Said, u8)) -> String {
    let who = match said {
        Said::This => "sent",
        Said::Peer => "received",
    };
    format!("{who} {}", Reason(reason))
}

/// One name for a model, however it is spelled.
fn plain(model: &str) -> String {
    let letters = model.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase());
    let letters: String = letters.collect();
    let known = [
        ("justworks", "Just Works"),
        ("numericcomparison", "Numeric Comparison"),
        ("passkey", "Passkey Entry"),
    ];
    let found = known.iter().find(|(start, _)| letters.starts_with(start));
    found.map_or_else(|| model.to_owned(), |(_, name)| (*name).to_owned())
}

fn keys(kept: &Kept) -> String {
    let mut words = vec![format!("LTK of {} octets", kept.size)];
    words.push(if kept.secure_connections { "SC" } else { "legacy" }.to_owned());
    words.push(if kept.authenticated { "authenticated" } else { "unauthenticated" }.to_owned());
    words.extend(kept.irk.map(|_| "IRK".to_owned()));
    words.extend(kept.csrk.map(|_| "CSRK".to_owned()));
    words.join(", ")
}

/// Whether both keep the same LTK, where both keep one.
fn same_keys(sides: &[Shown; 2]) -> &'static str {
    match (&sides[0].kept, &sides[1].kept) {
        (Some(one), Some(other)) => {
            if one.ltk == other.ltk {
                "the same"
            } else {
                "different"
            }
        }
        _ => NONE,
    }
}
