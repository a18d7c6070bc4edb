//! Each class of field failures has a scenario that shows what engineers see, on the side whose policy varies, and
//! which of the compared policies get over it.

use crate::root;
use blesim_scenario::{Scenario, load};
use blesim_study::session;
use blesim_world::{NoTrace, Outcome};
use std::fs;

/// Sessions of each.
const SEEDS: u64 = 12;

fn scenario(name: &str) -> Scenario {
    let path = root().join(format!("scenarios/field/{name}.ron"));
    load(&path).unwrap_or_else(|problems| panic!("{problems}"))
}

/// How many sessions of each policy show this failure first, and how many are secured in the end.
fn counts(scenario: &Scenario, symptom: &str, policy: usize) -> (u64, u64) {
    let mut counts = (0, 0);
    for seed in 0..SEEDS {
        let record = session(&scenario.plan, seed, policy, &mut NoTrace).expect("no bug");
        let first = record.first_failure().map(|failure| failure.to_string());
        counts.0 += u64::from(first.is_some_and(|first| first == symptom));
        counts.1 += u64::from(record.outcome == Outcome::Secured);
    }
    counts
}

/// Letter and name, the failure that the policies are shown first, and those of them that get over it more often than
/// the first, which never tries again.
const CLASSES: &[(&str, &str, &[&str])] = &[
    (
        "b-peripheral-lost-bond",
        "Encryption / PIN or Key Missing (0x06)",
        &["delete-bond-and-repair", "apple-central"],
    ),
    (
        "q-plain-retry",
        "Encryption / Connection Timeout (0x08)",
        &["reconnect-then-retry", "naive-immediate-retry"],
    ),
    ("a-central-forgot", "Bonding / Pairing Failed: Pairing Not Supported (0x05)", &[]),
    (
        "e-address-not-resolved",
        "Encryption / PIN or Key Missing (0x06)",
        &["reconnect-then-retry", "delete-bond-and-repair"],
    ),
    ("d-bond-not-persisted", "Encryption / PIN or Key Missing (0x06)", &["delete-bond-and-repair"]),
    ("l-no-common-security", "Bonding / Pairing Failed: Authentication Requirements (0x03)", &[]),
    ("g-update-collision", "Encryption / Connection Terminated due to MIC Failure (0x3D)", &[]),
    (
        "k-wrong-passkey",
        "Bonding / Pairing Failed: Confirm Value Failed (0x04)",
        &["reconnect-then-retry", "exponential-backoff"],
    ),
    (
        "f-mic-failure",
        "Encryption / Connection Timeout (0x08)",
        &["reconnect-then-retry", "delete-bond-and-repair"],
    ),
    ("h-security-request-race", "Bonding / SMP timeout", &["reconnect-then-retry", "exponential-backoff"]),
    ("i-supervision-timeout", "Bonding / Connection Timeout (0x08)", &[]),
    ("m-state-of-an-implementation", "Bonding / Pairing Failed: DHKey Check Failed (0x0B)", &[]),
    ("c-keys-differ", "Encryption / Connection Timeout (0x08)", &[]),
    ("s-recovery-made-it-worse", "Encryption / PIN or Key Missing (0x06)", &["reconnect-then-retry"]),
    ("j-application-timer", "Bonding / Connection Terminated by Local Host (0x16)", &[]),
    (
        "r-not-established",
        "Connection / Connection Failed to be Established (0x3E)",
        &["reconnect-then-retry", "naive-immediate-retry"],
    ),
    ("n-key-size", "Bonding / Pairing Failed: Encryption Key Size (0x06)", &[]),
    ("p-dual-mode", "Bonding / Pairing Failed: BR/EDR Pairing in Progress (0x0D)", &[]),
    ("o-keys-not-negotiated", "Bonding / Pairing Failed: Unspecified Reason (0x08)", &[]),
    (
        "t-payload-timeout",
        "Encryption / Connection Terminated by Local Host (0x16)",
        &["reconnect-then-retry", "naive-immediate-retry"],
    ),
];

/// The symptom is the first failure in most sessions; who is named gets over it in a quarter of the sessions more than
/// who never tries again, and nobody else does.
#[test]
fn every_class_shows_its_symptom() {
    for &(name, symptom, recover) in CLASSES {
        let scenario = scenario(name);
        let policies = &scenario.plan.policies;
        let first = counts(&scenario, symptom, 0);
        assert!(first.0 * 4 > SEEDS * 2, "{name}: {} of {SEEDS} sessions", first.0);
        for (policy, program) in policies.iter().enumerate().skip(1) {
            let secured = counts(&scenario, symptom, policy).1;
            let more = secured >= first.1 + SEEDS / 4;
            assert_eq!(more, recover.contains(&&program.name[..]), "{name} {}: {secured}", program.name);
        }
    }
}

/// Twenty classes, a file each.
#[test]
fn the_classes_are_the_files() {
    let folder = fs::read_dir(root().join("scenarios/field")).expect("the folder is there");
    let file = |entry: fs::DirEntry| entry.path().file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut files: Vec<_> = folder.filter_map(|entry| file(entry.expect("it can be read"))).collect();
    let mut names: Vec<_> = CLASSES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    files.sort();
    names.sort();
    assert_eq!((files.len(), files), (20, names));
}
