//! What a scenario needs so that the same fails: a fault, a quirk, a history, a setting.

use super::device::words;
use super::{Recipe, name, time};
use crate::cause::Cause;
use crate::dialogue::Dialogue;
use crate::step::Side;
use blesim_host::{Procedure, Shown};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::{KeyDistribution, Reason, SmpPdu};

const SECURE_CONNECTIONS: &str = "true";

/// Puts in what makes the failure; `None` if nothing does.
pub(super) fn inject(recipe: &mut Recipe<'_>, dialogue: Option<&Dialogue>) -> Option<()> {
    let failure = recipe.failed.failure;
    match (failure.procedure, failure.shown) {
        (_, Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED)) => {
            let deaf = 8 * recipe.told.parameters.map_or(30_000, |own| i64::from(own.interval) * 1_250);
            recipe.fault(&format!("RadioStops({})", time(deaf)), Side::Peripheral, "Entering(\"connected\")");
        }
        (_, Shown::ConnectTimeout) => {
            let waited = recipe.told.span.1.since(recipe.told.span.0).clamp(100_000, 600_000_000);
            recipe.device(Side::Central).set("connect_timeout", time(waited));
            recipe.fault(&format!("PowerCut({})", time(waited + 5_000_000)), Side::Peripheral, "At(s(0))");
        }
        (_, Shown::PairingFailed(reason)) => pairing_failed(recipe, reason, dialogue)?,
        (_, Shown::SmpTimeout) => silence(recipe, dialogue),
        (Procedure::Encryption, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)) => key_missing(recipe),
        (
            _,
            Shown::Hci(
                ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST | ErrorCode::REMOTE_USER_TERMINATED_CONNECTION,
            ),
        ) => ended(recipe, dialogue),
        (_, Shown::Hci(ErrorCode::LL_RESPONSE_TIMEOUT)) => {
            bonded(recipe);
            recipe.fault("HostSilent(s(45))", Side::Peripheral, "Entering(\"connected\")");
            recipe.field("limits", "(session: s(240))");
        }
        (procedure, Shown::Hci(code)) if procedure != Procedure::Connection => {
            lost(recipe, procedure, code, dialogue)?;
        }
        (_, Shown::Hci(_)) => return None,
    }
    Some(())
}

/// Both keep a bond.
fn bonded(recipe: &mut Recipe<'_>) {
    for side in Side::BOTH {
        recipe.device(side).give_nothing();
        recipe.device(side).unset("bonding");
    }
    recipe.field("history", format!("Bonded(secure_connections: {SECURE_CONNECTIONS})"));
}

fn half_bonded(recipe: &mut Recipe<'_>, lost_by: Side) {
    for side in Side::BOTH {
        recipe.device(side).give_nothing();
        recipe.device(side).unset("bonding");
    }
    let who = name(lost_by);
    recipe.field(
        "history",
        format!("HalfBonded(secure_connections: {SECURE_CONNECTIONS}, lost_by: \"{who}\")"),
    );
}

fn key_missing(recipe: &mut Recipe<'_>) {
    match recipe.cause() {
        Some(Cause::AddressNotResolved) => {
            bonded(recipe);
            recipe.device(Side::Central).set("privacy", "(local: Resolvable)");
            recipe.device(Side::Peripheral).set("privacy", "(resolves: percent(0))");
        }
        Some(Cause::Impostor) => {
            bonded(recipe);
            recipe.device(Side::Peripheral).set("advertising_interval", "s(1)");
            recipe.field(
                "attackers",
                "{\"mallory\": (kind: Impostor(of: \"peripheral\"), tries: 3, advertising_interval: ms(20))}",
            );
        }
        _ => half_bonded(recipe, Side::Peripheral),
    }
}

