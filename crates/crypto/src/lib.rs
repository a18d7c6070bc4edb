//! The Security Manager toolbox, the link cipher and P-256, held to published vectors.
//!
//! Everything here is arithmetic: the same arguments give the same result on every machine. 128-bit
//! quantities are `u128`, whose most significant octet is the leftmost one when the specification writes
//! the value out; P-256 coordinates and secrets are 32 octets, most significant first. Octets in
//! transmission order appear only where a parameter says so.
//!
//! Invariant: no time, no role, no chance. The only memory is in [`agreement`], and it can make an answer
//! faster but never different.
//!
//! This crate must never know a PDU, a device, a seed's meaning, or a clock.

pub mod address;
pub mod agreement;
mod block;
pub mod link_cipher;
pub mod p256;
pub mod toolbox;

pub use address::DeviceAddress;
pub use agreement::{KeyAgreement, KeyBank, KeyName, Naive, PreparedKeys, SharedSecret};
pub use link_cipher::{Direction, LinkCipher, MicMismatch, PacketCounter, session_key};
pub use p256::{DhKey, InvalidPublicKey, KeyPair, PublicKey, SecretKey, ValidPublicKey, validate};
