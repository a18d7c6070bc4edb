//! Phase 3: transport specific key distribution, Vol 3 Part H 2.4.3 and 3.6.1.
//!
//! Invariants: the responder distributes first; each side sends its keys in the order of the specification;
//! the link is encrypted, for nothing else can start this phase.

use super::machine::{State, Turn};
use super::proof::{Authentic, LinkEncrypted};
use super::terms::Terms;
use super::wire::Wire;
use crate::bond::Bond;
use crate::io::{Draw, Note, Port};
use crate::quirk::{Keys, Quirk};
use crate::signing::Signing;
use blesim_crypto::toolbox::link_key_from_ltk;
use blesim_packet::AddressKind;
use blesim_packet::smp::{KeyDistribution, Reason, SmpPdu};

/// Keys on their way in both directions.
#[derive(Debug)]
pub(crate) struct Distribution {
    terms: Terms,
    authentic: Authentic,
    encrypted: LinkEncrypted,
    /// The keys still expected from the peer.
    expected: KeyDistribution,
    /// The keys of which the first of two PDUs has come.
    halves: KeyDistribution,
    /// The keys this side still has to send, while it is not its turn.
    unsent: KeyDistribution,
    ltk: Option<u128>,
    ediv: u16,
    rand: u64,
    irk: Option<u128>,
    identity: Option<blesim_packet::Address>,
    csrk: Option<u128>,
    /// The CSRK of this side.
    own_csrk: Option<u128>,
    /// The peer sent keys that were not negotiated.
    unnegotiated: bool,
}

const fn has(keys: KeyDistribution, key: KeyDistribution) -> bool {
    keys.0 & key.0 != 0
}

const fn without(keys: KeyDistribution, key: KeyDistribution) -> KeyDistribution {
    KeyDistribution(keys.0 & !key.0)
}

/// The keys that travel over LE; the link key bit stands for a derivation (Vol 3 Part H 3.6.1).
const ON_THE_AIR: KeyDistribution =
    KeyDistribution(KeyDistribution::ENC_KEY.0 | KeyDistribution::ID_KEY.0 | KeyDistribution::SIGN.0);

impl Distribution {
    /// Begins after the link was encrypted with `key`.
    pub(crate) fn begin(
        terms: Terms,
        authentic: Authentic,
        encrypted: LinkEncrypted,
        key: u128,
        wire: &mut Wire<'_, impl Port>,
    ) -> Turn {
        let quirk = wire.config.quirks.distributes_unnegotiated;
        let extra = without(quirk, terms.ours).0;
        if extra != 0 {
            wire.departs(Quirk::DistributesUnnegotiated);
        }
        let mut distribution = Self {
            expected: KeyDistribution(terms.theirs.0 & ON_THE_AIR.0),
            unsent: KeyDistribution((terms.ours.0 | extra) & ON_THE_AIR.0),
            halves: KeyDistribution::NONE,
            ltk: terms.secure_connections.then_some(key),
            terms,
            authentic,
            encrypted,
            ediv: 0,
            rand: 0,
            irk: None,
            identity: None,
            csrk: None,
            own_csrk: None,
            unnegotiated: false,
        };
        distribution.send_in_turn(wire);
        distribution.finish_if_done(wire)
    }

    /// The responder sends at once, the initiator when the responder is done.
    fn send_in_turn(&mut self, wire: &mut Wire<'_, impl Port>) {
        if self.terms.initiator && self.expected.0 != 0 {
            return;
        }
        let keys = core::mem::replace(&mut self.unsent, KeyDistribution(0));
        let pattern = wire.config.quirks.keys;
        if keys.0 != 0 && pattern != Keys::Random {
            wire.departs(Quirk::KeysNotRandom);
        }
        if has(keys, KeyDistribution::ENC_KEY) {
            let ltk = self.terms.masked(pattern.shape(wire.cx.draw(Draw::Ltk)));
            let ediv = u16::try_from(wire.cx.draw(Draw::Ediv) & 0xFFFF).expect("it is masked");
            let rand = u64::try_from(wire.cx.draw(Draw::Rand) & u128::from(u64::MAX)).expect("it is masked");
            wire.cx.note(Note::Key("LTK", ltk));
            wire.send(&SmpPdu::EncryptionInformation { ltk });
            wire.send(&SmpPdu::CentralIdentification { ediv, rand });
            // The key that counts is the one the link's peripheral, here the responder, distributes.
            if !self.terms.initiator && has(self.terms.ours, KeyDistribution::ENC_KEY) {
                (self.ltk, self.ediv, self.rand) = (Some(ltk), ediv, rand);
            }
        }
        if has(keys, KeyDistribution::ID_KEY) {
            let irk = pattern.shape(wire.cx.draw(Draw::Irk));
            let address = wire.config.address;
            wire.send(&SmpPdu::IdentityInformation { irk });
            wire.send(&SmpPdu::IdentityAddressInformation(address));
        }
        if has(keys, KeyDistribution::SIGN) {
            let csrk = pattern.shape(wire.cx.draw(Draw::Csrk));
            self.own_csrk = Some(csrk);
            wire.send(&SmpPdu::SigningInformation { csrk });
        }
    }

