//! Values as the specification prints them: hexadecimal, most significant octet first.

use blesim_crypto::DeviceAddress;

/// The octets of a hexadecimal string, in the order in which they stand.
pub(crate) fn message(hex: &str) -> Vec<u8> {
    let octet = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
    (0..hex.len()).step_by(2).map(octet).collect()
}

/// The same, of a length known beforehand.
pub(crate) fn octets<const LEN: usize>(hex: &str) -> [u8; LEN] {
    message(hex).try_into().expect("as many octets as the type says")
}

/// A 128-bit number.
pub(crate) fn number(hex: &str) -> u128 {
    u128::from_be_bytes(octets(hex))
}

/// An address in its 56-bit form, type octet first.
pub(crate) fn address(hex: &str) -> DeviceAddress {
    let [kind, octets @ ..]: [u8; 7] = octets(hex);
    DeviceAddress { random: kind == 1, octets }
}
