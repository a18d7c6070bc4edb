//! A diagnosis as blesim.diagnose/1.
//!
//! Invariant: it says what the text says. Must never know: how people see it.

use blesim_diagnose::step::Side;
use blesim_diagnose::{Diagnosis, Failed, Moment, Told, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    outcome: &'static str,
    packets: u64,
    stopped: Option<&'a str>,
    procedure: Option<&'static str>,
    failures: Vec<Failure>,
    causes: Vec<Cause>,
    findings: Vec<Finding<'a>>,
    not_visible: &'a [String],
    advice: Option<Advice<'a>>,
    connections: Vec<Connection<'a>>,
    more_connections: u64,
}

#[derive(Serialize)]
struct Failure {
    packet: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    time_us: i64,
    procedure: &'static str,
    side: &'static str,
    found_by: Option<&'static str>,
    code: Option<u8>,
    name: String,
    stacks: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Cause {
    name: &'static str,
    text: &'static str,
}

#[derive(Serialize)]
struct Finding<'a> {
    kind: &'static str,
    packet: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    text: &'a str,
    cause: Option<&'static str>,
}

#[derive(Serialize)]
struct Advice<'a> {
    verdict: Option<String>,
    words: Option<&'static str>,
    reason: Option<&'a str>,
    costs: Option<&'a str>,
    mend: &'a [&'static str],
}

#[derive(Serialize)]
struct Connection<'a> {
    first_packet: u64,
    last_packet: u64,
    central: Option<String>,
    peripheral: Option<String>,
    secured: bool,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
struct Event<'a> {
    packet: u64,
    time_us: i64,
    side: Option<&'static str>,
    text: &'a str,
}

/// The document, with a line end.
pub(super) fn json(diagnosis: &Diagnosis) -> String {
    let first = diagnosis.first();
    let document = Document {
        schema: "blesim.diagnose/1",
        outcome: match diagnosis.verdict() {
            Verdict::Secured => "secured",
            Verdict::Failed => "failed",
            Verdict::NotVisible => "not visible",
        },
        packets: diagnosis.packets,
        stopped: diagnosis.stopped.as_deref(),
        procedure: first.map(|(_, failed)| failed.failure.procedure.name()),
        failures: diagnosis.failures().into_iter().map(failure).collect(),
        causes: first.map_or_else(Vec::new, |(told, _)| {
            told.causes.iter().map(|cause| Cause { name: cause.name(), text: cause.words() }).collect()
        }),
        findings: findings(diagnosis),
        not_visible: &diagnosis.not_visible,
        advice: diagnosis.advice.as_ref().map(|advice| Advice {
            verdict: advice.matrix.map(|row| row.recommended.to_string()),
            words: advice.matrix.map(|row| row.recommended.first.words()),
            reason: advice.matrix.map(|row| row.reason),
            costs: advice.matrix.map(|row| row.costs),
            mend: &advice.mends,
        }),
        connections: diagnosis.connections.iter().map(connection).collect(),
        more_connections: diagnosis.more,
    };
    let mut text =
        serde_json::to_string_pretty(&document).expect("a diagnosis has nothing that JSON refuses");
    text.push('\n');
    text
}

fn failure(failed: &Failed) -> Failure {
    let Moment { packet, line, us } = failed.at;
    Failure {
        packet,
        line,
        time_us: us,
        procedure: failed.failure.procedure.name(),
        side: failed.side.name(),
        found_by: failed.found_by.map(Side::name),
        code: failed.code(),
        name: failed.failure.shown.to_string(),
        stacks: failed.stacks().into_iter().collect(),
    }
}

fn findings(diagnosis: &Diagnosis) -> Vec<Finding<'_>> {
    let all = diagnosis.findings().into_iter().map(|finding| Finding {
        kind: finding.kind.name(),
        packet: finding.at.packet,
        line: finding.at.line,
        text: &finding.text,
        cause: finding.cause.map(blesim_diagnose::Cause::name),
    });
    all.collect()
}

fn connection(told: &Told) -> Connection<'_> {
    let [central, peripheral] = told.addresses.map(|address| address.map(|address| address.to_string()));
    let events = told.story.iter().map(|line| Event {
        packet: line.at.packet,
        time_us: line.at.us,
        side: line.who.map(Side::name),
        text: &line.text,
    });
    Connection {
        first_packet: told.span.0.packet,
        last_packet: told.span.1.packet,
        central,
        peripheral,
        secured: told.secured.is_some(),
        events: events.collect(),
    }
}
