//! The statistics held to scipy, statsmodels and lifelines: `golden/make.py` made `golden/stats.json`.
//!
//! Invariant: this file computes nothing itself; both sides of every comparison come from elsewhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_study::stats::{
    Columns, Observed, PairedCounts, Quantile, SecureTimes, Survival, holm, log_rank, mcnemar, wilson,
};
use serde_json::Value;

/// The rows of one section of the golden file.
fn rows(section: &str) -> Vec<Value> {
    let text = include_str!("golden/stats.json");
    let file: Value = serde_json::from_str(text).expect("the golden file is JSON");
    let rows = file[section].as_array().expect("the section is there").clone();
    assert!(rows.len() > 10, "{section} has too few rows to mean anything");
    rows
}

fn real(row: &Value, key: &str) -> f64 {
    row[key].as_f64().expect("a number")
}

fn count(row: &Value, key: &str) -> u64 {
    row[key].as_u64().expect("a count")
}

/// Fails unless `got` is within `relative` of `expected`; below 1e-300 doubles have too few digits to
/// compare.
fn check(got: f64, expected: f64, relative: f64, row: &Value) {
    let near = (got - expected).abs() <= relative * expected.abs() + 1e-300;
    assert!(near, "got {got:e}, expected {expected:e}: {row}");
}

/// As [`check`], with an absolute tolerance, for values whose oracle subtracts nearly equal numbers.
fn check_absolute(got: f64, expected: f64, tolerance: f64, row: &Value) {
    assert!((got - expected).abs() <= tolerance, "got {got:e}, expected {expected:e}: {row}");
}

/// `proportion_confint(method="wilson")` of statsmodels.
#[test]
fn wilson_agrees_with_statsmodels() {
    for row in rows("wilson") {
        let got = wilson(count(&row, "count"), count(&row, "of"), real(&row, "level"));
        check_absolute(got.low, real(&row, "low"), 1e-14, &row);
        check_absolute(got.high, real(&row, "high"), 1e-14, &row);
    }
}

/// `mcnemar(exact=True)` of statsmodels, out to a million discordant pairs and p values of 1e-88.
#[test]
fn mcnemar_agrees_with_statsmodels() {
    for row in rows("mcnemar") {
        check(mcnemar(count(&row, "b"), count(&row, "c")), real(&row, "p"), 1e-10, &row);
    }
}

/// Newcombe's method 10, written out in Python from the paper.
#[test]
fn paired_difference_agrees_with_newcombe() {
    for row in rows("paired") {
        let cells: Vec<u64> = row["cells"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap()).collect();
        let [both, only_a, only_b, neither] = cells[..] else { panic!("four cells: {row}") };
        let counts = PairedCounts { both, only_a, only_b, neither };
        let got = counts.difference(real(&row, "level"));
        check_absolute(got.estimate, real(&row, "estimate"), 1e-15, &row);
        check_absolute(got.interval.low, real(&row, "low"), 1e-12, &row);
        check_absolute(got.interval.high, real(&row, "high"), 1e-12, &row);
    }
}

/// `numpy.quantile(method="inverted_cdf")` over all sessions, and ranks from `scipy.stats.binom.ppf`.
#[test]
fn quantiles_agree_with_numpy_and_scipy() {
    let mut sessions = SecureTimes::new(&[]);
    for row in rows("quantile") {
        let times = row["times"].as_array().unwrap();
        if !times.is_empty() {
            sessions = SecureTimes::new(&times.iter().map(Value::as_u64).collect::<Vec<_>>());
        }
        let quantile = Quantile::per_mille(u16::try_from(count(&row, "mille")).unwrap()).unwrap();
        let got = sessions.quantile(quantile, 0.95);
        let expected = ["at", "low", "high"].map(|key| row[key].as_u64());
        assert_eq!([got.at, got.low, got.high], expected, "{quantile:?} of {} sessions", sessions.sessions());
    }
}

/// The list of numbers under `key`.
fn reals(row: &Value, key: &str) -> Vec<f64> {
    row[key].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// The sessions whose times and events are listed under two keys.
fn sessions(row: &Value, times: &str, events: &str) -> Vec<Observed> {
    let events = row[events].as_array().unwrap().iter().map(|event| event.as_bool().unwrap());
    let times = row[times].as_array().unwrap().iter().map(|time| time.as_u64().unwrap());
    times.zip(events).map(|(time, event)| Observed { time, event }).collect()
}

/// `multipletests(method="holm")` of statsmodels.
#[test]
fn holm_agrees_with_statsmodels() {
    for row in rows("holm") {
        for (got, expected) in holm(&reals(&row, "raw")).into_iter().zip(reals(&row, "holm")) {
            check(got, expected, 1e-14, &row);
        }
    }
}

/// `KaplanMeierFitter` of lifelines: curve and log-log interval, with ties and censoring; the restricted mean
/// and its interval by the textbook's sum.
#[test]
fn survival_agrees_with_lifelines() {
    let mut probed = 0;
    for row in rows("survival") {
        let curve = Survival::new(&sessions(&row, "times", "events"));
        for point in row["points"].as_array().unwrap() {
            let got = curve.at(point[0].as_u64().unwrap(), 0.95);
            check_absolute(got.at, point[1].as_f64().unwrap(), 1e-12, point);
            if let (Some(low), Some(high)) = (point[2].as_f64(), point[3].as_f64()) {
                check_absolute(got.interval.low, low, 1e-11, point);
                check_absolute(got.interval.high, high, 1e-11, point);
                probed += 1;
            }
        }
        let mean = curve.restricted_mean(count(&row, "limit"), 0.95);
        check(mean.at, real(&row, "mean"), 1e-10, &row["limit"]);
        check(mean.interval.low, real(&row, "low"), 1e-9, &row["limit"]);
        check(mean.interval.high, real(&row, "high"), 1e-9, &row["limit"]);
    }
    assert!(probed > 20, "only {probed} intervals were compared");
}

/// `logrank_test` of lifelines, with ties and censoring.
#[test]
fn log_rank_agrees_with_lifelines() {
    for row in rows("log_rank") {
        let got = log_rank(&sessions(&row, "a", "a_events"), &sessions(&row, "b", "b_events"));
        check(got.statistic, real(&row, "statistic"), 1e-9, &row["statistic"]);
        check(got.p_value, real(&row, "p"), 1e-8, &row["p"]);
    }
}

/// `scipy.stats.bootstrap(method="BCa")` with so many resamples that its ends stand still. Ours has fewer:
/// its ends may move by a quarter of a standard error, and by less than what tells BCa from a plain
/// percentile on skewed values.
#[test]
fn bootstrap_agrees_with_scipy() {
    for row in rows("bootstrap") {
        let values = reals(&row, "values");
        let mut columns = Columns::new(values.len());
        columns.add(&values);
        for key in 0..3 {
            let got = columns.means(key, 0.95)[0];
            let ruler = real(&row, "error");
            let off = [got.interval.low - real(&row, "low"), got.interval.high - real(&row, "high")];
            assert!(
                off.iter().all(|off| off.abs() < ruler / 4.0),
                "{off:?} with a ruler of {ruler}, key {key}"
            );
        }
    }
}
