//! Runs in parts: what comes together is what one run would have given, and what does not fit is refused with
//! code 3.

use crate::world::{RESULTS, SCENARIO, World};
use std::fs;

/// Runs these parts of a study of 300 seeds.
fn parts(world: &World, folder: &str, of: u64, numbers: &[u64]) {
    for number in numbers {
        let shard = format!("{number}/{of}");
        let args = ["run", "small.ron", "--seeds", "10..310", "--shard", &shard, "-o", folder];
        assert_eq!(world.fine(&args), "", "a part prints no result");
    }
}

/// What the merge of `folder` is refused with.
fn refused(world: &World, folder: &str, words: &[&str]) {
    let before = world.listing();
    let ended = world.run(&["merge", folder, "-o", "merged"]);
    assert_eq!((ended.code, &ended.out[..]), (Some(3), ""), "{folder}: {}", ended.err);
    for word in words {
        assert!(ended.err.contains(word), "{folder}: no {word:?} in\n{}", ended.err);
    }
    assert_eq!(world.listing(), before, "{folder}");
}

/// Any number of parts, run in any order on any number of threads, gives the octets of the undivided run, on
/// standard output in every form and in every file.
#[test]
fn parts_make_the_whole() {
    let world = World::new();
    let whole = |format: &str| world.fine(&["run", "small.ron", "--seeds", "10..310", "--format", format]);
    world.fine(&["run", "small.ron", "--seeds", "10..310", "-o", "whole"]);
    for (of, order) in [(1, &[1][..]), (2, &[2, 1]), (3, &[2, 3, 1]), (7, &[4, 1, 7, 3, 2, 6, 5])] {
        let folder = format!("parts{of}");
        parts(&world, &folder, of, order);
        for format in ["table", "json", "csv", "ndjson"] {
            assert_eq!(
                world.fine(&["merge", &folder, "--format", format]),
                whole(format),
                "{of} parts as {format}"
            );
        }
        let into = format!("{folder}/merged");
        world.fine(&["merge", &folder, "-o", &into]);
        for name in RESULTS {
            let read = |folder: &str| fs::read(world.path(folder).join(name)).unwrap();
            assert_eq!(read(&into), read("whole"), "{of} parts: {name}");
        }
    }
}

/// A gap is named with the commands that close it, and those commands do.
#[test]
fn a_gap_is_named_and_closed() {
    let world = World::new();
    parts(&world, "parts", 4, &[2, 4]);
    refused(&world, "parts", &["2 of 4 parts are missing", "--shard 1/4", "--shard 3/4"]);
    let told = world.run(&["merge", "parts"]).err;
    let commands: Vec<&str> = told.lines().filter(|line| line.contains("--shard")).collect();
    assert_eq!(commands.len(), 2, "{told}");
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        world.fine(&words);
    }
    assert_eq!(world.fine(&["merge", "parts"]), world.fine(&["run", "small.ron", "--seeds", "10..310"]));
}

/// Parts of another scenario, of other seeds, policies, numbers of parts or versions, the same part twice:
/// refused, with the file that does not fit.
#[test]
fn foreign_parts_are_refused() {
    let world = World::new();
    let other = SCENARIO.replace("percent(40)", "percent(41)");
    world.put("other.ron", &other);
    let rows: [(&[&str], &str); 5] = [
        (&["run", "other.ron", "--seeds", "10..310", "--shard", "2/2"], "another scenario"),
        (&["run", "small.ron", "--seeds", "10..311", "--shard", "2/2"], "10..311"),
        (&["run", "small.ron", "--seeds", "10..310", "--shard", "2/2", "-p", "never-retry"], "policies"),
        (&["run", "small.ron", "--seeds", "10..310", "--shard", "2/3"], "3 parts"),
        (&["run", "small.ron", "--seeds", "10..310", "--shard", "1/2"], "part 1 too"),
    ];
    for (number, (args, word)) in rows.into_iter().enumerate() {
        let folder = format!("parts{number}");
        parts(&world, &folder, 2, &[1]);
        let aside = format!("aside{number}");
        world.fine(&[args, &["-o", &aside]].concat());
        let file = fs::read_dir(world.path(&aside)).unwrap().next().unwrap().unwrap();
        let name = format!("{folder}/part-x-{}", file.file_name().into_string().unwrap());
        world.put(&name, fs::read(file.path()).unwrap());
        refused(&world, &folder, &[word, "part-x-"]);
    }
    parts(&world, "old", 2, &[1]);
    let path = world.path("old/part-001-of-002.blesim");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("\n#").unwrap();
    let head = head.replace(concat!("\"version\":\"", env!("CARGO_PKG_VERSION")), "\"version\":\"0.0.1");
    let mut digest = blesim_kernel::Digest::new();
    digest.octets(format!("{head}\n").as_bytes());
    world.put(
        "old/part-000-of-002.blesim",
        format!("{head}\n#{digest}\n{}", rest.split_once('\n').unwrap().1),
    );
    refused(&world, "old", &["made by blesim"]);
    world.put("nothing/readme", "");
    refused(&world, "nothing", &["no parts"]);
}

