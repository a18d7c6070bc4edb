//! Departures from the specification, as the host takes them.

use super::device::distribution;
use super::{fault, people};
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{MalformedWord, QuirkWord};
use blesim_host::{Keys, Malformed, Quirks, Step, Timer};

pub(super) fn resolve(words: &[QuirkWord], path: &Path, cx: &mut Cx) -> Quirks {
    let mut quirks = Quirks::NONE;
    for (index, word) in words.iter().enumerate() {
        let place = path.index(index);
        match word {
            QuirkWord::DistributesUnnegotiated(keys) => quirks.distributes_unnegotiated = distribution(keys),
            QuirkWord::RefusesUnnegotiated => quirks.refuses_unnegotiated = true,
            QuirkWord::FixedPasskey(passkey) => {
                quirks.fixed_passkey = Some(people::passkey(*passkey, &place, cx));
            }
            QuirkWord::ConstantKeys(value) => {
                if let Some(value) = cx.key(value, &place) {
                    quirks.keys = Keys::Constant(value);
                }
            }
            QuirkWord::CountingKeys(first) => quirks.keys = Keys::Counting(*first),
            QuirkWord::ReusesKeyPair => quirks.reuses_key_pair = true,
            QuirkWord::SkipsPointCheck => quirks.skips_point_check = true,
            QuirkWord::ReflectsPublicKey => quirks.reflects_public_key = true,
            QuirkWord::SkipsDhKeyCheck => quirks.skips_dh_key_check = true,
            QuirkWord::IgnoresPairingRequest => quirks.ignores_pairing_request = true,
            QuirkWord::PairsAsPeripheral => quirks.pairs_as_peripheral = true,
            QuirkWord::LinkUsableAfterTimeout => quirks.timer = Timer::LinkUsable,
            QuirkWord::NoSmpTimer => quirks.timer = Timer::Missing,
            QuirkWord::NeedsRest(time) => quirks.needs_rest = cx.span(*time, &place),
            QuirkWord::EndsUnauthenticated => quirks.ends_unauthenticated = true,
            QuirkWord::Sends(step, how) => {
                if let Some(step) = fault::step(step, &place.index(0), cx) {
                    if !SENDS.contains(&step) {
                        let title = "a device sends no PDU of the Security Manager in this step";
                        cx.error(cx.at("S138", &place.index(0), title));
                    }
                    quirks.sends = Some((step, malformed(*how)));
                }
            }
        }
    }
    quirks
}

/// The steps to which PDUs of the Security Manager belong.
pub(super) const SENDS: [Step; 6] = [
    Step::PairingFeatures,
    Step::PublicKey,
    Step::Confirm,
    Step::Random,
    Step::DhKeyCheck,
    Step::KeyDistribution,
];

fn malformed(word: MalformedWord) -> Malformed {
    match word {
        MalformedWord::Wrong => Malformed::Wrong,
        MalformedWord::Short => Malformed::Short,
        MalformedWord::Oversized => Malformed::Oversized,
        MalformedWord::Unknown => Malformed::Unknown,
        MalformedWord::Twice => Malformed::Twice,
        MalformedWord::Missing => Malformed::Missing,
        MalformedWord::OutOfOrder => Malformed::OutOfOrder,
    }
}
