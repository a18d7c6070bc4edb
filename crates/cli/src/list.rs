//! `blesim list` and `blesim show`: what there is by name, and what is behind a name.
//!
//! Invariant: on a pipe a list is a name a line and nothing else.

use crate::args::{Kind, ListArgs, ListFormat, ShowArgs};
use crate::catalogue::{Entry, entries, source};
use crate::check::{about_policy, about_stack};
use crate::failure::Failure;
use crate::output::{columns, to_stdout};
use blesim_scenario::glossary::{FAULTS, did_you_mean};
use blesim_scenario::{policy, stack};
use clap::ValueEnum;
use serde::Serialize;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The narrowest column of sentences.
const NARROW: usize = 30;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    kind: &'a str,
    rows: &'a [Entry],
}

pub(crate) fn list(args: &ListArgs) -> Result<(), Failure> {
    let rows = entries(args.kind, &args.folder)?;
    let text = match (args.format, columns()) {
        (Some(ListFormat::Json), _) => {
            let kind = word(args.kind);
            let document = Document { schema: "blesim.list/1", kind: &kind, rows: &rows };
            serde_json::to_string_pretty(&document).expect("words are JSON") + "\n"
        }
        (Some(ListFormat::Table), width) => table(&rows, width),
        (None, Some(width)) => table(&rows, Some(width)),
        (Some(ListFormat::Names), _) | (None, None) => {
            rows.iter().fold(String::new(), |text, row| text + &row.name + "\n")
        }
    };
    to_stdout(|sink| sink.write_all(text.as_bytes()))
}

/// The word of the command line for a kind.
fn word(kind: Kind) -> String {
    kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A name and its sentence a row, the sentence in lines as long as the terminal allows.
fn table(rows: &[Entry], width: Option<u16>) -> String {
    let names = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    let room = width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(names + 2).max(NARROW));
    let mut text = String::new();
    for row in rows {
        let unit = row.unit.map_or(String::new(), |unit| format!(" ({unit})"));
        let mut name = row.name.as_str();
        for line in lines(&format!("{}{unit}", row.about), room) {
            let _ = writeln!(text, "{}", format!("{name:names$}  {line}").trim_end());
            name = "";
        }
    }
    text
}

/// Words in lines of at most `room` characters, where no word is longer.
fn lines(words: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        let last = lines.last_mut().expect("there is one from the beginning");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= room {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

pub(crate) fn show(args: &ShowArgs) -> Result<(), Failure> {
    let mut found = Vec::new();
    let mut known = Vec::new();
    for kind in Kind::value_variants() {
        // Scenarios are wherever the user has put them; without a folder there are none.
        let rows = if *kind == Kind::Scenarios && !args.folder.is_dir() {
            Vec::new()
        } else {
            entries(*kind, &args.folder)?
        };
        for row in rows {
            if row.name == args.name {
                found.push(told(*kind, &row, &args.folder)?);
            }
            known.push(row.name);
        }
    }
    if found.is_empty() {
        let meant = did_you_mean(&args.name, known.iter().map(String::as_str));
        let meant = meant.map_or(String::new(), |word| format!("; did you mean {word}?"));
        let what = format!("there is nothing named \"{}\"{meant}", args.name);
        return Err(Failure::Usage(format!(
            "{what}\n  blesim list policies, stacks, faults .. has the names"
        )));
    }
    to_stdout(|sink| sink.write_all(found.join("\n").as_bytes()))
}

/// All that is known of one thing.
fn told(kind: Kind, row: &Entry, folder: &Path) -> Result<String, Failure> {
    let from = source(folder);
    let Entry { name, about, unit } = row;
    Ok(match kind {
        Kind::Policies => match policy::load(name, &from)? {
            Some(policy) => format!("{}{}", about_policy(&policy), policy.source.text),
            None => String::new(),
        },
        Kind::Stacks => match stack::load(name, &from)? {
            Some(stack) => format!("{}\n{}", about_stack(&stack), stack.source.text),
            None => String::new(),
        },
        Kind::Scenarios => fs::read_to_string(name)
            .map_err(|error| Failure::Usage(format!("cannot read {name}: {error}")))?,
        Kind::Faults | Kind::Measures | Kind::Errors => {
            let what = word(kind);
            let mut text = format!("{} \u{1b}[1m{name}\u{1b}[0m\n  {about}\n", what.trim_end_matches('s'));
            if let Some(row) = FAULTS.iter().find(|row| kind == Kind::Faults && row.name == *name) {
                let _ = writeln!(text, "  written as: what: {}", row.written);
            }
            if let Some(unit) = unit {
                let _ = writeln!(text, "  unit: {unit}");
            }
            text
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences are broken between words, and a word that is too long stands alone.
    #[test]
    fn sentences_are_broken_between_words() {
        let check = |words: &str, room: usize, expected: &[&str]| assert_eq!(lines(words, room), expected);
        check("one two three", 7, &["one two", "three"]);
        check("one two three", 8, &["one two", "three"]);
        check("extraordinary two", 5, &["extraordinary", "two"]);
        check("one two three", usize::MAX, &["one two three"]);
        check("", 10, &[""]);
    }

    /// A table keeps its columns, and nothing hangs over its end.
    #[test]
    fn a_table_has_columns() {
        let row = |name: &str, about: &str, unit| Entry { name: name.into(), about: about.into(), unit };
        let rows =
            [row("a", "Short.", None), row("name", "It goes on for a while, word by word.", Some("s"))];
        let expected = "a     Short.\n\
                        name  It goes on for a while, word\n      by word. (s)\n";
        assert_eq!(table(&rows, Some(36)), expected);
    }
}
