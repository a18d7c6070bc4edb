//! The report as one page: `report.html`, which needs no network, no server and no second file.
//!
//! Invariant: the page says what the summary says, number by number. Nothing in it runs or is loaded but its own script
//! and style, named by their hashes in its content security policy; whatever a scenario is called or contains is text.
//! Must never know: how a picture is drawn.

mod data;
mod guard;
mod sentence;
mod table;

pub use sentence::sentences;

use crate::figures::{Figure, figures};
use crate::words::{count, plain};
use crate::{Gate, Report};
use askama::Template;
use std::io::{self, Write};
use table::{Column, ComparedRow, PlaceRow, Row};

/// What holds in every scenario and is easily taken for a result.
pub const ASSUMPTIONS: [&str; 8] = [
    "All policies meet the same world: a frame's fate depends on the seed and on where and when it is sent, never on what was sent before.",
    "Time is exact to the nanosecond. Hosts and controllers take a stated, constant time for what they do, unless the scenario stops them.",
    "A policy sees what its stack would show it, a code of HCI, of the Security Manager or a time-out, never the cause.",
    "A link counts as secured when both devices take it for encrypted with one and the same key at the level that was asked for.",
    "A session that fails is never left out: it counts against the share, as never in the quantiles and as the limit in mean times.",
    "Every encrypted PDU is encrypted with AES-CCM and every key pair is one of P-256; nobody breaks either.",
    "People read, compare, type and walk away by habits that are assumptions where nothing was published.",
    "Charge is that of radio and processor by the table of currents of each device; sleep is left out of the comparison.",
];

/// What a real session may have that no simulated one has.
pub const NOT_MODELLED: &str = "non-resolvable private addresses, more than one advertising set, periodic \
     advertising and isochronous channels";

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    policy: String,
    version: &'a str,
    scenario: String,
    devices: [String; 2],
    style: String,
    script: &'static str,
    about: &'a str,
    sentence: String,
    sentences: Vec<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    times_note: String,
    baseline: String,
    compared: Vec<ComparedRow>,
    gates: Vec<GateRow>,
    figures: Vec<Figure>,
    places: Vec<PlaceRow>,
    listed: String,
    whole: bool,
    first_seed: u64,
    last_seed: u64,
    facts: &'a [[String; 2]],
    assumptions: &'a [&'static str],
    not_modelled: &'static str,
    path: String,
    text: &'a str,
    reproduce: &'a str,
    see: &'a str,
    seeds: String,
    digest: String,
    plan: &'a str,
    ended: &'a str,
    data: String,
}

struct GateRow {
    class: &'static str,
    verdict: &'static str,
    words: String,
}

/// Writes the page.
///
/// # Errors
/// Those of the sink, and what a drawing library may say.
pub fn write_page(report: &Report<'_>, mut sink: impl Write) -> io::Result<()> {
    let (style, script) = (guard::style(), guard::SCRIPT);
    let seeds = report.table.seeds();
    let data = data::Data::of(report);
    let mut said = sentences(report).into_iter();
    let study = &report.header.study;
    let page = Page {
        policy: guard::policy(&style, script),
        version: &report.header.version,
        scenario: plain(report.scenario),
        devices: report.devices.map(plain),
        about: &study.about,
        sentence: said.next().unwrap_or_default(),
        sentences: said.collect(),
        columns: table::columns(report),
        rows: table::rows(report),
        times_note: table::times_note(report),
        baseline: report.summary.policies.first().map(|policy| plain(&policy.name)).unwrap_or_default(),
        compared: table::compared(report),
        gates: report.gates.iter().map(gate).collect(),
        figures: figures(report).map_err(io::Error::other)?,
        places: table::places(report),
        listed: data.listed(),
        whole: data.is_whole(),
        first_seed: seeds.first(),
        last_seed: seeds.last(),
        facts: &study.facts,
        assumptions: &ASSUMPTIONS,
        not_modelled: NOT_MODELLED,
        path: plain(&study.path),
        text: &study.text,
        reproduce: &report.commands.reproduce,
        see: report.commands.see.as_deref().unwrap_or_default(),
        seeds: format!("{}, {} to {}", count(seeds.count(), "seed"), seeds.first(), seeds.last()),
        digest: report.table.digest().to_string(),
        plan: &report.header.plan,
        ended: report.ended.unwrap_or_default(),
        data: data.json()?,
        style,
        script,
    };
    let text = page.render().map_err(io::Error::other)?;
    sink.write_all(text.as_bytes())
}

fn gate(gate: &Gate) -> GateRow {
    let (class, verdict) = match gate.passed {
        Some(true) => ("passed", "met"),
        Some(false) => ("broken", "not met"),
        None => ("absent", "not run"),
    };
    let measured =
        gate.measured.as_deref().map_or(String::new(), |measured| format!(", measured {measured}"));
    GateRow { class, verdict, words: format!("{}: {}{measured}", plain(&gate.policy), gate.wish.words()) }
}

#[cfg(test)]
mod tests;
