//! The sessions as CSV and as NDJSON, one row a session: seed after seed, and the policies in order within
//! each.
//!
//! Invariant: both forms hold the same rows. Must never know: what a row holds.

use crate::Report;
use crate::rows::rows;
use std::io::{self, Write};

/// Writes a header and a row a session.
///
/// # Errors
/// Those of the sink.
pub fn write_csv(report: &Report<'_>, sink: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(sink);
    for row in rows(report.table) {
        writer.serialize(row).map_err(io_error)?;
    }
    writer.flush()
}

/// Writes a JSON object a session, each on its own line.
///
/// # Errors
/// Those of the sink.
pub fn write_ndjson(report: &Report<'_>, mut sink: impl Write) -> io::Result<()> {
    for row in rows(report.table) {
        serde_json::to_writer(&mut sink, &row)?;
        sink.write_all(b"\n")?;
    }
    Ok(())
}

/// The sink's own error, so that a closed pipe is still seen as one.
pub(crate) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;

    /// The header and every cell are a promise to programs.
    #[test]
    fn rows_are_as_promised() {
        let mut octets = Vec::new();
        with_report(|report| write_csv(report, &mut octets)).unwrap();
        insta::assert_snapshot!(String::from_utf8(octets).unwrap());
    }

    /// The other form says the same, line by line.
    #[test]
    fn lines_are_as_promised() {
        let mut octets = Vec::new();
        with_report(|report| write_ndjson(report, &mut octets)).unwrap();
        let text = String::from_utf8(octets).unwrap();
        let mut plain = Vec::new();
        with_report(|report| write_csv(report, &mut plain)).unwrap();
        let mut reader = csv::Reader::from_reader(&plain[..]);
        let head = reader.headers().unwrap().clone();
        for (line, record) in text.lines().zip(reader.records()) {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            for (name, cell) in head.iter().zip(&record.unwrap()) {
                let value = &object[name];
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(if value.is_null() { "" } else { &shown }, cell, "{name} in {line}");
            }
        }
        assert_eq!(text.lines().count(), 8);
    }

    /// An error of the sink comes out as it went in.
    #[test]
    fn a_closed_pipe_stays_one() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = with_report(|report| write_csv(report, Closed)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
