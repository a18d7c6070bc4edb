//! Two hosts that pair through the server, and what it writes meanwhile.

use crate::controllers::{peripheral, wait_for};
use crate::served::{LOCK, Serve, scenario};
use crate::{pair, python, told};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

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
        let lines =
            pair(&python, &what(&serve, &json!({ "secure_connections": secure_connections, "tries": 5 })));
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

/// A lock of somebody else's against our simulated phone, which is the way to try one's own firmware: the phone pairs with
/// it as soon as it is there. When the lock comes back without its bond, the phone's policy mends that too.
#[test]
fn a_simulated_phone_meets_a_real_lock() {
    let Some(python) = python() else { return };
    let mended = scenario("", "").replace("never-retry", "delete-bond-and-repair");
    let serve = Serve::start(&mended, &["--attach", "lock=tcp:0"]);
    for _ in 0..2 {
        let (lock, mut told) = peripheral(&python, "client", serve.ports[0]);
        wait_for(&mut told, "paired");
        drop(lock);
    }
    let said = serve.interrupt();
    let count = |words: &str| said.matches(words).count();
    assert_eq!((count("lock: a host is attached"), count("phone: secured")), (2, 2), "{said}");
    assert!(said.contains("PIN or Key Missing (0x06)") && said.contains("the bond is deleted"), "{said}");
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
