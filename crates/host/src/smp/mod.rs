//! The Security Manager, Vol 3 Part H: pairing as an enum of owned states, both roles in one machine.
//!
//! Invariants: a step consumes the state it starts from; a bond is reached only with the proofs of
//! [`proof`]; every expected input is listed, and what is not expected fails the pairing.
//!
//! A pairing passes through [`terms`] (features and association model), then `legacy` or
//! `secure_connections` (authentication), then `distribution` (keys). Association models other than
//! Just Works have their rows in the method table and no machine yet; a scenario that needs one is refused.

mod distribution;
mod legacy;
mod machine;
pub mod proof;
mod secure_connections;
pub mod terms;

pub use machine::SMP_TIMEOUT;
pub(crate) use machine::{Outcome, Smp, Wire};
