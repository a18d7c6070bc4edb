//! The server as a test meets it, and two hosts that pair through it.

use crate::{pair, python, told};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
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
    pub(crate) ports: [u16; 2],
    out: BufReader<ChildStdout>,
    pub(crate) home: TempDir,
}

impl Serve {
    /// Serves both devices of this scenario, each at a port that is free.
    pub(crate) fn start(scenario: &str, options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("served.ron"), scenario).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_blesim"))
            .args(["serve", "served.ron", "--attach", "phone=tcp:0", "--attach", "lock=tcp:0"])
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
        Self { child, ports: ports.try_into().unwrap(), out, home }
    }

    /// Presses Ctrl-C, and gives what was said since the beginning.
    pub(crate) fn interrupt(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut said = String::new();
        self.out.read_to_string(&mut said).unwrap();
        let status = self.child.wait().unwrap();
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

/// What the two are told to do, with more of it.
pub(crate) fn what(serve: &Serve, more: &Value) -> Value {
    let mut what = json!({ "ports": serve.ports, "address": LOCK });
    for (name, value) in more.as_object().unwrap() {
        what[name] = value.clone();
    }
    what
}

/// Two Bumble hosts pair through our two controllers where one packet in ten is lost: by both kinds of pairing, over
/// extended and over legacy advertising, to one key that both keep.
#[test]
fn two_hosts_pair_at_ten_percent_loss() {
    let Some(python) = python() else { return };
    let lossy = scenario("loss: Independent(percent(10)), lost_packet: Unheard", "");
    for (secure_connections, options) in
        [(true, &[][..]), (false, &[]), (true, &["--legacy-advertising"]), (false, &["--seed", "7"])]
    {
        let serve = Serve::start(&lossy, options);
        let lines = pair(&python, &what(&serve, &json!({ "secure_connections": secure_connections })));
        let [central, peripheral] = ["central", "peripheral"].map(|who| told(&lines, who, "paired"));
        let (Some(central), Some(peripheral)) = (central, peripheral) else { panic!("{lines:?}") };
        assert_eq!(central["ltk"], peripheral["ltk"], "{lines:?}");
        assert_eq!(central["authenticated"], secure_connections, "{lines:?}");
        let said = serve.interrupt();
        assert!(
            said.contains("phone: encryption is on") && said.contains("lock: encryption is on"),
            "{said}"
        );
        assert!(!said.contains("not known here"), "{said}");
    }
}

/// The capture can be read while the session goes on: whole packets, and the same beginning as in the end.
#[test]
fn captures_grow_while_they_are_read() {
    let Some(python) = python() else { return };
    for name in ["session.btsnoop", "session.pcapng"] {
        let serve = Serve::start(&scenario("", ""), &["-o", name]);
        let path = serve.home.path().join(name);
        pair(&python, &what(&serve, &json!({})));
        let meanwhile = std::fs::read(&path).unwrap();
        check_capture(&path);
        pair(&python, &what(&serve, &json!({})));
        let later = std::fs::read(&path).unwrap();
        assert!(later.len() > meanwhile.len() && later.starts_with(&meanwhile), "{name}");
        let _said = serve.interrupt_keeping(&path);
    }
}

/// What tshark has to say against a capture, if it is there.
fn check_capture(path: &Path) {
    let Ok(output) = Command::new("tshark").arg("-r").arg(path).args(["-Y", "btsmp"]).output() else {
        return;
    };
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !says.contains("cut short"), "{says}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Pairing"), "{}", path.display());
}

impl Serve {
    /// Presses Ctrl-C, after which the capture is still whole.
    fn interrupt_keeping(self, path: &Path) -> String {
        let copy = tempfile::tempdir().unwrap();
        let before = std::fs::read(path).unwrap();
        let kept = copy.path().join("kept");
        std::fs::copy(path, &kept).unwrap();
        let said = self.interrupt();
        assert!(std::fs::read(&kept).unwrap().starts_with(&before));
        said
    }
}
