//! A Bluetooth LE controller: the link layer below HCI, as a pure state machine.
//!
//! The contract. The owner feeds [`Controller::handle`] with what happens (HCI packets from the host, frames
//! from the air, its own wake when due) in the order of time, and after every call asks for the new
//! [`Controller::deadline`]. What the controller does goes out through the [`Port`] it is handed: HCI
//! packets, frames, and the random numbers it needs. Between calls the owner may ask what the radio
//! listens to ([`Controller::listening`]).
//!
//! Invariants: time comes in as an argument and only moves forward; no randomness is drawn here; bytes from
//! the air and from the host are answered as the specification says and never panic. This crate must never
//! know a seed, a fault, the host's mind or another device.

mod advertise;
pub mod bench;
mod command;
mod config;
mod connection;
mod connection_command;
mod controller;
mod discovery;
mod information;
mod initiate;
mod io;
pub mod measure;
mod radio;
mod scan;
mod screen;
mod timing;

pub use config::{LinkLayer, Starts, feature};
pub use connection::control::table::{
    PROCEDURES, Procedure, ProcedureInput, ProcedureRow, ProcedureState, Side, procedures_dot,
};
pub use connection::encryption::{EncryptionState, TRANSITIONS, Transition, TransitionInput, dot};
pub use connection::hopping::{csa1_channel, csa2_channel, csa2_event_random};
pub use connection::rest::{AtRest, Mark, Round};
pub use controller::{Config, Controller};
pub use io::{AirPdu, Draw, Frame, Input, Listening, Note, Port, Role, Why};
