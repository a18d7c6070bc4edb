//! What a run has finished so far, kept in a file beside its results until they are there.
//!
//! Invariant: whatever ends the process, the file holds whole chunks and at most one torn end, which is cut
//! off when the run goes on. A file of another run is never written to, and two processes never write to one
//! file.

use crate::failure::Failure;
use crate::setup::difference;
use blesim_report::part::{Header, Paragraph, PartError, PartReader, header_text, rows_text};
use blesim_study::{Sweep, SweepError};
use blesim_world::Record;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file of an unfinished run.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
    /// The file and the length of what is whole in it; once it could not be written, why.
    file: Mutex<Result<(File, u64), String>>,
}

impl Unfinished {
    /// Opens the file for the run of `header`, and puts what an earlier process has finished back into
    /// `sweep`.
    ///
    /// `go_on` is the command that goes on with the run.
    pub(crate) fn open(
        path: &Path,
        header: &Header,
        resume: bool,
        go_on: &str,
        sweep: &mut Sweep,
    ) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| Failure::unwritable(path, &error);
        let options = &mut OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(unwritable)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Failure::Usage(format!("{}: another run is writing this file", path.display())));
        }
        let length = file.metadata().map_err(unwritable)?.len();
        let mut whole = 0;
        if length > 0 {
            if !resume {
                let there = format!("{} was left by a run that did not end", path.display());
                return Err(Failure::Usage(format!("{there}; go on with\n  {go_on}\nor remove the file")));
            }
            whole = restored(path, &file, header, sweep)?;
            file.set_len(whole).map_err(unwritable)?;
            file.seek(SeekFrom::Start(whole)).map_err(unwritable)?;
        }
        if whole == 0 {
            let text = header_text(header);
            file.write_all(text.as_bytes()).map_err(unwritable)?;
            whole = text.len() as u64;
        }
        Ok(Self { path: path.to_path_buf(), file: Mutex::new(Ok((file, whole))) })
    }

    /// Keeps the records of a chunk.
    pub(crate) fn keep(&self, records: &[Record]) -> Result<(), String> {
        let text = rows_text(records);
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, whole) = guard.as_mut().map_err(|why| why.clone())?;
        match file.write_all(text.as_bytes()) {
            Ok(()) => {
                *whole += text.len() as u64;
                Ok(())
            }
            Err(error) => {
                // Nothing may follow a torn chunk; whether it can be cut off or not, what is before it
                // counts.
                let _ = file.set_len(*whole);
                let why = format!("cannot write {}: {error}", self.path.display());
                *guard = Err(why.clone());
                Err(why)
            }
        }
    }

    /// Removes the file: the results are there.
    pub(crate) fn remove(self) -> Result<(), Failure> {
        fs::remove_file(&self.path).map_err(|error| Failure::unwritable(&self.path, &error))
    }
}

/// Puts the chunks of the file back; how many of its octets are whole.
fn restored(path: &Path, file: &File, header: &Header, sweep: &mut Sweep) -> Result<u64, Failure> {
    let unfit = |what: String| {
        Failure::Unfit(format!(
            "{}: {what}; nothing was changed. Remove the file to begin anew",
            path.display()
        ))
    };
    let (found, mut reader) = match PartReader::open(BufReader::new(file)) {
        Ok(opened) => opened,
        Err(PartError::Truncated) if is_torn_header(file, header).unwrap_or(false) => return Ok(0),
        Err(error) => return Err(unfit(error.to_string())),
    };
    if let Some(what) = difference(&found, header) {
        return Err(unfit(what));
    }
    if found.shard != header.shard {
        return Err(unfit(format!("it is of part {}, not {}", found.shard, header.shard)));
    }
    loop {
        match reader.read() {
            Ok(None) => return Ok(reader.whole()),
            Ok(Some(Paragraph::Rows(records))) => match sweep.restore(&records) {
                Ok(true) => {}
                Ok(false) => return Err(unfit("it has rows that are not of this run".to_owned())),
                Err(SweepError::Resources(what)) => return Err(Failure::Usage(what)),
                Err(error) => return Err(unfit(error.to_string())),
            },
            Ok(Some(Paragraph::End)) => return Err(unfit("it is a part that is whole already".to_owned())),
            Err(error) => return Err(unfit(error.to_string())),
        }
    }
}

/// Whether the process died while it wrote the header of this very run.
fn is_torn_header(mut file: &File, header: &Header) -> io::Result<bool> {
    let mut octets = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut octets)?;
    Ok(header_text(header).as_bytes().starts_with(&octets))
}
