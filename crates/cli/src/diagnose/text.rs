//! A diagnosis for people.
//!
//! Invariant: every statement has its packet, and whether it is proved. Must never know: how it was found.

use crate::commands::{program, quoted};
use blesim_diagnose::story::of;
use blesim_diagnose::{Diagnosis, Finding, Moment, Told, Verdict};
use blesim_host::Shown;
use std::fmt::Write;
use std::path::Path;

/// The connections that are told in full.
const TOLD: usize = 12;

pub(super) fn text(diagnosis: &Diagnosis, path: &Path) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = head(&mut text, diagnosis, path);
    let interesting = diagnosis.connections.iter().filter(|told| is_told(told, diagnosis));
    for (index, told) in interesting.clone().take(TOLD).enumerate() {
        let _ = connection(&mut text, told, index + 1);
    }
    let more = interesting.count().saturating_sub(TOLD);
    if more > 0 {
        let _ = writeln!(text, "\n{more} more connections; --format json has them all");
    }
    let _ = tail(&mut text, diagnosis, path);
    text
}

/// Connections on which something was secured or failed; all, if there are none.
fn is_told(told: &Told, diagnosis: &Diagnosis) -> bool {
    let matters =
        |told: &Told| !told.failed.is_empty() || told.secured.is_some() || !told.dialogues.is_empty();
    matters(told) || !diagnosis.connections.iter().any(matters)
}

fn head(text: &mut String, diagnosis: &Diagnosis, path: &Path) -> std::fmt::Result {
    let bold = |what: &str| format!("\u{1b}[1m{what}\u{1b}[0m");
    let outcome = match (diagnosis.verdict(), diagnosis.first()) {
        (Verdict::Failed, Some((_, failed))) => {
            let again =
                diagnosis.connections.iter().any(|told| told.secured.is_some_and(|(at, _)| at > failed.at));
            let later = if again { "; a link was secured later" } else { "" };
            format!("{} failed: {}{later}", failed.failure.procedure.name(), failed.failure.shown)
        }
        (Verdict::Secured, _) => "secured".to_owned(),
        _ => "no attempt to secure a link is visible in this capture".to_owned(),
    };
    writeln!(text, "{}", bold(&outcome))?;
    let connections = diagnosis.connections.len();
    let s = if connections == 1 { "" } else { "s" };
    writeln!(text, "{}: {} packets, {connections} connection{s}", path.display(), diagnosis.packets)?;
    if let Some(stopped) = &diagnosis.stopped {
        writeln!(text, "{stopped}")?;
    }
    if diagnosis.more > 0 {
        writeln!(text, "{} more connections are too many to be looked into", diagnosis.more)?;
    }
    if let (count, Some((at, what))) = &diagnosis.broken {
        writeln!(text, "{count} packets could not be read, the first is {}: {what}", place(*at))?;
    }
    Ok(())
}

fn connection(text: &mut String, told: &Told, number: usize) -> std::fmt::Result {
    let [central, peripheral] = told
        .addresses
        .map(|address| address.map_or("address not visible".to_owned(), |address| address.to_string()));
    writeln!(text, "\nConnection {number}: central {central}, peripheral {peripheral}")?;
    if let Some(parameters) = told.parameters {
        writeln!(text, "  {}", of(parameters))?;
    }
    for line in &told.story {
        let who = line.who.map_or("", |side| side.name());
        writeln!(text, "  {:>6}  {:>11}  {who:<10}  {}", line.at.packet, seconds(line.at.us), line.text)?;
    }
    for failed in &told.failed {
        let side = match failed.failure.shown {
            Shown::PairingFailed(_) => failed.found_by.map_or("", |side| side.name()),
            _ => failed.side.name(),
        };
        let what =
            if matches!(failed.failure.shown, Shown::PairingFailed(_)) { "from the" } else { "at the" };
        writeln!(text, "\n  {} failed: {}", failed.failure.procedure.name(), failed.failure.shown)?;
        writeln!(text, "    {what} {side}, {}", place(failed.at))?;
        for (stack, words) in failed.stacks() {
            writeln!(text, "    {stack:<9} {words}")?;
        }
    }
    if let Some((at, procedure)) = told.open {
        writeln!(text, "\n  {} is under way ({}) when the capture ends", procedure.name(), place(at))?;
    }
    if !told.findings.is_empty() {
        writeln!(text, "\n  Found:")?;
    }
    for finding in &told.findings {
        found(text, finding)?;
    }
    if let [first, rest @ ..] = &told.causes[..] {
        writeln!(text, "\n  Likely cause: {}", first.words())?;
        for cause in rest.iter().take(3) {
            writeln!(text, "  or:           {}", cause.words())?;
        }
    }
    Ok(())
}

fn found(text: &mut String, finding: &Finding) -> std::fmt::Result {
    writeln!(text, "    {:<9}  {}: {}", finding.kind.name(), place(finding.at), finding.text)
}

fn tail(text: &mut String, diagnosis: &Diagnosis, path: &Path) -> std::fmt::Result {
    if !diagnosis.not_visible.is_empty() {
        writeln!(text, "\nNot visible in this capture:")?;
        for what in &diagnosis.not_visible {
            writeln!(text, "  {what}")?;
        }
    }
    let Some(advice) = &diagnosis.advice else { return Ok(()) };
    writeln!(text, "\nWhat to do:")?;
    for mend in &advice.mends {
        writeln!(text, "  {mend}")?;
    }
    if let Some(row) = advice.matrix {
        let then =
            if row.recommended.then_delete { ", then delete the bond with the user's consent" } else { "" };
        writeln!(
            text,
            "  after {} / {} the matrix says {}: {}{then}",
            row.procedure,
            row.error,
            row.recommended,
            row.recommended.first.words()
        )?;
        writeln!(text, "    {}", row.reason)?;
        writeln!(text, "    what it costs: {}", row.costs)?;
    } else {
        writeln!(text, "  the matrix has no row for this error")?;
    }
    let file = quoted(&path.to_string_lossy());
    writeln!(
        text,
        "\nShow it again: {} diagnose {file} --scenario same.ron; {} run same.ron",
        program(),
        program()
    )?;
    Ok(())
}

fn place(at: Moment) -> String {
    match at.line {
        Some(line) => format!("packet {} (line {line})", at.packet),
        None => format!("packet {}", at.packet),
    }
}

/// Seconds with microseconds.
fn seconds(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    format!("{sign}{}.{:06} s", us.unsigned_abs() / 1_000_000, us.unsigned_abs() % 1_000_000)
}
