//! Parts: what a machine, or an interrupted run, has of a study, in a file that checks itself.
//!
//! Invariant: a part is lines of text in paragraphs. Each paragraph ends with a seal, `#` and the digest of
//! its octets: first the header, then any number of chunks of rows, then, once the part is whole, the end.
//! What comes after the last whole paragraph was being written when the writer died and counts for nothing;
//! every other octet that is not as it was written is found. Must never know: where parts lie and what is
//! done with them.

use blesim_kernel::Digest;
use blesim_study::{WIDTH, from_row, to_row};
use blesim_world::Record;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, BufRead, Write};

/// The form that is written and read here.
pub const FORMAT: &str = "blesim.part/2";
/// The longest line that is read: a header of a large scenario is a small part of it.
const LONGEST_LINE: u64 = 1 << 23;
/// The most lines of a paragraph: a chunk of the most policies has fewer.
const MOST_LINES: usize = 1 << 16;

/// What a part is a part of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The version of blesim that ran it.
    pub version: String,
    /// The digest of everything that decides how a session goes, in hexadecimal.
    pub plan: String,
    /// The first seed of the study.
    pub first_seed: u64,
    /// How many seeds the study has.
    pub seeds: u64,
    /// The number of this part, from 1.
    pub shard: u64,
    /// How many parts the study has.
    pub shards: u64,
    /// Where the run may end early: the precision asked for, as it was written, and the policy it is asked
    /// of.
    pub precision: Option<(String, Option<String>)>,
    /// What a report of it says.
    pub study: Study,
}

/// What a report says of a study apart from its results.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Study {
    /// The scenario's file, as the command named it.
    pub path: String,
    /// The policies that the command named.
    pub chosen: Vec<String>,
    /// The scenario's name.
    pub scenario: String,
    /// The device whose policy varies, and the one against it.
    pub devices: [String; 2],
    /// The policies, in order.
    pub policies: Vec<String>,
    /// The longest that a session may last, in ns.
    pub limit_ns: u64,
    /// What is expected of the policies.
    pub expected: Vec<Expected>,
    /// How often it was looked at, which is once unless it may end early.
    pub looks: u32,
    /// What ended it, where it may end early and did.
    pub ended: Option<String>,
    /// What it is about, in the writer's words.
    pub about: String,
    /// The text of the scenario's file.
    pub text: String,
    /// What is assumed in it: of what, and what.
    pub facts: Vec<[String; 2]>,
}

/// What is expected of a policy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Expected {
    /// Of which.
    pub policy: String,
    /// The least share of sessions with a secured link, in parts of a thousand million.
    pub secured_at_least_ppb: Option<u64>,
    /// The longest 95th percentile of the time to a secured link, in ns.
    pub p95_at_most_ns: Option<u64>,
}

/// The last paragraph.
#[derive(Serialize, Deserialize)]
struct End {
    end: u64,
}

/// Why a part cannot be read.
#[derive(Debug)]
pub enum PartError {
    /// The file cannot be read.
    Io(io::Error),
    /// It is no part, or one of another form.
    NoPart,
    /// A paragraph is not as it was written; with the number of its last line.
    Altered(u64),
    /// It is whole, and its rows are not those of its seeds.
    OtherRows,
    /// It ends before its end.
    Truncated,
}

impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NoPart => write!(f, "this is no part of a study in the form {FORMAT}"),
            Self::Altered(line) => write!(f, "line {line}: this is not what was written"),
            Self::OtherRows => f.write_str("its rows are not those of the seeds it has to hold"),
            Self::Truncated => f.write_str("it ends before its end"),
        }
    }
}

impl From<io::Error> for PartError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The paragraph of a header.
///
/// # Panics
/// Never: a header holds nothing that JSON cannot.
#[must_use]
pub fn header_text(header: &Header) -> String {
    let line = serde_json::to_string(header).expect("a header holds nothing that JSON cannot");
    sealed(line + "\n")
}

/// The paragraph of a chunk of records.
#[must_use]
pub fn rows_text(records: &[Record]) -> String {
    let mut text = String::with_capacity(records.len() * 96);
    for record in records {
        let row = to_row(record).map(|number| number.to_string());
        text.push_str(&row.join(" "));
        text.push('\n');
    }
    sealed(text)
}

