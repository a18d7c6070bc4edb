//! Writes pcapng files: any number of named interfaces, and comments on packets.

use super::{EPOCH, LONGEST, LinkType, length, padding, refused};
use std::io::{self, Write};

/// Types of blocks.
pub(super) mod block {
    pub(crate) const SECTION: u32 = 0x0A0D_0D0A;
    pub(crate) const INTERFACE: u32 = 1;
    pub(crate) const OLD_PACKET: u32 = 2;
    pub(crate) const SIMPLE_PACKET: u32 = 3;
    pub(crate) const STATISTICS: u32 = 5;
    pub(crate) const PACKET: u32 = 6;
}

/// Codes of options; those above the comment mean other things in other blocks.
pub(super) mod option {
    pub(crate) const END: u16 = 0;
    pub(crate) const COMMENT: u16 = 1;
    pub(crate) const APPLICATION: u16 = 4;
    pub(crate) const NAME: u16 = 2;
    pub(crate) const DESCRIPTION: u16 = 3;
    pub(crate) const RESOLUTION: u16 = 9;
    pub(crate) const OFFSET: u16 = 14;
}

/// By it a reader sees the order of octets.
pub(super) const ORDER: u32 = 0x1A2B_3C4D;

/// The longest text of an option.
const TEXT_MAX: usize = 0xFFFF;

/// An interface of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Interface(u32);

/// Writes a pcapng file of one section.
///
/// Times are nanoseconds since the session began, which stands in the file as 2000-01-01 00:00:00 UTC. Texts are
/// cut at 65,535 octets. Writes are small, so give it a buffered sink.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    sink: W,
    interfaces: u32,
    /// The body of the block that is being made.
    body: Vec<u8>,
}

impl<W: Write> PcapngWriter<W> {
    /// Begins a file; `application` is who writes it, `comment` what it is.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: W, application: &str, comment: &str) -> io::Result<Self> {
        let mut writer = Self { sink, interfaces: 0, body: Vec::new() };
        writer.body.extend(ORDER.to_le_bytes());
        // Version 1.0 and a length that is not told: the section ends with the file.
        writer.body.extend([1, 0, 0, 0]);
        writer.body.extend([0xFF; 8]);
        writer.text(option::COMMENT, comment);
        writer.text(option::APPLICATION, application);
        writer.end_of_options();
        writer.block(block::SECTION)?;
        Ok(writer)
    }

    /// Adds an interface.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn interface(&mut self, link_type: LinkType, name: &str, about: &str) -> io::Result<Interface> {
        /// Times are in units of ten to the minus nine seconds.
        const NANOSECONDS: u8 = 9;
        self.body.extend(link_type.0.to_le_bytes());
        self.body.extend([0, 0]);
        self.body.extend(LONGEST.to_le_bytes());
        self.text(option::NAME, name);
        self.text(option::DESCRIPTION, about);
        self.option(option::RESOLUTION, &[NANOSECONDS]);
        self.end_of_options();
        self.block(block::INTERFACE)?;
        self.interfaces += 1;
        Ok(Interface(self.interfaces - 1))
    }

    /// Adds a packet with its comments.
    ///
    /// # Errors
    /// Those of the sink, a time that the file cannot hold, or a packet beyond [`super::PACKET_MAX`].
    pub fn packet(
        &mut self,
        interface: Interface,
        time_ns: u64,
        content: &[u8],
        comments: &[String],
    ) -> io::Result<()> {
        let length = length(content)?;
        self.place(interface, time_ns)?;
        self.body.extend(length.to_le_bytes());
        self.body.extend(length.to_le_bytes());
        self.padded(content);
        self.comments(comments);
        self.block(block::PACKET)
    }

    /// Comments on an interface after its last packet.
    ///
    /// # Errors
    /// Those of the sink, or a time that the file cannot hold.
    pub fn remark(&mut self, interface: Interface, time_ns: u64, comments: &[String]) -> io::Result<()> {
        self.place(interface, time_ns)?;
        self.comments(comments);
        self.block(block::STATISTICS)
    }

    /// Gives the sink back, flushed.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> io::Result<W> {
        self.sink.flush()?;
        Ok(self.sink)
    }

    /// Interface and time, as blocks of packets and of statistics begin.
    fn place(&mut self, interface: Interface, time_ns: u64) -> io::Result<()> {
        let time = EPOCH.checked_add(time_ns).ok_or(refused("the time is too far away"))?;
        self.body.extend(interface.0.to_le_bytes());
        // The high word comes first.
        for word in [time >> 32, time & 0xFFFF_FFFF] {
            self.body.extend(&word.to_le_bytes()[..4]);
        }
        Ok(())
    }

    fn comments(&mut self, comments: &[String]) {
        if comments.is_empty() {
            return;
        }
        for comment in comments {
            self.text(option::COMMENT, comment);
        }
        self.end_of_options();
    }

    fn text(&mut self, code: u16, text: &str) {
        let end = (0..=text.len().min(TEXT_MAX)).rev().find(|&end| text.is_char_boundary(end));
        self.option(code, &text.as_bytes()[..end.unwrap_or(0)]);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let length = u16::try_from(value.len()).expect("texts are cut, and other values short");
        self.body.extend(code.to_le_bytes());
        self.body.extend(length.to_le_bytes());
        self.padded(value);
    }

    fn end_of_options(&mut self) {
        self.body.extend(option::END.to_le_bytes());
        self.body.extend([0, 0]);
    }

    fn padded(&mut self, octets: &[u8]) {
        self.body.extend(octets);
        self.body.extend(&[0; 3][..padding(octets.len())]);
    }

    /// Writes the body as a block, and begins the next.
    fn block(&mut self, kind: u32) -> io::Result<()> {
        // Type and length before the body, the length again after it.
        let length = u32::try_from(self.body.len() + 12).map_err(|_| refused("the block is too long"))?;
        self.sink.write_all(&kind.to_le_bytes())?;
        self.sink.write_all(&length.to_le_bytes())?;
        self.sink.write_all(&self.body)?;
        self.sink.write_all(&length.to_le_bytes())?;
        self.body.clear();
        Ok(())
    }
}
