//! S16: a slow DHKey stretches a pairing.

use super::pairing::Events;
use super::{EXACT, Row};
use crate::check::Check;
use crate::effort::Effort;
use crate::sessions::{self, Run};
use blesim_kernel::Span;

pub(crate) const ROW: Row = Row {
    id: "S16",
    name: "ecdh-stretch",
    configuration: "a session of two devices without loss, SC Just Works, 7.5 ms, one packet an event; the \
                    DHKey takes 160 ms on both sides and the radio goes on",
    source: "Ea waits for the central's DHKey, Eb for Ea and the peripheral's: e29, e30, encrypted e35; \
             160 ms is TI's figure for its ECC command",
    tolerance: EXACT,
    measure,
};

fn measure(_: Effort) -> Vec<Check> {
    let mut plan = sessions::plan();
    for device in &mut plan.devices {
        device.host.timing.dh_key = Span::from_millis(160);
        device.host.link.interval = 6;
    }
    let mut events = Events::default();
    let _ = Run::new(&plan).session(&plan, 0, 7, &mut events);
    let found = events.since_first(Span::from_micros(7_500)).map(|(encrypted, _)| encrypted);
    let (event, time) = found.map_or_else(
        || ("never".to_owned(), "never".to_owned()),
        |event| (event.to_string(), format!("{}.{}", event * 75 / 10, event * 75 % 10)),
    );
    vec![
        Check::exact("event of encryption, Pairing Request in event 0", "35", &event),
        Check::exact("the same in ms", "262.5", &time),
    ]
}
