//! What a real host is told when the radio fails.

use crate::serve::what;
use crate::served::{Serve, scenario};
use crate::{pair, python, told};
use serde_json::{Value, json};

/// One fault of the air or of a device, and the error that Bumble's host on the other side is told for it
/// (Vol 1 Part F).
#[test]
fn a_faulty_link_yields_what_the_specification_promises() {
    let Some(python) = python() else { return };
    let check = |faults: &str, more: Value, event: &str, code: u8| {
        let serve = Serve::start(&scenario("", faults), &[]);
        let lines = pair(&python, &what(&serve, &more));
        let found = told(&lines, "central", event);
        assert_eq!(
            found.map(|line| &line["code"]),
            Some(&json!(code)),
            "{faults}: {lines:?}\n{}",
            serve.interrupt()
        );
    };
    // The peripheral's radio is gone for longer than the supervision timeout (Vol 6 Part B 4.5.2).
    let gone = r#"(what: RadioStops(s(10)), who: "lock", when: After("encrypted", ms(500)))"#;
    check(gone, json!({ "stays": 3.0 }), "disconnected", 0x08);
    // It is gone before the first packet (Vol 6 Part B 4.5.2).
    let early = r#"(what: RadioStops(s(10)), who: "lock", when: Entering("connected"))"#;
    check(early, json!({}), "disconnected", 0x3E);
    // The eleventh packet of the peripheral, encrypted Identity Information, comes with another content and a right
    // CRC (Vol 6 Part B 5.1.3.1).
    let corrupted = r#"(what: CorruptFrame, who: "lock", when: Frame(11))"#;
    check(corrupted, json!({ "stays": 1.0 }), "disconnected", 0x3D);
    // The peripheral has lost its bond (Vol 6 Part B 5.1.3.1).
    check("", json!({ "forgets": true }), "error", 0x06);
}
