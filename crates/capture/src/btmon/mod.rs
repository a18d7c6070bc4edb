//! The text of btmon, as it is pasted in mails and issues.
//!
//! Versions differ in words (Master and Central, with and without packet numbers), terminals in width, and mail
//! programs quote and wrap. What is told of a packet in text is put into the packet again; what the text leaves out
//! is left out.
//!
//! Invariant: any octets give packets and at most one error of the source, never a panic; no more than one packet's
//! text of at most [`TEXT_MAX`] octets is held at a time.

mod acl;
mod command;
mod event;
mod fields;
mod header;
mod lines;

use crate::btsnoop::Direction;
use blesim_packet::hci::HciPacket;
use fields::Fields;
use header::{Header, Kind};
use lines::{Lines, Logical};
use std::io::{self, BufRead};

/// The most text of one packet that is looked at; what is beyond is passed over.
pub const TEXT_MAX: usize = 0x4_0000;

/// One packet of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextPacket {
    /// The line of the text on which it begins, counted from one.
    pub line: u64,
    /// The adapter, N of `[hciN]`; 0 where the text does not say.
    pub adapter: u16,
    /// Microseconds: since the first packet of the monitor, or since midnight, as the text counts.
    pub time_us: Option<i64>,
    /// Which way it went.
    pub direction: Direction,
    /// What it holds.
    pub content: TextContent,
}

/// What a packet of the text holds.
#[expect(
    clippy::large_enum_variant,
    reason = "most packets of a text are packets, and one is held at a time"
)]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TextContent {
    /// A packet, put together again. ACL data whose content the text does not show is empty.
    Packet(HciPacket),
    /// A packet of which the text tells too little, by its title.
    Title(String),
    /// An adapter with its address.
    Adapter(blesim_packet::Address),
}

/// Reads packets one by one; ends after the last one or after the first error of the source.
#[derive(Debug)]
pub struct BtmonReader<R> {
    lines: Lines<R>,
    /// The header of the packet that comes next.
    next: Option<Header>,
    /// Of the present packet.
    fields: Fields,
    ended: bool,
}

impl<R: BufRead> BtmonReader<R> {
    /// A reader of a text from its beginning.
    pub fn new(source: R) -> Self {
        Self { lines: Lines::new(source), next: None, fields: Fields::default(), ended: false }
    }

    /// Lines read so far.
    pub const fn lines(&self) -> u64 {
        self.lines.number()
    }

    /// The next packet that tells something; `None` at the end.
    fn packet(&mut self) -> io::Result<Option<TextPacket>> {
        loop {
            if self.next.is_none() && !self.pass_to_header()? {
                return Ok(None);
            }
            let Some(mut header) = self.next.take() else { return Ok(None) };
            self.details(&mut header)?;
            header.complete();
            if let Some(packet) = made(&header, &self.fields) {
                return Ok(Some(packet));
            }
        }
    }

    /// Passes over what stands before the first header.
    fn pass_to_header(&mut self) -> io::Result<bool> {
        loop {
            match self.lines.next()? {
                None => return Ok(false),
                Some(Logical::Header(header)) => {
                    self.next = Some(header);
                    return Ok(true);
                }
                Some(Logical::Detail { .. } | Logical::Blank) => {}
            }
        }
    }

    /// What stands below a header, up to the next one.
    fn details(&mut self, header: &mut Header) -> io::Result<()> {
        self.fields.clear();
        let (mut blank, mut held) = (false, 0);
        loop {
            match self.lines.next()? {
                None => return Ok(()),
                Some(Logical::Header(next)) => {
                    self.next = Some(next);
                    return Ok(());
                }
                Some(Logical::Blank) => blank = true,
                Some(Logical::Detail { text, indented }) => {
                    held += text.len();
                    if held > TEXT_MAX {
                        continue;
                    }
                    if self.fields.is_empty() && header.takes(&text) {
                        continue;
                    }
                    // After an empty line comes what somebody wrote, unless it is set in as details are.
                    if !blank || indented {
                        self.fields.line(&text);
                    }
                }
            }
        }
    }
}

impl<R: BufRead> Iterator for BtmonReader<R> {
    type Item = io::Result<TextPacket>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.packet().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// The packet of a header with its details; `None` for what is no packet.
fn made(header: &Header, fields: &Fields) -> Option<TextPacket> {
    let (direction, content) = match &header.kind {
        Kind::Command { opcode } => {
            let command = command::command(*opcode, fields);
            (Direction::FromHost, command.map(|command| TextContent::Packet(HciPacket::Command(command))))
        }
        Kind::Event { code } => {
            let event = event::event(*code, fields);
            (Direction::ToHost, event.map(|event| TextContent::Packet(HciPacket::Event(event))))
        }
        Kind::Acl { direction, handle, flags } => {
            let acl = acl::acl(*direction, *handle, *flags, fields);
            (*direction, acl.map(|acl| TextContent::Packet(HciPacket::Acl(acl))))
        }
        Kind::Adapter(address) => (Direction::ToHost, Some(TextContent::Adapter(*address))),
        Kind::Other => return None,
    };
    let content = content.unwrap_or_else(|| TextContent::Title(header.title.clone()));
    Some(TextPacket {
        line: header.line,
        adapter: header.adapter.unwrap_or(0),
        time_us: header.time_us,
        direction,
        content,
    })
}

/// Whether these octets, the first of a file, may be a text with packets of btmon in it.
pub(crate) fn looks_like_text(octets: &[u8]) -> bool {
    !octets.contains(&0) && core::str::from_utf8(octets).is_ok_and(|text| !text.trim().is_empty())
        || octets
            .iter()
            .take(4096)
            .filter(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace())
            .count()
            * 10
            > octets.len().min(4096) * 9
            && !octets.contains(&0)
}