/// A link that is lost in the middle of something.
fn lost(
    recipe: &mut Recipe<'_>,
    procedure: Procedure,
    code: ErrorCode,
    dialogue: Option<&Dialogue>,
) -> Option<()> {
    if code == ErrorCode::AUTHENTICATION_FAILURE {
        recipe.device(recipe.who()).set("security_level", "4");
        return Some(());
    }
    let mic = code == ErrorCode::MIC_FAILURE;
    let encryption = procedure == Procedure::Encryption;
    match recipe.cause() {
        Some(Cause::KeysDiffer) if encryption => {
            for side in Side::BOTH {
                recipe.device(side).give_nothing();
            }
            recipe.field("history", format!("MismatchedKeys(secure_connections: {SECURE_CONNECTIONS})"));
            return Some(());
        }
        Some(Cause::ComputationStopsRadio) if !mic => {
            let computes = time(recipe.timeout_us() * 3 / 2);
            let side = recipe.who().other();
            recipe.device(side).set("dh_key_time", computes);
            recipe.device(side).set("processor", "(stops_radio: true)");
            return Some(());
        }
        _ => {}
    }
    if encryption {
        bonded(recipe);
    }
    if mic {
        // The side that finds the MIC wrong shows 0x3D: the other one slips.
        recipe
            .remarks
            .push("data that slip into the start of encryption stand for whatever made the MIC wrong".into());
        recipe.fault("StrayData", recipe.who().other(), "Entering(\"encryption start\")");
        return Some(());
    }
    if code != ErrorCode::CONNECTION_TIMEOUT {
        return None;
    }
    if recipe.cause() == Some(Cause::StrayData) {
        recipe.fault("StrayData", recipe.who(), "Entering(\"encryption start\")");
        return Some(());
    }
    if recipe.cause() != Some(Cause::DeviceStoodStill) {
        recipe.remarks.push("a radio that stops stands for whatever kept the two apart".into());
    }
    let still = time(recipe.timeout_us() * 2);
    let step = if encryption { "encryption start" } else { last_step(dialogue) };
    let side = recipe.who().other();
    recipe.fault(&format!("RadioStops({still})"), side, &format!("Entering(\"{step}\")"));
    Some(())
}

/// The step that a pairing had reached.
fn last_step(dialogue: Option<&Dialogue>) -> &'static str {
    let Some(dialogue) = dialogue else { return "pairing features" };
    if dialogue.encrypted.is_some() {
        "encrypted"
    } else if dialogue.keys.iter().any(Option::is_some) {
        "encryption start"
    } else if !dialogue.randoms.is_empty() {
        "random"
    } else if !dialogue.confirms.is_empty() {
        "confirm"
    } else if dialogue.public_keys.iter().any(Option::is_some) {
        "public key"
    } else {
        "pairing features"
    }
}

/// 30 s without a PDU.
fn silence(recipe: &mut Recipe<'_>, dialogue: Option<&Dialogue>) {
    match recipe.cause() {
        Some(Cause::PairingIgnored) => recipe.device(Side::Peripheral).quirk("IgnoresPairingRequest"),
        Some(Cause::UserAway) => {
            for side in Side::BOTH {
                recipe.device(side).habit("walks_away", "percent(100)");
            }
        }
        _ => {
            let side = recipe.who().other();
            // A step is entered with its PDU: the host falls silent after the last one that it sent.
            let last = dialogue.and_then(|dialogue| dialogue.last_code[side.index()]).and_then(step_of);
            let encrypted = dialogue.is_some_and(|dialogue| dialogue.encrypted.is_some());
            let step = if encrypted { "encrypted" } else { last.unwrap_or("connected") };
            recipe.fault("HostSilent(s(45))", side, &format!("Entering(\"{step}\")"));
        }
    }
    recipe.field("limits", "(session: s(120))");
}

