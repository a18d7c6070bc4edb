//! One pairing as it was said: features, public keys, confirms, randoms, checks, keys.
//!
//! Invariant: every value knows the packet it stands in. Must never know: whether it is right.

use crate::step::{Happening, Moment, Side, View};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::{AuthReq, KeyDistribution, Keypress, PairingFeatures, Reason, SmpPdu};
use blesim_packet::{Address, DecodeError};

/// A value with its packet.
pub type At<T> = (Moment, T);
/// The coordinates of a public key, most significant octet first.
pub type Coordinates = ([u8; 32], [u8; 32]);
/// A key that is due, with its name and how it is known.
type Due = (bool, &'static str, fn(&Key) -> bool);

/// One pairing.
#[derive(Clone, Debug, Default)]
pub struct Dialogue {
    /// The peripheral asked for it.
    pub security_request: Option<At<AuthReq>>,
    /// Pairing Request.
    pub request: Option<At<PairingFeatures>>,
    /// Pairing Response.
    pub response: Option<At<PairingFeatures>>,
    /// A Pairing Request that the peripheral sent, which it must not.
    pub wrong_role: Option<Moment>,
    /// Public keys, the initiator's first.
    pub public_keys: [Option<At<Coordinates>>; 2],
    /// Confirm values in their order.
    pub confirms: Vec<At<(Side, u128)>>,
    /// Random values in their order.
    pub randoms: Vec<At<(Side, u128)>>,
    /// DHKey checks, the initiator's first.
    pub checks: [Option<At<u128>>; 2],
    /// What was typed.
    pub keypresses: Vec<At<(Side, Keypress)>>,
    /// PDUs that break their format, with who sent them.
    pub malformed: Vec<At<(Side, u8, DecodeError)>>,
    /// The DHKey, where a host had it computed.
    pub dh_key: Option<[u8; 32]>,
    /// The key with which the initiator's host had encryption started, and the one with which the responder's answered.
    pub keys: [Option<At<u128>>; 2],
    /// What is encrypted opens with this key.
    pub opened: Option<At<u128>>,
    /// Encryption came on.
    pub encrypted: Option<Moment>,
    /// Encryption did not come on.
    pub not_encrypted: Option<At<ErrorCode>>,
    /// Keys that were distributed, with who sent them.
    pub distributed: Vec<At<(Side, Key)>>,
    /// Pairing Failed, and who sent it.
    pub failed: Option<At<(Side, Reason)>>,
    /// The last PDU of either side.
    pub last: [Option<Moment>; 2],
    /// The code of the last PDU of either side.
    pub last_code: [Option<u8>; 2],
    /// How many PDUs there are.
    pub pdus: u32,
}

/// A key that is distributed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// Encryption Information.
    Ltk(u128),
    /// Central Identification.
    Name(u16, u64),
    /// Identity Information.
    Irk(u128),
    /// Identity Address Information.
    Identity(Address),
    /// Signing Information.
    Csrk(u128),
}

impl Key {
    /// The bit of the key distribution that allows it (Vol 3 Part H 3.6.1).
    #[must_use]
    pub const fn bit(self) -> KeyDistribution {
        match self {
            Self::Ltk(_) | Self::Name(..) => KeyDistribution::ENC_KEY,
            Self::Irk(_) | Self::Identity(_) => KeyDistribution::ID_KEY,
            Self::Csrk(_) => KeyDistribution::SIGN,
        }
    }

    /// The name of the PDU.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ltk(_) => "Encryption Information",
            Self::Name(..) => "Central Identification",
            Self::Irk(_) => "Identity Information",
            Self::Identity(_) => "Identity Address Information",
            Self::Csrk(_) => "Signing Information",
        }
    }
}

