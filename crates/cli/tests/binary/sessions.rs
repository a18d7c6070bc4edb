//! What sessions took of the link layer's tables, and what they spent.

use crate::world::World;

/// Every session of the scenario starts encryption or ends before, and the rows say so; nothing in it asks for
/// an update, and no row pretends that.
#[test]
fn edges_are_counted() {
    let world = World::new();
    let text = world.fine(&["edges", "small.ron", "--seeds", "20"]);
    let times = |start: &str| -> u64 {
        let row = text.lines().find(|line| line.contains(start)).expect("the row is there");
        row.split_whitespace().next().expect("a count").parse().expect("a number")
    };
    assert!(times("Encryption, Central") > 0, "{text}");
    assert_eq!(times("ConnectionUpdate, Central Initiator"), 0, "{text}");
    assert!(text.ends_with('\n') && text.contains("rows taken in 20 sessions of policy"), "{text}");
    assert_eq!(text, world.fine(&["edges", "small.ron", "--seeds", "20"]));
}

/// Every device has a line for every purpose, and a connection that was made was paid for.
#[test]
fn energy_is_told() {
    let world = World::new();
    let text = world.fine(&["energy", "small.ron", "--seeds", "20"]);
    let rows: Vec<&str> = text.lines().skip(2).collect();
    for purpose in ["advertising", "pairing", "retry", "connection"] {
        assert_eq!(rows.iter().filter(|line| line.contains(purpose)).count(), 2, "{text}");
    }
    let mut advertising = rows.iter().filter(|line| line.contains("advertising"));
    assert!(advertising.all(|line| line.split_whitespace().last() != Some("0")), "{text}");
    assert_eq!(text, world.fine(&["energy", "small.ron", "--seeds", "20"]));
}
