//! Pairings that fail by word, and those that fall silent.

use super::{Case, Cause};
use crate::dialogue::Dialogue;
use crate::finding::Findings;
use crate::step::{Moment, Side};
use blesim_host::smp::terms::{Model, model};
use blesim_packet::smp::{PairingFeatures, Reason, SmpPdu};

/// The side that sent Pairing Failed says why.
pub(super) fn failed(case: &Case<'_>, reason: Reason, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    let by = case.failed.found_by.unwrap_or(Side::Peripheral);
    let mut infer = |cause: Cause, text: String| {
        findings.infers(at, cause, text);
        causes.push(cause);
    };
    match reason {
        Reason::PASSKEY_ENTRY_FAILED => {
            infer(
                Cause::UserCancelled,
                format!("the person at the {} cancelled or gave no passkey", by.name()),
            );
        }
        Reason::OOB_NOT_AVAILABLE => {
            infer(
                Cause::OobDataMissing,
                format!("the {} has no out-of-band data of the other side", by.name()),
            );
        }
        Reason::AUTHENTICATION_REQUIREMENTS => requirements(case, by, findings, causes),
        Reason::CONFIRM_VALUE_FAILED | Reason::DHKEY_CHECK_FAILED => {
            wrong_value(case, by, reason, findings, causes);
        }
        Reason::PAIRING_NOT_SUPPORTED => not_supported(case, by, findings, causes),
        Reason::ENCRYPTION_KEY_SIZE => key_size(case, by, findings, causes),
        Reason::COMMAND_NOT_SUPPORTED => command(case, by, findings, causes),
        Reason::UNSPECIFIED_REASON => unspecified(case, by, findings, causes),
        Reason::REPEATED_ATTEMPTS => {
            let before = match case.before {
                0 => "the failures before are not in this capture".to_owned(),
                times => format!("{times} failures of these two are in this capture before"),
            };
            infer(
                Cause::TooManyAttempts,
                format!("the {} makes its peer wait after failures; {before}", by.name()),
            );
        }
        Reason::INVALID_PARAMETERS => malformed(case, by, findings, causes),
        Reason::NUMERIC_COMPARISON_FAILED => {
            infer(
                Cause::NumbersRefused,
                format!("the person at the {} said that the numbers differ", by.name()),
            );
            infer(Cause::Impostor, "that is also what somebody in the middle looks like".to_owned());
        }
        Reason::BR_EDR_PAIRING_IN_PROGRESS => {
            infer(Cause::OtherTransport, format!("the {} is being paired over BR/EDR, it says", by.name()));
        }
        Reason::CROSS_TRANSPORT_NOT_ALLOWED => {
            infer(
                Cause::LinkKeyGuarded,
                format!("the {} lets no link key be made from this pairing", by.name()),
            );
        }
        Reason::KEY_REJECTED => {
            infer(Cause::KeyRefused, format!("the {} does not accept a key that was distributed", by.name()));
        }
        other => findings.suggests(at, format!("the {} ended the pairing: {other}", by.name())),
    }
}

/// Twice the same PDU, or a check before its time.
fn out_of_order(dialogue: &Dialogue) -> Option<(Moment, Side)> {
    let model = dialogue
        .request
        .zip(dialogue.response)
        .map(|((_, request), (_, response))| model(&request, &response));
    let one = matches!(model, Some(Model::JustWorks | Model::NumericComparison | Model::OutOfBand))
        || dialogue.secure_connections() == Some(false);
    Side::BOTH.into_iter().find_map(|side| {
        let confirms: Vec<_> = dialogue.confirms.iter().filter(|(_, (from, _))| *from == side).collect();
        let twice = confirms.windows(2).find(|pair| one || pair[0].1 == pair[1].1);
        twice.map(|pair| (pair[1].0, side))
    })
}

fn requirements(case: &Case<'_>, by: Side, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let offer = |features: &PairingFeatures| {
        let mitm = if features.auth.mitm() { "asks for" } else { "does not ask for" };
        let sc = if features.auth.sc() { "has" } else { "has no" };
        format!("{}, {mitm} protection against somebody in the middle, {sc} Secure Connections", features.io)
    };
    let request = case.dialogue.and_then(|dialogue| dialogue.request);
    let response = case.dialogue.and_then(|dialogue| dialogue.response);
    let whose = if by == Side::Peripheral {
        request.map(|f| ("central", f))
    } else {
        response.map(|f| ("peripheral", f))
    };
    let text = match whose {
        Some((name, (_, features))) => format!(
            "the {} wants more than the features of both give; the {name} says: {}",
            by.name(),
            offer(&features)
        ),
        None => format!("the {} wants more than the features of both give", by.name()),
    };
    findings.infers(case.failed.at, Cause::RequirementsConflict, text);
    causes.push(Cause::RequirementsConflict);
}

