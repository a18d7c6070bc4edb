//! The files of a run: sessions, summary and chart, all of them or none.
//!
//! Invariant: a folder that cannot be written is found before the run; a file appears under its name only
//! when it is whole. A folder that was made for nothing is removed again.

use crate::figures::figures;
use crate::part::{Header, Study, write_part};
use crate::{Report, write_csv, write_json, write_markdown, write_ndjson, write_page, write_survival};
use blesim_study::CHUNK;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A folder that takes the files of a run.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Folders that were made for it, the deepest first, to be removed if nothing is written.
    made: Vec<PathBuf>,
}

/// The file with every number of every session, from which all others can be made again.
pub const ROWS: &str = "rows.blesim";

/// The files that were written, in order.
pub type Written = Vec<PathBuf>;

impl Folder {
    /// Makes the folder if there is none, and proves that a file can be made in it.
    ///
    /// # Errors
    /// What the system says; nothing is left behind then.
    pub fn prepare(path: &Path) -> io::Result<Self> {
        let missing = path.ancestors().filter(|part| !part.as_os_str().is_empty());
        let made = missing.take_while(|part| !part.exists()).map(Path::to_path_buf).collect();
        let folder = Self { path: path.to_path_buf(), made };
        fs::create_dir_all(path)?;
        part_file(path)?.close()?;
        Ok(folder)
    }

    /// Says that something else was written into the folder, so that it stays.
    pub fn keep(mut self) {
        self.made.clear();
    }

    /// Writes `sessions.csv`, `sessions.ndjson` (and `sessions.parquet`, if built with it), `survival.csv`,
    /// `summary.json`, `report.html`, `report.md`, [`ROWS`] and an SVG file a figure, over those of an earlier run.
    ///
    /// # Errors
    /// What the system says; no file is half written then.
    pub fn write(mut self, report: &Report<'_>) -> io::Result<Written> {
        let figures = figures(report).map_err(io::Error::other)?;
        let files = vec![
            #[cfg(feature = "parquet")]
            (self.filled(|sink| crate::parquet::write_parquet(report, sink))?, "sessions.parquet"),
            (self.filled(|sink| write_csv(report, sink))?, "sessions.csv"),
            (self.filled(|sink| write_ndjson(report, sink))?, "sessions.ndjson"),
            (self.filled(|sink| write_survival(report, sink))?, "survival.csv"),
            (self.filled(|sink| write_json(report, sink))?, "summary.json"),
            (self.filled(|sink| write_page(report, sink))?, "report.html"),
            (self.filled(|sink| write_markdown(report, sink))?, "report.md"),
            (self.filled(|sink| write_rows(report, sink))?, ROWS),
        ];
        let mut files: Vec<(NamedTempFile, String)> =
            files.into_iter().map(|(file, name)| (file, name.to_owned())).collect();
        for figure in &figures {
            let file = self.filled(|sink| sink.write_all(figure.svg.as_bytes()))?;
            files.push((file, format!("{}.svg", figure.name)));
            #[cfg(feature = "png")]
            {
                let picture = crate::png::png(&figure.svg)?;
                let file = self.filled(|sink| sink.write_all(&picture))?;
                files.push((file, format!("{}.png", figure.name)));
            }
        }
        self.made.clear();
        let mut written = Vec::new();
        for (file, name) in files {
            let path = self.path.join(name);
            file.persist(&path).map_err(|error| error.error)?;
            written.push(path);
        }
        Ok(written)
    }

    fn filled(
        &self,
        write: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> io::Result<()>,
    ) -> io::Result<NamedTempFile> {
        let mut file = part_file(&self.path)?;
        let mut sink = BufWriter::new(&mut file);
        write(&mut sink)?;
        sink.flush()?;
        drop(sink);
        Ok(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for path in &self.made {
            // One that somebody else has put a file into stays.
            let _ = fs::remove_dir(path);
        }
    }
}

/// Writes the rows as the one part of a study, with what is to be said of it.
fn write_rows(report: &Report<'_>, sink: impl Write) -> io::Result<()> {
    let header = report.header.clone();
    let looks = report.summary.looks;
    let study = Study { looks, ended: report.ended.map(str::to_owned), ..header.study };
    let header = Header { shard: 1, shards: 1, study, ..header };
    write_part(sink, &header, report.table.rows(), CHUNK * report.table.policies().len())
}

/// A file in `folder` that vanishes unless it is given a name, once it is whole.
///
/// # Errors
/// What the system says.
pub fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".blesim-").suffix(".part");
    // Results are for everybody whom the user's mask lets in, not secrets.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;

    fn names(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// All files appear, in a folder that was not there, and a second run replaces them.
    #[test]
    fn all_files_are_written() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("new/results");
        for _ in 0..2 {
            let folder = Folder::prepare(&path).unwrap();
            let written = with_report(|report| folder.write(report)).unwrap().len();
            let charts = ["charge", "differences", "failures", "paths", "policies", "time", "tradeoff"];
            let mut expected: Vec<String> =
                charts.iter().filter(|name| **name != "charge").map(|name| format!("{name}.svg")).collect();
            if cfg!(feature = "png") {
                let pictures: Vec<String> = expected.iter().map(|name| name.replace("svg", "png")).collect();
                expected.extend(pictures);
            }
            let others = [
                "report.html",
                "report.md",
                "rows.blesim",
                "sessions.csv",
                "sessions.ndjson",
                "summary.json",
                "survival.csv",
            ];
            expected.extend(others.map(str::to_owned));
            if cfg!(feature = "parquet") {
                expected.push("sessions.parquet".to_owned());
            }
            expected.sort();
            assert_eq!(written, expected.len());
            assert_eq!(names(&path), expected);
        }
        let sessions = fs::read_to_string(path.join("sessions.csv")).unwrap();
        assert_eq!(sessions.lines().count(), 1 + 8);
    }

    /// A run that never wrote leaves no folder behind, and takes none away that was there or is in use.
    #[test]
    fn nothing_is_left_behind() {
        let home = tempfile::tempdir().unwrap();
        drop(Folder::prepare(&home.path().join("a/b")).unwrap());
        assert_eq!(names(home.path()), Vec::<String>::new());
        fs::create_dir(home.path().join("c")).unwrap();
        drop(Folder::prepare(&home.path().join("c")).unwrap());
        assert_eq!(names(home.path()), ["c"]);
    }

    /// A path below a regular file is refused at once.
    #[test]
    fn an_impossible_folder_is_refused() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        assert!(Folder::prepare(&home.path().join("file/results")).is_err());
        assert!(Folder::prepare(&home.path().join("file")).is_err());
        assert_eq!(names(home.path()), ["file"]);
    }
}
