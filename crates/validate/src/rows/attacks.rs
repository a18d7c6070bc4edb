//! S19 and S20: what attacks on pairing gain.

use super::{EXACT, Row};
use crate::check::{Check, Value};
use crate::effort::{Effort, Share};
use blesim_crypto::{KeyAgreement, KeyPair, Naive, PublicKey, SecretKey};
use blesim_kernel::{StreamName, Streams};

pub(crate) const INVALID_CURVE: Row = Row {
    id: "S19",
    name: "invalid-curve",
    configuration: "public keys whose y-coordinate was set to zero on the way (CVE-2018-5383)",
    source: "Biham and Neumann: half of the pairings of two that do not validate, a quarter by halves, none of one that \
             validates",
    tolerance: EXACT,
    measure: invalid_curve,
};

pub(crate) const PASSKEY: Row = Row {
    id: "S20",
    name: "passkey-reuse",
    configuration: "a device that shows the same passkey every time, and one that guesses its bits",
    source: "Binomial(20, 1/2): mean 10, 95 of 100 within 14, never above 20 (Lindell 2008)",
    tolerance: "0.1 and the 99 % interval",
    measure: passkey,
};

fn invalid_curve(effort: Effort) -> Vec<Check> {
    let taken: Share = effort.sum(10_000, || Naive, |keys, number, share: &mut Share| {
        let mut stream = Streams::new(number).stream(StreamName::new(0x7661_6C69, 4));
        let [own, peer] = [(), ()].map(|()| KeyPair::from(SecretKey::from_entropy(&mut || stream.octets())));
        let altered = PublicKey { y: [0; 32], ..peer.public };
        share.add(keys.dh_key(&own, &altered).is_ok());
    });
    let why = "no device of ours computes with a point that is not on the curve: there is no such quirk yet";
    vec![
        Check::not_possible("both unpatched, active: pairings taken over", Value::Number(0.5), why),
        Check::not_possible("both unpatched, by halves: pairings taken over", Value::Number(0.25), why),
        Check::exact("patched: altered keys that are computed with", "0", &taken.count.to_string())
            .noted(format!("of {}", taken.of)),
    ]
}

fn passkey(_: Effort) -> Vec<Check> {
    let why = "not measured yet";
    vec![Check::not_possible("failed attempts, mean", Value::Number(10.0), why)]
}
