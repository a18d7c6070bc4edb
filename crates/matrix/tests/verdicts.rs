//! What the matrix is made of, run: every cause shows its error, and the rule keeps its word.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_host::Procedure;
use blesim_matrix::{
    ADVISED, CAUSES, Cause, Matrix, Recommended, Row, Trial, Verdict, advised, costs, judge, matrix,
};
use blesim_study::Seeds;
use std::sync::atomic::AtomicBool;

fn trial(cause: &'static Cause) -> Trial {
    Trial::run(cause, Seeds::new(0, 100).unwrap(), 2, &|_| {}, &AtomicBool::new(false)).unwrap()
}

/// The row of one error.
fn row(procedure: &str, error: &str) -> Row {
    let of = |cause: &&Cause| (cause.procedure.name(), cause.error) == (procedure, error);
    Row::of(&CAUSES.iter().filter(of).map(trial).collect::<Vec<_>>())
}

/// All rows are there, every cause shows its error, and the rule keeps its word.
#[test]
fn the_matrix_keeps_its_word() {
    let ran = matrix(Seeds::new(0, 100).unwrap(), 2, &|_| {}, &AtomicBool::new(false)).unwrap();
    causes_show_their_errors(&ran);
    rows_keep_the_rule(&ran);
    advice_is_what_is_recommended(&ran);
}

/// What is handed on as data is what the matrix recommends, row for row.
fn advice_is_what_is_recommended(ran: &Matrix) {
    assert_eq!(ran.rows.len(), ADVISED.len());
    for row in &ran.rows {
        let advised = advised(row.procedure, row.error).unwrap();
        assert_eq!(advised.recommended, row.recommended, "{} {}", row.procedure, row.error);
        let words = (&row.reason[..], &costs(row)[..]);
        assert_eq!((advised.reason, advised.costs), words, "{} {}", row.procedure, row.error);
    }
    assert_eq!(advised("Encryption", "Busy"), None);
}

/// Every cause shows its error: in most sessions, or in one of ten where it is left to chance.
fn causes_show_their_errors(ran: &Matrix) {
    let causes: Vec<_> = ran.rows.iter().flat_map(|row| &row.causes).collect();
    assert_eq!(causes.len(), CAUSES.len());
    for (name, _, _, shown) in causes {
        let rare = ["bursts", "not-established", "update", "typo", "listener", "user", "cancel"];
        let least = if rare.iter().any(|part| name.contains(part)) { 8 } else { 35 };
        assert!(*shown >= least, "{name}: {shown} of 100");
    }
}

/// Names of files, scenarios and errors are those of the table, and each scenario is one file in the folder.
#[test]
fn causes_are_the_files() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/matrix");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
    files.retain(|name| name.strip_suffix(".ron").is_some());
    files.sort();
    let mut names: Vec<String> = CAUSES.iter().map(|cause| format!("{}.ron", cause.name)).collect();
    names.sort();
    assert_eq!(files, names);
    for cause in &CAUSES {
        assert!(cause.failure().is_some(), "{}", cause.name);
        assert_eq!(cause.scenario().unwrap().plan.name, cause.name);
    }
}

/// A pairing without a bond fails as one with a bond does: its scenario is the other's, but for the bond.
#[test]
fn pairings_are_bondings_without_a_bond() {
    for pairing in CAUSES.iter().filter(|cause| cause.procedure == Procedure::Pairing) {
        let name = pairing.name.replace("pairing-", "bonding-");
        let bonding = CAUSES.iter().find(|cause| cause.name == name).unwrap();
        let text = bonding.text.replace(&format!("name: \"{name}\""), &format!("name: \"{}\"", pairing.name));
        let unbonded = |role: &str| (format!("role: {role}"), format!("role: {role}, bonding: false"));
        let text = [unbonded("Central"), unbonded("Peripheral")]
            .iter()
            .fold(text, |text, (bonds, does_not)| text.replace(bonds, does_not));
        assert_eq!(pairing.text, text, "{}", pairing.name);
        assert_eq!(pairing.error, bonding.error, "{}", pairing.name);
    }
}

/// The answer to a missing key is never to pair at once: whoever says that it is missing is not
/// authenticated.
#[test]
fn a_missing_key_is_not_paired_over() {
    let row = row("Encryption", "PinOrKeyMissing");
    assert_eq!(
        row.recommended,
        Recommended { first: Verdict::Reconnect, then_delete: true },
        "{}",
        row.reason
    );
    let directly = &row.tried[Verdict::Directly as usize];
    assert!(directly.harmful && directly.exposure.attacker_won.count > 90, "{:?}", directly.exposure);
    assert!(row.agrees && row.note.is_none());
}

/// What is recommended where the answer is beyond dispute.
#[test]
fn plain_answers() {
    let check = |procedure, error, expected: &str| {
        let row = row(procedure, error);
        assert_eq!(row.recommended.to_string(), expected, "{procedure} {error}: {}", row.reason);
    };
    check("Bonding", "SmpTimeout", "R");
    check("Bonding", "RepeatedAttempts", "R");
    check("Bonding", "NumericComparisonFailed", "N");
    check("Bonding", "CrossTransportNotAllowed", "P");
    check("Bonding", "EncryptionKeySize", "P");
    check("Bonding", "PairingNotSupported", "X");
}

/// A verdict that does more harm than no restart is never recommended, shares lie in their intervals, and a
/// row that is not as expected says why and how to see it.
fn rows_keep_the_rule(ran: &Matrix) {
    for row in &ran.rows {
        let name = format!("{} {}", row.procedure, row.error);
        for tried in &row.tried {
            let first = tried.verdict == row.recommended.first;
            let then = row.recommended.then_delete && tried.verdict == Verdict::DeleteBond;
            assert!(!(tried.harmful && (first || then)), "{name} {:?}", tried.verdict);
            let share = tried.success.share().unwrap();
            assert!(tried.success.interval.contains(share), "{name} {share}");
            assert!(tried.replay.as_ref().unwrap().contains(tried.verdict.policy()), "{name}");
        }
        let shown = row.note.as_ref().is_some_and(|note| note.contains("blesim trace scenarios/matrix/"));
        assert_eq!(row.agrees, row.note.is_none(), "{name}");
        assert!(row.agrees || shown, "{name}: {:?}", row.note);
    }
}

/// The yes of a user excuses the deletion of a bond, and nothing else.
#[test]
fn consent_excuses_deletion_alone() {
    let cause = CAUSES.iter().find(|cause| cause.name == "enc-key-missing-impostor").unwrap();
    let trial = trial(cause);
    let won = trial.records(Verdict::DeleteBond).find(|record| record.exposure.attacker_won > 0).unwrap();
    assert!(!judge::harm(won, Verdict::DeleteBond));
    assert!(judge::harm(won, Verdict::Directly));
}