/// A host that ends the link in the middle.
fn ended(recipe: &mut Recipe<'_>, dialogue: Option<&Dialogue>) {
    if recipe.cause() == Some(Cause::PingsUnanswered) {
        bonded(recipe);
        recipe.device(Side::Central).set("link_layer", "(starts: [Features])");
        recipe.device(Side::Central).quirk("EndsUnauthenticated");
        recipe.device(Side::Peripheral).set("link_layer", "(ignores_pings: true)");
        recipe.field("limits", "(stay: s(70))");
        return;
    }
    let begun = recipe.told.story.first().map_or(recipe.told.span.0, |line| line.at);
    let after = recipe.failed.at.since(begun).max(1_000);
    let ends = match recipe.failed.failure.shown {
        Shown::Hci(ErrorCode::REMOTE_USER_TERMINATED_CONNECTION) => recipe.who().other(),
        _ => recipe.who(),
    };
    if recipe.failed.failure.procedure == Procedure::Encryption {
        bonded(recipe);
    }
    // Whoever was to act takes longer than that.
    for side in Side::BOTH {
        let longer = format!("(least: {}, mean_more: ms(1))", time(after * 2));
        recipe.device(side).habit("reads", longer);
    }
    if dialogue.is_none_or(|dialogue| !crate::cause::waits_for_person(dialogue)) {
        let side = dialogue.and_then(Dialogue::last_pdu).map_or(Side::Peripheral, |(_, side)| side.other());
        recipe.device(side).set("host_delay", "s(1)");
    }
    recipe.fault("AppGivesUp", ends, &format!("AfterEach(\"connected\", {})", time(after)));
}

/// A side that says why.
fn pairing_failed(recipe: &mut Recipe<'_>, reason: Reason, dialogue: Option<&Dialogue>) -> Option<()> {
    let by = recipe.failed.found_by.unwrap_or(Side::Peripheral);
    let other = by.other();
    if reason != Reason::UNSPECIFIED_REASON && reason != Reason::KEY_REJECTED {
        // What follows the failure would differ.
        for side in Side::BOTH {
            recipe.device(side).give_nothing();
        }
    }
    match reason {
        Reason::PASSKEY_ENTRY_FAILED => recipe.device(by).habit("cancels", "percent(100)"),
        Reason::OOB_NOT_AVAILABLE => {
            recipe.device(by).set("oob", "true");
            recipe.fault("PowerCut(ms(500))", by, "At(ms(101))");
        }
        Reason::AUTHENTICATION_REQUIREMENTS => recipe.device(by).set("security_level", level(dialogue)),
        Reason::CONFIRM_VALUE_FAILED if recipe.cause() == Some(Cause::WrongPasskey) => {
            for side in Side::BOTH {
                recipe.device(side).habit("mistypes", "percent(100)");
            }
        }
        Reason::CONFIRM_VALUE_FAILED => recipe.device(other).quirk("Sends(\"confirm\", Wrong)"),
        Reason::DHKEY_CHECK_FAILED => recipe.device(other).quirk("Sends(\"DHKey check\", Wrong)"),
        Reason::PAIRING_NOT_SUPPORTED => not_supported(recipe, by),
        Reason::ENCRYPTION_KEY_SIZE => {
            recipe.device(by).set("min_key_size", "16");
            let features =
                dialogue.and_then(
                    |dialogue| if other == Side::Central { dialogue.request } else { dialogue.response },
                );
            let size = features.map_or(7, |(_, features)| features.max_key_size).clamp(7, 15);
            recipe.device(other).set("max_key_size", size.to_string());
        }
        Reason::COMMAND_NOT_SUPPORTED => {
            recipe.device(Side::Peripheral).set("requests_security_after", "ms(0)");
            recipe.device(Side::Peripheral).quirk("PairsAsPeripheral");
        }
        Reason::UNSPECIFIED_REASON => unspecified(recipe, by, dialogue),
        Reason::REPEATED_ATTEMPTS => {
            recipe.device(by).set("repeated_attempts", "(first: s(8), cap: s(64), reward: s(10))");
            recipe.device(Side::Central).set("comes_after", "s(3)");
            let attacker =
                "{\"earlier\": (kind: Impostor(of: \"central\"), tries: 3, spoils: true, pause: ms(500))}";
            recipe.field("attackers", attacker);
            recipe
                .remarks
                .push("an impostor stands for the pairings of this central that failed before".into());
        }
        _ => return refused(recipe, reason, by, dialogue),
    }
    Some(())
}

