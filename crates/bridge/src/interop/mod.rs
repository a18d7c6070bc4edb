//! Our host against somebody else's, case by case, each on one of our controllers.
//!
//! Invariant: a case is judged by what the same case comes to with our hosts on both sides. Where the other host
//! departs from the specification, the rule is named; what nobody has explained differs.

mod case;
mod departure;
mod differ;
mod peer;
mod stage;
mod watch;

use blesim_world::Bug;
use case::cases;
use core::fmt;
use differ::{Difference, differences};
use peer::Peer;
pub use peer::PeerError;
use serde::Serialize;
use stage::StageError;
use std::path::Path;

/// What a case came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The same as with our hosts on both sides.
    Equal,
    /// Not the same, because the other host departs from the specification.
    PeerDeparts,
    /// Not the same, and nobody knows why.
    Differs,
}

impl Verdict {
    /// The name, as tables and documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::PeerDeparts => "peer-departs",
            Self::Differs => "differs",
        }
    }
}

/// One case with the real host on one side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// The case, with the side of the real host.
    pub case: String,
    /// What it came to.
    pub verdict: Verdict,
    /// The first difference, and what the other host does; empty if there is none.
    pub detail: String,
    /// The rule that the other host departs from.
    pub rule: Option<&'static str>,
}

/// Why the cases could not be run.
#[derive(Debug)]
pub enum InteropError {
    /// The real host.
    Peer(PeerError),
    /// A bug of ours, with the case.
    Bug(String, Bug),
    /// No case has such a name.
    NoCase(String),
}

impl fmt::Display for InteropError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(error) => error.fmt(f),
            Self::Bug(case, bug) => write!(f, "{case}: {bug}"),
            Self::NoCase(name) => write!(f, "no case has `{name}` in its name"),
        }
    }
}

impl core::error::Error for InteropError {}

impl From<PeerError> for InteropError {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

/// All rows, and the version of the host they are about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interop {
    /// Bumble's version.
    pub version: String,
    /// The rows.
    pub rows: Vec<Row>,
}

/// The names of the two sides.
const SIDES: [&str; 2] = ["central", "peripheral"];

/// Runs every case whose name contains `only`, with Bumble on either side in turn, until `stops` says so; `done` is
/// told of each row.
///
/// # Errors
/// [`InteropError`].
pub fn interop(
    python: &Path,
    only: Option<&str>,
    stops: impl Fn() -> bool,
    mut done: impl FnMut(&Row),
) -> Result<Interop, InteropError> {
    let chosen: Vec<_> =
        cases().into_iter().filter(|case| only.is_none_or(|only| named(case).contains(only))).collect();
    if let (true, Some(only)) = (chosen.is_empty(), only) {
        return Err(InteropError::NoCase(only.to_owned()));
    }
    let mut peer = Peer::start(python)?;
    let mut rows = Vec::new();
    for case in &chosen {
        let failed = |error| match error {
            StageError::Bug(bug) => InteropError::Bug(case.name.clone(), bug),
            StageError::Peer(error) => InteropError::Peer(error),
        };
        let ours = stage::run(case, None).map_err(failed)?;
        for (side, name) in SIDES.iter().enumerate() {
            if stops() {
                return Ok(Interop { version: peer.version.clone(), rows });
            }
            let real = stage::run(case, Some((side, &mut peer))).map_err(failed)?;
            let found = differences(&real, &ours);
            let row = judged(case, side, format!("{}, Bumble as {name}", case.name), &found);
            done(&row);
            rows.push(row);
        }
    }
    Ok(Interop { version: peer.version.clone(), rows })
}

/// How many rows there are when all cases are run.
#[must_use]
pub fn rows() -> usize {
    cases().len() * SIDES.len()
}

fn named(case: &case::Case) -> &str {
    &case.name
}

fn judged(case: &case::Case, real: usize, name: String, found: &[Difference]) -> Row {
    let Some(first) = found.first() else {
        return Row { case: name, verdict: Verdict::Equal, detail: String::new(), rule: None };
    };
    let told = told(first, real, case.acts.len() > 1);
    match departure::known(case, real, first) {
        Some(known) => {
            let detail = format!("{told}: Bumble {}", known.does);
            Row { case: name, verdict: Verdict::PeerDeparts, detail, rule: Some(known.rule) }
        }
        None => Row { case: name, verdict: Verdict::Differs, detail: told, rule: None },
    }
}

/// A difference in words.
fn told(difference: &Difference, real: usize, again: bool) -> String {
    let Difference { act, side, field, real: got, ours } = difference;
    let whose = if *side == real { "Bumble's" } else { "our" };
    let when = if again { format!(", securing {}", act + 1) } else { String::new() };
    format!("{} of {whose} {}{when}: {got}, where ours alone have {ours}", field.name(), SIDES[*side])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases have names of their own, by which they are chosen.
    #[test]
    fn names_are_unique() {
        let mut names: Vec<String> = cases().into_iter().map(|case| case.name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!((names.len(), rows()), (count, 2 * count));
    }

    /// Every case runs with our hosts on both sides, twice to the same end, and the cases that are to succeed do.
    #[test]
    fn ours_alone_are_deterministic() {
        for case in cases() {
            let [one, other] =
                [stage::run(&case, None), stage::run(&case, None)].map(|ran| ran.expect("no bug"));
            assert_eq!(one, other, "{}", case.name);
            assert!(!one.0.is_empty(), "{}", case.name);
        }
    }
}
