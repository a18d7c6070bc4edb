//! The CRC and the whitening of a packet, Vol 6 Part B 3.1.1 and 3.2.
//!
//! Invariant: both work on the PDU's octets as they are sent, least significant bit first.

use super::ChannelIndex;

/// The CRC initialisation value of the advertising channels, Vol 6 Part B 3.1.1.
pub const CRC_INIT_ADVERTISING: u32 = 0x55_5555;

/// x^10 + x^9 + x^6 + x^4 + x^3 + x + 1 below x^24, Vol 6 Part B 3.1.1.
const POLYNOMIAL: u32 = 0x65B;

/// The shift register after the PDU, bit k in position k, Vol 6 Part B 3.1.1. `init` is `CRCInit`, 24 bits,
/// whose least significant bit presets position 0.
#[must_use]
pub fn crc24(init: u32, pdu: &[u8]) -> u32 {
    pdu.iter().fold(init & 0xFF_FFFF, |mut register, &octet| {
        for bit in 0..8 {
            let feedback = ((register >> 23) ^ (u32::from(octet) >> bit)) & 1;
            register = (register << 1 & 0xFF_FFFF) ^ (feedback * POLYNOMIAL);
        }
        register
    })
}

/// The CRC as the three octets that follow the PDU in a capture: position 23 is sent first and lands in the
/// least significant bit of the first octet (Vol 6 Part B 3.1.1).
#[must_use]
pub fn crc24_octets(init: u32, pdu: &[u8]) -> [u8; 3] {
    let [_, a, b, c] = crc24(init, pdu).to_be_bytes().map(u8::reverse_bits);
    [a, b, c]
}

/// Whitens PDU and CRC in place, or undoes it: both are the same addition, Vol 6 Part B 3.2.
pub fn whiten(channel: ChannelIndex, octets: &mut [u8]) {
    // Bit 6 - k is position k: position 0 starts as one, positions 1 to 6 as the channel index from its top.
    let mut register = 0x40 | channel.0 & 0x3F;
    for octet in octets {
        for bit in 0..8 {
            let out = register & 1;
            *octet ^= out << bit;
            // x^7 + x^4 + 1: what leaves position 6 enters position 0 and is added into position 4.
            register = (register >> 1) ^ (out * 0x44);
        }
    }
}
