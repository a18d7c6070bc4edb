//! Figures of made-up studies: which there are, and that none breaks.

use super::*;
use crate::made_up::with_report;

/// Every figure of a study with two policies and one failure, by name.
#[test]
fn a_study_has_its_figures() {
    let figures = with_report(figures).unwrap();
    let names: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["policies", "differences", "time", "failures", "paths", "tradeoff"]);
}
