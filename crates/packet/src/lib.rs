//! The bytes of LL, L2CAP, SMP and HCI: decoding and encoding, nothing else.
//!
//! Invariants: decoding is total (any bytes give a value or a [`DecodeError`], never a panic); what decodes
//! encodes to the same bytes; typed values are numbers, and wire order lives in the codecs alone. This crate
//! must never know a time, a role or a state.

pub mod address;
pub mod error;
pub mod hci;
pub mod l2cap;
pub mod ll;
pub mod octets;
pub mod smp;
mod wire;

pub use address::{Address, AddressKind};
pub use error::DecodeError;
pub use octets::Octets;
