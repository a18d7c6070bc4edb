//! The committed gallery is what the present program makes: pictures and numbers never go stale.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The reports that are made again here; the others take minutes.
const SMALL: [&str; 3] = ["quickstart", "loss", "reasons"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The small reports, made anew, are the committed ones, file by file; and the README quotes the table of the
/// quickstart. `blesim gallery` makes all of them again; the table is copied by hand.
#[test]
fn the_gallery_is_current() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_blesim"));
    command.current_dir(root()).args(["gallery", "-q", "-o"]).arg(folder.path());
    for name in SMALL {
        command.args(["--only", name]);
    }
    let output = command.output().expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for report in SMALL {
        let (made, committed) = (folder.path().join(report), root().join("reports").join(report));
        assert_eq!(names(&made), names(&committed), "files of reports/{report}");
        for name in names(&made) {
            let same = read(&made.join(&name)) == read(&committed.join(&name));
            assert!(same, "reports/{report}/{name} is not what the program makes now");
        }
    }
    let readme = read(&root().join("README.md"));
    let table = read(&root().join("reports/quickstart/table.txt"));
    let rows = table.lines().filter(|line| line.contains('%') || line.starts_with("digest"));
    let missing: Vec<&str> = rows.filter(|row| !readme.contains(row.trim_end())).collect();
    assert!(missing.is_empty(), "the README does not quote:\n{}", missing.join("\n"));
}

/// The index names every report that is there, and every report ends with a command and a digest.
#[test]
fn every_report_can_be_repeated() {
    let index = read(&root().join("reports/README.md"));
    for report in names(&root().join("reports")).iter().filter(|name| *name != "README.md") {
        assert!(index.contains(&format!("({report}/report.md)")), "{report} is not in the index");
        let text = read(&root().join("reports").join(report).join("report.md"));
        assert!(text.contains("    blesim "), "{report} says no command");
        let pictures = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for picture in pictures.filter(|name| name.ends_with("svg")) {
            assert!(root().join("reports").join(report).join(picture).exists(), "{report}/{picture}");
        }
    }
}
