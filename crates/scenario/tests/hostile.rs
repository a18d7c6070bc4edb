//! No text makes the reader panic, and every problem it tells has a place in the text.

use blesim_scenario::policy::{self, BuiltIn};
use blesim_scenario::{Problems, parse};
use proptest::prelude::*;

const QUICKSTART: &str = include_str!("../../../scenarios/quickstart.ron");
const OFFICE: &str = include_str!("../../../scenarios/busy-office.ron");
const BACKOFF: &str = include_str!("../policies/exponential-backoff.ron");

/// Parts that mean something to the reader, to be put anywhere.
const PARTS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "//",
    "/*",
    "*/",
    "r#\"",
    "\\",
    "-",
    "0",
    "99999999999999999999",
    "1e400",
    "NaN",
    "inf",
    "ms(",
    "s(1)",
    "percent(1)",
    "None",
    "Some(",
    "Burst",
    "WiFi(",
    "dBm(-1e9)",
    "m(NaN)",
    "channels: [",
    "path: [(",
    "Wait(",
    "Again",
    "From(2)",
    "µ",
    "\u{0}",
    "\u{feff}",
    "#![enable(",
    "'",
    "b\"",
    "_",
    "0x",
    "true",
    "\r\n",
    "Hci(0x06)",
    "policies",
    "\"lock\"",
];

fn told(problems: &Problems) {
    assert!(!problems.is_empty());
    assert!(!problems.render(true).is_empty());
    for problem in problems {
        if let Some(place) = &problem.place {
            assert!(place.source.text.get(place.span.clone()).is_some(), "{problem}");
            assert!(place.line >= 1 && place.column >= 1);
        }
    }
}

fn read(text: &str) {
    if let Err(problems) = parse("scenario.ron", text, &BuiltIn) {
        told(&problems);
    }
    if let Err(problems) = policy::parse("policy.ron", text) {
        told(&problems);
    }
}

/// `text` with a stretch of it replaced; places and lengths are parts of a thousand.
fn mutated(text: &str, edits: &[(usize, usize, usize)]) -> String {
    let mut text = text.to_owned();
    for (place, length, part) in edits {
        let mut start = text.len() * place / 1000;
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = (start + length).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        text.replace_range(start..end, PARTS[part % PARTS.len()]);
    }
    text
}

fn edits() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0..1000_usize, 0..12_usize, 0..PARTS.len()), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text at all.
    #[test]
    fn any_text(text in any::<String>()) {
        read(&text);
    }

    /// Texts made of the reader's own words.
    #[test]
    fn words_in_any_order(parts in prop::collection::vec(0..PARTS.len(), 0..40)) {
        read(&parts.iter().map(|part| PARTS[*part]).collect::<String>());
    }

    /// The quickstart and the office, with a few stretches replaced.
    #[test]
    fn a_damaged_scenario(edits in edits()) {
        read(&mutated(QUICKSTART, &edits));
        read(&mutated(OFFICE, &edits));
    }

    /// A policy with a few stretches replaced.
    #[test]
    fn a_damaged_policy(edits in edits()) {
        read(&mutated(BACKOFF, &edits));
    }
}

/// Nesting without an end is refused, not followed.
#[test]
fn deep_nesting_is_refused() {
    for open in ["(", "[", "{\"a\":", "Some(", "(devices: ", "/*"] {
        read(&open.repeat(100_000));
        read(&format!("(name: \"x\", devices: {{}}, compare: {}", open.repeat(20_000)));
    }
}
