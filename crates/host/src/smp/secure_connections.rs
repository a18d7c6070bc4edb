//! LE Secure Connections, phase 2, Vol 3 Part H 2.3.5.6: public keys, Just Works, DHKey check.
//!
//! Invariant: a nonce is shown only after what it is bound to is fixed, and the LTK is used only behind a
//! [`DhKeyChecked`].

use super::machine::{Outcome, State, Wire};
use super::proof::{Authentic, CheckInputs, Confirmed, DhKeyChecked};
use super::terms::Terms;
use crate::io::{Draw, Note, Port};
use blesim_crypto::toolbox::{MacKeyAndLtk, f4, f5};
use blesim_crypto::{DhKey, KeyPair, PublicKey};
use blesim_kernel::Instant;
use blesim_packet::smp::{PairingFeatures, Reason, SmpPdu};

/// Phase 2 of Secure Connections, by what it awaits.
#[derive(Debug)]
#[expect(clippy::enum_variant_names, reason = "states are named for what they await")]
pub(crate) enum SecureConnections {
    /// The peer's Pairing Public Key.
    AwaitPublicKey(Terms, KeyPair),
    /// Initiator: Pairing Confirm.
    AwaitConfirm(Exchange),
    /// Pairing Random; the initiator holds the responder's confirm value, the responder needs none.
    AwaitRandom(Exchange, Option<u128>),
    /// The DHKey, if it is still being computed, and the peer's check.
    AwaitCheck(Checking),
}

/// What both public keys made known.
#[derive(Debug)]
pub(crate) struct Exchange {
    terms: Terms,
    own_x: [u8; 32],
    peer_x: [u8; 32],
    dh_key: DhKey,
    /// When the DHKey may be used: computing it takes time.
    ready_at: Instant,
    random: u128,
}

/// Stage 2, when both nonces are known.
#[derive(Debug)]
pub(crate) struct Checking {
    terms: Terms,
    dh_key: DhKey,
    ready_at: Instant,
    own_random: u128,
    peer_random: u128,
    /// The keys and the check of this side, once the DHKey was ready.
    own: Option<(MacKeyAndLtk, u128)>,
    /// The peer's check, if it came already.
    peer_check: Option<u128>,
}

impl SecureConnections {
    /// Both sides know the terms; the initiator shows its key first.
    pub(crate) fn begin(terms: Terms, wire: &mut Wire<'_, impl Port>) -> State {
        let pair = wire.cx.key_pair();
        if terms.initiator {
            wire.send(&public_key(&pair));
        }
        State::SecureConnections(Self::AwaitPublicKey(terms, pair))
    }

    /// When the machine goes on by itself.
    pub(crate) fn ready_at(&self) -> Option<Instant> {
        match self {
            Self::AwaitCheck(checking) if checking.own.is_none() => Some(checking.ready_at),
            Self::AwaitCheck(_)
            | Self::AwaitPublicKey(..)
            | Self::AwaitConfirm(_)
            | Self::AwaitRandom(..) => None,
        }
    }

