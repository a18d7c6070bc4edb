//! Reading and writing the fields of HCI, L2CAP and SMP in the order of the wire.
//!
//! Invariant: numbers are least significant octet first (Vol 4 Part E 5.2, Vol 3 Part A 3, Vol 3 Part H 3).
//! Reading never goes past the end.

use crate::{Address, AddressKind, DecodeError, Octets};

/// Takes fields off the front of a slice.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    taken: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets, taken: 0 }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let short = DecodeError::TooShort { need: self.taken + N, got: self.taken + self.rest.len() };
        let (field, rest) = self.rest.split_first_chunk::<N>().ok_or(short)?;
        self.rest = rest;
        self.taken += N;
        Ok(*field)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn u128(&mut self) -> Result<u128, DecodeError> {
        self.array().map(u128::from_le_bytes)
    }

    /// An address type octet: 0 public, 1 random. Others (identity addresses, reserved) have no value here.
    pub(crate) fn address_kind(&mut self, field: &'static str) -> Result<AddressKind, DecodeError> {
        match self.u8()? {
            0 => Ok(AddressKind::Public),
            1 => Ok(AddressKind::Random),
            other => Err(DecodeError::BadValue { field, value: u64::from(other) }),
        }
    }

    /// An address type octet, then the address.
    pub(crate) fn address(&mut self, field: &'static str) -> Result<Address, DecodeError> {
        let kind = self.address_kind(field)?;
        Ok(Address::from_wire(kind, self.array()?))
    }

    /// An octet that is 0 or 1.
    pub(crate) fn flag(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(DecodeError::BadValue { field, value: u64::from(other) }),
        }
    }

    /// All that is left.
    pub(crate) fn rest<const N: usize>(&mut self) -> Result<Octets<N>, DecodeError> {
        let rest = core::mem::take(&mut self.rest);
        self.taken += rest.len();
        Octets::from_slice(rest).ok_or(DecodeError::TooLong { limit: N, got: rest.len() })
    }

    /// `value`, if nothing is left.
    pub(crate) fn end<T>(&self, value: T) -> Result<T, DecodeError> {
        if self.rest.is_empty() {
            Ok(value)
        } else {
            Err(DecodeError::TooLong { limit: self.taken, got: self.taken + self.rest.len() })
        }
    }
}

/// Puts fields at the end of an octet string whose capacity covers every packet of its type.
pub(crate) struct Writer<const N: usize>(pub(crate) Octets<N>);

impl<const N: usize> Writer<N> {
    pub(crate) fn new() -> Self {
        Self(Octets::new())
    }

    /// The length of what comes next, as one octet.
    pub(crate) fn length_u8(&mut self, octets: &[u8]) -> &mut Self {
        self.u8(u8::try_from(octets.len()).expect("the capacity is below 256"))
    }

    /// The length of what comes next, as two octets.
    pub(crate) fn length_u16(&mut self, octets: &[u8]) -> &mut Self {
        self.u16(u16::try_from(octets.len()).expect("the capacity is below 65,536"))
    }

    /// Everything, with the length of what follows it put into the octet at `place`.
    pub(crate) fn with_length_u8(self, place: usize) -> Octets<N> {
        let mut octets = self.0;
        octets[place] = u8::try_from(octets.len() - place - 1).expect("what follows is below 256 octets");
        octets
    }

    /// Everything, with the length of what follows it put into the two octets at `place`.
    pub(crate) fn with_length_u16(self, place: usize) -> Octets<N> {
        let mut octets = self.0;
        let length = u16::try_from(octets.len() - place - 2).expect("what follows is below 65,536 octets");
        octets[place..place + 2].copy_from_slice(&length.to_le_bytes());
        octets
    }

    pub(crate) fn slice(&mut self, octets: &[u8]) -> &mut Self {
        self.0.extend_from_slice(octets).expect("the capacity covers the longest packet of this type");
        self
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.slice(&[value])
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.slice(&value.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.slice(&value.to_le_bytes())
    }

    pub(crate) fn u128(&mut self, value: u128) -> &mut Self {
        self.slice(&value.to_le_bytes())
    }

    pub(crate) fn address_kind(&mut self, kind: AddressKind) -> &mut Self {
        self.u8(u8::from(kind == AddressKind::Random))
    }

    pub(crate) fn address(&mut self, address: Address) -> &mut Self {
        self.address_kind(address.kind).slice(&address.to_wire())
    }
}
