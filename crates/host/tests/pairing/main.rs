//! Hosts wired back to back through small controllers of the tests' own, without any air between.
//!
//! Invariant: the tests see what an owner sees; nothing here reaches into the crate.
#![expect(clippy::unwrap_used, reason = "a helper of the tests that fails is a test that fails")]

mod association;
mod bench;
mod bonded;
mod chaos;
mod controllers;
mod keeping;
mod keys;
mod link_control;
mod many;
mod models;
mod names;
mod peripheral;
mod privacy;
mod protocol_graph;
mod quirks;
mod reasons;
mod recovery;
mod reference;
mod refusals;
mod responder;
mod security;
mod setup;
mod sig;
mod signing;
mod starting;
mod tampering;
mod timeouts;
mod users;
mod verbs;
