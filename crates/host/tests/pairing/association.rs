//! The association model of every combination of features, against a table verified elsewhere.
//!
//! Source: Core Specification Vol 3 Part H 2.3.5.1, tables 2.6 to 2.8, checked cell by cell against two
//! independent host stacks. The five by five tables and the rules of the flags below give all 800 rows.

use blesim_host::smp::terms::{Model, model};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, PairingFeatures};

/// Rows by the initiator's IO capability, letters by the responder's, in the order of their codes: Just
/// Works, Numeric Comparison, passkey shown by Initiator or Responder, or typed on Both.
const LEGACY: [&str; 5] = ["JJIJI", "JJIJI", "RRBJR", "JJJJJ", "RRIJI"];
/// The same for LE Secure Connections.
const SECURE_CONNECTIONS: [&str; 5] = ["JJIJI", "JNIJN", "RRBJR", "JJJJJ", "RNIJN"];

/// The features of one side of a row.
pub(crate) fn features(io: usize, sc: bool, mitm: bool, oob: bool) -> PairingFeatures {
    PairingFeatures {
        io: IoCapability::ALL[io],
        oob,
        auth: AuthReq(0x01 | u8::from(mitm) << 2 | u8::from(sc) << 3),
        max_key_size: 16,
        initiator_keys: KeyDistribution::NONE,
        responder_keys: KeyDistribution::NONE,
    }
}

/// The model of a row: Secure Connections on both, IO capabilities, MITM and OOB flags, initiator first.
pub(crate) fn expected(sc: bool, io: [usize; 2], mitm: [bool; 2], oob: [bool; 2]) -> Model {
    let out_of_band = if sc { oob[0] || oob[1] } else { oob[0] && oob[1] };
    if out_of_band {
        return Model::OutOfBand;
    }
    if mitm == [false; 2] {
        return Model::JustWorks;
    }
    let table = if sc { SECURE_CONNECTIONS } else { LEGACY };
    match table[io[0]].as_bytes()[io[1]] {
        b'J' => Model::JustWorks,
        b'N' => Model::NumericComparison,
        b'I' => Model::PasskeyInitiatorDisplays,
        b'R' => Model::PasskeyResponderDisplays,
        b'B' => Model::PasskeyBothInput,
        other => panic!("no model {other}"),
    }
}

/// All 800 combinations of SC on both, IO capabilities, MITM and OOB flags; and one SC flag alone means
/// legacy.
#[test]
fn every_combination() {
    let mut rows = 0;
    for flags in 0..32_u8 {
        let bit = |position: u8| flags >> position & 1 == 1;
        let (sc, mitm, oob) = (bit(4), [bit(3), bit(2)], [bit(1), bit(0)]);
        for io in (0..25).map(|io| [io / 5, io % 5]) {
            let side = |side: usize, sc| features(io[side], sc, mitm[side], oob[side]);
            let found = model(&side(0, sc), &side(1, sc));
            assert_eq!(found, expected(sc, io, mitm, oob), "sc {sc} io {io:?} mitm {mitm:?} oob {oob:?}");
            let mixed = model(&side(0, sc), &side(1, !sc));
            assert_eq!(mixed, expected(false, io, mitm, oob), "mixed io {io:?} mitm {mitm:?} oob {oob:?}");
            rows += 1;
        }
    }
    assert_eq!(rows, 800);
}

/// The names are the specification's.
#[test]
fn names() {
    for (model, name) in [
        (Model::JustWorks, "Just Works"),
        (Model::NumericComparison, "Numeric Comparison"),
        (Model::PasskeyInitiatorDisplays, "Passkey Entry"),
        (Model::PasskeyResponderDisplays, "Passkey Entry"),
        (Model::PasskeyBothInput, "Passkey Entry"),
        (Model::OutOfBand, "Out of Band"),
    ] {
        assert_eq!(model.name(), name);
    }
}
