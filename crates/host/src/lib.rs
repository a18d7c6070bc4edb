//! A Bluetooth LE host: everything above HCI, as a pure state machine.
//!
//! The contract. The owner feeds [`Host::handle`] with what happens (HCI packets from the controller, its own
//! wake when due) in the order of time, and after every call asks for the new [`Host::deadline`]. What the
//! host does goes out through the [`Port`] it is handed, which also supplies its secrets. One host deals with
//! up to [`MAX_PEERS`] peers, each in a [`Session`] of its own.
//!
//! Invariants: time comes in as an argument; no randomness is drawn here; a [`Bond`] exists only where the
//! checks that justify it were made; the recovery program sees what the stack shows and nothing else. This
//! crate must never know a seed, a fault, the radio or another device.

mod acl;
mod application;
mod asking;
mod attributes;
mod bond;
mod commands;
mod config;
mod counted;
pub mod discovery;
mod failure;
mod gap;
mod host;
mod io;
mod limiter;
mod link_control;
mod outside;
pub mod privacy;
mod quirk;
mod recover;
pub mod recovery;
mod request;
mod respond;
mod security;
mod session;
mod signing;
pub mod smp;

pub use application::{Application, MAX_VALUE, Payload, Sends};
pub use attributes::AttError;
pub use bond::{Bond, BondRules, BondStore, Memory, WhenFull};
pub use config::{
    BrEdr, Config, DebugKeys, Level, LinkParameters, MAX_PEERS, Peers, RepeatedAttempts, Security, Timing,
};
pub use discovery::{Advertising, Connects, Discovery};
pub use failure::{Failure, Procedure, SHOWN, Shown, Side, Stack};
pub use host::Host;
pub use io::{Answer, Draw, Input, Mishap, Note, Port, Prompt, Role, Step, Why};
pub use link_control::{
    Accepts, Ask, Asks, LinkControl, MAX_ASKS, Parameters, Procedure as LinkProcedure, When,
};
pub use privacy::{Privacy, Resolver};
pub use quirk::{Keys, Malformed, Quirk, Quirks, Timer};
pub use session::{Episode, Link, Session};
pub use signing::{MAX_SIGNED_VALUE, Signing};
pub use smp::{Awaited, OobData};
