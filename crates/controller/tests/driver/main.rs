//! The controller driven from outside: scripted inputs through its port, outputs compared with the rules.
//!
//! Invariant: the tests see what an owner sees; nothing here reaches into the crate.
#![expect(clippy::unwrap_used, reason = "a helper of the tests that fails is a test that fails")]

mod channels;
mod chaos;
mod commands;
mod connecting;
mod discovery;
mod discovery_times;
mod encryption;
mod ending;
mod pair;
mod peer;
mod procedures;
mod refresh;
mod resolving;
mod rig;
mod screen;
mod script;
mod table;
