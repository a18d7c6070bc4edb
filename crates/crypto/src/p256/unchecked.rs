//! The Diffie-Hellman key as a device computes it that does not look whether the peer's key is on the curve.
//!
//! Invariant: on the curve it is the true key. Off the curve the product is one on another curve, for the
//! formulas use the coefficient a and never b: there the group may be small, which is what an attacker is
//! after (Biham and Neumann, the fixed coordinate invalid curve attack).
//! It must never serve a device that checks.

use super::{DhKey, PublicKey, SecretKey};
use ::p256::elliptic_curve::ff::PrimeField;
use ::p256::elliptic_curve::hazmat::FieldArithmetic;
use ::p256::{FieldBytes, NistP256};

/// An element of the field of P-256.
type Element = <NistP256 as FieldArithmetic>::FieldElement;

/// A point of y^2 = x^3 + ax + b for whatever b it has, or none: the point at infinity.
type Point = Option<(Element, Element)>;

/// The order of the field, most significant octet first (FIPS 186-4 D.1.2.3).
const MODULUS: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
];

/// The x-coordinate of `secret` times the point `received`, most significant octet first; zeros for the point
/// at infinity, as implementations leave it that have cleared their buffer. Coordinates count modulo the
/// order of the field.
#[must_use]
pub fn unchecked_dh_key(secret: &SecretKey, received: &PublicKey) -> DhKey {
    let point = Some((element(received.x), element(received.y)));
    let mut product = None;
    for octet in secret.to_octets() {
        for bit in (0..8).rev() {
            product = double(product);
            if octet >> bit & 1 == 1 {
                product = add(product, point);
            }
        }
    }
    product.map_or([0; 32], |(x, _)| x.to_repr().into())
}

fn element(octets: [u8; 32]) -> Element {
    let parsed = |octets: [u8; 32]| Element::from_repr(FieldBytes::from(octets)).into_option();
    parsed(octets)
        .unwrap_or_else(|| parsed(reduced(octets)).expect("less than twice the order, less the order"))
}

/// A number of at least the order of the field, less that.
fn reduced(mut octets: [u8; 32]) -> [u8; 32] {
    let mut borrow = false;
    for (octet, modulus) in octets.iter_mut().zip(MODULUS).rev() {
        let (less, first) = octet.overflowing_sub(modulus);
        let (less, second) = less.overflowing_sub(u8::from(borrow));
        (*octet, borrow) = (less, first || second);
    }
    octets
}

fn double(point: Point) -> Point {
    let (x, y) = point?;
    let square = x.square();
    // The coefficient a of P-256 is -3 (FIPS 186-4 D.1.2.3).
    let three = Element::ONE.double() + Element::ONE;
    // No slope: the tangent is vertical, and the point has order two.
    let slope = three * (square - Element::ONE) * y.double().invert().into_option()?;
    Some(chord((x, y), x, slope))
}

fn add(one: Point, other: Point) -> Point {
    let (Some((x, y)), Some((other_x, other_y))) = (one, other) else { return one.or(other) };
    match (other_x - x).invert().into_option() {
        Some(inverse) => Some(chord((x, y), other_x, (other_y - y) * inverse)),
        None if y == other_y => double(one),
        None => None,
    }
}

/// The third point of the line through `(x, y)` and one at `other_x`, mirrored.
fn chord((x, y): (Element, Element), other_x: Element, slope: Element) -> (Element, Element) {
    let third = slope.square() - x - other_x;
    (third, slope * (x - third) - y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p256::{KeyPair, validate};
    use proptest::prelude::*;

    proptest! {
        /// On the curve it is the true key.
        #[test]
        fn agrees_on_the_curve(one in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
            let secrets = [one, other].map(SecretKey::from_octets);
            prop_assume!(secrets.iter().all(Option::is_some));
            let [one, other] = secrets.map(|secret| KeyPair::from(secret.expect("it was looked at")));
            let valid = validate(&other.public).expect("it is a product of the base point");
            prop_assert_eq!(unchecked_dh_key(&one.secret, &other.public), one.secret.dh_key(&valid));
        }

        /// A point with y = 0 has order two: an even secret gives infinity, an odd one the point itself.
        #[test]
        fn order_two(secret in any::<[u8; 32]>(), x in any::<[u8; 32]>()) {
            let Some(key) = SecretKey::from_octets(secret) else { return Ok(()) };
            let expected = if secret[31] & 1 == 1 { element(x).to_repr().into() } else { [0; 32] };
            prop_assert_eq!(unchecked_dh_key(&key, &PublicKey { x, y: [0; 32] }), expected);
        }
    }

    /// Coordinates beyond the order of the field count modulo it.
    #[test]
    fn reduces() {
        let mut one_more = MODULUS;
        one_more[19] = 1;
        one_more[20..].fill(0);
        for (octets, expected) in
            [([0; 32], Element::ZERO), (MODULUS, Element::ZERO), (one_more, Element::ONE)]
        {
            assert_eq!(element(octets), expected, "{octets:02x?}");
        }
    }
}
