//! The parser's errors in the writer's words: what was expected there, and what to write.
//!
//! Invariant: one problem at a time, since nothing after the first can be trusted.

use crate::locate::options;
use crate::problem::{Problem, Problems};
use crate::source::Source;
use crate::unit::{CHANCE_FIELDS, DECIBEL_FIELDS, LENGTH_FIELDS, POWER_FIELDS, TIME_FIELDS};
use crate::words::did_you_mean;
use ron::error::{Error, SpannedError};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use std::ops::Range;
use std::sync::Arc;

/// Where and at which field the parser stopped.
struct Stop<'a> {
    source: &'a Arc<Source>,
    /// The octets of the word it stopped at.
    span: Range<usize>,
    /// The path of the value, empty for the whole file.
    path: String,
    /// The last name on the path.
    field: Option<String>,
}

/// Reads a whole file.
pub(crate) fn parse<T: DeserializeOwned>(source: &Arc<Source>) -> Result<T, Problems> {
    parse_part(source, &source.text, 0, "")
}

/// Reads `text`, which starts at `base` of the source; `within` is the path of the value it is.
pub(crate) fn parse_part<T: DeserializeOwned>(
    source: &Arc<Source>,
    text: &str,
    base: usize,
    within: &str,
) -> Result<T, Problems> {
    let failed = |error: SpannedError, path: String, field: Option<String>| {
        let part = Source { name: String::new(), text: text.to_owned() };
        let (at, end) = (part.offset(error.span.start), part.offset(error.span.end));
        let start = part.skip_blanks(at);
        // A point, or a mark that only reached the blanks before a word, becomes the word.
        let end = if start > at || end <= start { part.token(start).end } else { end };
        let path = path.trim_end_matches('?').trim_matches('.');
        let path = match (within, path) {
            (_, "") => within.to_owned(),
            ("", path) => path.to_owned(),
            (within, path) => format!("{within}.{path}").replace(".[", "["),
        };
        let field = field.or_else(|| within.rsplit('.').next().map(str::to_owned));
        let stop = Stop { source, span: base + start..base + end, path, field };
        Problems::from(translate(error.code, &stop))
    };
    let mut deserializer = ron::Deserializer::from_str_with_options(text, &options())
        .map_err(|error| failed(error, String::new(), None))?;
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let name = |segment: &Segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { variant } => Some(variant.clone()),
            Segment::Seq { .. } | Segment::Unknown => None,
        };
        let field = error.path().iter().filter_map(name).next_back();
        failed(deserializer.span_error(error.into_inner()), path, field)
    })?;
    deserializer.end().map_err(|error| failed(deserializer.span_error(error), String::new(), None))?;
    Ok(value)
}

fn translate(error: Error, stop: &Stop<'_>) -> Problem {
    match error {
        Error::NoSuchStructField { expected, found, .. } => unknown_field(expected, &found, stop),
        Error::NoSuchEnumVariant { expected, found, .. } => unknown_variant(expected, &found, stop),
        Error::MissingStructField { field, .. } => missing_field(field, stop),
        Error::DuplicateStructField { field, .. } => {
            stop.problem("S006", format!("the field `{field}` is there twice")).help("keep one of them")
        }
        Error::SuggestRawIdentifier(found) => not_a_word(&found, stop),
        Error::ExpectedIdentifier => not_a_word(stop.text(), stop),
        Error::ExpectedComma => missing_comma(stop),
        Error::Eof => stop.problem("S001", "the file ends too early".to_owned()),
        Error::TrailingCharacters => {
            stop.problem("S001", "the file should end here".to_owned()).label("after the last `)`")
        }
        Error::ExpectedNamedStructLike(_) | Error::ExpectedStructLike => not_a_group(stop),
        Error::ExpectedDifferentStructName { found, .. } => {
            if !stop.source.text[stop.span.end..].trim_start().starts_with('(') {
                return not_a_group(stop);
            }
            stop.problem("S007", "a group in parentheses is expected".to_owned()).write(
                format!("`{found}` is not a name of anything here; write the parentheses only"),
                String::new(),
            )
        }
        Error::IntegerOutOfBounds => stop.problem("S008", "this number does not fit here".to_owned()),
        Error::ExceededRecursionLimit => stop.problem("S001", "this is nested too deeply".to_owned()),
        Error::Message(text) => stop.problem("S007", text),
        other => match expectation(&other) {
            Some(expected) => stop.problem("S007", format!("{expected} is expected")),
            None => stop.problem("S001", plain(&other)),
        },
    }
}

