//! `validate`: what it prints, how it ends, and that threads leave no mark.

use crate::world::World;

/// A table for people: configuration, source, values, verdicts and a summary; times are not in it.
#[test]
fn the_table_has_what_a_reviewer_needs() {
    let text = World::new().fine(&["validate", "--row", "S9", "--row", "csa2-vectors"]);
    for part in [
        "S3 csa2-vectors",
        "sample data, Vol 6 Part C 3",
        "56857 1685 38301 27475",
        "S9 r-count",
        "22.5 ms, 420 ms",
        "pass",
        "7 comparisons in 2 rows: 7 pass, 0 fail; 2 rows pass as a whole",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

/// The document has a name, reference, measured value, interval and verdict for each comparison; what is not
/// possible says why and has no value.
#[test]
fn the_document_is_as_promised() {
    let world = World::new();
    let args = ["validate", "--row", "S7", "--row", "S19", "--part", "500", "--format", "json", "-q"];
    let ended = world.run(&args);
    assert_eq!((ended.code, &ended.err[..]), (Some(0), ""));
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(document["schema"], "blesim.validate/1");
    let rows = document["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 7);
    for row in rows {
        assert!(row["name"].as_str().unwrap().starts_with('S'), "{row}");
        assert_eq!(row["verdict"], "pass", "{row}");
        assert_eq!((row["measured"].is_null(), row["note"].is_null()), (false, false), "{row}");
    }
    let ends = rows[0]["ci"].as_array().unwrap();
    let (low, high) = (ends[0].as_f64().unwrap(), ends[1].as_f64().unwrap());
    let [reference, measured] = ["reference", "measured"].map(|key| rows[0][key].as_f64().unwrap());
    assert!((low..=high).contains(&reference) && (low..=high).contains(&measured), "{}", rows[0]);
}

/// The same octets for any number of threads; times go to standard error.
#[test]
fn threads_leave_no_mark() {
    let run = |jobs| {
        let world = World::new();
        let ended =
            world.run(&["validate", "--row", "S8", "--part", "200", "--jobs", jobs, "--format", "json"]);
        assert!(ended.err.contains("S8 ack-events"), "{}", ended.err);
        ended.out
    };
    assert_eq!(run("1"), run("3"));
}

/// A row that is not there is a mistake, and the rows that are there are named.
#[test]
fn an_unknown_row_is_refused() {
    let ended = World::new().run(&["validate", "--row", "S22"]);
    assert_eq!((ended.code, &ended.out[..]), (Some(2), ""));
    assert!(ended.err.contains("there is no row \"S22\"") && ended.err.contains("S21 burst-vs-timeout"));
}
