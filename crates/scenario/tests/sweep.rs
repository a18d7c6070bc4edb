//! A sweep: what is varied is the text of the scenario itself, and every point of the grid is a scenario of
//! its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_kernel::{Chance, Span};
use blesim_scenario::{Point, Problems, load_points};
use blesim_world::Loss;
use std::fs;

const HEAD: &str = r#"(
    name: "swept",
    devices: {
        "phone": (role: Central, dh_key_time: ms(20)),
        "lock": (role: Peripheral, dh_key_time: ms(160)),
    },
    link: (interval: ms(30), latency: 0, supervision_timeout: s(4)),
    air: (loss: Independent(percent(5)), lost_packet: Unheard),
    history: Bonded(secure_connections: true),
    faults: [
        (what: ForgetBond, who: "lock", when: At(s(0)), chance: percent(30)),
        (what: PowerCut(s(3)), who: "lock", when: At(s(0)), chance: percent(2)),
    ],
    compare: (who: "phone", policies: ["never-retry"]),
"#;

fn points(sweep: &str) -> Result<Vec<Point>, Problems> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("swept.ron");
    fs::write(&path, format!("{HEAD}{sweep}\n)\n")).unwrap();
    load_points(&path).map(|(_, points)| points)
}

/// The grid has every combination, the last axis varying fastest, and each stands in its plan.
#[test]
fn a_grid_has_every_combination() {
    let found = points(
        "sweep: (over: [(what: \"air.loss\", values: [None, Independent(percent(10))]),
            (what: \"link.interval\", values: [ms(15), ms(30), // and slow\n ms(45)])], keeps: percent(95)),",
    )
    .unwrap();
    let values: Vec<String> = found.iter().map(|point| point.values.join(" ")).collect();
    let loss = ["None", "Independent(percent(10))"];
    let expected: Vec<String> =
        loss.iter().flat_map(|loss| ["15", "30", "45"].map(|ms| format!("{loss} ms({ms})"))).collect();
    assert_eq!(values, expected);
    let plan = &found[4].scenario.plan;
    assert_eq!(plan.air.loss, Loss::Independent(Chance::ratio(1, 10)));
    assert_eq!(found[0].scenario.plan.air.loss, Loss::Independent(Chance::NEVER));
}

/// Whatever has a place in the file can be varied: a chance, a device's time, a value inside a word.
#[test]
fn anything_written_can_be_varied() {
    let check = |what: &str, value: &str, seen: &dyn Fn(&Point) -> bool| {
        let sweep = format!("sweep: (over: [(what: \"{what}\", values: [{value}])]),");
        let found = points(&sweep).unwrap_or_else(|problems| panic!("{what}: {problems}"));
        assert!(seen(&found[0]), "{what}");
    };
    let struck = |point: &Point, index: usize| point.scenario.plan.faults[index].chance;
    check("faults[1].chance", "percent(7)", &|point| struck(point, 1) == Chance::ratio(7, 100));
    check("faults[0].chance", "percent(0)", &|point| struck(point, 0) == Chance::NEVER);
    check("air.loss[0]", "percent(11)", &|point| {
        point.scenario.plan.air.loss == Loss::Independent(Chance::ratio(11, 100))
    });
    check("devices.lock.dh_key_time", "ms(400)", &|point| {
        format!("{:?}", point.scenario.plan.devices[1]).contains(&format!("{:?}", Span::from_millis(400)))
    });
}

/// What cannot be varied, and values that do not fit, are told with their place, the latter in the text they
/// make.
#[test]
fn mistakes_are_told() {
    let check = |sweep: &str, words: &[&str]| {
        let told = points(sweep).map(|points| points.len()).unwrap_err().to_string();
        for word in words {
            assert!(told.contains(word), "{sweep}: no {word:?} in\n{told}");
        }
    };
    let over = |what: &str, values: &str| format!("sweep: (over: [(what: \"{what}\", values: [{values}])]),");
    check("", &["S176", "no `sweep`"]);
    check("sweep: (over: []),", &["S170", "swept.ron:15"]);
    check(&over("link.interval", ""), &["S171"]);
    check(&over("link..interval", "ms(30)"), &["S172", "faults[0].chance"]);
    check(&over("link[x]", "ms(30)"), &["S172"]);
    check(&over("link.intervall", "ms(30)"), &["S173", "link.intervall"]);
    check(&over("faults[2].chance", "percent(1)"), &["S173"]);
    check(&over("sweep.keeps", "percent(1)"), &["S17"]);
    check(&over("link.interval", "ms(15), ms(31)"), &["S110", "with link.interval = ms(31)"]);
    check(&over("link.interval", "ms(15), percent(3)"), &["with link.interval = percent(3)"]);
    let twice =
        "sweep: (over: [(what: \"link.interval\", values: [ms(15)]), (what: \"link\", values: [()])]),";
    check(twice, &["S174"]);
    let many = vec!["ms(15)"; 1_001].join(", ");
    check(&over("link.interval", &many), &["S175", "1000"]);
    check("sweep: (over: [(what: \"link.interval\", values: [ms(15)])], keeps: percent(101)),", &["S102"]);
}
