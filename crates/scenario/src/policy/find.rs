//! Where policies come from: those that are built in, and those in the folder beside a scenario.

use crate::problem::Problems;
use crate::source::Source;
use crate::stack;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The built-in policies, name and text. One row adds one.
const BUILT_IN: [(&str, &str); 28] = [
    ("never-retry", include_str!("../../policies/never-retry.ron")),
    ("naive-immediate-retry", include_str!("../../policies/naive-immediate-retry.ron")),
    ("reconnect-then-retry", include_str!("../../policies/reconnect-then-retry.ron")),
    ("exponential-backoff", include_str!("../../policies/exponential-backoff.ron")),
    ("delete-bond-and-repair", include_str!("../../policies/delete-bond-and-repair.ron")),
    ("passive", include_str!("../../policies/passive.ron")),
    ("nordic-pm-default", include_str!("../../policies/nordic-pm-default.ron")),
    ("nordic-pm-keeplink", include_str!("../../policies/nordic-pm-keeplink.ron")),
    ("nordic-allow-repairing", include_str!("../../policies/nordic-allow-repairing.ron")),
    ("nordic-ra-protected", include_str!("../../policies/nordic-ra-protected.ron")),
    ("zephyr-default", include_str!("../../policies/zephyr-default.ron")),
    ("zephyr-unauth-overwrite", include_str!("../../policies/zephyr-unauth-overwrite.ron")),
    ("nimble-sample-retry", include_str!("../../policies/nimble-sample-retry.ron")),
    ("nimble-ignore", include_str!("../../policies/nimble-ignore.ron")),
    ("esp-bluedroid", include_str!("../../policies/esp-bluedroid.ron")),
    ("bluez", include_str!("../../policies/bluez.ron")),
    ("bluez-as-read", include_str!("../../policies/bluez-as-read.ron")),
    ("android-15", include_str!("../../policies/android-15.ron")),
    ("android-16", include_str!("../../policies/android-16.ron")),
    ("apple-central", include_str!("../../policies/apple-central.ron")),
    ("cordio-backoff", include_str!("../../policies/cordio-backoff.ron")),
    ("cordio-backoff-1", include_str!("../../policies/cordio-backoff-1.ron")),
    ("ti-terminate", include_str!("../../policies/ti-terminate.ron")),
    ("ti-no-action", include_str!("../../policies/ti-no-action.ron")),
    ("ti-initiate-pairing", include_str!("../../policies/ti-initiate-pairing.ron")),
    ("ti-erase-all", include_str!("../../policies/ti-erase-all.ron")),
    ("sc-downgrade-to-legacy", include_str!("../../policies/sc-downgrade-to-legacy.ron")),
    ("spec-strict-consent", include_str!("../../policies/spec-strict-consent.ron")),
];

/// The built-in policies: name and text.
#[must_use]
pub fn builtin() -> &'static [(&'static str, &'static str)] {
    &BUILT_IN
}

/// Finds policies by name.
pub trait PolicySource {
    /// The text of the policy `name`, or `None` if there is none.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    fn find(&self, name: &str) -> Result<Option<Arc<Source>>, Problems>;

    /// The names that can be found, for the help where one is misspelt.
    fn names(&self) -> Vec<String>;

    /// The text of the stack's profile `name`, or `None` if there is none.
    ///
    /// # Errors
    /// If it is there and cannot be read.
    fn find_stack(&self, name: &str) -> Result<Option<Arc<Source>>, Problems> {
        stack::find(name)
    }

    /// The names of the profiles that can be found.
    fn stack_names(&self) -> Vec<String> {
        stack::builtin().iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// The built-in policies alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BuiltIn;

impl PolicySource for BuiltIn {
    fn find(&self, name: &str) -> Result<Option<Arc<Source>>, Problems> {
        match BUILT_IN.iter().find(|(known, _)| *known == name) {
            Some((name, text)) => Source::new(&format!("built-in policy {name}"), text).map(Some),
            None => Ok(None),
        }
    }

    fn names(&self) -> Vec<String> {
        BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// A folder of files `NAME.ron`, a folder `stacks` beside it with profiles of stacks, and what is built in for names
/// that are in neither.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// The folder `policies` beside a scenario file.
    #[must_use]
    pub fn beside(scenario: &Path) -> Self {
        Self(scenario.parent().unwrap_or_else(|| Path::new("")).join("policies"))
    }

    fn stacks(&self) -> PathBuf {
        self.0.with_file_name("stacks")
    }
}

impl PolicySource for Folder {
    fn find(&self, name: &str) -> Result<Option<Arc<Source>>, Problems> {
        within(&self.0, name).map_or_else(|| BuiltIn.find(name), |path| Source::read(&path).map(Some))
    }

    fn names(&self) -> Vec<String> {
        and_own(BuiltIn.names(), &self.0)
    }

    fn find_stack(&self, name: &str) -> Result<Option<Arc<Source>>, Problems> {
        let own = within(&self.stacks(), name);
        own.map_or_else(|| BuiltIn.find_stack(name), |path| Source::read(&path).map(Some))
    }

    fn stack_names(&self) -> Vec<String> {
        and_own(BuiltIn.stack_names(), &self.stacks())
    }
}

/// The file of a name in a folder, if it is there. A name is no path: it cannot lead out of the folder.
fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let path = folder.join(format!("{name}.ron"));
    (!name.is_empty() && name.chars().all(plain) && path.exists()).then_some(path)
}

/// `names` and those of a folder that are not among them.
fn and_own(mut names: Vec<String>, folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut own: Vec<_> = files
        .filter_map(|file| file.file_name().to_str()?.strip_suffix(".ron").map(str::to_owned))
        .filter(|name| !names.contains(name))
        .collect();
    own.sort();
    names.extend(own);
    names
}