fn wrong_value(case: &Case<'_>, by: Side, reason: Reason, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    let passkey = case.dialogue.is_some_and(|dialogue| {
        let features = dialogue.request.zip(dialogue.response);
        features.is_some_and(|((_, request), (_, response))| {
            !matches!(
                model(&request, &response),
                Model::JustWorks | Model::NumericComparison | Model::OutOfBand
            )
        })
    });
    let proved = |cause: Cause| case.proved.contains(&cause);
    if proved(Cause::CorruptedPacket) {
        return;
    }
    if proved(Cause::WrongPasskey) {
        return impostor(case, findings, causes);
    }
    let of = by.other().name();
    if passkey && reason == Reason::CONFIRM_VALUE_FAILED {
        let text = format!(
            "the {of}'s confirm value does not fit the passkey at the {}: the passkeys differ",
            by.name()
        );
        findings.infers(at, Cause::WrongPasskey, text);
        causes.push(Cause::WrongPasskey);
        return impostor(case, findings, causes);
    }
    let what = if reason == Reason::DHKEY_CHECK_FAILED { "DHKey check" } else { "confirm value" };
    let text = format!("the {of}'s {what} is not what the {} computes", by.name());
    findings.infers(at, Cause::WrongCheckValue, text);
    causes.push(Cause::WrongCheckValue);
    if case.connection.central.is_none() || case.connection.peripheral.is_none() {
        let text =
            "a PDU of this pairing may have arrived changed; with the other host's capture it would show";
        findings.infers(at, Cause::CorruptedPacket, text);
        causes.push(Cause::CorruptedPacket);
    }
    impostor(case, findings, causes);
}

/// What a wrong value can always be.
fn impostor(case: &Case<'_>, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let text = "whoever does not know the secret, or wants the pairing to fail, sends such a value as well";
    findings.infers(case.failed.at, Cause::Impostor, text);
    causes.push(Cause::Impostor);
}

fn not_supported(case: &Case<'_>, by: Side, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    if by == Side::Central {
        findings.infers(
            at,
            Cause::NotPairable,
            "the central does not pair, though the peripheral asked for it",
        );
        causes.push(Cause::NotPairable);
        return;
    }
    let text = "the peripheral still has a bond with this central, and answers no pairing of a bonded peer; with nRF \
                Peer Manager that is allow_repairing";
    findings.infers(at, Cause::CentralLostBond, text);
    findings.infers(at, Cause::NotPairable, "or it is not in a mode in which it pairs");
    // Whoever asks for no bond most likely has had none.
    if case.dialogue.and_then(Dialogue::bonds) == Some(false) {
        causes.extend([Cause::NotPairable, Cause::CentralLostBond]);
    } else {
        causes.extend([Cause::CentralLostBond, Cause::NotPairable]);
    }
    findings.hidden("which bonds the peripheral keeps is not visible in this capture");
}

fn key_size(case: &Case<'_>, by: Side, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let features = case.dialogue.map(|dialogue| (dialogue.request, dialogue.response));
    let sizes = features.map_or((None, None), |(request, response)| {
        (request.map(|(at, f)| (at, f.max_key_size)), response.map(|(at, f)| (at, f.max_key_size)))
    });
    let shown = if by == Side::Peripheral { sizes.0 } else { sizes.1 };
    match shown {
        Some((at, size)) => {
            let text = format!(
                "the {} offers keys of at most {size} octets, and the {} wants longer ones (Vol 3 Part H 2.3.4)",
                by.other().name(),
                by.name()
            );
            findings.proves(at, Cause::KeyTooShort, text);
        }
        None => findings.infers(case.failed.at, Cause::KeyTooShort, Cause::KeyTooShort.words()),
    }
    causes.push(Cause::KeyTooShort);
}

fn command(case: &Case<'_>, by: Side, findings: &mut Findings, causes: &mut Vec<Cause>) {
    if let Some(at) = case.dialogue.and_then(|dialogue| dialogue.wrong_role) {
        let text = "the peripheral sends a Pairing Request: only the central may, the other asks by Security Request \
                    (Vol 3 Part H 2.4.6)";
        findings.violation(at, Some(Cause::WrongRole), text);
        causes.push(Cause::WrongRole);
    } else {
        findings.suggests(case.failed.at, format!("the {} does not know a PDU that it got", by.name()));
    }
}

