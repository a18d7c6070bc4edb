//! Seeds times policies over threads, and the statistics of what came out.
//!
//! Invariant: what a study says is a function of plan and seeds alone; threads and the order in which they
//! finish leave no mark on it. It must never know a file, a format or a terminal.

mod row;
mod session;
mod shard;
pub mod stats;
mod summary;
mod sweep;
mod table;

pub use row::{WIDTH, from_row, to_row};
pub use session::{SessionBug, panic_words, session, sessions};
pub use shard::Shard;
pub use summary::{
    Cause, Comparison, FALLS, MEASURES, Means, Measure, Place, PolicySummary, Share, Summary, Verdict, Way,
    WorstFailure, attempts,
};
pub use sweep::{CHUNK, Sweep, SweepError, Watch, over, sweep};
pub use table::{Seeds, Table};
