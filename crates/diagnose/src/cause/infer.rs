//! From a failure and what is seen around it to what may stand behind it, the likeliest first.
//!
//! Invariant: what is proved is not inferred again, and what the capture cannot show is said to be hidden.

use super::{Cause, encryption, pairing};
use crate::connection::Connection;
use crate::dialogue::Dialogue;
use crate::failures::Failed;
use crate::finding::Findings;
use crate::step::{Happening, Moment, Side};
use crate::verify::Past;
use blesim_host::{Procedure, Shown};
use blesim_packet::hci::ErrorCode;
use blesim_packet::smp::Reason;

/// One failure with what is seen around it.
pub(crate) struct Case<'a> {
    pub(crate) connection: &'a Connection,
    /// The pairing it belongs to.
    pub(crate) dialogue: Option<&'a Dialogue>,
    pub(crate) failed: Failed,
    pub(crate) past: &'a Past,
    /// Failures of the same two devices before.
    pub(crate) before: usize,
    /// Another host of the capture uses an address of this connection.
    pub(crate) twins: bool,
    /// What has been proved of this connection.
    pub(crate) proved: &'a [Cause],
}

/// Finds what may stand behind a failure; the likeliest first.
pub(crate) fn infer(case: &Case<'_>, findings: &mut Findings) -> Vec<Cause> {
    let mut causes = Vec::new();
    let at = case.failed.at;
    if case.twins {
        findings.proves(
            at,
            Cause::Impostor,
            "two devices of this capture use the same address: one of them is not who it says",
        );
    }
    match (case.failed.failure.procedure, case.failed.failure.shown) {
        (_, Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED)) => {
            not_heard(case, findings, &mut causes);
        }
        (_, Shown::ConnectTimeout) => {
            findings.infers(at, Cause::OutOfReach, Cause::OutOfReach.words());
            causes.push(Cause::OutOfReach);
        }
        (_, Shown::PairingFailed(reason)) => pairing::failed(case, reason, findings, &mut causes),
        (_, Shown::SmpTimeout) => pairing::timeout(case, findings, &mut causes),
        (Procedure::Encryption, Shown::Hci(ErrorCode::PIN_OR_KEY_MISSING)) => {
            encryption::key_missing(case, findings, &mut causes);
        }
        (_, Shown::Hci(ErrorCode::AUTHENTICATION_FAILURE)) => {
            let text = "the link was encrypted, and its security is less than the host wants";
            findings.infers(at, Cause::RequirementsConflict, text);
            causes.push(Cause::RequirementsConflict);
        }
        (
            _,
            Shown::Hci(
                ErrorCode::CONNECTION_TERMINATED_BY_LOCAL_HOST | ErrorCode::REMOTE_USER_TERMINATED_CONNECTION,
            ),
        ) => ended(case, findings, &mut causes),
        (Procedure::Connection, Shown::Hci(code)) => {
            findings.suggests(at, format!("the controller could not make the connection: {code}"));
        }
        (_, Shown::Hci(_)) => encryption::lost(case, findings, &mut causes),
    }
    // What is proved comes first.
    for cause in case.proved.iter().rev() {
        causes.retain(|known| known != cause);
        causes.insert(0, *cause);
    }
    // What arrived changed explains whatever is wrong with it.
    if case.proved.contains(&Cause::CorruptedPacket) {
        first(&mut causes, Cause::CorruptedPacket);
    }
    if case.twins {
        first(&mut causes, Cause::Impostor);
    }
    if case.twins && case.failed.failure.shown == Shown::PairingFailed(Reason::REPEATED_ATTEMPTS) {
        first(&mut causes, Cause::TooManyAttempts);
    }
    causes
}

fn first(causes: &mut Vec<Cause>, cause: Cause) {
    causes.retain(|known| *known != cause);
    causes.insert(0, cause);
}

impl Case<'_> {
    /// Whether this host began anew within a while around the failure.
    pub(crate) fn restarted(&self, side: Side) -> Option<Moment> {
        let view = self.connection.host(side)?;
        let reset = view.steps.iter().find(|step| step.what == Happening::Reset)?;
        Some(reset.at)
    }

    /// Whether a connection update was under way from this long before a moment to this long after it.
    pub(crate) fn update_near(&self, around: Moment, microseconds: i64) -> Option<Moment> {
        let near = |at: Moment| (at.us - around.us).abs() <= microseconds;
        let updates = self.connection.views().flat_map(|view| &view.steps).filter(|step| {
            near(step.at) && matches!(step.what, Happening::UpdateAsked { .. } | Happening::Updated)
        });
        updates.map(|step| step.at).min()
    }
}

fn not_heard(case: &Case<'_>, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let text = "nothing was heard of the peer in six connection events (Vol 6 Part B 4.5.2): it was busy, or packets \
                were lost";
    findings.infers(case.failed.at, Cause::NotHeard, text);
    causes.push(Cause::NotHeard);
    match &case.connection.air {
        Some(air) if air.heard[Side::Peripheral.index()].frames == 0 => {
            findings.verified(case.failed.at, "the peripheral sent nothing on this connection");
        }
        Some(_) => {}
        None => findings.hidden("whether the peripheral sent something is not visible without the air"),
    }
}

/// A host ended the link in the middle of something.
fn ended(case: &Case<'_>, findings: &mut Findings, causes: &mut Vec<Cause>) {
    let at = case.failed.at;
    let expired = case
        .connection
        .views()
        .flat_map(|view| &view.steps)
        .find(|step| step.what == Happening::PayloadTimeout && step.at <= at);
    if let Some(step) = expired {
        let text = "no packet with a MIC came for as long as the authenticated payload timeout (Vol 4 Part E 7.7.75), \
                    then a host ended the link";
        findings.infers(step.at, Cause::PingsUnanswered, text);
        causes.push(Cause::PingsUnanswered);
        return;
    }
    let waited = case.dialogue.and_then(Dialogue::last_pdu).map(|(last, _)| at.since(last));
    let person = case.dialogue.is_some_and(pairing::waits_for_person);
    let by = case.failed.found_by.unwrap_or(case.failed.side).name();
    let waited = waited.filter(|us| *us > 1_000_000).map_or(String::new(), |us| {
        let seconds = us / 1_000_000;
        let whom = if person { " in which a person was to act" } else { "" };
        format!(", {seconds} s after the last PDU{whom}")
    });
    let text =
        format!("the {by}'s host ended the link in the middle{waited}: an application's timer, or a person");
    findings.infers(at, Cause::EndedByHost, text);
    causes.push(Cause::EndedByHost);
}
