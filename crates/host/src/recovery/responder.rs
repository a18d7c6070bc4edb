//! What a host does when the peer starts.
//!
//! Invariant: nothing here is a matter of the host's own failures; those are for the rules.

use super::penalty::Penalty;
use crate::bond::{Bond, WhenFull};
use blesim_packet::smp::{AuthReq, Reason};

/// What the host does when the peer starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Responder {
    /// On a Pairing Request from a peer it has a bond with.
    pub bonded_peer_pairs: BondedPeer,
    /// When the old bond goes in such a pairing.
    pub old_bond_dies: OldBondDies,
    /// The answer to a pairing that would give less than the bond does: a smaller key, legacy pairing for
    /// Secure Connections, or no authentication for some. `None` allows it.
    pub refuses_weaker: Option<Reason>,
    /// The answer to an unauthenticated pairing where the bond is unauthenticated too. `None` allows it.
    pub refuses_just_works_again: Option<Reason>,
    /// How long a peer waits after it has failed.
    pub penalty: Option<Penalty>,
    /// What happens to a bond for which there is no room, in place of the device's own rule.
    pub when_full: Option<WhenFull>,
    /// What a central does on a Security Request.
    pub security_requests: SecurityRequests,
}

impl Default for Responder {
    fn default() -> Self {
        Self {
            bonded_peer_pairs: BondedPeer::Accept,
            old_bond_dies: OldBondDies::OnComplete,
            refuses_weaker: None,
            refuses_just_works_again: None,
            penalty: None,
            when_full: None,
            security_requests: SecurityRequests {
                answer: OnSecurityRequest::Honour,
                on_encrypted_link: true,
            },
        }
    }
}

impl Responder {
    /// The answer to a pairing by these terms from the peer of `bond`, if it is not to be.
    pub(crate) fn refuses(
        &self,
        bond: &Bond,
        secure_connections: bool,
        authenticated: bool,
        key_size: u8,
    ) -> Option<Reason> {
        let weaker = key_size < bond.key_size
            || bond.secure_connections && !secure_connections
            || bond.authenticated && !authenticated;
        let again = !bond.authenticated && !authenticated;
        self.refuses_weaker.filter(|_| weaker).or(self.refuses_just_works_again.filter(|_| again))
    }
}

/// The answer to a Pairing Request from a bonded peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BondedPeer {
    /// Pairs.
    Accept,
    /// Answers Pairing Failed with this reason.
    Reject(Reason),
    /// Says nothing at all.
    Ignore,
    /// Asks its user; a no is Pairing Failed with Unspecified Reason, no answer says nothing.
    Ask,
}

/// When the old bond is deleted while a bonded peer pairs again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OldBondDies {
    /// As soon as the request is there.
    OnRequest,
    /// When the link is encrypted with the new key.
    OnEncrypted,
    /// When the new bond takes its place.
    OnComplete,
    /// Not at all: the new key is for this link only, and the peer keeps what this side does not.
    Never,
}

/// What a central does on a Security Request (Vol 3 Part H 2.4.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecurityRequests {
    /// What it does.
    pub answer: OnSecurityRequest,
    /// Whether a link that is encrypted already makes no difference; if not, a request on one is ignored.
    pub on_encrypted_link: bool,
}

/// The answer to a Security Request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OnSecurityRequest {
    /// Encrypts if the bond gives what is asked for, pairs otherwise.
    Honour,
    /// Does nothing.
    Ignore,
    /// Encrypts if the bond gives what is asked for, does nothing otherwise.
    EncryptOnly,
    /// Honours it, and on an encrypted link pairs anew if the bond lacks anything that is asked for: bonding,
    /// protection or Secure Connections.
    ForcesRepairing,
}

/// Whether a bond lacks something that a Security Request asks for.
pub(crate) fn lacks(bond: Option<&Bond>, auth: AuthReq) -> bool {
    let Some(bond) = bond else { return auth.bonding() || auth.mitm() || auth.sc() };
    auth.mitm() && !bond.authenticated || auth.sc() && !bond.secure_connections
}
