//! The sessions as CSV, one row a session: seed after seed, and the policies in order within each.
//!
//! Invariant: a row depends on its session alone, so the row of a seed is the same in every run that has it.

use crate::Report;
use blesim_host::Failure;
use blesim_study::attempts;
use blesim_world::Record;
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Row<'a> {
    seed: u64,
    policy: &'a str,
    outcome: &'static str,
    time_us: u64,
    attempts: u64,
    failures: u16,
    connections: u16,
    first_failure: Option<String>,
    last_failure: Option<String>,
    bonds_deleted: u16,
    frames: u32,
    digest: String,
}

/// Writes a header and a row a session.
///
/// # Errors
/// Those of the sink.
pub fn write_csv(report: &Report<'_>, sink: impl Write) -> io::Result<()> {
    let table = report.table;
    let mut writer = csv::Writer::from_writer(sink);
    let policies = table.policies();
    for (record, policy) in table.rows().iter().zip(policies.iter().cycle()) {
        writer.serialize(row(record, policy)).map_err(io_error)?;
    }
    writer.flush()
}

fn row<'a>(record: &Record, policy: &'a str) -> Row<'a> {
    let name = |failure: Failure| failure.to_string();
    Row {
        seed: record.seed,
        policy,
        outcome: record.outcome.name(),
        time_us: record.time_us,
        attempts: attempts(record),
        failures: record.failures,
        connections: record.connections,
        first_failure: record.first_failure().map(name),
        last_failure: record.last_failure().map(name),
        bonds_deleted: record.bonds_deleted,
        frames: record.frames,
        digest: format!("{:016x}", record.digest),
    }
}

/// The sink's own error, so that a closed pipe is still seen as one.
fn io_error(error: csv::Error) -> io::Error {
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
