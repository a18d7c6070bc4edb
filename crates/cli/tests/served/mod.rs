//! `blesim serve` as a test meets it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use tempfile::TempDir;

/// The address of the peripheral.
pub(crate) const LOCK: &str = "C0:00:00:00:53:02";

/// A scenario whose air and faults are these.
pub(crate) fn scenario(air: &str, faults: &str) -> String {
    format!(
        r#"(
    name: "served",
    about: "Two hosts of somebody else.",
    devices: {{
        "phone": (role: Central, address: Static("C0:00:00:00:53:01")),
        "lock": (role: Peripheral, address: Static("{LOCK}")),
    }},
    air: ({air}),
    faults: [{faults}],
    compare: (who: "phone", policies: ["never-retry"]),
)
"#
    )
}

/// `blesim serve` with a folder of its own; it ends with the test.
pub(crate) struct Serve {
    pub(crate) child: Child,
    /// Where they come in, of those that come in at a port.
    pub(crate) ports: Vec<u16>,
    /// What it says after the banner; read all the while, so that it never waits for a reader.
    said: Option<JoinHandle<String>>,
    pub(crate) home: TempDir,
}

impl Serve {
    /// Serves both devices of this scenario, each at a port that is free unless the options say where.
    pub(crate) fn start(scenario: &str, options: &[&str]) -> Self {
        let usual = ["--attach", "phone=tcp:0", "--attach", "lock=tcp:0"];
        let usual = if options.contains(&"--attach") { &[] } else { &usual[..] };
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("served.ron"), scenario).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_blesim"))
            .args(["serve", "served.ron"])
            .args(usual)
            .args(options)
            .current_dir(home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut ports = Vec::new();
        loop {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let mut says = String::new();
                child.stderr.take().unwrap().read_to_string(&mut says).unwrap();
                panic!("it has not begun: {says}");
            }
            if let Some((_, port)) = line.split_once("comes in at tcp:127.0.0.1:") {
                ports.push(port.trim().parse().unwrap());
            }
            if line.contains("Ctrl-C") {
                break;
            }
        }
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            out.read_to_string(&mut said).unwrap();
            said
        });
        Self { child, ports, said: Some(said), home }
    }

    /// Presses Ctrl-C, and gives what was said since the beginning.
    pub(crate) fn interrupt(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        let said = self.said.take().unwrap().join().unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        said
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
