//! A packet of the air with how it was received: LINKTYPE_BLUETOOTH_LE_LL_WITH_PHDR and LINKTYPE_BLUETOOTH_LE_LL.
//!
//! Source: the list of link types of tcpdump.org. All numbers are least significant octet first.

use super::ContentError;
use blesim_packet::ll::{AccessAddress, ChannelIndex, Phy};

/// Bits of the flags.
mod flag {
    pub(super) const DEWHITENED: u16 = 0x0001;
    pub(super) const SIGNAL_VALID: u16 = 0x0002;
    pub(super) const DECRYPTED: u16 = 0x0008;
    pub(super) const REFERENCE_VALID: u16 = 0x0010;
    pub(super) const CRC_CHECKED: u16 = 0x0400;
    pub(super) const CRC_VALID: u16 = 0x0800;
    pub(super) const MIC_CHECKED: u16 = 0x1000;
    pub(super) const MIC_VALID: u16 = 0x2000;
}

/// Kinds of PDUs, bits 7 to 9 of the flags.
mod kind {
    pub(super) const MASK: u16 = 7 << 7;
    pub(super) const AUXILIARY: u16 = 1 << 7;
    pub(super) const FROM_CENTRAL: u16 = 2 << 7;
    pub(super) const FROM_PERIPHERAL: u16 = 3 << 7;
}

/// The coding indicator between access address and PDU of a coded packet (Vol 6 Part B 2.2.3).
mod coding {
    pub(super) const S8: u8 = 0;
    pub(super) const S2: u8 = 1;
}

/// Octets before the access address.
const HEADER: usize = 10;
/// Octets of the CRC (Vol 6 Part B 2.1.4).
const CRC: usize = 3;

/// Who sent a packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Sender {
    /// The central of a connection.
    Central,
    /// The peripheral of a connection.
    Peripheral,
    /// Somebody on a secondary advertising channel; the number tells PDUs of type 7 apart: 0 AUX_ADV_IND, 1
    /// AUX_CHAIN_IND, 2 AUX_SYNC_IND, 3 AUX_SCAN_RSP.
    Auxiliary(u8),
    /// Not told; on the primary advertising channels it follows from the PDU.
    Untold,
}

/// What became of a packet's encryption.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mic {
    /// The PDU is as it was sent, encrypted or not.
    Untouched,
    /// The PDU was decrypted; the MIC was right and is no more in it.
    Right,
    /// The PDU could not be decrypted, for its MIC does not match.
    Wrong,
    /// The PDU was decrypted and nothing is known of its MIC.
    Unchecked,
}

/// A packet of the air, Vol 6 Part B 2.1, from its access address on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AirPacket {
    /// The physical channel, if it is known.
    pub channel: Option<ChannelIndex>,
    /// The PHY, with its coding.
    pub phy: Phy,
    /// The signal's power at the receiver in dBm, if it is known.
    pub signal_dbm: Option<i8>,
    /// The access address.
    pub access_address: AccessAddress,
    /// Who sent it.
    pub sender: Sender,
    /// Header, length and payload, dewhitened.
    pub pdu: Vec<u8>,
    /// The CRC as [`blesim_packet::ll::crc24_octets`] gives it.
    pub crc: [u8; 3],
    /// Whether the receiver found the CRC right; `None` if it did not look.
    pub crc_ok: Option<bool>,
    /// What became of its encryption.
    pub mic: Mic,
}