/// What a value has to be where it is something else.
fn expectation(error: &Error) -> Option<&'static str> {
    Some(match error {
        Error::ExpectedBoolean => "`true` or `false`",
        Error::ExpectedString => "a text in double quotes",
        Error::ExpectedInteger | Error::InvalidIntegerDigit { .. } | Error::UnderscoreAtBeginning => {
            "a whole number"
        }
        Error::ExpectedFloat | Error::FloatUnderscore => "a number",
        Error::ExpectedArray => "a list in `[` and `]`",
        Error::ExpectedMap => "a list of names and values in `{` and `}`",
        Error::ExpectedMapColon => "`:`",
        Error::ExpectedArrayEnd => "`]`",
        Error::ExpectedMapEnd => "`}`",
        Error::ExpectedStructLikeEnd | Error::ExpectedOptionEnd => "`)`",
        _ => return None,
    })
}

/// The parser's own words, begun with a small letter.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

impl Stop<'_> {
    fn problem(&self, code: &'static str, title: String) -> Problem {
        let problem = Problem::at(code, self.source, self.span.clone(), title);
        if self.path.is_empty() { problem } else { problem.label(format!("in {}", self.path)) }
    }

    fn text(&self) -> &str {
        &self.source.text[self.source.first_line(self.span.clone())]
    }

    fn is_among(&self, fields: &[&str]) -> bool {
        self.field.as_deref().is_some_and(|field| fields.contains(&field))
    }
}

fn list(words: &[&str]) -> String {
    words.join(", ")
}

fn unknown_field(expected: &'static [&'static str], found: &str, stop: &Stop<'_>) -> Problem {
    let title = format!("there is no field `{found}` here");
    let problem = Problem::at("S002", stop.source, stop.span.clone(), title);
    let problem = match stop.path.rsplit_once('.') {
        Some((group, field)) if field == found => problem.label(format!("in {group}")),
        _ if stop.path == found || stop.path.is_empty() => problem,
        _ => problem.label(format!("in {}", stop.path)),
    };
    let problem = problem.note(format!("the fields are: {}", list(expected)));
    match did_you_mean(found, expected.iter().copied()) {
        Some(word) => problem.write("did you mean this?", word),
        None => problem,
    }
}

fn unknown_variant(expected: &'static [&'static str], found: &str, stop: &Stop<'_>) -> Problem {
    let (code, title, note) = if expected.contains(&"ms") {
        (
            "S004",
            format!("`{found}` is not a unit of time"),
            "units: us(..), ms(..), s(..), min(..)".to_owned(),
        )
    } else if let Some((_, unit)) = UNITS.iter().find(|(_, unit)| expected == [*unit]) {
        let (what, _) = of_unit(unit);
        ("S004", format!("`{found}` is not a unit of {what}"), format!("write a {what} as {unit}(..)"))
    } else {
        let title = format!("`{found}` is not a value that is known here");
        ("S003", title, format!("expected one of: {}", list(expected)))
    };
    let problem = stop.problem(code, title).note(note);
    match did_you_mean(found, expected.iter().copied()) {
        Some(word) => problem.write("did you mean this?", word),
        None => problem,
    }
}

fn missing_field(field: &str, stop: &Stop<'_>) -> Problem {
    let title = format!("the field `{field}` is missing");
    stop.problem("S005", title).help(format!("add `{field}: ..,` before this"))
}

