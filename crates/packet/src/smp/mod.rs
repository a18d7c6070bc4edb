//! The Security Manager's PDUs, Vol 3 Part H 3.
//!
//! Invariant: what decodes encodes to the same bytes, reserved bits of bit fields included. A reserved code
//! is [`DecodeError::UnknownCode`] (such a PDU is ignored, Vol 3 Part H 3.3); every other error means invalid
//! parameters. This module must never know which PDU may come when.

mod features;
mod reason;

pub use features::{AuthReq, IoCapability, KeyDistribution, PairingFeatures};
pub use reason::Reason;

use crate::wire::{Reader, Writer};
use crate::{Address, DecodeError, Octets};

/// The longest PDU: Pairing Public Key; also the MTU of LE Secure Connections (Vol 3 Part H 3.2).
pub const LONGEST: usize = 65;

/// A PDU of the Security Manager Protocol, Vol 3 Part H 3.5 and 3.6.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SmpPdu {
    /// Vol 3 Part H 3.5.1.
    PairingRequest(PairingFeatures),
    /// Vol 3 Part H 3.5.2.
    PairingResponse(PairingFeatures),
    /// Vol 3 Part H 3.5.3: the confirm value.
    PairingConfirm(u128),
    /// Vol 3 Part H 3.5.4: the random value.
    PairingRandom(u128),
    /// Vol 3 Part H 3.5.5.
    PairingFailed(Reason),
    /// Vol 3 Part H 3.6.2.
    EncryptionInformation {
        /// Long term key.
        ltk: u128,
    },
    /// Vol 3 Part H 3.6.3.
    CentralIdentification {
        /// Encrypted diversifier.
        ediv: u16,
        /// The number that names the key, with `ediv`.
        rand: u64,
    },
    /// Vol 3 Part H 3.6.4.
    IdentityInformation {
        /// Identity resolving key.
        irk: u128,
    },
    /// Vol 3 Part H 3.6.5: a public or static random address.
    IdentityAddressInformation(Address),
    /// Vol 3 Part H 3.6.6.
    SigningInformation {
        /// Connection signature resolving key.
        csrk: u128,
    },
    /// Vol 3 Part H 3.6.7.
    SecurityRequest(AuthReq),
    /// Vol 3 Part H 3.5.6: coordinates, most significant octet first.
    PairingPublicKey {
        /// X coordinate.
        x: [u8; 32],
        /// Y coordinate.
        y: [u8; 32],
    },
    /// Vol 3 Part H 3.5.7: the check value.
    PairingDhKeyCheck(u128),
    /// Vol 3 Part H 3.5.8.
    KeypressNotification(Keypress),
}

/// What was done to the passkey, Vol 3 Part H 3.5.8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Keypress {
    /// Passkey entry started.
    EntryStarted = 0,
    /// A digit was entered.
    DigitEntered = 1,
    /// A digit was erased.
    DigitErased = 2,
    /// The passkey was cleared.
    Cleared = 3,
    /// Passkey entry completed.
    EntryCompleted = 4,
}

impl Keypress {
    const ALL: [Self; 5] =
        [Self::EntryStarted, Self::DigitEntered, Self::DigitErased, Self::Cleared, Self::EntryCompleted];

    fn decode(octet: u8) -> Result<Self, DecodeError> {
        let bad = DecodeError::BadValue { field: "Notification Type", value: u64::from(octet) };
        Self::ALL.get(usize::from(octet)).copied().ok_or(bad)
    }
}

macro_rules! codes {
    ($($constant:ident $code:literal $length:literal $name:literal)*) => {
        /// The first octet of each PDU, Vol 3 Part H 3.3.
        mod code {
            $(pub(super) const $constant: u8 = $code;)*
        }

        /// Code, length of the whole PDU in octets, name; in the order of the codes, from 1 without a gap.
        const PDUS: &[(u8, usize, &str)] = &[$(($code, $length, $name)),*];
    };
}

// Vol 3 Part H 3.3, table 3.3; the sections of the formats are at `SmpPdu`.
codes! {
    PAIRING_REQUEST 0x01 7 "Pairing Request"
    PAIRING_RESPONSE 0x02 7 "Pairing Response"
    PAIRING_CONFIRM 0x03 17 "Pairing Confirm"
    PAIRING_RANDOM 0x04 17 "Pairing Random"
    PAIRING_FAILED 0x05 2 "Pairing Failed"
    ENCRYPTION_INFORMATION 0x06 17 "Encryption Information"
    CENTRAL_IDENTIFICATION 0x07 11 "Central Identification"
    IDENTITY_INFORMATION 0x08 17 "Identity Information"
    IDENTITY_ADDRESS_INFORMATION 0x09 8 "Identity Address Information"
    SIGNING_INFORMATION 0x0A 17 "Signing Information"
    SECURITY_REQUEST 0x0B 2 "Security Request"
    PAIRING_PUBLIC_KEY 0x0C 65 "Pairing Public Key"
    PAIRING_DHKEY_CHECK 0x0D 17 "Pairing DHKey Check"
    KEYPRESS_NOTIFICATION 0x0E 2 "Keypress Notification"
}