    /// Takes the next PDU.
    pub(crate) fn receive(
        self,
        pdu: &SmpPdu,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<(State, Outcome), Reason> {
        match (self, pdu) {
            (Self::AwaitPublicKey(terms, pair), &SmpPdu::PairingPublicKey { x, y }) => {
                let exchange = exchange_keys(terms, &pair, PublicKey { x, y }, wire)?;
                let next = if terms.initiator {
                    Self::AwaitConfirm(exchange)
                } else {
                    Self::AwaitRandom(exchange, None)
                };
                Ok((State::SecureConnections(next), Outcome::Continues))
            }
            (Self::AwaitConfirm(exchange), &SmpPdu::PairingConfirm(confirm)) => {
                wire.send(&SmpPdu::PairingRandom(exchange.random));
                let next = Self::AwaitRandom(exchange, Some(confirm));
                Ok((State::SecureConnections(next), Outcome::Continues))
            }
            (Self::AwaitRandom(exchange, confirm), &SmpPdu::PairingRandom(random)) => {
                exchange.randoms(confirm, random, wire)?.advance(wire)
            }
            (Self::AwaitCheck(mut checking), &SmpPdu::PairingDhKeyCheck(check))
                if checking.peer_check.is_none() =>
            {
                checking.peer_check = Some(check);
                checking.advance(wire)
            }
            (
                Self::AwaitPublicKey(..)
                | Self::AwaitConfirm(_)
                | Self::AwaitRandom(..)
                | Self::AwaitCheck(_),
                _,
            ) => Err(Reason::UNSPECIFIED_REASON),
        }
    }

    /// The DHKey is there.
    pub(crate) fn ready(self, wire: &mut Wire<'_, impl Port>) -> Result<(State, Outcome), Reason> {
        match self {
            Self::AwaitCheck(checking) => checking.advance(wire),
            other @ (Self::AwaitPublicKey(..) | Self::AwaitConfirm(_) | Self::AwaitRandom(..)) => {
                Ok((State::SecureConnections(other), Outcome::Continues))
            }
        }
    }
}

fn public_key(pair: &KeyPair) -> SmpPdu {
    SmpPdu::PairingPublicKey { x: pair.public.x, y: pair.public.y }
}

/// Phase 2 up to the confirm value of the responder (Vol 3 Part H 2.3.5.6.1, 2.3.5.6.2).
fn exchange_keys(
    terms: Terms,
    pair: &KeyPair,
    received: PublicKey,
    wire: &mut Wire<'_, impl Port>,
) -> Result<Exchange, Reason> {
    // An own key come back, with either sign of y, is refused, and for the same reason as one that is not on
    // the curve (Vol 3 Part H 2.3.5.6.1).
    if received.x == pair.public.x {
        return Err(Reason::DHKEY_CHECK_FAILED);
    }
    let dh_key = wire.port().dh_key(pair, &received).map_err(|_| Reason::DHKEY_CHECK_FAILED)?;
    let ready_at = wire.now() + wire.config.timing.dh_key;
    let random = wire.cx.draw(Draw::PairingRandom);
    let exchange = Exchange { terms, own_x: pair.public.x, peer_x: received.x, dh_key, ready_at, random };
    if !terms.initiator {
        wire.send(&public_key(pair));
        // Just Works: r is zero and only the responder commits (Vol 3 Part H 2.3.5.6.2).
        let confirm = f4(&exchange.own_x, &exchange.peer_x, random, 0);
        wire.send(&SmpPdu::PairingConfirm(confirm));
    }
    Ok(exchange)
}

impl Exchange {
    /// Takes the peer's nonce: the initiator checks it against the confirm value, the responder shows its own.
    fn randoms(
        self,
        confirm: Option<u128>,
        peer_random: u128,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Checking, Reason> {
        match confirm {
            Some(confirm) => {
                let keys = (&self.peer_x, &self.own_x);
                Confirmed::secure_connections(confirm, keys, peer_random)
                    .ok_or(Reason::CONFIRM_VALUE_FAILED)?;
            }
            None => wire.send(&SmpPdu::PairingRandom(self.random)),
        }
        Ok(Checking {
            terms: self.terms,
            dh_key: self.dh_key,
            ready_at: self.ready_at,
            own_random: self.random,
            peer_random,
            own: None,
            peer_check: None,
        })
    }
}

impl Checking {
    /// Goes as far as the DHKey and the peer's check allow (Vol 3 Part H 2.3.5.6.5).
    fn advance(mut self, wire: &mut Wire<'_, impl Port>) -> Result<(State, Outcome), Reason> {
        if self.own.is_none() && wire.now() >= self.ready_at {
            let own = self.own_check();
            wire.cx.note(Note::Key("MacKey", own.0.mac_key));
            if self.terms.initiator {
                wire.send(&SmpPdu::PairingDhKeyCheck(own.1));
            }
            self.own = Some(own);
        }
        let (Some((keys, own_check)), Some(peer_check)) = (&self.own, self.peer_check) else {
            return Ok((State::SecureConnections(SecureConnections::AwaitCheck(self)), Outcome::Continues));
        };
        let checked =
            DhKeyChecked::new(peer_check, keys, &self.inputs(true)).ok_or(Reason::DHKEY_CHECK_FAILED)?;
        if !self.terms.initiator {
            wire.send(&SmpPdu::PairingDhKeyCheck(*own_check));
        }
        let ltk = self.terms.masked(keys.ltk);
        wire.cx.note(Note::Key("LTK", ltk));
        Ok(State::keyed(self.terms, Authentic::SecureConnections(checked), ltk))
    }

    fn own_check(&self) -> (MacKeyAndLtk, u128) {
        let (na, nb) = self.terms.by_role(self.own_random, self.peer_random);
        let (a, b) = self.terms.addresses();
        let keys = f5(&self.dh_key, na, nb, a, b);
        let check = self.inputs(false).value(&keys);
        (keys, check)
    }

    /// What goes into the check of this side or of the peer.
    fn inputs(&self, of_peer: bool) -> CheckInputs {
        let (own_features, peer_features) = self.terms.by_role_features();
        let (features, own, peer) = if of_peer {
            (peer_features, self.terms.peer, self.terms.own)
        } else {
            (own_features, self.terms.own, self.terms.peer)
        };
        let (own_random, peer_random) =
            if of_peer { (self.peer_random, self.own_random) } else { (self.own_random, self.peer_random) };
        CheckInputs { own_random, peer_random, r: 0, io_cap: features.io_cap(), own, peer }
    }
}

impl Terms {
    /// Own features and the peer's.
    fn by_role_features(&self) -> (&PairingFeatures, &PairingFeatures) {
        if self.initiator { (&self.request, &self.response) } else { (&self.response, &self.request) }
    }
}
