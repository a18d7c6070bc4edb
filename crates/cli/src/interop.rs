//! `blesim interop`: our host against Bumble's, case by case.
//!
//! Invariant: the exit code is 1 if and only if a row differs that nobody has explained.

use crate::args::{InteropArgs, InteropFormat};
use crate::failure::Failure;
use crate::output::to_stdout;
use crate::progress::Progress;
use crate::run::stopped_by_interrupt;
use blesim_bridge::interop::{Interop, InteropError, Row, Verdict, interop, rows};
use serde::Serialize;
use std::fmt::Write;
use std::sync::atomic::Ordering;

pub(crate) fn compare(args: &InteropArgs) -> Result<(), Failure> {
    let stop = stopped_by_interrupt();
    let all = u64::try_from(rows()).expect("there are some hundreds");
    let progress = Progress::new(all, 0, args.quiet || args.case.is_some());
    let stops = || stop.load(Ordering::Relaxed);
    let ran = interop(&args.python, args.case.as_deref(), stops, |_| progress.done(1));
    progress.finish();
    let ran = ran.map_err(failed)?;
    if stops() {
        return Err(Failure::Interrupted { resume: None });
    }
    let text = match args.format {
        InteropFormat::Table => table(&ran),
        InteropFormat::Json => document(&ran),
    };
    to_stdout(|sink| sink.write_all(text.as_bytes()))?;
    if ran.rows.iter().any(|row| row.verdict == Verdict::Differs) { Err(Failure::NotMet) } else { Ok(()) }
}

fn failed(error: InteropError) -> Failure {
    match error {
        InteropError::Peer(_) | InteropError::NoCase(_) => Failure::Usage(error.to_string()),
        InteropError::Bug(case, bug) => {
            let replay = format!("blesim interop --case {}", crate::commands::quoted(&case));
            Failure::bug(bug.what, Some(replay))
        }
    }
}

/// A row a case; what is not equal says why.
fn table(ran: &Interop) -> String {
    let mut text = format!("our host against Bumble {}, each on one of our controllers\n\n", ran.version);
    for Row { case, verdict, detail, rule } in &ran.rows {
        let colour = match verdict {
            Verdict::Equal => 32,
            Verdict::PeerDeparts => 33,
            Verdict::Differs => 31,
        };
        let _ = writeln!(text, "\u{1b}[{colour}m{:<13}\u{1b}[0m {case}", verdict.name());
        for more in [detail.as_str(), rule.unwrap_or_default()].into_iter().filter(|more| !more.is_empty()) {
            let _ = writeln!(text, "              {more}");
        }
    }
    let count = |verdict| ran.rows.iter().filter(|row| row.verdict == verdict).count();
    let (equal, departs) = (count(Verdict::Equal), count(Verdict::PeerDeparts));
    let differs = count(Verdict::Differs);
    let _ =
        writeln!(text, "\n{} rows: {equal} equal, {departs} peer-departs, {differs} differs", ran.rows.len());
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    peer: String,
    rows: &'a [Row],
}

fn document(ran: &Interop) -> String {
    let peer = format!("Bumble {}", ran.version);
    let document = Document { schema: "blesim.interop/1", peer, rows: &ran.rows };
    let mut text = serde_json::to_string_pretty(&document).expect("words are JSON");
    text.push('\n');
    text
}
