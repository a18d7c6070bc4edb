//! The table holds to the types, and the page names every type that a field refers to.

use super::probe::section;
use super::types::{Kind, all};
use super::*;
use std::collections::BTreeSet;

/// What is to be said of: each field of each type, with the word it belongs to.
fn fields(kind: &Kind) -> Vec<(usize, String, &'static str)> {
    match (kind.trace)() {
        Content::Fields(fields) => {
            fields.into_iter().map(|(field, _)| (0, format!("{}.{field}", kind.name), field)).collect()
        }
        Content::Words(words) => {
            let of_word = |(number, (word, content)): (usize, (&'static str, Content))| {
                let Content::Fields(fields) = content else { panic!("a word has fields") };
                let name = format!("{}.{word}", kind.name);
                fields.into_iter().map(move |(field, _)| (number, format!("{name}.{field}"), field))
            };
            words.into_iter().enumerate().flat_map(of_word).collect()
        }
    }
}

/// Every field has its row, whatever may be left out has a default and nothing else has, and each example and default
/// is read by the type it is for.
#[test]
fn the_table_holds_to_the_types() {
    let mut wrong = Vec::new();
    for kind in all() {
        for (word, name, field) in fields(&kind) {
            let Some(Said { default, example, .. }) = said(&name) else {
                wrong.push(format!("{name}: no row"));
                continue;
            };
            let needed = (kind.reads)(word, Some(field), None).is_err();
            if needed != (default == "*") {
                wrong.push(format!("{name}: default {default:?}, needed {needed}"));
            }
            let texts = [example, default].into_iter().filter(|text| *text != "*" && !text.starts_with('~'));
            for text in texts {
                if let Err(error) = (kind.reads)(word, None, Some((field, text))) {
                    wrong.push(format!("{name}: {text:?} is not read: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A word with values has an example that is read; and no row is of anything that is not there.
#[test]
fn no_row_is_of_nothing() {
    let mut known = BTreeSet::new();
    for kind in all() {
        known.extend(fields(&kind).into_iter().map(|(_, name, _)| name));
        let Content::Words(words) = (kind.trace)() else { continue };
        for (number, (word, _)) in words.iter().enumerate() {
            let name = format!("{}.{word}", kind.name);
            if let Some(Said { example, .. }) = said(&name)
                && !example.is_empty()
            {
                let single = (kind.reads)(number, None, Some(("", example)));
                let several = (kind.reads)(number, None, Some(("", &format!("({example})"))));
                assert!(single.is_ok() || several.is_ok(), "{name}({example}): {single:?} {several:?}");
            }
            known.insert(name);
        }
    }
    let rows = include_str!("fields.tsv").lines().filter_map(|line| line.split('\t').next());
    let stray: Vec<&str> = rows.filter(|row| !known.contains(*row)).collect();
    assert!(stray.is_empty(), "{stray:?}");
}

/// What is read in a second step is said to be what it is.
#[test]
fn nothing_takes_anything() {
    let page = reference();
    assert!(!page.contains("anything |"), "{page}");
    assert!(LATER.iter().all(|(_, takes)| page.contains(takes)));
}

/// A link on the page leads to a section of it.
#[test]
fn every_type_has_a_section() {
    let page = reference();
    let sections: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_lowercase).collect();
    for link in page.split("](#").skip(1) {
        let name = link.split(')').next().unwrap_or_default();
        assert!(sections.contains(name), "{name} has no section");
    }
    assert_eq!(section("DeviceSpec"), "Device");
}
