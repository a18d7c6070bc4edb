//! One packet of a pcap or pcapng file and what it holds.

use super::{AirPacket, EPOCH, LinkType, nordic};
use crate::btsnoop::{self, DataLink, Record};
use core::fmt;
use std::sync::Arc;

/// The packet indicator of an event, Vol 4 Part A 2.
const EVENT: u8 = 4;

/// One packet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// Its number in the file, counted from one, as Wireshark does.
    pub number: u64,
    /// Octets from the beginning of the file to its record.
    pub offset: u64,
    /// What its octets are.
    pub link_type: LinkType,
    /// The interface's name, empty if it has none.
    pub interface: Arc<str>,
    /// Nanoseconds since 1970-01-01 00:00:00 UTC.
    pub time_ns: u64,
    /// Octets the packet had; more than `data` holds if it was cut.
    pub original_length: u32,
    /// The content.
    pub data: Vec<u8>,
    /// What somebody wrote about it.
    pub comments: Vec<String>,
}

/// What a packet holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// Something of HCI, or of the monitor that looks at it.
    Hci(Record),
    /// A packet of the air.
    Air(AirPacket),
    /// Something that says nothing of a packet.
    Nothing,
}

/// Why a packet's octets are not what its link type promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContentError {
    /// A link type that is not read here.
    LinkType(LinkType),
    /// Fewer octets than the shortest packet has.
    TooShort {
        /// Octets needed.
        need: usize,
        /// Octets there.
        got: usize,
    },
    /// The packet was stored as it is on the air, whitened (Vol 6 Part B 3.2).
    Whitened,
    /// An RF channel or channel index above 39.
    Channel(u8),
    /// A PHY that there is not.
    Phy(u16),
    /// A coding indicator that there is not (Vol 6 Part B 2.2.3).
    Coding(u8),
    /// A version of the nRF Sniffer's protocol that is not known.
    SnifferVersion(u8),
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LinkType(LinkType(number)) => {
                write!(f, "link type {number}; those known are 187, 201, 251, 254, 256 and 272")
            }
            Self::TooShort { need, got } => write!(f, "{got} octets where at least {need} are needed"),
            Self::Whitened => f.write_str("the packet is still whitened"),
            Self::Channel(channel) => write!(f, "channel {channel} where 39 is the last"),
            Self::Phy(phy) => write!(f, "PHY {phy} where 2 is the last"),
            Self::Coding(indicator) => write!(f, "coding indicator {indicator} where 1 is the last"),
            Self::SnifferVersion(version) => {
                write!(f, "version {version} of the nRF Sniffer's protocol where 1 to 3 are known")
            }
        }
    }
}

impl core::error::Error for ContentError {}

impl Packet {
    /// What the packet holds.
    ///
    /// # Errors
    /// [`ContentError`] if it is not what its link type promises; what is inside of HCI is not looked at.
    pub fn content(&self) -> Result<Content, ContentError> {
        match self.link_type {
            LinkType::HCI_H4 => {
                // Nothing but the indicator tells the direction: events go up, and data is taken to go down.
                let flags = u32::from(self.data.first() == Some(&EVENT));
                Ok(Content::Hci(self.record(DataLink::H4, flags, &self.data)))
            }
            LinkType::HCI_H4_WITH_PHDR => {
                let (direction, packet) = self.head()?;
                Ok(Content::Hci(self.record(DataLink::H4, u32::from_be_bytes(direction) & 1, packet)))
            }
            LinkType::LINUX_MONITOR => {
                let (flags, content) = self.head()?;
                Ok(Content::Hci(self.record(DataLink::MONITOR, u32::from_be_bytes(flags), content)))
            }
            LinkType::LE_LL => AirPacket::decode_bare(&self.data).map(Content::Air),
            LinkType::LE_LL_WITH_PHDR => AirPacket::decode(&self.data).map(Content::Air),
            LinkType::NORDIC_BLE => {
                nordic::decode(&self.data).map(|packet| packet.map_or(Content::Nothing, Content::Air))
            }
            other => Err(ContentError::LinkType(other)),
        }
    }

    /// The word before the packet proper.
    fn head(&self) -> Result<([u8; 4], &[u8]), ContentError> {
        let (head, rest) =
            self.data.split_first_chunk().ok_or(ContentError::TooShort { need: 4, got: self.data.len() })?;
        Ok((*head, rest))
    }

    fn record(&self, data_link: DataLink, flags: u32, data: &[u8]) -> Record {
        let since_2000_us = (i128::from(self.time_ns) - i128::from(EPOCH)) / 1_000;
        let since_2000_us = i64::try_from(since_2000_us).expect("a thousandth of 64 bits fits");
        Record {
            data_link,
            flags,
            original_length: self.original_length,
            drops: 0,
            timestamp: btsnoop::EPOCH + since_2000_us,
            data: data.to_vec(),
        }
    }
}
