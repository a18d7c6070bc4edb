//! The cryptographic toolbox of the Security Manager (Vol 3 Part H 2.2), one file per family.
//!
//! Invariant: every function is pure and takes numbers, most significant octet first; a caller that holds
//! octets from a PDU turns them round before it comes here, except for the two PDUs of [`c1`].
//! The toolbox must never know which device calls, or what the result will protect.

mod cmac;
mod conversion;
mod legacy;
mod privacy;
mod secure_connections;
mod signing;

pub use cmac::aes_cmac;
pub use conversion::{h6, h7, link_key_from_ltk, ltk_from_link_key};
pub use legacy::{c1, e, s1};
pub use privacy::ah;
pub use secure_connections::{MacKeyAndLtk, f4, f5, f6, g2, six_digits};
pub use signing::{SIGNATURE, sign};

/// The less significant 32 bits of a block.
const fn low_32_bits(block: u128) -> u32 {
    let [.., a, b, c, d] = block.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}
