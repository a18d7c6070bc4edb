//! Any capture, whatever its form: packets of HCI and of the air, one after the other.
//!
//! The form is known by the first octets, never by a name. Notes and comments that somebody wrote into a file are
//! passed over: what is understood from a capture is understood from its packets.
//!
//! Invariant: memory is bounded by one packet and the names of [`HOSTS_MAX`] hosts, and an error is the last thing
//! that comes.

use crate::btmon::{self, BtmonReader, TextContent};
use crate::btsnoop::{BtsnoopReader, DataLink, Direction, Opcode, ReadError, ReadErrorKind, Record};
use crate::pcap::{AirPacket, Content, Packet, PcapReadError, PcapReadErrorKind, PcapReader};
use blesim_packet::hci::{ACL_DATA_MAX, HciPacket};
use blesim_packet::{Address, AddressKind};
use core::fmt;
use std::io::{self, BufRead, Cursor, Read};

/// The most hosts that are told apart; what more there are count as the last.
pub const HOSTS_MAX: usize = 64;
/// Octets by which a form is known.
const HEAD: usize = 4096;

/// What a capture is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// btsnoop, with any number of adapters.
    Monitor,
    /// btsnoop of one adapter, as phones write it.
    H4,
    /// pcap or pcapng.
    Pcap,
    /// The text of btmon.
    Btmon,
}

/// One thing that a capture shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// Its number in the file, counted from one: as Wireshark counts, and in a text its n-th packet.
    pub number: u64,
    /// In a text, the line on which it begins.
    pub line: Option<u64>,
    /// Microseconds since the first item that has a time.
    pub time_us: i64,
    /// What it is.
    pub what: What,
}

/// What is shown.
#[expect(clippy::large_enum_variant, reason = "most items are packets, and one is held at a time")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A packet between a host and its controller.
    Hci {
        /// Which host, counted from zero in the order of the capture.
        host: u16,
        /// Which way.
        direction: Direction,
        /// The packet.
        packet: HciPacket,
    },
    /// A host's controller has this address.
    Adapter {
        /// Which host.
        host: u16,
        /// The address; its kind is told by its use.
        address: Address,
    },
    /// A packet of the air.
    Air(AirPacket),
    /// A packet that cannot be read, with what is wrong with it.
    Broken(String),
    /// Anything else.
    Other,
}

