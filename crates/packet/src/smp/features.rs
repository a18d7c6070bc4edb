//! What the two sides say about themselves before they pair, Vol 3 Part H 2.3 and 3.5.1.

use super::SmpPdu;
use crate::DecodeError;
use core::fmt;

/// What a device can show and be told, Vol 3 Part H 2.3.2 and 3.5.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum IoCapability {
    /// Can show six digits, has no input.
    DisplayOnly = 0,
    /// Can show six digits and be told yes or no.
    DisplayYesNo = 1,
    /// Can be told six digits, has no display.
    KeyboardOnly = 2,
    /// Neither.
    NoInputNoOutput = 3,
    /// Can show six digits and be told six digits.
    KeyboardDisplay = 4,
}

impl IoCapability {
    /// In the order of their codes.
    pub const ALL: [Self; 5] = [
        Self::DisplayOnly,
        Self::DisplayYesNo,
        Self::KeyboardOnly,
        Self::NoInputNoOutput,
        Self::KeyboardDisplay,
    ];

    /// The name in the specification.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DisplayOnly => "DisplayOnly",
            Self::DisplayYesNo => "DisplayYesNo",
            Self::KeyboardOnly => "KeyboardOnly",
            Self::NoInputNoOutput => "NoInputNoOutput",
            Self::KeyboardDisplay => "KeyboardDisplay",
        }
    }
}

impl fmt::Display for IoCapability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// AuthReq, Vol 3 Part H 3.5.1: what kind of security is asked for. Reserved bits travel as they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct AuthReq(pub u8);

impl AuthReq {
    /// Bonding_Flags 0b01: the keys are to be kept.
    pub const BONDING: Self = Self(0x01);
    /// Protection against a person in the middle is asked for.
    pub const MITM: Self = Self(0x04);
    /// LE Secure Connections is supported.
    pub const SC: Self = Self(0x08);
    /// Keypress notifications are wanted.
    pub const KEYPRESS: Self = Self(0x10);
    /// The h7 function is supported.
    pub const CT2: Self = Self(0x20);

    /// Bonding_Flags, the two lowest bits, is 0b01.
    #[must_use]
    pub const fn bonding(self) -> bool {
        self.0 & 0b11 == Self::BONDING.0
    }

    /// The MITM bit.
    #[must_use]
    pub const fn mitm(self) -> bool {
        self.contains(Self::MITM)
    }

    /// The SC bit.
    #[must_use]
    pub const fn sc(self) -> bool {
        self.contains(Self::SC)
    }

    /// The Keypress bit.
    #[must_use]
    pub const fn keypress(self) -> bool {
        self.contains(Self::KEYPRESS)
    }

    /// The CT2 bit.
    #[must_use]
    pub const fn ct2(self) -> bool {
        self.contains(Self::CT2)
    }

    /// All bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Key distribution, Vol 3 Part H 3.6.1: which keys a side hands over. Reserved bits travel as they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct KeyDistribution(pub u8);

impl KeyDistribution {
    /// No key.
    pub const NONE: Self = Self(0);
    /// LTK with EDIV and Rand; ignored in LE Secure Connections.
    pub const ENC_KEY: Self = Self(0x01);
    /// IRK and identity address.
    pub const ID_KEY: Self = Self(0x02);
    /// CSRK.
    pub const SIGN: Self = Self(0x04);
    /// A BR/EDR link key is to be derived from the LTK.
    pub const LINK_KEY: Self = Self(0x08);

    /// All bits of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits of both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bits that both have: what a response may leave of a request (Vol 3 Part H 3.6.1).
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Without the bits of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the bits that are set, lowest first; reserved ones have none.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = [
            (Self::ENC_KEY, "EncKey"),
            (Self::ID_KEY, "IdKey"),
            (Self::SIGN, "Sign"),
            (Self::LINK_KEY, "LinkKey"),
        ];
        all.into_iter().filter(move |(bit, _)| self.contains(*bit)).map(|(_, name)| name)
    }
}

/// The body of Pairing Request and Pairing Response, Vol 3 Part H 3.5.1 and 3.5.2.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PairingFeatures {
    /// What the device can show and be told.
    pub io: IoCapability,
    /// Whether the device has out-of-band data of the peer.
    pub oob: bool,
    /// The kind of security asked for.
    pub auth: AuthReq,
    /// Maximum Encryption Key Size in octets: 7 to 16 is legal, anything travels.
    pub max_key_size: u8,
    /// Keys that the initiator hands over.
    pub initiator_keys: KeyDistribution,
    /// Keys that the responder hands over.
    pub responder_keys: KeyDistribution,
}

impl PairingFeatures {
    /// The whole Pairing Request in wire order, code first, as `preq` enters c1 (Vol 3 Part H 2.2.3).
    #[must_use]
    pub fn request_octets(self) -> [u8; 7] {
        self.octets(SmpPdu::PairingRequest(self).code())
    }

    /// The whole Pairing Response in wire order, code first, as `pres` enters c1 (Vol 3 Part H 2.2.3).
    #[must_use]
    pub fn response_octets(self) -> [u8; 7] {
        self.octets(SmpPdu::PairingResponse(self).code())
    }

    /// AuthReq, OOB data flag and IO capability, in this order, as `IOcap` enters f6 (Vol 3 Part H 2.2.8).
    #[must_use]
    pub const fn io_cap(self) -> [u8; 3] {
        [self.auth.0, self.oob as u8, self.io as u8]
    }

    fn octets(self, code: u8) -> [u8; 7] {
        let mut octets = [code; 7];
        octets[1..].copy_from_slice(&self.encode());
        octets
    }

    pub(super) fn encode(self) -> [u8; 6] {
        [
            self.io as u8,
            u8::from(self.oob),
            self.auth.0,
            self.max_key_size,
            self.initiator_keys.0,
            self.responder_keys.0,
        ]
    }

    pub(super) fn decode(body: [u8; 6]) -> Result<Self, DecodeError> {
        let bad = |field, value| DecodeError::BadValue { field, value: u64::from(value) };
        let [io, oob, auth, max_key_size, initiator, responder] = body;
        Ok(Self {
            io: *IoCapability::ALL.get(usize::from(io)).ok_or(bad("IO Capability", io))?,
            oob: match oob {
                0 => false,
                1 => true,
                other => return Err(bad("OOB data flag", other)),
            },
            auth: AuthReq(auth),
            max_key_size,
            initiator_keys: KeyDistribution(initiator),
            responder_keys: KeyDistribution(responder),
        })
    }
}
