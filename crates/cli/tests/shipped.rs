//! Every shipped scenario, traced: the text is a snapshot, and btmon and Wireshark read the capture without a
//! complaint and see the same exchange.
//!
//! A tool that is not installed is skipped with a message, except where the variable CI is set.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn blesim(args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blesim"));
    let output = command.current_dir(root()).args(args).output().expect("the binary runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What a tool prints on both outputs; `None` if it is not installed.
fn tool(name: &str, args: &[&str]) -> Option<String> {
    match Command::new(name).args(args).output() {
        Ok(output) => {
            assert!(output.status.success(), "{name} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            assert!(env::var_os("CI").is_none(), "{name} has to be installed where CI is set");
            let _closed = writeln!(io::stderr(), "skipped: {name} is not installed");
            None
        }
        Err(error) => panic!("{name} does not start: {error}"),
    }
}

/// The recorded failure as text: a person can follow it line by line.
#[test]
fn the_recorded_failure_reads_like_a_log() {
    let text = blesim(&["trace", "scenarios/rpi-unspecified-reason.ron", "--seed", "0"]);
    insta::assert_snapshot!("rpi-unspecified-reason", String::from_utf8(text).expect("text"));
}

/// No checker objects and nothing panics when everything goes wrong at once: a bug would end the run with exit
/// code 70.
#[test]
fn the_hostile_scenario_shows_no_bug() {
    let rows = blesim(&["run", "scenarios/hostile.ron", "--seeds", "400", "--format", "csv", "-q"]);
    let rows = String::from_utf8(rows).expect("text");
    let secured = rows.lines().filter(|row| row.contains(",secured,")).count();
    assert!((500..1_900).contains(&secured), "hostile, and not hopeless: {secured} of 2,000 sessions");
}

/// Sessions of every shipped scenario, as captures.
fn captures(folder: &Path) -> Vec<PathBuf> {
    let cases = [
        ("rpi-unspecified-reason", "leave-the-link", 0..1),
        ("quickstart", "never-retry", 0..6),
        ("quickstart", "exponential-backoff", 0..3),
        ("quickstart", "delete-bond-and-repair", 0..6),
    ];
    let mut made = Vec::new();
    for (scenario, policy, seeds) in cases {
        for seed in seeds {
            let path = folder.join(format!("{scenario}-{policy}-{seed}.btsnoop"));
            let file = format!("scenarios/{scenario}.ron");
            let (seed, to) = (seed.to_string(), path.to_str().expect("temporary paths are UTF-8"));
            blesim(&["trace", &file, "--policy", policy, "--seed", &seed, "--format", "btsnoop", "-o", to]);
            made.push(path);
        }
    }
    made
}

/// btmon and tshark find nothing malformed and nothing unknown in any of our captures.
#[test]
fn tools_read_our_captures_without_a_complaint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in captures(folder.path()) {
        let file = path.to_str().expect("temporary paths are UTF-8");
        if let Some(text) = tool("btmon", &["-r", file]) {
            // The name of an error code is no complaint.
            let text = text.replace("Unknown Connection Identifier", "");
            let words = ["Unknown", "invalid", "Malformed", "Reserved"];
            let complaint = words.iter().find(|word| text.contains(**word));
            assert!(complaint.is_none(), "{file}: btmon says {complaint:?}:\n{text}");
        }
        let fields = [
            "-r",
            file,
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-e",
            "_ws.malformed",
            "-e",
            "_ws.expert.message",
        ];
        if let Some(text) = tool("tshark", &fields) {
            for line in text.lines() {
                assert!(line.split('\t').skip(1).all(str::is_empty), "{file}: tshark complains: {line}");
            }
        }
    }
}

/// btmon reads the same exchange from our capture of the recorded failure as from the recording: the same SMP
/// PDUs with the same values in the same order, the same key, the same end.
#[test]
fn btmon_reads_the_recorded_exchange_from_our_capture() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (ours, scenario) = (folder.path().join("ours.btsnoop"), "scenarios/rpi-unspecified-reason.ron");
    let ours = ours.to_str().expect("temporary paths are UTF-8");
    blesim(&["trace", scenario, "--seed", "0", "--format", "btsnoop", "-o", ours]);
    let recording = root().join("crates/capture/tests/data/rpi-unspecified-reason.btsnoop");
    assert!(fs::exists(&recording).expect("the folder can be read"), "the recording is in the tree");
    let recording = recording.to_str().expect("the path is UTF-8");
    let (Some(ours), Some(recorded)) = (tool("btmon", &["-r", ours]), tool("btmon", &["-r", recording]))
    else {
        return;
    };
    let ours = exchange(&ours);
    assert_eq!(ours, exchange(&recorded));
    assert_eq!(ours.iter().filter(|line| line.starts_with("SMP:")).count(), 12);
}

/// The central's exchange in the words of btmon: SMP PDUs with their fields, the key given to the controller and
/// the reason of the end.
fn exchange(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        let packet = line.starts_with(['<', '>', '=']);
        if packet {
            wanted = line.contains("[hci0]")
                && (line.contains("ACL Data")
                    || line.contains("LE Start Encryption")
                    || line.contains("Disconnect Complete"));
            continue;
        }
        let field = line.trim();
        let kept = [
            "SMP:",
            "IO capability",
            "OOB data",
            "Authentication requirement",
            "Max encryption",
            "Initiator key",
            "Responder key",
            "Confirm value",
            "Confim value",
            "Random value",
            "Long term key",
            "EDIV",
            "Rand:",
            "Signature key",
            "Reason",
        ];
        if wanted && kept.iter().any(|start| field.starts_with(start)) {
            lines.push(field.to_owned());
        }
    }
    lines
}