/// A part that is cut off or changed anywhere is found, is not overwritten, and can be made again once it is
/// removed.
#[test]
fn damaged_parts_are_refused() {
    let world = World::new();
    parts(&world, "parts", 2, &[1, 2]);
    let name = "parts/part-002-of-002.blesim";
    let sound = fs::read(world.path(name)).unwrap();
    let whole = world.fine(&["merge", "parts"]);
    for cut in [0, 1, 100, sound.len() / 2, sound.len() - 1] {
        world.put(name, &sound[..cut]);
        refused(&world, "parts", &[name]);
    }
    for place in [0, 30, sound.len() / 2, sound.len() - 3] {
        let mut altered = sound.clone();
        altered[place] ^= 1;
        world.put(name, &altered);
        refused(&world, "parts", &[name]);
        let ended = world.run(&[
            "run",
            "small.ron",
            "--seeds",
            "10..310",
            "--shard",
            "2/2",
            "-o",
            "parts",
            "--resume",
        ]);
        assert_eq!(ended.code, Some(3), "octet {place}: {}", ended.err);
        assert!(ended.err.contains(name) && ended.err.contains("not overwritten"), "{}", ended.err);
        assert_eq!(fs::read(world.path(name)).unwrap(), altered);
    }
    // A sound part under another part's name.
    world.put(name, fs::read(world.path("parts/part-001-of-002.blesim")).unwrap());
    refused(&world, "parts", &[name]);
    let ended = world.run(&["run", "small.ron", "--seeds", "10..310", "--shard", "2/2", "-o", "parts"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("not those of the seeds"), "{}", ended.err);
    fs::remove_file(world.path(name)).unwrap();
    parts(&world, "parts", 2, &[2]);
    assert_eq!(world.fine(&["merge", "parts"]), whole);
    assert_eq!(fs::read(world.path(name)).unwrap(), sound, "the same part in every octet");
}

/// A part that is there already is not run again: a job that is queued twice does no harm.
#[test]
fn a_part_is_run_once() {
    let world = World::new();
    parts(&world, "parts", 2, &[1]);
    let again = world.run(&["run", "small.ron", "--seeds", "10..310", "--shard", "1/2", "-o", "parts"]);
    assert_eq!(again.code, Some(0));
    assert!(again.err.contains("there already"), "{}", again.err);
}

/// The environment of a scheduler names the part.
#[test]
fn a_scheduler_names_the_part() {
    let world = World::new();
    for index in 0..2 {
        let mut command =
            world.command(&["run", "small.ron", "--seeds", "10..310", "--shard", "auto/2", "-o", "parts"]);
        assert!(command.env("JOB_COMPLETION_INDEX", index.to_string()).status().unwrap().success());
    }
    assert_eq!(world.fine(&["merge", "parts"]), world.fine(&["run", "small.ron", "--seeds", "10..310"]));
}

/// Parts that cannot be are refused on the command line.
#[test]
fn senseless_parts_are_refused() {
    let world = World::new();
    let before = world.listing();
    for (args, word) in [
        (&["--shard", "0/4", "-o", "parts"][..], "no part 0 of 4"),
        (&["--shard", "5/4", "-o", "parts"], "no part 5 of 4"),
        (&["--shard", "4", "-o", "parts"], "K/N"),
        (&["--shard", "1/4"], "--output"),
        (&["--shard", "auto", "-o", "parts"], "none of"),
        (&["--shard", "3/4", "-o", "parts", "--seeds", "2"], "too few"),
        (&["--shard", "1/4", "-o", "parts", "--precision", "1pp"], "--precision"),
        (&["--resume"], "--output"),
        (&["--precision", "1"], "0.5pp"),
        (&["--precision", "1pp", "--precision-for", "nobody"], "never-retry"),
        (&["--precision", "1pp", "--precision-for", "never-retry"], "compared with"),
    ] {
        let ended = world.run(&[&["run", "small.ron"], args].concat());
        assert_eq!((ended.code, &ended.out[..]), (Some(2), ""), "{args:?}");
        assert!(ended.err.contains(word), "{args:?}: {}", ended.err);
        assert_eq!(world.listing(), before, "{args:?}");
    }
    let ended = world.run(&["merge", "no-such-folder"]);
    assert_eq!(ended.code, Some(2), "{}", ended.err);
}

/// A run with a precision ends at it, says so, and repeats; one that cannot reach it says that.
#[test]
fn a_precise_run_ends_early() {
    let world = World::new();
    let args = ["run", "small.ron", "--seeds", "20000", "--precision", "6pp"];
    let text = world.fine(&args);
    assert!(text.contains("Ended after") && text.contains("known to 6pp either way, as asked"), "{text}");
    assert!(text.contains("looks at the run"), "{text}");
    let repeat = text.lines().find(|line| line.starts_with("repeat")).unwrap();
    assert!(repeat.ends_with("run small.ron --seeds 20000 --precision 6pp"), "{repeat}");
    let json = world.fine(&[&args[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let seeds = json["seeds"]["count"].as_u64().unwrap();
    assert!((200..5_000).contains(&seeds), "{seeds}");
    let ends = &json["comparisons"][0]["ci95"];
    let (low, high) = (ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap());
    assert!(high - low <= 0.12, "{low} {high}");
    let fixed = world.fine(&["run", "small.ron", "--seeds", &seeds.to_string(), "--format", "csv"]);
    let rows = world.fine(&[&args[..], &["--format", "csv"]].concat());
    assert_eq!(rows, fixed, "the rows are those of a run of so many seeds");
    let short = world.fine(&["run", "small.ron", "--seeds", "150", "--precision", "0.5pp"]);
    assert!(short.contains("After all 150 seeds") && short.contains("not to 0.5pp as asked"), "{short}");
    let alone = world.fine(&["run", "small.ron", "-p", "never-retry", "--precision", "8pp"]);
    assert!(alone.contains("the rate of never-retry is known to 8pp"), "{alone}");
}
