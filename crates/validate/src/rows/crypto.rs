//! S5: the Security Manager toolbox and P-256.

use super::{EXACT, Row};
use crate::check::Check;
use crate::effort::Effort;
use blesim_crypto::p256::{DEBUG_PUBLIC_KEY, debug_key_pair};
use blesim_crypto::toolbox::{ah, c1, f4, f5, f6, g2, s1, six_digits};
use blesim_crypto::{DeviceAddress, SecretKey, session_key, validate};
use std::fmt::Write;

pub(crate) const ROW: Row = Row {
    id: "S5",
    name: "smp-vectors",
    configuration: "the inputs of the specification's samples",
    source: "Vol 3 Part H 2.2 and Appendix D; Vol 6 Part C 1; Vol 3 Part H 2.3.5.6.1",
    tolerance: EXACT,
    measure,
};

const U: &str = "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6";
const V: &str = "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd";
const N1: u128 = 0xd5cb_8454_d177_733e_ffff_b2ec_712b_aeab;
const N2: u128 = 0xa6e8_e7cc_25a7_5f6e_2165_83f7_ff3d_c4cf;
const A1: DeviceAddress = DeviceAddress { random: false, octets: [0x56, 0x12, 0x37, 0x37, 0xbf, 0xce] };
const A2: DeviceAddress = DeviceAddress { random: false, octets: [0xa7, 0x13, 0x70, 0x2d, 0xcf, 0xc1] };
const DH_KEY: &str = "ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698";
/// The secret whose DHKey with the debug key pair is that one (Vol 2 Part G 7.1.2); the samples of f4 use its
/// octets for V.
const SAMPLE_SECRET: &str = V;

fn octets(hex: &str) -> [u8; 32] {
    let digits =
        |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("two hexadecimal digits");
    core::array::from_fn(digits)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn measure(_: Effort) -> Vec<Check> {
    let keys = f5(&octets(DH_KEY), N1, N2, &A1, &A2);
    let r = 0x12a3_343b_b453_bb54_08da_42d2_0c2d_0fc8;
    let check_value = f6(keys.mac_key, N1, N2, r, [1, 1, 2], &A1, &A2);
    let compared = g2(&octets(U), &octets(V), N1, N2);
    let confirm = c1(
        0,
        0x5783_d521_56ad_6f0e_6388_274e_c670_2ee0,
        [1, 1, 0, 0, 0x10, 7, 7],
        [2, 3, 0, 0, 8, 0, 5],
        &DeviceAddress { random: true, octets: [0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6] },
        &DeviceAddress { random: false, octets: [0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6] },
    );
    let stk = s1(0, 0x000f_0e0d_0c0b_0a09_1122_3344_5566_7788, 0x0102_0304_0506_0708_99aa_bbcc_ddee_ff00);
    let irk = 0xec02_34a3_57c8_ad05_3410_10a6_0a39_7d9b;
    let session =
        session_key(0x4c68_3841_39f5_74d8_36bc_f34e_9dfb_01bf, 0x0213_2435_4657_6879_acbd_cedf_e0f1_0213);
    let words = |number: u128| format!("{number:032x}");
    vec![
        Check::exact("f4", "f2c916f107a9bd1cf1eda1bea974872d", &words(f4(&octets(U), &octets(V), N1, 0))),
        Check::exact("f5, MacKey", "2965f176a1084a02fd3f6a20ce636e20", &words(keys.mac_key)),
        Check::exact("f5, LTK", "6986791169d7cd23980522b594750a38", &words(keys.ltk)),
        Check::exact("f6", "e3c473989cd0e8c5d26c0b09da958f61", &words(check_value)),
        Check::exact("g2", "0x2f9ed5ba", &format!("{compared:#x}")),
        Check::exact("g2, as displayed", "938554", &format!("{:06}", six_digits(compared))),
        Check::exact("c1", "1e1e3fef878988ead2a74dc5bef13b86", &words(confirm)),
        Check::exact("s1", "9a1fe1f0e8b0f49b5b4216ae796da062", &words(stk)),
        Check::exact("ah of prand 708194", "0x0dfbaa", &format!("{:#08x}", ah(irk, 0x0070_8194))),
        Check::exact("LL session key", "99ad1b5226a37e3e058e3b8e27c2c666", &words(session)),
        Check::exact("DHKey with the debug key pair", DH_KEY, &dh_key()),
    ]
}

/// The DHKey of the sample: both sides compute it, one from the debug secret and one from the debug public
/// key.
fn dh_key() -> String {
    let secret =
        SecretKey::from_octets(octets(SAMPLE_SECRET)).expect("the sample's secret is below the order");
    let debug = validate(&DEBUG_PUBLIC_KEY).expect("the debug key is a point");
    let other = validate(&secret.public_key()).expect("a public key is a point");
    let [ours, theirs] = [secret.dh_key(&debug), debug_key_pair().secret.dh_key(&other)];
    if ours == theirs { hex(&ours) } else { format!("{} or {}", hex(&ours), hex(&theirs)) }
}
