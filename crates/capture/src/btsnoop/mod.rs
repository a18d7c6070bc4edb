//! btsnoop: the capture format of HCI, as BlueZ and Android write it and btmon and Wireshark read it.
//!
//! Source: `doc/btsnoop.txt` of BlueZ. Everything in the file's own fields is most significant octet first;
//! what a record holds keeps the order of HCI.

mod h4;
mod reader;
mod record;
mod writer;

pub use h4::H4Writer;
pub use reader::{BtsnoopReader, ReadError, ReadErrorKind};
pub use record::{Direction, Opcode, Record};
pub use writer::{BtsnoopWriter, Priority};

/// What every file begins with.
const MAGIC: [u8; 8] = *b"btsnoop\0";
/// The only version there is.
const VERSION: u32 = 1;
/// The file's header: magic, version, data link.
const FILE_HEADER: usize = 16;
/// A record's header: original length, included length, flags, drops, time.
const RECORD_HEADER: usize = 24;
/// 2000-01-01 00:00:00 in microseconds since the beginning of year 0, the zero of the file's times.
pub(crate) const EPOCH: i64 = 0x00E0_3AB4_4A67_6000;

/// The longest record: an ACL data packet with 65,535 octets and its packet indicator (Vol 4 Part E 5.4.2).
pub const RECORD_MAX: usize = 1 + 4 + 65_535;

/// The adapter of records that belong to none.
pub const NO_ADAPTER: u16 = 0xFFFF;

/// How a file's records are framed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DataLink(pub u32);

impl DataLink {
    /// Packets without their packet indicator: the flags tell commands and events from data, and the direction.
    pub const H1: Self = Self(1001);
    /// Each packet begins with its packet indicator (Vol 4 Part A 2); one adapter a file.
    pub const H4: Self = Self(1002);
    /// The flags hold adapter and [`Opcode`]; any number of adapters, notes and messages a file.
    pub const MONITOR: Self = Self(2001);
}
