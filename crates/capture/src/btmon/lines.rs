//! Lines of the text, without the marks of quotation and with what mail programs broke put together.
//!
//! Invariant: a line of any length holds at most [`LINE_MAX`] octets of memory.

use super::header::Header;
use std::io::{self, BufRead, Read};

/// The most of a line that is kept.
const LINE_MAX: usize = 0x4000;
/// Details are set in by at least so many blanks.
const DETAIL: usize = 4;

/// A line with what it is.
pub(super) enum Logical {
    /// A packet begins.
    Header(Header),
    /// Something of a packet.
    Detail {
        /// Without blanks around.
        text: String,
        /// Set in as details are.
        indented: bool,
    },
    /// Nothing.
    Blank,
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    number: u64,
    octets: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(source: R) -> Self {
        Self { source, number: 0, octets: Vec::new() }
    }

    /// Lines read.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Logical>> {
        let Some(mut text) = self.raw()? else { return Ok(None) };
        let number = self.number;
        // A soft break of a mail's transfer encoding (RFC 2045 6.7): the line goes on in the next.
        while text.ends_with('=') && text.len() < LINE_MAX {
            text.pop();
            let Some(more) = self.raw()? else { break };
            text.push_str(&more);
        }
        let text = unquoted(&text);
        let plain = text.trim();
        Ok(Some(if plain.is_empty() {
            Logical::Blank
        } else if let Some(header) = Header::new(plain, number) {
            Logical::Header(header)
        } else {
            let indented = text.len() - text.trim_start().len() >= DETAIL;
            Logical::Detail { text: plain.to_owned(), indented }
        }))
    }

    /// A line as it stands, cut to what is kept.
    fn raw(&mut self) -> io::Result<Option<String>> {
        self.octets.clear();
        let limit = LINE_MAX as u64;
        if self.source.by_ref().take(limit).read_until(b'\n', &mut self.octets)? == 0 {
            return Ok(None);
        }
        if self.octets.len() == LINE_MAX && !self.octets.ends_with(b"\n") {
            self.pass()?;
        }
        self.number += 1;
        Ok(Some(String::from_utf8_lossy(&self.octets).trim_end().to_owned()))
    }

    /// Passes over the rest of a line.
    fn pass(&mut self) -> io::Result<()> {
        loop {
            let there = self.source.fill_buf()?;
            let end = there.iter().position(|&octet| octet == b'\n');
            let (passed, done) = (end.map_or(there.len(), |at| at + 1), end.is_some() || there.is_empty());
            self.source.consume(passed);
            if done {
                return Ok(());
            }
        }
    }
}

/// The line without the marks of quotation before it. That of a packet from the controller looks the same and stays.
pub(super) fn unquoted(line: &str) -> &str {
    let mut line = line;
    loop {
        let Some(rest) = line.trim_start().strip_prefix('>') else { return line };
        if comes_from_controller(rest) {
            return line;
        }
        line = rest.strip_prefix(' ').unwrap_or(rest);
    }
}

/// Whether what follows the mark is the title of a packet that goes up.
fn comes_from_controller(rest: &str) -> bool {
    const TITLES: [&str; 6] = ["HCI Event", "ACL Data R", "LE-ACL", "BR-ACL", "SCO Data", "ISO Data"];
    rest.strip_prefix(' ').is_some_and(|rest| TITLES.iter().any(|title| rest.starts_with(title)))
}
