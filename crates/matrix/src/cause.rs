//! The natural causes of errors, each a scenario of its own, and the errors for which there is none.
//!
//! Invariant: the first failure of the central is the error of the row in some sessions of every cause;
//! only those are judged. Must never know: verdicts' results.

use crate::verdict::Verdict;
use blesim_host::{Failure, Procedure, SHOWN};
use blesim_scenario::policy::PolicySource;
use blesim_scenario::{Problems, Scenario, Source, parse};
use std::sync::Arc;

/// A cause of an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// The scenario's name; its file is `scenarios/matrix/NAME.ron`.
    pub name: &'static str,
    /// What fails.
    pub procedure: Procedure,
    /// What is shown, by the name that policies use.
    pub error: &'static str,
    /// The scenario's text.
    pub text: &'static str,
}

macro_rules! cause {
    ($name:literal, $procedure:ident, $error:literal) => {
        Cause {
            name: $name,
            procedure: Procedure::$procedure,
            error: $error,
            text: include_str!(concat!("../../../scenarios/matrix/", $name, ".ron")),
        }
    };
}

/// Every cause, those of an error one after the other.
pub const CAUSES: [Cause; 76] = [
    cause!("enc-key-missing-impostor", Encryption, "PinOrKeyMissing"),
    cause!("enc-key-missing-lost", Encryption, "PinOrKeyMissing"),
    cause!("enc-key-missing-unresolved", Encryption, "PinOrKeyMissing"),
    cause!("enc-mic-update", Encryption, "MicFailure"),
    cause!("enc-timeout-bursts", Encryption, "ConnectionTimeout"),
    cause!("enc-timeout-other-bond", Encryption, "ConnectionTimeout"),
    cause!("enc-timeout-other-legacy-bond", Encryption, "ConnectionTimeout"),
    cause!("enc-timeout-power", Encryption, "ConnectionTimeout"),
    cause!("enc-response-timeout", Encryption, "LlResponseTimeout"),
    cause!("connection-not-established", Connection, "FailedToBeEstablished"),
    cause!("connection-timeout-away", Connection, "ConnectTimeout"),
    cause!("bonding-timeout-bursts", Bonding, "ConnectionTimeout"),
    cause!("bonding-timeout-power", Bonding, "ConnectionTimeout"),
    cause!("bonding-mic-corrupt", Bonding, "MicFailure"),
    cause!("bonding-mic-update", Bonding, "MicFailure"),
    cause!("bonding-smp-timeout-ignores", Bonding, "SmpTimeout"),
    cause!("bonding-smp-timeout-silent", Bonding, "SmpTimeout"),
    cause!("bonding-smp-timeout-user", Bonding, "SmpTimeout"),
    cause!("bonding-0x01-cancel", Bonding, "PasskeyEntryFailed"),
    cause!("bonding-0x02-data-lost", Bonding, "OobNotAvailable"),
    cause!("bonding-0x02-phone-data-lost", Bonding, "OobNotAvailable"),
    cause!("bonding-0x03-io-hidden", Bonding, "AuthenticationRequirements"),
    cause!("bonding-0x03-level-too-low", Bonding, "AuthenticationRequirements"),
    cause!("bonding-0x03-no-io", Bonding, "AuthenticationRequirements"),
    cause!("bonding-0x04-corrupt", Bonding, "ConfirmValueFailed"),
    cause!("bonding-0x04-guesser", Bonding, "ConfirmValueFailed"),
    cause!("bonding-0x04-listener", Bonding, "ConfirmValueFailed"),
    cause!("bonding-0x04-spoiler", Bonding, "ConfirmValueFailed"),
    cause!("bonding-0x04-typo", Bonding, "ConfirmValueFailed"),
    cause!("bonding-0x05-bonded", Bonding, "PairingNotSupported"),
    cause!("bonding-0x05-not-pairable", Bonding, "PairingNotSupported"),
    cause!("bonding-0x06-lock-short", Bonding, "EncryptionKeySize"),
    cause!("bonding-0x06-phone-short", Bonding, "EncryptionKeySize"),
    cause!("bonding-0x07-pairs-as-peripheral", Bonding, "CommandNotSupported"),
    cause!("bonding-0x08-table-full", Bonding, "UnspecifiedReason"),
    cause!("bonding-0x08-twice", Bonding, "UnspecifiedReason"),
    cause!("bonding-0x09-waits", Bonding, "RepeatedAttempts"),
    cause!("bonding-0x0a-short", Bonding, "InvalidParameters"),
    cause!("bonding-0x0b-corrupt", Bonding, "DhKeyCheckFailed"),
    cause!("bonding-0x0b-listener", Bonding, "DhKeyCheckFailed"),
    cause!("bonding-0x0b-wrong", Bonding, "DhKeyCheckFailed"),
    cause!("bonding-0x0c-middle", Bonding, "NumericComparisonFailed"),
    cause!("bonding-0x0c-misjudged", Bonding, "NumericComparisonFailed"),
    cause!("bonding-0x0d-br-edr", Bonding, "BrEdrPairingInProgress"),
    cause!("bonding-0x0e-guarded", Bonding, "CrossTransportNotAllowed"),
    cause!("bonding-0x0f-zeros", Bonding, "KeyRejected"),
    cause!("pairing-timeout-bursts", Pairing, "ConnectionTimeout"),
    cause!("pairing-timeout-power", Pairing, "ConnectionTimeout"),
    cause!("pairing-mic-corrupt", Pairing, "MicFailure"),
    cause!("pairing-mic-update", Pairing, "MicFailure"),
    cause!("pairing-smp-timeout-silent", Pairing, "SmpTimeout"),
    cause!("pairing-smp-timeout-user", Pairing, "SmpTimeout"),
    cause!("pairing-0x01-cancel", Pairing, "PasskeyEntryFailed"),
    cause!("pairing-0x02-data-lost", Pairing, "OobNotAvailable"),
    cause!("pairing-0x02-phone-data-lost", Pairing, "OobNotAvailable"),
    cause!("pairing-0x03-io-hidden", Pairing, "AuthenticationRequirements"),
    cause!("pairing-0x03-level-too-low", Pairing, "AuthenticationRequirements"),
    cause!("pairing-0x03-no-io", Pairing, "AuthenticationRequirements"),
    cause!("pairing-0x04-corrupt", Pairing, "ConfirmValueFailed"),
    cause!("pairing-0x04-guesser", Pairing, "ConfirmValueFailed"),
    cause!("pairing-0x04-listener", Pairing, "ConfirmValueFailed"),
    cause!("pairing-0x04-spoiler", Pairing, "ConfirmValueFailed"),
    cause!("pairing-0x04-typo", Pairing, "ConfirmValueFailed"),
    cause!("pairing-0x05-not-pairable", Pairing, "PairingNotSupported"),
    cause!("pairing-0x06-lock-short", Pairing, "EncryptionKeySize"),
    cause!("pairing-0x06-phone-short", Pairing, "EncryptionKeySize"),
    cause!("pairing-0x07-pairs-as-peripheral", Pairing, "CommandNotSupported"),
    cause!("pairing-0x08-twice", Pairing, "UnspecifiedReason"),
    cause!("pairing-0x09-waits", Pairing, "RepeatedAttempts"),
    cause!("pairing-0x0a-short", Pairing, "InvalidParameters"),
    cause!("pairing-0x0b-corrupt", Pairing, "DhKeyCheckFailed"),
    cause!("pairing-0x0b-listener", Pairing, "DhKeyCheckFailed"),
    cause!("pairing-0x0b-wrong", Pairing, "DhKeyCheckFailed"),
    cause!("pairing-0x0c-middle", Pairing, "NumericComparisonFailed"),
    cause!("pairing-0x0c-misjudged", Pairing, "NumericComparisonFailed"),
    cause!("pairing-0x0d-br-edr", Pairing, "BrEdrPairingInProgress"),
];

