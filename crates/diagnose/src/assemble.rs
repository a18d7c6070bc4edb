//! The stages put together.

use crate::advice::advice;
use crate::cause::{Case, Cause, infer, same_pdus};
use crate::connection::Connection;
use crate::dialogue::Dialogue;
use crate::failures::{Failed, course};
use crate::finding::{Finding, Findings, Kind};
use crate::follow::{Follower, Missed, Seen};
use crate::report::{Diagnosis, Told};
use crate::step::{Moment, Place, Side};
use crate::story::story;
use crate::verify::{Pairing, Past, distributed, encryption, pairing};
use blesim_capture::{CaptureReader, OpenError};
use blesim_host::{Failure, Procedure, Shown};
use blesim_packet::Address;
use blesim_packet::hci::ErrorCode;
use std::io::BufRead;

/// Reads a capture to its end, or as far as it can be read, and says what is found.
///
/// # Errors
/// [`OpenError`] if nothing of it can be read.
pub fn diagnose(source: impl BufRead) -> Result<Diagnosis, OpenError> {
    let mut reader = CaptureReader::new(source)?;
    let form = reader.form();
    let mut follower = Follower::new();
    let mut stopped = None;
    for item in reader.by_ref() {
        match item {
            Ok(item) => follower.take(&item),
            Err(error) if reader_is_empty(&error) => return Err(error),
            Err(error) => stopped = Some(error),
        }
    }
    let (packets, hosts) = (reader.number(), reader.hosts());
    if packets == 0
        && let Some(error) = stopped
    {
        return Err(error);
    }
    let stopped = stopped.map(|error| format!("reading stopped after packet {packets}: {error}"));
    let seen = follower.finish();
    let mut diagnosis = assemble(seen, form, packets, stopped);
    diagnosis.hosts = hosts;
    Ok(diagnosis)
}

fn reader_is_empty(error: &OpenError) -> bool {
    matches!(error, OpenError::NoPackets { .. })
}

/// A connection with what has been found of it.
struct Work {
    connection: Connection,
    dialogues: Vec<Dialogue>,
    findings: Findings,
}

fn assemble(seen: Seen, form: blesim_capture::Form, packets: u64, stopped: Option<String>) -> Diagnosis {
    let Seen { views, more, missed, broken, last, own, .. } = seen;
    let connections = Connection::all(views);
    let mut past = Past::default();
    let mut works: Vec<Work> =
        connections.into_iter().map(|connection| verified(connection, &mut past)).collect();
    let twins = twins(&works, &own);
    let mut told: Vec<Told> = Vec::new();
    let mut not_visible: Vec<String> = Vec::new();
    for index in 0..works.len() {
        let before = failures_before(&told, &works[index].connection);
        let work = &mut works[index];
        let one = tell(work, &past, before, twins[index], last);
        for text in std::mem::take(&mut work.findings.not_visible) {
            if !not_visible.contains(&text) {
                not_visible.push(text);
            }
        }
        told.push(one);
    }
    told.extend(missed.iter().map(not_connected));
    told.sort_by_key(|told| told.span.0);
    let mut diagnosis = Diagnosis {
        form,
        hosts: Vec::new(),
        packets,
        connections: told,
        more,
        not_visible,
        advice: None,
        stopped,
        broken,
    };
    diagnosis.advice = diagnosis.first().map(|(told, failed)| {
        let broken = told.findings.iter().filter(|finding| finding.kind == Kind::Violation);
        let broken: Vec<Cause> = broken.filter_map(|finding| finding.cause).collect();
        advice(failed.failure, &told.causes, &broken)
    });
    diagnosis
}

/// Reads the pairings of a connection, and computes what can be computed.
fn verified(connection: Connection, past: &mut Past) -> Work {
    let mut findings = Findings::default();
    let dialogues = dialogues(&connection);
    for dialogue in &dialogues {
        let one = Pairing::new(dialogue, &connection);
        pairing(&one, &mut findings);
        distributed(&one, past, &mut findings);
    }
    if let Some(central) = &connection.central {
        encryption(central, connection.peripheral.as_ref(), past, &mut findings);
    }
    same_pdus(&connection, &mut findings);
    Work { connection, dialogues, findings }
}

/// The pairings as the place tells them that tells most, with what only the other host knows.
fn dialogues(connection: &Connection) -> Vec<Dialogue> {
    let Some(main) = connection.main() else { return Vec::new() };
    let mut all = Dialogue::all(main);
    let others = connection.views().filter(|view| view.place != main.place);
    for view in others {
        let other = Dialogue::all(view);
        if all.is_empty() {
            all = other;
            continue;
        }
        for (one, two) in all.iter_mut().zip(other) {
            for side in 0..2 {
                one.keys[side] = one.keys[side].or(two.keys[side]);
            }
            one.dh_key = one.dh_key.or(two.dh_key);
            if matches!(view.place, Place::Host(_)) {
                one.failed = one.failed.or(two.failed);
            }
        }
    }
    all
}

