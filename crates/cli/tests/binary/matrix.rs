//! `matrix`: its forms say the same, are as promised, and threads leave no mark.

use crate::world::World;
use std::fs;

/// The document has every row with every verdict, its files are there, and the CSV has the same rows.
#[test]
fn the_document_is_as_promised() {
    let world = World::new();
    let json = world.fine(&["matrix", "--seeds", "20", "--format", "json", "-q", "--jobs", "1", "-o", "out"]);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["schema"], "blesim.matrix/1");
    assert_eq!(document["seeds"], serde_json::json!([0, 20]));
    let rows = document["rows"].as_array().unwrap();
    assert!(rows.len() >= 20, "{}", rows.len());
    for row in rows {
        assert!(row["procedure"].is_string() && row["error"].is_string(), "{row}");
        assert!(!row["reason"].as_str().unwrap().is_empty(), "{row}");
        let verdicts = row["verdicts"].as_array().unwrap();
        let letters: Vec<&str> = verdicts.iter().map(|one| one["verdict"].as_str().unwrap()).collect();
        assert_eq!(letters, ["N", "D", "P", "R", "B", "X"]);
        let first = &row["recommended"].as_str().unwrap()[..1];
        assert!(letters.contains(&first), "{row}");
        for verdict in verdicts {
            for key in ["success", "p50_ms", "cost", "exposure", "seeds", "replay"] {
                assert!(verdict.get(key).is_some(), "no {key} in {verdict}");
            }
            for key in ["estimate", "low", "high"] {
                assert!(verdict["success"].get(key).is_some(), "no {key} in {verdict}");
            }
        }
    }
    assert!(!document["not_produced"].as_array().unwrap().is_empty());
    assert_eq!(fs::read_to_string(world.path("out/matrix.json")).unwrap(), json);
    let mut csv = csv::Reader::from_path(world.path("out/matrix.csv")).unwrap();
    assert_eq!(csv.records().map(Result::unwrap).count(), 6 * rows.len());
    assert!(fs::read_to_string(world.path("out/matrix.svg")).unwrap().starts_with("<svg"));
}

/// The same octets for any number of threads, and a table with a replay for a row that is not as expected.
#[test]
fn threads_leave_no_mark() {
    let run = |jobs| World::new().fine(&["matrix", "--seeds", "12", "-q", "--jobs", jobs]);
    let table = run("1");
    assert_eq!(table, run("3"));
    for part in
        ["Encryption / PinOrKeyMissing: ", "cause enc-key-missing-impostor (attacker)", "Not produced"]
    {
        assert!(table.contains(part), "no {part:?} in\n{table}");
    }
}
