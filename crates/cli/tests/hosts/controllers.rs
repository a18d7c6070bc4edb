//! Our host, with its policy, over controllers that nobody here wrote: Bumble's own, and RootCanal.

use crate::python;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A process that ends with the test.
pub(crate) struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ports that are free at the moment.
fn free_ports<const N: usize>() -> [u16; N] {
    let open: [TcpListener; N] =
        core::array::from_fn(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    open.each_ref().map(|listener| listener.local_addr().unwrap().port())
}

/// The phone whose policy is tried, and a lock that is somebody else's.
const SCENARIO: &str = r#"(
    name: "foreign",
    about: "Our phone over somebody else's controller.",
    devices: {
        "phone": (role: Central, address: Static("C0:00:00:00:53:01"), connect_timeout: s(10)),
        "lock": (role: Peripheral, address: Static("C0:00:00:00:53:02")),
    },
    compare: (who: "phone", policies: ["never-retry"]),
)
"#;

/// Runs our phone over the controller at this port until it is done; its exit code and what it said.
fn phone(scenario: &str, port: u16) -> (Option<i32>, String) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("foreign.ron"), scenario).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_blesim"))
        .args(["serve", "foreign.ron", "--once", "--controller", &format!("phone=tcp:127.0.0.1:{port}")])
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|octets| String::from_utf8(octets).unwrap()).concat();
    (output.status.code(), said)
}

/// Starts Bumble's peripheral, and waits until it advertises.
pub(crate) fn peripheral(
    python: &Path,
    mode: &str,
    port: u16,
) -> (Ends, BufReader<std::process::ChildStdout>) {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hosts/peripheral.py");
    let mut command = Command::new(python);
    command.args([program, mode, &port.to_string()]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    wait_for(&mut told, "advertises");
    (Ends(child), told)
}

pub(crate) fn wait_for(told: &mut impl BufRead, event: &str) -> Value {
    for line in told.lines() {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if line["event"] == event {
            return line;
        }
    }
    panic!("it has ended before it told `{event}`");
}

/// RootCanal, at this HCI port; `None` where it does not run.
fn root_canal(python: &Path) -> Option<(Ends, u16)> {
    let [hci, test, link, link_ble] = free_ports();
    let ports = [("hci_port", hci), ("test_port", test), ("link_port", link), ("link_ble_port", link_ble)];
    let mut command = Command::new(python.parent().unwrap().join("python"));
    command.args([
        "-c",
        "import rootcanal.binaries as b; print(b.get_package_binary_resource_path('rootcanal'))",
    ]);
    let binary = PathBuf::from(String::from_utf8(command.output().ok()?.stdout).ok()?.trim());
    let mut command = Command::new(binary);
    command.args(ports.map(|(name, port)| format!("--{name}={port}"))).stdin(Stdio::null());
    let mut child = Ends(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?);
    // It listens when nobody else can; a connection would be a device that is gone at once.
    for _ in 0..100 {
        if TcpListener::bind((Ipv4Addr::LOCALHOST, hci)).is_err() {
            return Some((child, hci));
        }
        if child.0.try_wait().unwrap().is_some() {
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

/// Our phone secures a link over Bumble's virtual controller with Bumble's host, and the policy says so.
#[test]
fn our_host_over_bumbles_controller() {
    let Some(python) = python() else { return };
    let [port] = free_ports();
    let (_ends, mut told) = peripheral(&python, "bumble", port);
    let (code, said) = phone(SCENARIO, port);
    assert!(said.contains("phone: secured"), "{said}");
    assert_eq!(code, Some(0), "{said}");
    wait_for(&mut told, "paired");
}

/// The same over RootCanal, which runs a link layer of its own. It is built for few systems; where it does not run the
/// test says so.
#[test]
fn our_host_over_root_canal() {
    let Some(python) = python() else { return };
    let Some((_ends, port)) = root_canal(&python) else {
        eprintln!("skipped: RootCanal does not run here");
        return;
    };
    let (_peer, mut told) = peripheral(&python, "client", port);
    let (code, said) = phone(SCENARIO, port);
    assert!(said.contains("phone: secured"), "{said}");
    assert_eq!(code, Some(0), "{said}");
    wait_for(&mut told, "paired");
}

/// A policy that gives up ends with code 1: here there is nobody to connect to. (Bumble's controller sends no event for
/// an attempt that is cancelled, so this is RootCanal's to show; Vol 4 Part E 7.8.13.)
#[test]
fn a_policy_that_gives_up_is_told() {
    let Some(python) = python() else { return };
    let Some((_ends, port)) = root_canal(&python) else { return };
    let (code, said) = phone(&SCENARIO.replace("s(10)", "s(1)"), port);
    assert!(said.contains("phone: the policy has given up"), "{said}");
    assert_eq!(code, Some(1), "{said}");
}
