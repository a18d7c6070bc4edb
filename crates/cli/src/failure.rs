//! Everything that ends a command badly: its words and its exit code.
//!
//! Invariant: scenario errors, unmet expectations, unfit inputs, bugs and interruptions never mix; each has a
//! code of its own, and a bug always says what shows it again if it is known.

use blesim_scenario::Problems;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Display;
use std::io::Write;
use std::panic;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

/// Where the first panic was; the hook knows and whoever catches the panic does not.
static PANICKED: Mutex<Option<String>> = Mutex::new(None);

/// Why a command ended badly.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was wrong has been told already.
    Told,
    /// A mistake in the command, or a file that cannot be read or written.
    Usage(String),
    /// A mistake in a scenario or a policy.
    Problems(Problems),
    /// An expectation of the scenario was not met, as the result says.
    NotMet,
    /// Inputs that do not belong together, or are not what was written.
    Unfit(String),
    /// It was interrupted.
    Interrupted {
        /// The command that goes on with it, if anything was kept.
        resume: Option<String>,
    },
    /// A bug of ours.
    Bug {
        /// What is known about it.
        what: String,
        /// The command that shows it again.
        replay: Option<String>,
    },
}

impl Failure {
    /// A bug, with the command that shows it again.
    pub(crate) fn bug(what: impl Display, replay: Option<String>) -> Self {
        let panicked = PANICKED.lock().ok().and_then(|mut place| place.take());
        let what = panicked.map_or_else(|| what.to_string(), |place| format!("{what}, at {place}"));
        Self::Bug { what, replay }
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Self {
        Self::Usage(format!("cannot write {}: {error}", path.display()))
    }

    /// Says it on standard error.
    pub(crate) fn report(self) -> ExitCode {
        let mut err = anstream::stderr().lock();
        // Nobody is left to be told if standard error cannot be written.
        let _ = match &self {
            Self::Told | Self::NotMet => Ok(()),
            Self::Usage(what) | Self::Unfit(what) => writeln!(err, "\u{1b}[1;31merror\u{1b}[0m: {what}"),
            Self::Problems(problems) => write!(err, "{}", problems.render(true)),
            Self::Interrupted { resume: None } => {
                writeln!(
                    err,
                    "interrupted: there is no result, and no file was written; with -o it could go on"
                )
            }
            Self::Interrupted { resume: Some(resume) } => {
                writeln!(err, "interrupted: there is no result yet; go on with\n  {resume}")
            }
            Self::Bug { what, replay } => {
                let replay = replay.iter().map(|replay| format!("  show it again:  {replay}\n"));
                let replay: String = replay.collect();
                let title = "\u{1b}[1;31mbug in blesim\u{1b}[0m, and not in your scenario";
                writeln!(err, "{title}: {what}\n{replay}  please report it with these lines and your files")
            }
        };
        ExitCode::from(match self {
            Self::NotMet => 1,
            Self::Told | Self::Usage(_) | Self::Problems(_) => 2,
            Self::Unfit(_) => 3,
            Self::Bug { .. } => 70,
            Self::Interrupted { .. } => 130,
        })
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}

/// Keeps the place of a panic for the message about the bug, instead of printing it in between.
pub(crate) fn hold_panics() {
    panic::set_hook(Box::new(|info| {
        let trace = Backtrace::capture();
        let at = info.location().map_or_else(|| "place unknown".to_owned(), ToString::to_string);
        if trace.status() == BacktraceStatus::Captured {
            let _ = writeln!(std::io::stderr(), "{trace}");
        }
        if let Ok(mut place) = PANICKED.lock() {
            place.get_or_insert(at);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each way to fail has its own code, as the help promises.
    #[test]
    fn codes_are_as_promised() {
        let check = |failure: Failure, code: u8| {
            assert_eq!(format!("{:?}", failure.report()), format!("{:?}", ExitCode::from(code)));
        };
        check(Failure::NotMet, 1);
        check(Failure::Told, 2);
        check(Failure::Usage("a test of the message".to_owned()), 2);
        check(Failure::Problems(Problems::default()), 2);
        check(Failure::bug("a test of the message", Some("blesim trace x".to_owned())), 70);
        check(Failure::Unfit("a test of the message".to_owned()), 3);
        check(Failure::Interrupted { resume: None }, 130);
    }
}
