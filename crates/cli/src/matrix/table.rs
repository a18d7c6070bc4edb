//! The matrix for people.
//!
//! Invariant: a cell shows a share or nothing, never a share of no session.

use blesim_matrix::{Matrix, Row, Tried, UNPRODUCED};
use std::fmt::Write;

pub(super) fn table(matrix: &Matrix) -> String {
    let mut text = String::new();
    for row in &matrix.rows {
        block(&mut text, row);
    }
    text.push_str("\u{1b}[1mNot produced\u{1b}[0m\n");
    for row in &UNPRODUCED {
        let _ = writeln!(text, "  {} / {}: {}", row.procedure, row.error, row.why);
    }
    let agree = matrix.rows.iter().filter(|row| row.agrees).count();
    let _ = writeln!(
        text,
        "\n{} errors, {agree} with the expected verdict, {} with another; seeds {} of each cause",
        matrix.rows.len(),
        matrix.rows.len() - agree,
        matrix.seeds,
    );
    text
}

fn block(text: &mut String, row: &Row) {
    let (procedure, error, recommended) = (row.procedure, row.error, row.recommended);
    let _ = writeln!(text, "\u{1b}[1m{procedure} / {error}: {recommended}\u{1b}[0m");
    let _ = writeln!(text, "  {}", row.reason);
    for (name, about, attacker, sessions) in &row.causes {
        let attacker = if *attacker { " (attacker)" } else { "" };
        let _ = writeln!(text, "  cause {name}{attacker}: {about} {sessions} sessions");
    }
    for tried in &row.tried {
        line(text, row, tried);
    }
    if let Some(note) = &row.note {
        let _ = writeln!(text, "  note: {note}");
    }
    text.push('\n');
}

fn line(text: &mut String, row: &Row, tried: &Tried) {
    let mark = if tried.verdict == row.recommended.first { "\u{1b}[32m>\u{1b}[0m" } else { " " };
    let interval = tried.success.interval;
    let share = tried.success.share().map_or_else(
        || "-".to_owned(),
        |share| format!("{:.1}% [{:.1}, {:.1}]", share * 100.0, interval.low * 100.0, interval.high * 100.0),
    );
    let p50 = tried.p50_us.map_or_else(|| "never".to_owned(), seconds);
    let _ = write!(
        text,
        "  {mark} {} {share:<22} p50 {p50:>8}  prompts {:.2}  connections {:.2}",
        tried.verdict.letter(),
        tried.cost.prompts,
        tried.cost.connections,
    );
    let exposure = &tried.exposure;
    if exposure.attacker_won.of > 0 {
        let _ = write!(text, "  won {} of {}", exposure.attacker_won.count, exposure.attacker_won.of);
    }
    for (count, what) in [
        (exposure.won_with_consent, "with consent"),
        (exposure.read, "read"),
        (exposure.good_bonds_destroyed, "good bonds lost"),
        (u64::from(exposure.passkey_bits), "passkey bits at most"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push_str(if tried.harmful { "  left out\n" } else { "\n" });
}

fn seconds(us: u64) -> String {
    format!("{:.2} s", std::time::Duration::from_micros(us).as_secs_f64())
}
