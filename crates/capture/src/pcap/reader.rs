//! Reads pcap and pcapng files.
//!
//! Invariant: any bytes give packets and at most one error at the end, never a panic; no more than one block of
//! at most [`BLOCK_MAX`] octets and the names of [`INTERFACES_MAX`] interfaces are held at a time, whatever a
//! length field says.

mod error;
mod interfaces;

use super::ng::{ORDER, block, option};
use super::{LinkType, PACKET_MAX, Packet};
use crate::source::fill;
pub use error::{PcapReadError, PcapReadErrorKind};
use interfaces::{Described, options};
use std::io::{self, Read};
use std::sync::Arc;

/// The longest block that is held: a packet with its comments.
const BLOCK_MAX: usize = PACKET_MAX + 0x4_0000;
/// The most interfaces of a section.
const INTERFACES_MAX: usize = 1_024;
/// A pcap file's header without the magic.
const FILE_HEADER: usize = 20;
/// A pcap record's header: seconds, fraction, included length, original length.
const RECORD_HEADER: usize = 16;

/// Reads packets one by one; ends after the last one or after the first error.
#[derive(Debug)]
pub struct PcapReader<R> {
    source: R,
    format: Format,
    /// The order of octets in the file's fields.
    big: bool,
    /// Octets read.
    offset: u64,
    packets: u64,
    ended: bool,
}

#[derive(Debug)]
enum Format {
    /// One link type; how many nanoseconds a unit of the fraction has.
    Classic { link_type: LinkType, unit_ns: u32, name: Arc<str> },
    /// The interfaces of the present section.
    Ng { interfaces: Vec<Described> },
}

impl<R: Read> PcapReader<R> {
    /// Reads the file's header. Reads are small, so give it a buffered source.
    ///
    /// # Errors
    /// [`PcapReadError`] if the source fails or this is neither a pcap nor a pcapng file.
    pub fn new(source: R) -> Result<Self, PcapReadError> {
        let format = Format::Ng { interfaces: Vec::new() };
        let mut reader = Self { source, format, big: false, offset: 0, packets: 0, ended: false };
        reader.begin().map_err(|kind| PcapReadError { offset: 0, kind })?;
        Ok(reader)
    }

    fn begin(&mut self) -> Result<(), PcapReadErrorKind> {
        let mut magic = [0; 4];
        if fill(&mut self.source, &mut magic)? < magic.len() {
            return Err(PcapReadErrorKind::NotPcap);
        }
        self.offset += 4;
        if u32::from_le_bytes(magic) == block::SECTION {
            return self.section();
        }
        let (big, unit_ns) = match magic {
            [0xD4, 0xC3, 0xB2, 0xA1] => (false, 1_000),
            [0xA1, 0xB2, 0xC3, 0xD4] => (true, 1_000),
            [0x4D, 0x3C, 0xB2, 0xA1] => (false, 1),
            [0xA1, 0xB2, 0x3C, 0x4D] => (true, 1),
            _ => return Err(PcapReadErrorKind::NotPcap),
        };
        self.big = big;
        let header: [u8; FILE_HEADER] = self.exactly()?;
        let (major, minor) = (self.u16(&header, 0), self.u16(&header, 2));
        if major != 2 {
            return Err(PcapReadErrorKind::Version { major, minor });
        }
        // The upper half speaks of frame check sequences.
        let [low, high, ..] = self.u32(&header, 16).to_le_bytes();
        let link_type = LinkType(u16::from_le_bytes([low, high]));
        self.format = Format::Classic { link_type, unit_ns, name: "".into() };
        Ok(())
    }

    /// A section begins; its type has been read.
    fn section(&mut self) -> Result<(), PcapReadErrorKind> {
        let head: [u8; 8] = self.exactly()?;
        let [.., a, b, c, d] = head;
        self.big = match [a, b, c, d] {
            order if u32::from_le_bytes(order) == ORDER => false,
            order if u32::from_be_bytes(order) == ORDER => true,
            _ => return Err(PcapReadErrorKind::NotPcap),
        };
        // Type, length, order of octets, and the length again.
        let body = self.rest_of_block(self.u32(&head, 0), 16)?;
        let Some(version) = body.get(..4) else { return Err(PcapReadErrorKind::Fields("section header")) };
        let (major, minor) = (self.u16(version, 0), self.u16(version, 2));
        if major != 1 {
            return Err(PcapReadErrorKind::Version { major, minor });
        }
        self.format = Format::Ng { interfaces: Vec::new() };
        Ok(())
    }

