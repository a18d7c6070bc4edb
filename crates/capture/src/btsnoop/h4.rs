//! Writes btsnoop files of one host, as phones and HCI loggers do.

use super::writer::{put_header, put_record};
use super::{DataLink, Direction};
use blesim_packet::hci::HciPacket;
use std::io::{self, Write};

/// Bit 0 of a record's flags: the host received it.
const RECEIVED: u32 = 1;
/// Bit 1: a command or an event, not data.
const COMMAND_OR_EVENT: u32 = 2;

/// Writes a file of [`DataLink::H4`]: everything between one host and its controller.
///
/// Times are microseconds since the session began, which stands in the file as 2000-01-01 00:00:00. Writes
/// are small, so give it a buffered sink.
#[derive(Debug)]
pub struct H4Writer<W> {
    sink: W,
}

impl<W: Write> H4Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(mut sink: W) -> io::Result<Self> {
        put_header(&mut sink, DataLink::H4)?;
        Ok(Self { sink })
    }

    /// An HCI packet passes.
    ///
    /// # Errors
    /// Those of the sink, or a time that the file cannot hold.
    pub fn packet(&mut self, time_us: u64, direction: Direction, packet: &HciPacket) -> io::Result<()> {
        let way = match direction {
            Direction::FromHost => 0,
            Direction::ToHost => RECEIVED,
        };
        let kind = match packet {
            HciPacket::Command(_) | HciPacket::Event(_) => COMMAND_OR_EVENT,
            HciPacket::Acl(_) => 0,
        };
        put_record(&mut self.sink, way | kind, time_us, &[&packet.encode()])
    }

    /// Gives the sink back, flushed.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> io::Result<W> {
        self.sink.flush()?;
        Ok(self.sink)
    }
}
