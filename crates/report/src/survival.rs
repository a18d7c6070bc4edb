//! The curves of the time to a secured link as CSV: for each policy the share of sessions that is not secured
//! yet.
//!
//! Invariant: a row is one fall of a curve with its pointwise interval; a long curve is thinned, its first
//! and last fall stay. Must never know: how a curve is drawn.

use crate::Report;
use crate::csv::io_error;
use blesim_study::stats::level_of;
use serde::Serialize;
use std::io::{self, Write};

/// The most falls of one curve that are written.
const MOST: usize = 1_000;

#[derive(Serialize)]
struct Row<'a> {
    policy: &'a str,
    time_us: u64,
    at_risk: u64,
    secured: u64,
    not_secured: f64,
    low95: f64,
    high95: f64,
}

/// Writes a header and a row a fall.
///
/// # Errors
/// Those of the sink.
pub fn write_survival(report: &Report<'_>, sink: impl Write) -> io::Result<()> {
    let level = level_of(report.summary.looks);
    let mut writer = csv::Writer::from_writer(sink);
    for policy in &report.summary.policies {
        let steps = policy.survival.steps();
        let last = steps.len().saturating_sub(1);
        for number in 0..steps.len().min(MOST) {
            let step = &steps[if steps.len() <= MOST { number } else { number * last / (MOST - 1) }];
            let at = policy.survival.of_step(step, level);
            let row = Row {
                policy: &policy.name,
                time_us: step.time,
                at_risk: step.at_risk,
                secured: step.events,
                not_secured: at.at,
                low95: at.interval.low,
                high95: at.interval.high,
            };
            writer.serialize(row).map_err(io_error)?;
        }
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::with_report;

    /// The header and every cell are a promise to programs.
    #[test]
    fn curves_are_as_promised() {
        let mut octets = Vec::new();
        with_report(|report| write_survival(report, &mut octets)).unwrap();
        insta::assert_snapshot!(String::from_utf8(octets).unwrap());
    }
}
