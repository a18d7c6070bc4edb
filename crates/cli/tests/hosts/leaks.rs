//! A server that is used again and again stays as it was.

use crate::serve::what;
use crate::served::{Serve, scenario};
use crate::{pair, python};
use serde_json::json;
use std::fs;

/// What a process holds: open files, threads, and KiB of memory.
fn held(pid: u32) -> (usize, usize, usize) {
    let count = |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).unwrap().count();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let memory = memory.trim().trim_end_matches(" kB").parse().unwrap();
    (count("fd"), count("task"), memory)
}

/// A hundred sessions in a row, each with two new hosts, leave no handle, no thread and no memory behind.
#[test]
fn a_hundred_sessions_leave_nothing_behind() {
    if !fs::exists("/proc/self/fd").unwrap_or(false) {
        return;
    }
    let Some(python) = python() else { return };
    let serve = Serve::start(&scenario("", ""), &[]);
    let session = |count: u32| {
        let lines = pair(&python, &what(&serve, &json!({ "sessions": count, "stays": 0.0 })));
        let paired = lines.iter().filter(|line| line["event"] == "paired").count();
        assert_eq!(paired, usize::try_from(2 * count).unwrap(), "{lines:?}");
    };
    session(10);
    let (files, threads, memory) = held(serve.child.id());
    session(100);
    let (files_then, threads_then, memory_then) = held(serve.child.id());
    assert_eq!((files_then, threads_then), (files, threads));
    assert!(memory_then < memory + 1024, "{memory} KiB, and then {memory_then} KiB");
    serve.interrupt();
}
