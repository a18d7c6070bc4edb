//! The program as its users meet it: what it prints, what it writes, and how it ends.
//!
//! Invariant: every test runs the real binary; tens of seeds are enough for what is looked at here.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod catalogue;
mod checks;
mod matrix;
mod parts;
mod report;
mod results;
mod resume;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
#[path = "../served/mod.rs"]
mod served;
mod sessions;
mod slurm;
mod start;
mod sweeps;
mod traces;
mod validate;
mod world;
