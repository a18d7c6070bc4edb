//! A session as something to look at: text for people, a btsnoop file for tools.
//!
//! Invariant: a look changes nothing; the same session gives the same bytes.

mod cleartext;
mod describe;
mod monitor;
mod text;

pub use monitor::MonitorTrace;
pub use text::TextTrace;
