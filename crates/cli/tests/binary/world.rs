//! A folder with a scenario in it, and a way to run the program there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A small scenario: most sessions are secured, some are not.
pub(crate) const SCENARIO: &str = r#"(
    name: "small",
    about: "A lock forgets its bond in four sessions of ten.",
    devices: {
        "phone": (role: Central, address: Public("00:00:5E:00:53:01"), connect_timeout: s(2)),
        "lock": (role: Peripheral, address: Static("C0:00:00:00:53:02")),
    },
    link: (interval: ms(30), latency: 0, supervision_timeout: s(4)),
    air: (loss: Independent(percent(5)), lost_packet: Unheard),
    history: Bonded(secure_connections: true),
    faults: [
        (what: ForgetBond, who: "lock", when: At(s(0)), chance: percent(40)),
    ],
    compare: (who: "phone", policies: ["never-retry", "delete-bond-and-repair"]),
    limits: (session: s(60)),
    expect: [(policy: "delete-bond-and-repair", secured_at_least: percent(50))],
)
"#;

/// Files of a result that the same study makes again to the octet.
pub(crate) const RESULTS: [&str; 8] = [
    "policies.svg",
    "report.html",
    "report.md",
    "rows.blesim",
    "sessions.csv",
    "sessions.ndjson",
    "summary.json",
    "survival.csv",
];

/// A policy without an end.
pub(crate) const ENDLESS: &str = r#"(
    name: "endless",
    basis: Assumed("to be refused"),
    rules: [(do: [Wait(s(1)), Again])],
)
"#;

/// What a scheduler would say which part to run with.
const SCHEDULERS: [&str; 3] = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "CI_NODE_INDEX"];

/// A folder of its own for one test.
pub(crate) struct World {
    home: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// A folder with `small.ron` in it.
    pub(crate) fn new() -> Self {
        let world = Self { home: tempfile::tempdir().unwrap() };
        world.put("small.ron", SCENARIO);
        world
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file, and the folder it is in.
    pub(crate) fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Every file and folder below, as sorted paths.
    pub(crate) fn listing(&self) -> Vec<String> {
        fn walk(folder: &Path, home: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                found.push(path.strip_prefix(home).unwrap().display().to_string());
                if path.is_dir() {
                    walk(&path, home, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.home.path(), self.home.path(), &mut found);
        found.sort();
        found
    }

    /// The program, to be run in the folder, without anything from the environment that changes its looks.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_blesim"));
        command.args(args).current_dir(self.home.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        for variable in
            ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"].into_iter().chain(SCHEDULERS)
        {
            command.env_remove(variable);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn octets(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs the program to its end; what it says has to be text, and never of a panic.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        let Output { status, stdout, stderr } = self.octets(args);
        let text = |octets| String::from_utf8(octets).unwrap();
        let ended = Ended { code: status.code(), out: text(stdout), err: text(stderr) };
        assert!(!ended.err.contains("panicked"), "{args:?}: {ended:?}");
        ended
    }

    /// Runs the program, which has to end well, and gives what it printed.
    pub(crate) fn fine(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.err);
        ended.out
    }
}
