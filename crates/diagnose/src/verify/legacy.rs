//! LE legacy pairing: c1 with both addresses, the temporary key, s1 (Vol 3 Part H 2.2.3, 2.2.4, 2.3.5.5).

use super::Pairing;
use crate::cause::Cause;
use crate::dialogue::Dialogue;
use crate::finding::{Findings, hex};
use crate::step::Side;
use blesim_crypto::DeviceAddress;
use blesim_crypto::toolbox::{c1, s1};
use blesim_host::smp::terms::Model;
use blesim_packet::Address;

/// Passkeys have six digits (Vol 3 Part H 2.3.5.3).
const PASSKEYS: u128 = 1_000_000;

/// Whose confirm value is right for which temporary key.
struct Known {
    /// The temporary key, by side.
    keys: [Option<u128>; 2],
    addresses: Option<(DeviceAddress, DeviceAddress)>,
}

pub(super) fn verify(pairing: &Pairing<'_>, findings: &mut Findings) {
    let Some(model) = pairing.model() else { return };
    if model == Model::OutOfBand {
        findings
            .hidden("the temporary key came out of band: neither confirm values nor the STK can be computed");
        return;
    }
    if Side::BOTH.into_iter().all(|side| pairing.confirm(side).is_none()) {
        return;
    }
    if pairing.addresses.is_empty() {
        findings.hidden("an address of the link is not in the capture: confirm values cannot be computed");
        return;
    }
    let known = temporary_keys(pairing, model);
    for side in Side::BOTH {
        confirm(pairing, model, side, &known, findings);
    }
    if let [Some(ours), Some(theirs)] = known.keys
        && ours != theirs
        && let Some((at, _)) = pairing.random(Side::Peripheral)
    {
        let text = format!("the passkeys differ: {ours:06} at the central and {theirs:06} at the peripheral");
        findings.proves(at, Cause::WrongPasskey, text);
    }
    let used = known.keys.into_iter().flatten().next();
    match used {
        Some(key) => short_term_key(pairing, key, findings),
        None if model == Model::JustWorks => short_term_key(pairing, 0, findings),
        None => {}
    }
}

/// Looks for the temporary key behind each confirm value whose random value is known.
fn temporary_keys(pairing: &Pairing<'_>, model: Model) -> Known {
    let candidates = if model == Model::JustWorks { 0..1 } else { 0..PASSKEYS };
    let mut known = Known { keys: [None; 2], addresses: None };
    for side in Side::BOTH {
        // What the other side's value has shown is tried first.
        let sure = known.addresses.map(|pair| vec![pair]);
        let pairs = sure.as_deref().unwrap_or(&pairing.addresses);
        let found = pairs.iter().find_map(|pair| {
            let first = known.keys.into_iter().flatten();
            first
                .chain(candidates.clone())
                .find(|key| is_confirm(pairing, side, *key, pair))
                .map(|key| (key, *pair))
        });
        if let Some((key, pair)) = found {
            known.keys[side.index()] = Some(key);
            known.addresses = Some(pair);
        }
    }
    known
}

fn is_confirm(
    pairing: &Pairing<'_>,
    side: Side,
    key: u128,
    (ia, ra): &(DeviceAddress, DeviceAddress),
) -> bool {
    let (Some((_, request)), Some((_, response))) = (pairing.dialogue.request, pairing.dialogue.response)
    else {
        return false;
    };
    let (Some((_, confirm)), Some((_, random))) = (pairing.confirm(side), pairing.random(side)) else {
        return false;
    };
    c1(key, random, request.request_octets(), response.response_octets(), ia, ra) == confirm
}

fn confirm(pairing: &Pairing<'_>, model: Model, side: Side, known: &Known, findings: &mut Findings) {
    let (Some((at, _)), Some(_)) = (pairing.confirm(side), pairing.random(side)) else {
        if pairing.confirm(side).is_some() {
            let name = side.name();
            findings.hidden(format!(
                "the {name}'s random value is not in the capture: its confirm value cannot be checked"
            ));
        }
        return;
    };
    let name = side.name();
    match (known.keys[side.index()], model) {
        (Some(0), Model::JustWorks) => {
            findings.verified(
                at,
                format!("the {name}'s confirm value is c1 of its random value with TK 0 (Just Works)"),
            );
        }
        (Some(key), _) => {
            let text =
                format!("the {name}'s confirm value is c1 of its random value with the passkey {key:06}");
            findings.verified(at, text);
        }
        (None, _) if pairing.addresses.len() > 1 && known.addresses.is_none() => {
            findings.hidden(
                "the addresses of the link are not certain: confirm values that do not match prove nothing",
            );
        }
        (None, _) => {
            let what = if model == Model::JustWorks { "TK 0" } else { "any passkey" };
            let text = format!(
                "the {name}'s confirm value does not fit its random value with {what} (Vol 3 Part H 2.3.5.5)"
            );
            findings.violation(at, Some(Cause::WrongCheckValue), text);
        }
    }
}

/// The STK of a pairing that was heard, if its temporary key is found.
pub(crate) fn stk(dialogue: &Dialogue, addresses: &[Vec<Address>; 2]) -> Option<u128> {
    let pairing = Pairing::between(dialogue, addresses);
    let (_, initiator) = pairing.random(Side::Central)?;
    let (_, responder) = pairing.random(Side::Peripheral)?;
    if dialogue.secure_connections() != Some(false) {
        return None;
    }
    let key = match pairing.model()? {
        Model::JustWorks => 0,
        Model::OutOfBand => return None,
        model => temporary_keys(&pairing, model).keys.into_iter().flatten().next()?,
    };
    Some(pairing.masked(s1(key, responder, initiator)))
}

/// The key that both controllers must have been given: s1 of the two random values.
fn short_term_key(pairing: &Pairing<'_>, key: u128, findings: &mut Findings) {
    let (Some((_, initiator)), Some((_, responder))) =
        (pairing.random(Side::Central), pairing.random(Side::Peripheral))
    else {
        return;
    };
    let stk = pairing.masked(s1(key, responder, initiator));
    if let Some((at, _)) = pairing.dialogue.opened.filter(|(_, opened)| *opened == stk) {
        findings.verified(
            at,
            "what is encrypted on the air opens with the STK, s1 of both random values: its MIC is right",
        );
    }
    for side in Side::BOTH {
        let Some((at, given)) = pairing.dialogue.keys[side.index()] else { continue };
        let name = side.name();
        if given == stk {
            let text = format!(
                "the key that the {name}'s host gives its controller is the STK, s1 of both random values"
            );
            findings.verified(at, text);
            if let Some(encrypted) = pairing.dialogue.encrypted {
                findings.verified(encrypted, "the link is encrypted with the STK");
            }
        } else {
            let text = format!(
                "the {name}'s host gives its controller {}, and the STK is {} (Vol 3 Part H 2.3.5.5)",
                hex(given),
                hex(stk)
            );
            findings.violation(at, Some(Cause::KeysDiffer), text);
        }
    }
}
