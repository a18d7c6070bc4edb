//! All providers give the answers of the naive one, bit for bit, whatever key is received.

use std::sync::Arc;

use blesim_crypto::p256::debug_key_pair;
use blesim_crypto::toolbox::e;
use blesim_crypto::{
    InvalidPublicKey, KeyAgreement, KeyBank, KeyName, KeyPair, Naive, PreparedKeys, PublicKey, SecretKey,
    SharedSecret,
};

const DEVICES: [u16; 2] = [0, 1];

/// The entropy of a name: the block cipher in counter mode, so the same name always gives the same octets.
fn entropy(name: KeyName) -> impl FnMut() -> [u8; 32] {
    let key = u128::from(name.seed) << 32 | u128::from(name.device) << 16 | u128::from(name.attempt);
    let mut block = 0;
    move || {
        let mut octets = [0; 32];
        for half in octets.chunks_exact_mut(16) {
            half.copy_from_slice(&e(key, block).to_be_bytes());
            block += 1;
        }
        octets
    }
}

fn pair(provider: &mut dyn KeyAgreement, name: KeyName) -> KeyPair {
    provider.key_pair(name, &mut entropy(name))
}

fn prepared(seeds: std::ops::Range<u64>) -> PreparedKeys {
    PreparedKeys::prepare(seeds, DEVICES, 2, entropy)
}

