//! Out of Band in Secure Connections, Vol 3 Part H 2.3.5.6.4: the public key is held against what came
//! before.
//!
//! Invariant: a side that says it has the peer's data checks the peer's key with it before it shows a nonce.

use super::super::proof::{Check, Confirmed, Evidence};
use super::super::secure_connections::Exchange;
use super::super::wire::Wire;
use super::{Agreed, Consent, Progress};
use crate::io::{Draw, Port};
use blesim_packet::smp::{Reason, SmpPdu};

/// Nonces on their way: Pairing Random is awaited.
#[derive(Debug)]
pub(crate) struct OutOfBand {
    random: u128,
    own_r: u128,
    peer_r: u128,
    confirmed: Option<Confirmed>,
}

impl OutOfBand {
    pub(crate) fn begin(exchange: &Exchange, wire: &mut Wire<'_, impl Port>) -> Result<Self, Reason> {
        let (own, peer) = exchange.terms.by_side_features();
        let (mut peer_r, mut confirmed) = (0, None);
        if own.oob {
            let data = wire.received_oob.ok_or(Reason::OOB_NOT_AVAILABLE)?;
            confirmed = Some(data.commits_to(&exchange.peer_x).ok_or(Reason::CONFIRM_VALUE_FAILED)?);
            wire.proved(Check::Confirmed);
            peer_r = data.random;
        }
        // A peer without this side's data can't put its r into the check, which is zero then.
        let own_r = wire.local_oob.filter(|_| peer.oob).map_or(0, |local| local.random);
        wire.value("own r", own_r);
        wire.value("peer r", peer_r);
        let random = wire.cx.draw(Draw::PairingRandom);
        wire.value(exchange.nonce_name(), random);
        if exchange.terms.initiator {
            wire.send(&SmpPdu::PairingRandom(random));
        }
        Ok(Self { random, own_r, peer_r, confirmed })
    }

    pub(crate) fn receive(
        self,
        pdu: &SmpPdu,
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        let &SmpPdu::PairingRandom(peer_random) = pdu else { return Err(Reason::UNSPECIFIED_REASON) };
        if !exchange.terms.initiator {
            wire.send(&SmpPdu::PairingRandom(self.random));
        }
        let Self { random: own_random, own_r, peer_r, confirmed } = self;
        let consent = Consent::Given(Evidence::OutOfBand(confirmed));
        Ok(Progress::Agreed(Agreed { own_random, peer_random, own_r, peer_r, consent }))
    }
}
