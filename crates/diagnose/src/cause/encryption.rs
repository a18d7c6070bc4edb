//! Encryption that does not come about: a key that is missing, and links that are lost in the middle.

use super::{Case, Cause};
use crate::finding::Findings;
use crate::step::{Happening, Moment, Side};
use blesim_host::{Procedure, Shown};
use blesim_packet::hci::ErrorCode;
use blesim_packet::ll::LlControl;

/// How near an update has to be to meet the start of encryption: six connection events of 100 ms, and what a host
/// takes.
const NEAR_US: i64 = 1_500_000;
/// How long a device has to be silent while the other speaks to have stood still.
const STILL_US: i64 = 200_000;
/// After so long without a packet, bursts of loss are the less likely reason.
const GONE_US: i64 = 1_000_000;

/// The peer says that it has no key.
pub(super) fn key_missing(case: &Case<'_>, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    let key = case.connection.host(Side::Central).and_then(|view| {
        view.steps.iter().rev().find_map(|step| match step.what {
            Happening::EnableEncryption { ltk, .. } if step.at <= at => Some(ltk),
            _ => None,
        })
    });
    let private =
        case.connection.addresses(Side::Central).first().is_some_and(|address| address.is_resolvable());
    let before = key.and_then(|key| case.past.worked_before(key, at));
    let after = key.and_then(|key| case.past.worked_after(key, at));
    if let Some(after) = after {
        let text = format!(
            "the same key works in packet {}: the peripheral has it and did not find it here",
            after.packet
        );
        findings.verified(after, text);
    }
    if let Some(before) = before {
        findings.verified(before, format!("the same key worked in packet {}", before.packet));
    }
    if private {
        let text =
            "the central uses a private address: a peripheral that does not resolve it has no key for it";
        findings.infers(at, Cause::AddressNotResolved, text);
    }
    let lost = match before {
        Some(_) => "the peripheral has lost its bond since",
        None => "the peripheral has lost its bond",
    };
    if after.is_none() || !private {
        let back = if after.is_some() { " for a while" } else { "" };
        findings.infers(at, Cause::PeripheralLostBond, format!("{lost}{back}"));
    }
    findings.infers(
        at,
        Cause::Impostor,
        "nobody authenticates the answer that the key is missing: whoever uses the peripheral's address can give it",
    );
    if private {
        causes.push(Cause::AddressNotResolved);
    }
    causes.push(Cause::PeripheralLostBond);
    causes.push(Cause::Impostor);
}

/// The link was lost in the middle of encryption or of a pairing, or afterwards.
pub(super) fn lost(case: &Case<'_>, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    if let Some(stray) = stray(case) {
        let text = "data that is not encrypted is sent after LL_ENC_REQ, before encryption has started (Vol 6 Part B \
                    5.1.3.1)";
        findings.violation(stray, Some(Cause::StrayData), text);
        causes.push(Cause::StrayData);
    }
    if let Some(reset) = Side::BOTH.into_iter().find_map(|side| case.restarted(side).map(|at| (side, at))) {
        let text = format!("the {}'s host begins anew: it had lost its power", reset.0.name());
        findings.infers(reset.1, Cause::DeviceStoodStill, text);
        causes.push(Cause::DeviceStoodStill);
        return;
    }
    if case.failed.failure.shown == Shown::Hci(ErrorCode::LL_RESPONSE_TIMEOUT) {
        let text = "the peer's controller is there, and nobody hands it the key for 40 s (Vol 6 Part B 5.2)";
        findings.infers(at, Cause::HostSilent, text);
        causes.push(Cause::HostSilent);
        return;
    }
    let mic = mic_failure(case);
    let start = encryption_start(case);
    if let Some(start) = start
        && let Some(update) = case.update_near(start, NEAR_US)
        && (mic.is_some() || !causes.contains(&Cause::StrayData))
    {
        let text = "a connection update is asked for while encryption starts, which must not meet (Vol 6 Part B 5.1.3)";
        findings.infers(update, Cause::UpdateMeetsEncryption, text);
        causes.push(Cause::UpdateMeetsEncryption);
    }
    if let Some((mic, side)) = mic {
        let name = side.name();
        findings.verified(
            mic,
            format!("the {name}'s controller ended the link for a MIC that does not match (0x3D)"),
        );
        mic_causes(case, (mic, side), findings, causes);
    } else if computes(case) {
        let text = "the link is lost right after the public keys were exchanged, while P-256 is computed";
        findings.infers(at, Cause::ComputationStopsRadio, text);
        causes.push(Cause::ComputationStopsRadio);
    }
    silent_causes(case, mic.is_some(), findings, causes);
}