fn tell(work: &mut Work, past: &Past, before: usize, twins: bool, end: Moment) -> Told {
    let connection = &work.connection;
    let course = course(connection, end);
    let opaque = connection.air.as_ref().and_then(|air| air.opaque);
    if let Some(at) = opaque.filter(|_| connection.central.is_none() && connection.peripheral.is_none()) {
        let text = format!("what is encrypted from packet {} on: its key is not in this capture", at.packet);
        work.findings.hidden(text);
    }
    let mut causes = Vec::new();
    if let Some(first) = course.failed.first() {
        let dialogue = work
            .dialogues
            .iter()
            .rev()
            .find(|dialogue| dialogue.first().is_some_and(|begun| begun <= first.at));
        let proved = proved(&work.findings);
        let case = Case { connection, dialogue, failed: *first, past, before, twins, proved: &proved };
        causes = infer(&case, &mut work.findings);
    }
    let address = |side: Side| connection.addresses(side).first().copied();
    let host = |side: Side| match connection.host(side)?.place {
        Place::Host(host) => Some(host),
        Place::Air => None,
    };
    Told {
        span: (connection.first(), connection.last()),
        addresses: [address(Side::Central), address(Side::Peripheral)],
        hosts: [host(Side::Central), host(Side::Peripheral)],
        on_the_air: connection.air.is_some(),
        parameters: connection.parameters(),
        story: connection.main().map(story).unwrap_or_default(),
        dialogues: std::mem::take(&mut work.dialogues),
        failed: course.failed,
        causes,
        findings: std::mem::take(&mut work.findings.list),
        secured: course.secured,
        open: course.open,
    }
}

/// The causes that something proved speaks for.
fn proved(findings: &Findings) -> Vec<Cause> {
    let mut proved = Vec::new();
    for finding in &findings.list {
        if let (Kind::Verified | Kind::Violation, Some(cause)) = (finding.kind, finding.cause)
            && !proved.contains(&cause)
            && cause != Cause::KeyRefused
        {
            proved.push(cause);
        }
    }
    proved
}

/// For each connection, whether another host of the capture uses the address of its peripheral or of its central.
fn twins(works: &[Work], own: &[(u16, Vec<Address>)]) -> Vec<bool> {
    let also = |place: Place, address: Address| {
        own.iter().any(|(host, own)| Place::Host(*host) != place && own.contains(&address))
    };
    let twin = |work: &Work| {
        Side::BOTH.into_iter().any(|side| {
            let Some(view) = work.connection.host(side) else { return false };
            view.addresses[side.index()].first().is_some_and(|address| also(view.place, *address))
        })
    };
    works.iter().map(twin).collect()
}

/// How many connections of the same two failed before.
fn failures_before(told: &[Told], connection: &Connection) -> usize {
    let peripheral = connection.addresses(Side::Peripheral).first().copied();
    told.iter().filter(|told| told.addresses[1] == peripheral && !told.failed.is_empty()).count()
}

/// A connection that did not come about.
fn not_connected(missed: &Missed) -> Told {
    let cancelled = missed.status == ErrorCode::UNKNOWN_CONNECTION_IDENTIFIER;
    let shown = if cancelled { Shown::ConnectTimeout } else { Shown::Hci(missed.status) };
    let failure = Failure { procedure: Procedure::Connection, shown };
    let place = Place::Host(missed.host);
    let failed = Failed { at: missed.at, failure, side: Side::Central, found_by: Some(Side::Central), place };
    let cause = match shown {
        Shown::ConnectTimeout => Some(Cause::OutOfReach),
        Shown::Hci(ErrorCode::CONNECTION_FAILED_TO_BE_ESTABLISHED) => Some(Cause::NotHeard),
        _ => None,
    };
    let milliseconds = missed.at.since(missed.asked) / 1_000;
    let text = match shown {
        Shown::ConnectTimeout => format!("the host gives up after {milliseconds} ms: the peer was not found"),
        _ => format!("no connection came about in {milliseconds} ms: {shown}"),
    };
    let finding = Finding { kind: Kind::Inference, at: missed.at, text, cause };
    Told {
        span: (missed.asked, missed.at),
        addresses: [None, Some(missed.peer)],
        hosts: [Some(missed.host), None],
        on_the_air: false,
        parameters: None,
        story: Vec::new(),
        dialogues: Vec::new(),
        failed: vec![failed],
        causes: cause.into_iter().collect(),
        findings: vec![finding],
        secured: None,
        open: None,
    }
}