/// The other reasons: formats, people, the other transport, keys.
fn refused(recipe: &mut Recipe<'_>, reason: Reason, by: Side, dialogue: Option<&Dialogue>) -> Option<()> {
    let other = by.other();
    match reason {
        Reason::INVALID_PARAMETERS => {
            let step = dialogue
                .and_then(|dialogue| dialogue.malformed.first())
                .and_then(|(_, (_, code, _))| step_of(*code));
            recipe.device(other).quirk(format!("Sends(\"{}\", Short)", step.unwrap_or("random")));
        }
        Reason::NUMERIC_COMPARISON_FAILED => recipe.device(by).habit("misjudges", "percent(100)"),
        Reason::BR_EDR_PAIRING_IN_PROGRESS => recipe.device(by).set("br_edr", "Pairing"),
        Reason::CROSS_TRANSPORT_NOT_ALLOWED => {
            recipe.device(by).set("br_edr", "GuardsItsKeys");
            for side in Side::BOTH {
                recipe.device(side).set("initiator_keys", "[IdKey, LinkKey]");
                recipe.device(side).set("responder_keys", "[IdKey, LinkKey]");
            }
        }
        Reason::KEY_REJECTED => {
            recipe.device(other).give_nothing();
            recipe.device(other).quirk("ConstantKeys(\"00000000000000000000000000000000\")");
        }
        _ => return None,
    }
    Some(())
}

/// A level that the pairing does not give.
fn level(dialogue: Option<&Dialogue>) -> &'static str {
    let features = dialogue.and_then(|dialogue| dialogue.request.zip(dialogue.response));
    let model =
        features.map(|((_, request), (_, response))| blesim_host::smp::terms::model(&request, &response));
    if model.is_some_and(blesim_host::smp::terms::Model::authenticated) { "4" } else { "3" }
}

fn not_supported(recipe: &mut Recipe<'_>, by: Side) {
    let bonds = recipe.failed.failure.procedure == Procedure::Bonding;
    if bonds && recipe.cause() == Some(Cause::CentralLostBond) && by == Side::Peripheral {
        recipe.device(Side::Peripheral).set("policy", "\"nordic-pm-default\"");
        half_bonded(recipe, Side::Central);
    } else {
        recipe.device(by).set("pairable", "false");
        if by == Side::Central {
            recipe.device(Side::Peripheral).set("requests_security_after", "ms(0)");
        }
    }
}

fn unspecified(recipe: &mut Recipe<'_>, by: Side, dialogue: Option<&Dialogue>) {
    match recipe.cause() {
        Some(Cause::KeysNotNegotiated) => {
            let sent = dialogue.map_or(KeyDistribution::NONE, |dialogue| extra(dialogue, by.other()));
            let sent = if sent == KeyDistribution::NONE { KeyDistribution::ENC_KEY } else { sent };
            recipe.device(by.other()).quirk(format!("DistributesUnnegotiated({})", words(sent)));
            recipe.device(by).quirk("RefusesUnnegotiated");
        }
        Some(Cause::NoRoom) => {
            recipe.device(by).set("bonds", "(capacity: 8, others: 8, when_full: FailPairing)");
        }
        _ => {
            for side in Side::BOTH {
                recipe.device(side).give_nothing();
            }
            recipe.device(by.other()).quirk("Sends(\"confirm\", Twice)");
            if recipe.cause() != Some(Cause::OutOfOrder) {
                recipe
                    .remarks
                    .push("a PDU that comes twice stands for a reason that the capture does not show".into());
            }
        }
    }
}

/// The keys that a side sent and was not to send.
fn extra(dialogue: &Dialogue, side: Side) -> KeyDistribution {
    let granted = dialogue.granted(side).unwrap_or(KeyDistribution::NONE);
    let sent = dialogue.distributed.iter().filter(|(_, (from, _))| *from == side);
    let sent = sent.fold(KeyDistribution::NONE, |all, (_, (_, key))| all.with(key.bit()));
    sent.without(granted)
}

/// The step in which a PDU of this code is sent.
fn step_of(code: u8) -> Option<&'static str> {
    match SmpPdu::name_of(code)? {
        "Pairing Request" | "Pairing Response" => Some("pairing features"),
        "Pairing Public Key" => Some("public key"),
        "Pairing Confirm" => Some("confirm"),
        "Pairing Random" => Some("random"),
        "Pairing DHKey Check" => Some("DHKey check"),
        _ => Some("key distribution"),
    }
}
