//! LE Secure Connections: f4 over rounds of a passkey, g2, and f5 and f6 where the DHKey can be known
//! (Vol 3 Part H 2.2.6 to 2.2.9, 2.3.5.6).

use super::Pairing;
use crate::cause::Cause;
use crate::finding::Findings;
use crate::step::{Moment, Side};
use blesim_crypto::p256::{DEBUG_PUBLIC_KEY, debug_key_pair};
use blesim_crypto::toolbox::{f4, f5, f6, g2, six_digits};
use blesim_crypto::{PublicKey, validate};
use blesim_host::smp::terms::Model;

/// `r` of a passkey's bit (Vol 3 Part H 2.3.5.6.3).
const BIT: u8 = 0x80;
/// Rounds of Passkey Entry, one a bit.
const ROUNDS: usize = 20;

pub(super) fn verify(pairing: &Pairing<'_>, findings: &mut Findings) {
    public_keys(pairing, findings);
    let dialogue = pairing.dialogue;
    let [Some((_, (ours, _))), Some((_, (theirs, _)))] = dialogue.public_keys else { return };
    let passkey = match pairing.model() {
        Some(Model::OutOfBand) => {
            findings.hidden("the data came out of band: commitments cannot be checked");
            None
        }
        Some(Model::JustWorks | Model::NumericComparison) => {
            commitment(pairing, &ours, &theirs, findings);
            None
        }
        Some(_) => rounds(pairing, [&ours, &theirs], findings),
        None => None,
    };
    checks(pairing, passkey, findings);
}

fn public_keys(pairing: &Pairing<'_>, findings: &mut Findings) {
    for side in Side::BOTH {
        let Some((at, (x, y))) = pairing.dialogue.public_keys[side.index()] else { continue };
        let (key, name) = (PublicKey { x, y }, side.name());
        if key == DEBUG_PUBLIC_KEY {
            let text = format!(
                "the {name} uses the debug key pair: whoever listens can compute the LTK (Vol 3 Part H 2.3.5.6.1)"
            );
            findings.verified(at, text);
        } else if validate(&key).is_err() {
            let text = format!("the {name}'s public key is not on the curve (Vol 3 Part H 2.3.5.6.1)");
            findings.violation(at, Some(Cause::WrongCheckValue), text);
        }
    }
    if let [Some((_, (ours, _))), Some((at, (theirs, _)))] = pairing.dialogue.public_keys
        && ours == theirs
        && ours != DEBUG_PUBLIC_KEY.x
    {
        findings.violation(
            at,
            None,
            "the peripheral sends the central's own public key back (Vol 3 Part H 2.3.5.6.1)",
        );
    }
}

/// Just Works and Numeric Comparison: the responder commits itself with r = 0.
fn commitment(pairing: &Pairing<'_>, ours: &[u8; 32], theirs: &[u8; 32], findings: &mut Findings) {
    let (Some((at, confirm)), Some((_, random))) =
        (pairing.confirm(Side::Peripheral), pairing.random(Side::Peripheral))
    else {
        return;
    };
    if f4(theirs, ours, random, 0) == confirm {
        findings.verified(at, "the peripheral's confirm value is f4 of its random value with r = 0");
    } else {
        let text = "the peripheral's confirm value does not fit its random value (f4, r = 0, Vol 3 Part H 2.3.5.6.2)";
        findings.violation(at, Some(Cause::WrongCheckValue), text);
    }
    if pairing.model() == Some(Model::NumericComparison)
        && let Some((_, initiator)) = pairing.random(Side::Central)
    {
        let number = six_digits(g2(ours, theirs, initiator, random));
        findings.verified(at, format!("both sides have to show {number:06} (g2)"));
    }
}

/// Passkey Entry: each random value reveals a bit. Gives the passkey once all bits are known and the same.
fn rounds(pairing: &Pairing<'_>, keys: [&[u8; 32]; 2], findings: &mut Findings) -> Option<u32> {
    let of = |side: Side, values: &[(Moment, (Side, u128))]| -> Vec<(Moment, u128)> {
        values.iter().filter(|(_, (from, _))| *from == side).map(|(at, (_, value))| (*at, *value)).collect()
    };
    let mut bits: [Vec<bool>; 2] = [Vec::new(), Vec::new()];
    let mut last = Moment::default();
    for side in Side::BOTH {
        let (confirms, randoms) = (of(side, &pairing.dialogue.confirms), of(side, &pairing.dialogue.randoms));
        let (own, peer) = (keys[side.index()], keys[side.other().index()]);
        for (round, ((_, confirm), (at, random))) in confirms.iter().zip(&randoms).take(ROUNDS).enumerate() {
            let bit = [false, true]
                .into_iter()
                .find(|bit| f4(own, peer, *random, BIT | u8::from(*bit)) == *confirm);
            let Some(bit) = bit else {
                let text = format!(
                    "the {}'s confirm value of round {} fits its random value with neither bit (f4, Vol 3 Part H 2.3.5.6.3)",
                    side.name(),
                    round + 1
                );
                findings.violation(*at, Some(Cause::WrongCheckValue), text);
                return None;
            };
            bits[side.index()].push(bit);
            last = last.max(*at);
        }
    }
    revealed(&bits, last, pairing, findings)
}

