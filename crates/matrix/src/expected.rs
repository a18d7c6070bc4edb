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

/// What was expected for an error of a procedure, both by the names that policies use.
#[must_use]
pub fn expected(procedure: &str, error: &str) -> Option<Expected> {
    let (verdicts, why): (&[_], _) = match (procedure, error) {
        ("Encryption", "PinOrKeyMissing") => {
            (&[R, N, B], "once more on a fresh link, then the user: the answer is not authenticated")
        }
        ("Encryption", "MicFailure") => (&[R, B], "transient, or if repeated another key"),
        ("Encryption", "ConnectionTimeout" | "LlResponseTimeout") | ("Connection", _) => {
            (&[R], "radio and link layer say nothing about keys")
        }
        (_, "ConnectionTimeout" | "MicFailure") => (&[R], "a half bond is possible"),
        (_, "SmpTimeout") => (&[R], "no Security Manager on this link any more (Vol 3 Part H 3.4)"),
        (_, "PasskeyEntryFailed") => (&[N], "a person said no"),
        (_, "OobNotAvailable") => (&[P, X], "data are absent"),
        (_, "AuthenticationRequirements") => (&[P, X], "a conflict of policies"),
        (_, "ConfirmValueFailed") => (&[D, N], "a typing mistake once, an attack twice"),
        (_, "PairingNotSupported") => (&[X], "not pairable, or the peer holds a bond"),
        (_, "EncryptionKeySize") => (&[P, X], "upwards only"),
        (_, "CommandNotSupported") => (&[N, P], "versions differ"),
        (_, "UnspecifiedReason") => (&[R, N], "anything"),
        (_, "RepeatedAttempts") => (&[R], "after the peer's time"),
        (_, "InvalidParameters") => (&[N, R], "a bug, or a fuzzer"),
        (_, "DhKeyCheckFailed") => (&[R, N], "once with a new key pair"),
        (_, "NumericComparisonFailed") => (&[N], "there may be a man in the middle"),
        (_, "BrEdrPairingInProgress") => (&[D], "after a delay: it passes"),
        (_, "CrossTransportNotAllowed") => (&[P], "without the link key"),
        (_, "KeyRejected") => (&[P, B], "without that key"),
        _ => return None,
    };
    Some(Expected { verdicts, why })
}
