//! The sessions as Parquet: the same rows and columns as the CSV, packed.
//!
//! Invariant: the columns are those of the rows, whatever they are; the same table gives the same octets; a
//! missing failure is null. Must never know: who reads it.

use crate::Report;
use crate::csv::io_error;
use crate::rows::rows;
use ::parquet::basic::Compression;
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use serde_json::Value;
use std::io::{self, Write};
use std::sync::Arc;

/// Columns that are text or null.
const MAYBE: [&str; 3] = ["first_failure", "last_failure", "last_step"];
/// Rows that are packed together.
const GROUP: usize = 1 << 16;

/// One column, and its values of the group that is being packed.
struct Column {
    name: String,
    values: Values,
}

enum Values {
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
    let mut columns = columns(report)?;
    let schema = parse_message_type(&schema(&columns)).map_err(failed)?;
    let mut writer =
        SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties.build())).map_err(failed)?;
    let mut all = rows(report.table).peekable();
    while all.peek().is_some() {
        for row in all.by_ref().take(GROUP) {
            let row = serde_json::to_value(&row)?;
            columns.iter_mut().try_for_each(|column| column.push(&row[&column.name]))?;
        }
        let mut packed = writer.next_row_group().map_err(failed)?;
        for column in &mut columns {
            let open = packed.next_column().map_err(failed)?;
            let mut open = open.ok_or_else(|| io::Error::other("a column that is not in the schema"))?;
            column.pack(open.untyped())?;
            open.close().map_err(failed)?;
        }
        packed.close().map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

/// The columns in the order of the CSV; those that are text or null hold names of failures and steps.
fn columns(report: &Report<'_>) -> io::Result<Vec<Column>> {
    let Some(first) = rows(report.table).next() else { return Ok(Vec::new()) };
    let mut plain = csv::Writer::from_writer(Vec::new());
    plain.serialize(&first).map_err(io_error)?;
    let plain = plain.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(&plain[..]);
    let first = serde_json::to_value(&first)?;
    let column = |name: &str| {
        let values = match &first[name] {
            Value::Number(_) => Values::Numbers(Vec::new()),
            Value::String(_) if !MAYBE.contains(&name) => Values::Words(Vec::new()),
            _ => Values::Maybe(Vec::new(), Vec::new()),
        };
        Column { name: name.to_owned(), values }
    };
    Ok(reader.headers().map_err(io_error)?.iter().map(column).collect())
}

fn schema(columns: &[Column]) -> String {
    let field = |column: &Column| {
        let name = &column.name;
        match column.values {
            Values::Numbers(_) => format!("required int64 {name} (integer(64, false));"),
            Values::Words(_) => format!("required binary {name} (utf8);"),
            Values::Maybe(..) => format!("optional binary {name} (utf8);"),
        }
    };
    format!("message session {{ {} }}", columns.iter().map(field).collect::<Vec<String>>().join(" "))
}

impl Column {
    fn push(&mut self, value: &Value) -> io::Result<()> {
        let word = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        match (&mut self.values, value) {
            (Values::Numbers(all), Value::Number(number)) => {
                let number = number.as_u64().ok_or_else(|| io::Error::other("a number that is not whole"))?;
                all.push(number.cast_signed());
            }
            (Values::Words(all), Value::String(text)) => all.push(word(text)),
            (Values::Maybe(all, there), Value::String(text)) => {
                all.push(word(text));
                there.push(1);
            }
            (Values::Maybe(_, there), Value::Null) => there.push(0),
            _ => return Err(io::Error::other(format!("a value of another kind in {}", self.name))),
        }
        Ok(())
    }

    /// Writes the values of a group, and begins the next.
    fn pack(&mut self, open: &mut ColumnWriter<'_>) -> io::Result<()> {
        let written = match (open, &mut self.values) {
            (ColumnWriter::Int64ColumnWriter(open), Values::Numbers(all)) => {
                let written = open.write_batch(all, None, None);
                all.clear();
                written
            }
            (ColumnWriter::ByteArrayColumnWriter(open), Values::Words(all)) => {
                let written = open.write_batch(all, None, None);
                all.clear();
                written
            }
            (ColumnWriter::ByteArrayColumnWriter(open), Values::Maybe(all, there)) => {
                let written = open.write_batch(all, Some(there), None);
                all.clear();
                there.clear();
                written
            }
            _ => return Err(io::Error::other(format!("{} is of another kind", self.name))),
        };
        written.map(drop).map_err(failed)
    }
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