/// The paragraph that ends a part of so many records.
///
/// # Panics
/// Never: a number is JSON.
#[must_use]
pub fn end_text(records: u64) -> String {
    let line = serde_json::to_string(&End { end: records }).expect("a number is JSON");
    sealed(line + "\n")
}

/// Writes a whole part; the chunks hold so many records each.
///
/// # Errors
/// Those of the sink.
pub fn write_part(mut sink: impl Write, header: &Header, records: &[Record], chunk: usize) -> io::Result<()> {
    sink.write_all(header_text(header).as_bytes())?;
    for records in records.chunks(chunk) {
        sink.write_all(rows_text(records).as_bytes())?;
    }
    sink.write_all(end_text(records.len() as u64).as_bytes())
}

fn sealed(mut text: String) -> String {
    let seal = seal(text.as_bytes());
    text.push_str(&seal);
    text
}

fn seal(octets: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.octets(octets);
    format!("#{digest}\n")
}

/// Reads a part, paragraph by paragraph.
#[derive(Debug)]
pub struct PartReader<R> {
    source: R,
    /// Octets of all whole paragraphs so far.
    whole: u64,
    lines: u64,
    records: u64,
}

/// What a paragraph after the header is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Paragraph {
    /// The records of a chunk.
    Rows(Vec<Record>),
    /// The end: nothing is missing, and nothing follows.
    End,
}

impl<R: BufRead> PartReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`PartError`]; an empty or torn file is [`PartError::Truncated`].
    pub fn open(source: R) -> Result<(Header, Self), PartError> {
        let mut reader = Self { source, whole: 0, lines: 0, records: 0 };
        let text = reader.paragraph()?.ok_or(PartError::Truncated)?;
        let header: Header = serde_json::from_str(&text).map_err(|_| PartError::NoPart)?;
        let sound = header.format == FORMAT && header.seeds > 0 && !header.study.policies.is_empty();
        if sound { Ok((header, reader)) } else { Err(PartError::NoPart) }
    }

    /// The next paragraph; `None` at the end of a file that lacks its end.
    ///
    /// # Errors
    /// [`PartError`].
    pub fn read(&mut self) -> Result<Option<Paragraph>, PartError> {
        let Some(text) = self.paragraph()? else { return Ok(None) };
        if let Ok(End { end }) = serde_json::from_str(&text) {
            let alone = self.source.fill_buf()?.is_empty();
            let as_expected = end == self.records && alone;
            return if as_expected { Ok(Some(Paragraph::End)) } else { Err(PartError::Altered(self.lines)) };
        }
        let rows: Option<Vec<Record>> = text.lines().map(record).collect();
        let rows = rows.ok_or(PartError::Altered(self.lines))?;
        self.records += rows.len() as u64;
        Ok(Some(Paragraph::Rows(rows)))
    }

    /// How many octets the whole paragraphs so far have.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// The text of the next paragraph without its seal; `None` if there is no whole one any more.
    fn paragraph(&mut self) -> Result<Option<String>, PartError> {
        let mut octets = Vec::new();
        for _ in 0..MOST_LINES {
            let from = octets.len();
            let limited = &mut io::Read::take(&mut self.source, LONGEST_LINE);
            limited.read_until(b'\n', &mut octets)?;
            if octets.last() != Some(&b'\n') || octets.len() == from {
                let torn = octets.len() - from < usize::try_from(LONGEST_LINE).unwrap_or(usize::MAX);
                return if torn { Ok(None) } else { Err(PartError::NoPart) };
            }
            self.lines += 1;
            if octets[from] == b'#' {
                if seal(&octets[..from]).as_bytes() != &octets[from..] {
                    return Err(PartError::Altered(self.lines));
                }
                self.whole += octets.len() as u64;
                octets.truncate(from);
                return String::from_utf8(octets).map(Some).map_err(|_| PartError::Altered(self.lines));
            }
        }
        Err(PartError::NoPart)
    }
}

/// A line of a chunk.
fn record(line: &str) -> Option<Record> {
    let mut row = [0; WIDTH];
    let mut numbers = line.split(' ');
    for place in &mut row {
        *place = numbers.next()?.parse().ok()?;
    }
    if numbers.next().is_some() { None } else { from_row(&row) }
}

#[cfg(test)]
mod tests;
