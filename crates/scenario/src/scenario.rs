//! A scenario that has been read and checked, and how to get one.

use crate::policy::{Folder, PolicyFacts, PolicySource};
use crate::problem::Problems;
use crate::resolve::resolve;
use crate::source::Source;
use crate::sweep::Sweep;
use crate::syntax;
use blesim_kernel::Span;
use blesim_world::Plan;
use std::path::Path;
use std::sync::Arc;

/// What a run is expected to show; a run that does not is a failed check.
#[derive(Clone, PartialEq, Debug)]
pub struct Expectation {
    /// Of which policy.
    pub policy: String,
    /// The share of sessions that end secured, 0 to 1.
    pub secured_at_least: Option<f64>,
    /// The time within which 95 of 100 sessions are secured.
    pub p95_at_most: Option<Span>,
}

/// A scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What is run.
    pub plan: Plan,
    /// What it is about, in the writer's words.
    pub about: String,
    /// The text of its file.
    pub text: String,
    /// What is expected of it.
    pub expectations: Vec<Expectation>,
    /// What may not be meant as it is written.
    pub warnings: Problems,
    /// What was proved about the compared policies, in their order.
    pub policy_facts: Vec<PolicyFacts>,
    /// What is varied over a grid, if anything is.
    pub sweep: Option<Sweep>,
    /// A digest of the octets of the file and of each policy it uses.
    pub digest: u64,
}

/// Reads a scenario file; policies are looked up in the folder `policies` beside it and stacks in the
/// folder `stacks`, then among the built-in ones.
///
/// # Errors
/// [`Problems`], all that are found if the file has the form of a scenario, the first one otherwise.
pub fn load(path: &Path) -> Result<Scenario, Problems> {
    let source = Source::read(path)?;
    parse_source(&source, &Folder::beside(path))
}

/// Reads a scenario from a text that is called `name`.
///
/// # Errors
/// As for [`load`].
pub fn parse(name: &str, text: &str, policies: &dyn PolicySource) -> Result<Scenario, Problems> {
    parse_source(&Source::new(name, text)?, policies)
}

pub(crate) fn parse_source(source: &Arc<Source>, policies: &dyn PolicySource) -> Result<Scenario, Problems> {
    let spec = syntax::parse(source)?;
    resolve(source, spec, policies)
}
