//! Capture files of simulated sessions, and readers of the captures of others.
//!
//! Invariant: a file depends on the session alone, so two runs of the same session give the same bytes: times
//! count from a fixed epoch, never from the wall clock. This crate must never know a scenario file or a terminal.

pub mod btmon;
pub mod btsnoop;
mod open;
pub mod pcap;
mod session;
mod source;

pub use btmon::BtmonReader;
pub use btsnoop::{BtsnoopReader, BtsnoopWriter, H4Writer};
pub use open::{CaptureReader, Form, HOSTS_MAX, Item, OpenError, What};
pub use pcap::{PcapReader, PcapWriter, PcapngWriter};
pub use session::{
    EdgesTrace, H4Trace, KeysTrace, MonitorTrace, Noted, PcapTrace, PcapngTrace, PolicyPlace, PolicyTrace,
    SequenceStep, SequenceTrace, SequenceWhat, TextTrace,
};
