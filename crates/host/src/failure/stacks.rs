//! What the same failure is called by the stacks that engineers read logs of.
//!
//! Invariant: one row a reason of Pairing Failed, one function a stack; a stack that has no name of its own for
//! a code shows the number it passes on. Nothing in the simulation depends on these words.

use super::{Failure, Procedure, Shown};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;

/// A stack whose words are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stack {
    /// Nordic nRF5 SDK 17, Peer Manager: `PM_EVT_CONN_SEC_FAILED` with procedure and error
    /// (peer_manager_types.h, ble_gap.h).
    NordicPeerManager,
    /// Zephyr: the `err` of `security_changed` and `pairing_failed` (smp.c, conn.h).
    Zephyr,
    /// Apache NimBLE: the status of `BLE_GAP_EVENT_ENC_CHANGE` (ble_hs.h, ble_sm.h).
    NimBle,
    /// BlueZ: the error of `Pair()` on D-Bus, and the status of the kernel's management interface (device.c,
    /// smp.c).
    BlueZ,
    /// Android 15: the native status and the reason that applications get with `ACTION_BOND_STATE_CHANGED`
    /// (smp_api_types.h, btif_dm.cc, BondStateMachine.java).
    Android,
}

/// Which side found the fault: some stacks tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// This device.
    Local,
    /// The peer, which said so.
    Remote,
}

/// Reason, and its names in the nRF5 SDK (after `BLE_GAP_SEC_STATUS_`), Zephyr (after `BT_SECURITY_ERR_`),
/// NimBLE (after `BLE_SM_ERR_`) and Android (after `SMP_`); an empty one is none.
const REASONS: [(Reason, &str, &str, &str, &str); 15] = [
    (Reason::PASSKEY_ENTRY_FAILED, "PASSKEY_ENTRY_FAILED", "AUTH_FAIL", "PASSKEY", "PASSKEY_ENTRY_FAIL"),
    (Reason::OOB_NOT_AVAILABLE, "OOB_NOT_AVAILABLE", "OOB_NOT_AVAILABLE", "OOB", "OOB_FAIL"),
    (Reason::AUTHENTICATION_REQUIREMENTS, "AUTH_REQ", "AUTH_REQUIREMENT", "AUTHREQ", "PAIR_AUTH_FAIL"),
    (Reason::CONFIRM_VALUE_FAILED, "CONFIRM_VALUE", "AUTH_FAIL", "CONFIRM_MISMATCH", "CONFIRM_VALUE_ERR"),
    (
        Reason::PAIRING_NOT_SUPPORTED,
        "PAIRING_NOT_SUPP",
        "PAIR_NOT_SUPPORTED",
        "PAIR_NOT_SUPP",
        "PAIR_NOT_SUPPORT",
    ),
    (Reason::ENCRYPTION_KEY_SIZE, "ENC_KEY_SIZE", "AUTH_REQUIREMENT", "ENC_KEY_SZ", "ENC_KEY_SIZE"),
    (
        Reason::COMMAND_NOT_SUPPORTED,
        "SMP_CMD_UNSUPPORTED",
        "PAIR_NOT_SUPPORTED",
        "CMD_NOT_SUPP",
        "INVALID_CMD",
    ),
    (Reason::UNSPECIFIED_REASON, "UNSPECIFIED", "UNSPECIFIED", "UNSPECIFIED", "PAIR_FAIL_UNKNOWN"),
    (Reason::REPEATED_ATTEMPTS, "REPEATED_ATTEMPTS", "PAIR_NOT_ALLOWED", "REPEATED", "REPEATED_ATTEMPTS"),
    (Reason::INVALID_PARAMETERS, "INVALID_PARAMS", "INVALID_PARAM", "INVAL", "INVALID_PARAMETERS"),
    (Reason::DHKEY_CHECK_FAILED, "DHKEY_FAILURE", "AUTH_FAIL", "DHKEY", "DHKEY_CHK_FAIL"),
    (Reason::NUMERIC_COMPARISON_FAILED, "NUM_COMP_FAILURE", "AUTH_FAIL", "NUMCMP", "NUMERIC_COMPAR_FAIL"),
    (
        Reason::BR_EDR_PAIRING_IN_PROGRESS,
        "BR_EDR_IN_PROG",
        "PAIR_NOT_ALLOWED",
        "ALREADY",
        "BR_PARING_IN_PROGR",
    ),
    (
        Reason::CROSS_TRANSPORT_NOT_ALLOWED,
        "X_TRANS_KEY_DISALLOWED",
        "PAIR_NOT_ALLOWED",
        "CROSS_TRANS",
        "XTRANS_DERIVE_NOT_ALLOW",
    ),
    (Reason::KEY_REJECTED, "", "KEY_REJECTED", "", ""),
];

