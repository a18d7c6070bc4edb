//! pcap and pcapng: captures of the air and of HCI, as Wireshark and sniffers write and read them.
//!
//! Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, and the list of link types of tcpdump.org. We write
//! the file's own fields least significant octet first and read both orders.

mod air;
mod classic;
mod ng;
mod nordic;
mod packet;
mod reader;

pub use air::{AirPacket, Mic, Sender};
pub use classic::PcapWriter;
pub use ng::{Interface, PcapngWriter};
pub use packet::{Content, ContentError, Packet};
pub use reader::{PcapReadError, PcapReadErrorKind, PcapReader};

/// 2000-01-01 00:00:00 UTC in nanoseconds since 1970: when every simulated session begins.
const EPOCH: u64 = 946_684_800 * 1_000_000_000;

/// The longest packet that is read or written.
pub const PACKET_MAX: usize = LONGEST as usize;
/// The same, as the files say it.
const LONGEST: u32 = 0x4_0000;

/// What a packet's octets are, as the list of tcpdump.org numbers it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LinkType(pub u16);

impl LinkType {
    /// HCI with its packet indicator (Vol 4 Part A 2).
    pub const HCI_H4: Self = Self(187);
    /// HCI with its packet indicator, after a word that says which way: 0 sent by the host, 1 received.
    pub const HCI_H4_WITH_PHDR: Self = Self(201);
    /// A link layer packet from its access address to its CRC (Vol 6 Part B 2.1).
    pub const LE_LL: Self = Self(251);
    /// What the Linux monitor tells: adapter, [`crate::btsnoop::Opcode`] and content.
    pub const LINUX_MONITOR: Self = Self(254);
    /// A link layer packet after ten octets about how it was received: [`AirPacket`].
    pub const LE_LL_WITH_PHDR: Self = Self(256);
    /// What a sniffer with the firmware of Nordic Semiconductor tells.
    pub const NORDIC_BLE: Self = Self(272);
}

/// The octets after one that is not aligned to a word.
const fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

/// The length of a packet, unless it is too long.
fn length(content: &[u8]) -> std::io::Result<u32> {
    let length = u32::try_from(content.len()).ok().filter(|length| *length <= LONGEST);
    length.ok_or(refused("the packet is too long"))
}

fn refused(why: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidInput, why)
}
