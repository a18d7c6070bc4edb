//! One record of a btsnoop file and what it holds.

use super::{DataLink, EPOCH};
use blesim_packet::DecodeError;
use blesim_packet::hci::{AclData, Command, Event, HciPacket};

/// What a record of [`DataLink::MONITOR`] holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Opcode(pub u16);

impl Opcode {
    /// An adapter appears: type, bus, address (least significant octet first), name.
    pub const NEW_INDEX: Self = Self(0);
    /// An adapter disappears.
    pub const DELETED_INDEX: Self = Self(1);
    /// A command.
    pub const COMMAND: Self = Self(2);
    /// An event.
    pub const EVENT: Self = Self(3);
    /// ACL data from the host.
    pub const ACL_TX: Self = Self(4);
    /// ACL data to the host.
    pub const ACL_RX: Self = Self(5);
    /// A note: text that ends with a zero octet.
    pub const SYSTEM_NOTE: Self = Self(12);
    /// A message: priority, length of the identifier, identifier, text, both texts with a zero octet at the
    /// end.
    pub const USER_LOGGING: Self = Self(13);
}

/// Which way a packet went.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// From the host to the controller.
    FromHost,
    /// From the controller to the host.
    ToHost,
}

/// One record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// How the file frames its records.
    pub data_link: DataLink,
    /// Direction and kind; see [`Self::adapter`] and [`Self::opcode`].
    pub flags: u32,
    /// Octets the packet had; more than `data` holds if it was cut.
    pub original_length: u32,
    /// Packets that were lost before this one.
    pub drops: u32,
    /// Microseconds since the beginning of year 0, as in the file.
    pub timestamp: i64,
    /// The content.
    pub data: Vec<u8>,
}

impl Record {
    /// Microseconds since 2000-01-01, the zero of simulated captures; negative before it.
    #[must_use]
    pub const fn time_us(&self) -> i64 {
        self.timestamp.saturating_sub(EPOCH)
    }

    /// The adapter, in a file of [`DataLink::MONITOR`].
    #[must_use]
    pub fn adapter(&self) -> Option<u16> {
        let [high, low, ..] = self.flags.to_be_bytes();
        (self.data_link == DataLink::MONITOR).then_some(u16::from_be_bytes([high, low]))
    }

    /// What the record holds, in a file of [`DataLink::MONITOR`].
    #[must_use]
    pub fn opcode(&self) -> Option<Opcode> {
        let [.., high, low] = self.flags.to_be_bytes();
        (self.data_link == DataLink::MONITOR).then_some(Opcode(u16::from_be_bytes([high, low])))
    }

    /// The HCI packet and which way it went; `None` if the record holds something else.
    #[must_use]
    pub fn packet(&self) -> Option<(Direction, Result<HciPacket, DecodeError>)> {
        if self.data_link == DataLink::H4 {
            // The lowest bit: 0 sent, 1 received.
            let direction = if self.flags & 1 == 0 { Direction::FromHost } else { Direction::ToHost };
            return Some((direction, HciPacket::decode(&self.data)));
        }
        if self.data_link == DataLink::H1 {
            // Bit 1: a command or an event, not data.
            let (received, data) = (self.flags & 1 != 0, self.flags & 2 == 0);
            let direction = if received { Direction::ToHost } else { Direction::FromHost };
            let packet = match (data, received) {
                (true, _) => AclData::decode(&self.data).map(HciPacket::Acl),
                (false, true) => Event::decode(&self.data).map(HciPacket::Event),
                (false, false) => Command::decode(&self.data).map(HciPacket::Command),
            };
            return Some((direction, packet));
        }
        match self.opcode()? {
            Opcode::COMMAND => {
                Some((Direction::FromHost, Command::decode(&self.data).map(HciPacket::Command)))
            }
            Opcode::EVENT => Some((Direction::ToHost, Event::decode(&self.data).map(HciPacket::Event))),
            Opcode::ACL_TX => Some((Direction::FromHost, AclData::decode(&self.data).map(HciPacket::Acl))),
            Opcode::ACL_RX => Some((Direction::ToHost, AclData::decode(&self.data).map(HciPacket::Acl))),
            _ => None,
        }
    }
}
