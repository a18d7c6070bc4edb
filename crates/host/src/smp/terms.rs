//! The terms of a pairing: what both sides' features add up to, Vol 3 Part H 2.3.
//!
//! Invariant: the terms are a pure function of the two feature PDUs; the association model is looked up in
//! a table.

use crate::config::{BrEdr, Config, Level};
use blesim_crypto::DeviceAddress;
use blesim_packet::smp::{IoCapability, KeyDistribution, PairingFeatures, Reason};
use blesim_packet::{Address, AddressKind};

/// An association model, Vol 3 Part H 2.3.5.1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Model {
    /// Nothing is shown or typed: no protection against a man in the middle.
    JustWorks,
    /// Both users compare six digits.
    NumericComparison,
    /// The initiator shows a passkey that is typed on the responder.
    PasskeyInitiatorDisplays,
    /// The responder shows a passkey that is typed on the initiator.
    PasskeyResponderDisplays,
    /// The same passkey is typed on both.
    PasskeyBothInput,
    /// A secret came over another channel.
    OutOfBand,
}

impl Model {
    /// The name in the specification.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::JustWorks => "Just Works",
            Self::NumericComparison => "Numeric Comparison",
            Self::PasskeyInitiatorDisplays | Self::PasskeyResponderDisplays | Self::PasskeyBothInput => {
                "Passkey Entry"
            }
            Self::OutOfBand => "Out of Band",
        }
    }

    /// Whether it protects against a man in the middle (Vol 3 Part H 2.3.1).
    #[must_use]
    pub const fn authenticated(self) -> bool {
        !matches!(self, Self::JustWorks)
    }

    /// Whether a passkey is typed.
    pub(crate) const fn is_passkey(self) -> bool {
        matches!(
            self,
            Self::PasskeyInitiatorDisplays | Self::PasskeyResponderDisplays | Self::PasskeyBothInput
        )
    }
}

/// The model by IO capability, initiator's row and responder's column, in the order of their codes:
/// DisplayOnly, DisplayYesNo, KeyboardOnly, NoInputNoOutput, KeyboardDisplay (Vol 3 Part H table 2.8). Where
/// legacy pairing and Secure Connections differ, the table holds Numeric Comparison, and [`legacy_instead`]
/// what legacy has there.
const MODELS: [[Model; 5]; 5] = {
    use Model::{
        JustWorks as JW, NumericComparison as NC, PasskeyBothInput as BOTH, PasskeyInitiatorDisplays as INIT,
        PasskeyResponderDisplays as RESP,
    };
    [
        [JW, JW, INIT, JW, INIT],
        [JW, NC, INIT, JW, NC],
        [RESP, RESP, BOTH, JW, RESP],
        [JW, JW, JW, JW, JW],
        [RESP, NC, INIT, JW, NC],
    ]
};

/// What legacy pairing does where Secure Connections compares numbers (Vol 3 Part H table 2.8).
const fn legacy_instead(initiator: IoCapability, responder: IoCapability) -> Model {
    match (initiator, responder) {
        (IoCapability::KeyboardDisplay, IoCapability::DisplayYesNo) => Model::PasskeyResponderDisplays,
        (IoCapability::DisplayYesNo | IoCapability::KeyboardDisplay, IoCapability::KeyboardDisplay) => {
            Model::PasskeyInitiatorDisplays
        }
        _ => Model::JustWorks,
    }
}

/// The association model of a pairing (Vol 3 Part H 2.3.5.1).
#[must_use]
pub fn model(request: &PairingFeatures, response: &PairingFeatures) -> Model {
    let secure_connections = request.auth.sc() && response.auth.sc();
    let oob = if secure_connections { request.oob || response.oob } else { request.oob && response.oob };
    if oob {
        return Model::OutOfBand;
    }
    if !request.auth.mitm() && !response.auth.mitm() {
        return Model::JustWorks;
    }
    let index = |io: IoCapability| usize::from(io as u8);
    match MODELS[index(request.io)][index(response.io)] {
        Model::NumericComparison if !secure_connections => legacy_instead(request.io, response.io),
        model => model,
    }
}

/// What a pairing is going to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) initiator: bool,
    pub(crate) request: PairingFeatures,
    pub(crate) response: PairingFeatures,
    pub(crate) own: DeviceAddress,
    pub(crate) peer: DeviceAddress,
    pub(crate) peer_address: Address,
    pub(crate) secure_connections: bool,
    pub(crate) model: Model,
    pub(crate) key_size: u8,
    pub(crate) bonding: bool,
    /// The keys this side distributes.
    pub(crate) ours: KeyDistribution,
    /// The keys the peer distributes.
    pub(crate) theirs: KeyDistribution,
}

