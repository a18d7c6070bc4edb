//! `blesim report`: what a run wrote comes out of its rows again, and rows that are none are refused.

use crate::world::World;
use std::fs;

/// Every file of a run, made again from its rows alone, has the same octets; the table says the same.
#[test]
fn rows_give_the_run_again() {
    let world = World::new();
    let printed = world.fine(&["run", "small.ron", "--seeds", "10..70", "-o", "run"]);
    fs::create_dir(world.path("again")).unwrap();
    fs::copy(world.path("run/rows.blesim"), world.path("again/rows.blesim")).unwrap();
    assert_eq!(world.fine(&["report", "again"]), printed);
    world.fine(&["report", "run", "-o", "elsewhere"]);
    let mut names = 0;
    for entry in fs::read_dir(world.path("run")).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |folder: &str| fs::read(world.path(folder).join(&name)).unwrap();
        assert!(read("run") == read("again") && read("run") == read("elsewhere"), "{name:?}");
        names += 1;
    }
    assert!(names >= 12, "{names} files");
}

/// A run that ended early is reported on as such.
#[test]
fn an_early_end_is_kept() {
    let world = World::new();
    let args = ["run", "small.ron", "--seeds", "2000", "--precision", "20pp", "-o", "run"];
    let printed = world.fine(&args);
    assert_eq!(world.fine(&["report", "run"]), printed);
}

/// A folder without rows, rows of a part, rows cut off or changed, and something else under their name: each is
/// refused with its code and what to do, and nothing is written.
#[test]
fn what_are_no_rows_is_refused() {
    let world = World::new();
    world.fine(&["run", "small.ron", "--seeds", "10..70", "-o", "run"]);
    let rows = fs::read_to_string(world.path("run/rows.blesim")).unwrap();
    world.fine(&["run", "small.ron", "--seeds", "10..70", "--shard", "1/2", "-o", "parts"]);
    let part = fs::read_to_string(world.path("parts/part-001-of-002.blesim")).unwrap();
    fs::create_dir(world.path("empty")).unwrap();
    world.put("cut/rows.blesim", &rows[..rows.len() / 2]);
    world.put("changed/rows.blesim", rows.replacen(" 1 ", " 2 ", 1));
    world.put("part/rows.blesim", part);
    world.put("other/rows.blesim", "seed,policy\n1,a\n");
    world.put("none/rows.blesim", "");
    let before = world.listing();
    for (folder, code, words) in [
        ("empty", 2, "there is no rows.blesim in empty"),
        ("nowhere", 2, "blesim run SCENARIO -o nowhere"),
        ("cut", 3, "ends before its end"),
        ("changed", 3, "not what was written"),
        ("part", 3, "one part of several"),
        ("other", 3, "ends before its end"),
        ("none", 3, "ends before its end"),
    ] {
        let ended = world.run(&["report", folder]);
        assert_eq!((ended.code, &ended.out[..]), (Some(code), ""), "{folder}: {}", ended.err);
        assert!(ended.err.contains(words), "{folder}: {}", ended.err);
    }
    assert_eq!(world.listing(), before);
}

/// Every string of a scenario may hold markup: the page, the pictures and the Markdown show it as text.
#[test]
fn markup_in_a_scenario_stays_text() {
    let world = World::new();
    let evil = "</script><script>alert(1)</script>";
    // The name of a policy is that of a file, and holds no markup; that of a page is tried with made-up tables.
    world.put(
        "policies/odd.ron",
        format!("(name: \"odd\", basis: Assumed({evil:?}), about: {evil:?}, rules: [])"),
    );
    let scenario = format!(
        "(name: {evil:?}, about: {evil:?}, devices: {{ {evil:?}: (role: Central), \"<b>\": (role: Peripheral) }},
          faults: [(what: PowerCut(s(90)), who: \"<b>\", when: At(s(0)), chance: percent(50))],
          attackers: {{ \"<i>\": (kind: Impostor(of: \"<b>\")) }},
          compare: (who: {evil:?}, policies: [\"never-retry\", \"odd\"]), limits: (session: s(20)))"
    );
    world.put("evil.ron", scenario);
    world.fine(&["run", "evil.ron", "--seeds", "40", "-q", "-o", "out"]);
    for entry in fs::read_dir(world.path("out")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let markup =
            ["html", "svg", "md"].iter().any(|kind| path.extension().is_some_and(|end| end == *kind));
        assert!(!markup || !(text.contains("<script>alert") || text.contains("<b>")), "{}", path.display());
    }
    let page = fs::read_to_string(world.path("out/report.html")).unwrap();
    assert_eq!(page.matches("</script").count(), 2, "the data and the script");
}

/// The picture of a session is a document of its own, the same each time, with everybody in it.
#[test]
fn a_session_has_a_picture() {
    let world = World::new();
    let args = ["trace", "small.ron", "--seed", "3", "--format", "svg"];
    let svg = world.fine(&args);
    assert!(svg.starts_with("<svg xmlns") && svg.trim_end().ends_with("</svg>"));
    for part in ["phone", "central", "lock", "peripheral", "CONNECT_IND", "Times in seconds"] {
        assert!(svg.contains(part), "{part}");
    }
    assert_eq!(svg, world.fine(&args));
}
