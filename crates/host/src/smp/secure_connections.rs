//! LE Secure Connections, phase 2, Vol 3 Part H 2.3.5.6: public keys, then an association model, then the
//! DHKey check.
//!
//! Invariant: a nonce is shown only after what it is bound to is fixed, and the LTK is used only behind a
//! [`DhKeyChecked`] and with the user's consent where it was asked for.

use super::machine::{Awaited, State, Turn};
use super::model::{Agreed, Consent, Progress, Stage1};
use super::proof::{Authentic, Check, CheckInputs, DhKeyChecked, Evidence};
use super::terms::Terms;
use super::wire::Wire;
use crate::config::DebugKeys;
use crate::io::{Answer, Note, Port};
use crate::quirk::Quirk;
use blesim_crypto::p256::{DEBUG_PUBLIC_KEY, unchecked_dh_key};
use blesim_crypto::toolbox::{MacKeyAndLtk, f5};
use blesim_crypto::{DhKey, KeyPair, PublicKey};
use blesim_kernel::Instant;
use blesim_packet::smp::{Reason, SmpPdu};

/// Phase 2 of Secure Connections, by what it awaits.
#[derive(Debug)]
pub(crate) enum SecureConnections {
    /// The peer's Pairing Public Key.
    AwaitPublicKey(Terms, KeyPair),
    /// Stage 1: what the association model awaits.
    Authenticating(Exchange, Stage1),
    /// Stage 2: the DHKey, if it is still being computed, the user, if asked, and the peer's check.
    AwaitCheck(Checking),
}

/// What both public keys made known.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) terms: Terms,
    pub(crate) own_x: [u8; 32],
    pub(crate) peer_x: [u8; 32],
    dh_key: DhKey,
    /// When the DHKey may be used: computing it takes time.
    ready_at: Instant,
}

/// Stage 2, when both nonces are known.
#[derive(Debug)]
pub(crate) struct Checking {
    terms: Terms,
    dh_key: DhKey,
    ready_at: Instant,
    agreed: Agreed,
    /// The keys and the check of this side, once the DHKey was ready.
    own: Option<(MacKeyAndLtk, u128)>,
    /// Whether this side has sent its check.
    sent: bool,
    /// The peer's check, if it came already.
    peer_check: Option<u128>,
}

impl SecureConnections {
    /// Both sides know the terms; the initiator shows its key first.
    pub(crate) fn begin(terms: Terms, wire: &mut Wire<'_, impl Port>) -> State {
        let pair = wire.key_pair();
        if terms.initiator {
            wire.send(&public_key(pair.public));
        }
        State::SecureConnections(Self::AwaitPublicKey(terms, pair))
    }

    /// What it waits for.
    pub(crate) const fn awaits(&self) -> Awaited {
        match self {
            Self::AwaitPublicKey(..) => Awaited::PublicKey,
            Self::Authenticating(_, stage) => stage.awaits(),
            Self::AwaitCheck(_) => Awaited::DhKeyCheck,
        }
    }

    /// The terms of the pairing.
    pub(crate) fn terms(&self) -> &Terms {
        match self {
            Self::AwaitPublicKey(terms, _) => terms,
            Self::Authenticating(exchange, _) => &exchange.terms,
            Self::AwaitCheck(checking) => &checking.terms,
        }
    }

    /// When the machine goes on by itself.
    pub(crate) fn ready_at(&self) -> Option<Instant> {
        match self {
            Self::AwaitCheck(checking) if checking.own.is_none() => Some(checking.ready_at),
            Self::AwaitCheck(_) | Self::AwaitPublicKey(..) | Self::Authenticating(..) => None,
        }
    }