fn revealed(
    bits: &[Vec<bool>; 2],
    at: Moment,
    pairing: &Pairing<'_>,
    findings: &mut Findings,
) -> Option<u32> {
    let [ours, theirs] = bits;
    if ours.is_empty() && theirs.is_empty() {
        return None;
    }
    let both = ours.len().min(theirs.len());
    if let Some(round) = (0..both).find(|&round| ours[round] != theirs[round]) {
        let text = format!("the passkeys differ in bit {round}: f4 reveals another one from each side");
        findings.proves(at, Cause::WrongPasskey, text);
        return None;
    }
    let (more, side) =
        if ours.len() > theirs.len() { (ours, Side::Central) } else { (theirs, Side::Peripheral) };
    let value = more.iter().enumerate().fold(0_u32, |value, (place, bit)| value | u32::from(*bit) << place);
    let text = format!(
        "every confirm value fits its random value (f4): {} of 20 bits of the passkey are revealed, from the lowest {value:#x}",
        more.len()
    );
    findings.verified(at, text);
    let refused = pairing
        .dialogue
        .failed
        .filter(|(_, (_, reason))| *reason == blesim_packet::smp::Reason::CONFIRM_VALUE_FAILED);
    if let Some((failed, (by, _))) = refused
        && more.len() > both
        && by == side.other()
    {
        let text = format!(
            "the {} made its confirm value of round {} with bit {} of its passkey, and the {} refuses it: it expects \
             the other bit, the passkeys differ",
            side.name(),
            more.len(),
            u8::from(more[more.len() - 1]),
            by.name()
        );
        findings.proves(failed, Cause::WrongPasskey, text);
    }
    (both == ROUNDS).then_some(value)
}

/// f5 and f6, where the DHKey is in the capture or follows from the debug key.
fn checks(pairing: &Pairing<'_>, passkey: Option<u32>, findings: &mut Findings) {
    let dialogue = pairing.dialogue;
    let has_checks = dialogue.checks.iter().any(Option::is_some);
    let Some(dh_key) = dh_key(pairing) else {
        if has_checks {
            findings.hidden(
                "the DHKey is in no capture unless a debug key is used: DHKey checks cannot be computed",
            );
        }
        return;
    };
    let last = |side| {
        let mut of = dialogue.randoms.iter().rev().filter(move |(_, (from, _))| *from == side);
        of.next().map(|(_, (_, value))| *value)
    };
    let (Some(na), Some(nb)) = (last(Side::Central), last(Side::Peripheral)) else { return };
    let (Some((_, request)), Some((_, response))) = (dialogue.request, dialogue.response) else { return };
    let r = match pairing.model() {
        Some(Model::JustWorks | Model::NumericComparison) => 0,
        _ => match passkey {
            Some(passkey) => u128::from(passkey),
            None => return,
        },
    };
    let right = pairing.addresses.iter().find(|(ia, ra)| {
        let keys = f5(&dh_key, na, nb, ia, ra);
        let [ea, eb] = dialogue.checks;
        let ours = ea.is_some_and(|(_, ea)| ea == f6(keys.mac_key, na, nb, r, request.io_cap(), ia, ra));
        let theirs = eb.is_some_and(|(_, eb)| eb == f6(keys.mac_key, nb, na, r, response.io_cap(), ra, ia));
        let ltk = pairing.masked(keys.ltk);
        ours || theirs || dialogue.keys.iter().flatten().any(|(_, given)| *given == ltk)
    });
    let sure = (pairing.addresses.len() == 1).then(|| pairing.addresses.first()).flatten();
    let Some((ia, ra)) = right.or(sure) else { return };
    let keys = f5(&dh_key, na, nb, ia, ra);
    let expected = [
        f6(keys.mac_key, na, nb, r, request.io_cap(), ia, ra),
        f6(keys.mac_key, nb, na, r, response.io_cap(), ra, ia),
    ];
    for side in Side::BOTH {
        let name = side.name();
        match dialogue.checks[side.index()] {
            Some((at, value)) if value == expected[side.index()] => {
                findings.verified(at, format!("the {name}'s DHKey check is right (f6)"));
            }
            Some((at, _)) => {
                let text = format!("the {name}'s DHKey check is wrong (f6, Vol 3 Part H 2.3.5.6.5)");
                findings.violation(at, Some(Cause::WrongCheckValue), text);
            }
            None => {}
        }
        if let Some((at, given)) = dialogue.keys[side.index()] {
            if given == pairing.masked(keys.ltk) {
                findings.verified(at, format!("the {name}'s key is the LTK of this pairing (f5)"));
            } else {
                let text =
                    format!("the {name}'s key is not the LTK of this pairing (f5, Vol 3 Part H 2.3.5.6.5)");
                findings.violation(at, Some(Cause::KeysDiffer), text);
            }
        }
    }
}

/// The DHKey: as a host had it computed, or from the debug key pair and the other public key.
fn dh_key(pairing: &Pairing<'_>) -> Option<[u8; 32]> {
    if let Some(key) = pairing.dialogue.dh_key {
        return Some(key);
    }
    let [ours, theirs] = pairing.dialogue.public_keys;
    let key = |(_, (x, y)): (Moment, ([u8; 32], [u8; 32]))| PublicKey { x, y };
    let (ours, theirs) = (key(ours?), key(theirs?));
    let other = if ours == DEBUG_PUBLIC_KEY {
        theirs
    } else if theirs == DEBUG_PUBLIC_KEY {
        ours
    } else {
        return None;
    };
    Some(debug_key_pair().secret.dh_key(&validate(&other).ok()?))
}
