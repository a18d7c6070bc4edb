//! Properties over random input: round trips, detection of damage, symmetry.

use blesim_crypto::toolbox::aes_cmac;
use blesim_crypto::{Direction, KeyPair, LinkCipher, PacketCounter, PublicKey, SecretKey, validate};
use cmac::{Cmac, KeyInit, Mac};
use proptest::prelude::*;

fn any_counter() -> impl Strategy<Value = PacketCounter> {
    (0..=PacketCounter::LAST.number()).prop_map(|number| PacketCounter::new(number).expect("in range"))
}

fn any_direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::CentralToPeripheral), Just(Direction::PeripheralToCentral)]
}

fn any_pair() -> impl Strategy<Value = KeyPair> {
    any::<[u8; 32]>()
        .prop_filter_map("not a secret of P-256", |octets| SecretKey::from_octets(octets).map(KeyPair::from))
}

proptest! {
    /// The CMAC on numbers is that of the cmac crate, at every length up to several blocks.
    #[test]
    fn aes_cmac_equals_its_oracle(key: u128, message in prop::collection::vec(any::<u8>(), 0..100)) {
        let mut oracle = Cmac::<aes::Aes128>::new(&key.to_be_bytes().into());
        oracle.update(&message);
        let expected: [u8; 16] = oracle.finalize().into_bytes().into();
        prop_assert_eq!(aes_cmac(key, &message), u128::from_be_bytes(expected));
    }

    /// What was sealed opens to what it was, also when the header was sent again with other NESN, SN, MD.
    #[test]
    fn sealed_payloads_open(
        key: u128,
        iv: u64,
        counter in any_counter(),
        direction in any_direction(),
        header: u8,
        resent in 0_u8..8,
        payload in prop::collection::vec(any::<u8>(), 0..=251),
    ) {
        let cipher = LinkCipher::new(key, iv);
        let mut transmitted = payload.clone();
        let mic = cipher.seal(counter, direction, header, &mut transmitted);
        cipher.open(counter, direction, header ^ (resent << 2), &mut transmitted, mic).unwrap();
        prop_assert_eq!(transmitted, payload);
    }

    /// One flipped bit, in the payload or in the MIC, is detected. Four octets of MIC promise this only with
    /// probability, but a miss in a test run would be a one in a million event.
    #[test]
    fn a_flipped_bit_is_detected(
        key: u128,
        iv: u64,
        counter in any_counter(),
        direction in any_direction(),
        payload in prop::collection::vec(any::<u8>(), 1..=251),
        at: prop::sample::Index,
    ) {
        let cipher = LinkCipher::new(key, iv);
        let mut transmitted = payload;
        let mic = cipher.seal(counter, direction, 0x02, &mut transmitted);
        transmitted.extend(mic);
        let bit = at.index(transmitted.len() * 8);
        transmitted[bit / 8] ^= 1 << (bit % 8);
        let (payload, mic) = transmitted.split_last_chunk_mut::<4>().unwrap();
        prop_assert!(cipher.open(counter, direction, 0x02, payload, *mic).is_err());
        prop_assert!(payload.iter().all(|octet| *octet == 0));
    }

    /// Any octets at all may be taken for a public key: validation answers, and never panics.
    #[test]
    fn validation_is_total(x: [u8; 32], y: [u8; 32]) {
        let key = PublicKey { x, y };
        if let Ok(valid) = validate(&key) {
            prop_assert_eq!(valid.coordinates(), key);
        }
    }
}

proptest! {
    // Each case is a handful of products on the curve.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Both sides have one DHKey, and the shortcut over both secrets has it too.
    #[test]
    fn the_dh_key_is_symmetric(a in any_pair(), b in any_pair()) {
        let expected = a.secret.dh_key(&validate(&b.public).unwrap());
        prop_assert_eq!(b.secret.dh_key(&validate(&a.public).unwrap()), expected);
        prop_assert_eq!(a.secret.dh_key_of_secrets(&b.secret), expected);
        prop_assert_eq!(b.secret.dh_key_of_secrets(&a.secret), expected);
    }

    /// A public key with one flipped bit is off the curve.
    #[test]
    fn a_damaged_public_key_is_invalid(pair in any_pair(), bit in 0_usize..512) {
        let mut coordinates = [pair.public.x, pair.public.y];
        coordinates[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
        let [x, y] = coordinates;
        let damaged = PublicKey { x, y };
        prop_assert!(validate(&damaged).is_err());
    }
}
