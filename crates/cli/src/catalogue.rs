//! What there is by name: policies, stacks, faults, measures, codes and scenarios.
//!
//! Invariant: names and meanings come from the tables and files that the simulator itself goes by.

use crate::args::Kind;
use crate::failure::Failure;
use blesim_host::{SHOWN, Shown};
use blesim_scenario::glossary::FAULTS;
use blesim_scenario::policy::{self, Folder, PolicySource};
use blesim_scenario::{Problems, stack};
use blesim_study::MEASURES;
use serde::Serialize;
use std::fs;
use std::path::Path;

/// One thing that has a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// One sentence.
    pub(crate) about: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<&'static str>,
}

impl Entry {
    fn new(name: impl Into<String>, about: impl Into<String>) -> Self {
        Self { name: name.into(), about: about.into(), unit: None }
    }
}

/// Where a folder of scenarios keeps policies and stacks.
pub(crate) fn source(folder: &Path) -> Folder {
    Folder(folder.join("policies"))
}

/// Everything of a kind, that of the user's own in `folder` included.
pub(crate) fn entries(kind: Kind, folder: &Path) -> Result<Vec<Entry>, Failure> {
    Ok(match kind {
        Kind::Policies => {
            let from = source(folder);
            let about = |name: &str| Ok(policy::load(name, &from)?.map(|found| found.facts.about));
            from.names().into_iter().map(|name| sentence(name, about)).collect()
        }
        Kind::Stacks => {
            let from = source(folder);
            let about = |name: &str| Ok(stack::load(name, &from)?.map(|found| found.about));
            from.stack_names().into_iter().map(|name| sentence(name, about)).collect()
        }
        Kind::Faults => {
            FAULTS.iter().map(|row| Entry { unit: row.unit, ..Entry::new(row.name, row.about) }).collect()
        }
        Kind::Measures => {
            let entry = |row: &blesim_study::Measure| Entry {
                unit: Some(row.unit),
                ..Entry::new(row.name, row.about)
            };
            MEASURES.iter().map(entry).collect()
        }
        Kind::Errors => {
            SHOWN.iter().map(|(name, shown)| Entry::new(*name, format!("{shown}{}.", who(*shown)))).collect()
        }
        Kind::Scenarios => scenarios(folder)?,
    })
}

/// Who says so, where the words leave it out.
fn who(shown: Shown) -> &'static str {
    match shown {
        Shown::Hci(_) => ", from the controller",
        Shown::PairingFailed(_) => "",
        Shown::SmpTimeout => ": the 30 s of the Security Manager",
        Shown::ConnectTimeout => ", by the timer of the host",
    }
}

/// A file's sentence, or what is wrong with the file.
fn sentence(name: String, about: impl Fn(&str) -> Result<Option<String>, Problems>) -> Entry {
    let about = match about(&name) {
        Ok(about) => about.unwrap_or_default(),
        Err(problems) => problems.iter().next().map(ToString::to_string).unwrap_or_default(),
    };
    Entry::new(name, about)
}

/// The scenario files below a folder, by the paths that other commands take.
fn scenarios(folder: &Path) -> Result<Vec<Entry>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        let unreadable = |error| Failure::Usage(format!("cannot read {}: {error}", at.display()));
        for file in fs::read_dir(&at).map_err(unreadable)?.flatten() {
            let (path, name) = (file.path(), file.file_name());
            if file.file_type().is_ok_and(|kind| kind.is_dir()) {
                if name != "policies" && name != "stacks" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "ron") {
                found.push(path);
            }
        }
    }
    found.sort();
    let about = |path: &str| blesim_scenario::load(Path::new(path)).map(|found| Some(found.about));
    Ok(found.into_iter().map(|path| sentence(path.display().to_string(), about)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the program knows by itself has one sentence that ends like one.
    #[test]
    fn everything_is_explained() {
        for kind in [Kind::Policies, Kind::Stacks, Kind::Faults, Kind::Measures, Kind::Errors] {
            let entries = entries(kind, Path::new("nowhere")).unwrap();
            assert!(!entries.is_empty(), "{kind:?}");
            for Entry { name, about, .. } in entries {
                assert!(about.ends_with('.') && !about.contains('\n'), "{kind:?} {name}: {about}");
            }
        }
    }
}