impl Stack {
    /// All of them, with the names they go by.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::NordicPeerManager, "nRF5 SDK"),
        (Self::Zephyr, "Zephyr"),
        (Self::NimBle, "NimBLE"),
        (Self::BlueZ, "BlueZ"),
        (Self::Android, "Android"),
    ];

    /// What this stack shows its application for a failure that `side` found.
    #[must_use]
    pub fn words(self, failure: Failure, side: Side) -> String {
        match self {
            Self::NordicPeerManager => nordic(failure),
            Self::Zephyr => zephyr(failure.shown).to_owned(),
            Self::NimBle => nimble(failure.shown, side),
            Self::BlueZ => bluez(failure),
            Self::Android => android(failure),
        }
    }
}

fn row(reason: Reason) -> Option<&'static (Reason, &'static str, &'static str, &'static str, &'static str)> {
    REASONS.iter().find(|row| row.0 == reason)
}

fn nordic(Failure { procedure, shown }: Failure) -> String {
    let procedure = match procedure {
        Procedure::Connection => {
            return "no event: BLE_GAP_EVT_DISCONNECTED or BLE_GAP_EVT_TIMEOUT".to_owned();
        }
        Procedure::Encryption => "ENCRYPTION",
        Procedure::Pairing => "PAIRING",
        Procedure::Bonding => "BONDING",
    };
    let error = match shown {
        // A reason is the security status with bit 7 set; the last ones have no name.
        Shown::PairingFailed(reason) => match row(reason) {
            Some((Reason(code), name, ..)) if !name.is_empty() => {
                format!("BLE_GAP_SEC_STATUS_{name} (0x{:02X})", 0x80 | code)
            }
            _ => format!("0x{:02X} (in BLE_GAP_SEC_STATUS_RFU_RANGE2)", 0x80 | reason.0),
        },
        Shown::SmpTimeout => "BLE_GAP_SEC_STATUS_TIMEOUT (0x01)".to_owned(),
        Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING) => {
            "PM_CONN_SEC_ERROR_PIN_OR_KEY_MISSING (0x1006)".to_owned()
        }
        Shown::Hci(ErrorCode::MIC_FAILURE) => "PM_CONN_SEC_ERROR_MIC_FAILURE (0x103D)".to_owned(),
        Shown::Hci(_) | Shown::ConnectTimeout => "PM_CONN_SEC_ERROR_DISCONNECT (0x1100)".to_owned(),
    };
    format!("PM_CONN_SEC_PROCEDURE_{procedure}, {error}")
}

