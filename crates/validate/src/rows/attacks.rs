//! S19 and S20: what attacks on pairing gain.

use super::{EXACT, Row};
use crate::check::{Check, LEVEL, real};
use crate::effort::{Effort, Moments, Share};
use crate::guesser::failures;
use blesim_crypto::p256::unchecked_dh_key;
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
    let [active, semi_passive, patched]: [Share; 3] = effort.sum(20_000, || Naive, attacked);
    vec![
        Check::share("both unpatched, active: pairings taken over", 0.5, active.pair()),
        Check::share("both unpatched, by halves: pairings taken over", 0.25, semi_passive.pair()),
        Check::exact("patched: altered keys that are computed with", "0", &patched.count.to_string())
            .noted(format!("of {}", patched.of)),
    ]
}

/// One pairing whose public keys lose their y-coordinates on the way. The devices compute what they compute;
/// the attacker knows both x-coordinates and that a point with y = 0 has order two, so that a DHKey is either
/// nothing or the x-coordinate. Who only listens afterwards tries nothing, and the pairing holds if both got
/// it. Who goes on sees in the first DHKey check which of the two the initiator has, and has to guess the
/// responder's.
fn attacked(keys: &mut Naive, number: u64, [active, semi_passive, patched]: &mut [Share; 3]) {
    let mut stream = Streams::new(number).stream(StreamName::new(0x7661_6C69, 4));
    let pairs = [(), ()].map(|()| KeyPair::from(SecretKey::from_entropy(&mut || stream.octets())));
    let altered = |of: &KeyPair| PublicKey { y: [0; 32], ..of.public };
    let [initiator, responder] = [(0, 1), (1, 0)]
        .map(|(own, peer): (usize, usize)| unchecked_dh_key(&pairs[own].secret, &altered(&pairs[peer])));
    let nothing = [0; 32];
    assert!([nothing, pairs[1].public.x].contains(&initiator), "the group has two elements");
    semi_passive.add([initiator, responder] == [nothing; 2]);
    let [coin] = stream.octets::<1>();
    let guess = if coin & 1 == 0 { nothing } else { pairs[0].public.x };
    active.add(responder == guess);
    patched.add(keys.dh_key(&pairs[0], &altered(&pairs[1])).is_ok());
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