    fn next_packet(&mut self, start: &mut u64) -> Result<Option<Packet>, PcapReadErrorKind> {
        if let Format::Classic { link_type, unit_ns, name } = &self.format {
            let (link_type, unit_ns, name) = (*link_type, *unit_ns, Arc::clone(name));
            return self.classic(link_type, unit_ns, name);
        }
        loop {
            *start = self.offset;
            let mut kind = [0; 4];
            match fill(&mut self.source, &mut kind)? {
                0 => return Ok(None),
                4 => self.offset += 4,
                got => return Err(PcapReadErrorKind::Truncated { need: 4, got }),
            }
            let kind = self.u32(&kind, 0);
            if kind == block::SECTION {
                self.section()?;
            } else if let Some(packet) = self.block(kind, *start)? {
                return Ok(Some(packet));
            }
        }
    }

    fn classic(
        &mut self,
        link_type: LinkType,
        unit_ns: u32,
        interface: Arc<str>,
    ) -> Result<Option<Packet>, PcapReadErrorKind> {
        let start = self.offset;
        let mut header = [0; RECORD_HEADER];
        match fill(&mut self.source, &mut header)? {
            0 => return Ok(None),
            RECORD_HEADER => self.offset += RECORD_HEADER as u64,
            got => return Err(PcapReadErrorKind::Truncated { need: RECORD_HEADER, got }),
        }
        let [seconds, fraction, included, original_length] =
            core::array::from_fn(|index| self.u32(&header, 4 * index));
        let length = length(included, PACKET_MAX)?;
        let data = self.octets(length)?;
        let time_ns = u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * u64::from(unit_ns);
        self.packets += 1;
        let (number, comments) = (self.packets, Vec::new());
        Ok(Some(Packet {
            number,
            offset: start,
            link_type,
            interface,
            time_ns,
            original_length,
            data,
            comments,
        }))
    }

    /// A block of a section, whose type has been read; the packet if it is one.
    fn block(&mut self, kind: u32, start: u64) -> Result<Option<Packet>, PcapReadErrorKind> {
        let head: [u8; 4] = self.exactly()?;
        let says = self.u32(&head, 0);
        match kind {
            block::INTERFACE => {
                let body = self.rest_of_block(says, 12)?;
                self.interface(&body)?;
                Ok(None)
            }
            block::PACKET | block::OLD_PACKET | block::SIMPLE_PACKET => {
                let body = self.rest_of_block(says, 12)?;
                self.packet(kind, &body, start).map(Some)
            }
            _ => self.skip(says).map(|()| None),
        }
    }

    fn interface(&mut self, body: &[u8]) -> Result<(), PcapReadErrorKind> {
        let described =
            Described::new(body, self.big).ok_or(PcapReadErrorKind::Fields("interface description"))?;
        let Format::Ng { interfaces } = &mut self.format else { return Ok(()) };
        if interfaces.len() == INTERFACES_MAX {
            return Err(PcapReadErrorKind::Interfaces);
        }
        interfaces.push(described);
        Ok(())
    }

