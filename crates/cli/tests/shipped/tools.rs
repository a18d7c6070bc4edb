//! Wireshark and btmon on the scenarios in folders: a session of each reason, cause and exposure, and no complaint but
//! where the scenario is about a PDU that is wrong.

use crate::{Case, complaint_of_btmon, of_folder, wireshark};

/// Scenarios in which somebody sends a PDU that is too short: both tools say so.
const SHORT: &str = "0x0a";
/// Scenarios about a reason of Pairing Failed that btmon has no name for yet (Vol 3 Part H 3.5.5).
const UNNAMED: &str = "0x0f";

fn check(folder: &str) {
    let files = tempfile::tempdir().expect("a temporary folder");
    let mut cases = of_folder(folder, 1);
    cases.sort_by(|a, b| a.scenario.cmp(&b.scenario));
    assert!(cases.len() > 14, "{folder} has {} scenarios", cases.len());
    for case in cases.iter().filter(|case| !case.scenario.contains(SHORT)) {
        let complaints = wireshark::complaints_about(case, files.path());
        assert!(complaints.is_empty(), "{complaints:#?}");
        let monitor = Case::file(case, files.path(), "monitor");
        if !case.scenario.contains(UNNAMED) {
            complaint_of_btmon(monitor.to_str().expect("temporary paths are UTF-8"));
        }
    }
}

#[test]
fn tools_read_each_reason() {
    check("reasons/");
}

#[test]
fn tools_read_each_exposure() {
    check("exposure/");
}

#[test]
fn tools_read_each_cause() {
    check("matrix/");
}