/// Why a capture is not read any further.
#[derive(Debug)]
pub enum OpenError {
    /// The source failed.
    Io(io::Error),
    /// There is nothing.
    Empty,
    /// None of the forms.
    Unknown {
        /// What it looks like, if that is known.
        looks_like: Option<&'static str>,
    },
    /// A text in which no packet begins.
    NoPackets {
        /// Lines that were read.
        lines: u64,
    },
    /// A btsnoop file with another framing than is known here.
    DataLink(u32),
    /// Something in a btsnoop file.
    Btsnoop(ReadError),
    /// Something in a pcap or pcapng file.
    Pcap(PcapReadError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KNOWN: &str = "btsnoop, pcap, pcapng and the text of btmon are read";
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Empty => f.write_str("the file is empty"),
            Self::Unknown { looks_like: Some(what) } => write!(f, "this looks like {what}; {KNOWN}"),
            Self::Unknown { looks_like: None } => write!(f, "this is no capture that is known; {KNOWN}"),
            Self::NoPackets { lines } => write!(
                f,
                "no packet begins in {lines} lines of text; btmon begins one like `< HCI Command: Reset (0x03|0x0003) \
                 plen 0`"
            ),
            Self::DataLink(link) => {
                write!(f, "btsnoop data link {link}; 1001, 1002 (H4) and 2001 (monitor) are read")
            }
            Self::Btsnoop(error) => error.fmt(f),
            Self::Pcap(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for OpenError {}

/// Reads a capture item by item; ends after the last one or after the first error.
#[derive(Debug)]
pub struct CaptureReader<R> {
    inner: Inner<R>,
    form: Form,
    names: Vec<Name>,
    number: u64,
    first_us: Option<i64>,
    last_us: i64,
    ended: bool,
}

/// How a file names a host: by interface and adapter.
type Name = (String, u16);
/// A source with its first octets before it.
type Source<R> = io::Chain<Cursor<Vec<u8>>, R>;

#[derive(Debug)]
enum Inner<R> {
    Btsnoop(BtsnoopReader<Source<R>>),
    Pcap(PcapReader<Source<R>>),
    Text(BtmonReader<Source<R>>),
}

impl<R: BufRead> CaptureReader<R> {
    /// Finds out the form, and reads the file's header.
    ///
    /// # Errors
    /// [`OpenError`] if the source fails, or this is no capture.
    pub fn new(mut source: R) -> Result<Self, OpenError> {
        let mut head = Vec::new();
        source.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(OpenError::Io)?;
        if head.is_empty() {
            return Err(OpenError::Empty);
        }
        let whole = |head: &[u8]| Cursor::new(head.to_vec()).chain(source);
        let (inner, form) = if head.starts_with(b"btsnoop") {
            let reader = BtsnoopReader::new(whole(&head)).map_err(OpenError::Btsnoop)?;
            let form = match reader.data_link() {
                DataLink::MONITOR => Form::Monitor,
                DataLink::H4 | DataLink::H1 => Form::H4,
                DataLink(other) => return Err(OpenError::DataLink(other)),
            };
            (Inner::Btsnoop(reader), form)
        } else if is_pcap(&head) {
            (Inner::Pcap(PcapReader::new(whole(&head)).map_err(OpenError::Pcap)?), Form::Pcap)
        } else if looks_like(&head).is_none() && btmon::looks_like_text(&head) {
            (Inner::Text(BtmonReader::new(whole(&head))), Form::Btmon)
        } else {
            return Err(OpenError::Unknown { looks_like: looks_like(&head) });
        };
        let names = Vec::new();
        Ok(Self { inner, form, names, number: 0, first_us: None, last_us: 0, ended: false })
    }

    /// What the capture is written in.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The hosts that were seen so far, by interface or adapter.
    pub fn hosts(&self) -> Vec<String> {
        let name = |(interface, adapter): &Name| {
            if interface.is_empty() { format!("hci{adapter}") } else { interface.clone() }
        };
        self.names.iter().map(name).collect()
    }

    /// Items read so far.
    pub const fn number(&self) -> u64 {
        self.number
    }

    fn item(&mut self) -> Result<Option<Item>, OpenError> {
        match &mut self.inner {
            Inner::Btsnoop(reader) => match reader.next() {
                None => Ok(None),
                Some(Err(error)) => Err(OpenError::Btsnoop(error)),
                Some(Ok(record)) => Ok(Some(self.record(&record, "", record.time_us()))),
            },
            Inner::Pcap(reader) => match reader.next() {
                None => Ok(None),
                Some(Err(error)) => Err(OpenError::Pcap(error)),
                Some(Ok(packet)) => Ok(Some(self.packet(&packet))),
            },
            Inner::Text(reader) => match reader.next() {
                None if self.number == 0 => Err(OpenError::NoPackets { lines: reader.lines() }),
                None => Ok(None),
                Some(Err(error)) => Err(OpenError::Io(error)),
                Some(Ok(packet)) => {
                    let host = self.host("", packet.adapter);
                    let what = match packet.content {
                        TextContent::Packet(content) => {
                            What::Hci { host, direction: packet.direction, packet: content }
                        }
                        TextContent::Adapter(address) => What::Adapter { host, address },
                        TextContent::Title(_) => What::Other,
                    };
                    Ok(Some(self.made(packet.time_us, Some(packet.line), what)))
                }
            },
        }
    }

    fn packet(&mut self, packet: &Packet) -> Item {
        let time = i64::try_from(packet.time_ns / 1_000).ok();
        match packet.content() {
            Ok(Content::Hci(record)) => {
                let mut item = self.record(&record, &packet.interface, time.unwrap_or(0));
                item.number = packet.number;
                item
            }
            Ok(Content::Air(air)) => self.made(time, None, What::Air(air)),
            Ok(Content::Nothing) => self.made(time, None, What::Other),
            Err(error) => self.made(time, None, What::Broken(error.to_string())),
        }
    }

    fn record(&mut self, record: &Record, interface: &str, time_us: i64) -> Item {
        let host = self.host(interface, record.adapter().unwrap_or(0));
        let what = match record.packet() {
            Some((direction, Ok(packet))) => What::Hci { host, direction, packet },
            Some((_, Err(_))) if record.data.len() < record.original_length as usize => {
                let (kept, had) = (record.data.len(), record.original_length);
                What::Broken(format!("the capture kept {kept} of its {had} octets"))
            }
            // Voice, and data of the other transport, which is longer than anything here.
            Some((_, Err(_))) if is_of_no_concern(record) => What::Other,
            Some((_, Err(error))) => What::Broken(error.to_string()),
            None if record.opcode() == Some(Opcode::NEW_INDEX) => adapter(record, host),
            None => What::Other,
        };
        self.made(Some(time_us), None, what)
    }

    fn made(&mut self, time_us: Option<i64>, line: Option<u64>, what: What) -> Item {
        self.number += 1;
        if let Some(time) = time_us {
            let first = *self.first_us.get_or_insert(time);
            self.last_us = time.saturating_sub(first);
        }
        Item { number: self.number, line, time_us: self.last_us, what }
    }

    fn host(&mut self, interface: &str, adapter: u16) -> u16 {
        let known = self.names.iter().position(|(name, number)| name == interface && *number == adapter);
        let index = known.unwrap_or_else(|| {
            if self.names.len() < HOSTS_MAX {
                self.names.push((interface.chars().take(HEAD).collect(), adapter));
            }
            self.names.len() - 1
        });
        u16::try_from(index).expect("there are few hosts")
    }
}

/// Whether a record holds neither a command nor an event, and no data that an LE link carries.
fn is_of_no_concern(record: &Record) -> bool {
    const COMMAND: u8 = 1;
    const ACL: u8 = 2;
    const EVENT: u8 = 4;
    /// The longest data of an LE link that is read here, with its headers.
    const LONGEST: usize = 5 + ACL_DATA_MAX;
    let long = record.data.len() > LONGEST;
    match (record.data_link, record.opcode()) {
        (DataLink::H4, _) => match record.data.first() {
            Some(&(COMMAND | EVENT)) => false,
            Some(&ACL) => long,
            _ => true,
        },
        (DataLink::H1, _) => record.flags & 2 == 0 && long,
        (_, Some(Opcode::ACL_TX | Opcode::ACL_RX)) => long,
        _ => false,
    }
}

/// The address of a new adapter; zeros are none.
fn adapter(record: &Record, host: u16) -> What {
    match record.data.get(2..8).and_then(|wire| <[u8; 6]>::try_from(wire).ok()) {
        Some(wire) if wire != [0; 6] => {
            What::Adapter { host, address: Address::from_wire(AddressKind::Public, wire) }
        }
        _ => What::Other,
    }
}

fn is_pcap(head: &[u8]) -> bool {
    const MAGICS: [[u8; 4]; 5] = [
        [0xD4, 0xC3, 0xB2, 0xA1],
        [0xA1, 0xB2, 0xC3, 0xD4],
        [0x4D, 0x3C, 0xB2, 0xA1],
        [0xA1, 0xB2, 0x3C, 0x4D],
        [0x0A, 0x0D, 0x0D, 0x0A],
    ];
    MAGICS.iter().any(|magic| head.starts_with(magic))
}

/// What engineers hand over by mistake.
fn looks_like(head: &[u8]) -> Option<&'static str> {
    const OTHERS: [(&[u8], &str); 7] = [
        (b"PK", "a zip archive: unpack it"),
        (&[0x1F, 0x8B], "a file packed with gzip: unpack it"),
        (&[0xFD, b'7', b'z'], "a file packed with xz: unpack it"),
        (&[0x28, 0xB5, 0x2F, 0xFD], "a file packed with zstd: unpack it"),
        (&[0xFF, 0xFE], "text in UTF-16: save it as UTF-8"),
        (&[0xFE, 0xFF], "text in UTF-16: save it as UTF-8"),
        (b"%PDF", "a PDF: copy the text out of it"),
    ];
    OTHERS.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}

impl OpenError {
    /// Octets from the beginning of the file to what is wrong, if that is known.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        match self {
            Self::Btsnoop(error) => Some(error.offset),
            Self::Pcap(error) => Some(error.offset),
            _ => None,
        }
    }

    /// Whether the file just ends before it should: what came before is whole.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        matches!(self, Self::Btsnoop(ReadError { kind: ReadErrorKind::Truncated { .. }, .. }))
            || matches!(self, Self::Pcap(PcapReadError { kind: PcapReadErrorKind::Truncated { .. }, .. }))
    }
}

impl<R: BufRead> Iterator for CaptureReader<R> {
    type Item = Result<Item, OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.item().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
