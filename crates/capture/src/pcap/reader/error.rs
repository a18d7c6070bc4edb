//! What is wrong with a pcap or pcapng file, and where.

use core::fmt;
use std::io;

/// What is wrong with a file, and where.
#[derive(Debug)]
pub struct PcapReadError {
    /// Octets from the beginning of the file to the header, record or block that is wrong.
    pub offset: u64,
    /// What is wrong.
    pub kind: PcapReadErrorKind,
}

/// What is wrong with a file.
#[derive(Debug)]
pub enum PcapReadErrorKind {
    /// The source failed.
    Io(io::Error),
    /// The file begins as neither a pcap nor a pcapng file does.
    NotPcap,
    /// A version of the format that is not known.
    Version {
        /// 2 for pcap, 1 for pcapng would be known.
        major: u16,
        /// Any.
        minor: u16,
    },
    /// The file ends within a header, a record or a block.
    Truncated {
        /// Octets needed.
        need: usize,
        /// Octets there.
        got: usize,
    },
    /// A packet or block that is longer than any can be.
    TooLong {
        /// Octets the file says.
        says: u32,
        /// Octets that are possible.
        most: usize,
    },
    /// A block whose length is not possible, or differs at its two ends.
    BlockLength {
        /// Octets the first says.
        says: u32,
    },
    /// A packet of an interface that was not described.
    NoInterface(u32),
    /// More interfaces than are held.
    Interfaces,
    /// A block of this kind whose fields do not fit into it.
    Fields(&'static str),
}

impl From<io::Error> for PcapReadErrorKind {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for PcapReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        match &self.kind {
            PcapReadErrorKind::Io(error) => write!(f, "{error}"),
            PcapReadErrorKind::NotPcap => f.write_str("this is neither a pcap nor a pcapng file"),
            PcapReadErrorKind::Version { major, minor } => {
                write!(f, "version {major}.{minor} of the format is not known")
            }
            PcapReadErrorKind::Truncated { need, got } => {
                write!(f, "the file ends after {got} of {need} octets")
            }
            PcapReadErrorKind::TooLong { says, most } => {
                write!(f, "{says} octets where at most {most} are possible")
            }
            PcapReadErrorKind::BlockLength { says } => {
                write!(f, "a block of {says} octets, which its end does not confirm")
            }
            PcapReadErrorKind::NoInterface(number) => {
                write!(f, "a packet of interface {number}, which was not described")
            }
            PcapReadErrorKind::Interfaces => f.write_str("there are too many interfaces"),
            PcapReadErrorKind::Fields(what) => write!(f, "the fields of a block do not fit: {what}"),
        }
    }
}

impl core::error::Error for PcapReadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.kind {
            PcapReadErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}
