//! The Security Manager, Vol 3 Part H: pairing as an enum of owned states, both roles in one machine.
//!
//! Invariants: a step consumes the state it starts from; a bond is reached only with the proofs of
//! [`proof`]; every expected input is listed, and what is not expected fails the pairing.
//!
//! A pairing passes through [`terms`] (features and the method table), then `legacy` or `secure_connections`
//! (authentication, by an association model: `model`), then `distribution` (keys). `wire` is its way out.

mod distribution;
mod legacy;
mod machine;
mod model;
mod oob;
pub mod proof;
mod secure_connections;
pub mod terms;
mod wire;

pub use machine::Awaited;
pub(crate) use machine::{Outcome, Smp};
pub(crate) use oob::LocalOob;
pub use oob::OobData;
pub use wire::SMP_TIMEOUT;
pub(crate) use wire::Wire;
