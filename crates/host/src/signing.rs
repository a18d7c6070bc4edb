//! Data that is signed instead of encrypted: the keys and counters of a bond (Vol 3 Part H 2.4.5), and the
//! Signed Write Command (Vol 3 Part F 3.4.5.4).
//!
//! Invariants: a counter is used once, and is taken to be written at once; a signature is accepted only with a
//! counter above the last one accepted.

use crate::application::{HANDLE, Payload};
use crate::bond::BondStore;
use crate::host::Host;
use crate::io::{Context, Note, Port};
use crate::session::Link;
use blesim_crypto::toolbox::{SIGNATURE, sign};
use blesim_packet::{Address, Octets, l2cap};

/// `ATT_SIGNED_WRITE_CMD`, Vol 3 Part F 3.4.5.4.
pub(crate) const SIGNED_WRITE_COMMAND: u8 = 0xD2;
/// The longest value: `ATT_MTU` is 23, less opcode, handle and signature.
pub const MAX_SIGNED_VALUE: u8 = 8;
/// Opcode and attribute handle.
const HEADER: usize = 3;

/// What a bond keeps for signatures.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Signing {
    /// The CSRK that this side distributed, and signs with.
    pub own: Option<u128>,
    /// The counter of the next signature.
    pub next: u32,
    /// The least counter that the peer's next signature may have.
    pub expected: u32,
}

impl BondStore {
    /// The key and the counter for a signature to `peer`, which no other will have.
    pub(crate) fn next_signature(&mut self, peer: Address) -> Option<(u128, u32)> {
        let signing = self.get(peer)?.signing;
        self.change(peer, |bond| bond.signing.next = signing.next.saturating_add(1));
        Some((signing.own?, signing.next))
    }

    /// Whether this signature of `peer` holds and is newer than all before.
    pub(crate) fn accepts(&mut self, peer: Address, message: &[u8], signature: [u8; SIGNATURE]) -> bool {
        let Some(bond) = self.get(peer) else { return false };
        let [a, b, c, d, ..] = signature;
        let counter = u32::from_le_bytes([a, b, c, d]);
        let holds = bond.csrk.is_some_and(|csrk| sign(csrk, message, counter) == signature);
        let fresh = counter >= bond.signing.expected;
        if holds && fresh {
            self.change(peer, |bond| bond.signing.expected = counter.saturating_add(1));
        }
        holds && fresh
    }
}

impl Host {
    /// Sends a value in the clear, signed, if the bond has the key for it; signing has no place on an encrypted
    /// link (Vol 3 Part C 10.4.1).
    pub(crate) fn send_signed(&mut self, value: &[u8], cx: &mut Context<'_, impl Port>) {
        let Some(identity) = self.identity(cx) else { return };
        let Link::Up { key: None, .. } = *self.peers[cx.peer].link else { return };
        let Some((csrk, counter)) = self.bonds.next_signature(identity) else { return };
        let value = &value[..value.len().min(usize::from(MAX_SIGNED_VALUE))];
        let mut octets = [0; HEADER + MAX_SIGNED_VALUE as usize + SIGNATURE];
        octets[0] = SIGNED_WRITE_COMMAND;
        octets[1..HEADER].copy_from_slice(&HANDLE);
        let end = HEADER + value.len();
        octets[HEADER..end].copy_from_slice(value);
        let signature = sign(csrk, &octets[..end], counter);
        octets[end..end + SIGNATURE].copy_from_slice(&signature);
        let payload: Payload = Octets::from_slice(&octets[..end + SIGNATURE]).expect("23 octets at the most");
        self.peers[cx.peer].acl.send_on(l2cap::CID_ATT, &payload, &mut self.credits, cx);
        cx.note(Note::Signed { counter });
    }

    /// Takes a Signed Write Command.
    pub(crate) fn signed_received(&mut self, payload: &Payload, cx: &mut Context<'_, impl Port>) {
        let Some((message, signature)) = payload.split_last_chunk::<SIGNATURE>() else { return };
        let Link::Up { key: None, .. } = *self.peers[cx.peer].link else { return };
        let known = self.identity(cx);
        let holds = message.len() >= HEADER
            && known.is_some_and(|identity| self.bonds.accepts(identity, message, *signature));
        cx.note(Note::SignatureChecked { holds });
    }
}
