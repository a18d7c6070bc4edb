//! Every toolbox function against sample data of the Core Specification, FIPS-197, RFC 4493, and one real
//! pairing as a sniffer saw it. The values also cover the list of crypto vectors that the model is held to:
//! f4, f5, f6, g2 with its six digits, c1, s1 and ah.

use blesim_crypto::toolbox::{
    MacKeyAndLtk, aes_cmac, ah, c1, e, f4, f5, f6, g2, h6, h7, link_key_from_ltk, ltk_from_link_key, s1,
    six_digits,
};

use crate::bits::{address, message, number, octets};

/// Public-key x-coordinates of the f4 and g2 samples (Vol 3 Part H D.2, D.5).
const U: &str = "20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6";
const V: &str = "55188b3d32f6bb9a900afcfbeed4e72a59cb9ac2f19d7cfb6b4fdd49f47fc5fd";
/// Random values and addresses of the samples of Vol 3 Part H Appendix D.
const N1: &str = "d5cb8454d177733effffb2ec712baeab";
const N2: &str = "a6e8e7cc25a75f6e216583f7ff3dc4cf";
const A1: &str = "0056123737bfce";
const A2: &str = "00a713702dcfc1";

/// The block cipher (FIPS-197 Appendix C.1).
#[test]
fn e_is_aes_128() {
    let ciphertext =
        e(number("000102030405060708090a0b0c0d0e0f"), number("00112233445566778899aabbccddeeff"));
    assert_eq!(ciphertext, number("69c4e0d86a7b0430d8cdb78070b4c55a"));
}

/// CMAC of none, one, some and whole blocks (RFC 4493 section 4, Vol 3 Part H D.1).
#[test]
fn aes_cmac_matches_the_rfc() {
    let check = |text: &str, tag: &str| {
        let found = aes_cmac(number("2b7e151628aed2a6abf7158809cf4f3c"), &message(text));
        assert_eq!(found, number(tag), "message {text:?}");
    };
    check("", "bb1d6929e95937287fa37d129b756746");
    check("6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c");
    check(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411",
        "dfa66747de9ae63030ca32611497c827",
    );
    check(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
         30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
        "51f0bebf7e3b9d92fc49741779363cfe",
    );
}

/// One confirm value: the random value, the two PDUs in wire order, both addresses, the confirm value.
struct Legacy {
    r: &'static str,
    preq: &'static str,
    pres: &'static str,
    ia: &'static str,
    ra: &'static str,
    confirm: &'static str,
}

/// The sample of Vol 3 Part H 2.2.3; then both confirm values of a recorded legacy pairing.
const CONFIRMS: [Legacy; 3] = [
    Legacy {
        r: "5783d52156ad6f0e6388274ec6702ee0",
        preq: "01010000100707",
        pres: "02030000080005",
        ia: "01a1a2a3a4a5a6",
        ra: "00b1b2b3b4b5b6",
        confirm: "1e1e3fef878988ead2a74dc5bef13b86",
    },
    Legacy {
        r: "7eabe25c3bdf600445d773c81c8f4925",
        preq: "01020005100505",
        pres: "02030001100401",
        ia: "00b827eb155070",
        ra: "01d2a74c76f3e0",
        confirm: "d0ac06b09bc5d7b6beb80b0cd270e112",
    },
    Legacy {
        r: "9f74d425deabf90697c1f4f6ac69779e",
        preq: "01020005100505",
        pres: "02030001100401",
        ia: "00b827eb155070",
        ra: "01d2a74c76f3e0",
        confirm: "2faa6751c2888ac9ff088f5acce00b6e",
    },
];

/// Confirm values of LE legacy pairing, Just Works (the temporary key is 0).
#[test]
fn c1_matches_the_specification_and_a_recording() {
    for row in &CONFIRMS {
        let confirm =
            c1(0, number(row.r), octets(row.preq), octets(row.pres), &address(row.ia), &address(row.ra));
        assert_eq!(confirm, number(row.confirm), "r {}", row.r);
    }
}

/// Short Term Keys: the sample of Vol 3 Part H 2.2.4, then the recorded pairing's.
#[test]
fn s1_matches_the_specification_and_a_recording() {
    let check = |r1: &str, r2: &str, stk: &str| assert_eq!(s1(0, number(r1), number(r2)), number(stk));
    check(
        "000f0e0d0c0b0a091122334455667788",
        "010203040506070899aabbccddeeff00",
        "9a1fe1f0e8b0f49b5b4216ae796da062",
    );
    check(
        "9f74d425deabf90697c1f4f6ac69779e",
        "7eabe25c3bdf600445d773c81c8f4925",
        "f68d6805787c2c4fb2371537b5a68976",
    );
}

