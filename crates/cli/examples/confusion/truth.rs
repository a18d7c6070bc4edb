//! What each scenario injects, in the words of a diagnosis.
//!
//! Invariant: nothing here is known to `diagnose`; a scenario without a row is an error.

use Cause::{
    AddressNotResolved, CentralLostBond, ComputationStopsRadio, CorruptedPacket, DeviceStoodStill,
    EndedByHost, HostSilent, Impostor, KeyRefused, KeyTooShort, KeysDiffer, KeysNotNegotiated,
    LinkKeyGuarded, LinkLost, Malformed, NoRoom, NotHeard, NotPairable, NumbersRefused, OobDataMissing,
    OtherTransport, OutOfOrder, OutOfReach, PairingIgnored, PeripheralLostBond, PingsUnanswered,
    RequirementsConflict, StrayData, TooManyAttempts, UpdateMeetsEncryption, UserAway, UserCancelled,
    WrongCheckValue, WrongPasskey, WrongRole,
};
use blesim_diagnose::Cause;
use blesim_host::{Failure, Shown};
use blesim_packet::hci::ErrorCode;

/// The causes that are right for a failure in a session of a scenario: what struck there.
pub(crate) fn truth(scenario: &str, shown: Option<Failure>) -> &'static [Cause] {
    let hci = |code| Shown::Hci(code);
    match shown.map(|failure| failure.shown) {
        // Nothing but loss makes these in scenarios that inject something else.
        Some(shown) if shown == hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED) => &[NotHeard],
        // The power cut by which data get lost may fall into a connection.
        Some(shown) if shown == hci(ErrorCode::CONNECTION_TIMEOUT) && scenario.contains("0x02") => {
            &[DeviceStoodStill]
        }
        _ => injected(scenario),
    }
}

/// What a scenario injects.
fn injected(scenario: &str) -> &'static [Cause] {
    // A pairing without a bond meets what one with a bond meets.
    if let Some(rest) = scenario.strip_prefix("pairing-") {
        return injected(&format!("bonding-{rest}"));
    }
    match scenario {
        "a-central-forgot" | "bonding-0x05-bonded" => &[CentralLostBond],
        "b-peripheral-lost-bond"
        | "d-bond-not-persisted"
        | "s-recovery-made-it-worse"
        | "enc-key-missing-lost" => &[PeripheralLostBond],
        "c-keys-differ" | "enc-timeout-other-bond" | "enc-timeout-other-legacy-bond" => &[KeysDiffer],
        "e-address-not-resolved" | "enc-key-missing-unresolved" => &[AddressNotResolved],
        "f-mic-failure" => &[StrayData],
        "g-update-collision" | "enc-mic-update" | "bonding-mic-update" => &[UpdateMeetsEncryption],
        "h-security-request-race" | "bonding-smp-timeout-silent" | "enc-response-timeout" => &[HostSilent],
        "i-supervision-timeout" => &[ComputationStopsRadio],
        "j-application-timer" => &[EndedByHost],
        "k-wrong-passkey"
        | "0x04-confirm-value-failed"
        | "0x09-repeated-attempts"
        | "bonding-0x04-typo"
        | "bonding-0x04-listener" => &[WrongPasskey],
        "l-no-common-security"
        | "0x03-authentication-requirements"
        | "bonding-0x03-io-hidden"
        | "bonding-0x03-level-too-low"
        | "bonding-0x03-no-io" => &[RequirementsConflict],
        "m-state-of-an-implementation"
        | "0x0b-dhkey-check-failed"
        | "bonding-0x0b-wrong"
        | "bonding-0x0b-listener" => &[WrongCheckValue],
        "n-key-size"
        | "0x06-encryption-key-size"
        | "bonding-0x06-lock-short"
        | "bonding-0x06-phone-short" => &[KeyTooShort],
        "o-keys-not-negotiated" => &[KeysNotNegotiated],
        "p-dual-mode" | "0x0d-br-edr-pairing-in-progress" | "bonding-0x0d-br-edr" => &[OtherTransport],
        "q-plain-retry" | "enc-timeout-power" | "bonding-timeout-power" => &[DeviceStoodStill],
        "r-not-established" | "connection-not-established" => &[NotHeard],
        "t-payload-timeout" => &[PingsUnanswered],
        other => of_reason(other),
    }
}

/// What a scenario of one reason of Pairing Failed injects, and what is left of the matrix.
fn of_reason(scenario: &str) -> &'static [Cause] {
    match scenario {
        "0x01-passkey-entry-failed" | "bonding-0x01-cancel" => &[UserCancelled],
        "0x02-oob-not-available" | "bonding-0x02-data-lost" | "bonding-0x02-phone-data-lost" => {
            &[OobDataMissing]
        }
        "0x05-pairing-not-supported" | "bonding-0x05-not-pairable" => &[NotPairable],
        "0x07-command-not-supported" | "bonding-0x07-pairs-as-peripheral" => &[WrongRole],
        "0x08-unspecified-reason" | "bonding-0x08-twice" => &[OutOfOrder],
        "bonding-0x08-table-full" => &[NoRoom],
        "bonding-0x09-waits" => &[TooManyAttempts],
        "0x0a-invalid-parameters" | "bonding-0x0a-short" => &[Malformed],
        "0x0c-numeric-comparison-failed" | "bonding-0x0c-misjudged" => &[NumbersRefused],
        "0x0e-cross-transport-not-allowed" | "bonding-0x0e-guarded" => &[LinkKeyGuarded],
        "0x0f-key-rejected" | "bonding-0x0f-zeros" => &[KeyRefused],
        "bonding-0x04-corrupt" | "bonding-0x0b-corrupt" | "bonding-mic-corrupt" => &[CorruptedPacket],
        "bonding-0x04-guesser"
        | "bonding-0x04-spoiler"
        | "bonding-0x0c-middle"
        | "enc-key-missing-impostor" => &[Impostor],
        "bonding-smp-timeout-ignores" => &[PairingIgnored],
        "bonding-smp-timeout-user" => &[UserAway],
        "bonding-timeout-bursts" | "enc-timeout-bursts" => &[LinkLost],
        "connection-timeout-away" => &[OutOfReach],
        other => panic!("{other} has no row"),
    }
}