    /// Takes the next PDU.
    pub(crate) fn receive(self, pdu: &SmpPdu, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        match (self, pdu) {
            (Self::AwaitPublicKey(terms, pair), &SmpPdu::PairingPublicKey { x, y }) => {
                let exchange = exchange_keys(terms, &pair, PublicKey { x, y }, wire)?;
                let stage = Stage1::begin(&exchange, wire)?;
                Ok(Turn::To(State::SecureConnections(Self::Authenticating(exchange, stage))))
            }
            (Self::Authenticating(exchange, stage), pdu) => {
                let progress = stage.receive(pdu, &exchange, wire)?;
                exchange.progressed(progress, wire)
            }
            (Self::AwaitCheck(mut checking), &SmpPdu::PairingDhKeyCheck(check))
                if checking.peer_check.is_none() =>
            {
                checking.peer_check = Some(check);
                checking.advance(wire)
            }
            (Self::AwaitPublicKey(..) | Self::AwaitCheck(_), _) => Err(Reason::UNSPECIFIED_REASON),
        }
    }

    /// The user says something.
    pub(crate) fn answer(self, answer: Answer, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        match self {
            Self::Authenticating(exchange, stage) => {
                let progress = stage.answer(answer, &exchange, wire)?;
                exchange.progressed(progress, wire)
            }
            Self::AwaitCheck(mut checking) => {
                if let Consent::Asked(question) = checking.agreed.consent
                    && let Some(answered) = question.answered(answer)
                {
                    let evidence = answered?;
                    if matches!(evidence, Evidence::Compared(_)) {
                        wire.proved(Check::Compared);
                    }
                    checking.agreed.consent = Consent::Given(evidence);
                    wire.answered = true;
                }
                checking.advance(wire)
            }
            waits @ Self::AwaitPublicKey(..) => Ok(Turn::To(State::SecureConnections(waits))),
        }
    }

    /// The DHKey is there.
    pub(crate) fn ready(self, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        match self {
            Self::AwaitCheck(checking) => checking.advance(wire),
            other @ (Self::AwaitPublicKey(..) | Self::Authenticating(..)) => {
                Ok(Turn::To(State::SecureConnections(other)))
            }
        }
    }
}

fn public_key(PublicKey { x, y }: PublicKey) -> SmpPdu {
    SmpPdu::PairingPublicKey { x, y }
}

/// Takes the peer's public key and, as responder, shows the own (Vol 3 Part H 2.3.5.6.1).
fn exchange_keys(
    terms: Terms,
    pair: &KeyPair,
    received: PublicKey,
    wire: &mut Wire<'_, impl Port>,
) -> Result<Exchange, Reason> {
    let mode = wire.config.security.debug_keys;
    let debug = received == DEBUG_PUBLIC_KEY;
    // Anyone may know the secret of the debug key: only a device in debug mode takes it
    // (Vol 3 Part H 2.3.5.6.1).
    if debug && mode == DebugKeys::Refused {
        return Err(Reason::AUTHENTICATION_REQUIREMENTS);
    }
    // An own key come back, with either sign of y, is refused, and for the same reason as one that is not on
    // the curve (Vol 3 Part H 2.3.5.6.1). Two devices in debug mode have the same key by right.
    let own = received.x == pair.public.x && !(debug && mode == DebugKeys::Used);
    let reflects = wire.config.quirks.reflects_public_key && !terms.initiator;
    if own && !wire.config.quirks.skips_point_check {
        return Err(Reason::DHKEY_CHECK_FAILED);
    }
    let dh_key = match wire.port().dh_key(pair, &received) {
        Ok(dh_key) => dh_key,
        Err(_) if wire.config.quirks.skips_point_check => {
            wire.departs(Quirk::SkipsPointCheck);
            unchecked_dh_key(&pair.secret, &received)
        }
        Err(_) => return Err(Reason::DHKEY_CHECK_FAILED),
    };
    let ready_at = wire.now() + wire.config.timing.dh_key;
    let half = |part: &[u8]| part.iter().fold(0, |value, &octet| value << 8 | u128::from(octet));
    let (high, low) = dh_key.split_at(16);
    wire.value("DHKey, more significant half", half(high));
    wire.value("DHKey, less significant half", half(low));
    let shown = if reflects { received } else { pair.public };
    if reflects {
        wire.departs(Quirk::ReflectsPublicKey);
    }
    if !terms.initiator {
        wire.send(&public_key(shown));
    }
    Ok(Exchange { terms, own_x: shown.x, peer_x: received.x, dh_key, ready_at })
}

