//! An octet string of fixed capacity that lives in place.
//!
//! Invariant: copying it copies bytes and nothing else; it never allocates.

use core::fmt;
use core::ops::{Deref, DerefMut};

/// Up to `N` octets (`N` at most 65,535).
#[derive(Clone, Copy)]
pub struct Octets<const N: usize> {
    len: u16,
    octets: [u8; N],
}

/// Octets that are copied together: a PDU without data length extension and its MIC have 31.
const SHORT: usize = 32;

/// There is no room for the octets to be added; nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the octet string is full")
    }
}

impl core::error::Error for Full {}

impl<const N: usize> Octets<N> {
    /// No octets.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0, octets: [0; N] }
    }

    /// A copy of `slice`, or `None` if it is longer than `N`.
    #[must_use]
    pub fn from_slice(slice: &[u8]) -> Option<Self> {
        let mut octets = [0; N];
        octets.get_mut(..slice.len())?.copy_from_slice(slice);
        Some(Self { len: u16::try_from(slice.len()).ok()?, octets })
    }

    /// Adds one octet.
    ///
    /// # Errors
    /// [`Full`] if there is no room.
    pub fn push(&mut self, octet: u8) -> Result<(), Full> {
        self.extend_from_slice(&[octet])
    }

    /// Adds octets.
    ///
    /// # Errors
    /// [`Full`] if there is no room for all of them.
    pub fn extend_from_slice(&mut self, slice: &[u8]) -> Result<(), Full> {
        let from = self.len();
        let to = from + slice.len();
        self.octets.get_mut(from..to).ok_or(Full)?.copy_from_slice(slice);
        self.len = u16::try_from(to).map_err(|_| Full)?;
        Ok(())
    }

    /// Becomes equal to `other`; of its octets hardly more than it has are copied.
    #[inline]
    pub fn copy_from(&mut self, other: &Self) {
        // Most are short, and two numbers take no call to be copied.
        match (self.octets.as_chunks_mut(), other.octets.as_chunks()) {
            (([first, second, ..], _), ([low, high, ..], _)) if other.len() <= SHORT => {
                let (low, high) = (u128::from_ne_bytes(*low), u128::from_ne_bytes(*high));
                (*first, *second) = (low.to_ne_bytes(), high.to_ne_bytes());
            }
            _ => self.octets[..other.len()].copy_from_slice(other),
        }
        self.len = other.len;
    }

    /// Keeps the first `len` octets, if there are more.
    pub fn truncate(&mut self, len: usize) {
        // A length that 16 bits do not hold is above any capacity.
        self.len = u16::try_from(len).map_or(self.len, |len| len.min(self.len));
    }

    /// The octets.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// The octets, to be changed in place.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.octets[..usize::from(self.len)]
    }
}

impl<const N: usize> Default for Octets<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Deref for Octets<N> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl<const N: usize> DerefMut for Octets<N> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.as_mut_slice()
    }
}

impl<const N: usize> PartialEq for Octets<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<const N: usize> Eq for Octets<N> {}

impl<const N: usize> fmt::Debug for Octets<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What does not fit is refused whole, and equality looks at the contents alone.
    #[test]
    fn capacity_and_contents() {
        assert_eq!(Octets::<3>::from_slice(&[1, 2, 3, 4]), None);
        let mut octets = Octets::<3>::from_slice(&[1, 2]).unwrap();
        assert_eq!(octets.extend_from_slice(&[3, 4]), Err(Full));
        assert_eq!(octets.as_slice(), [1, 2]);
        assert_eq!(octets.push(3), Ok(()));
        assert_eq!(octets.push(4), Err(Full));
        octets.truncate(usize::MAX);
        assert_eq!(octets.len(), 3);
        octets.truncate(1);
        assert_eq!(octets, Octets::from_slice(&[1]).unwrap());
        octets[0] = 0xAB;
        assert_eq!(format!("{octets:?}"), "ab");
        octets.copy_from(&Octets::from_slice(&[4, 5, 6]).unwrap());
        assert_eq!(octets.as_slice(), [4, 5, 6]);
        octets.copy_from(&Octets::new());
        assert!(octets.is_empty());
    }

    /// A copy is equal at every length, those that are copied in one piece and those that are not.
    #[test]
    fn a_copy_is_equal_at_every_length() {
        let all: [u8; 40] = core::array::from_fn(|place| u8::try_from(place).unwrap());
        for (before, after) in (0..=40).flat_map(|before| (0..=40).map(move |after| (before, after))) {
            let mut octets = Octets::<40>::from_slice(&all[40 - before..]).unwrap();
            octets.copy_from(&Octets::from_slice(&all[..after]).unwrap());
            assert_eq!(octets.as_slice(), &all[..after]);
        }
    }
}
