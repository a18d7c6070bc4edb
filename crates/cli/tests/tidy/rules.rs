//! The rules over source text, one function each: the lines that break it.
//!
//! Invariant: a rule that speaks of code looks at code, so that a comment or a string may name what is
//! forbidden; only the kernel's rule reads comments too.
//! Must never know: which files it holds for.

use crate::source::{Source, closing, is_word, line_of};

const MOST_FILE_LINES: usize = 600;
const MOST_LINE_CHARS: usize = 120;
const MOST_FUNCTION_LINES: usize = 70;

/// How far above an item its citation may stand.
const CITATION_REACH: usize = 6;

/// Whether `line` holds `word` with no letter, digit or underscore on either side.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// Files longer than the limit, reported at their last line.
pub(crate) fn long_file(source: &Source) -> Vec<usize> {
    if source.len() > MOST_FILE_LINES { vec![source.len()] } else { Vec::new() }
}

/// Lines longer than the limit, comments and strings included.
pub(crate) fn long_lines(source: &Source) -> Vec<usize> {
    // A row of test data that is one string has no place to break.
    let is_one_string = |line: &str| line.trim_start().starts_with('"');
    source.text_lines(|line| line.chars().count() > MOST_LINE_CHARS && !is_one_string(line))
}

/// Functions longer than the limit, from the line of `fn` to the closing brace.
pub(crate) fn long_functions(source: &Source) -> Vec<usize> {
    let code: Vec<char> = source.code().chars().collect();
    let mut found = Vec::new();
    for at in 0..code.len().saturating_sub(3) {
        let starts = at == 0 || !is_word(code[at - 1]);
        if !starts || code[at..at + 3] != ['f', 'n', ' '] {
            continue;
        }
        let (first, last) =
            (line_of(&code, at), body(&code, at).map(|open| line_of(&code, closing(&code, open))));
        if last.is_some_and(|last| last + 1 - first > MOST_FUNCTION_LINES) {
            found.push(first);
        }
    }
    found
}

/// The opening brace of the function declared at `at`, unless it has no body.
fn body(code: &[char], at: usize) -> Option<usize> {
    let mut depth = 0;
    for (index, c) in code.iter().enumerate().skip(at) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(index),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Sources of chance: the crates by their paths, the generators by their names. A value that is called
/// `rand`, as the specification's own Rand is, is none.
pub(crate) fn chance(source: &Source) -> Vec<usize> {
    source.code_lines(|line| {
        let line = line.trim_end();
        ["rand_chacha", "rand::"].iter().any(|path| starts_word(line, path))
            || ["use rand;", "use rand as "].iter().any(|import| line.contains(import))
            || ["ChaCha", "Philox"].iter().any(|name| line.contains(name))
    })
}

/// Whether `line` holds `path` where no name is under way.
fn starts_word(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(is_word))
}

/// Words of Bluetooth, in comments too, in any case.
pub(crate) fn bluetooth(source: &Source) -> Vec<usize> {
    source.text_lines(|line| {
        let line = line.to_lowercase();
        line.contains("bluetooth") || ["ble", "smp", "hci"].iter().any(|word| has_word(&line, word))
    })
}

/// Floating point types and literals, in tests too.
pub(crate) fn floats(source: &Source) -> Vec<usize> {
    let mut found =
        source.code_lines(|line| has_word(line, "f32") || has_word(line, "f64") || has_float_literal(line));
    found.retain(|&line| !source.is_test(line));
    found
}

/// A number with a fraction that is not the field of a field (`pair.0.1`).
fn has_float_literal(line: &str) -> bool {
    let chars: Vec<char> = line.chars().collect();
    (1..chars.len().saturating_sub(1)).any(|dot| {
        if chars[dot] != '.' || !chars[dot - 1].is_ascii_digit() || !chars[dot + 1].is_ascii_digit() {
            return false;
        }
        let whole = chars[..dot].iter().rev().take_while(|&&c| is_word(c)).count();
        let number = chars[dot - whole].is_ascii_digit();
        number && (dot == whole || chars[dot - whole - 1] != '.')
    })
}

/// A lint silenced without a promise that it fires.
pub(crate) fn allow(source: &Source) -> Vec<usize> {
    source.code_lines(|line| {
        let dense: String = line.split_whitespace().collect();
        ["#[allow(", "#![allow(", ",allow("].iter().any(|attribute| dense.contains(attribute))
    })
}

