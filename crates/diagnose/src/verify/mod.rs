//! The cryptography of a pairing, as far as a capture holds its inputs.
//!
//! Invariant: nothing is called wrong unless every input of its computation is known.

mod keys;
mod legacy;
mod secure_connections;

pub(crate) use keys::{Past, distributed, encryption, words};
pub(crate) use legacy::stk as short_term_key;

use crate::connection::Connection;
use crate::dialogue::Dialogue;
use crate::finding::Findings;
use crate::step::Side;
use blesim_crypto::DeviceAddress;
use blesim_host::smp::terms::{Model, model};
use blesim_packet::{Address, AddressKind};

/// A pairing with what its computations need beside it.
pub(crate) struct Pairing<'a> {
    pub(crate) dialogue: &'a Dialogue,
    /// The initiator's and the responder's address, as they may be.
    pub(crate) addresses: Vec<(DeviceAddress, DeviceAddress)>,
}

impl<'a> Pairing<'a> {
    pub(crate) fn new(dialogue: &'a Dialogue, connection: &Connection) -> Self {
        Self::between(dialogue, &Side::BOTH.map(|side| connection.addresses(side)))
    }

    /// The same with the addresses that the two may have, the central's first.
    pub(crate) fn between(dialogue: &'a Dialogue, addresses: &[Vec<Address>; 2]) -> Self {
        let of = |side: Side| addresses[side.index()].iter().copied().map(device).collect::<Vec<_>>();
        let (initiators, responders) = (of(Side::Central), of(Side::Peripheral));
        let pairs = initiators.iter().flat_map(|ia| responders.iter().map(|ra| (*ia, *ra)));
        Self { dialogue, addresses: pairs.take(16).collect() }
    }

    /// The association model, once both features are known.
    pub(crate) fn model(&self) -> Option<Model> {
        let (request, response) = (self.dialogue.request?.1, self.dialogue.response?.1);
        Some(model(&request, &response))
    }

    /// The octets of a key: the smaller of both maxima (Vol 3 Part H 2.3.4).
    pub(crate) fn key_size(&self) -> Option<u8> {
        let (request, response) = (self.dialogue.request?.1, self.dialogue.response?.1);
        Some(request.max_key_size.min(response.max_key_size)).filter(|size| (7..=16).contains(size))
    }

    /// A key as it is used: its most significant octets beyond the size are zero (Vol 3 Part H 2.3.4).
    pub(crate) fn masked(&self, key: u128) -> u128 {
        let size = u32::from(self.key_size().unwrap_or(16));
        if size < 16 { key & ((1 << (8 * size)) - 1) } else { key }
    }

    pub(crate) fn confirm(&self, side: Side) -> Option<(crate::step::Moment, u128)> {
        self.dialogue
            .confirms
            .iter()
            .find(|(_, (from, _))| *from == side)
            .map(|(at, (_, value))| (*at, *value))
    }

    pub(crate) fn random(&self, side: Side) -> Option<(crate::step::Moment, u128)> {
        self.dialogue
            .randoms
            .iter()
            .find(|(_, (from, _))| *from == side)
            .map(|(at, (_, value))| (*at, *value))
    }
}

fn device(address: Address) -> DeviceAddress {
    DeviceAddress { random: address.kind == AddressKind::Random, octets: address.octets }
}

/// Looks into everything that one pairing computed.
pub(crate) fn pairing(pairing: &Pairing<'_>, findings: &mut Findings) {
    match pairing.dialogue.secure_connections() {
        Some(false) => legacy::verify(pairing, findings),
        Some(true) => secure_connections::verify(pairing, findings),
        None => {}
    }
    keys_of_both(pairing, findings);
}

/// Both hosts gave their controllers a key for this pairing: it must be the same.
fn keys_of_both(pairing: &Pairing<'_>, findings: &mut Findings) {
    if let [Some((_, ours)), Some((at, theirs))] = pairing.dialogue.keys {
        if ours == theirs {
            findings.verified(at, "both hosts gave their controllers the same key");
        } else {
            let text = "the two hosts gave their controllers different keys for this pairing";
            findings.proves(at, crate::cause::Cause::KeysDiffer, text);
        }
    }
}