impl Dialogue {
    /// The pairings that a view shows, in their order.
    #[must_use]
    pub fn all(view: &View) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        let mut asked = None;
        for step in &view.steps {
            let at = step.at;
            if let Happening::Smp { from, pdu, .. } = step.what {
                match pdu {
                    Ok(SmpPdu::SecurityRequest(auth)) => asked = Some((at, auth)),
                    Ok(SmpPdu::PairingRequest(_)) if from == Side::Central || all.is_empty() => {
                        let security_request = asked.take();
                        all.push(Self { security_request, ..Self::default() });
                    }
                    _ if all.is_empty() => {
                        all.push(Self { security_request: asked.take(), ..Self::default() });
                    }
                    _ => {}
                }
            }
            if let Some(present) = all.last_mut() {
                present.take(at, step.what);
            }
        }
        all
    }

    fn take(&mut self, at: Moment, what: Happening) {
        match what {
            Happening::Smp { from, pdu, octets } => {
                if !matches!(pdu, Ok(SmpPdu::SecurityRequest(_))) {
                    self.last[from.index()] = Some(at);
                    self.last_code[from.index()] = octets.first().copied();
                    self.pdus += 1;
                }
                match pdu {
                    Ok(pdu) => self.pdu(at, from, pdu),
                    // A reserved code is ignored by whoever gets it (Vol 3 Part H 3.3).
                    Err(DecodeError::UnknownCode { .. }) => {}
                    Err(error) => {
                        let code = octets.first().copied().unwrap_or(0);
                        self.malformed.push((at, (from, code, error)));
                    }
                }
            }
            Happening::EnableEncryption { rand: 0, ediv: 0, ltk } if self.is_open() => {
                self.keys[Side::Central.index()].get_or_insert((at, ltk));
            }
            Happening::KeyReply { ltk } if self.is_open() => {
                self.keys[Side::Peripheral.index()].get_or_insert((at, ltk));
            }
            Happening::EncryptionChange { status, enabled } if self.is_open() => {
                if status == ErrorCode::SUCCESS && enabled != 0 {
                    self.encrypted.get_or_insert(at);
                } else {
                    self.not_encrypted.get_or_insert((at, status));
                }
            }
            Happening::KeyRefresh { status: ErrorCode::SUCCESS }
            | Happening::Control { pdu: blesim_packet::ll::LlControl::LlStartEncRsp, .. }
                if self.is_open() =>
            {
                self.encrypted.get_or_insert(at);
            }
            Happening::Opened { ltk } if self.is_open() => self.opened = Some((at, ltk)),
            Happening::DhKey(key) => self.dh_key = Some(key),
            _ => {}
        }
    }

    fn pdu(&mut self, at: Moment, from: Side, pdu: SmpPdu) {
        match pdu {
            SmpPdu::PairingRequest(features) if from == Side::Central => self.request = Some((at, features)),
            SmpPdu::PairingRequest(_) => self.wrong_role = Some(at),
            SmpPdu::PairingResponse(features) => self.response = Some((at, features)),
            SmpPdu::PairingConfirm(value) => self.confirms.push((at, (from, value))),
            SmpPdu::PairingRandom(value) => self.randoms.push((at, (from, value))),
            SmpPdu::PairingFailed(reason) => {
                self.failed.get_or_insert((at, (from, reason)));
            }
            SmpPdu::PairingPublicKey { x, y } => self.public_keys[from.index()] = Some((at, (x, y))),
            SmpPdu::PairingDhKeyCheck(value) => self.checks[from.index()] = Some((at, value)),
            SmpPdu::KeypressNotification(press) => self.keypresses.push((at, (from, press))),
            SmpPdu::EncryptionInformation { ltk } => self.distributed.push((at, (from, Key::Ltk(ltk)))),
            SmpPdu::CentralIdentification { ediv, rand } => {
                self.distributed.push((at, (from, Key::Name(ediv, rand))));
            }
            SmpPdu::IdentityInformation { irk } => self.distributed.push((at, (from, Key::Irk(irk)))),
            SmpPdu::IdentityAddressInformation(address) => {
                self.distributed.push((at, (from, Key::Identity(address))));
            }
            SmpPdu::SigningInformation { csrk } => self.distributed.push((at, (from, Key::Csrk(csrk)))),
            SmpPdu::SecurityRequest(_) => {}
        }
    }

    /// Whether it has begun and not failed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.failed.is_none() && (self.request.is_some() || self.pdus > 0)
    }

    /// LE Secure Connections: both say so (Vol 3 Part H 2.3.5.1), or public keys are there.
    #[must_use]
    pub fn secure_connections(&self) -> Option<bool> {
        if self.public_keys.iter().any(Option::is_some) {
            return Some(true);
        }
        let (request, response) = (self.request?.1, self.response?.1);
        Some(request.auth.sc() && response.auth.sc())
    }

    /// Both sides want to keep the keys.
    #[must_use]
    pub fn bonds(&self) -> Option<bool> {
        let asks = self.request.map(|(_, features)| features.auth.bonding());
        let grants = self.response.map(|(_, features)| features.auth.bonding());
        match (asks, grants) {
            (Some(asks), Some(grants)) => Some(asks && grants),
            (asks, grants) => asks.or(grants),
        }
    }

    /// What a side may distribute, as the response leaves it (Vol 3 Part H 3.6.1).
    #[must_use]
    pub fn granted(&self, side: Side) -> Option<KeyDistribution> {
        let (_, response) = self.response?;
        Some(if side == Side::Central { response.initiator_keys } else { response.responder_keys })
    }

    /// Whether everything that was agreed is done.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.encrypted.is_some()
            && self.failed.is_none()
            && Side::BOTH.into_iter().all(|side| self.missing(side).is_empty())
    }

    /// The keys that a side was to distribute and did not.
    #[must_use]
    pub fn missing(&self, side: Side) -> Vec<&'static str> {
        let Some(granted) = self.granted(side) else { return Vec::new() };
        let legacy = self.secure_connections() == Some(false);
        let sent =
            |is: fn(&Key) -> bool| self.distributed.iter().any(|(_, (from, key))| *from == side && is(key));
        let due: [Due; 5] = [
            (legacy && granted.contains(KeyDistribution::ENC_KEY), "LTK", |key| matches!(key, Key::Ltk(_))),
            (legacy && granted.contains(KeyDistribution::ENC_KEY), "EDIV and Rand", |key| {
                matches!(key, Key::Name(..))
            }),
            (granted.contains(KeyDistribution::ID_KEY), "IRK", |key| matches!(key, Key::Irk(_))),
            (granted.contains(KeyDistribution::ID_KEY), "identity address", |key| {
                matches!(key, Key::Identity(_))
            }),
            (granted.contains(KeyDistribution::SIGN), "CSRK", |key| matches!(key, Key::Csrk(_))),
        ];
        due.into_iter().filter(|(due, _, is)| *due && !sent(*is)).map(|(_, name, _)| name).collect()
    }

    /// When it began.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        let request = self.request.map(|(at, _)| at);
        request.or(self.response.map(|(at, _)| at)).or_else(|| self.last.into_iter().flatten().min())
    }

    /// Its last PDU, and who sent it.
    #[must_use]
    pub fn last_pdu(&self) -> Option<At<Side>> {
        let last = |side: Side| self.last[side.index()].map(|at| (at, side));
        Side::BOTH.into_iter().filter_map(last).max()
    }
}
