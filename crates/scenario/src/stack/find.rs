//! The profiles that are built in.

use crate::problem::Problems;
use crate::source::Source;
use std::sync::Arc;

/// Name and text. One row adds one.
const BUILT_IN: [(&str, &str); 13] = [
    ("nordic-sdk-17", include_str!("../../stacks/nordic-sdk-17.ron")),
    ("zephyr", include_str!("../../stacks/zephyr.ron")),
    ("nimble", include_str!("../../stacks/nimble.ron")),
    ("esp-bluedroid", include_str!("../../stacks/esp-bluedroid.ron")),
    ("bluez", include_str!("../../stacks/bluez.ron")),
    ("android-15", include_str!("../../stacks/android-15.ron")),
    ("android-16", include_str!("../../stacks/android-16.ron")),
    ("apple", include_str!("../../stacks/apple.ron")),
    ("windows", include_str!("../../stacks/windows.ron")),
    ("ti", include_str!("../../stacks/ti.ron")),
    ("cordio", include_str!("../../stacks/cordio.ron")),
    ("silicon-labs", include_str!("../../stacks/silicon-labs.ron")),
    ("spec-exact", include_str!("../../stacks/spec-exact.ron")),
];

/// The built-in profiles: name and text.
#[must_use]
pub fn builtin() -> &'static [(&'static str, &'static str)] {
    &BUILT_IN
}

/// The text of the built-in profile `name`.
pub(crate) fn find(name: &str) -> Result<Option<Arc<Source>>, Problems> {
    match BUILT_IN.iter().find(|(known, _)| *known == name) {
        Some((name, text)) => Source::new(&format!("built-in stack {name}"), text).map(Some),
        None => Ok(None),
    }
}
