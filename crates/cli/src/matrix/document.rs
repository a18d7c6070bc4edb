//! The matrix as blesim.matrix/1, and as CSV.
//!
//! Invariant: both say the same. Must never know: how people see it.

use blesim_matrix::{Matrix, Of, Row, Tried, UNPRODUCED};
use serde::Serialize;
use std::fmt::Write;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    seeds: [u64; 2],
    rows: Vec<Line<'a>>,
    not_produced: Vec<Missing>,
}

#[derive(Serialize)]
struct Missing {
    procedure: &'static str,
    error: &'static str,
    reason: &'static str,
}

#[derive(Serialize)]
struct Line<'a> {
    procedure: &'a str,
    error: &'a str,
    recommended: String,
    reason: &'a str,
    expected: Vec<char>,
    agrees: bool,
    note: Option<&'a str>,
    causes: Vec<Cause<'a>>,
    verdicts: Vec<Cell<'a>>,
}

#[derive(Serialize)]
struct Cause<'a> {
    name: &'a str,
    about: &'a str,
    attacker: bool,
    sessions: usize,
}

#[derive(Serialize)]
struct Share {
    estimate: Option<f64>,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct Cell<'a> {
    verdict: char,
    policy: &'static str,
    success: Share,
    p50_ms: Option<f64>,
    cost: Cost,
    exposure: Exposure,
    harmful: bool,
    seeds: u64,
    by_cause: Vec<ByCause<'a>>,
    replay: Option<&'a str>,
}

#[derive(Serialize)]
struct ByCause<'a> {
    cause: &'a str,
    secured: u64,
    of: u64,
}

#[derive(Serialize)]
struct Cost {
    prompts: f64,
    connections: f64,
    bonds_deleted: f64,
    central_charge_uc: f64,
    peripheral_charge_uc: f64,
}

#[derive(Serialize)]
struct Exposure {
    attacker_won: Share,
    won_with_consent: u64,
    sessions_read: u64,
    good_bonds_destroyed: u64,
    passkey_bits: u8,
    seeds: u64,
}

impl From<&Of> for Share {
    fn from(of: &Of) -> Self {
        Self { estimate: of.share(), low: of.interval.low, high: of.interval.high }
    }
}

/// Microseconds in milliseconds.
fn millis(us: u64) -> f64 {
    std::time::Duration::from_micros(us).as_secs_f64() * 1e3
}

pub(super) fn json(matrix: &Matrix) -> String {
    let missing =
        UNPRODUCED.iter().map(|row| Missing { procedure: row.procedure, error: row.error, reason: row.why });
    let document = Document {
        schema: "blesim.matrix/1",
        seeds: [matrix.seeds.first(), matrix.seeds.count()],
        rows: matrix.rows.iter().map(line).collect(),
        not_produced: missing.collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).expect("numbers and words are JSON");
    text.push('\n');
    text
}

fn line(row: &Row) -> Line<'_> {
    let causes = row.causes.iter().map(|(name, about, attacker, sessions)| Cause {
        name,
        about,
        attacker: *attacker,
        sessions: *sessions,
    });
    Line {
        procedure: row.procedure,
        error: row.error,
        recommended: row.recommended.to_string(),
        reason: &row.reason,
        expected: row
            .expected
            .iter()
            .flat_map(|expected| expected.verdicts)
            .map(|one| one.letter())
            .collect(),
        agrees: row.agrees,
        note: row.note.as_deref(),
        causes: causes.collect(),
        verdicts: row.tried.iter().map(|tried| cell(row, tried)).collect(),
    }
}

fn cell<'a>(row: &'a Row, tried: &'a Tried) -> Cell<'a> {
    let Tried { verdict, success, cost, exposure, .. } = tried;
    let by_cause = row.causes.iter().zip(&tried.by_cause);
    let by_cause = by_cause.map(|((cause, ..), of)| ByCause { cause, secured: of.count, of: of.of });
    Cell {
        verdict: verdict.letter(),
        policy: verdict.policy(),
        success: Share::from(success),
        p50_ms: tried.p50_us.map(millis),
        cost: Cost {
            prompts: cost.prompts,
            connections: cost.connections,
            bonds_deleted: cost.bonds_deleted,
            central_charge_uc: cost.central_charge_uc,
            peripheral_charge_uc: cost.peripheral_charge_uc,
        },
        exposure: Exposure {
            attacker_won: Share::from(&exposure.attacker_won),
            won_with_consent: exposure.won_with_consent,
            sessions_read: exposure.read,
            good_bonds_destroyed: exposure.good_bonds_destroyed,
            passkey_bits: exposure.passkey_bits,
            seeds: exposure.attacker_won.of,
        },
        harmful: tried.harmful,
        seeds: success.of,
        by_cause: by_cause.collect(),
        replay: tried.replay.as_deref(),
    }
}

const HEADER: &str = "procedure,error,recommended,verdict,success,low,high,seeds,p50_ms,prompts,connections,\
    bonds_deleted,attacker_won,attacker_seeds,won_with_consent,sessions_read,good_bonds_destroyed,\
    passkey_bits,harmful,replay\n";

/// One row a verdict; an empty field has no value.
pub(super) fn csv(matrix: &Matrix) -> String {
    let mut text = HEADER.to_owned();
    let number = |of: Option<f64>| of.map(|of| of.to_string()).unwrap_or_default();
    for (row, tried) in matrix.rows.iter().flat_map(|row| row.tried.iter().map(move |tried| (row, tried))) {
        let Tried { verdict, success, cost, exposure, .. } = tried;
        let (procedure, error, recommended) = (row.procedure, row.error, row.recommended);
        let interval = success.interval;
        let _ = write!(text, "{procedure},{error},{recommended},{},", verdict.letter());
        let _ = write!(text, "{},{},{},", number(success.share()), interval.low, interval.high);
        let _ = write!(text, "{},{},{},", success.of, number(tried.p50_us.map(millis)), cost.prompts);
        let _ = write!(text, "{},{},", cost.connections, cost.bonds_deleted);
        let _ = write!(text, "{},{},", exposure.attacker_won.count, exposure.attacker_won.of);
        let _ = write!(text, "{},{},", exposure.won_with_consent, exposure.read);
        let _ = write!(text, "{},{},", exposure.good_bonds_destroyed, exposure.passkey_bits);
        let _ = writeln!(text, "{},{}", tried.harmful, tried.replay.as_deref().unwrap_or_default());
    }
    text
}
