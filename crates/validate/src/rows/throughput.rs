//! S2: what a saturated link carries.

use super::Row;
use crate::bench::{Bench, CENTRAL, LinkSpec, PERIPHERAL};
use crate::check::{Check, real};
use crate::effort::Effort;
use blesim_kernel::Span;
use blesim_study::stats::Interval;

pub(crate) const ROW: Row = Row {
    id: "S2",
    name: "throughput",
    configuration: "LE 1M, 20 octets of attribute value in each PDU of 27, one way, 4 s interval, More \
                    Data, in kbit/s",
    source: "160 bit in 296 + 150 + 80 + 150 us; the maximum that measurements of 2011 confirm (IEEE CL \
             15(11) 1187)",
    tolerance: "at most 1 % below, not above",
    measure,
};

/// kbit/s: 160 bit in 676 us.
const REFERENCE: f64 = 160.0 / 0.676;
const EVENTS: u64 = 4;
/// The offset of the first anchor point, rounded up.
const MARGIN: Span = Span::from_millis(2);
/// L2CAP and ATT headers and 20 octets of value: one PDU.
const OCTETS: [u8; 27] = [0x55; 27];
const VALUE_BITS: u64 = 160;

fn measure(_: Effort) -> Vec<Check> {
    let spec = LinkSpec { exchanges: 0, ..LinkSpec::quick(3_200, 2_000) };
    let mut bench = Bench::new(spec);
    bench.restart(0);
    bench.connect();
    // The first event only settles what is in flight.
    bench.run_until(bench.now + spec.interval() / 2);
    for _ in 0..3 {
        bench.send(CENTRAL, &OCTETS);
    }
    let _ = bench.acl(PERIPHERAL);
    // The first anchor point lies half an interval back; the last event is over where the next begins.
    let end = bench.now + (spec.interval() * EVENTS + spec.interval() / 2 - MARGIN);
    let mut received = 0_u64;
    while bench.now < end {
        bench.step();
        received += u64::from(bench.acl(PERIPHERAL).0);
        for _ in 0..bench.acl(CENTRAL).1 {
            bench.send(CENTRAL, &OCTETS);
        }
    }
    let milliseconds = real(spec.interval().as_micros() * EVENTS) / 1_000.0;
    let found = real(received * VALUE_BITS) / milliseconds;
    let inside = (REFERENCE * 0.99..=REFERENCE).contains(&found);
    let interval = Interval { low: found, high: if inside { REFERENCE } else { found } };
    let check = Check::estimated("LE 1M, 27 octets", REFERENCE, (found, interval), 0.0);
    vec![Check { interval: None, ..check }.noted(format!("{received} PDUs in {EVENTS} events"))]
}