fn zephyr(shown: Shown) -> &'static str {
    match shown {
        Shown::PairingFailed(reason) => match row(reason) {
            Some((_, _, "AUTH_FAIL", ..)) => "BT_SECURITY_ERR_AUTH_FAIL",
            Some((_, _, "OOB_NOT_AVAILABLE", ..)) => "BT_SECURITY_ERR_OOB_NOT_AVAILABLE",
            Some((_, _, "AUTH_REQUIREMENT", ..)) => "BT_SECURITY_ERR_AUTH_REQUIREMENT",
            Some((_, _, "PAIR_NOT_SUPPORTED", ..)) => "BT_SECURITY_ERR_PAIR_NOT_SUPPORTED",
            Some((_, _, "PAIR_NOT_ALLOWED", ..)) => "BT_SECURITY_ERR_PAIR_NOT_ALLOWED",
            Some((_, _, "INVALID_PARAM", ..)) => "BT_SECURITY_ERR_INVALID_PARAM",
            Some((_, _, "KEY_REJECTED", ..)) => "BT_SECURITY_ERR_KEY_REJECTED",
            Some(_) | None => "BT_SECURITY_ERR_UNSPECIFIED",
        },
        Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING) => "BT_SECURITY_ERR_PIN_OR_KEY_MISSING",
        Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE) => "BT_SECURITY_ERR_AUTH_FAIL",
        Shown::ConnectTimeout => "connected(err = BT_HCI_ERR_UNKNOWN_CONN_ID)",
        Shown::SmpTimeout | Shown::Hci(_) => "BT_SECURITY_ERR_UNSPECIFIED",
    }
}

fn nimble(shown: Shown, side: Side) -> String {
    match shown {
        Shown::PairingFailed(reason) => {
            let base: u16 = if side == Side::Local { 0x400 } else { 0x500 };
            let code = base | u16::from(reason.0);
            match row(reason) {
                Some((.., name, _)) if !name.is_empty() => format!("0x{code:03X} (BLE_SM_ERR_{name})"),
                _ => format!("0x{code:03X}"),
            }
        }
        Shown::Hci(ErrorCode(code)) => format!("0x{:03X} (HCI 0x{code:02X})", 0x200 | u16::from(code)),
        Shown::SmpTimeout | Shown::ConnectTimeout => "13 (BLE_HS_ETIMEOUT)".to_owned(),
    }
}

fn bluez(Failure { procedure, shown }: Failure) -> String {
    match (procedure, shown) {
        // The kernel turns every reason into one status.
        (_, Shown::PairingFailed(_)) => "org.bluez.Error.AuthenticationFailed (mgmt 0x05)".to_owned(),
        // It ends the link with Authentication Failure, and that is what is seen.
        (_, Shown::SmpTimeout) => "org.bluez.Error.AuthenticationCanceled (mgmt 0x0E, link ended)".to_owned(),
        (Procedure::Connection, _) | (_, Shown::ConnectTimeout) => {
            "org.bluez.Error.ConnectionAttemptFailed (mgmt 0x04)".to_owned()
        }
        // Encryption that fails makes the kernel end the link.
        (Procedure::Encryption, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)) => {
            format!("disconnected, {}", ErrorCode::AUTHENTICATION_FAILURE)
        }
        (Procedure::Encryption, Shown::Hci(code)) => format!("disconnected, {code}"),
        (_, Shown::Hci(_)) => "org.bluez.Error.AuthenticationCanceled (mgmt 0x0E, link lost)".to_owned(),
    }
}

/// What the native status of a pairing is counted from: SMP codes come after those of HCI.
const ANDROID_BASE: u8 = 80;
/// Time-out of the Security Manager, and a lost link, as Android counts them behind the reasons.
const ANDROID_TIMEOUT: u8 = 22;

