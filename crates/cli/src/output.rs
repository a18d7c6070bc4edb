//! Where results go: standard output, or a file that appears only when it is whole.
//!
//! Invariant: a reader that closes the pipe has had enough, which is no error.

use crate::failure::Failure;
use blesim_report::part_file;
use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Lets `write` fill standard output. Escape sequences reach it only if it shows colour.
pub(crate) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    settled(flushed(&mut BufWriter::new(anstream::stdout().lock()), write))
}

/// Lets `write` fill standard output with octets that are no text.
pub(crate) fn octets_to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    settled(flushed(&mut BufWriter::new(io::stdout().lock()), write))
}

fn flushed<W: Write>(sink: &mut W, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    write(sink)?;
    sink.flush()
}

fn settled(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// The columns of the terminal that standard output is; `None` if it is none.
pub(crate) fn columns() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| width.0)
}

/// Lets each of `files`, a name and what writes it, fill a file in `folder`, which is made if there is none: all of
/// them or none.
pub(crate) fn to_folder<F: FnMut(usize, &mut dyn Write) -> io::Result<()>>(
    folder: &Path,
    names: &[String],
    mut write: F,
) -> Result<(), Failure> {
    let unwritable = |error: io::Error| Failure::unwritable(folder, &error);
    let missing = folder.ancestors().filter(|part| !part.as_os_str().is_empty());
    let made: Vec<&Path> = missing.take_while(|part| !part.exists()).collect();
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut fill = || -> io::Result<()> {
        let mut whole = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let mut sink = BufWriter::new(part_file(folder)?);
            flushed(&mut sink, |sink| write(index, sink))?;
            whole.push((sink.into_inner().map_err(io::IntoInnerError::into_error)?, name));
        }
        for (file, name) in whole {
            file.persist(folder.join(name)).map_err(|error| error.error)?;
        }
        Ok(())
    };
    fill().map_err(|error| {
        for part in made {
            // One that somebody else has put a file into stays.
            let _ = fs::remove_dir(part);
        }
        unwritable(error)
    })
}

/// Lets `write` fill the file at `path`.
///
/// That it can be written is known before `write` begins. If `write` fails, a file that was there is as it
/// was.
pub(crate) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let unwritable = |error: io::Error| Failure::unwritable(path, &error);
    // A link is followed, so that it stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if fs::metadata(&target).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        // A device or a pipe is written to; it must not be replaced by a file.
        let file = OpenOptions::new().write(true).open(&target).map_err(unwritable)?;
        return flushed(&mut BufWriter::new(file), write).map_err(unwritable);
    }
    if target.is_dir() {
        return Err(unwritable(io::ErrorKind::IsADirectory.into()));
    }
    let file = part_file(&folder_of(&target)).map_err(unwritable)?;
    let mut sink = BufWriter::new(file);
    flushed(&mut sink, write).map_err(unwritable)?;
    let file = sink.into_inner().map_err(|error| unwritable(error.into_error()))?;
    file.persist(&target).map_err(|error| unwritable(error.error))?;
    Ok(())
}

fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_path_buf()
}
