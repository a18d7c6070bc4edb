//! A Bluetooth LE host: everything above HCI, as a pure state machine.
//!
//! The contract. The owner feeds [`Host::handle`] with what happens (HCI packets from the controller, its own
//! wake when due) in the order of time, and after every call asks for the new [`Host::deadline`]. What the
//! host does goes out through the [`Port`] it is handed, which also supplies its secrets.
//!
//! Invariants: time comes in as an argument; no randomness is drawn here; a [`Bond`] exists only where the
//! checks that justify it were made; the recovery program sees what the stack shows and nothing else. This
//! crate must never know a seed, a fault, the radio or another device.

mod acl;
mod bond;
mod config;
pub mod discovery;
mod failure;
mod gap;
mod host;
mod io;
pub mod recovery;
mod security;
pub mod smp;

pub use bond::{Bond, BondStore};
pub use config::{Config, LinkParameters, Quirks, Timing};
pub use failure::{Failure, Procedure, SHOWN, Shown};
pub use host::{Episode, Host, Link};
pub use io::{Draw, Input, Note, Port, Role, Step, Why};
