//! From a capture to what went wrong: packets, links, procedures, failures, findings, advice.
//!
//! Each stage knows only the one before it: [`follow`] sorts packets by link, [`connection`] puts together what was
//! seen from several places, [`dialogue`] reads pairings, [`failures`] finds what the stacks would show, `verify`
//! computes what can be computed, `cause` infers what cannot, and [`advice`] looks into the recovery matrix.
//!
//! Invariant: nothing is claimed that the capture does not hold. A finding is proved, or against a cited rule, or
//! marked as an inference, and names its packet; what cannot be seen is said to be not visible. Notes and comments in
//! a file are never looked at. This crate must never know a terminal or a file.

pub mod advice;
mod assemble;
mod cause;
pub mod connection;
pub mod dialogue;
pub mod failures;
pub mod finding;
pub mod fit;
pub mod follow;
mod report;
mod reproduce;
pub mod step;
pub mod story;
mod verify;

pub use advice::Advice;
pub use assemble::diagnose;
pub use cause::Cause;
pub use failures::Failed;
pub use finding::{Finding, Kind};
pub use report::{Diagnosis, Told, Verdict};
pub use reproduce::scenario;
pub use step::{Moment, Side};
