//! Reads btsnoop files.
//!
//! Invariant: any bytes give records and at most one error at the end, never a panic; no more than one record
//! of at most [`RECORD_MAX`] octets is held at a time, whatever a length field says.

use super::{DataLink, FILE_HEADER, MAGIC, RECORD_HEADER, RECORD_MAX, Record, VERSION};
use crate::source::fill;
use core::fmt;
use std::io::{self, Read};

/// Reads records one by one; ends after the last one or after the first error.
#[derive(Debug)]
pub struct BtsnoopReader<R> {
    source: R,
    data_link: DataLink,
    offset: u64,
    ended: bool,
}

/// What is wrong with a file, and where.
#[derive(Debug)]
pub struct ReadError {
    /// Octets from the beginning of the file to the header or record that is wrong.
    pub offset: u64,
    /// What is wrong.
    pub kind: ReadErrorKind,
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum ReadErrorKind {
    /// The source failed.
    Io(io::Error),
    /// The file does not begin as a btsnoop file does.
    NotBtsnoop,
    /// A version other than 1.
    Version(u32),
    /// The file ends within a header or a record.
    Truncated {
        /// Octets needed.
        need: usize,
        /// Octets there.
        got: usize,
    },
    /// A record exceeds [`RECORD_MAX`].
    TooLong {
        /// Octets the record's header says.
        says: u32,
    },
    /// A record includes more octets than the packet had.
    Lengths {
        /// Octets the packet had.
        original: u32,
        /// Octets the record includes.
        included: u32,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        match &self.kind {
            ReadErrorKind::Io(error) => write!(f, "{error}"),
            ReadErrorKind::NotBtsnoop => f.write_str("this is not a btsnoop file"),
            ReadErrorKind::Version(version) => write!(f, "btsnoop version {version} where 1 is known"),
            ReadErrorKind::Truncated { need, got } => {
                write!(f, "the file ends after {got} of {need} octets")
            }
            ReadErrorKind::TooLong { says } => {
                write!(f, "a record of {says} octets where at most {RECORD_MAX} are possible")
            }
            ReadErrorKind::Lengths { original, included } => {
                write!(f, "{included} octets are included of a packet that had {original}")
            }
        }
    }
}

impl core::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.kind {
            ReadErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl<R: Read> BtsnoopReader<R> {
    /// Reads the file's header. Reads are small, so give it a buffered source.
    ///
    /// # Errors
    /// [`ReadError`] if the source fails or this is not a btsnoop file of version 1.
    pub fn new(mut source: R) -> Result<Self, ReadError> {
        let at_start = |kind| ReadError { offset: 0, kind };
        let (header, got) = header::<FILE_HEADER>(&mut source).map_err(at_start)?;
        // A file that is cut is told apart from one of another format.
        if got == 0 || !header[..got].starts_with(&MAGIC[..got.min(MAGIC.len())]) {
            return Err(at_start(ReadErrorKind::NotBtsnoop));
        }
        if got < FILE_HEADER {
            return Err(at_start(ReadErrorKind::Truncated { need: FILE_HEADER, got }));
        }
        let [_, _, version, data_link] = numbers(&header);
        if version != VERSION {
            return Err(at_start(ReadErrorKind::Version(version)));
        }
        Ok(Self { source, data_link: DataLink(data_link), offset: FILE_HEADER as u64, ended: false })
    }

    /// How the file frames its records.
    pub const fn data_link(&self) -> DataLink {
        self.data_link
    }

    fn record(&mut self) -> Result<Option<Record>, ReadErrorKind> {
        let (header, got) = header::<RECORD_HEADER>(&mut self.source)?;
        match got {
            0 => return Ok(None),
            RECORD_HEADER => {}
            _ => return Err(ReadErrorKind::Truncated { need: RECORD_HEADER, got }),
        }
        let [original, included, flags, drops, time_high, time_low] = numbers(&header);
        if included > original {
            return Err(ReadErrorKind::Lengths { original, included });
        }
        let too_long = ReadErrorKind::TooLong { says: included };
        let need = usize::try_from(included).ok().filter(|need| *need <= RECORD_MAX).ok_or(too_long)?;
        let mut data = Vec::new();
        let read = self.source.by_ref().take(u64::from(included)).read_to_end(&mut data);
        read.map_err(ReadErrorKind::Io)?;
        if data.len() < need {
            return Err(ReadErrorKind::Truncated { need, got: data.len() });
        }
        let timestamp = (u64::from(time_high) << 32 | u64::from(time_low)).cast_signed();
        self.offset += RECORD_HEADER as u64 + u64::from(included);
        let data_link = self.data_link;
        Ok(Some(Record { data_link, flags, original_length: original, drops, timestamp, data }))
    }
}

impl<R: Read> Iterator for BtsnoopReader<R> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let offset = self.offset;
        let next = self.record().map_err(|kind| ReadError { offset, kind }).transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Reads a header, and says how many of its octets there were before the source ended.
fn header<const N: usize>(source: &mut impl Read) -> Result<([u8; N], usize), ReadErrorKind> {
    let mut octets = [0; N];
    let got = fill(source, &mut octets).map_err(ReadErrorKind::Io)?;
    Ok((octets, got))
}

/// A header as numbers of 32 bits.
fn numbers<const COUNT: usize>(header: &[u8]) -> [u32; COUNT] {
    let (fields, _) = header.as_chunks();
    core::array::from_fn(|index| u32::from_be_bytes(fields[index]))
}
