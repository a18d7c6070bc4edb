//! Any HCI packet, and its form on a UART, Vol 4 Part A 2.

use super::{AclData, Command, Event};
use crate::wire::Writer;
use crate::{DecodeError, Octets};

/// The longest packet with its indicator: a command with 255 octets of parameters.
const LONGEST: usize = 1 + 3 + 255;

/// Packet indicators, Vol 4 Part A 2, table 2.1.
mod indicator {
    pub(super) const COMMAND: u8 = 0x01;
    pub(super) const ACL_DATA: u8 = 0x02;
    pub(super) const EVENT: u8 = 0x04;
}

/// Any packet between host and controller, Vol 4 Part E 5.4; as octets with the indicator of Vol 4 Part A 2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HciPacket {
    /// From the host.
    Command(Command),
    /// From the controller.
    Event(Event),
    /// Either way.
    Acl(AclData),
}

impl HciPacket {
    /// ACL data as [`AclData`], no broadcast.
    ///
    /// # Panics
    /// If there are more than [`ACL_DATA_MAX`](super::ACL_DATA_MAX) octets.
    #[must_use]
    pub fn acl(handle: u16, boundary: u8, octets: &[u8]) -> Self {
        let mut packet = Self::Acl(AclData { handle, boundary, broadcast: 0, data: Octets::new() });
        packet.become_acl(handle, boundary, octets);
        packet
    }

    /// Becomes equal to [`HciPacket::acl`], in place.
    ///
    /// # Panics
    /// If there are more than [`ACL_DATA_MAX`](super::ACL_DATA_MAX) octets.
    #[inline]
    pub fn become_acl(&mut self, handle: u16, boundary: u8, octets: &[u8]) {
        if !matches!(self, Self::Acl(_)) {
            *self = Self::Acl(AclData { handle, boundary, broadcast: 0, data: Octets::new() });
        }
        if let Self::Acl(own) = self {
            (own.handle, own.boundary, own.broadcast) = (handle, boundary, 0);
            own.data.truncate(0);
            own.data.extend_from_slice(octets).expect("the caller has no more than a packet holds");
        }
    }

    /// The packet indicator, Vol 4 Part A 2.
    #[must_use]
    pub const fn indicator(&self) -> u8 {
        match self {
            Self::Command(_) => indicator::COMMAND,
            Self::Event(_) => indicator::EVENT,
            Self::Acl(_) => indicator::ACL_DATA,
        }
    }

    /// Becomes equal to `other`; of what comes most often, which is short, not much more is copied than there is.
    pub fn copy_from(&mut self, other: &Self) {
        match (other, &mut *self) {
            (Self::Acl(acl), Self::Acl(own)) => {
                (own.handle, own.boundary, own.broadcast) = (acl.handle, acl.boundary, acl.broadcast);
                own.data.copy_from(&acl.data);
            }
            (Self::Event(event), Self::Event(own)) => own.copy_from(event),
            _ => *self = *other,
        }
    }

    /// Decodes one packet that begins with its indicator, Vol 4 Part A 2.
    ///
    /// # Errors
    /// [`DecodeError::UnknownCode`] for another indicator, else what the packet's own decoding says.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let (&indicator, packet) = octets.split_first().ok_or(DecodeError::TooShort { need: 1, got: 0 })?;
        match indicator {
            indicator::COMMAND => Command::decode(packet).map(Self::Command),
            indicator::EVENT => Event::decode(packet).map(Self::Event),
            indicator::ACL_DATA => AclData::decode(packet).map(Self::Acl),
            code => Err(DecodeError::UnknownCode { code }),
        }
    }

    /// The packet with its indicator in front, Vol 4 Part A 2.
    #[must_use]
    pub fn encode(&self) -> Octets<LONGEST> {
        let mut writer = Writer::new();
        writer.u8(self.indicator());
        match self {
            Self::Command(command) => writer.slice(&command.encode()),
            Self::Event(event) => writer.slice(&event.encode()),
            Self::Acl(acl) => writer.slice(&acl.encode()),
        };
        writer.0
    }
}
