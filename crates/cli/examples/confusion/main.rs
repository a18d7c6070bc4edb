//! The confusion table: what `diagnose` says of captures, held to what happened in their sessions.
//!
//!     cargo run --release -p blesim --example confusion -- reports/diagnose
//!
//! writes `report.md` and `sessions.csv` into the folder.

#[path = "score.rs"]
mod score;
#[path = "truth.rs"]
mod truth;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

/// Sessions that are drawn.
const SESSIONS: usize = 1_200;
/// The number of the first: those below were at hand while the diagnosis was written.
const FIRST: usize = 1_000_000;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("name the folder that the table is written to");
        return ExitCode::from(2);
    };
    let sessions = arguments.next().and_then(|number| number.to_str()?.parse().ok()).unwrap_or(SESSIONS);
    let scores = score::draws(FIRST, sessions).iter().flat_map(score::score).collect::<Vec<_>>();
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("report.md"), report(&score::table(&scores))))
        .and_then(|()| fs::write(folder.join("sessions.csv"), score::csv(&scores)));
    if let Err(error) = written {
        eprintln!("cannot write to {}: {error}", folder.display());
        return ExitCode::from(2);
    }
    print!("{}", score::table(&scores));
    ExitCode::SUCCESS
}

/// The table with what it is of.
fn report(table: &str) -> String {
    format!(
        "# What `diagnose` makes of captures\n\n\
         Sessions drawn from the scenarios of field failures, of the reasons of Pairing Failed and of the matrix, \
         exported as captures and diagnosed from each capture alone, as\n\n    blesim diagnose FILE\n\n\
         does; the diagnosis is then held to the failure that the session showed first and to what had struck. \
         *Partly right* names the failure and several causes, the true one among them; *unknown* says that the \
         capture does not tell. *Shown again* counts the scenarios that `--scenario` made of a capture whose \
         sessions fail in the same way. The air alone (`pcap`) leaves out the scenarios with attackers. The \
         diagnosis was written with other seeds of the same scenarios at hand; these are looked at here alone.\n\n\
         ```\n{table}```\n\n\
         Made by `cargo run --release -p blesim --example confusion -- reports/diagnose`.\n"
    )
}
