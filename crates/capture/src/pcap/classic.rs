//! Writes pcap files: one link type, no names, no comments, readable by the oldest tools.

use super::{EPOCH, LONGEST, LinkType, length, refused};
use std::io::{self, Write};

/// Microseconds in the times, octets in the writer's order.
const MAGIC: u32 = 0xA1B2_C3D4;

/// Writes a pcap file.
///
/// Times are nanoseconds since the session began, which stands in the file as 2000-01-01 00:00:00 UTC; the file
/// keeps whole microseconds. Writes are small, so give it a buffered sink.
#[derive(Debug)]
pub struct PcapWriter<W> {
    sink: W,
}

impl<W: Write> PcapWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(mut sink: W, link_type: LinkType) -> io::Result<Self> {
        sink.write_all(&MAGIC.to_le_bytes())?;
        // Version 2.4, then eight octets that are not used any more.
        sink.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
        sink.write_all(&LONGEST.to_le_bytes())?;
        sink.write_all(&u32::from(link_type.0).to_le_bytes())?;
        Ok(Self { sink })
    }

    /// Adds a packet.
    ///
    /// # Errors
    /// Those of the sink, a time after 2106, or a packet beyond [`super::PACKET_MAX`].
    pub fn packet(&mut self, time_ns: u64, content: &[u8]) -> io::Result<()> {
        let too_far = refused("the time is too far away");
        let micros = EPOCH.checked_add(time_ns).ok_or(too_far)? / 1_000;
        let field = |number: u64| u32::try_from(number).map_err(|_| refused("the time is too far away"));
        let (seconds, rest) = (field(micros / 1_000_000)?, field(micros % 1_000_000)?);
        let length = length(content)?;
        for field in [seconds, rest, length, length] {
            self.sink.write_all(&field.to_le_bytes())?;
        }
        self.sink.write_all(content)
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