    fn packet(&mut self, kind: u32, body: &[u8], offset: u64) -> Result<Packet, PcapReadErrorKind> {
        let broken = PcapReadErrorKind::Fields("packet");
        let number = |at: usize| body.get(at..at + 4).map(|field| self.u32(field, 0));
        // Where the octets begin, how many they are, and how many there were.
        let fields = match kind {
            block::SIMPLE_PACKET => number(0).map(|original| {
                let here = u32::try_from(body.len() - 4).unwrap_or(u32::MAX);
                (4, original.min(here), original)
            }),
            _ => number(12).zip(number(16)).map(|(included, original)| (20, included, original)),
        };
        let Some((at, included, original_length)) = fields else { return Err(broken) };
        let index = match kind {
            block::SIMPLE_PACKET => 0,
            block::OLD_PACKET => u32::from(self.u16(body, 0)),
            _ => self.u32(body, 0),
        };
        let Format::Ng { interfaces } = &self.format else { return Err(broken) };
        let described = usize::try_from(index).ok().and_then(|index| interfaces.get(index));
        let Described { link_type, name, clock } = described.ok_or(PcapReadErrorKind::NoInterface(index))?;
        let length = length(included, PACKET_MAX)?;
        let Some(data) = body.get(at..at + length) else { return Err(broken) };
        let rest = body.get(at + length + super::padding(length)..).unwrap_or_default();
        let comments = options(rest, self.big)
            .filter(|&(code, _)| code == option::COMMENT)
            .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
            .collect();
        let time = match kind {
            block::SIMPLE_PACKET => 0,
            _ => u64::from(self.u32(body, 4)) << 32 | u64::from(self.u32(body, 8)),
        };
        self.packets += 1;
        Ok(Packet {
            number: self.packets,
            offset,
            link_type: *link_type,
            interface: Arc::clone(name),
            time_ns: if kind == block::SIMPLE_PACKET { 0 } else { clock.time_ns(time) },
            original_length,
            data: data.to_vec(),
            comments,
        })
    }

    /// The body of a block whose length says `says`, of which `known` octets are no body: those read before it,
    /// and the length at its end.
    fn rest_of_block(&mut self, says: u32, known: usize) -> Result<Vec<u8>, PcapReadErrorKind> {
        let whole = length(says, BLOCK_MAX)?;
        let body = whole.checked_sub(known).filter(|_| whole % 4 == 0);
        let mut octets = self.octets(body.ok_or(PcapReadErrorKind::BlockLength { says })? + 4)?;
        let end = octets.split_off(octets.len() - 4);
        if self.u32(&end, 0) != says {
            return Err(PcapReadErrorKind::BlockLength { says });
        }
        Ok(octets)
    }

    /// Passes over a block, however long it is.
    fn skip(&mut self, says: u32) -> Result<(), PcapReadErrorKind> {
        let length = says.checked_sub(8).filter(|rest| *rest >= 4 && rest % 4 == 0);
        let length = u64::from(length.ok_or(PcapReadErrorKind::BlockLength { says })?);
        let passed = io::copy(&mut self.source.by_ref().take(length), &mut io::sink())?;
        self.offset += passed;
        if passed < length {
            let short = |octets| usize::try_from(octets).unwrap_or(usize::MAX);
            return Err(PcapReadErrorKind::Truncated { need: short(length), got: short(passed) });
        }
        Ok(())
    }

    fn exactly<const N: usize>(&mut self) -> Result<[u8; N], PcapReadErrorKind> {
        let mut octets = [0; N];
        let got = fill(&mut self.source, &mut octets)?;
        self.offset += got as u64;
        if got < N { Err(PcapReadErrorKind::Truncated { need: N, got }) } else { Ok(octets) }
    }

    /// So many octets; memory is taken only for what is there.
    fn octets(&mut self, need: usize) -> Result<Vec<u8>, PcapReadErrorKind> {
        let mut octets = Vec::new();
        self.source.by_ref().take(need as u64).read_to_end(&mut octets)?;
        self.offset += octets.len() as u64;
        if octets.len() < need {
            return Err(PcapReadErrorKind::Truncated { need, got: octets.len() });
        }
        Ok(octets)
    }

    fn u32(&self, octets: &[u8], at: usize) -> u32 {
        interfaces::u32_at(octets, at, self.big)
    }

    fn u16(&self, octets: &[u8], at: usize) -> u16 {
        interfaces::u16_at(octets, at, self.big)
    }
}

/// A length as a number of octets, if it is possible.
fn length(says: u32, most: usize) -> Result<usize, PcapReadErrorKind> {
    let length = usize::try_from(says).ok().filter(|length| *length <= most);
    length.ok_or(PcapReadErrorKind::TooLong { says, most })
}

impl<R: Read> Iterator for PcapReader<R> {
    type Item = Result<Packet, PcapReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let mut start = self.offset;
        let next = self.next_packet(&mut start);
        let next = next.map_err(|kind| PcapReadError { offset: start, kind }).transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