fn android(Failure { procedure, shown }: Failure) -> String {
    let app = match shown {
        Shown::PairingFailed(Reason::PAIRING_NOT_SUPPORTED) => "UNBOND_REASON_AUTH_REJECTED",
        Shown::PairingFailed(
            Reason::AUTHENTICATION_REQUIREMENTS | Reason::CONFIRM_VALUE_FAILED | Reason::UNSPECIFIED_REASON,
        ) => "UNBOND_REASON_AUTH_FAILED",
        Shown::PairingFailed(_) | Shown::SmpTimeout | Shown::Hci(_) | Shown::ConnectTimeout => {
            "UNBOND_REASON_REMOVED"
        }
    };
    match (procedure, shown) {
        (_, Shown::PairingFailed(reason)) => {
            let native = ANDROID_BASE.saturating_add(reason.0);
            match row(reason) {
                Some((.., name)) if !name.is_empty() => format!("{native} (SMP_{name}), {app}"),
                _ => format!("{native}, {app}"),
            }
        }
        (_, Shown::SmpTimeout) => format!("{} (SMP_RSP_TIMEOUT), {app}", ANDROID_BASE + ANDROID_TIMEOUT),
        (Procedure::Encryption, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)) => "ACTION_KEY_MISSING".to_owned(),
        (Procedure::Connection, _) | (_, Shown::ConnectTimeout) => "GATT status 133".to_owned(),
        (_, Shown::Hci(ErrorCode(code))) => format!("GATT status {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bonding(shown: Shown) -> Failure {
        Failure { procedure: Procedure::Bonding, shown }
    }

    /// The words of the stacks, as their headers and sources have them.
    #[test]
    fn known_words() {
        use Procedure::{Bonding, Encryption, Pairing};
        use Side::{Local, Remote};
        let reason = Shown::PairingFailed;
        let key_missing = Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING);
        for (stack, procedure, shown, side, expected) in [
            (
                Stack::NordicPeerManager,
                Bonding,
                reason(Reason::CONFIRM_VALUE_FAILED),
                Local,
                "PM_CONN_SEC_PROCEDURE_BONDING, BLE_GAP_SEC_STATUS_CONFIRM_VALUE (0x84)",
            ),
            (
                Stack::NordicPeerManager,
                Pairing,
                reason(Reason::KEY_REJECTED),
                Local,
                "PM_CONN_SEC_PROCEDURE_PAIRING, 0x8F (in BLE_GAP_SEC_STATUS_RFU_RANGE2)",
            ),
            (
                Stack::NordicPeerManager,
                Encryption,
                key_missing,
                Remote,
                "PM_CONN_SEC_PROCEDURE_ENCRYPTION, PM_CONN_SEC_ERROR_PIN_OR_KEY_MISSING (0x1006)",
            ),
            (
                Stack::Zephyr,
                Bonding,
                reason(Reason::ENCRYPTION_KEY_SIZE),
                Local,
                "BT_SECURITY_ERR_AUTH_REQUIREMENT",
            ),
            (Stack::Zephyr, Encryption, key_missing, Local, "BT_SECURITY_ERR_PIN_OR_KEY_MISSING"),
            (Stack::NimBle, Bonding, reason(Reason::DHKEY_CHECK_FAILED), Local, "0x40B (BLE_SM_ERR_DHKEY)"),
            (Stack::NimBle, Bonding, reason(Reason::DHKEY_CHECK_FAILED), Remote, "0x50B (BLE_SM_ERR_DHKEY)"),
            (Stack::NimBle, Encryption, key_missing, Remote, "0x206 (HCI 0x06)"),
            (Stack::BlueZ, Encryption, key_missing, Remote, "disconnected, Authentication Failure (0x05)"),
            (
                Stack::Android,
                Bonding,
                Shown::SmpTimeout,
                Local,
                "102 (SMP_RSP_TIMEOUT), UNBOND_REASON_REMOVED",
            ),
            (Stack::Android, Encryption, key_missing, Remote, "ACTION_KEY_MISSING"),
        ] {
            assert_eq!(stack.words(Failure { procedure, shown }, side), expected);
        }
    }

    /// Every reason that the specification names has words in every stack, and its number in those that pass
    /// numbers on.
    #[test]
    fn every_reason_has_words() {
        for reason in Reason::ALL {
            for (stack, name) in Stack::ALL {
                let words = stack.words(bonding(Shown::PairingFailed(*reason)), Side::Remote);
                assert!(!words.is_empty(), "{name} {reason}");
                let number = match stack {
                    Stack::NordicPeerManager => format!("0x{:02X}", 0x80 | reason.0),
                    Stack::NimBle => format!("0x5{:02X}", reason.0),
                    Stack::Android => format!("{}", 80 + reason.0),
                    Stack::Zephyr | Stack::BlueZ => String::new(),
                };
                assert!(words.contains(&number), "{name} {reason}: {words}");
            }
        }
        for ((reason, ..), code) in REASONS.iter().zip(1..) {
            assert_eq!(reason.0, code);
        }
    }
}
