//! Data physical channel PDUs, Vol 6 Part B 2.4.
//!
//! Invariant: the payload is what travels: encrypted, and with the MIC at its end, where the link is. This
//! module must never know a key or a sequence number's history.

use super::wire::{put_header, put_octets};
use crate::{DecodeError, Octets};

/// The bits of the header's first octet that encryption authenticates: all but NESN, SN and MD,
/// Vol 6 Part E 2.
const AAD_MASK: u8 = 0xE3;

/// What a payload is, Vol 6 Part B 2.4 (LLID).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Llid {
    /// 0b00, reserved for future use.
    Reserved,
    /// 0b01: goes on with an L2CAP message, or is empty.
    Continuation,
    /// 0b10: starts an L2CAP message, or is a whole one.
    Start,
    /// 0b11: an LL control PDU.
    Control,
}

impl Llid {
    /// The two bits.
    #[must_use]
    pub const fn value(self) -> u8 {
        match self {
            Self::Reserved => 0,
            Self::Continuation => 1,
            Self::Start => 2,
            Self::Control => 3,
        }
    }

    /// From the two low bits of `octet`; the others are not looked at.
    #[must_use]
    pub const fn from_low_bits(octet: u8) -> Self {
        match octet & 3 {
            0 => Self::Reserved,
            1 => Self::Continuation,
            2 => Self::Start,
            _ => Self::Control,
        }
    }
}

/// The first octet of a data physical channel PDU, Vol 6 Part B 2.4.
#[expect(clippy::struct_excessive_bools, reason = "they are the specification's bits")]
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DataHeader {
    /// What the payload is.
    pub llid: Llid,
    /// Next expected sequence number.
    pub nesn: bool,
    /// Sequence number.
    pub sn: bool,
    /// More data: the sender has more to send in this connection event.
    pub md: bool,
    /// `CTEInfo` present. Its octet has no place in [`DataPdu`], so decoding refuses a PDU that has this bit.
    pub cp: bool,
}

impl DataHeader {
    /// The octet: LLID in bits 0 and 1, then NESN, SN, MD and CP; bits 6 and 7 are zero.
    #[must_use]
    pub fn octet(self) -> u8 {
        self.llid.value()
            | u8::from(self.nesn) << 2
            | u8::from(self.sn) << 3
            | u8::from(self.md) << 4
            | u8::from(self.cp) << 5
    }

    /// From the octet.
    ///
    /// # Errors
    /// [`DecodeError::BadValue`] if one of the two bits reserved for future use is set.
    pub fn from_octet(octet: u8) -> Result<Self, DecodeError> {
        if octet >> 6 != 0 {
            return Err(DecodeError::BadValue { field: "RFU", value: u64::from(octet >> 6) });
        }
        let bit = |position: u8| octet >> position & 1 == 1;
        let llid = Llid::from_low_bits(octet);
        Ok(Self { llid, nesn: bit(2), sn: bit(3), md: bit(4), cp: bit(5) })
    }

    /// The additional authenticated data of the encryption: the octet without NESN, SN and MD,
    /// Vol 6 Part E 2.
    #[must_use]
    pub fn aad(self) -> u8 {
        self.octet() & AAD_MASK
    }
}

/// A data physical channel PDU, Vol 6 Part B 2.4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataPdu {
    /// The header without its length, which is the payload's.
    pub header: DataHeader,
    /// The octets after the header, in the order of the air; the last four are the MIC if it is encrypted.
    pub payload: Octets<255>,
}

impl DataPdu {
    /// True for an empty PDU: LLID 0b01 and no payload, Vol 6 Part B 2.4.1.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.header.llid == Llid::Continuation && self.payload.is_empty()
    }

    /// The first octet of the header.
    #[must_use]
    pub fn first_octet(&self) -> u8 {
        self.header.octet()
    }

    /// The additional authenticated data of the encryption, Vol 6 Part E 2.
    #[must_use]
    pub fn aad(&self) -> u8 {
        self.header.aad()
    }

    /// Header, length and payload, Vol 6 Part B 2.4.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] below two octets; [`DecodeError::BadLength`] if the length field does not
    /// match what follows; [`DecodeError::BadValue`] for reserved bits and for a PDU with `CTEInfo`.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let &[first, length, ref payload @ ..] = octets else {
            return Err(DecodeError::TooShort { need: 2, got: octets.len() });
        };
        let header = DataHeader::from_octet(first)?;
        if header.cp {
            return Err(DecodeError::BadValue { field: "CP", value: 1 });
        }
        let length = usize::from(length);
        let payload = Octets::from_slice(payload)
            .filter(|payload| payload.len() == length)
            .ok_or(DecodeError::BadLength { says: length, got: payload.len() })?;
        Ok(Self { header, payload })
    }

    /// Header, length and payload.
    #[must_use]
    pub fn encode(&self) -> Octets<257> {
        let mut octets = Octets::new();
        put_header(self.first_octet(), self.payload.len(), &mut octets);
        put_octets(&self.payload, &mut octets);
        octets
    }
}
