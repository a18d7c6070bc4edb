//! H4, the UART transport of HCI, Vol 4 Part A: packets out of a stream of octets that is cut anywhere.
//!
//! Invariant: a packet comes out whole or not at all, and what is kept in between is never longer than one read
//! and one packet. It must never know where the octets come from.

use blesim_packet::hci::{ACL_DATA_MAX, AclData, Command, Event, HciPacket};
use blesim_packet::{DecodeError, Octets};
use core::fmt;

/// The longest packet that is taken: a command or an event with 255 octets of parameters.
const LONGEST: usize = 1 + 3 + 255;
/// `HCI_Reset` as it stands in the stream, by which a lost stream is found again (Vol 4 Part A 4).
const RESET: [u8; 4] = [0x01, 0x03, 0x0C, 0x00];

/// Packet indicators, Vol 4 Part A 2.
mod indicator {
    pub(super) const COMMAND: u8 = 0x01;
    pub(super) const ACL_DATA: u8 = 0x02;
    pub(super) const SYNCHRONOUS_DATA: u8 = 0x03;
    pub(super) const EVENT: u8 = 0x04;
    pub(super) const ISOCHRONOUS_DATA: u8 = 0x05;
}

/// Who sends the stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sender {
    /// A host: commands and data.
    Host,
    /// A controller: events and data.
    Controller,
}

/// What a stream brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item {
    /// A packet.
    Packet(HciPacket),
    /// A command or an event whose parameters break its format, with what is wrong; it is kept as octets.
    Malformed(HciPacket, DecodeError),
    /// Synchronous or isochronous data, which have no place on a link here.
    Ignored {
        /// The packet indicator.
        indicator: u8,
    },
}

/// Why nothing can be made of a stream any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum H4Error {
    /// An octet stands where a packet indicator should.
    Indicator {
        /// The octet.
        found: u8,
        /// Who sends.
        from: Sender,
        /// Octets of the stream before it.
        at: u64,
    },
    /// Data that no buffer here holds.
    TooLong {
        /// What the length field says.
        says: usize,
        /// Octets of the stream before the packet.
        at: u64,
    },
}

impl fmt::Display for H4Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Indicator { found, from, at } => {
                let (who, what) = match from {
                    Sender::Host => ("host", "0x01 (command) or 0x02 (ACL data)"),
                    Sender::Controller => ("controller", "0x04 (event) or 0x02 (ACL data)"),
                };
                write!(f, "octet {at} is {found:#04x}, where a {who} sends a packet indicator: {what}")
            }
            Self::TooLong { says, at } => write!(
                f,
                "the packet at octet {at} says {says} octets of data, where HCI_LE_Read_Buffer_Size allows \
                 {ACL_DATA_MAX}"
            ),
        }
    }
}

impl core::error::Error for H4Error {}

/// Finds the packets in a stream.
#[derive(Debug)]
pub struct Framer {
    from: Sender,
    kept: Vec<u8>,
    /// Octets of `kept` that are done with.
    done: usize,
    /// Octets of the stream before those kept.
    before: u64,
    /// Nothing counts until a reset is found.
    lost: bool,
}

impl Framer {
    /// A stream from its beginning.
    #[must_use]
    pub fn new(from: Sender) -> Self {
        Self { from, kept: Vec::new(), done: 0, before: 0, lost: false }
    }

    /// More of the stream. Take what comes of it by [`Self::next`] before the next piece.
    pub fn push(&mut self, octets: &[u8]) {
        self.kept.drain(..self.done);
        self.before += u64::try_from(self.done).unwrap_or(u64::MAX);
        self.done = 0;
        self.kept.extend_from_slice(octets);
    }

    /// Whether the stream stands in the middle of a packet.
    #[must_use]
    pub fn is_amid(&self) -> bool {
        self.done < self.kept.len() && !self.lost
    }

    /// Takes nothing for a packet until a host resets: how a serial line comes back (Vol 4 Part A 4).
    pub fn lose(&mut self) {
        self.lost = true;
    }

    /// The next packet, if it is there as a whole.
    ///
    /// # Errors
    /// [`H4Error`], and the same again on every call until [`Self::lose`].
    #[expect(clippy::should_implement_trait, reason = "it is none: more may follow after nothing")]
    pub fn next(&mut self) -> Result<Option<Item>, H4Error> {
        if self.lost && !self.find() {
            return Ok(None);
        }
        let rest = &self.kept[self.done..];
        let Some((&indicator, packet)) = rest.split_first() else { return Ok(None) };
        let at = self.before + u64::try_from(self.done).unwrap_or(u64::MAX);
        let fits = match (indicator, self.from) {
            (indicator::COMMAND, from) => from == Sender::Host,
            (indicator::EVENT, from) => from == Sender::Controller,
            (indicator::ACL_DATA | indicator::SYNCHRONOUS_DATA | indicator::ISOCHRONOUS_DATA, _) => true,
            _ => false,
        };
        if !fits {
            return Err(H4Error::Indicator { found: indicator, from: self.from, at });
        }
        let Some((header, length)) = lengths(indicator, packet) else { return Ok(None) };
        if indicator == indicator::ACL_DATA && length > ACL_DATA_MAX || header + length >= LONGEST {
            return Err(H4Error::TooLong { says: length, at });
        }
        let Some(packet) = packet.get(..header + length) else { return Ok(None) };
        let item = item(indicator, packet);
        self.done += 1 + header + length;
        Ok(Some(item))
    }

    /// Goes on to the next reset, if there is one.
    fn find(&mut self) -> bool {
        let rest = &self.kept[self.done..];
        let found = rest.windows(RESET.len()).position(|window| window == RESET);
        self.lost = found.is_none();
        // The beginning of one may be the end of this.
        self.done += found.unwrap_or(rest.len().saturating_sub(RESET.len() - 1));
        found.is_some()
    }
}

/// Octets of the header after the indicator, and what its length field says, as soon as that is there.
fn lengths(indicator: u8, packet: &[u8]) -> Option<(usize, usize)> {
    let octet = |place: usize| packet.get(place).map(|&octet| usize::from(octet));
    Some(match indicator {
        indicator::COMMAND | indicator::SYNCHRONOUS_DATA => (3, octet(2)?),
        indicator::EVENT => (2, octet(1)?),
        indicator::ACL_DATA => (4, octet(2)? | octet(3)? << 8),
        // ISO_Data_Load_Length has 14 bits (Vol 4 Part E 5.4.5).
        _ => (4, octet(2)? | (octet(3)? & 0x3F) << 8),
    })
}

/// A packet whose lengths are right.
fn item(indicator: u8, packet: &[u8]) -> Item {
    let rest = |header: usize| Octets::from_slice(&packet[header..]).expect("its length has one octet");
    match indicator {
        indicator::COMMAND => Command::decode(packet).map_or_else(
            |error| {
                let opcode = u16::from_le_bytes([packet[0], packet[1]]);
                let command = Command::Unknown { opcode, parameters: rest(3) };
                Item::Malformed(HciPacket::Command(command), error)
            },
            |command| Item::Packet(HciPacket::Command(command)),
        ),
        indicator::EVENT => Event::decode(packet).map_or_else(
            |error| {
                let event = Event::Unknown { code: packet[0], parameters: rest(2) };
                Item::Malformed(HciPacket::Event(event), error)
            },
            |event| Item::Packet(HciPacket::Event(event)),
        ),
        indicator::ACL_DATA => {
            let acl = AclData::decode(packet).expect("its length is right and not too long");
            Item::Packet(HciPacket::Acl(acl))
        }
        _ => Item::Ignored { indicator },
    }
}
