//! What may stand behind a failure.
//!
//! Invariant: one row a cause: what it is, and what mends it. Must never know: how likely it is in a capture.

mod encryption;
mod infer;
mod pairing;
mod same;

pub(crate) use infer::{Case, infer};
pub(crate) use pairing::waits_for_person;
pub(crate) use same::same_pdus;

/// What may stand behind a failure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// The peripheral has lost its bond.
    PeripheralLostBond,
    /// The peripheral does not recognise the central's private address.
    AddressNotResolved,
    /// Somebody else uses the peer's address.
    Impostor,
    /// The central has lost its bond, and the peripheral keeps its own and does not pair anew.
    CentralLostBond,
    /// The peripheral is not in a mode in which it pairs.
    NotPairable,
    /// The two have different keys.
    KeysDiffer,
    /// A data packet slipped into the start of encryption.
    StrayData,
    /// A connection update met the start of encryption.
    UpdateMeetsEncryption,
    /// A packet arrived changed.
    CorruptedPacket,
    /// The radio link was lost.
    LinkLost,
    /// A device stood still: its radio, its processor, or its power.
    DeviceStoodStill,
    /// Computing P-256 kept the processor from the radio for too long.
    ComputationStopsRadio,
    /// A host did not answer.
    HostSilent,
    /// A Pairing Request gets no answer.
    PairingIgnored,
    /// A person did not answer.
    UserAway,
    /// A host ended the link: an application's timer, or a person.
    EndedByHost,
    /// The passkeys differ.
    WrongPasskey,
    /// A person cancelled.
    UserCancelled,
    /// Out-of-band data were agreed and are not there.
    OobDataMissing,
    /// What one side asks for, the features of both cannot give.
    RequirementsConflict,
    /// The key would be shorter than a side accepts.
    KeyTooShort,
    /// A command of the wrong role.
    WrongRole,
    /// Keys were distributed that were not negotiated.
    KeysNotNegotiated,
    /// A PDU came where it does not belong.
    OutOfOrder,
    /// A PDU breaks its format.
    Malformed,
    /// Too little time since a pairing that failed.
    TooManyAttempts,
    /// A confirm value or a check is wrong.
    WrongCheckValue,
    /// A person said that the numbers differ.
    NumbersRefused,
    /// The other transport is being paired.
    OtherTransport,
    /// A link key must not be made.
    LinkKeyGuarded,
    /// A key is refused for its value.
    KeyRefused,
    /// There is no room for another bond.
    NoRoom,
    /// The peer's controller sends no authenticated packet for too long.
    PingsUnanswered,
    /// The peer did not hear, or was not heard in, the first connection events.
    NotHeard,
    /// The peer does not advertise, or not within reach.
    OutOfReach,
}

