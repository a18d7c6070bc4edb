//! Fields on the wire: every one least significant octet first, Vol 6 Part B 1.2.
//!
//! Invariant: what [`Field::take`] accepts, [`Field::put`] writes back as the same octets.

use super::{AccessAddress, ChannelMap};
use crate::{DecodeError, Octets};

/// A number of 24 bits, as offsets of Vol 6 Part B 2.4.2 are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct U24(u32);

impl U24 {
    /// The number, or `None` from 2^24 on.
    #[must_use]
    pub const fn new(value: u32) -> Option<Self> {
        if value < 1 << 24 { Some(Self(value)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

/// The first `N` of the octets, which are taken from them.
pub(super) fn take_octets<const N: usize>(from: &mut &[u8]) -> Result<[u8; N], DecodeError> {
    let (octets, rest) =
        from.split_first_chunk().ok_or(DecodeError::TooShort { need: N, got: from.len() })?;
    *from = rest;
    Ok(*octets)
}

/// Adds octets to a buffer that was made for the longest PDU.
pub(super) fn put_octets<const CAPACITY: usize>(octets: &[u8], into: &mut Octets<CAPACITY>) {
    into.extend_from_slice(octets).expect("the buffer holds the longest PDU");
}

/// Adds the two octets before a payload: `first`, then the payload's length (Vol 6 Part B 2.3 and 2.4).
pub(super) fn put_header<const CAPACITY: usize>(first: u8, payload_len: usize, into: &mut Octets<CAPACITY>) {
    let length = u8::try_from(payload_len).expect("no payload exceeds 255 octets");
    put_octets(&[first, length], into);
}

/// Checks that there are exactly `need` octets.
pub(super) fn exactly(need: usize, octets: &[u8]) -> Result<(), DecodeError> {
    match octets.len() {
        got if got < need => Err(DecodeError::TooShort { need, got }),
        got if got > need => Err(DecodeError::TooLong { limit: need, got }),
        _ => Ok(()),
    }
}

/// A value with a fixed number of octets.
pub(super) trait Field: Sized {
    /// Octets on the wire.
    const OCTETS: usize;
    /// Takes the value off the front.
    fn take(from: &mut &[u8]) -> Result<Self, DecodeError>;
    /// Adds the value at the end.
    fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>);
}

macro_rules! number_fields {
    ($($number:ty),*) => {$(
        impl Field for $number {
            const OCTETS: usize = size_of::<Self>();
            fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
                take_octets(from).map(Self::from_le_bytes)
            }
            fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
                put_octets(&self.to_le_bytes(), into);
            }
        }
    )*};
}

number_fields!(u8, i8, u16, u32, u64);

impl Field for U24 {
    const OCTETS: usize = 3;
    fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
        let [a, b, c] = take_octets(from)?;
        Ok(Self(u32::from_le_bytes([a, b, c, 0])))
    }
    fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
        put_octets(&self.0.to_le_bytes()[..3], into);
    }
}

impl Field for AccessAddress {
    const OCTETS: usize = 4;
    fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
        take_octets(from).map(Self::from_wire)
    }
    fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
        put_octets(&self.to_wire(), into);
    }
}

impl Field for ChannelMap {
    const OCTETS: usize = 5;
    fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
        let wire: [u8; 5] = take_octets(from)?;
        Self::from_wire(wire).ok_or(DecodeError::BadValue { field: "ChM", value: u64::from(wire[4] >> 5) })
    }
    fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
        put_octets(&self.to_wire(), into);
    }
}

impl<const N: usize> Field for [u8; N] {
    const OCTETS: usize = N;
    fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
        take_octets(from)
    }
    fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
        put_octets(&self, into);
    }
}

impl<const N: usize> Field for [u16; N] {
    const OCTETS: usize = 2 * N;
    fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = Field::take(from)?;
        }
        Ok(numbers)
    }
    fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
        for number in self {
            number.put(into);
        }
    }
}
