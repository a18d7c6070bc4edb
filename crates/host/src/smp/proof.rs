//! Proofs: values that only a passed check can make.
//!
//! Invariant: the fields are private to this module and every constructor performs its check, so a state that
//! holds a proof can't be reached without it, or without a quirk that is named.

use super::wire::Wire;
use crate::io::{Answer, Port};
use crate::quirk::Quirk;
use blesim_crypto::DeviceAddress;
use blesim_crypto::toolbox::{MacKeyAndLtk, c1, f4, f6};

/// The checks of which the proofs below are the tokens, for the observer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Check {
    /// [`Confirmed`].
    Confirmed,
    /// [`Compared`].
    Compared,
    /// [`DhKeyChecked`].
    DhKeyChecked,
    /// [`LinkEncrypted`], with the key of this pairing.
    LinkEncrypted,
}

impl Check {
    /// What has been shown.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "the peer's commitment holds",
            Self::Compared => "the user found the numbers alike",
            Self::DhKeyChecked => "the peer's DHKey check holds",
            Self::LinkEncrypted => "the link is encrypted with the key of this pairing",
        }
    }
}

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

    /// Secure Connections: f4 over both public keys, the peer's random and `z`: zero, or one bit of a passkey
    /// (Vol 3 Part H 2.3.5.6.2, 2.3.5.6.3, 2.3.5.6.4).
    pub(crate) fn secure_connections(
        confirm: u128,
        (peer_x, own_x): (&[u8; 32], &[u8; 32]),
        random: u128,
        z: u8,
    ) -> Option<Self> {
        (f4(peer_x, own_x, random, z) == confirm).then_some(Self(()))
    }
}

/// The user said that both devices show the same number (Vol 3 Part H 2.3.5.6.2).
#[derive(Debug)]
pub struct Compared(());

impl Compared {
    pub(crate) fn new(answer: Answer) -> Option<Self> {
        (answer == Answer::Yes).then_some(Self(()))
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

    /// No check at all: a stack that does without it says so.
    pub(crate) fn waived(quirk: Quirk, wire: &mut Wire<'_, impl Port>) -> Self {
        wire.departs(quirk);
        Self(())
    }
}

/// What shows that nobody stood between the two, Vol 3 Part H 2.3.5.1.
#[derive(Debug)]
pub enum Evidence {
    /// Nothing does: Just Works.
    Nothing,
    /// The user compared.
    Compared(Compared),
    /// Both know the passkey: the last of its commitments holds.
    Passkey(Confirmed),
    /// Another channel vouches: for the peer's key, or, by the DHKey check, for this side's alone.
    OutOfBand(Option<Confirmed>),
}

/// The values exchanged are the peer's own: confirmed, and in Secure Connections checked too.
#[derive(Debug)]
pub enum Authentic {
    /// By legacy pairing; true if the temporary key was a secret, not the zero of Just Works.
    Legacy(Confirmed, bool),
    /// By LE Secure Connections.
    SecureConnections(DhKeyChecked, Evidence),
}

impl Authentic {
    /// Whether the pairing is protected against a man in the middle (Vol 3 Part H 2.3.1).
    #[must_use]
    pub fn authenticated(&self) -> bool {
        match self {
            Self::Legacy(_, secret) => *secret,
            Self::SecureConnections(_, evidence) => !matches!(evidence, Evidence::Nothing),
        }
    }
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
