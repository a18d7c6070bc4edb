//! The confusion table: what `diagnose` says of captures, held to what happened in their sessions.
//!
//!     cargo run --release -p blesim --example confusion -- reports/diagnose
//!
//! writes `table.txt` and `sessions.csv` into the folder.

#[path = "score.rs"]
mod score;
#[path = "truth.rs"]
mod truth;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

/// Sessions that are drawn.
const SESSIONS: usize = 1_200;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("name the folder that the table is written to");
        return ExitCode::from(2);
    };
    let sessions = arguments.next().and_then(|number| number.to_str()?.parse().ok()).unwrap_or(SESSIONS);
    let scores = score::draws(sessions).iter().flat_map(score::score).collect::<Vec<_>>();
    let written = fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("table.txt"), score::table(&scores)))
        .and_then(|()| fs::write(folder.join("sessions.csv"), score::csv(&scores)));
    if let Err(error) = written {
        eprintln!("cannot write to {}: {error}", folder.display());
        return ExitCode::from(2);
    }
    print!("{}", score::table(&scores));
    ExitCode::SUCCESS
}
