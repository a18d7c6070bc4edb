//! Real hosts above the simulated controllers, and our hosts above real ones: H4 over sockets and serial lines.
//!
//! Invariants: everything that waits for somebody outside is bounded; whatever comes from outside ends in an
//! answer or in the end of one client, never in that of the server. It must never know scenario files, capture
//! formats or terminals.

mod door;
mod endpoint;
pub mod h4;
pub mod interop;
mod journal;
mod line;
mod pace;
mod server;
mod wait;

pub use door::DoorError;
pub use endpoint::{Endpoint, EndpointError};
pub use journal::{Journal, Said};
pub use server::{Attached, Doors, Ended, Pace, ServeError, Server};