fn unspecified(case: &Case<'_>, by: Side, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    if case.proved.contains(&Cause::KeysNotNegotiated) {
        let text = format!(
            "the {} most likely answers the keys that were not negotiated; it does not say so",
            by.name()
        );
        findings.infers(at, Cause::KeysNotNegotiated, text);
        causes.push(Cause::KeysNotNegotiated);
        return;
    }
    let Some(dialogue) = case.dialogue else { return };
    if let Some((twice, side)) = out_of_order(dialogue) {
        let text = format!("the {} sends its Pairing Confirm twice (Vol 3 Part H 2.3.5)", side.name());
        findings.violation(twice, Some(Cause::OutOfOrder), text);
        causes.push(Cause::OutOfOrder);
    } else if dialogue.encrypted.is_some() && dialogue.distributed.is_empty() {
        let text = format!(
            "the {} refuses once the link is encrypted, before any key: as a stack does whose bond table is full",
            by.name()
        );
        findings.infers(at, Cause::NoRoom, text);
        causes.push(Cause::NoRoom);
    } else {
        findings.hidden(format!("why the {} ended the pairing is not visible in this capture", by.name()));
    }
}

fn malformed(case: &Case<'_>, by: Side, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let wrong = case
        .dialogue
        .and_then(|dialogue| dialogue.malformed.iter().find(|(_, (from, ..))| *from == by.other()));
    if let Some((at, (from, code, error))) = wrong {
        let name = SmpPdu::name_of(*code).unwrap_or("PDU");
        let text = format!("the {}'s {name} breaks its format: {error} (Vol 3 Part H 3.5)", from.name());
        findings.violation(*at, Some(Cause::Malformed), text);
        causes.push(Cause::Malformed);
    } else {
        findings.infers(
            case.failed.at,
            Cause::Malformed,
            format!("the {} got a PDU that it calls invalid", by.name()),
        );
        causes.push(Cause::Malformed);
    }
}

/// Whether a person has to act before the next PDU.
pub(crate) fn waits_for_person(dialogue: &Dialogue) -> bool {
    let Some(((_, request), (_, response))) = dialogue.request.zip(dialogue.response) else { return false };
    match model(&request, &response) {
        Model::NumericComparison => {
            dialogue.checks.iter().any(Option::is_none) && !dialogue.randoms.is_empty()
        }
        Model::PasskeyInitiatorDisplays | Model::PasskeyResponderDisplays | Model::PasskeyBothInput => {
            dialogue.confirms.len() < 2
        }
        // A stack may ask before Just Works as well: that is not on the wire.
        Model::JustWorks | Model::OutOfBand => false,
    }
}

/// 30 s without a PDU (Vol 3 Part H 3.4).
pub(super) fn timeout(case: &Case<'_>, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let Some(dialogue) = case.dialogue else { return };
    let Some((last, from)) = dialogue.last_pdu() else { return };
    let awaited = awaited(dialogue, from);
    findings.verified(
        last,
        "no PDU of the Security Manager comes in the 30 s after this one (Vol 3 Part H 3.4)".to_string(),
    );
    if let Some((at, _)) = dialogue.security_request
        && dialogue.request.is_some_and(|(request, _)| (request.us - at.us).abs() < 500_000)
    {
        findings.suggests(at, "the peripheral's Security Request and the central's Pairing Request cross");
    }
    if dialogue.response.is_none() {
        let text = "the peripheral does not answer the Pairing Request at all";
        findings.infers(last, Cause::PairingIgnored, text);
        findings.infers(last, Cause::HostSilent, "its host may be busy with something else");
        causes.extend([Cause::PairingIgnored, Cause::HostSilent]);
    } else if waits_for_person(dialogue) {
        findings.infers(last, Cause::UserAway, "a person was to read, compare or type, and did not");
        causes.push(Cause::UserAway);
    } else {
        let text =
            format!("it is the {}'s turn: its host does not go on, or never got the PDU", awaited.name());
        findings.infers(last, Cause::HostSilent, text);
        causes.push(Cause::HostSilent);
        let asks = dialogue.pdus <= 2;
        if asks {
            findings.infers(last, Cause::UserAway, "its stack may be asking a person whether to pair");
            causes.push(Cause::UserAway);
        }
    }
}

/// Whose turn it is.
fn awaited(dialogue: &Dialogue, last: Side) -> Side {
    if dialogue.encrypted.is_some() {
        // The responder's keys come first (Vol 3 Part H 3.6.1).
        return if dialogue.missing(Side::Peripheral).is_empty() { Side::Central } else { Side::Peripheral };
    }
    last.other()
}
