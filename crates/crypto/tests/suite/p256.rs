//! P-256 against the sample data of Vol 2 Part G 7.1.2 and the debug key pair of Vol 3 Part H 2.3.5.6.1,
//! and validation against keys that must not pass.

use blesim_crypto::p256::{DEBUG_PUBLIC_KEY, DEBUG_SECRET, debug_key_pair};
use blesim_crypto::{InvalidPublicKey, KeyPair, PublicKey, SecretKey, validate};

use crate::bits::octets;

/// One side of a sample: the secret, and the Pairing Public Key PDU it sends (code, X, Y; least significant
/// octet first).
struct Side {
    secret: &'static str,
    x: &'static str,
    y: &'static str,
    pdu: &'static str,
}

/// Two sides and the DHKey both arrive at.
struct Sample {
    a: Side,
    b: Side,
    dh_key: &'static str,
}

/// P-256 sample data 1 and 2 (Vol 2 Part G 7.1.2). Side A of the first is the debug key pair.
const SAMPLES: [Sample; 2] = [
    Sample {
        a: Side {
            secret: "3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abd",
            x: "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6",
            y: "dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b",
            pdu: "0ce69d350e480103ccdbfdf4ac1191f4efb9a5f9e9a7832c5e2cbe97f2d203b020\
                  8bd28915d08e1c742430ed8fc24563765c15525abf9a32636deb2a65499c80dc",
        },
        b: Side {
            secret: "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd",
            x: "1ea1f0f01faf1d9609592284f19e4c0047b58afd8615a69f559077b22faaa190",
            y: "4c55f33e429dad377356703a9ab85160472d1130e28e36765f89aff915b1214a",
            pdu: "0c90a1aa2fb27790559fa61586fd8ab547004c9ef184225909961daf1ff0f0a11e\
                  4a21b115f9af895f76368ee230112d476051b89a3a70567337ad9d423ef3554c",
        },
        dh_key: "ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698",
    },
    Sample {
        a: Side {
            secret: "06a516693c9aa31a6084545d0c5db641b48572b97203ddffb7ac73f7d0457663",
            x: "2c31a47b5779809ef44cb5eaaf5c3e43d5f8faad4a8794cb987e9b03745c78dd",
            y: "919512183898dfbecd52e2408e43871fd021109117bd3ed4eaf8437743715d4f",
            pdu: "0cdd785c74039b7e98cb94874aadfaf8d5433e5cafeab54cf49e8079577ba4312c\
                  4f5d71437743f8ead43ebd17911021d01f87438e40e252cdbedf983818129591",
        },
        b: Side {
            secret: "529aa0670d72cd6497502ed473502b037e8803b5c60829a5a3caa219505530ba",
            x: "f465e43ff23d3f1b9dc7dfc04da8758184dbc966204796eccf0d6cf5e16500cc",
            y: "0201d048bcbbd899eeefc424164e33c201c2b010ca6b4d43a8a155cad8ecb279",
            pdu: "0ccc0065e1f56c0dcfec96472066c9db848175a84dc0dfc79d1b3f3df23fe465f4\
                  79b2ecd8ca55a1a8434d6bca10b0c201c2334e1624c4efee99d8bbbc48d00102",
        },
        dh_key: "ab85843a2f6d883f62e5684b38e307335fe6e1945ecd19604105c6f23221eb69",
    },
];

/// The prime of the field and the order of the group (FIPS 186-4 D.1.2.3).
const P: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// Half the order, rounded down: the greatest private key (Vol 2 Part H 7.6).
const HALF_ORDER: &str = "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";
/// The y-coordinate of a point with x = 0: a square root of the curve's b.
const Y_OF_ZERO: &str = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4";
const ZERO: [u8; 32] = [0; 32];

fn pair_of(side: &Side) -> KeyPair {
    SecretKey::from_octets(octets(side.secret)).expect("a sample secret is in range").into()
}

/// Each secret gives the sample's public key, whose octets turned round are the PDU's.
#[test]
fn public_keys_match_the_samples() {
    for side in SAMPLES.iter().flat_map(|sample| [&sample.a, &sample.b]) {
        let public = pair_of(side).public;
        assert_eq!(public, PublicKey { x: octets(side.x), y: octets(side.y) });
        let wire = public.x.iter().rev().chain(public.y.iter().rev()).copied();
        let pdu: Vec<u8> = [0x0C].into_iter().chain(wire).collect();
        assert_eq!(pdu, octets::<65>(side.pdu));
    }
}

