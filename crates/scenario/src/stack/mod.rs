//! Stack profiles: the timers, defaults and quirks of the software of a device, read and checked.
//!
//! Invariant: a profile leaves here only if a device of either role can run with it as it is.

mod find;

pub use find::builtin;
pub(crate) use find::find;

use crate::cx::Cx;
use crate::locate::Path as Place;
use crate::policy::{self, Basis, PolicySource};
use crate::problem::{Problem, Problems};
use crate::resolve::check_stack;
use crate::source::Source;
use crate::spec::{RoleWord, StackSpec};
use crate::syntax;
use crate::words::did_you_mean;
use std::path::Path;
use std::sync::Arc;

/// A profile that has been read and checked.
#[derive(Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it rests on.
    pub basis: Basis,
    /// What it is, in one sentence.
    pub about: String,
    /// The policies of a central and of a peripheral that have no other.
    pub policies: [Option<String>; 2],
    /// The text it was read from.
    pub source: Arc<Source>,
    pub(crate) spec: StackSpec,
}

/// The profile `name`, or `None` if there is none.
///
/// # Errors
/// [`Problems`] if it is there and is wrong.
pub fn load(name: &str, from: &dyn PolicySource) -> Result<Option<Profile>, Problems> {
    let Some(source) = from.find_stack(name)? else { return Ok(None) };
    check(&source, Some(name), from).map(Some)
}

/// The profile in a file, with the policies that `from` finds.
///
/// # Errors
/// [`Problems`], all that are found if the file has the form of a profile, the first one otherwise.
pub fn load_file(path: &Path, from: &dyn PolicySource) -> Result<Profile, Problems> {
    check(&Source::read(path)?, path.file_stem().and_then(|stem| stem.to_str()), from)
}

fn check(source: &Arc<Source>, expected: Option<&str>, from: &dyn PolicySource) -> Result<Profile, Problems> {
    let spec: StackSpec = syntax::parse(source)?;
    let mut cx = Cx::new(source);
    if let Some(expected) = expected.filter(|expected| *expected != spec.name) {
        let title = format!("this stack is named \"{}\", and its file \"{expected}\"", spec.name);
        let problem = cx.at("S211", &Place::root().field("name"), title);
        cx.error(problem.write("name it as its file", format!("\"{expected}\"")));
    }
    for (field, part) in [("both", &spec.both), ("central", &spec.central), ("peripheral", &spec.peripheral)]
    {
        let place = Place::root().field(field);
        if field != "central" && part.link.is_some() {
            let title = "a central decides on the parameters of a link";
            let problem = cx.at("S213", &place.field("link"), title);
            cx.error(problem.help("write `link` in `central`; a peripheral asks with `asks_for`"));
        }
        let known = from.names();
        if let Some(policy) = part.policy.as_ref().filter(|policy| !known.contains(policy)) {
            let problem = cx.at("S162", &place.field("policy"), format!("there is no policy \"{policy}\""));
            cx.error(suggest(problem, policy, &known));
        }
    }
    check_stack(&spec, &mut cx);
    cx.finish()?;
    let policies = [RoleWord::Central, RoleWord::Peripheral].map(|role| spec.policy(role).cloned());
    let (name, basis, about) = (spec.name.clone(), spec.basis.clone(), spec.about.clone());
    Ok(Profile { name, basis, about, policies, source: Arc::clone(source), spec })
}

/// The problem of a name that is not there, with the one that was probably meant.
pub(crate) fn suggest(problem: Problem, name: &str, known: &[String]) -> Problem {
    match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(word) => problem.write("did you mean this?", format!("\"{word}\"")),
        None => problem,
    }
}

/// Whether the policies of a profile fit the roles it gives them.
///
/// # Errors
/// [`Problems`] if one of them is wrong in itself.
pub fn policies_fit(profile: &Profile, from: &dyn PolicySource) -> Result<bool, Problems> {
    use blesim_host::Role;
    for (name, role) in profile.policies.iter().zip([Role::Central, Role::Peripheral]) {
        let Some(name) = name else { continue };
        let Some(checked) = policy::load(name, from)? else { return Ok(false) };
        if policy::unfit(&checked.program, role).is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
