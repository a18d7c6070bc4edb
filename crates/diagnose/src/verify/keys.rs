//! Keys as they are distributed and used: agreed or not, random or not, the same again or not.

use super::Pairing;
use crate::cause::Cause;
use crate::dialogue::{Dialogue, Key};
use crate::finding::{Findings, hex};
use crate::step::{Happening, Moment, Side, View};
use blesim_crypto::PublicKey;
use blesim_crypto::p256::DEBUG_PUBLIC_KEY;
use blesim_packet::smp::KeyDistribution;

/// What keys a capture has shown so far.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// What each value is, with its packet.
    values: Vec<(u128, &'static str, Moment)>,
    /// Keys of bonds by name, with their packet: LTKs that were distributed, and those of Secure Connections.
    named: Vec<(Named, Moment)>,
    /// Keys with which encryption came on, by their packet.
    pub(crate) worked: Vec<(u128, Moment)>,
}

/// A key of a bond with what names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Named {
    rand: u64,
    ediv: u16,
    ltk: u128,
}

impl Past {
    /// Whether this key had encryption come on before that packet, and where.
    pub(crate) fn worked_before(&self, key: u128, before: Moment) -> Option<Moment> {
        self.worked.iter().rev().find(|(worked, at)| *worked == key && *at < before).map(|(_, at)| *at)
    }

    /// Whether it did so after.
    pub(crate) fn worked_after(&self, key: u128, after: Moment) -> Option<Moment> {
        self.worked.iter().find(|(worked, at)| *worked == key && *at > after).map(|(_, at)| *at)
    }
}

/// Looks at the keys of one pairing.
pub(crate) fn distributed(pairing: &Pairing<'_>, past: &mut Past, findings: &mut Findings) {
    let dialogue = pairing.dialogue;
    for side in Side::BOTH {
        not_negotiated(dialogue, side, findings);
    }
    let mut ltk = [None; 2];
    for (at, (from, key)) in &dialogue.distributed {
        let name = from.name();
        let value = match *key {
            Key::Ltk(value) => {
                ltk[from.index()] = Some(value);
                Some((value, "LTK"))
            }
            Key::Name(ediv, rand) => {
                if let Some(ltk) = ltk[from.index()] {
                    past.named.push((Named { rand, ediv, ltk: pairing.masked(ltk) }, *at));
                }
                if is_pattern(&rand.to_be_bytes()) {
                    let text = format!("the {name}'s Rand, {rand:#018x}, is not random (Vol 3 Part H 2.4.1)");
                    findings.violation(*at, None, text);
                }
                None
            }
            Key::Irk(value) => Some((value, "IRK")),
            Key::Csrk(value) => Some((value, "CSRK")),
            Key::Identity(_) => None,
        };
        if let Some((value, what)) = value {
            one_value(*at, *from, value, what, past, findings);
        }
    }
    if dialogue.secure_connections() == Some(true) && dialogue.encrypted.is_some() {
        let given = dialogue.keys.into_iter().flatten().next();
        past.named.extend(given.map(|(at, ltk)| (Named { rand: 0, ediv: 0, ltk }, at)));
    }
    again(dialogue, past, findings);
    key_pairs(dialogue, past, findings);
}

/// Keys that the response did not leave a side (Vol 3 Part H 3.6.1).
fn not_negotiated(dialogue: &Dialogue, side: Side, findings: &mut Findings) {
    let Some(granted) = dialogue.granted(side) else { return };
    // With Secure Connections the LTK comes of the pairing itself (Vol 3 Part H 2.4.3).
    let computed = dialogue.secure_connections() == Some(true);
    let allowed = if computed { granted.without(KeyDistribution::ENC_KEY) } else { granted };
    let extra =
        dialogue.distributed.iter().filter(|(_, (from, key))| *from == side && !allowed.contains(key.bit()));
    let extra: Vec<_> = extra.map(|(at, (_, key))| (*at, key.name())).collect();
    let Some((at, _)) = extra.first() else { return };
    let names: Vec<&str> = extra.iter().map(|(_, name)| *name).collect();
    let text = format!(
        "the {} sends {}, which was not negotiated: the response leaves it {} (Vol 3 Part H 3.6.1)",
        side.name(),
        names.join(" and "),
        words(allowed)
    );
    findings.violation(*at, Some(Cause::KeysNotNegotiated), text);
}

/// The keys of a distribution.
pub(crate) fn words(keys: KeyDistribution) -> String {
    let names: Vec<&str> = keys.names().collect();
    match names[..] {
        [] => "no key".to_owned(),
        [only] => format!("only {only}"),
        _ => names.join(" and "),
    }
}

fn one_value(
    at: Moment,
    from: Side,
    value: u128,
    what: &'static str,
    past: &mut Past,
    findings: &mut Findings,
) {
    let name = from.name();
    if is_pattern(&value.to_be_bytes()) {
        let text = format!("the {name}'s {what}, {}, is not random (Vol 3 Part H 2.4.1)", hex(value));
        findings.violation(at, Some(Cause::KeyRefused), text);
    }
    for (other, kind, where_) in &past.values {
        // An identity key is the device's own, and the same in every pairing.
        if *other == value && *where_ != at && !(what == "IRK" && *kind == "IRK") {
            let text = if *kind == what {
                format!(
                    "the {name}'s {what} is the one of packet {} again (Vol 3 Part H 2.4.2)",
                    where_.packet
                )
            } else {
                format!(
                    "the {name}'s {what} equals the {kind} of packet {}: one key serves two purposes (Vol 3 Part H 2.4.2)",
                    where_.packet
                )
            };
            findings.violation(at, None, text);
            break;
        }
    }
    if past.values.len() < 4_096 {
        past.values.push((value, what, at));
    }
}