/// Cause, name, what it is in words, and what mends it.
type Row = (Cause, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        Cause::PeripheralLostBond,
        "peripheral-lost-bond",
        "the peripheral has lost its bond",
        "keep bonds in flash on the peripheral; on the central ask the user before the bond is deleted and made anew",
    ),
    (
        Cause::AddressNotResolved,
        "address-not-resolved",
        "the peripheral does not recognise the central behind its private address",
        "connect again; on the peripheral resolve the address before answering, and keep the IRK of every bond",
    ),
    (
        Cause::Impostor,
        "impostor",
        "somebody else answers under the peer's address",
        "do not delete the bond for an answer that nobody authenticates; let the user decide beside the device",
    ),
    (
        Cause::CentralLostBond,
        "central-lost-bond",
        "the central has lost its bond and the peripheral keeps its own, so it does not pair anew",
        "delete the bond on the peripheral too, or let it accept a pairing of a bonded peer with its user's consent",
    ),
    (
        Cause::NotPairable,
        "not-pairable",
        "the peripheral is not in a mode in which it pairs",
        "put the peripheral into its pairing mode",
    ),
    (
        Cause::KeysDiffer,
        "keys-differ",
        "the two sides use different keys",
        "delete the bond on both sides and pair anew; store a bond on either side only when both have it",
    ),
    (
        Cause::StrayData,
        "stray-data",
        "a data packet slipped into the start of encryption",
        "connect again; mend the controller that sends data between LL_ENC_REQ and the end of the encryption start",
    ),
    (
        Cause::UpdateMeetsEncryption,
        "update-meets-encryption",
        "a connection update met the start of encryption",
        "let the peripheral ask for other parameters only once the link is encrypted",
    ),
    (
        Cause::CorruptedPacket,
        "corrupted-packet",
        "a packet arrived changed",
        "try again; a passing fault of the radio or of a buffer",
    ),
    (
        Cause::LinkLost,
        "link-lost",
        "the radio link was lost",
        "connect again; a longer supervision timeout rides out bursts",
    ),
    (
        Cause::DeviceStoodStill,
        "device-stood-still",
        "one device stood still: its radio, its processor or its power",
        "connect again; look at the power supply and at what blocks the processor",
    ),
    (
        Cause::ComputationStopsRadio,
        "computation-stops-radio",
        "computing P-256 keeps the processor from the radio for longer than the supervision timeout",
        "raise the supervision timeout for the pairing, or compute P-256 in hardware or in slices",
    ),
    (
        Cause::HostSilent,
        "host-silent",
        "a host did not answer for 30 s",
        "reconnect: on this link nothing more can be paired; look at what blocks the host that was to answer",
    ),
    (
        Cause::PairingIgnored,
        "pairing-ignored",
        "the Pairing Request gets no answer",
        "reconnect; delete the bond on the peripheral, or have it answer with Pairing Failed instead of silence",
    ),
    (Cause::UserAway, "user-away", "a person did not answer in time", "reconnect and ask again"),
    (
        Cause::EndedByHost,
        "ended-by-host",
        "a host ended the link in the middle: an application's timer, or a person",
        "give the pairing, and the person in it, more time",
    ),
    (
        Cause::WrongPasskey,
        "wrong-passkey",
        "the passkeys of the two sides differ",
        "ask once more, with a fresh passkey",
    ),
    (Cause::UserCancelled, "user-cancelled", "a person cancelled", "ask once more if the person wants it"),
    (
        Cause::OobDataMissing,
        "oob-data-missing",
        "out-of-band data were agreed and are not there",
        "exchange them again, or pair without them",
    ),
    (
        Cause::RequirementsConflict,
        "requirements-conflict",
        "what one side asks for, the features of both cannot give",
        "offer the input and output that is there, or ask for less",
    ),
    (
        Cause::KeyTooShort,
        "key-too-short",
        "the key would be shorter than one side accepts",
        "raise the maximum key size to 16 octets; do not lower what is accepted",
    ),
    (
        Cause::WrongRole,
        "wrong-role",
        "a command came from the side that must not send it",
        "a peripheral asks for pairing by Security Request, never by Pairing Request",
    ),
    (
        Cause::KeysNotNegotiated,
        "keys-not-negotiated",
        "keys were distributed that were not negotiated",
        "honour the negotiated key distribution: send the keys that the Pairing Response leaves, and no others",
    ),
    (
        Cause::OutOfOrder,
        "out-of-order",
        "a PDU came where it does not belong",
        "mend the stack that sends it",
    ),
    (Cause::Malformed, "malformed", "a PDU breaks its format", "mend the stack that sends it"),
    (
        Cause::TooManyAttempts,
        "too-many-attempts",
        "the peer makes whoever failed to pair wait",
        "wait, longer after each failure, then pair again",
    ),
    (
        Cause::WrongCheckValue,
        "wrong-check-value",
        "a confirm value or check is wrong",
        "once more with a fresh key pair; if it stays, restart the device whose value is wrong",
    ),
    (
        Cause::NumbersRefused,
        "numbers-refused",
        "a person said that the numbers differ",
        "take it seriously: there may be somebody in the middle; compare again only if the person wants it",
    ),
    (
        Cause::OtherTransport,
        "other-transport",
        "the other transport is being paired",
        "wait until it is done",
    ),
    (
        Cause::LinkKeyGuarded,
        "link-key-guarded",
        "a link key of BR/EDR must not be made from this pairing",
        "ask without LinkKey in the key distribution",
    ),
    (
        Cause::KeyRefused,
        "key-refused",
        "a key is no random number",
        "make keys with a random number generator",
    ),
    (
        Cause::NoRoom,
        "no-room",
        "there is no room for another bond",
        "delete a bond that is not used, on the peripheral",
    ),
    (
        Cause::PingsUnanswered,
        "pings-unanswered",
        "no authenticated packet came for as long as is allowed",
        "mend the controller that does not answer LL_PING_REQ",
    ),
    (
        Cause::NotHeard,
        "not-heard",
        "nothing was heard of the peer in the first six connection events",
        "connect again, up to three times",
    ),
    (
        Cause::OutOfReach,
        "out-of-reach",
        "the peer does not advertise, or not within reach",
        "try again later, and for longer",
    ),
];

impl Cause {
    /// Every cause.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|(cause, ..)| *cause)
    }

    fn row(self) -> &'static Row {
        ROWS.iter().find(|(cause, ..)| *cause == self).expect("every cause has its row, by test")
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What it is.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.row().2
    }

    /// What mends it.
    #[must_use]
    pub fn mend(self) -> &'static str {
        self.row().3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each cause has a row of its own, with a name of its own.
    #[test]
    fn every_cause_has_a_row() {
        let mut names: Vec<&str> = Cause::all().map(Cause::name).collect();
        assert_eq!(Cause::all().last(), Some(Cause::OutOfReach), "the last of the list");
        assert_eq!(names.len(), Cause::OutOfReach as usize + 1);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }
}
