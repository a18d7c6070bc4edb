//! What a pairing that was overheard gives away, Vol 3 Part H 2.3.5.
//!
//! Invariant: only what travelled goes in. A legacy temporary key is searched among the million there are;
//! Secure Connections give nothing, unless somebody used the debug key pair.

use blesim_crypto::p256::{DEBUG_PUBLIC_KEY, debug_key_pair};
use blesim_crypto::toolbox::{c1, f5, s1};
use blesim_crypto::{DeviceAddress, Direction, PublicKey, validate};
use blesim_packet::smp::{PairingFeatures, SmpPdu};

/// Passkeys there are (Vol 3 Part H 2.3.5.3); zero is Just Works.
const TEMPORARY_KEYS: u128 = 1_000_000;

/// A pairing as it was overheard; what was missed is `None`. Pairs are the central's and the peripheral's.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Overheard {
    request: Option<PairingFeatures>,
    response: Option<PairingFeatures>,
    confirms: [Option<u128>; 2],
    randoms: [Option<u128>; 2],
    public_keys: [Option<PublicKey>; 2],
}

impl Overheard {
    /// Takes in what one of the two said.
    pub(super) fn hear(&mut self, from: Direction, pdu: &SmpPdu) {
        let side = usize::from(from == Direction::PeripheralToCentral);
        match *pdu {
            SmpPdu::PairingRequest(features) => {
                *self = Self { request: Some(features), ..Self::default() };
            }
            SmpPdu::PairingResponse(features) => self.response = Some(features),
            SmpPdu::PairingConfirm(value) => self.confirms[side] = Some(value),
            SmpPdu::PairingRandom(value) => self.randoms[side] = Some(value),
            SmpPdu::PairingPublicKey { x, y } => self.public_keys[side] = Some(PublicKey { x, y }),
            SmpPdu::PairingFailed(_) => *self = Self::default(),
            SmpPdu::EncryptionInformation { .. }
            | SmpPdu::CentralIdentification { .. }
            | SmpPdu::IdentityInformation { .. }
            | SmpPdu::IdentityAddressInformation(_)
            | SmpPdu::SigningInformation { .. }
            | SmpPdu::SecurityRequest(_)
            | SmpPdu::PairingDhKeyCheck(_)
            | SmpPdu::KeypressNotification(_) => {}
        }
    }

    /// The key of this pairing, if enough was heard and it can be found.
    pub(super) fn key(&self, central: DeviceAddress, peripheral: DeviceAddress) -> Option<u128> {
        let (request, response) = (self.request?, self.response?);
        let randoms = (self.randoms[0]?, self.randoms[1]?);
        let size = u32::from(request.max_key_size.min(response.max_key_size)).clamp(7, 16);
        // The octets beyond the key size are zero (Vol 3 Part H 2.3.4).
        let masked = |key: u128| key & (u128::MAX >> (128 - 8 * size));
        if request.auth.sc() && response.auth.sc() {
            return Some(masked(self.by_debug_key(randoms, (&central, &peripheral))?));
        }
        let pdus = (request.request_octets(), response.response_octets());
        let confirm = self.confirms[0]?;
        let fits = |&tk: &u128| c1(tk, randoms.0, pdus.0, pdus.1, &central, &peripheral) == confirm;
        let tk = (0..TEMPORARY_KEYS).find(fits)?;
        Some(masked(s1(tk, randoms.1, randoms.0)))
    }

    /// The LTK of a pairing in which one side used the key pair that everybody knows (2.3.5.6.1).
    fn by_debug_key(
        &self,
        (initiator, responder): (u128, u128),
        (central, peripheral): (&DeviceAddress, &DeviceAddress),
    ) -> Option<u128> {
        let keys = (self.public_keys[0]?, self.public_keys[1]?);
        let ((DEBUG_PUBLIC_KEY, other) | (other, DEBUG_PUBLIC_KEY)) = keys else { return None };
        let dh_key = debug_key_pair().secret.dh_key(&validate(&other).ok()?);
        Some(f5(&dh_key, initiator, responder, central, peripheral).ltk)
    }
}
