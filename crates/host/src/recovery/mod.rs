//! Recovery: what a host does after a failure, as a program that is data.
//!
//! Invariant: a program is a list of rules of which the first that matches is taken; it sees procedure, code
//! and the number of failures in this episode, and nothing else.

mod engine;
mod program;

pub use engine::Engine;
pub use program::{Action, BondedPeer, OldBondDies, Program, Responder, Rule, Wait};
