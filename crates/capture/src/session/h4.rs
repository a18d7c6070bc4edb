//! A session as the HCI log of one of its hosts.

use crate::btsnoop::{Direction, H4Writer};
use blesim_kernel::Instant;
use blesim_world::{Entry, Trace};
use std::io::{self, Write};

/// Writes what one host and its controller say as a btsnoop file.
pub struct H4Trace<W> {
    writer: H4Writer<W>,
    device: usize,
    /// The first error of the sink; nothing is written after it.
    error: Option<io::Error>,
}

impl<W: Write> H4Trace<W> {
    /// A log of the device with this index in the plan.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: W, device: usize) -> io::Result<Self> {
        Ok(Self { writer: H4Writer::new(sink)?, device, error: None })
    }

    /// Ends the file and gives the sink back.
    ///
    /// # Errors
    /// The first error that the sink had.
    pub fn finish(self) -> io::Result<W> {
        match self.error {
            Some(error) => Err(error),
            None => self.writer.finish(),
        }
    }
}

impl<W: Write> Trace for H4Trace<W> {
    const ON: bool = true;

    fn entry(&mut self, at: Instant, entry: &Entry<'_>) {
        let (device, direction, packet) = match *entry {
            Entry::ToController { device, packet } => (device, Direction::FromHost, packet),
            Entry::ToHost { device, packet } => (device, Direction::ToHost, packet),
            _ => return,
        };
        if device == self.device
            && self.error.is_none()
            && let Err(error) = self.writer.packet(at.as_micros(), direction, packet)
        {
            self.error = Some(error);
        }
    }
}
