//! Writes btsnoop files in the monitor format.
//!
//! Invariant: what it writes, [`super::BtsnoopReader`] reads; nothing is written of a record that is refused.

use super::{DataLink, Direction, EPOCH, FILE_HEADER, MAGIC, Opcode, RECORD_HEADER, RECORD_MAX, VERSION};
use blesim_packet::Address;
use blesim_packet::hci::HciPacket;
use std::io::{self, Write};

/// Writes a file of [`DataLink::MONITOR`]: all hosts of a session in one file.
///
/// Times are microseconds since the session began, which stands in the file as 2000-01-01 00:00:00. Writes
/// are small, so give it a buffered sink.
#[derive(Debug)]
pub struct BtsnoopWriter<W> {
    sink: W,
}

/// How much a message matters, as in syslog.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Priority {
    /// Something failed.
    Error = 3,
    /// Something is odd.
    Warning = 4,
    /// Something happened.
    Info = 6,
    /// A detail.
    Debug = 7,
}

impl<W: Write> BtsnoopWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(mut sink: W) -> io::Result<Self> {
        put_header(&mut sink, DataLink::MONITOR)?;
        Ok(Self { sink })
    }

    /// An adapter appears. Of its name, in ASCII, seven octets are kept: the field has eight, the last is
    /// zero.
    ///
    /// # Errors
    /// Those of the sink, or a time that the file cannot hold.
    pub fn new_index(&mut self, adapter: u16, time_us: u64, address: Address, name: &str) -> io::Result<()> {
        // Type 0 is a primary controller, bus 0 a virtual one.
        const TYPE_AND_BUS: [u8; 2] = [0, 0];
        let mut field = [0; 8];
        for (octet, kept) in field[..7].iter_mut().zip(name.bytes()) {
            *octet = kept;
        }
        self.record(adapter, time_us, Opcode::NEW_INDEX, &[&TYPE_AND_BUS, &address.to_wire(), &field])
    }

    /// An HCI packet passes. `direction` tells ACL data of the two ways apart.
    ///
    /// # Errors
    /// Those of the sink, or a time that the file cannot hold.
    pub fn packet(
        &mut self,
        adapter: u16,
        time_us: u64,
        direction: Direction,
        packet: &HciPacket,
    ) -> io::Result<()> {
        match (packet, direction) {
            (HciPacket::Command(command), _) => {
                self.record(adapter, time_us, Opcode::COMMAND, &[&command.encode()])
            }
            (HciPacket::Event(event), _) => self.record(adapter, time_us, Opcode::EVENT, &[&event.encode()]),
            (HciPacket::Acl(acl), Direction::FromHost) => {
                self.record(adapter, time_us, Opcode::ACL_TX, &[&acl.encode()])
            }
            (HciPacket::Acl(acl), Direction::ToHost) => {
                self.record(adapter, time_us, Opcode::ACL_RX, &[&acl.encode()])
            }
        }
    }

    /// A note; on adapter [`super::NO_ADAPTER`] it belongs to the whole session. Readers stop at a zero
    /// octet.
    ///
    /// # Errors
    /// Those of the sink, a time that the file cannot hold, or a text beyond [`RECORD_MAX`].
    pub fn system_note(&mut self, adapter: u16, time_us: u64, text: &str) -> io::Result<()> {
        self.record(adapter, time_us, Opcode::SYSTEM_NOTE, &[text.as_bytes(), &[0]])
    }

    /// A message of a program, named by `ident` (at most 254 octets). Readers stop at a zero octet.
    ///
    /// # Errors
    /// Those of the sink, a time that the file cannot hold, or a text that is too long.
    pub fn user_logging(
        &mut self,
        adapter: u16,
        time_us: u64,
        priority: Priority,
        ident: &str,
        text: &str,
    ) -> io::Result<()> {
        let length = u8::try_from(ident.len() + 1).map_err(|_| refused("the identifier is too long"))?;
        let head = [priority as u8, length];
        let parts = [&head, ident.as_bytes(), &[0], text.as_bytes(), &[0]];
        self.record(adapter, time_us, Opcode::USER_LOGGING, &parts)
    }

    /// Any record, with its content in the order of the file.
    ///
    /// # Errors
    /// Those of the sink, a time that the file cannot hold, or a content beyond [`RECORD_MAX`].
    pub fn raw(&mut self, adapter: u16, time_us: u64, opcode: Opcode, content: &[u8]) -> io::Result<()> {
        self.record(adapter, time_us, opcode, &[content])
    }

    /// Gives the sink back, flushed.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> io::Result<W> {
        self.sink.flush()?;
        Ok(self.sink)
    }

    fn record(&mut self, adapter: u16, time_us: u64, opcode: Opcode, parts: &[&[u8]]) -> io::Result<()> {
        put_record(&mut self.sink, u32::from(adapter) << 16 | u32::from(opcode.0), time_us, parts)
    }
}

/// Writes the file's header.
pub(super) fn put_header(sink: &mut impl Write, data_link: DataLink) -> io::Result<()> {
    let mut header = [0; FILE_HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_be_bytes());
    header[12..].copy_from_slice(&data_link.0.to_be_bytes());
    sink.write_all(&header)
}

/// Writes a record, or nothing of it if it is refused.
pub(super) fn put_record(sink: &mut impl Write, flags: u32, time_us: u64, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    if length > RECORD_MAX {
        return Err(refused("the record is too long"));
    }
    let length = u32::try_from(length).map_err(|_| refused("the record is too long"))?;
    let time = EPOCH.checked_add_unsigned(time_us).ok_or(refused("the time is too far away"))?;
    let mut header = [0; RECORD_HEADER];
    header[..4].copy_from_slice(&length.to_be_bytes());
    header[4..8].copy_from_slice(&length.to_be_bytes());
    header[8..12].copy_from_slice(&flags.to_be_bytes());
    header[16..].copy_from_slice(&time.to_be_bytes());
    sink.write_all(&header)?;
    parts.iter().try_for_each(|part| sink.write_all(part))
}

fn refused(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
