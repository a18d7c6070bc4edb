//! ACL data packets, Vol 4 Part E 5.4.2.

use crate::wire::{Reader, Writer};
use crate::{DecodeError, Octets};

/// The longest data that one packet carries here: the most that one LL data PDU can (Vol 6 Part B 2.4).
pub const ACL_DATA_MAX: usize = 251;

/// The header before the data: handle with flags, then the length.
const HEADER: usize = 4;

/// An ACL data packet, Vol 4 Part E 5.4.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AclData {
    /// Connection handle, 12 bits.
    pub handle: u16,
    /// Packet_Boundary_Flag, 2 bits: 0b00 starts a packet from the host, 0b10 one from the controller, 0b01
    /// continues one.
    pub boundary: u8,
    /// Broadcast_Flag, 2 bits: 0b00 on LE.
    pub broadcast: u8,
    /// The data.
    pub data: Octets<ACL_DATA_MAX>,
}

impl AclData {
    /// [`Self::boundary`] of a packet that continues a frame of L2CAP.
    pub const CONTINUES: u8 = 0b01;

    /// Whether it continues a frame that another packet began.
    #[must_use]
    pub const fn continues(&self) -> bool {
        self.boundary == Self::CONTINUES
    }

    /// Decodes a packet without its transport's packet indicator.
    ///
    /// # Errors
    /// [`DecodeError`] if the header is cut, the length disagrees, or the data exceeds [`ACL_DATA_MAX`].
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let [low, high] = reader.u16()?.to_le_bytes();
        let says = usize::from(reader.u16()?);
        let got = octets.len() - HEADER;
        if says != got {
            return Err(DecodeError::BadLength { says, got });
        }
        Ok(Self {
            handle: u16::from_le_bytes([low, high & 0x0F]),
            boundary: high >> 4 & 0b11,
            broadcast: high >> 6,
            data: reader.rest()?,
        })
    }

    /// The packet without its transport's packet indicator. Bits beyond a field's width are dropped.
    #[must_use]
    pub fn encode(&self) -> Octets<{ HEADER + ACL_DATA_MAX }> {
        let [low, high] = self.handle.to_le_bytes();
        let high = high & 0x0F | (self.boundary & 0b11) << 4 | (self.broadcast & 0b11) << 6;
        let mut writer = Writer::new();
        writer.slice(&[low, high]).length_u16(&self.data).slice(&self.data);
        writer.0
    }
}
