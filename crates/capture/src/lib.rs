//! Capture files of simulated sessions.
//!
//! Invariant: a file depends on the session alone, so two runs of the same session give the same bytes: times
//! count from a fixed epoch, never from the wall clock. This crate must never know a scenario file or a terminal.

pub mod btsnoop;
mod session;

pub use btsnoop::{BtsnoopReader, BtsnoopWriter};
pub use session::{MonitorTrace, TextTrace};
