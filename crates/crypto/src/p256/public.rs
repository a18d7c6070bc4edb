//! Public keys, before and after validation.
//!
//! Invariant: [`ValidPublicKey`] is a finite point of the curve; [`validate`] and the base-point products
//! of this crate are the only makers.
//! It must never know what a device does with a key that fails.

use core::fmt;

use ::p256::elliptic_curve::point::AffineCoordinates;
use ::p256::{AffinePoint, FieldBytes};

/// Two coordinates as a device sends them. Nothing is promised: they may not be on the curve.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey {
    /// The x-coordinate, most significant octet first.
    pub x: [u8; 32],
    /// The y-coordinate, most significant octet first.
    pub y: [u8; 32],
}

impl PublicKey {
    /// The coordinates of a point that is not the point at infinity.
    pub(super) fn of_point(point: &AffinePoint) -> Self {
        Self { x: point.x().into(), y: point.y().into() }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey { x: ")?;
        hex(&self.x, f)?;
        f.write_str(", y: ")?;
        hex(&self.y, f)?;
        f.write_str(" }")
    }
}

fn hex(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}

/// A point that is known to be on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidPublicKey(AffinePoint);

impl ValidPublicKey {
    /// The coordinates again.
    #[must_use]
    pub fn coordinates(&self) -> PublicKey {
        PublicKey::of_point(&self.0)
    }

    pub(super) const fn point(&self) -> &AffinePoint {
        &self.0
    }
}

/// The coordinates are not those of a point of P-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPublicKey;

impl fmt::Display for InvalidPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the public key is not a point of P-256")
    }
}

impl core::error::Error for InvalidPublicKey {}

/// Checks a received public key: both coordinates below the prime of the field, and the curve's equation
/// true. The curve has prime order, so a finite point on it needs no further test.
///
/// Source: Vol 3 Part H 2.3.5.6.1, the equation from Vol 2 Part H 7.6.
///
/// # Errors
/// [`InvalidPublicKey`] if a check fails.
pub fn validate(key: &PublicKey) -> Result<ValidPublicKey, InvalidPublicKey> {
    let point = AffinePoint::from_coordinates(&FieldBytes::from(key.x), &FieldBytes::from(key.y));
    point.into_option().map(ValidPublicKey).ok_or(InvalidPublicKey)
}
