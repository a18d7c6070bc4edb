//! A sweep: every point is the run that it would be by itself, and what each policy keeps is told.

use crate::world::{SCENARIO, World};
use serde_json::Value;

const SWEEP: &str = r#"
    sweep: (
        over: [
            (what: "air.loss", values: [Independent(percent(0)), Independent(percent(60))]),
            (what: "faults[0].chance", values: [percent(0), percent(40), percent(100)]),
        ],
        keeps: percent(90),
    ),
)
"#;

fn swept(world: &World) {
    let text = SCENARIO.trim_end().strip_suffix(')').unwrap().to_owned() + SWEEP;
    world.put("swept.ron", text);
}

/// Each point counts what a run of the scenario with these values counts.
#[test]
fn a_point_is_a_run_of_its_own() {
    let world = World::new();
    swept(&world);
    let text = world.fine(&["sweep", "swept.ron", "--seeds", "40", "--format", "json"]);
    let grid: Value = serde_json::from_str(&text).unwrap();
    let rows = grid["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2 * 3 * 2);
    for (number, (loss, chance)) in
        [(0, 0), (0, 40), (0, 100), (60, 0), (60, 40), (60, 100)].iter().enumerate()
    {
        let alone = SCENARIO.replace("Independent(percent(5))", &format!("Independent(percent({loss}))"));
        let alone = alone.replace("chance: percent(40)", &format!("chance: percent({chance})"));
        world.put("alone.ron", alone.replace("expect: [", "// expect: ["));
        let run = world.fine(&["run", "alone.ron", "--seeds", "40", "--format", "json"]);
        let run: Value = serde_json::from_str(&run).unwrap();
        for policy in 0..2 {
            let row = &rows[2 * number + policy];
            assert_eq!(row["digest"], run["digest"], "{row}");
            let success = &run["policies"][policy]["success"];
            assert_eq!((&row["secured"], &row["ci95"]), (&success["count"], &success["ci95"]), "{row}");
        }
    }
}

/// The text answers the question, for each combination of the other axes, and files hold every session with
/// its point.
#[test]
fn a_sweep_answers() {
    let world = World::new();
    swept(&world);
    let text = world.fine(&["sweep", "swept.ron", "--seeds", "60", "--jobs", "2", "-o", "results"]);
    assert_eq!(text, world.fine(&["sweep", "swept.ron", "--seeds", "60", "--jobs", "1"]));
    for part in [
        "60 seeds (0..=59) at each of 6 points",
        "How far along faults[0].chance a policy keeps 90.0%",
        "  air.loss = Independent(percent(0)), never-retry: up to percent(0)",
        "  air.loss = Independent(percent(0)), delete-bond-and-repair: up to percent(100), the last that was tried",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let listing = world.listing();
    for name in ["report.md", "sessions.csv", "sessions.ndjson", "sweep.csv", "sweep.json", "sweep-map.svg"] {
        assert!(listing.contains(&format!("results/{name}")), "{listing:?}");
    }
    assert_eq!(listing.len(), 1 + 8 + 2, "{listing:?}");
    let read = |name: &str| std::fs::read_to_string(world.path("results").join(name)).unwrap();
    let mut sessions = csv::Reader::from_reader(read("sessions.csv").into_bytes().leak() as &[u8]);
    assert_eq!(&sessions.headers().unwrap()[1], "faults[0].chance");
    assert_eq!(
        sessions.records().filter(|row| &row.as_ref().unwrap()[1] == "percent(40)").count(),
        2 * 60 * 2
    );
    assert_eq!(read("sessions.ndjson").lines().count(), 6 * 60 * 2);
    assert_eq!(read("sweep.csv").lines().count(), 1 + 12);
    assert_eq!(read("sweep.csv"), world.fine(&["sweep", "swept.ron", "--seeds", "60", "--format", "csv"]));
}

/// Halving the step in which a policy fails finds the value more closely, and ends at the same value on any
/// number of threads.
#[test]
fn a_step_is_halved() {
    let world = World::new();
    let sweep = "sweep: (over: [(what: \"faults[0].chance\", values: [percent(0), percent(80)])], keeps: percent(75),";
    let text = SCENARIO.trim_end().strip_suffix(')').unwrap().to_owned() + sweep + " refine: 4),\n)\n";
    world.put("halved.ron", text);
    let args = ["sweep", "halved.ron", "--seeds", "400", "-p", "never-retry"];
    let text = world.fine(&args);
    assert!(text.contains("at each of 2 points, and one policy at each of 4 between them"), "{text}");
    let answer = text.lines().find(|line| line.starts_with("  never-retry: up to percent(")).unwrap();
    // Between 3 and 7 sessions of a hundred fail by the air alone, so the share breaks at a chance of about
    // 20 %.
    let found: f64 = answer.split(['(', ')']).nth(1).unwrap().parse().unwrap();
    assert!((10.0..30.0).contains(&found) && found % 5.0 == 0.0, "{answer}");
    assert_eq!(world.fine(&[&args[..], &["--jobs", "1"]].concat()), text);
}

/// A point that cannot be is told before any runs, by `check` too; a scenario without a sweep cannot be
/// swept, and one with a sweep runs as it is written, with a word about it.
#[test]
fn mistakes_are_told() {
    let world = World::new();
    swept(&world);
    let bad =
        std::fs::read_to_string(world.path("swept.ron")).unwrap().replace("percent(100)]", "percent(101)]");
    world.put("bad.ron", bad);
    for args in [&["sweep", "bad.ron", "-o", "results"][..], &["check", "bad.ron"]] {
        let ended = world.run(args);
        assert_eq!((ended.code, &ended.out[..]), (Some(2), ""), "{args:?}");
        assert!(ended.err.contains("faults[0].chance = percent(101)"), "{}", ended.err);
    }
    assert!(!world.path("results").exists());
    let none = world.run(&["sweep", "small.ron"]);
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("no `sweep`"), "{}", none.err);
    let run = world.run(&["run", "swept.ron", "--seeds", "5"]);
    assert!(run.err.contains("has a sweep"), "{}", run.err);
    assert!(world.fine(&["check", "swept.ron"]).contains("sweep: air.loss over"));
}
