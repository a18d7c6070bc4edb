//! Chance: keyed streams for sequences, a pure field for the fate of single things, exact probabilities.
//!
//! Invariant: every draw is a function of (seed, name, index). Nothing here has global state.

mod exponential;
mod field;
mod probability;
mod stream;

pub use exponential::exponential_q32;
pub use field::{Field, philox4x32_10};
pub use probability::Chance;
pub use stream::{Stream, StreamName, Streams};