/// Data in the start of encryption, as the air shows it.
fn stray(case: &Case<'_>) -> Option<Moment> {
    let air = case.connection.air.as_ref()?;
    let found = air.steps.iter().find(|step| matches!(step.what, Happening::StrayData { .. }))?;
    Some(found.at)
}

/// A host that was told of a MIC failure.
fn mic_failure(case: &Case<'_>) -> Option<(Moment, Side)> {
    Side::BOTH.into_iter().find_map(|side| {
        let view = case.connection.host(side)?;
        let gone = view
            .steps
            .iter()
            .find(|step| matches!(step.what, Happening::Disconnected { reason: ErrorCode::MIC_FAILURE }))?;
        Some((gone.at, side))
    })
}

/// When encryption was to start for the last time.
fn encryption_start(case: &Case<'_>) -> Option<Moment> {
    let steps = case.connection.views().flat_map(|view| &view.steps);
    let starts = steps.filter(|step| {
        matches!(
            step.what,
            Happening::EnableEncryption { .. }
                | Happening::KeyRequest { .. }
                | Happening::Control { pdu: LlControl::LlEncReq { .. }, .. }
        )
    });
    starts.map(|step| step.at).max()
}

/// A MIC that does not match: another key, a packet that was not encrypted, or one that was changed.
fn mic_causes(
    case: &Case<'_>,
    (mic, side): (Moment, Side),
    findings: &mut Findings,
    causes: &mut Vec<Cause>,
) {
    let came_on = case.connection.views().flat_map(|view| &view.steps).any(|step| {
        step.at < mic
            && matches!(step.what, Happening::EncryptionChange { enabled: 1, status: ErrorCode::SUCCESS })
    });
    let keys = both_keys(case);
    if let Some((at, true)) = keys {
        findings.verified(at, "both hosts use the same key: it is not the key that is wrong");
    }
    // The central's is the first encrypted packet: with another key it is the peripheral that finds out.
    let first = side == Side::Peripheral && !came_on;
    let fresh = case.dialogue.is_some_and(|dialogue| dialogue.checks.iter().all(Option::is_some));
    if keys.is_none() && first && !fresh && !causes.contains(&Cause::UpdateMeetsEncryption) {
        findings.infers(
            mic,
            Cause::KeysDiffer,
            "the first encrypted packet does not open: the keys may differ",
        );
        push(causes, Cause::KeysDiffer);
    }
    if !came_on && side == Side::Central && !causes.contains(&Cause::UpdateMeetsEncryption) {
        let text = "the peripheral may have sent a PDU that it did not encrypt: a request for parameters that the \
                    controllers deal with by themselves";
        findings.infers(mic, Cause::UpdateMeetsEncryption, text);
        push(causes, Cause::UpdateMeetsEncryption);
    }
    if !came_on && !causes.contains(&Cause::StrayData) {
        let text = "a packet that was not encrypted may have slipped into the start of encryption";
        findings.infers(mic, Cause::StrayData, text);
        push(causes, Cause::StrayData);
    }
    findings.infers(mic, Cause::CorruptedPacket, "a packet may have arrived changed");
    push(causes, Cause::CorruptedPacket);
    if came_on && !causes.contains(&Cause::UpdateMeetsEncryption) {
        causes.retain(|cause| *cause != Cause::CorruptedPacket);
        causes.insert(0, Cause::CorruptedPacket);
    }
}

/// The keys that both hosts gave, and whether they are the same.
fn both_keys(case: &Case<'_>) -> Option<(Moment, bool)> {
    let ours = case.connection.central.as_ref()?.steps.iter().rev().find_map(|step| match step.what {
        Happening::EnableEncryption { ltk, .. } => Some(ltk),
        _ => None,
    })?;
    case.connection.peripheral.as_ref()?.steps.iter().rev().find_map(|step| match step.what {
        Happening::KeyReply { ltk } => Some((step.at, ltk == ours)),
        _ => None,
    })
}

/// Whether the last that was said are the public keys.
fn computes(case: &Case<'_>) -> bool {
    let Some(dialogue) = case.dialogue else { return false };
    let both = dialogue.public_keys.iter().all(Option::is_some);
    dialogue.public_keys[0].is_some() && dialogue.randoms.is_empty() && (both || dialogue.confirms.is_empty())
}

