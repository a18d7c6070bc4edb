//! Just Works and Numeric Comparison in Secure Connections, Vol 3 Part H 2.3.5.6.2.
//!
//! Invariant: the responder commits before either nonce is shown, so neither side can choose the number.

use super::super::proof::{Check, Confirmed, Evidence};
use super::super::secure_connections::Exchange;
use super::super::terms::Model;
use super::super::wire::Wire;
use super::{Agreed, Consent, Progress, Question, Stage1};
use crate::io::{Draw, Port, Prompt};
use blesim_crypto::toolbox::{f4, g2, six_digits};
use blesim_packet::smp::{Reason, SmpPdu};

/// Nonces on their way, by what is awaited.
#[derive(Debug)]
pub(crate) enum Compare {
    /// Initiator: Pairing Confirm.
    AwaitConfirm(u128),
    /// Pairing Random; the initiator holds the responder's confirm value, the responder needs none.
    AwaitRandom(u128, Option<u128>),
}

impl Compare {
    pub(crate) fn begin(exchange: &Exchange, wire: &mut Wire<'_, impl Port>) -> Self {
        let random = wire.cx.draw(Draw::PairingRandom);
        wire.value(exchange.nonce_name(), random);
        if exchange.terms.initiator {
            return Self::AwaitConfirm(random);
        }
        let confirm = f4(&exchange.own_x, &exchange.peer_x, random, 0);
        wire.value("Cb", confirm);
        wire.send(&SmpPdu::PairingConfirm(confirm));
        Self::AwaitRandom(random, None)
    }

    pub(crate) fn receive(
        self,
        pdu: &SmpPdu,
        exchange: &Exchange,
        wire: &mut Wire<'_, impl Port>,
    ) -> Result<Progress, Reason> {
        match (self, pdu) {
            (Self::AwaitConfirm(random), &SmpPdu::PairingConfirm(confirm)) => {
                wire.send(&SmpPdu::PairingRandom(random));
                let next = Self::AwaitRandom(random, Some(confirm));
                Ok(Progress::Continues(Stage1::Compare(next)))
            }
            (Self::AwaitRandom(own_random, confirm), &SmpPdu::PairingRandom(peer_random)) => {
                match confirm {
                    Some(confirm) => {
                        let keys = (&exchange.peer_x, &exchange.own_x);
                        Confirmed::secure_connections(confirm, keys, peer_random, 0)
                            .ok_or(Reason::CONFIRM_VALUE_FAILED)?;
                        wire.proved(Check::Confirmed);
                    }
                    None => wire.send(&SmpPdu::PairingRandom(own_random)),
                }
                let consent = consent(exchange, (own_random, peer_random), wire);
                Ok(Progress::Agreed(Agreed { own_random, peer_random, own_r: 0, peer_r: 0, consent }))
            }
            (Self::AwaitConfirm(_) | Self::AwaitRandom(..), _) => Err(Reason::UNSPECIFIED_REASON),
        }
    }
}

/// Shows the number, or asks whether to pair at all, or lets Just Works be what it is.
fn consent(exchange: &Exchange, (own, peer): (u128, u128), wire: &mut Wire<'_, impl Port>) -> Consent {
    let terms = &exchange.terms;
    if terms.model == Model::NumericComparison {
        let (initiator_x, responder_x) = terms.by_role(&exchange.own_x, &exchange.peer_x);
        let (na, nb) = terms.by_role(own, peer);
        let number = six_digits(g2(initiator_x, responder_x, na, nb));
        wire.value("number to compare", u128::from(number));
        wire.prompt(Prompt::Compare(number));
        Consent::Asked(Question::SameNumber)
    } else if wire.config.security.asks_before_just_works {
        wire.prompt(Prompt::Confirm);
        Consent::Asked(Question::Pair)
    } else {
        Consent::Given(Evidence::Nothing)
    }
}
