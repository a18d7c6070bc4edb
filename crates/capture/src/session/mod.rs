//! A session as something to look at: text for people, captures and keys for tools.
//!
//! Invariant: a look changes nothing; the same session gives the same bytes.

mod air;
mod control;
mod describe;
mod edges;
mod extended;
mod h4;
mod idle;
mod keys;
mod links;
mod monitor;
mod paint;
mod remark;
mod rules;
mod sequence;
mod sniffer;
mod text;

pub use air::{PcapTrace, PcapngTrace};
pub use edges::EdgesTrace;
pub use h4::H4Trace;
pub use keys::KeysTrace;
pub use monitor::MonitorTrace;
pub use rules::{PolicyPlace, PolicyTrace};
pub use sequence::{Noted, SequenceStep, SequenceTrace, SequenceWhat};
pub use text::TextTrace;
