//! Secret keys, key pairs, and the two ways to a Diffie-Hellman key.
//!
//! Invariant: [`SecretKey::dh_key`] and [`SecretKey::dh_key_of_secrets`] agree on every pair of secrets.
//! It must never know where entropy comes from; and since every secret here is a simulated one, time taken
//! may depend on its value.

use core::fmt;

use ::p256::elliptic_curve::ff::PrimeField;
use ::p256::elliptic_curve::ops::MulByGeneratorVartime;
use ::p256::elliptic_curve::point::{AffineCoordinates, BatchNormalize};
use ::p256::elliptic_curve::scalar::IsHigh;
use ::p256::{FieldBytes, NonZeroScalar, ProjectivePoint, Scalar};

use super::DhKey;
use super::public::{PublicKey, ValidPublicKey};

/// How many candidates [`SecretKey::from_entropy`] looks at. A fair source is refused about once in 2^32.
const CANDIDATES: u32 = 64;

/// The top bit of a candidate: half the order of the group has 255 bits.
const TOP_BIT: u8 = 0x80;

/// A secret scalar of P-256: not zero, below the order of the group.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretKey(NonZeroScalar);

impl SecretKey {
    /// The secret with these octets, most significant first; none if it is zero or not below the order.
    #[must_use]
    pub fn from_octets(octets: [u8; 32]) -> Option<Self> {
        NonZeroScalar::from_repr(FieldBytes::from(octets)).into_option().map(Self)
    }

    /// A secret drawn evenly from 1 to half the order of the group, the range that Vol 2 Part H 7.6 gives to
    /// private keys. A candidate outside is thrown away and the next 32 octets are drawn.
    ///
    /// # Panics
    /// If 64 candidates in a row are refused: `entropy` is then no entropy.
    #[must_use]
    pub fn from_entropy(entropy: &mut (impl FnMut() -> [u8; 32] + ?Sized)) -> Self {
        let mut candidate = || {
            let mut octets = entropy();
            octets[0] &= !TOP_BIT;
            Self::from_octets(octets).filter(|secret| !bool::from(secret.0.is_high()))
        };
        (0..CANDIDATES)
            .find_map(|_| candidate())
            .expect("a fair source gives a secret within a few candidates")
    }

    /// The secret's octets, most significant first: for a trace that lets another tool decrypt.
    #[must_use]
    pub fn to_octets(self) -> [u8; 32] {
        self.0.to_repr().into()
    }

    /// The public key of this secret.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey::of_point(&base_product(&self.0).to_affine())
    }

    /// The Diffie-Hellman key with the owner of `peer` (Vol 3 Part H 2.3.5.6.1).
    #[must_use]
    pub fn dh_key(&self, peer: &ValidPublicKey) -> DhKey {
        // The group has prime order, so the product is never the point at infinity.
        let shared = ProjectivePoint::from(*peer.point()) * *self.0;
        shared.to_affine().x().into()
    }

    /// The same Diffie-Hellman key where both secrets are known: `a(bG) = (ab mod n)G`, a product of the
    /// base point, which is several times cheaper than one of an arbitrary point.
    #[must_use]
    pub fn dh_key_of_secrets(&self, peer: &Self) -> DhKey {
        base_product(&(*self.0 * *peer.0)).to_affine().x().into()
    }
}

/// A product of the base point.
fn base_product(scalar: &Scalar) -> ProjectivePoint {
    ProjectivePoint::mul_by_generator_vartime(scalar)
}

/// Says that there is a secret, not which.
impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// A secret key and the public key that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// The secret key.
    pub secret: SecretKey,
    /// Its public key.
    pub public: PublicKey,
}

impl From<SecretKey> for KeyPair {
    fn from(secret: SecretKey) -> Self {
        Self { secret, public: secret.public_key() }
    }
}

impl KeyPair {
    /// Two pairs and their Diffie-Hellman key at once: three products that share one field inversion.
    pub(crate) fn agree(secrets: [SecretKey; 2]) -> ([Self; 2], DhKey) {
        let [a, b] = secrets.map(|secret| *secret.0);
        let [first, second, shared] =
            ProjectivePoint::batch_normalize(&[a, b, a * b].map(|scalar| base_product(&scalar)));
        let pairs = [
            Self { secret: secrets[0], public: PublicKey::of_point(&first) },
            Self { secret: secrets[1], public: PublicKey::of_point(&second) },
        ];
        (pairs, shared.x().into())
    }
}
