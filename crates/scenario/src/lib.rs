//! Scenario and policy files: RON to Spec to Plan, with errors that teach.
//!
//! Invariants: what comes out of here can run as it is, with exact numbers and proved policies; what is wrong
//! with a file is told with line, column, rule and replacement, and never by a panic. This crate alone knows
//! RON and petgraph; it must never know a seed, a thread or a terminal.

mod cx;
pub mod glossary;
mod locate;
pub mod policy;
pub mod preset;
mod problem;
mod reference;
mod render;
mod resolve;
mod scenario;
mod source;
mod spec;
pub mod stack;
mod sweep;
mod syntax;
mod unit;
mod words;

pub use problem::{Help, Place, Problem, Problems, Severity};
pub use reference::reference;
pub use scenario::{Expectation, Scenario, load, parse};
pub use source::{LIMIT, Source};
pub use sweep::{Axis, Grid, Point, Sweep, load_grid};