/// The confirm value of Secure Connections (Vol 3 Part H D.2).
#[test]
fn f4_matches_the_specification() {
    let confirm = f4(&octets(U), &octets(V), number(N1), 0);
    assert_eq!(confirm, number("f2c916f107a9bd1cf1eda1bea974872d"));
}

/// MacKey and LTK of Secure Connections (Vol 3 Part H D.3).
#[test]
fn f5_matches_the_specification() {
    let w = octets("ec0234a357c8ad05341010a60a397d9b99796b13b4f866f1868d34f373bfa698");
    let keys = f5(&w, number(N1), number(N2), &address(A1), &address(A2));
    let expected = MacKeyAndLtk {
        mac_key: number("2965f176a1084a02fd3f6a20ce636e20"),
        ltk: number("6986791169d7cd23980522b594750a38"),
    };
    assert_eq!(keys, expected);
}

/// The DHKey check value (Vol 3 Part H D.4).
#[test]
fn f6_matches_the_specification() {
    let check_value = f6(
        number("2965f176a1084a02fd3f6a20ce636e20"),
        number(N1),
        number(N2),
        number("12a3343bb453bb5408da42d20c2d0fc8"),
        octets("010102"),
        &address(A1),
        &address(A2),
    );
    assert_eq!(check_value, number("e3c473989cd0e8c5d26c0b09da958f61"));
}

/// The number of Numeric Comparison and what the display shows of it (Vol 3 Part H D.5).
#[test]
fn g2_matches_the_specification() {
    let compared = g2(&octets(U), &octets(V), number(N1), number(N2));
    assert_eq!(compared, 0x2F9E_D5BA);
    assert_eq!(compared, 798_938_554);
    assert_eq!(six_digits(compared), 938_554);
}

/// The six digits wrap at a million and keep leading zeros out of the number.
#[test]
fn six_digits_are_the_low_decimal_ones() {
    for (compared, shown) in
        [(0, 0), (999_999, 999_999), (1_000_000, 0), (7_000_042, 42), (u32::MAX, 967_295)]
    {
        assert_eq!(six_digits(compared), shown, "{compared}");
    }
}

/// The hash of a resolvable private address (Vol 3 Part H D.7), whatever stands above prand's 24 bits.
#[test]
fn ah_matches_the_specification() {
    let irk = number("ec0234a357c8ad05341010a60a397d9b");
    assert_eq!(ah(irk, 0x0070_8194), 0x000D_FBAA);
    assert_eq!(ah(irk, 0xFF70_8194), 0x000D_FBAA);
}

/// Key conversion (Vol 3 Part H D.6, D.8).
#[test]
fn h6_and_h7_match_the_specification() {
    let w = number("ec0234a357c8ad05341010a60a397d9b");
    assert_eq!(h6(w, 0x6C65_6272), number("2d9ae102e76dc91ce8d3a9e280b16399"));
    assert_eq!(h7(number("000000000000000000000000746d7031"), w), number("fb173597c6a3c0ecd2998c2a75a57011"));
}

/// Cross-transport key derivation, both directions, with h7 (both sides set CT2) and without: the samples
/// of Vol 3 Part H D.9 to D.12, composed as Vol 3 Part H 2.4.2.4 and 2.4.2.5 say.
#[test]
fn h6_and_h7_compose_to_cross_transport_key_derivation() {
    const TMP1: u32 = 0x746D_7031;
    const TMP2: u32 = 0x746D_7032;
    const LEBR: u32 = 0x6C65_6272;
    const BRLE: u32 = 0x6272_6C65;
    let check = |(id, last): (u32, u32), ct2: bool, key: &str, between: &str, derived: &str| {
        let key = number(key);
        let whole = if last == LEBR { link_key_from_ltk(key, ct2) } else { ltk_from_link_key(key, ct2) };
        assert_eq!(whole, number(derived), "ct2 {ct2}");
        let intermediate = if ct2 { h7(u128::from(id), key) } else { h6(key, id) };
        assert_eq!(intermediate, number(between), "ct2 {ct2}");
        assert_eq!(h6(intermediate, last), number(derived), "ct2 {ct2}");
    };
    let ltk = "368df9bce3264b58bd066c33334fbf64";
    let to_link_key = (TMP1, LEBR);
    check(to_link_key, true, ltk, "5a95d55cf6e6bf44464db19dcbfc7a95", "287ad379dca402530a39f1f43047b835");
    check(to_link_key, false, ltk, "ce7f84caec73885bc7582a5fca68d763", "bc1ca4ef633fc1bd0d8230afee388fb0");
    let link_key = "05040302010009080706050403020100";
    let to_ltk = (TMP2, BRLE);
    check(to_ltk, true, link_key, "adb694694e2bc0338c87249b264fc359", "e85e09eb5eccb3e269418a133211bc79");
    check(to_ltk, false, link_key, "c993085abaff46a11d1666f1f82f6153", "a813fb72f1a3dfa18a2c9a43f10d0a30");
}
