//! What `trace` shows: the session that `run` counts, as text and as a capture.

use crate::world::World;

/// The trace ends as the row of the session says, and twice the same.
#[test]
fn a_trace_is_the_session_of_the_run() {
    let world = World::new();
    let rows = world.fine(&["run", "small.ron", "--seeds", "20", "-f", "csv", "-p", "never-retry"]);
    let failed = rows.lines().find(|row| row.contains("PIN or Key Missing")).expect("four of ten fail");
    let seed = failed.split(',').next().unwrap();
    let args = ["trace", "small.ron", "--seed", seed, "--policy", "never-retry"];
    let text = world.fine(&args);
    assert!(text.contains("PIN or Key Missing (0x06)"), "{text}");
    assert_eq!(world.fine(&args), text);
    let first = world.fine(&["trace", "small.ron", "--seed", seed]);
    assert_eq!(first, text, "the first policy is meant if none is named");
}

/// Every form begins as its format does, is the same each time, in a file and in a pipe, and nothing else is left
/// behind.
#[test]
fn every_form_is_what_it_is_called() {
    let forms: [(&str, &[u8]); 7] = [
        ("text", b"small, policy never-retry, seed 2\n"),
        ("svg", b"<svg xmlns"),
        ("monitor", b"btsnoop\0\0\0\0\x01\0\0\x07\xd1"),
        ("btsnoop", b"btsnoop\0\0\0\0\x01\0\0\x07\xd1"),
        ("pcapng", b"\x0a\x0d\x0d\x0a"),
        ("pcap", b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\x01\0\0"),
        ("keys", b"{\n  \"format\": \"blesim.keys/1\","),
    ];
    let world = World::new();
    for (form, start) in forms {
        let args = ["trace", "small.ron", "--seed", "2", "--format", form];
        let piped = world.octets(&args).stdout;
        assert!(piped.starts_with(start), "{form}: {:?}", &piped[..start.len().min(piped.len())]);
        world.fine(&[&args[..], &["-o", "session"]].concat());
        assert_eq!(std::fs::read(world.path("session")).unwrap(), piped, "{form}");
    }
    assert_eq!(world.listing(), ["session", "small.ron"]);
}

/// A log of one device goes where the command says; those of all go into a folder under the devices' names.
#[test]
fn every_device_has_a_log() {
    let world = World::new();
    let log = |device: &str| {
        let args = ["trace", "small.ron", "--seed", "2", "--format", "h4", "--device", device];
        world.octets(&args).stdout
    };
    let (phone, lock) = (log("phone"), log("lock"));
    assert_eq!(phone[..16], *b"btsnoop\0\0\0\0\x01\0\0\x03\xea");
    assert_ne!(phone, lock);
    world.fine(&["trace", "small.ron", "--seed", "2", "--format", "h4", "-o", "deep/logs"]);
    let files = ["deep", "deep/logs", "deep/logs/lock.btsnoop", "deep/logs/phone.btsnoop", "small.ron"];
    assert_eq!(world.listing(), files);
    assert_eq!(std::fs::read(world.path("deep/logs/phone.btsnoop")).unwrap(), phone);
    assert_eq!(std::fs::read(world.path("deep/logs/lock.btsnoop")).unwrap(), lock);
}

/// The exported keys are those of the session: both controllers have the same, and the text shows them too.
#[test]
fn the_keys_are_those_of_the_session() {
    let world = World::new();
    let args = ["trace", "small.ron", "--seed", "2", "--policy", "delete-bond-and-repair", "--format"];
    let keys = world.fine(&[&args[..], &["keys"]].concat());
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    let text = world.fine(&[&args[..], &["text"]].concat());
    let sessions = keys["sessions"].as_array().unwrap();
    assert!(sessions.len() >= 2, "{keys:#}");
    for session in sessions {
        let part = |name: &str| session[name].as_str().unwrap();
        let line = format!("session key {} from key {}", part("session_key"), part("ltk"));
        assert!(text.contains(&line), "{line}");
        assert_eq!(
            session["access_address"],
            keys["links"][keys["links"].as_array().unwrap().len() - 1]["access_address"]
        );
    }
}

/// What cannot be written is told, and leaves everything as it was.
#[test]
fn a_place_that_takes_nothing_is_told() {
    let world = World::new();
    world.put("taken", "a file");
    let check = |args: &[&str], word: &str| {
        let before = world.listing();
        let ended = world.run(&[&["trace", "small.ron", "--seed", "2"], args].concat());
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{args:?}: {ended:?}");
        assert!(ended.err.contains(word), "{args:?}: no {word:?} in {}", ended.err);
        assert_eq!(world.listing(), before, "{args:?}");
    };
    check(&["--format", "h4"], "`-o FOLDER`");
    check(&["--format", "h4", "--device", "fridge"], "\"phone\", \"lock\"");
    check(&["--format", "pcap", "--device", "phone"], "--format h4");
    check(&["--format", "h4", "-o", "taken"], "cannot write taken");
    check(&["--format", "h4", "-o", "taken/logs"], "cannot write taken/logs");
    check(&["--format", "pcapng", "-o", "missing/session.pcapng"], "cannot write missing");
    check(&["--format", "wav"], "pcapng");
    #[cfg(target_os = "linux")]
    for form in ["text", "monitor", "pcapng", "pcap", "keys"] {
        check(&["--format", form, "-o", "/dev/full"], "No space left");
    }
}

/// A device is written to and stays a device.
#[cfg(unix)]
#[test]
fn a_device_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let world = World::new();
    world.fine(&["trace", "small.ron", "--seed", "2", "-o", "/dev/null"]);
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}
