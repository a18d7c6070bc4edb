//! A failure as the stack shows it to the application: procedure and code, never the true cause.

mod stacks;

pub use stacks::{Side, Stack};

use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;
use core::fmt;

/// What the host was doing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Procedure {
    /// Making a connection.
    Connection,
    /// Encrypting with the key of a bond.
    Encryption,
    /// Pairing without a bond.
    Pairing,
    /// Pairing with a bond.
    Bonding,
}

impl Procedure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Connection, Self::Encryption, Self::Pairing, Self::Bonding];

    /// The name, as policies and reports write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "Connection",
            Self::Encryption => "Encryption",
            Self::Pairing => "Pairing",
            Self::Bonding => "Bonding",
        }
    }
}

/// The code a stack shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shown {
    /// An HCI error: of an encryption change, a disconnection or a command (Vol 1 Part F).
    Hci(ErrorCode),
    /// A reason of Pairing Failed, sent or received (Vol 3 Part H 3.5.5).
    PairingFailed(Reason),
    /// The Security Manager timer ran out (Vol 3 Part H 3.4).
    SmpTimeout,
    /// No connection came about in the time the host allows.
    ConnectTimeout,
}

/// The names by which policies match what is shown. One row adds one.
pub const SHOWN: [(&str, Shown); 27] = [
    ("AuthenticationFailure", Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE)),
    ("PinOrKeyMissing", Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)),
    ("ConnectionTimeout", Shown::Hci(ErrorCode::CONNECTION_TIMEOUT)),
    ("CommandDisallowed", Shown::Hci(ErrorCode::COMMAND_DISALLOWED)),
    ("RemoteUserTerminated", Shown::Hci(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION)),
    ("LocalHostTerminated", Shown::Hci(ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST)),
    ("LlResponseTimeout", Shown::Hci(ErrorCode::LL_RESPONSE_TIMEOUT)),
    ("MicFailure", Shown::Hci(ErrorCode::MIC_FAILURE)),
    ("FailedToBeEstablished", Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED)),
    ("SmpTimeout", Shown::SmpTimeout),
    ("ConnectTimeout", Shown::ConnectTimeout),
    ("PasskeyEntryFailed", Shown::PairingFailed(Reason::PASSKEY_ENTRY_FAILED)),
    ("OobNotAvailable", Shown::PairingFailed(Reason::OOB_NOT_AVAILABLE)),
    ("AuthenticationRequirements", Shown::PairingFailed(Reason::AUTHENTICATION_REQUIREMENTS)),
    ("ConfirmValueFailed", Shown::PairingFailed(Reason::CONFIRM_VALUE_FAILED)),
    ("PairingNotSupported", Shown::PairingFailed(Reason::PAIRING_NOT_SUPPORTED)),
    ("EncryptionKeySize", Shown::PairingFailed(Reason::ENCRYPTION_KEY_SIZE)),
    ("CommandNotSupported", Shown::PairingFailed(Reason::COMMAND_NOT_SUPPORTED)),
    ("UnspecifiedReason", Shown::PairingFailed(Reason::UNSPECIFIED_REASON)),
    ("RepeatedAttempts", Shown::PairingFailed(Reason::REPEATED_ATTEMPTS)),
    ("InvalidParameters", Shown::PairingFailed(Reason::INVALID_PARAMETERS)),
    ("DhKeyCheckFailed", Shown::PairingFailed(Reason::DHKEY_CHECK_FAILED)),
    ("NumericComparisonFailed", Shown::PairingFailed(Reason::NUMERIC_COMPARISON_FAILED)),
    ("BrEdrPairingInProgress", Shown::PairingFailed(Reason::BR_EDR_PAIRING_IN_PROGRESS)),
    ("CrossTransportNotAllowed", Shown::PairingFailed(Reason::CROSS_TRANSPORT_NOT_ALLOWED)),
    ("KeyRejected", Shown::PairingFailed(Reason::KEY_REJECTED)),
    ("Busy", Shown::PairingFailed(Reason::BUSY)),
];

impl Shown {
    /// The code in sixteen bits: 0x00xx an HCI error, 0x01xx a Pairing Failed reason, 0x0200 the Security
    /// Manager timer, 0x0201 the connection time-out.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Hci(ErrorCode(code)) => code as u16,
            Self::PairingFailed(Reason(reason)) => 0x0100 | reason as u16,
            Self::SmpTimeout => 0x0200,
            Self::ConnectTimeout => 0x0201,
        }
    }

    /// The inverse of [`Shown::code`].
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        let [low, high] = code.to_le_bytes();
        match (high, low) {
            (0, code) => Some(Self::Hci(ErrorCode(code))),
            (1, reason) => Some(Self::PairingFailed(Reason(reason))),
            (2, 0) => Some(Self::SmpTimeout),
            (2, 1) => Some(Self::ConnectTimeout),
            _ => None,
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hci(code) => code.fmt(f),
            Self::PairingFailed(reason) => write!(f, "Pairing Failed: {reason}"),
            Self::SmpTimeout => f.write_str("SMP timeout"),
            Self::ConnectTimeout => f.write_str("no connection in time"),
        }
    }
}

/// A procedure that failed and the code that was shown for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Failure {
    /// What was being done.
    pub procedure: Procedure,
    /// What was shown.
    pub shown: Shown,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.procedure.name(), self.shown)
    }
}