impl SmpPdu {
    /// The code, the first octet on the wire.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::PairingRequest(_) => code::PAIRING_REQUEST,
            Self::PairingResponse(_) => code::PAIRING_RESPONSE,
            Self::PairingConfirm(_) => code::PAIRING_CONFIRM,
            Self::PairingRandom(_) => code::PAIRING_RANDOM,
            Self::PairingFailed(_) => code::PAIRING_FAILED,
            Self::EncryptionInformation { .. } => code::ENCRYPTION_INFORMATION,
            Self::CentralIdentification { .. } => code::CENTRAL_IDENTIFICATION,
            Self::IdentityInformation { .. } => code::IDENTITY_INFORMATION,
            Self::IdentityAddressInformation(_) => code::IDENTITY_ADDRESS_INFORMATION,
            Self::SigningInformation { .. } => code::SIGNING_INFORMATION,
            Self::SecurityRequest(_) => code::SECURITY_REQUEST,
            Self::PairingPublicKey { .. } => code::PAIRING_PUBLIC_KEY,
            Self::PairingDhKeyCheck(_) => code::PAIRING_DHKEY_CHECK,
            Self::KeypressNotification(_) => code::KEYPRESS_NOTIFICATION,
        }
    }

    /// The name in the specification.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let (_, _, name) = PDUS[usize::from(self.code()) - 1];
        name
    }

    /// The name of the PDU with this code, or `None` if the code is reserved.
    #[must_use]
    pub fn name_of(code: u8) -> Option<&'static str> {
        PDUS.iter().find(|(known, ..)| *known == code).map(|(.., name)| *name)
    }

    /// Decodes a whole PDU, code included.
    ///
    /// # Errors
    /// [`DecodeError::UnknownCode`] if the code is reserved; `TooShort` or `TooLong` if the length is not the
    /// one of its format; `BadValue` if a field is reserved. Key sizes and reserved bits are not judged here.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let got = octets.len();
        let mut reader = Reader::new(octets);
        let code = reader.u8()?;
        let known = PDUS.iter().find(|(known, ..)| *known == code);
        let &(_, need, _) = known.ok_or(DecodeError::UnknownCode { code })?;
        if got < need {
            return Err(DecodeError::TooShort { need, got });
        }
        let pdu = Self::decode_body(code, &mut reader)?;
        reader.end(pdu)
    }

    fn decode_body(code: u8, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match code {
            code::PAIRING_REQUEST => Self::PairingRequest(PairingFeatures::decode(r.array()?)?),
            code::PAIRING_RESPONSE => Self::PairingResponse(PairingFeatures::decode(r.array()?)?),
            code::PAIRING_CONFIRM => Self::PairingConfirm(r.u128()?),
            code::PAIRING_RANDOM => Self::PairingRandom(r.u128()?),
            code::PAIRING_FAILED => Self::PairingFailed(Reason(r.u8()?)),
            code::ENCRYPTION_INFORMATION => Self::EncryptionInformation { ltk: r.u128()? },
            code::CENTRAL_IDENTIFICATION => Self::CentralIdentification { ediv: r.u16()?, rand: r.u64()? },
            code::IDENTITY_INFORMATION => Self::IdentityInformation { irk: r.u128()? },
            code::IDENTITY_ADDRESS_INFORMATION => Self::IdentityAddressInformation(r.address("AddrType")?),
            code::SIGNING_INFORMATION => Self::SigningInformation { csrk: r.u128()? },
            code::SECURITY_REQUEST => Self::SecurityRequest(AuthReq(r.u8()?)),
            code::PAIRING_PUBLIC_KEY => {
                Self::PairingPublicKey { x: reversed(r.array()?), y: reversed(r.array()?) }
            }
            code::PAIRING_DHKEY_CHECK => Self::PairingDhKeyCheck(r.u128()?),
            code::KEYPRESS_NOTIFICATION => Self::KeypressNotification(Keypress::decode(r.u8()?)?),
            _ => return Err(DecodeError::UnknownCode { code }),
        })
    }

    /// The whole PDU, code included.
    #[must_use]
    pub fn encode(&self) -> Octets<LONGEST> {
        let mut w = Writer::new();
        w.u8(self.code());
        match self {
            Self::PairingRequest(features) | Self::PairingResponse(features) => w.slice(&features.encode()),
            Self::PairingConfirm(value)
            | Self::PairingRandom(value)
            | Self::PairingDhKeyCheck(value)
            | Self::EncryptionInformation { ltk: value }
            | Self::IdentityInformation { irk: value }
            | Self::SigningInformation { csrk: value } => w.u128(*value),
            Self::PairingFailed(reason) => w.u8(reason.0),
            Self::CentralIdentification { ediv, rand } => w.u16(*ediv).u64(*rand),
            Self::IdentityAddressInformation(address) => w.address(*address),
            Self::SecurityRequest(auth) => w.u8(auth.0),
            Self::PairingPublicKey { x, y } => w.slice(&reversed(*x)).slice(&reversed(*y)),
            Self::KeypressNotification(keypress) => w.u8(*keypress as u8),
        };
        w.0
    }
}

fn reversed(mut octets: [u8; 32]) -> [u8; 32] {
    octets.reverse();
    octets
}
