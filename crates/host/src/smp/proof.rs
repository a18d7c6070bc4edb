//! Proofs: values that only a passed check can make.
//!
//! Invariant: the fields are private to this module and every constructor performs its check, so a state that
//! holds a proof can't be reached without it.

use blesim_crypto::DeviceAddress;
use blesim_crypto::toolbox::{MacKeyAndLtk, c1, f4, f6};

/// The peer's random number matches the confirm value it had committed to.
#[derive(Debug)]
pub struct Confirmed(());

impl Confirmed {
    /// Legacy pairing: c1 over the peer's random (Vol 3 Part H 2.3.5.5).
    pub(crate) fn legacy(
        confirm: u128,
        (tk, random): (u128, u128),
        (request, response): ([u8; 7], [u8; 7]),
        (initiator, responder): (&DeviceAddress, &DeviceAddress),
    ) -> Option<Self> {
        (c1(tk, random, request, response, initiator, responder) == confirm).then_some(Self(()))
    }

    /// Secure Connections: f4 over both public keys and the peer's random (Vol 3 Part H 2.3.5.6.2).
    pub(crate) fn secure_connections(
        confirm: u128,
        (peer_x, own_x): (&[u8; 32], &[u8; 32]),
        random: u128,
    ) -> Option<Self> {
        (f4(peer_x, own_x, random, 0) == confirm).then_some(Self(()))
    }
}

/// The peer knows the DHKey and saw the same exchange (Vol 3 Part H 2.3.5.6.5).
#[derive(Debug)]
pub struct DhKeyChecked(());

/// What one side puts into its DHKey check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckInputs {
    pub(crate) own_random: u128,
    pub(crate) peer_random: u128,
    pub(crate) r: u128,
    pub(crate) io_cap: [u8; 3],
    pub(crate) own: DeviceAddress,
    pub(crate) peer: DeviceAddress,
}

impl CheckInputs {
    pub(crate) fn value(&self, keys: &MacKeyAndLtk) -> u128 {
        f6(keys.mac_key, self.own_random, self.peer_random, self.r, self.io_cap, &self.own, &self.peer)
    }
}

impl DhKeyChecked {
    /// f6 over what the peer must have put in.
    pub(crate) fn new(check: u128, keys: &MacKeyAndLtk, inputs: &CheckInputs) -> Option<Self> {
        (inputs.value(keys) == check).then_some(Self(()))
    }
}

/// The values exchanged are the peer's own: confirmed, and in Secure Connections checked too.
#[derive(Debug)]
pub enum Authentic {
    /// By legacy pairing.
    Legacy(Confirmed),
    /// By LE Secure Connections.
    SecureConnections(DhKeyChecked),
}

/// The link was encrypted with the key of this pairing.
#[derive(Debug)]
pub struct LinkEncrypted(());

impl LinkEncrypted {
    /// From the status and the enabled field of Encryption Change (Vol 4 Part E 7.7.8).
    pub(crate) fn from_event(status: u8, enabled: u8) -> Option<Self> {
        (status == 0 && enabled != 0).then_some(Self(()))
    }
}
