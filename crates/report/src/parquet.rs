//! The sessions as Parquet: the same rows and columns as the CSV, packed.
//!
//! Invariant: the same table gives the same octets; a missing failure is null. Must never know: who reads it.

use crate::Report;
use crate::rows::{Row, rows};
use ::parquet::basic::Compression;
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use std::io::{self, Write};
use std::sync::Arc;

/// The columns, in the order of a row.
const SCHEMA: &str = "message session {
    required int64 seed (integer(64, false));
    required binary policy (utf8);
    required binary outcome (utf8);
    required int64 time_us (integer(64, false));
    required int64 attempts (integer(64, false));
    required int64 failures (integer(64, false));
    required int64 connections (integer(64, false));
    optional binary first_failure (utf8);
    optional binary last_failure (utf8);
    required int64 bonds_deleted (integer(64, false));
    required int64 frames (integer(64, false));
    required int64 central_charge_uc (integer(64, false));
    required int64 peripheral_charge_uc (integer(64, false));
    required binary digest (utf8);
}";

/// Rows that are packed together.
const GROUP: usize = 1 << 16;

/// One column of a group.
enum Column {
    Numbers(Vec<i64>),
    Words(Vec<ByteArray>),
    /// Values that are there, and for each row whether one is.
    Maybe(Vec<ByteArray>, Vec<i16>),
}

/// Writes a row a session.
///
/// # Errors
/// Those of the sink.
pub(crate) fn write_parquet(report: &Report<'_>, sink: impl Write + Send) -> io::Result<()> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("blesim ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY);
    let schema = parse_message_type(SCHEMA).map_err(failed)?;
    let mut writer =
        SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties.build())).map_err(failed)?;
    let mut all = rows(report.table).peekable();
    while all.peek().is_some() {
        let group: Vec<Row<'_>> = all.by_ref().take(GROUP).collect();
        let mut columns = columns(&group).into_iter();
        let mut packed = writer.next_row_group().map_err(failed)?;
        while let Some(mut open) = packed.next_column().map_err(failed)? {
            let column = columns.next().ok_or_else(|| io::Error::other("a column without a value"))?;
            write_column(open.untyped(), &column)?;
            open.close().map_err(failed)?;
        }
        packed.close().map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

fn write_column(open: &mut ColumnWriter<'_>, column: &Column) -> io::Result<()> {
    let written = match (open, column) {
        (ColumnWriter::Int64ColumnWriter(open), Column::Numbers(all)) => open.write_batch(all, None, None),
        (ColumnWriter::ByteArrayColumnWriter(open), Column::Words(all)) => open.write_batch(all, None, None),
        (ColumnWriter::ByteArrayColumnWriter(open), Column::Maybe(all, there)) => {
            open.write_batch(all, Some(there), None)
        }
        _ => return Err(io::Error::other("a column of another kind")),
    };
    written.map(drop).map_err(failed)
}

/// The columns of the schema.
fn columns(group: &[Row<'_>]) -> [Column; 14] {
    let numbers = |of: &dyn Fn(&Row<'_>) -> u64| {
        Column::Numbers(group.iter().map(|row| of(row).cast_signed()).collect())
    };
    let words = |of: &dyn Fn(&Row<'_>) -> String| {
        Column::Words(group.iter().map(|row| ByteArray::from(of(row).into_bytes())).collect())
    };
    let maybe = |of: &dyn Fn(&Row<'_>) -> Option<String>| {
        let all: Vec<Option<String>> = group.iter().map(of).collect();
        let there = all.iter().map(|value| i16::from(value.is_some())).collect();
        Column::Maybe(
            all.into_iter().flatten().map(|value| ByteArray::from(value.into_bytes())).collect(),
            there,
        )
    };
    [
        numbers(&|row| row.seed),
        words(&|row| row.policy.to_owned()),
        words(&|row| row.outcome.to_owned()),
        numbers(&|row| row.time_us),
        numbers(&|row| row.attempts),
        numbers(&|row| u64::from(row.failures)),
        numbers(&|row| u64::from(row.connections)),
        maybe(&|row| row.first_failure.clone()),
        maybe(&|row| row.last_failure.clone()),
        numbers(&|row| u64::from(row.bonds_deleted)),
        numbers(&|row| u64::from(row.frames)),
        numbers(&|row| u64::from(row.central_charge_uc)),
        numbers(&|row| u64::from(row.peripheral_charge_uc)),
        words(&|row| row.digest.clone()),
    ]
}

/// The sink's own error where it is one.
fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};

    /// What is read back is what the CSV says, cell by cell, and writing twice gives the same octets.
    #[test]
    fn the_rows_are_those_of_the_csv() {
        let write = || {
            let mut octets = Vec::new();
            with_report(|report| write_parquet(report, &mut octets)).unwrap();
            octets
        };
        let octets = write();
        assert_eq!(octets, write());
        let mut plain = Vec::new();
        with_report(|report| crate::write_csv(report, &mut plain)).unwrap();
        let mut reader = csv::Reader::from_reader(&plain[..]);
        let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&octets).unwrap();
        let file = SerializedFileReader::new(file).unwrap();
        let mut packed = file.get_row_iter(None).unwrap();
        for record in reader.records() {
            let row = packed.next().unwrap().unwrap();
            let columns: Vec<(String, String)> = row
                .get_column_iter()
                .map(|(name, field)| {
                    let cell = field.to_string();
                    let cell = if cell == "null" { String::new() } else { cell.trim_matches('"').to_owned() };
                    (name.clone(), cell)
                })
                .collect();
            let expected: Vec<(String, String)> =
                names.iter().cloned().zip(record.unwrap().iter().map(str::to_owned)).collect();
            assert_eq!(columns, expected);
        }
        assert!(packed.next().is_none());
    }
}