/// Quantities with one unit: where they stand, and the unit.
const UNITS: &[(&[&str], &str)] =
    &[(CHANCE_FIELDS, "percent"), (DECIBEL_FIELDS, "dB"), (POWER_FIELDS, "dBm"), (LENGTH_FIELDS, "m")];

/// What has this unit, and a number of it for an example.
fn of_unit(unit: &str) -> (&'static str, &'static str) {
    match unit {
        "dB" => ("level", "10"),
        "dBm" => ("power", "0"),
        "m" => ("length", "2"),
        _ => ("chance", "30"),
    }
}

/// A number or a text where a word of the language has to be: mostly a forgotten unit.
fn not_a_word(found: &str, stop: &Stop<'_>) -> Problem {
    let inner = found.trim_matches('"');
    let unsigned = inner.trim_start_matches('-');
    let digits: String = unsigned.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let unit = unsigned[digits.len()..].trim();
    if stop.is_among(TIME_FIELDS) {
        let unit = did_you_mean(unit, ["us", "ms", "s", "min"]).unwrap_or("ms");
        let number = if digits.is_empty() { "30" } else { &digits };
        return stop
            .problem("S004", "a time needs a unit".to_owned())
            .note("units: us(..), ms(..), s(..), min(..)".to_owned())
            .write("write the unit, for example", format!("{unit}({number})"));
    }
    if let Some((_, unit)) = UNITS.iter().find(|(fields, _)| stop.is_among(fields)) {
        let (what, example) = of_unit(unit);
        let sign = if inner.starts_with('-') { "-" } else { "" };
        let number = if digits.is_empty() { example } else { &digits };
        return stop
            .problem("S004", format!("a {what} needs its unit"))
            .write(format!("write it in {unit}"), format!("{unit}({sign}{number})"));
    }
    let problem = stop.problem("S007", format!("a word is expected here, not `{found}`"));
    let word = !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric());
    if found.starts_with('"') && word && digits.is_empty() {
        return problem.write("write it without quotes", inner);
    }
    problem
}

fn not_a_group(stop: &Stop<'_>) -> Problem {
    if stop.path.is_empty() {
        return stop
            .problem("S001", "the file should start with `(` here".to_owned())
            .note("a file is one group of fields: ( name: \"..\", .. )".to_owned());
    }
    let word = stop.field.clone().unwrap_or_default();
    let takes_value = stop.path.ends_with(&format!(".{word}"))
        && word.chars().next().is_some_and(|first| first.is_ascii_uppercase() || word.len() <= 3);
    if takes_value {
        let span = stop.source.word_before(stop.span.start);
        let title = format!("`{word}` needs a value in parentheses");
        return Problem::at("S007", stop.source, span, title);
    }
    stop.problem("S007", "a group in parentheses is expected".to_owned())
}

/// The parser points at the next word; the place to mend is after the one before.
fn missing_comma(stop: &Stop<'_>) -> Problem {
    let before = &stop.source.text[..stop.span.start];
    let end = before.trim_end().len();
    let gap = &stop.source.text[end..stop.span.start];
    let next = stop.source.text[stop.span.start..].chars().next();
    match next {
        Some('.') if before.ends_with(|c: char| c.is_ascii_digit()) => {
            stop.problem("S007", "a whole number is expected".to_owned())
        }
        Some('(') if gap.is_empty() => {
            let span = stop.source.word_before(stop.span.start);
            let title = format!("`{}` takes no value in parentheses", &stop.source.text[span.clone()]);
            Problem::at("S007", stop.source, span, title)
        }
        _ if gap.contains("//") || before.lines().last().is_some_and(|line| line.contains("//")) => {
            stop.problem("S001", "`,` is missing before this".to_owned())
        }
        _ => {
            let span =
                before[..end].char_indices().last().map_or(0..0, |(at, last)| at..at + last.len_utf8());
            let problem = Problem::at("S001", stop.source, span, "`,` is missing after this".to_owned());
            problem.write_at("write", end..end, ",")
        }
    }
}