impl AirPacket {
    /// Adds the packet in the form of [`super::LinkType::LE_LL_WITH_PHDR`]. An unknown channel is written as 0.
    ///
    /// # Panics
    /// If the channel index is above 39.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let channel = self.channel.map_or(0, ChannelIndex::rf_channel);
        into.extend([channel, self.signal_dbm.unwrap_or_default().cast_unsigned(), 0, 0]);
        into.extend(self.access_address.to_wire());
        into.extend(self.flags().to_le_bytes());
        into.extend(self.access_address.to_wire());
        match self.phy {
            Phy::Le1M | Phy::Le2M => {}
            Phy::CodedS8 => into.push(coding::S8),
            Phy::CodedS2 => into.push(coding::S2),
        }
        into.extend(&self.pdu);
        into.extend(self.crc);
    }

    fn flags(&self) -> u16 {
        let always = flag::DEWHITENED | flag::REFERENCE_VALID;
        let signal = if self.signal_dbm.is_some() { flag::SIGNAL_VALID } else { 0 };
        let crc = match self.crc_ok {
            None => 0,
            Some(false) => flag::CRC_CHECKED,
            Some(true) => flag::CRC_CHECKED | flag::CRC_VALID,
        };
        let mic = match self.mic {
            Mic::Untouched => 0,
            Mic::Right => flag::DECRYPTED | flag::MIC_CHECKED | flag::MIC_VALID,
            Mic::Wrong => flag::MIC_CHECKED,
            Mic::Unchecked => flag::DECRYPTED,
        };
        let sender = match self.sender {
            Sender::Central => kind::FROM_CENTRAL,
            Sender::Peripheral => kind::FROM_PERIPHERAL,
            // Advertising is never encrypted, so the bits of the MIC tell the kinds of PDU apart.
            Sender::Auxiliary(number) => kind::AUXILIARY | u16::from(number & 3) << 12,
            Sender::Untold => 0,
        };
        let phy = match self.phy {
            Phy::Le1M => 0,
            Phy::Le2M => 1 << 14,
            Phy::CodedS2 | Phy::CodedS8 => 2 << 14,
        };
        always | signal | crc | mic | sender | phy
    }

    /// The packet from the form of [`super::LinkType::LE_LL_WITH_PHDR`].
    ///
    /// # Errors
    /// [`ContentError`] if the octets are too few, or channel, PHY or coding are none.
    pub fn decode(octets: &[u8]) -> Result<Self, ContentError> {
        let Some((header, packet)) = octets.split_first_chunk::<HEADER>() else {
            return Err(ContentError::TooShort { need: HEADER, got: octets.len() });
        };
        let &[channel, signal, .., low, high] = header;
        let flags = u16::from_le_bytes([low, high]);
        let set = |bit: u16| flags & bit != 0;
        if !set(flag::DEWHITENED) {
            return Err(ContentError::Whitened);
        }
        let phy = PhyBits::new(flags >> 14).ok_or(ContentError::Phy(flags >> 14))?;
        let mut air = Self::plain(packet, phy)?;
        air.channel = Some(index(channel).ok_or(ContentError::Channel(channel))?);
        air.signal_dbm = set(flag::SIGNAL_VALID).then_some(signal.cast_signed());
        air.crc_ok = set(flag::CRC_CHECKED).then_some(set(flag::CRC_VALID));
        air.sender = match flags & kind::MASK {
            kind::AUXILIARY => Sender::Auxiliary(high >> 4 & 3),
            kind::FROM_CENTRAL => Sender::Central,
            kind::FROM_PERIPHERAL => Sender::Peripheral,
            _ => Sender::Untold,
        };
        air.mic = match (set(flag::DECRYPTED), set(flag::MIC_CHECKED), set(flag::MIC_VALID)) {
            _ if matches!(air.sender, Sender::Auxiliary(_)) => Mic::Untouched,
            (_, true, false) => Mic::Wrong,
            (true, true, true) => Mic::Right,
            (true, false, _) => Mic::Unchecked,
            (false, ..) => Mic::Untouched,
        };
        Ok(air)
    }

    /// A packet of which nothing but its octets is known: [`super::LinkType::LE_LL`].
    ///
    /// # Errors
    /// [`ContentError`] if the octets are too few for a packet.
    pub fn decode_bare(octets: &[u8]) -> Result<Self, ContentError> {
        Self::plain(octets, PhyBits::Uncoded(Phy::Le1M))
    }

    /// From the access address on.
    pub(super) fn plain(octets: &[u8], phy: PhyBits) -> Result<Self, ContentError> {
        /// Access address, header and CRC.
        const LEAST: usize = 4 + 2 + CRC;
        let too_short = |need| ContentError::TooShort { need, got: octets.len() };
        let (address, mut rest) = octets.split_first_chunk::<4>().ok_or(too_short(LEAST))?;
        let phy = match phy {
            PhyBits::Uncoded(phy) => phy,
            PhyBits::Coded => {
                let (&indicator, pdu) = rest.split_first().ok_or(too_short(LEAST + 1))?;
                rest = pdu;
                match indicator {
                    coding::S8 => Phy::CodedS8,
                    coding::S2 => Phy::CodedS2,
                    other => return Err(ContentError::Coding(other)),
                }
            }
        };
        let (pdu, crc) = rest.split_last_chunk::<CRC>().ok_or(too_short(LEAST))?;
        if pdu.len() < 2 {
            return Err(too_short(LEAST));
        }
        Ok(Self {
            channel: None,
            phy,
            signal_dbm: None,
            access_address: AccessAddress::from_wire(*address),
            sender: Sender::Untold,
            pdu: pdu.to_vec(),
            crc: *crc,
            crc_ok: None,
            mic: Mic::Untouched,
        })
    }
}

/// A PHY before its coding is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PhyBits {
    /// Without a coding indicator.
    Uncoded(Phy),
    /// With one.
    Coded,
}

impl PhyBits {
    /// From the number that sniffers use: 0 LE 1M, 1 LE 2M, 2 LE Coded.
    pub(super) const fn new(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Uncoded(Phy::Le1M)),
            1 => Some(Self::Uncoded(Phy::Le2M)),
            2 => Some(Self::Coded),
            _ => None,
        }
    }
}

/// The index of an RF channel, Vol 6 Part B 1.4.1.
fn index(rf_channel: u8) -> Option<ChannelIndex> {
    (0..40).map(ChannelIndex).find(|channel| channel.rf_channel() == rf_channel)
}
