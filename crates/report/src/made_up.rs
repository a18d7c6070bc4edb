//! A small study that never ran, for the tests of every form of a report.

use crate::part::{FORMAT, Header, Study};
use crate::{Commands, Gate, Report, Wish};
use blesim_kernel::{Chance, Span};
use blesim_study::{Seeds, Summary, Table};
use blesim_world::{Acts, Effort, Exposure, Outcome, Record, Scripted};

/// Pin or key missing while encrypting, packed.
const KEY_MISSING: u32 = 0x0001_0006;

fn record(seed: u64, outcome: Outcome, time_us: u64, failures: u16) -> Record {
    let last_failure = if failures > 0 { KEY_MISSING } else { u32::MAX };
    Record {
        seed,
        digest: 0xabc0_0000_0000_0000 + seed,
        time_us,
        first_failure: last_failure,
        last_failure,
        frames: 40,
        events: 99,
        struck: 0,
        failures,
        connections: failures + 1,
        bonds_deleted: 0,
        charge_uc: [0; 2],
        outcome,
        last_step: 0,
        acts: Acts::NONE,
        effort: Effort::default(),
        scripted: Scripted::default(),
        exposure: Exposure::NONE,
    }
}

/// Four seeds from 5 on; `steady` gives one of them up, `patient` secures all.
pub(crate) fn table() -> Table {
    let rows = (5..9).flat_map(|seed| {
        let lost = seed == 6;
        let outcome = if lost { Outcome::GaveUp } else { Outcome::Secured };
        let steady = record(seed, outcome, 420_000 + seed, u16::from(lost));
        let patient = record(seed, Outcome::Secured, if lost { 2_000_000 } else { 430_000 }, u16::from(lost));
        [steady, patient]
    });
    let seeds = Seeds::new(5, 4).expect("four seeds");
    Table::new(seeds, vec!["steady".to_owned(), "patient".to_owned()], rows.collect())
}

pub(crate) fn summary() -> Summary {
    Summary::of(&table(), Span::from_secs(60), 1)
}

/// What the study says of itself.
pub(crate) fn header() -> Header {
    Header {
        format: FORMAT.to_owned(),
        version: "0.0.0".to_owned(),
        plan: "0123456789abcdef".to_owned(),
        first_seed: 5,
        seeds: 4,
        shard: 1,
        shards: 1,
        precision: None,
        study: Study {
            path: "made-up.ron".to_owned(),
            chosen: Vec::new(),
            scenario: "made-up".to_owned(),
            devices: ["phone", "lock"].map(str::to_owned),
            policies: ["steady", "patient"].map(str::to_owned).to_vec(),
            limit_ns: 60_000_000_000,
            expected: Vec::new(),
            looks: 1,
            ended: None,
            about: "A lock that forgets.".to_owned(),
            text: "(name: \"made-up\")\n".to_owned(),
            facts: vec![["air".to_owned(), "no loss".to_owned()]],
        },
    }
}

/// Calls `see` with a report whose one expectation is not met.
pub(crate) fn with_report<T>(see: impl FnOnce(&Report<'_>) -> T) -> T {
    let (table, summary) = (table(), summary());
    let wish = Wish::SecuredAtLeast(Chance::ratio(95, 100));
    let gates = ["steady", "patient", "absent"].map(|policy| Gate::judge(policy, wish, &summary));
    let commands = Commands {
        reproduce: "blesim run made-up.ron --seeds 5..9".to_owned(),
        see: Some("blesim trace made-up.ron --policy steady --seed 6".to_owned()),
        replay: ["steady", "patient"]
            .map(|name| format!("blesim trace made-up.ron --policy {name} --seed "))
            .to_vec(),
    };
    let devices = ["phone", "lock"];
    let header = &header();
    let (table, summary, gates, commands) = (&table, &summary, &gates, &commands);
    see(&Report {
        scenario: "made-up",
        devices,
        table,
        summary,
        gates,
        ended: Some("It ends here."),
        commands,
        header,
    })
}
