//! Time, order, chance and digest of a deterministic simulation.
//!
//! Invariants: time is integer nanoseconds; events have one total order; every random number is a pure
//! function of a seed and a published name. This crate must never know what is being simulated.

pub mod agenda;
pub mod chance;
pub mod digest;
pub mod earliest;
pub mod queue;
pub mod time;

pub use agenda::{Agenda, Limits, Next, Stall};
pub use chance::{Chance, Field, Stream, StreamName, Streams};
pub use digest::Digest;
pub use earliest::Earliest;
pub use queue::{ActorId, Queue, Rank};
pub use time::{Instant, Span};
