//! Mistakes of a user: each is told clearly and ends with code 2, and nothing is half done.

use crate::world::{ENDLESS, SCENARIO, World};

/// Runs `args`, which has to be refused in words that hold all of `parts`, with nothing printed or written.
fn refused(world: &World, args: &[&str], parts: &[&str]) {
    let before = world.listing();
    let ended = world.run(args);
    assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
    for part in parts {
        assert!(ended.err.contains(part), "{args:?}: no {part:?} in\n{}", ended.err);
    }
    assert_eq!(ended.out, "", "{args:?}");
    assert_eq!(world.listing(), before, "{args:?}");
}

/// The line and column, from one, of the first `needle` in the small scenario after the change.
fn place(text: &str, needle: &str) -> String {
    let at = text.find(needle).unwrap();
    let line = text[..at].matches('\n').count() + 1;
    let column = at - text[..at].rfind('\n').map_or(0, |end| end + 1) + 1;
    format!("bad.ron:{line}:{column}")
}

/// Mistakes in a scenario are told with file, line and column, by each verb that reads one.
#[test]
fn scenario_mistakes_name_their_place() {
    // What is replaced, by what, where the message points, and a word of it.
    let rows = [
        ("latency: 0", "latancy: 0", "latancy", "latency"),
        ("interval: ms(30)", "interval: percent(30)", "percent(30)", "time"),
        ("interval: ms(30)", "interval: 30", "30, lat", "unit"),
        ("interval: ms(30)", "interval: ms(7.6)", "ms(7.6)", "7.5"),
        ("interval: ms(30)", "interval: s(5)", "s(5)", "4 s"),
        ("percent(40)", "percent(140)", "percent(140)", "100"),
        ("\"never-retry\", ", "\"never-rety\", ", "\"never-rety\"", "never-retry"),
        ("role: Central", "role: Centrul", "Centrul", "Central"),
    ];
    let world = World::new();
    for (old, new, pointed, word) in rows {
        let text = SCENARIO.replacen(old, new, 1);
        assert_ne!(text, SCENARIO, "{old}");
        world.put("bad.ron", &text);
        let place = place(&text, pointed);
        let parts = [&place[..], word];
        refused(&world, &["run", "bad.ron", "--seeds", "3", "-o", "results"], &parts);
        refused(&world, &["check", "bad.ron"], &parts);
        refused(&world, &["trace", "bad.ron", "--seed", "1", "-o", "trace.txt"], &parts);
    }
}

/// A policy that cannot end is refused, by its own check and by a scenario that uses it.
#[test]
fn a_policy_without_an_end_is_refused() {
    let world = World::new();
    world.put("policies/endless.ron", ENDLESS);
    world.put("bad.ron", SCENARIO.replacen("\"never-retry\"", "\"endless\"", 1));
    refused(&world, &["check", "policies/endless.ron"], &["policies/endless.ron:4", "patience"]);
    refused(&world, &["run", "bad.ron", "--seeds", "3"], &["policies/endless.ron:4"]);
    refused(&world, &["run", "small.ron", "--policy", "endless"], &["policies/endless.ron:4"]);
}

/// What is no scenario at all is refused as well: nothing, a folder, noise, an empty file, a huge one.
#[test]
fn what_is_no_scenario_is_refused() {
    let world = World::new();
    let noise: Vec<u8> =
        (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
    world.put("noise.ron", noise);
    world.put("empty.ron", "");
    world.put("huge.ron", vec![b' '; 3 << 20]);
    world.put("folder/file", "");
    for name in ["missing.ron", "noise.ron", "empty.ron", "huge.ron", "folder"] {
        refused(&world, &["run", name, "--seeds", "3", "-o", "results"], &[name]);
        refused(&world, &["trace", name, "--seed", "3"], &[name]);
        refused(&world, &["check", name], &[name]);
    }
}

/// Numbers that make no sense on the command line are refused, with the option that has them.
#[test]
fn senseless_options_are_refused() {
    let world = World::new();
    for (option, value, word) in [
        ("--seeds", "0", "nothing to run"),
        ("--seeds", "8..5", "empty"),
        ("--seeds", "5..=8", "not included"),
        ("--seeds", "many", "whole number"),
        ("--seeds", "18446744073709551616", "largest"),
        ("--jobs", "0", "threads"),
        ("--policy", "no-such-policy", "never-retry"),
        ("--format", "xml", "json"),
    ] {
        refused(&world, &["run", "small.ron", option, value], &[option, word]);
    }
    let twice = ["run", "small.ron", "--policy", "never-retry", "--policy", "never-retry"];
    refused(&world, &twice, &["given twice"]);
    refused(&world, &["run", "small.ron", "--seeds", "99999999999999999"], &["memory"]);
    refused(&world, &["trace", "small.ron"], &["--seed"]);
    refused(&world, &["trace", "small.ron", "--seed", "-1"], &["-1"]);
}

/// A place that cannot be written is found before the run, and nothing is left there.
#[test]
fn unwritable_places_are_refused() {
    let world = World::new();
    // Below a regular file nobody can write, root neither.
    world.put("file", "as it was");
    let endless = ["run", "small.ron", "--seeds", "2000000000", "-o", "file/results"];
    refused(&world, &endless, &["file/results"]);
    refused(&world, &["run", "small.ron", "--seeds", "3", "-o", "file"], &["cannot write file"]);
    refused(&world, &["trace", "small.ron", "--seed", "3", "-o", "file/trace"], &["file/trace"]);
    refused(&world, &["trace", "small.ron", "--seed", "3", "-o", "."], &["cannot write ."]);
    refused(&world, &["trace", "small.ron", "--seed", "3", "-o", "no/such/folder"], &["no/such/folder"]);
    assert_eq!(std::fs::read_to_string(world.path("file")).unwrap(), "as it was");
}
