//! What `check` says about files that are right, and that one wrong file hides no other; and the help.

use crate::world::{ENDLESS, SCENARIO, World};

const POLICY: &str = r#"(
    name: "mine",
    basis: Assumed("a test"),
    about: "One more attempt, and no more.",
    rules: [(attempt: Only(1), do: [Disconnect, Wait(s(1)), Reconnect, Again]), (do: [GiveUp])],
)
"#;

/// A scenario and a policy are told apart, and what was proved is said.
#[test]
fn right_files_are_explained() {
    let world = World::new();
    world.put("policies/mine.ron", POLICY);
    let text = world.fine(&["check", "small.ron", "policies/mine.ron"]);
    for part in [
        "small.ron: scenario small, fine",
        "ForgetBond of lock in 40% of the sessions",
        "policy never-retry: ends in every case",
        "policies/mine.ron: policy mine, fine",
        "One more attempt, and no more.",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

/// All files are looked at, and one that is wrong makes the code 2.
#[test]
fn one_wrong_file_hides_no_other() {
    let world = World::new();
    world.put("endless.ron", ENDLESS);
    world.put("bad.ron", SCENARIO.replace("latency", "latancy"));
    let ended = world.run(&["check", "endless.ron", "missing.ron", "small.ron", "bad.ron"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.out.contains("scenario small, fine"), "{}", ended.out);
    for name in ["endless.ron:4", "missing.ron", "bad.ron:8"] {
        assert!(ended.err.contains(name), "no {name} in\n{}", ended.err);
    }
}

/// A policy of one's own, beside the scenario, runs by its name.
#[test]
fn an_own_policy_runs() {
    let world = World::new();
    world.put("policies/mine.ron", POLICY);
    let text = world.fine(&["run", "small.ron", "--seeds", "10", "-p", "never-retry", "-p", "mine"]);
    assert!(text.lines().any(|line| line.starts_with("mine ")), "{text}");
}

/// The help teaches with examples and exit codes, on standard output; no command at all is a mistake.
#[test]
fn help_teaches() {
    let world = World::new();
    let help = world.fine(&["--help"]);
    assert!(help.contains("blesim run scenarios/quickstart.ron") && help.contains("130"), "{help}");
    for verb in ["run", "sweep", "merge", "trace", "check", "list", "show", "graph"] {
        let help = world.fine(&[verb, "--help"]);
        assert!(help.contains("Examples:") && !help.contains('\u{1b}'), "{help}");
    }
    assert_eq!(world.fine(&["--version"]), concat!("blesim ", env!("CARGO_PKG_VERSION"), "\n"));
    let nothing = world.run(&[]);
    assert_eq!((nothing.code, &nothing.out[..]), (Some(2), ""));
    assert!(nothing.err.contains("Usage"), "{}", nothing.err);
}
