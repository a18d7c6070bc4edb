//! What to do after a failure: the verdict of the recovery matrix for that procedure and error, and what mends the
//! cause.
//!
//! Invariant: the verdict is the matrix's, never one of this crate.

use crate::cause::Cause;
use blesim_host::{Failure, Procedure, SHOWN};
use blesim_matrix::{Advised, advised};

/// Causes whose mending is told.
const MENDS: usize = 3;

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice {
    /// What is advised for: procedure and error by the names that policies use.
    pub procedure: &'static str,
    /// The error.
    pub error: Option<&'static str>,
    /// The matrix's row, if it has one.
    pub matrix: Option<&'static Advised>,
    /// What mends the cause, the likeliest first.
    pub mends: Vec<&'static str>,
}

/// The advice for a failure with what may stand behind it, and with what else breaks a rule.
#[must_use]
pub fn advice(failure: Failure, causes: &[Cause], broken: &[Cause]) -> Advice {
    let error = SHOWN.iter().find(|(_, shown)| *shown == failure.shown).map(|(name, _)| *name);
    let procedure = failure.procedure.name();
    // A pairing that keeps no key fails as one that does.
    let bonding = (failure.procedure == Procedure::Pairing).then_some(Procedure::Bonding.name());
    let rows = [Some(procedure), bonding].into_iter().flatten();
    let matrix = error.and_then(|error| rows.into_iter().find_map(|row| advised(row, error)));
    let mut all: Vec<Cause> = causes.iter().copied().take(MENDS).collect();
    for cause in broken {
        if !all.contains(cause) {
            all.push(*cause);
        }
    }
    Advice { procedure, error, matrix, mends: all.into_iter().map(Cause::mend).collect() }
}