impl Terms {
    /// Settles the terms, or says why there are none (Vol 3 Part H 2.3.4, 3.5.1, 3.6.1).
    pub(crate) fn settle(
        initiator: bool,
        (request, response): (PairingFeatures, PairingFeatures),
        (own, peer): (Address, Address),
        config: &Config,
    ) -> Result<Self, Reason> {
        let offered = if initiator { &response } else { &request };
        if !(7..=16).contains(&offered.max_key_size) {
            return Err(Reason::INVALID_PARAMETERS);
        }
        let key_size = request.max_key_size.min(response.max_key_size);
        let secure_connections = request.auth.sc() && response.auth.sc();
        let model = model(&request, &response);
        allowed(config, secure_connections, model, key_size)?;
        let both = |a: KeyDistribution, b: KeyDistribution| KeyDistribution(a.0 & b.0);
        let by_initiator = both(request.initiator_keys, response.initiator_keys);
        let by_responder = both(request.responder_keys, response.responder_keys);
        // Secure Connections has its LTK already: EncKey is ignored (Vol 3 Part H 3.6.1).
        let effective = |keys: KeyDistribution| {
            if secure_connections { KeyDistribution(keys.0 & !KeyDistribution::ENC_KEY.0) } else { keys }
        };
        let (by_initiator, by_responder) = (effective(by_initiator), effective(by_responder));
        let (ours, theirs) =
            if initiator { (by_initiator, by_responder) } else { (by_responder, by_initiator) };
        let terms = Self {
            initiator,
            request,
            response,
            own: device_address(own),
            peer: device_address(peer),
            peer_address: peer,
            secure_connections,
            model,
            key_size,
            bonding: request.auth.bonding() && response.auth.bonding(),
            ours,
            theirs,
        };
        // The key of the other transport is worth more than one that nobody vouches for (Vol 3 Part C 14.1).
        let guarded = config.security.br_edr == BrEdr::GuardsItsKeys && !model.authenticated();
        if terms.cross_transport() && guarded {
            return Err(Reason::CROSS_TRANSPORT_NOT_ALLOWED);
        }
        Ok(terms)
    }

    /// Whether a link key is to be derived from the LTK (Vol 3 Part H 3.6.1).
    pub(crate) fn cross_transport(&self) -> bool {
        self.secure_connections && self.ours.and(self.theirs).contains(KeyDistribution::LINK_KEY)
    }

    /// The two feature PDUs as octets, for c1.
    pub(crate) fn octets(&self) -> ([u8; 7], [u8; 7]) {
        (self.request.request_octets(), self.response.response_octets())
    }

    /// Initiator's and responder's address.
    pub(crate) fn addresses(&self) -> (&DeviceAddress, &DeviceAddress) {
        if self.initiator { (&self.own, &self.peer) } else { (&self.peer, &self.own) }
    }

    /// Orders an own and a peer's value as initiator's and responder's.
    pub(crate) fn by_role<T>(&self, own: T, peer: T) -> (T, T) {
        if self.initiator { (own, peer) } else { (peer, own) }
    }

    /// Own features and the peer's.
    pub(crate) fn by_side_features(&self) -> (&PairingFeatures, &PairingFeatures) {
        if self.initiator { (&self.request, &self.response) } else { (&self.response, &self.request) }
    }

    /// Whether this side shows the passkey rather than having it typed.
    pub(crate) fn displays(&self) -> bool {
        match self.model {
            Model::PasskeyInitiatorDisplays => self.initiator,
            Model::PasskeyResponderDisplays => !self.initiator,
            Model::PasskeyBothInput | Model::JustWorks | Model::NumericComparison | Model::OutOfBand => false,
        }
    }

    /// Whether the sides tell each other of keys pressed: both asked for it, in Passkey Entry
    /// (Vol 3 Part H 3.5.1).
    pub(crate) fn keypress(&self) -> bool {
        self.model.is_passkey() && self.request.auth.keypress() && self.response.auth.keypress()
    }

    /// The security of a link whose keys this pairing made.
    pub(crate) fn level(&self, authenticated: bool) -> Level {
        Level::of(authenticated, self.secure_connections, self.key_size)
    }

    /// Shortens a key to the negotiated size: the most significant octets are zeroed (Vol 3 Part H 2.3.4).
    pub(crate) fn masked(&self, key: u128) -> u128 {
        key & (u128::MAX >> (8 * (16 - u32::from(self.key_size.clamp(7, 16)))))
    }
}

/// Whether the device may pair like this, by the level of security it asks for (Vol 3 Part C 10.2.1).
fn allowed(config: &Config, secure_connections: bool, model: Model, key_size: u8) -> Result<(), Reason> {
    let level = config.security.level;
    // Level 4, which is all there is in Secure Connections Only mode, needs Secure Connections, protection
    // and a key of 128 bits (Vol 3 Part C 10.2.1, 10.2.4); level 3 needs protection.
    if level == Level::Four && !secure_connections || level >= Level::Three && !model.authenticated() {
        return Err(Reason::AUTHENTICATION_REQUIREMENTS);
    }
    let smallest = if level == Level::Four { 16 } else { config.min_key_size };
    if key_size < smallest { Err(Reason::ENCRYPTION_KEY_SIZE) } else { Ok(()) }
}

fn device_address(address: Address) -> DeviceAddress {
    DeviceAddress { random: address.kind == AddressKind::Random, octets: address.octets }
}
