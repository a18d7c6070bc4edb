//! What there is by name, and policies as pictures: `list`, `show` and `graph`.

use crate::world::World;

const STACK: &str = r#"(
    name: "mine",
    basis: Assumed("a test"),
    about: "A stack of a test.",
    both: (policy: "never-retry", connect_timeout: s(4)),
)
"#;

const POLICY: &str = r#"(
    name: "gentle",
    basis: Assumed("a test"),
    about: "Tells and gives up.",
    rules: [(do: [Notify, GiveUp])],
)
"#;

/// Runs `args`, which has to be refused with words that hold all of `parts`.
fn refused(world: &World, args: &[&str], parts: &[&str]) {
    let ended = world.run(args);
    assert_eq!((ended.code, &ended.out[..]), (Some(2), ""), "{args:?}: {ended:?}");
    for part in parts {
        assert!(ended.err.contains(part), "{args:?}: no {part:?} in\n{}", ended.err);
    }
}

/// On a pipe a list is a name a line, the user's own included; as JSON it says what each is.
#[test]
fn lists_are_a_name_a_line() {
    let world = World::new();
    world.put("scenarios/policies/gentle.ron", POLICY);
    world.put("scenarios/stacks/mine.ron", STACK);
    world.put("scenarios/deep/small.ron", crate::world::SCENARIO);
    let check = |kind: &str, names: &[&str]| {
        let text = world.fine(&["list", kind]);
        let lines: Vec<&str> = text.lines().collect();
        for name in names {
            assert!(lines.contains(name), "{kind}: no {name} in {lines:?}");
        }
        assert!(lines.iter().all(|line| !line.contains(' ')), "{lines:?}");
        let json = world.fine(&["list", kind, "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&json["schema"], &json["kind"]), (&"blesim.list/1".into(), &kind.into()));
        let rows = json["rows"].as_array().unwrap();
        assert!(rows.iter().map(|row| row["name"].as_str().unwrap()).eq(lines), "{kind}");
        assert!(rows.iter().all(|row| row["about"].as_str().is_some_and(|about| !about.is_empty())));
    };
    check("policies", &["never-retry", "bluez", "gentle"]);
    check("stacks", &["zephyr", "spec-exact", "mine"]);
    check("faults", &["ForgetBond", "PowerCut"]);
    check("measures", &["attempts", "attacker_won"]);
    check("errors", &["PinOrKeyMissing", "MicFailure"]);
    check("scenarios", &["scenarios/deep/small.ron"]);
    let table = world.fine(&["list", "faults", "--format", "table"]);
    assert!(table.contains("PowerCut          The device loses power"), "{table}");
}

/// A name shows all that bears it: what it rests on, what was proved, its text; a meaning and a unit.
#[test]
fn a_name_is_shown() {
    let world = World::new();
    world.put("scenarios/stacks/mine.ron", STACK);
    let check = |name: &str, parts: &[&str]| {
        let text = world.fine(&["show", name]);
        for part in parts {
            assert!(text.contains(part), "{name}: no {part:?} in\n{text}");
        }
    };
    check("zephyr-default", &["policy zephyr-default", "source: Zephyr", "proved over", "rules: ["]);
    check("bluez", &["policy bluez", "stack bluez", "policy of a central: bluez", "le_supv_timeout"]);
    check("mine", &["stack mine", "assumed: a test", STACK]);
    check("PowerCut", &["fault PowerCut", "unit: time", "PowerCut(s(3))"]);
    check("octets_read", &["measure octets_read", "unit: octets"]);
    check("MicFailure", &["error MicFailure", "0x3D"]);
    refused(&world, &["show", "zephir"], &["did you mean zephyr?", "blesim list"]);
    refused(&world, &["list", "polices"], &["policies"]);
    refused(&world, &["list", "scenarios", "--in", "nowhere"], &["cannot read nowhere"]);
}

/// A stack is checked as a file too, and a wrong one is told of with its place.
#[test]
fn stacks_are_checked() {
    let world = World::new();
    world.put("stacks/mine.ron", STACK);
    assert!(world.fine(&["check", "stacks/mine.ron"]).contains("stack mine, fine"));
    world.put("stacks/mine.ron", STACK.replace("connect_timeout", "conect_timeout"));
    refused(&world, &["check", "stacks/mine.ron"], &["stacks/mine.ron:5:35", "connect_timeout"]);
    let text = crate::world::SCENARIO.replace("role: Central,", "role: Central, stack: \"zefyr\",");
    world.put("bad.ron", text);
    refused(&world, &["run", "bad.ron", "--seeds", "1"], &["bad.ron:5:41", "S210", "\"zephyr\""]);
}

/// A picture is the same every time, in both forms, to a file as to standard output.
#[test]
fn pictures_are_repeatable() {
    let world = World::new();
    for (name, part) in [("bluez.svg", "</svg>"), ("bluez.dot", "digraph {")] {
        world.fine(&["graph", "bluez", "-o", name]);
        let text = std::fs::read_to_string(world.path(name)).unwrap();
        assert!(text.contains(part) && text.contains("rule 3"), "{text}");
        let format = name.rsplit('.').next().unwrap();
        assert_eq!(world.fine(&["graph", "bluez", "--format", format]), text);
    }
    assert!(world.fine(&["graph", "bluez", "--states", "--format", "dot"]).contains("attempt after 1"));
    refused(&world, &["graph", "bluez", "--states"], &["--format dot"]);
    refused(&world, &["graph", "blues"], &["did you mean bluez?"]);
    refused(&world, &["graph", "blues", "--scenario", "small.ron"], &["did you mean bluez?"]);
    refused(&world, &["graph", "bluez", "--seeds", "5"], &["--scenario"]);
}

/// Counts are those of the sessions: every attempt leads somewhere, and the sessions that ended secured are as many as
/// `run` tells.
#[test]
fn counts_are_those_of_the_sessions() {
    let world = World::new();
    let run = ["run", "small.ron", "--seeds", "40", "-p", "delete-bond-and-repair", "--format", "json"];
    let json: serde_json::Value = serde_json::from_str(&world.fine(&run)).unwrap();
    let secured = json["policies"][0]["success"]["count"].as_u64().unwrap();
    let graph =
        ["graph", "delete-bond-and-repair", "--scenario", "small.ron", "--seeds", "40", "--format", "dot"];
    let dot = world.fine(&graph);
    let count = |words: &str| -> u64 {
        let line = dot.lines().find(|line| line.contains(&format!("\"{words}\\l"))).unwrap();
        line.rsplit("\\l").next().unwrap().trim_end_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    };
    assert_eq!(count("succeeds"), secured, "{dot}");
    assert!(count("fails") > 0, "{dot}");
    assert_eq!(dot, world.fine(&graph));
}