impl Cause {
    /// The failure that the central's stack shows.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        let (_, shown) = SHOWN.into_iter().find(|(name, _)| *name == self.error)?;
        Some(Failure { procedure: self.procedure, shown })
    }

    /// The file, from the folder of the project.
    #[must_use]
    pub fn path(&self) -> String {
        format!("scenarios/matrix/{}.ron", self.name)
    }

    /// The scenario.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn scenario(&self) -> Result<Scenario, Problems> {
        parse(&self.path(), self.text, &Verdicts)
    }
}

/// Finds the policies of the verdicts, and those that are built in.
struct Verdicts;

impl PolicySource for Verdicts {
    fn find(&self, name: &str) -> Result<Option<Arc<Source>>, Problems> {
        match Verdict::ALL.into_iter().find(|verdict| verdict.policy() == name) {
            Some(verdict) => {
                Source::new(&format!("scenarios/matrix/policies/{name}.ron"), verdict.text()).map(Some)
            }
            None => blesim_scenario::policy::BuiltIn.find(name),
        }
    }

    fn names(&self) -> Vec<String> {
        Verdict::ALL.into_iter().map(|verdict| verdict.policy().to_owned()).collect()
    }
}

/// An error that no cause here produces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unproduced {
    /// What would fail.
    pub procedure: &'static str,
    /// What would be shown.
    pub error: &'static str,
    /// Why it is not.
    pub why: &'static str,
}

const fn unproduced(procedure: &'static str, error: &'static str, why: &'static str) -> Unproduced {
    Unproduced { procedure, error, why }
}

/// The errors of procedures for which there is no cause.
pub const UNPRODUCED: [Unproduced; 8] = [
    unproduced(
        "Encryption",
        "PinOrKeyMissing, peripheral",
        "the matrix varies the central's policy; see compare",
    ),
    unproduced("Encryption", "AuthenticationFailure", "a host with too weak a bond pairs anew by itself"),
    unproduced("Encryption", "no key stored", "a host without a key pairs: nothing fails"),
    unproduced(
        "Encryption",
        "RemoteUserTerminated",
        "a peripheral without a key answers before its policy leaves",
    ),
    unproduced("Pairing", "CrossTransportNotAllowed, KeyRejected", "without bonding no keys are distributed"),
    unproduced("Bonding", "Busy", "reason 0x10 is sent by no host here"),
    unproduced(
        "Bonding",
        "AuthenticationFailure",
        "a pairing that gives too little is refused with 0x03 before",
    ),
    unproduced(
        "any",
        "CommandDisallowed",
        "hosts here wait for their controllers; no command meets a busy one",
    ),
];
