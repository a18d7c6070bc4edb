//! A small study that never ran, for the tests of every form of a report.

use crate::{Commands, Gate, Report, Wish};
use blesim_kernel::{Chance, Span};
use blesim_study::{Seeds, Summary, Table};
use blesim_world::{Effort, Exposure, Outcome, Record, Scripted};

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

/// Calls `see` with a report whose one expectation is not met.
pub(crate) fn with_report<T>(see: impl FnOnce(&Report<'_>) -> T) -> T {
    let (table, summary) = (table(), summary());
    let wish = Wish::SecuredAtLeast(Chance::ratio(95, 100));
    let gates = ["steady", "patient", "absent"].map(|policy| Gate::judge(policy, wish, &summary));
    let commands = Commands {
        reproduce: "blesim run made-up.ron --seeds 5..9".to_owned(),
        see: Some("blesim trace made-up.ron --policy steady --seed 6".to_owned()),
    };
    let devices = ["phone", "lock"];
    let (table, summary, gates, commands) = (&table, &summary, &gates, &commands);
    see(&Report {
        scenario: "made-up",
        devices,
        table,
        summary,
        gates,
        ended: Some("It ends here."),
        commands,
    })
}