/// Nothing but silence: which side fell silent, if the air tells.
fn silent_causes(case: &Case<'_>, mic: bool, findings: &mut Findings, causes: &mut Vec<Cause>) {
    if mic {
        return;
    }
    let at = case.failed.at;
    match fell_silent(case) {
        Some((Side::Central, since, _)) => {
            findings.infers(
                since,
                Cause::DeviceStoodStill,
                "the central does not send in its own connection events",
            );
            push(causes, Cause::DeviceStoodStill);
        }
        Some((Side::Peripheral, since, silent_us)) => {
            peripheral_silent(case, (since, silent_us), findings, causes);
        }
        None => {
            findings.infers(
                at,
                Cause::LinkLost,
                "packets may have been lost for as long as the supervision timeout",
            );
            push(causes, Cause::LinkLost);
            findings.infers(
                at,
                Cause::DeviceStoodStill,
                "the other device may have stood still for that long",
            );
            push(causes, Cause::DeviceStoodStill);
        }
    }
    let peripheral_seen = case.connection.peripheral.is_some();
    // A link on which the peripheral never said that it has the key has no MIC yet.
    let started = case.connection.air.is_none() || first_encrypted(case).is_some();
    if started && !peripheral_seen && case.failed.failure.procedure == Procedure::Encryption {
        let text =
            "the other side may have found a MIC wrong in silence: then the keys differ, or data slipped in";
        findings.infers(at, Cause::KeysDiffer, text);
        push(causes, Cause::KeysDiffer);
        push(causes, Cause::StrayData);
        findings.hidden("what the other side's controller found is not in a capture of this host");
    }
}

/// The side that falls silent while the other one speaks on, from when, and for how long; as the air shows it.
fn fell_silent(case: &Case<'_>) -> Option<(Side, Moment, i64)> {
    let air = case.connection.air.as_ref()?;
    let [central, peripheral] = air.heard;
    let (ours, theirs) = (central.last?, peripheral.last?);
    let (side, since) = if ours > theirs { (Side::Peripheral, theirs) } else { (Side::Central, ours) };
    let silent = ours.max(theirs).since(since);
    let interval = air.parameters.map_or(0, |parameters| i64::from(parameters.interval) * 1_250);
    (silent > STILL_US.max(3 * interval)).then_some((side, since, silent))
}

/// A peripheral is silent when it stands still, when it hears nothing, and when it has ended the link by itself.
fn peripheral_silent(
    case: &Case<'_>,
    (since, silent_us): (Moment, i64),
    findings: &mut Findings,
    causes: &mut Vec<Cause>,
) {
    let text = format!(
        "the peripheral sends nothing more from here on, for {} ms in which the central speaks",
        silent_us / 1_000
    );
    findings.verified(since, text);
    let told = case.connection.host(Side::Peripheral).is_some_and(|view| {
        view.steps.iter().any(|step| matches!(step.what, Happening::Disconnected { .. }))
    });
    let at_start = first_encrypted(case).is_some_and(|first| first.since(since).abs() < STILL_US);
    if at_start && !told && case.failed.failure.procedure == Procedure::Encryption {
        let text =
            "it falls silent at the first encrypted packet, as a controller does that finds a MIC wrong";
        findings.infers(since, Cause::KeysDiffer, text);
        push(causes, Cause::KeysDiffer);
    }
    // Bursts leave gaps; who hears nothing at all for long is not there.
    let order = if silent_us > GONE_US {
        [Cause::DeviceStoodStill, Cause::LinkLost]
    } else {
        [Cause::LinkLost, Cause::DeviceStoodStill]
    };
    for cause in order {
        let text = match cause {
            Cause::LinkLost => "it may not hear the central: a peripheral answers only what it hears",
            _ => "it may stand still: its radio, its processor or its power",
        };
        findings.infers(since, cause, text);
        push(causes, cause);
    }
}

fn push(causes: &mut Vec<Cause>, cause: Cause) {
    if !causes.contains(&cause) {
        causes.push(cause);
    }
}

/// When the air has its first packet of the start of encryption that should be encrypted: after LL_START_ENC_REQ.
fn first_encrypted(case: &Case<'_>) -> Option<Moment> {
    let air = case.connection.air.as_ref()?;
    let start = air
        .steps
        .iter()
        .rev()
        .find(|step| matches!(step.what, Happening::Control { pdu: LlControl::LlStartEncReq, .. }))?;
    Some(start.at)
}
