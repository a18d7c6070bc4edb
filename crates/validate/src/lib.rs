//! The proof that the numbers are right: the simulator held to closed forms, published figures and sample
//! data that nobody here invented.
//!
//! Invariants: a row measures the simulator and computes its reference apart from it, by a formula or from a
//! published table; what comes out is the same for any number of threads. It knows references and the runs
//! that are held to them; it must never know a terminal or a file.

mod bench;
mod check;
mod effort;
mod guesser;
mod rows;
mod sessions;

pub use check::{Check, Value, Verdict};
pub use effort::{Effort, Runner};
pub use rows::{ROWS, Row};
