//! What a sound policy was expected to do before anything was measured.
//!
//! Invariant: it is a yardstick, not an input: no recommendation depends on it. Must never know: results.

use crate::verdict::Verdict;
use Verdict::{
    DeleteBond as B, Directly as D, GiveUp as X, NotRestart as N, Parameters as P, Reconnect as R,
};

/// What was expected for an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expected {
    /// The verdicts, the first of which comes first.
    pub verdicts: &'static [Verdict],
    /// Why.
    pub why: &'static str,
}

const fn row(verdicts: &'static [Verdict], why: &'static str) -> Option<Expected> {
    Some(Expected { verdicts, why })
}

/// What was expected for an error of a procedure, both by the names that policies use.
#[must_use]
pub fn expected(procedure: &str, error: &str) -> Option<Expected> {
    match (procedure, error) {
        ("Encryption", "PinOrKeyMissing") => {
            row(&[R, N, B], "once more on a fresh link, then the user: the answer is not authenticated")
        }
        ("Encryption", "MicFailure") => row(&[R, B], "transient, or if repeated another key"),
        ("Encryption", "ConnectionTimeout" | "LlResponseTimeout") | ("Connection", _) => {
            row(&[R], "radio and link layer say nothing about keys")
        }
        (_, "ConnectionTimeout" | "MicFailure") => row(&[R], "a half bond is possible"),
        (_, "SmpTimeout") => row(&[R], "no Security Manager on this link any more (Vol 3 Part H 3.4)"),
        (_, "PasskeyEntryFailed") => row(&[N], "a person said no"),
        (_, "OobNotAvailable") => row(&[P, X], "data are absent"),
        (_, "AuthenticationRequirements") => row(&[P, X], "a conflict of policies"),
        (_, "ConfirmValueFailed") => row(&[D, N], "a typing mistake once, an attack twice"),
        (_, "PairingNotSupported") => row(&[X], "not pairable, or the peer holds a bond"),
        (_, "EncryptionKeySize") => row(&[P, X], "upwards only"),
        (_, "CommandNotSupported") => row(&[N, P], "versions differ"),
        (_, "UnspecifiedReason") => row(&[R, N], "anything"),
        (_, "RepeatedAttempts") => row(&[R], "after the peer's time"),
        (_, "InvalidParameters") => row(&[N, R], "a bug, or a fuzzer"),
        (_, "DhKeyCheckFailed") => row(&[R, N], "once with a new key pair"),
        (_, "NumericComparisonFailed") => row(&[N], "there may be a man in the middle"),
        (_, "BrEdrPairingInProgress") => row(&[D], "after a delay: it passes"),
        (_, "CrossTransportNotAllowed") => row(&[P], "without the link key"),
        (_, "KeyRejected") => row(&[P, B], "without that key"),
        _ => None,
    }
}
