//! The text of a file: what it is called, what it says, and where in it an offset lies.
//!
//! Invariant: a text is UTF-8 and at most [`LIMIT`] octets long; whatever is no such text is a problem.

use crate::problem::{Problem, Problems};
use ron::error::Position;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The largest file that is read: far more than a person writes.
pub const LIMIT: usize = 1 << 20;

/// A named text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The file, as the user named it.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// A text that is there already.
    ///
    /// # Errors
    /// If it is larger than [`LIMIT`].
    pub fn new(name: &str, text: &str) -> Result<Arc<Self>, Problems> {
        if text.len() > LIMIT {
            return Err(too_large(name).into());
        }
        Ok(Arc::new(Self { name: name.to_owned(), text: text.to_owned() }))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, is larger than [`LIMIT`] or is no UTF-8 text.
    pub fn read(path: &Path) -> Result<Arc<Self>, Problems> {
        let name = path.display().to_string();
        let cannot = |error: &std::io::Error| {
            let title = match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                std::io::ErrorKind::PermissionDenied => "the file may not be read".to_owned(),
                std::io::ErrorKind::IsADirectory => "this is a folder, not a file".to_owned(),
                _ => format!("the file cannot be read: {error}"),
            };
            Problems::from(Problem::of_file("S010", &name, title))
        };
        let mut octets = Vec::new();
        let file = File::open(path).map_err(|error| cannot(&error))?;
        file.take(LIMIT as u64 + 1).read_to_end(&mut octets).map_err(|error| cannot(&error))?;
        if octets.len() > LIMIT {
            return Err(too_large(&name).into());
        }
        match String::from_utf8(octets) {
            Ok(text) => Ok(Arc::new(Self { name, text })),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let problem = Problem::of_file("S011", &name, "this is not a text file".to_owned())
                    .note(format!("octet {at} is not UTF-8; a scenario is plain text in RON notation"));
                Err(problem.into())
            }
        }
    }

    /// The octet offset of a position of the parser, which counts lines and characters from one.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let mut start = 0;
        for _ in 1..position.line {
            match self.text[start..].find('\n') {
                Some(end) => start += end + 1,
                None => return self.text.len(),
            }
        }
        let line = &self.text[start..];
        let column = line.char_indices().nth(position.col.saturating_sub(1));
        start + column.map_or(line.len(), |(at, _)| at)
    }

    /// The line and the column of an offset, both counted from one, the column in characters.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..floor(&self.text, offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        (line, column)
    }

    /// `span` cut to its first line and to whole characters, for a mark that fits one line.
    pub(crate) fn first_line(&self, span: Range<usize>) -> Range<usize> {
        let start = floor(&self.text, span.start);
        let end = floor(&self.text, span.end).max(start);
        let line = self.text[start..end].find(['\n', '\r']).map_or(end, |at| start + at);
        start..line
    }

    /// The first offset from `offset` on at which something is written.
    pub(crate) fn skip_blanks(&self, offset: usize) -> usize {
        let start = floor(&self.text, offset);
        let rest = &self.text[start..];
        rest.find(|c: char| !c.is_whitespace()).map_or(start, |blanks| start + blanks)
    }

    /// The word that ends before `offset`, with nothing but blanks between.
    pub(crate) fn word_before(&self, offset: usize) -> Range<usize> {
        let before = self.text[..floor(&self.text, offset)].trim_end();
        let word = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
        word.len()..before.len()
    }

    /// The word, number or sign that starts at `offset`.
    pub(crate) fn token(&self, offset: usize) -> Range<usize> {
        let start = floor(&self.text, offset);
        let rest = &self.text[start..];
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
        let length = match rest.chars().next() {
            Some('"') => rest[1..].find(['"', '\n']).map_or(1, |end| end + 2),
            Some(c) if part(c) => rest.find(|c| !part(c)).unwrap_or(rest.len()),
            Some(c) => c.len_utf8(),
            None => 0,
        };
        start..floor(&self.text, start + length)
    }
}

/// The greatest boundary of a character that is not past `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn too_large(name: &str) -> Problem {
    let title = "the file is larger than 1 MiB".to_owned();
    Problem::of_file("S012", name, title).note("a scenario is a page of text; is this the right file?".into())
}
