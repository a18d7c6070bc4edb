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

/// A capture begins as a btsnoop file in the monitor format and is the same in a file and in a pipe.
#[test]
fn a_capture_is_a_btsnoop_file() {
    let world = World::new();
    let piped = world.octets(&["trace", "small.ron", "--seed", "2", "--format", "btsnoop"]).stdout;
    assert_eq!(piped[..16], *b"btsnoop\0\0\0\0\x01\0\0\x07\xd1");
    world.fine(&["trace", "small.ron", "--seed", "2", "--format", "btsnoop", "-o", "session.btsnoop"]);
    assert_eq!(std::fs::read(world.path("session.btsnoop")).unwrap(), piped);
    assert_eq!(world.listing(), ["session.btsnoop", "small.ron"]);
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
