//! Policies: read, lowered to a flat program, drawn as a graph, and proved before the first seed.
//!
//! Invariant: a program leaves here only if it ends in every case, within a time that is known.

mod action;
mod facts;
mod find;
mod graph;
mod habits;
mod lower;
mod picture;
mod prove;
mod responder;
mod spec;

pub use facts::PolicyFacts;
pub use find::{BuiltIn, Folder, PolicySource, builtin};
pub use graph::{Edge, State, dot, graph};
pub use picture::{Arrow, Node, Picture, Spot};
pub use spec::Basis;

pub(crate) use action::{unfit, verb};

/// The types of a policy file, for the reference.
pub(crate) mod written {
    pub(crate) use super::action::{ActionSpec, ChangesSpec, DetailedSpec, LevelWord, QuestionWord};
    pub(crate) use super::responder::{
        AllowedSpec, BondedPeerSpec, BucketSpec, CountsWord, KeyedOnWord, OldBondDiesWord, PenaltySpec,
        ResponderSpec, SecurityRequestWord,
    };
    pub(crate) use super::spec::{AttemptSpec, BondWord, Code, PolicySpec, ProcedureWord, RuleSpec};
}

use crate::cx::Cx;
use crate::locate::Path as Place;
use crate::problem::Problems;
use crate::source::Source;
use crate::syntax;
use blesim_host::recovery::{Program, Worst};
use spec::PolicySpec;
use std::path::Path;
use std::sync::Arc;

/// A policy that has been read and proved.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What the host runs.
    pub program: Program,
    /// What was proved.
    pub facts: PolicyFacts,
    /// What may not be meant as it is written.
    pub warnings: Problems,
    /// The text it was read from.
    pub source: Arc<Source>,
}

/// The policy `name`, or `None` if there is none.
///
/// # Errors
/// [`Problems`] if it is there and is wrong.
pub fn load(name: &str, from: &dyn PolicySource) -> Result<Option<Checked>, Problems> {
    let Some(source) = from.find(name)? else { return Ok(None) };
    check(&source, Some(name)).map(Some)
}

/// The policy in a file.
///
/// # Errors
/// [`Problems`], all that are found if the file has the form of a policy, the first one otherwise.
pub fn load_file(path: &Path) -> Result<Checked, Problems> {
    check(&Source::read(path)?, path.file_stem().and_then(|stem| stem.to_str()))
}

/// The policy in a text that is called `name`.
///
/// # Errors
/// As for [`load_file`].
pub fn parse(name: &str, text: &str) -> Result<Checked, Problems> {
    check(&Source::new(name, text)?, None)
}

/// Reads and proves; the name of the policy has to be `expected`, where it is found by that name.
fn check(source: &Arc<Source>, expected: Option<&str>) -> Result<Checked, Problems> {
    let spec: PolicySpec = syntax::parse(source)?;
    let mut cx = Cx::new(source);
    if let Some(expected) = expected.filter(|expected| *expected != spec.name) {
        let title = format!("this policy is named \"{}\", and its file \"{expected}\"", spec.name);
        let problem = cx.at("P001", &Place::root().field("name"), title);
        cx.error(problem.write("name it as its file", format!("\"{expected}\"")));
    }
    let mut program = lower::lower(&spec, &mut cx)?;
    if !cx.errors.is_empty() {
        return Err(cx.finish().err().unwrap_or_default());
    }
    let facts = prove::prove(&spec, &program, &mut cx);
    let warnings = cx.finish()?;
    program.worst = Some(Worst { waits: facts.longest_wait, failures: facts.most_failures });
    Ok(Checked { program, facts, warnings, source: Arc::clone(source) })
}
