//! The committed gallery is what the present program makes: pictures and numbers in the README never go stale.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The quickstart of the README, made anew, gives the committed summary and chart, and the README quotes its
/// table. To make the gallery again: the command in the README with `-o reports/quickstart`, then keep
/// these two files, and copy the table.
#[test]
fn the_quickstart_report_is_current() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_blesim"))
        .current_dir(root())
        .args(["run", "scenarios/quickstart.ron", "--seeds", "10000", "-q", "-o"])
        .arg(folder.path())
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["summary.json", "policies.svg"] {
        let read =
            |path: PathBuf| fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let made = read(folder.path().join(name));
        let committed = read(root().join("reports/quickstart").join(name));
        assert!(made == committed, "reports/quickstart/{name} is not what the program makes now");
    }
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let text = String::from_utf8(output.stdout).expect("text");
    let rows = text.lines().filter(|line| line.contains('%') || line.starts_with("digest"));
    let missing: Vec<&str> = rows.filter(|row| !readme.contains(row.trim_end())).collect();
    assert!(missing.is_empty(), "the README does not quote:\n{}", missing.join("\n"));
}
