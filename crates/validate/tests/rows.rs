//! Every row with a part of its trials.
//!
//! Invariant: trials are numbered, so a row either always passes or always fails.

use blesim_validate::{Check, Effort, ROWS, Runner, Verdict};

fn measured(jobs: usize, effort: Effort, ids: impl Fn(&str) -> bool) -> Vec<(&'static str, Vec<Check>)> {
    let runner = Runner::new(jobs, effort).expect("threads");
    ROWS.iter().filter(|row| ids(row.id)).map(|row| (row.id, runner.run(row))).collect()
}

/// No row fails: the intervals are wider with fewer trials, the references the same.
#[test]
fn no_row_fails() {
    for (id, checks) in measured(2, Effort::part(100), |_| true) {
        assert!(!checks.is_empty(), "{id} compares something");
        for check in checks {
            assert_ne!(check.verdict, Verdict::Fail, "{id}: {check:?}");
        }
    }
}

/// Rows are numbered as in the list of references, and each has words for all that a reader has to know.
#[test]
fn rows_are_described() {
    for (number, row) in (1..).zip(&ROWS) {
        assert_eq!(row.id, format!("S{number}"));
        for words in [row.name, row.configuration, row.source, row.tolerance] {
            assert!(!words.is_empty(), "{row:?}");
        }
    }
}

/// Threads leave no mark on what is measured.
#[test]
fn threads_leave_no_mark() {
    let some = |id: &str| ["S6", "S8", "S11", "S15", "S18", "S20"].contains(&id);
    assert_eq!(measured(1, Effort::part(400), some), measured(3, Effort::part(400), some));
}