/// Values that must be fresh in every pairing.
fn again(dialogue: &Dialogue, past: &mut Past, findings: &mut Findings) {
    for (at, (from, value)) in &dialogue.randoms {
        let known = past.values.iter().find(|(other, kind, _)| other == value && *kind == "random value");
        if let Some((_, _, before)) = known {
            let text = format!(
                "the {}'s random value is the one of packet {} again (Vol 3 Part H 2.3.5.5, 2.3.5.6)",
                from.name(),
                before.packet
            );
            findings.violation(*at, None, text);
        } else if past.values.len() < 4_096 {
            past.values.push((*value, "random value", *at));
        }
    }
}

/// Key pairs that are used again: whoever guesses passkeys learns from one pairing for the next.
fn key_pairs(dialogue: &Dialogue, past: &mut Past, findings: &mut Findings) {
    for side in Side::BOTH {
        let Some((at, (x, y))) = dialogue.public_keys[side.index()] else { continue };
        if (PublicKey { x, y }) == DEBUG_PUBLIC_KEY {
            continue;
        }
        let half = x.first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
        let known = past.values.iter().find(|(other, kind, _)| *other == half && *kind == "public key");
        if let Some((_, _, before)) = known {
            let text = format!(
                "the {}'s public key is the one of packet {} again: a key pair should serve one pairing (Vol 3 Part H 2.3.6)",
                side.name(),
                before.packet
            );
            findings.suggests(at, text);
        } else if past.values.len() < 4_096 {
            past.values.push((half, "public key", at));
        }
    }
}

/// Octets that nobody drew: all the same, counted up or down, or one half twice.
fn is_pattern(octets: &[u8]) -> bool {
    let step = |by: usize| {
        let mut steps = octets.windows(by + 1).map(|pair| pair[by].wrapping_sub(pair[0]));
        let first = steps.next();
        steps.all(|step| Some(step) == first)
    };
    let half = octets.len() / 2;
    let zeros: usize = octets.iter().map(|octet| usize::from(*octet == 0)).sum();
    step(1) || octets[..half] == octets[half..] || zeros * 4 > octets.len() * 3
}

/// Encryption with the key of a bond: the key is held to the one that the bond was made with, and to the peer's.
pub(crate) fn encryption(view: &View, peer: Option<&View>, past: &mut Past, findings: &mut Findings) {
    for step in &view.steps {
        let Happening::EnableEncryption { rand, ediv, ltk } = step.what else { continue };
        let of_bond = past.named.iter().rev().find(|(named, at)| {
            (named.rand, named.ediv) == (rand, ediv)
                && *at < step.at
                && ((rand, ediv) != (0, 0) || named.ltk == ltk)
        });
        if let Some((named, made)) = of_bond {
            if named.ltk == ltk {
                findings
                    .verified(step.at, format!("the key is the one that was made in packet {}", made.packet));
            } else {
                let text =
                    format!("the key has the name of the one in packet {} and another value", made.packet);
                findings.proves(step.at, Cause::KeysDiffer, text);
            }
        }
        let reply = peer.and_then(|peer| {
            let near = |at: Moment| at >= step.at && at.since(step.at) < 10_000_000;
            peer.steps.iter().find_map(|other| match other.what {
                Happening::KeyReply { ltk } if near(other.at) => Some(Some((other.at, ltk))),
                Happening::NoKey if near(other.at) => Some(None),
                _ => None,
            })?
        });
        if let Some((at, theirs)) = reply
            && theirs != ltk
        {
            let text = format!("the two hosts have different keys: {} and {}", hex(ltk), hex(theirs));
            findings.proves(at, Cause::KeysDiffer, text);
        }
        let came_on = view.steps.iter().find(|later| {
            later.at > step.at
                && matches!(later.what, Happening::EncryptionChange { .. } | Happening::KeyRefresh { .. })
        });
        if let Some(later) = came_on
            && matches!(later.what, Happening::EncryptionChange { status, enabled } if status.0 == 0 && enabled != 0)
        {
            past.worked.push((ltk, later.at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What somebody typed is told from what a generator gave.
    #[test]
    fn patterns_are_seen() {
        let check = |value: u128, expected: bool| {
            assert_eq!(is_pattern(&value.to_be_bytes()), expected, "{value:032x}");
        };
        check(0, true);
        check(0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF, true);
        check(0xFFEE_DDCC_BBAA_9988_7766_5544_3322_1100, true);
        check(0x0102_0304_0506_0708_090A_0B0C_0D0E_0F10, true);
        check(u128::MAX, true);
        check(0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF, true);
        check(0xA30B_2B0C_9E15_E729_498B_1A48_0CF8_2EB2, false);
        check(0x7EAB_E25C_3BDF_6004_45D7_73C8_1C8F_4925, false);
        assert!(is_pattern(&0x8877_6655_4433_2211_u64.to_be_bytes()));
        assert!(!is_pattern(&0x0720_E828_075F_93EB_u64.to_be_bytes()));
    }
}