/// Every provider, under the name a failing test prints. The last has keys ahead for some seeds only.
fn providers() -> [(&'static str, Box<dyn KeyAgreement>); 5] {
    [
        ("naive", Box::new(Naive)),
        ("shared secret", Box::new(SharedSecret::new())),
        ("bank", Box::new(KeyBank::new())),
        ("bank of prepared keys", Box::new(KeyBank::with_prepared(Arc::new(prepared(0..20))))),
        ("bank of a few prepared keys", Box::new(KeyBank::with_prepared(Arc::new(prepared(3..5))))),
    ]
}

fn bit_flipped(key: PublicKey, bit: usize) -> PublicKey {
    let mut coordinates = [key.x, key.y];
    coordinates[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
    let [x, y] = coordinates;
    PublicKey { x, y }
}

/// Twenty seeds, two devices, three attempts each, in the order a session asks; every pair of keys that can
/// meet, the two of different attempts included; then all seeds once more, as a second policy would.
#[test]
fn providers_agree_on_honest_keys() {
    for (name, mut provider) in providers() {
        for seed in (0..20).chain(0..20) {
            let mut made: [Vec<KeyPair>; 2] = [Vec::new(), Vec::new()];
            for attempt in 0..3 {
                for device in DEVICES {
                    let key = KeyName { seed, device, attempt };
                    let found = pair(&mut *provider, key);
                    assert_eq!(found, pair(&mut Naive, key), "{name}: {key:?}");
                    made[usize::from(device)].push(found);
                }
                for (a, b) in made[0].iter().flat_map(|a| made[1].iter().map(move |b| (a, b))) {
                    let expected = Naive.dh_key(a, &b.public);
                    assert_eq!(provider.dh_key(a, &b.public), expected, "{name}: seed {seed}, first device");
                    assert_eq!(provider.dh_key(b, &a.public), expected, "{name}: seed {seed}, second device");
                }
            }
        }
    }
}

/// Keys that no honest peer sent: a device's own key come back, a key of another session, the debug key, a
/// key with the sign of its y changed, damaged keys, and points of no curve in use.
#[test]
fn providers_agree_on_keys_that_are_not_the_peers() {
    let stranger = pair(&mut Naive, KeyName { seed: 99, device: 7, attempt: 0 }).public;
    for (name, mut provider) in providers() {
        for seed in 0..6 {
            let [own, peer] =
                DEVICES.map(|device| pair(&mut *provider, KeyName { seed, device, attempt: 0 }));
            provider.dh_key(&own, &peer.public).unwrap();
            let mirrored = PublicKey { x: peer.public.x, y: negated(peer.public.y) };
            for received in [own.public, stranger, debug_key_pair().public, mirrored] {
                let expected = Naive.dh_key(&own, &received);
                assert!(expected.is_ok(), "{received:?} is a point of the curve");
                assert_eq!(provider.dh_key(&own, &received), expected, "{name}: {received:?}");
            }
            for bit in (0..512).step_by(37) {
                let damaged = bit_flipped(peer.public, bit);
                assert_eq!(provider.dh_key(&own, &damaged), Err(InvalidPublicKey), "{name}: bit {bit}");
            }
            let fixed_coordinate = PublicKey { x: peer.public.x, y: [0; 32] };
            assert_eq!(provider.dh_key(&own, &fixed_coordinate), Err(InvalidPublicKey), "{name}");
            assert_eq!(provider.dh_key(&own, &peer.public), Naive.dh_key(&own, &peer.public), "{name}");
        }
    }
}

/// A local key the provider never made is as good as any other, and so is a pair that does not belong
/// together: the secret alone decides.
#[test]
fn providers_agree_on_local_keys_from_elsewhere() {
    for (name, mut provider) in providers() {
        let [own, peer] = DEVICES.map(|device| pair(&mut *provider, KeyName { seed: 4, device, attempt: 0 }));
        let expected = Naive.dh_key(&own, &peer.public);
        assert_eq!(provider.dh_key(&own, &peer.public), expected, "{name}");
        let debug = debug_key_pair();
        let mismatched = KeyPair { secret: debug.secret, public: own.public };
        for local in [debug, mismatched] {
            let expected = Naive.dh_key(&local, &peer.public);
            assert_eq!(provider.dh_key(&local, &peer.public), expected, "{name}");
        }
    }
}

/// Two devices in debug mode, or with one secret between them, hold each other's key and their own at once.
#[test]
fn providers_agree_when_both_devices_have_one_key() {
    for (name, mut provider) in providers() {
        let one_secret = debug_key_pair().secret.to_octets();
        let [own, peer] = DEVICES
            .map(|device| provider.key_pair(KeyName { seed: 50, device, attempt: 0 }, &mut || one_secret));
        assert_eq!(own, peer);
        assert_eq!(provider.dh_key(&own, &peer.public), Naive.dh_key(&own, &peer.public), "{name}");
    }
}

/// The seeds may come in any order and interleave; names of another seed are never mixed up.
#[test]
fn seeds_may_come_in_any_order() {
    for (name, mut provider) in providers() {
        for seed in [7, 3, 7, u64::MAX, 0, 3, 19, 4, u64::MAX] {
            let [own, peer] =
                DEVICES.map(|device| pair(&mut *provider, KeyName { seed, device, attempt: 1 }));
            assert_eq!(
                provider.dh_key(&own, &peer.public),
                Naive.dh_key(&own, &peer.public),
                "{name}: {seed}"
            );
        }
    }
}

/// A pair the bank knows costs no entropy: not the second time, and not when it was prepared.
#[test]
fn a_bank_draws_entropy_once() {
    let mut none = || -> [u8; 32] { panic!("nothing is left to draw") };
    let name = KeyName { seed: 2, device: 1, attempt: 0 };
    let mut bank = KeyBank::new();
    let first = pair(&mut bank, name);
    assert_eq!(bank.key_pair(name, &mut none), first);
    let mut bank = KeyBank::with_prepared(Arc::new(prepared(2..3)));
    assert_eq!(bank.key_pair(name, &mut none), first);
}

/// Ranges made apart join to the range made at once; what does not follow is given back.
#[test]
fn prepared_ranges_join() {
    let mut joined = prepared(10..13);
    assert_eq!(joined.seeds(), 10..13);
    joined.append(prepared(13..15)).unwrap();
    assert_eq!(joined.seeds(), 10..15);
    for stray in [
        prepared(16..17),
        prepared(9..10),
        PreparedKeys::prepare(15..16, [0, 2], 2, entropy),
        PreparedKeys::prepare(15..16, DEVICES, 1, entropy),
    ] {
        let seeds = stray.seeds();
        assert_eq!(joined.append(stray).unwrap_err().seeds(), seeds);
    }
    assert_eq!(joined.seeds(), 10..15);
    let mut bank = KeyBank::with_prepared(Arc::new(joined));
    for (seed, device) in (10..15).flat_map(|seed| DEVICES.map(|device| (seed, device))) {
        let name = KeyName { seed, device, attempt: 1 };
        assert_eq!(pair(&mut bank, name), pair(&mut Naive, name), "{name:?}");
    }
}

/// Nothing prepared is nothing, not a panic.
#[test]
fn an_empty_store_holds_nothing() {
    for (store, seeds) in [
        (PreparedKeys::prepare(5..5, DEVICES, 2, entropy), 5..5),
        (PreparedKeys::prepare(5..9, DEVICES, 0, entropy), 5..5),
    ] {
        assert_eq!(store.seeds(), seeds);
        let mut bank = KeyBank::with_prepared(Arc::new(store));
        let name = KeyName { seed: 5, device: 0, attempt: 0 };
        assert_eq!(pair(&mut bank, name), pair(&mut Naive, name));
    }
}

/// More keys than the shared-secret provider remembers: the forgotten ones only cost more.
#[test]
fn forgotten_secrets_change_nothing() {
    let mut provider = SharedSecret::new();
    let made: Vec<KeyPair> =
        (0..40).map(|attempt| pair(&mut provider, KeyName { seed: 1, device: 0, attempt })).collect();
    for (own, peer) in made.iter().zip(made.iter().rev()) {
        assert_eq!(provider.dh_key(own, &peer.public), Naive.dh_key(own, &peer.public));
    }
}

/// A store is shared between threads, a provider moves to one.
#[test]
fn providers_fit_threads() {
    fn shared<T: Send + Sync>() {}
    fn moved<T: Send>() {}
    shared::<PreparedKeys>();
    moved::<(Naive, SharedSecret, KeyBank)>();
}

/// The y-coordinate of the opposite point: the prime of the field less `y`.
fn negated(y: [u8; 32]) -> [u8; 32] {
    const P: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    ];
    let mut difference = [0; 32];
    let mut borrow = false;
    for at in (0..32).rev() {
        let (partial, first) = P[at].overflowing_sub(y[at]);
        let (octet, second) = partial.overflowing_sub(u8::from(borrow));
        difference[at] = octet;
        borrow = first || second;
    }
    difference
}

/// What a secret prints does not give it away.
#[test]
fn debug_output_hides_the_secret() {
    let secret = SecretKey::from_octets([0x42; 32]).unwrap();
    let printed = format!("{secret:?} {:?}", KeyPair::from(secret));
    assert!(!printed.contains("4242") && !printed.contains("66, 66"), "{printed}");
}
