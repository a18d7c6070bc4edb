//! Every shipped scenario, traced: the text is a snapshot, btmon and Wireshark read the captures without a complaint
//! and see the same exchange, and what is encrypted on the air opens with the exported key.
//!
//! A tool that is not installed is skipped with a message, except where the variable CI is set.

mod alike;
mod btmon;
mod crc;
mod decrypt;
mod diagnose;
mod exposure;
mod field;
mod pcapng;
mod private;
mod reasons;
mod tools;
mod wireshark;

use std::fmt;
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

/// Links that change, many devices, blocked processors and other PHYs leave the number of threads without a mark.
#[test]
fn jobs_leave_no_mark_on_changing_links() {
    for (name, seeds) in
        [("update-during-encryption", "40"), ("blocking-ecdh", "20"), ("long-range", "20"), ("hub", "4")]
    {
        let scenario = format!("scenarios/{name}.ron");
        let run =
            |jobs| blesim(&["run", &scenario, "--seeds", seeds, "--format", "csv", "-q", "--jobs", jobs]);
        assert_eq!(run("1"), run("2"), "{name}");
    }
}

/// A session of a shipped scenario.
struct Case {
    scenario: String,
    policy: Option<&'static str>,
    seed: u64,
}

impl Case {
    /// The session as this form of `trace`.
    fn trace(&self, format: &str) -> Vec<u8> {
        let (scenario, seed) = (format!("scenarios/{}.ron", self.scenario), self.seed.to_string());
        let mut args = vec!["trace", &scenario, "--seed", &seed, "--format", format];
        args.extend(self.policy.iter().flat_map(|policy| ["--policy", policy]));
        blesim(&args)
    }

    /// The same as a file.
    fn file(&self, folder: &Path, format: &str) -> PathBuf {
        let path = folder.join(format!("{self}.{format}"));
        fs::write(&path, self.trace(format)).expect("there is room for a few kilobytes");
        path
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.scenario.replace('/', "-");
        write!(f, "{name}-{}-{}", self.policy.unwrap_or("first"), self.seed)
    }
}

/// So many sessions of every scenario in a folder.
fn of_folder(folder: &str, seeds: u64) -> Vec<Case> {
    let mut cases = Vec::new();
    let names = fs::read_dir(root().join("scenarios").join(folder)).expect("the folder is there");
    for entry in names.map(|entry| entry.expect("the folder can be read").path()) {
        if entry.extension().is_some_and(|extension| extension == "ron") {
            let scenario = entry.file_stem().expect("it has a name").to_string_lossy();
            let case = |seed| Case { scenario: format!("{folder}{scenario}"), policy: None, seed };
            cases.extend((0..seeds).map(case));
        }
    }
    cases
}

/// A session of each class of field failures.
fn field_cases() -> Vec<Case> {
    of_folder("field/", 1)
}

/// Sessions of every shipped scenario, and more of those in which much happens.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(of_folder("", 2));
    cases.sort_by(|a, b| a.scenario.cmp(&b.scenario));
    let more = [
        ("quickstart", "exponential-backoff", 0..3),
        ("quickstart", "delete-bond-and-repair", 0..6),
        ("quickstart", "never-retry", 9..10),
        ("hostile", "naive-immediate-retry", 0..4),
        ("hostile", "exponential-backoff", 11..12),
        ("update-during-encryption", "naive-immediate-retry", 0..3),
    ];
    for (scenario, policy, seeds) in more {
        let case = |seed| Case { scenario: scenario.to_owned(), policy: Some(policy), seed };
        cases.extend(seeds.map(case));
    }
    cases
}

/// Neither btmon nor tshark knows a packet of ours, in the log of any host or in that of all, that is malformed or
/// unknown.
#[test]
fn tools_read_our_logs_without_a_complaint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for case in cases() {
        let logs = folder.path().join(case.to_string());
        let (scenario, seed) = (format!("scenarios/{}.ron", case.scenario), case.seed.to_string());
        let to = logs.to_str().expect("temporary paths are UTF-8");
        let mut args = vec!["trace", &scenario, "--seed", &seed, "--format", "h4", "-o", to];
        args.extend(case.policy.iter().flat_map(|policy| ["--policy", policy]));
        blesim(&args);
        let mut files = vec![case.file(folder.path(), "monitor")];
        files.extend(fs::read_dir(&logs).expect("it was made").map(|entry| entry.expect("a file").path()));
        assert!(files.len() > 2, "{case}: one log for each device");
        for file in files {
            let file = file.to_str().expect("temporary paths are UTF-8");
            complaint_of_btmon(file);
            wireshark::complaint_about_hci(file);
        }
    }
}

fn complaint_of_btmon(file: &str) {
    let Some(text) = tool("btmon", &["-r", file]) else { return };
    // The name of an error code is no complaint, nor is a signal strength that is not available.
    let plain = text.replace("Unknown Connection Identifier", "").replace("RSSI: invalid (0x7f)", "");
    let words = ["Unknown", "invalid", "Malformed", "Reserved"];
    let complaint = words.iter().find(|word| plain.contains(**word));
    assert!(complaint.is_none(), "{file}: btmon says {complaint:?}:\n{text}");
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