/// Both sides arrive at the sample's DHKey, by the true way and by the shortcut.
#[test]
fn dh_keys_match_the_samples() {
    for sample in &SAMPLES {
        let expected = octets(sample.dh_key);
        let (a, b) = (pair_of(&sample.a), pair_of(&sample.b));
        for (own, peer) in [(a, b), (b, a)] {
            assert_eq!(own.secret.dh_key(&validate(&peer.public).unwrap()), expected);
            assert_eq!(own.secret.dh_key_of_secrets(&peer.secret), expected);
        }
    }
}

/// The debug key pair's constants belong together.
#[test]
fn the_debug_key_pair_is_a_key_pair() {
    let pair = debug_key_pair();
    assert_eq!(pair.secret.to_octets(), DEBUG_SECRET);
    assert_eq!(pair.public, DEBUG_PUBLIC_KEY);
    assert_eq!(pair, KeyPair::from(pair.secret));
    assert_eq!(DEBUG_SECRET, octets(SAMPLES[0].a.secret));
}

/// A secret is any number from 1 to the order less 1.
#[test]
fn secrets_outside_the_group_are_refused() {
    let neighbour = |last: u8| {
        let mut value: [u8; 32] = octets(ORDER);
        value[31] = last;
        value
    };
    let mut one = ZERO;
    one[31] = 1;
    for (value, fits) in [
        (ZERO, false),
        (one, true),
        (neighbour(0x50), true),
        (neighbour(0x51), false),
        (neighbour(0x52), false),
        ([0xFF; 32], false),
    ] {
        assert_eq!(SecretKey::from_octets(value).map(SecretKey::to_octets), fits.then_some(value));
    }
}

/// Entropy becomes a secret from 1 to half the order; what falls outside is drawn again, and the top bit
/// does not count.
#[test]
fn entropy_is_drawn_until_it_fits() {
    let half: [u8; 32] = octets(HALF_ORDER);
    let above = {
        let mut value = half;
        value[31] += 1;
        value
    };
    let check = |drawn: &[[u8; 32]], expected: [u8; 32]| {
        let mut source = drawn.iter().copied();
        let secret = SecretKey::from_entropy(&mut || source.next().expect("no more is drawn than needed"));
        assert_eq!(secret.to_octets(), expected);
        assert_eq!(source.next(), None, "all was drawn");
    };
    let top_bit_set = {
        let mut value = [0x11; 32];
        value[0] |= 0x80;
        value
    };
    check(&[half], half);
    check(&[top_bit_set], [0x11; 32]);
    check(&[ZERO, above, [0xFF; 32], [0x11; 32]], [0x11; 32]);
}

/// A source that never gives a usable value is a bug, and is said to be one instead of looping for ever.
#[test]
#[should_panic(expected = "fair source")]
fn a_dead_source_of_entropy_panics() {
    let _ = SecretKey::from_entropy(&mut || ZERO);
}

/// Keys on the curve and in range pass, and come out unchanged.
#[test]
fn points_of_the_curve_are_valid() {
    for public in
        [DEBUG_PUBLIC_KEY, pair_of(&SAMPLES[1].a).public, PublicKey { x: ZERO, y: octets(Y_OF_ZERO) }]
    {
        assert_eq!(validate(&public).map(|valid| valid.coordinates()), Ok(public));
    }
}

/// Keys that an attacker or a broken link may send do not pass.
#[test]
fn everything_else_is_invalid() {
    let PublicKey { x, y } = DEBUG_PUBLIC_KEY;
    for (why, x, y) in [
        ("the point at infinity, as some write it", ZERO, ZERO),
        ("CVE-2018-5383: a true x with y = 0, of order 2 on another curve", x, ZERO),
        ("coordinates exchanged", y, x),
        ("x not reduced: p stands for 0, whose y is right", octets(P), octets(Y_OF_ZERO)),
        ("y not reduced", ZERO, octets(P)),
        ("greater than any coordinate", [0xFF; 32], [0xFF; 32]),
        ("a point of no curve in use", [0x01; 32], [0x02; 32]),
    ] {
        assert_eq!(validate(&PublicKey { x, y }), Err(InvalidPublicKey), "{why}");
    }
}
