//! What the matrix recommends, as data: for whoever needs an answer at once.
//!
//! Invariant: this is what [`crate::matrix`] gives for seeds 0 to 99 of every cause, which a test holds it to.
//! Must never know: a rule of its own.

use crate::row::Row;
use crate::verdict::{Recommended, Verdict};

/// A row of the matrix without its numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Advised {
    /// What failed.
    pub procedure: &'static str,
    /// What was shown, by the name that policies use.
    pub error: &'static str,
    /// What is recommended.
    pub recommended: Recommended,
    /// Why.
    pub reason: &'static str,
    /// What it costs in security, and in trouble.
    pub costs: &'static str,
}

/// What the recommended verdict of a row costs, in words.
#[must_use]
pub fn costs(row: &Row) -> String {
    let tried = row.tried.iter().find(|tried| tried.verdict == row.recommended.first);
    let Some(tried) = tried else { return String::new() };
    let (exposure, cost) = (&tried.exposure, &tried.cost);
    let won = match exposure.attacker_won.of {
        0 => "no attacker was tried".to_owned(),
        of => format!("an attacker won {} of {of} sessions with one", exposure.attacker_won.count),
    };
    let bits = match exposure.passkey_bits {
        0 => String::new(),
        bits => format!(", up to {bits} bits of a passkey known"),
    };
    format!(
        "{won}, {} good bonds destroyed{bits}; {:.1} prompts and {:.1} connections a session",
        exposure.good_bonds_destroyed, cost.prompts, cost.connections
    )
}

const fn row(
    (procedure, error): (&'static str, &'static str),
    (first, then_delete): (Verdict, bool),
    reason: &'static str,
    costs: &'static str,
) -> Advised {
    Advised { procedure, error, recommended: Recommended { first, then_delete }, reason, costs }
}

