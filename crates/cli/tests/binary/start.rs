//! The way in: a scenario that `init` writes, the tutorial that goes on with it, and the reference it points to.

use crate::world::World;
use std::fs;
use std::path::{Path, PathBuf};

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

/// What is written runs, says what comes next, and is never written over.
#[test]
fn a_first_scenario_runs() {
    let world = World::new();
    let said = world.fine(&["init", "it's mine.ron", "--phone", "apple", "--device", "nordic-sdk-17"]);
    assert!(said.contains("blesim run 'it'\\''s mine.ron' --seeds 2000"), "{said}");
    world.fine(&["run", "it's mine.ron", "--seeds", "5", "-q"]);
    let again = world.run(&["init", "it's mine.ron"]);
    assert!(again.code == Some(2) && again.err.contains("is there already"), "{again:?}");
    let unknown = world.run(&["init", "other.ron", "--phone", "nokia"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("list stacks"), "{unknown:?}");
    assert!(!world.path("other.ron").exists(), "nothing is left behind");
}

/// Every command of the tutorial does what it says, and what it quotes is what comes out.
#[test]
fn the_tutorial_is_true() {
    let world = World::new();
    let tutorial = fs::read_to_string(scenarios().join("TUTORIAL.md")).unwrap();
    let change = |from: &str, to: &str| {
        let text = fs::read_to_string(world.path("my-lock.ron")).unwrap();
        assert!(text.contains(from), "no such line: {from}");
        world.put("my-lock.ron", text.replace(from, to));
    };
    let (mut commands, mut said, mut quoting) = (0, String::new(), false);
    for line in tutorial.lines() {
        if line.starts_with("```") {
            quoting = !quoting;
        } else if quoting {
            assert!(said.contains(line), "not what comes out: {line}\n{said}");
        } else if let Some(changed) = line.strip_prefix("    // ") {
            change(&format!("// {changed}"), changed);
        } else if let Some(command) = line.strip_prefix("    blesim ") {
            if commands == 5 {
                change("    attackers:", "    // attackers:");
            }
            said = world.fine(&command.split(' ').collect::<Vec<&str>>());
            commands += 1;
        }
    }
    assert_eq!(commands, 6, "the commands of the tutorial");
    assert!(world.path("results/report.html").exists() && world.path("failure.svg").exists());
}

/// The committed page of the reference is what the program prints.
#[test]
fn the_reference_is_current() {
    let committed = fs::read_to_string(scenarios().join("REFERENCE.md")).unwrap();
    let printed = World::new().fine(&["reference"]);
    assert!(printed == committed, "blesim reference > scenarios/REFERENCE.md makes it current");
}