impl Exchange {
    /// What this side's nonce is called.
    pub(crate) fn nonce_name(&self) -> &'static str {
        if self.terms.initiator { "Na" } else { "Nb" }
    }

    fn progressed(self, progress: Progress, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        match progress {
            Progress::Continues(stage) => {
                let next = SecureConnections::Authenticating(self, stage);
                Ok(Turn::To(State::SecureConnections(next)))
            }
            Progress::Agreed(agreed) => {
                let Self { terms, dh_key, ready_at, .. } = self;
                let (own, sent, peer_check) = (None, false, None);
                Checking { terms, dh_key, ready_at, agreed, own, sent, peer_check }.advance(wire)
            }
        }
    }
}

impl Checking {
    /// Goes as far as the DHKey, the user and the peer's check allow (Vol 3 Part H 2.3.5.6.5).
    fn advance(mut self, wire: &mut Wire<'_, impl Port>) -> Result<Turn, Reason> {
        if self.own.is_none() && wire.now() >= self.ready_at {
            let own = self.own_check();
            wire.cx.note(Note::Key("MacKey", own.0.mac_key));
            wire.value(self.terms.by_role("Ea", "Eb").0, own.1);
            self.own = Some(own);
        }
        let Some((keys, own_check)) = self.own else { return Ok(self.waits()) };
        if matches!(self.agreed.consent, Consent::Asked(_)) {
            return Ok(self.waits());
        }
        if self.terms.initiator && !core::mem::replace(&mut self.sent, true) {
            wire.send(&SmpPdu::PairingDhKeyCheck(own_check));
        }
        let Some(peer_check) = self.peer_check else { return Ok(self.waits()) };
        let checked = match DhKeyChecked::new(peer_check, &keys, &self.inputs(true)) {
            Some(checked) => {
                wire.proved(Check::DhKeyChecked);
                checked
            }
            None if wire.config.quirks.skips_dh_key_check => {
                DhKeyChecked::waived(Quirk::SkipsDhKeyCheck, wire)
            }
            None => return Err(Reason::DHKEY_CHECK_FAILED),
        };
        let evidence = match self.agreed.consent {
            Consent::Given(evidence) => evidence,
            Consent::Asked(_) => return Err(Reason::UNSPECIFIED_REASON),
        };
        if !self.terms.initiator {
            wire.send(&SmpPdu::PairingDhKeyCheck(own_check));
        }
        let ltk = self.terms.masked(keys.ltk);
        wire.cx.note(Note::Key("LTK", ltk));
        Ok(State::keyed(self.terms, Authentic::SecureConnections(checked, evidence), ltk))
    }

    fn waits(self) -> Turn {
        Turn::To(State::SecureConnections(SecureConnections::AwaitCheck(self)))
    }

    fn own_check(&self) -> (MacKeyAndLtk, u128) {
        let (na, nb) = self.terms.by_role(self.agreed.own_random, self.agreed.peer_random);
        let (a, b) = self.terms.addresses();
        let keys = f5(&self.dh_key, na, nb, a, b);
        let check = self.inputs(false).value(&keys);
        (keys, check)
    }

    /// What goes into the check of this side or of the peer: each puts in the other's r.
    fn inputs(&self, of_peer: bool) -> CheckInputs {
        let Agreed { own_random, peer_random, own_r, peer_r, .. } = self.agreed;
        let (own, peer) = (self.terms.own, self.terms.peer);
        let (own_features, peer_features) = self.terms.by_side_features();
        if of_peer {
            let io_cap = peer_features.io_cap();
            CheckInputs {
                own_random: peer_random,
                peer_random: own_random,
                r: own_r,
                io_cap,
                own: peer,
                peer: own,
            }
        } else {
            CheckInputs { own_random, peer_random, r: peer_r, io_cap: own_features.io_cap(), own, peer }
        }
    }
}