    /// Takes a key from the peer.
    pub(crate) fn receive(mut self, pdu: &SmpPdu, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        let expected = self.expected;
        let completes = match *pdu {
            SmpPdu::EncryptionInformation { ltk } => {
                // A key of nothing but zeros is none.
                if ltk == 0 {
                    return Err(Reason::KEY_REJECTED);
                }
                // One that was not asked for is not kept.
                if self.terms.initiator && has(self.terms.theirs, KeyDistribution::ENC_KEY) {
                    self.ltk = Some(self.terms.masked(ltk));
                }
                self.first_half(KeyDistribution::ENC_KEY)
            }
            SmpPdu::CentralIdentification { ediv, rand } => {
                if self.terms.initiator && has(self.terms.theirs, KeyDistribution::ENC_KEY) {
                    (self.ediv, self.rand) = (ediv, rand);
                }
                self.second_half(KeyDistribution::ENC_KEY)?
            }
            SmpPdu::IdentityInformation { irk } => {
                self.irk = Some(irk);
                self.first_half(KeyDistribution::ID_KEY)
            }
            SmpPdu::IdentityAddressInformation(address) => {
                // An identity address is public or static random (Vol 3 Part H 3.6.5).
                if address.kind == AddressKind::Random && !address.is_static_random() {
                    return Err(Reason::KEY_REJECTED);
                }
                self.identity = Some(address);
                self.second_half(KeyDistribution::ID_KEY)?
            }
            SmpPdu::SigningInformation { csrk } => {
                self.csrk = Some(csrk);
                self.unnegotiated |= !has(expected, KeyDistribution::SIGN);
                Some(KeyDistribution::SIGN)
            }
            SmpPdu::PairingRequest(_)
            | SmpPdu::PairingResponse(_)
            | SmpPdu::PairingConfirm(_)
            | SmpPdu::PairingRandom(_)
            | SmpPdu::PairingFailed(_)
            | SmpPdu::SecurityRequest(_)
            | SmpPdu::PairingPublicKey { .. }
            | SmpPdu::PairingDhKeyCheck(_)
            | SmpPdu::KeypressNotification(_) => return Err(Reason::UNSPECIFIED_REASON),
        };
        if let Some(key) = completes {
            self.expected = without(expected, key);
            self.send_in_turn(wire);
        }
        if self.unnegotiated && self.expected.0 == 0 && wire.config.quirks.refuses_unnegotiated {
            wire.departs(Quirk::RefusesUnnegotiated);
            return Err(Reason::UNSPECIFIED_REASON);
        }
        Ok(self.finish_if_done(wire))
    }

    /// The first PDU of a key that takes two.
    fn first_half(&mut self, key: KeyDistribution) -> Option<KeyDistribution> {
        self.unnegotiated |= !has(self.expected, key);
        self.halves = self.halves.with(key);
        None
    }

    /// The second PDU of a key that takes two: it completes the key, or comes out of order.
    fn second_half(&self, key: KeyDistribution) -> Result<Option<KeyDistribution>, Reason> {
        if has(self.halves, key) { Ok(Some(key)) } else { Err(Reason::UNSPECIFIED_REASON) }
    }

    /// Everything this side sent has arrived.
    pub(crate) fn all_sent(self, wire: &mut Wire<'_, impl Port>) -> Turn {
        self.finish_if_done(wire)
    }

    fn finish_if_done(self, wire: &mut Wire<'_, impl Port>) -> Turn {
        if self.expected.0 != 0 || self.unsent.0 != 0 || !wire.all_sent() {
            return Turn::To(State::Distributing(self));
        }
        let authenticated = self.authentic.authenticated();
        let link_key = self.link_key();
        if let Some(link_key) = link_key {
            wire.cx.note(Note::Key("link key", link_key));
        }
        let bond = self.ltk.filter(|_| self.terms.bonding).map(|ltk| {
            let bond = Bond {
                peer: self.identity.unwrap_or(self.terms.peer_address),
                ltk,
                ediv: self.ediv,
                rand: self.rand,
                key_size: self.terms.key_size,
                secure_connections: self.terms.secure_connections,
                authenticated,
                irk: self.irk,
                csrk: self.csrk,
                signing: Signing { own: self.own_csrk, ..Signing::default() },
                link_key,
            };
            Bond::paired(&self.authentic, &self.encrypted, bond)
        });
        Turn::Over(bond, self.terms.level(authenticated))
    }

    /// The BR/EDR link key, if both want one derived (Vol 3 Part H 2.4.2.4).
    fn link_key(&self) -> Option<u128> {
        let ct2 = self.terms.request.auth.ct2() && self.terms.response.auth.ct2();
        self.ltk.filter(|_| self.terms.cross_transport()).map(|ltk| link_key_from_ltk(ltk, ct2))
    }
}
