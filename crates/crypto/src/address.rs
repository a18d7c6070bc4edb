//! The device address as the toolbox functions take it: a type and 48 bits.
//!
//! Invariant: the octets stand in printed order, whatever the order on the air.
//! It must never know how an address is found in a packet, resolved, or who owns it.

/// A device address with its type, as `c1`, `f5` and `f6` use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceAddress {
    /// True for a random device address, false for a public one.
    pub random: bool,
    /// The address, most significant octet first, as it is printed.
    pub octets: [u8; 6],
}

impl DeviceAddress {
    /// The address type as the toolbox writes it: 0 public, 1 random (Vol 3 Part H 2.2.3, 2.2.7).
    #[must_use]
    pub const fn type_bit(&self) -> u8 {
        self.random as u8
    }

    /// The 56-bit form of `f5` and `f6`: the type octet, then the address (Vol 3 Part H 2.2.7).
    #[must_use]
    pub fn typed_octets(&self) -> [u8; 7] {
        let mut typed = [self.type_bit(); 7];
        typed[1..].copy_from_slice(&self.octets);
        typed
    }

    /// The address alone as a 48-bit number.
    #[must_use]
    pub fn number(&self) -> u64 {
        let mut octets = [0; 8];
        octets[2..].copy_from_slice(&self.octets);
        u64::from_be_bytes(octets)
    }
}
