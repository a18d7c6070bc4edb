//! P-256: secret keys, public keys and the Diffie-Hellman key of LE Secure Connections.
//!
//! Invariant: a point takes part in arithmetic only as a [`ValidPublicKey`], but for [`unchecked_dh_key`], and
//! a [`SecretKey`] is never zero and always below the order of the group.
//! It must never know whose key it is or how often it was used.

mod debug_key;
mod public;
mod secret;
mod unchecked;

pub use debug_key::{DEBUG_PUBLIC_KEY, DEBUG_SECRET, debug_key_pair};
pub use public::{InvalidPublicKey, PublicKey, ValidPublicKey, validate};
pub use secret::{KeyPair, SecretKey};
pub use unchecked::unchecked_dh_key;

/// The Diffie-Hellman key: the x-coordinate of the shared point, most significant octet first.
///
/// Source: Vol 3 Part H 2.3.5.6.1.
pub type DhKey = [u8; 32];
