//! What this crate promises, held to values that others published and to itself.

mod agreement;
mod bits;
mod link_cipher;
mod p256;
mod properties;
mod toolbox;
