//! S19 and S20: what attacks on pairing gain.

use super::{EXACT, Row};
use crate::check::{Check, LEVEL, Value, real};
use crate::effort::{Effort, Moments, Share};
use crate::guesser::failures;
use blesim_crypto::{KeyAgreement, KeyPair, Naive, PublicKey, SecretKey};
use blesim_kernel::{StreamName, Streams};
use blesim_study::stats::{Interval, Quantile, SecureTimes};

pub(crate) const INVALID_CURVE: Row = Row {
    id: "S19",
    name: "invalid-curve",
    configuration: "public keys whose y-coordinate was set to zero on the way (CVE-2018-5383)",
    source: "Biham and Neumann: half of the pairings of two that do not validate, a quarter by halves, \
             none of one that validates",
    tolerance: EXACT,
    measure: invalid_curve,
};

pub(crate) const PASSKEY: Row = Row {
    id: "S20",
    name: "passkey-reuse",
    configuration: "a host that shows the same passkey every time, LE Secure Connections; a guesser that \
                    tosses a coin for each bit it does not know and learns one from each failed attempt",
    source: "Binomial(20, 1/2): mean 10, 95 of 100 within 14, never above 20 (Lindell 2008)",
    tolerance: "0.1 and the 99 % interval",
    measure: passkey,
};

/// Devices whose passkey is guessed.
const VICTIMS: u64 = 2_500;

fn invalid_curve(effort: Effort) -> Vec<Check> {
    let taken: Share = effort.sum(
        10_000,
        || Naive,
        |keys, number, share: &mut Share| {
            let mut stream = Streams::new(number).stream(StreamName::new(0x7661_6C69, 4));
            let [own, peer] =
                [(), ()].map(|()| KeyPair::from(SecretKey::from_entropy(&mut || stream.octets())));
            let altered = PublicKey { y: [0; 32], ..peer.public };
            share.add(keys.dh_key(&own, &altered).is_ok());
        },
    );
    let why = "no device of ours computes with a point that is not on the curve: there is no such quirk yet";
    vec![
        Check::not_possible("both unpatched, active: pairings taken over", Value::Number(0.5), why),
        Check::not_possible("both unpatched, by halves: pairings taken over", Value::Number(0.25), why),
        Check::exact("patched: altered keys that are computed with", "0", &taken.count.to_string())
            .noted(format!("of {}", taken.of)),
    ]
}

fn passkey(effort: Effort) -> Vec<Check> {
    let all: Vec<u64> =
        effort.sum(VICTIMS, || (), |(), number, all: &mut Vec<u64>| all.push(failures(number)));
    let moments: Moments = all.iter().copied().collect();
    let most = all.iter().copied().max().unwrap_or(0);
    let times: Vec<Option<u64>> = all.into_iter().map(Some).collect();
    let p95 = SecureTimes::new(&times).quantile(Quantile::P95, LEVEL);
    let number = |end: Option<u64>| end.map_or(f64::INFINITY, real);
    let found = (number(p95.at), Interval { low: number(p95.low), high: number(p95.high) });
    vec![
        // 0.1 of 10.
        Check::mean("failed attempts, mean", 10.0, &moments, (1.0, 0.01)),
        Check::estimated("failed attempts, 95 of 100 within", 14.0, found, 0.0),
        Check::exact("more than 20 failed attempts", "false", &(most > 20).to_string()),
    ]
}
