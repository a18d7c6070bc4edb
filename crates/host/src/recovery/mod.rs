//! Recovery: what a host does after a failure, as a program that is data.
//!
//! Invariant: a program is a list of rules of which the first that matches is taken; it sees what a [`Sight`]
//! holds and the number of failures in this episode, and nothing else.

mod changes;
mod consult;
mod engine;
mod penalty;
mod program;
mod responder;
mod sight;

pub use changes::Changes;
pub(crate) use consult::Consult;
pub use consult::Consulted;
pub use engine::Engine;
pub(crate) use penalty::Penalties;
pub use penalty::{Bucket, Counts, KeyedOn, MAX_IN_BUCKET, MAX_TRACKED, Penalty};
pub use program::{Action, Program, Question, Rule, Wait, Worst};
pub(crate) use responder::lacks;
pub use responder::{BondedPeer, OldBondDies, OnSecurityRequest, Responder, SecurityRequests};
pub use sight::{Levels, Sight};
