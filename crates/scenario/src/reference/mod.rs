//! The reference of the scenario language: every field and word, from the types that read a scenario or a policy.
//!
//! Invariant: which fields there are, what kind of value each takes and whether it may be left out is asked of the
//! types; what a value means, its range, its default and an example stand in `fields.tsv`, a row for each, no more and
//! no fewer, and every example and default is read by the type it is for. Must never know: what a scenario does.

mod probe;
mod types;

use probe::Content;
use std::fmt::Write;
use types::{Kind, LATER, all};

/// What is to be said of a field or a word.
#[derive(Clone, Copy, Debug)]
struct Said {
    default: &'static str,
    range: &'static str,
    example: &'static str,
    about: &'static str,
}

/// The rows of `fields.tsv`: `Type.field` or `Type.Word.field`, default, range, example, sentence.
///
/// A default of `*` stands for none, and one that begins with `~` is said in words.
fn said(name: &str) -> Option<Said> {
    include_str!("fields.tsv").lines().find_map(|line| {
        let mut cells = line.split('\t');
        if cells.next() != Some(name) {
            return None;
        }
        let [default, range, example, about] = [cells.next()?, cells.next()?, cells.next()?, cells.next()?];
        Some(Said { default, range, example, about })
    })
}

/// The page, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut text = include_str!("head.md").to_owned();
    for kind in all() {
        match (kind.trace)() {
            Content::Fields(fields) => {
                let _ = writeln!(text, "\n## {}\n\n{}\n", kind.name, kind.about);
                table(&mut text, kind.name, &fields);
            }
            Content::Words(words) => {
                let _ = writeln!(text, "\n## {}\n\n{}\n", kind.name, kind.about);
                self::words(&mut text, &kind, &words);
            }
        }
    }
    text
}

/// A field: its name, and what its value is.
type Field = (&'static str, String);

fn table(text: &mut String, of: &str, fields: &[Field]) {
    text.push_str("| field | value | default | range | example | |\n|---|---|---|---|---|---|\n");
    for (field, value) in fields {
        let name = format!("{of}.{field}");
        let Some(Said { default, range, example, about }) = said(&name) else { continue };
        let value = LATER.iter().find(|(later, _)| *later == name).map_or(value.as_str(), |(_, takes)| takes);
        let default = match default.strip_prefix('~') {
            Some(words) => words.to_owned(),
            None if default == "*" => "**needed**".to_owned(),
            None => format!("`{default}`"),
        };
        let _ = writeln!(text, "| `{field}` | {value} | {default} | {range} | `{example}` | {about} |");
    }
}

fn words(text: &mut String, kind: &Kind, words: &[(&'static str, Content)]) {
    for (word, content) in words {
        let of = format!("{}.{word}", kind.name);
        let Some(Said { range, example, about, .. }) = said(&of) else {
            // A word that says what it is.
            let _ = writeln!(text, "- `{word}`");
            continue;
        };
        let range = if range.is_empty() { String::new() } else { format!(" ({range})") };
        match content {
            Content::Fields(fields) if !fields.is_empty() => {
                let _ = writeln!(text, "- `{word}(..)`: {about}{range}\n");
                table(text, &of, fields);
                text.push('\n');
            }
            _ if example.is_empty() => {
                let _ = writeln!(text, "- `{word}`: {about}{range}");
            }
            _ => {
                let _ = writeln!(text, "- `{word}({example})`: {about}{range}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
