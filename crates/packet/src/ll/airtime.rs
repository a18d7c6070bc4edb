//! How long a packet occupies the air, Vol 6 Part B 2.1 and 2.2.
//!
//! Invariant: whole microseconds, exactly. This module must never know what the packet says.

/// From the end of one packet to the start of the next on the same channel, in microseconds,
/// Vol 6 Part B 4.1.1.
pub const T_IFS_US: u32 = 150;

/// The longest payload of a PDU: its length field has eight bits (Vol 6 Part B 2.3 and 2.4).
const MAX_PAYLOAD: usize = 255;

/// A physical layer with its coding, Vol 6 Part A 3 and Part B 2.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phy {
    /// LE 1M, one symbol a bit.
    Le1M,
    /// LE 2M, one symbol a bit.
    Le2M,
    /// LE Coded with S = 2: two symbols a bit, 500 kb/s.
    CodedS2,
    /// LE Coded with S = 8: eight symbols a bit, 125 kb/s.
    CodedS8,
}

/// The microseconds from the first bit of the preamble to the last of the packet, for a PDU whose payload has
/// `payload_len` octets, the MIC included.
///
/// # Panics
/// If `payload_len` is above 255.
#[must_use]
pub fn airtime_us(phy: Phy, payload_len: usize) -> u32 {
    assert!(payload_len <= MAX_PAYLOAD, "the length field has eight bits");
    let payload = u32::try_from(payload_len).expect("it is at most 255") * 8;
    // PDU header of two octets and CRC of three, Vol 6 Part B 2.1 and 2.2.
    let pdu_and_crc = 16 + payload + 24;
    match phy {
        // Preamble of 8 bits, access address of 32, 1 us a bit: Vol 6 Part B 2.1.
        Phy::Le1M => 8 + 32 + pdu_and_crc,
        // Preamble of 16 bits, half a microsecond a bit: Vol 6 Part B 2.1.
        Phy::Le2M => (16 + 32 + pdu_and_crc) / 2,
        Phy::CodedS2 => coded(2, pdu_and_crc),
        Phy::CodedS8 => coded(8, pdu_and_crc),
    }
}

/// Vol 6 Part B 2.2: preamble 80 us; access address, coding indicator and TERM1 at S = 8, that is 256, 16 and
/// 24 us; then PDU, CRC and the three bits of TERM2 at the coding's own rate.
const fn coded(symbols: u32, pdu_and_crc: u32) -> u32 {
    80 + 256 + 16 + 24 + (pdu_and_crc + 3) * symbols
}