/// A panic without a reason, outside test code.
pub(crate) fn unwrap(source: &Source) -> Vec<usize> {
    let mut found = source.code_lines(|line| line.contains(".unwrap()"));
    found.retain(|&line| !source.is_test(line));
    found
}

/// Code that asks the reader to believe it.
pub(crate) fn not_safe(source: &Source) -> Vec<usize> {
    source.code_lines(|line| has_word(line, "unsafe"))
}

/// Code that was meant to be finished or removed.
pub(crate) fn unfinished(source: &Source) -> Vec<usize> {
    source.code_lines(|line| ["todo!", "unimplemented!", "dbg!"].iter().any(|name| line.contains(name)))
}

/// A file whose first line is not its module doc.
pub(crate) fn module_doc(source: &Source) -> Vec<usize> {
    let first = (1..=source.len()).find(|&line| !source.line(line).trim().is_empty()).unwrap_or(1);
    if source.line(first).starts_with("//! ") { Vec::new() } else { vec![first] }
}

/// Public types that name no part of the Core Specification.
pub(crate) fn uncited_types(source: &Source) -> Vec<usize> {
    let mut found = source.code_lines(|line| {
        ["pub enum ", "pub struct "].iter().any(|item| line.trim_start().starts_with(item))
    });
    found.retain(|&line| !source.is_test(line) && !is_cited(source, line));
    found
}

/// Where PDUs, commands and events are listed, one a variant or a row.
const PDU_LISTS: [&str; 5] =
    ["pub enum AdvPdu ", "pub enum SmpPdu ", "pub enum Command ", "pub enum Event ", "control_pdus! {"];

/// PDUs, commands and events whose own doc names no part of the Core Specification. What stands for all that has
/// no row has no section either.
pub(crate) fn uncited_pdus(source: &Source) -> Vec<usize> {
    let mut found = Vec::new();
    let (mut in_list, mut cited) = (false, false);
    for number in 1..=source.len() {
        let line = source.line(number);
        if PDU_LISTS.iter().any(|list| line.starts_with(list)) {
            in_list = true;
        } else if line == "}" {
            in_list = false;
        }
        let Some(item) = line.strip_prefix("    ").filter(|_| in_list) else { continue };
        if item.starts_with("///") {
            cited |= cites(item);
        } else if item.starts_with(|first: char| first.is_ascii_uppercase()) {
            let name = item.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if !cited && !["Unknown", "Other"].contains(&name) {
                found.push(number);
            }
            cited = false;
        }
    }
    found
}

/// Constants of time that name no part of the Core Specification.
pub(crate) fn uncited_timers(source: &Source) -> Vec<usize> {
    let mut found = source.code_lines(|line| {
        let declared = line.split_once("const ").and_then(|(_, rest)| rest.split_once(':'));
        declared.is_some_and(|(name, kind)| {
            let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let kind = kind.trim_start();
            name.trim().chars().all(upper)
                && kind.starts_with("Span")
                && !kind.chars().nth(4).is_some_and(is_word)
        })
    });
    found.retain(|&line| !source.is_test(line) && !is_cited(source, line));
    found
}

/// Whether a citation stands on the line, in the comments and attributes right above it, or within reach
/// above.
fn is_cited(source: &Source, line: usize) -> bool {
    let belongs = |&above: &usize| {
        let text = source.line(above).trim_start();
        text.starts_with("//") || text.starts_with('#')
    };
    let own = (1..line).rev().take_while(belongs).last().unwrap_or(line);
    let reach = line.saturating_sub(CITATION_REACH).max(1);
    (own.min(reach)..=line).any(|above| cites(source.line(above)))
}

/// Whether the text holds a citation of the form `Vol 3 Part H`.
fn cites(text: &str) -> bool {
    text.match_indices("Vol ").any(|(at, start)| {
        let mut rest = text[at + start.len()..].chars();
        let volume = rest.next().is_some_and(|c| c.is_ascii_digit());
        let part = rest.as_str().strip_prefix(" Part ").and_then(|part| part.chars().next());
        volume && part.is_some_and(|part| ('A'..='H').contains(&part))
    })
}
