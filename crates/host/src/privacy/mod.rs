//! LE privacy, Vol 3 Part C 10.7: a device that shows resolvable private addresses on the air, and one that
//! knows its peers by them.
//!
//! Own addresses are made here in the host; those of peers are resolved here, or by a controller with a resolving
//! list. Non-resolvable addresses are not modelled. The cryptography of
//! a pairing is over the addresses of the connection, whatever they are; a bond is kept under the identity
//! address, which comes with the IRK.
//!
//! Invariant: an address is renewed only while nothing goes on under it. What is here must never know when a
//! frame is sent.

mod find;
mod list;
mod own;

pub(crate) use find::advertising_data;
pub(crate) use own::OwnAddress;

use blesim_crypto::toolbox::ah;
use blesim_kernel::Span;
use blesim_packet::Address;

/// The random part of prand, below its two fixed bits (Vol 6 Part B 1.3.2.2).
const RANDOM_PART: u128 = (1 << 22) - 1;

/// How a device keeps its address private, and how it meets the private addresses of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Privacy {
    /// It uses resolvable private addresses, each for so long, but never in the midst of a connection or of
    /// making one; none for its identity address.
    pub rotates_every: Option<Span>,
    /// As a central it scans for its peers and resolves what it hears, because one of them uses private
    /// addresses; a central that does not asks its controller for the identity address.
    pub scans: bool,
    /// Who resolves the addresses of peers.
    pub resolver: Resolver,
    /// As a peripheral it has resolved a central's address so long after the link is up, at the earliest.
    pub resolves_after: Span,
}

/// Who resolves private addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resolver {
    /// The host, with the IRKs of its bonds.
    Host,
    /// The controller, with the resolving list that the host gives it (Vol 4 Part E 7.8.38).
    Controller,
}

impl Privacy {
    /// Identity addresses everywhere.
    pub const OFF: Self =
        Self { rotates_every: None, scans: false, resolver: Resolver::Host, resolves_after: Span::ZERO };
}

/// The resolvable private address of the device with this IRK, from a uniform number.
///
/// Vol 6 Part B 1.3.2.2: prand begins with 01, and the other 22 bits are neither all zeros nor all ones: they are
/// the first such of the five that `draw` has room for.
#[must_use]
pub fn resolvable(irk: u128, draw: u128) -> Address {
    let parts = (0..5).map(|turn| draw >> (22 * turn) & RANDOM_PART);
    let random = parts.into_iter().find(|&part| part != 0 && part != RANDOM_PART).unwrap_or(1);
    let [.., p0, p1, p2] = (0b01 << 22 | random).to_be_bytes();
    let [_, h0, h1, h2] = ah(irk, u32::from_be_bytes([0, p0, p1, p2])).to_be_bytes();
    Address::random([p0, p1, p2, h0, h1, h2])
}

/// Whether this is a resolvable private address of the device with this IRK (Vol 6 Part B 1.3.2.3).
#[must_use]
pub fn resolves(address: Address, irk: u128) -> bool {
    let [p0, p1, p2, h0, h1, h2] = address.octets;
    let number = |a, b, c| u32::from_be_bytes([0, a, b, c]);
    address.is_resolvable() && ah(irk, number(p0, p1, p2)) == number(h0, h1, h2)
}

/// What is printed on a device and in its advertising data, so that a person finds it whatever its address: the
/// last four digits of its identity address.
pub(crate) fn label(identity: Address) -> [u8; 4] {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).map_or(b'0', |digit| digit as u8);
    let [.., a, b] = identity.octets;
    [a >> 4, a & 15, b >> 4, b & 15].map(digit).map(|digit| digit.to_ascii_uppercase())
}