/// Every row.
pub const ADVISED: &[Advised] = &[
    row(
        ("Encryption", "PinOrKeyMissing"),
        (Verdict::Reconnect, true),
        "R recovers 13.8 % of the sessions; then B, which alone recovers enc-key-missing-lost (94.0 %); D is left out: harm in 99 of 99 sessions of enc-key-missing-impostor, 0 without a restart; with consent B lets an attacker win 56 of 99 of enc-key-missing-impostor",
        "an attacker won 0 of 99 sessions with one, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Encryption", "MicFailure"),
        (Verdict::Directly, false),
        "D recovers 51.2 % of the sessions, R as many later",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Encryption", "ConnectionTimeout"),
        (Verdict::Directly, true),
        "D recovers 35.9 % of the sessions, R as many without being easier; then B, which alone recovers enc-timeout-other-bond (94.0 %) and enc-timeout-other-legacy-bond (94.0 %)",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Encryption", "LlResponseTimeout"),
        (Verdict::Directly, false),
        "D recovers 100.0 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Connection", "FailedToBeEstablished"),
        (Verdict::Directly, false),
        "D recovers 38.7 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Connection", "ConnectTimeout"),
        (Verdict::Directly, false),
        "D recovers 100.0 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "ConnectionTimeout"),
        (Verdict::Directly, false),
        "D recovers 98.4 % of the sessions, R as many later",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Bonding", "MicFailure"),
        (Verdict::Directly, false),
        "D recovers 93.3 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Bonding", "SmpTimeout"),
        (Verdict::Reconnect, false),
        "R recovers 51.7 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.6 prompts and 2.0 connections a session",
    ),
    row(
        ("Bonding", "PasskeyEntryFailed"),
        (Verdict::Directly, false),
        "D recovers 41.9 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 4.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "OobNotAvailable"),
        (Verdict::Parameters, false),
        "P recovers 50.5 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "AuthenticationRequirements"),
        (Verdict::Parameters, false),
        "P recovers 33.3 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.7 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "ConfirmValueFailed"),
        (Verdict::Directly, false),
        "D recovers 83.3 % of the sessions, R as many later; P is left out: harm in 25 of 50 sessions of bonding-0x04-listener, 0 without a restart",
        "an attacker won 0 of 248 sessions with one, 0 good bonds destroyed, up to 8 bits of a passkey known; 1.3 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "PairingNotSupported"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "EncryptionKeySize"),
        (Verdict::Parameters, false),
        "P recovers 50.0 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "CommandNotSupported"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "UnspecifiedReason"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "RepeatedAttempts"),
        (Verdict::Reconnect, false),
        "R recovers 100.0 % of the sessions",
        "an attacker won 0 of 100 sessions with one, 0 good bonds destroyed, up to 8 bits of a passkey known; 3.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Bonding", "InvalidParameters"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "DhKeyCheckFailed"),
        (Verdict::Directly, false),
        "D recovers 50.0 % of the sessions, R as many later; P is left out: harm in 100 of 100 sessions of bonding-0x0b-listener, 0 without a restart",
        "an attacker won 0 of 100 sessions with one, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "NumericComparisonFailed"),
        (Verdict::NotRestart, false),
        "nothing that leaves the bond alone recovers without harm; D is left out: harm in 42 of 68 sessions of bonding-0x0c-middle, 9 without a restart; R is left out: harm in 43 of 68 sessions of bonding-0x0c-middle, 9 without a restart",
        "an attacker won 8 of 68 sessions with one, 0 good bonds destroyed; 2.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "BrEdrPairingInProgress"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "CrossTransportNotAllowed"),
        (Verdict::Parameters, false),
        "P recovers 100.0 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Bonding", "KeyRejected"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "ConnectionTimeout"),
        (Verdict::Directly, false),
        "D recovers 98.4 % of the sessions, R as many later",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Pairing", "MicFailure"),
        (Verdict::Directly, false),
        "D recovers 93.3 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Pairing", "SmpTimeout"),
        (Verdict::Reconnect, false),
        "R recovers 90.3 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 1.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Pairing", "PasskeyEntryFailed"),
        (Verdict::Directly, false),
        "D recovers 41.9 % of the sessions, R as many without being easier",
        "no attacker was tried, 0 good bonds destroyed; 4.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "OobNotAvailable"),
        (Verdict::Parameters, false),
        "P recovers 50.5 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "AuthenticationRequirements"),
        (Verdict::Parameters, false),
        "P recovers 33.3 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.7 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "ConfirmValueFailed"),
        (Verdict::Directly, false),
        "D recovers 83.3 % of the sessions, R as many later; P is left out: harm in 25 of 50 sessions of pairing-0x04-listener, 0 without a restart",
        "an attacker won 0 of 248 sessions with one, 0 good bonds destroyed, up to 8 bits of a passkey known; 1.3 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "PairingNotSupported"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "EncryptionKeySize"),
        (Verdict::Parameters, false),
        "P recovers 50.0 % of the sessions",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "CommandNotSupported"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "UnspecifiedReason"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "RepeatedAttempts"),
        (Verdict::Reconnect, false),
        "R recovers 100.0 % of the sessions",
        "an attacker won 0 of 100 sessions with one, 0 good bonds destroyed, up to 8 bits of a passkey known; 3.0 prompts and 2.0 connections a session",
    ),
    row(
        ("Pairing", "InvalidParameters"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "DhKeyCheckFailed"),
        (Verdict::Directly, false),
        "D recovers 50.0 % of the sessions, R as many later; P is left out: harm in 100 of 100 sessions of pairing-0x0b-listener, 0 without a restart",
        "an attacker won 0 of 100 sessions with one, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "NumericComparisonFailed"),
        (Verdict::NotRestart, false),
        "nothing that leaves the bond alone recovers without harm; D is left out: harm in 42 of 68 sessions of pairing-0x0c-middle, 9 without a restart; R is left out: harm in 43 of 68 sessions of pairing-0x0c-middle, 9 without a restart",
        "an attacker won 8 of 68 sessions with one, 0 good bonds destroyed; 2.0 prompts and 1.0 connections a session",
    ),
    row(
        ("Pairing", "BrEdrPairingInProgress"),
        (Verdict::GiveUp, false),
        "no verdict recovers any of the causes",
        "no attacker was tried, 0 good bonds destroyed; 0.0 prompts and 1.0 connections a session",
    ),
];

/// What is recommended after an error of a procedure, both by the names that policies use.
#[must_use]
pub fn advised(procedure: &str, error: &str) -> Option<&'static Advised> {
    ADVISED.iter().find(|row| (row.procedure, row.error) == (procedure, error))
}
