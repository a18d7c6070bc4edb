//! How long it takes to be found, held to closed forms and to independent simulations.
//!
//! Sources: a continuous scan finds a running advertiser after the residual of its renewal process, with mean
//! ((Ta + 5)^2 + 100/12) / (2 (Ta + 5)) ms, plus the airtime of 0.376 ms; duty-cycled scans were simulated
//! separately (10^5 samples and more, PDU of 376 us, channels 0.75 ms apart).

use blesim_controller::measure::{Begins, Discovery, mean_and_p95};
use blesim_kernel::{StreamName, Streams};

/// Scan interval and window and advertising interval in 0.625 ms; mean and 95th percentile in us, with the
/// tolerance in thousandths.
fn check([scan_interval, scan_window, advertising_interval]: [u16; 3], begins: Begins, row: [u64; 3]) {
    let [mean, p95, tolerance] = row;
    let discovery = Discovery { scan_interval, scan_window, advertising_interval, begins };
    let mut stream = Streams::new(11).stream(StreamName::new(1, u32::from(advertising_interval)));
    let times = discovery.times(20_000, || stream.next_u64());
    assert_eq!(times.len(), 20_000);
    let found = mean_and_p95(times);
    let close = |found: u64, expected: u64| found.abs_diff(expected) * 1_000 <= expected * tolerance;
    let (found_mean, found_p95) = (found.0.as_micros(), found.1.as_micros());
    assert!(close(found_mean, mean), "{discovery:?}: mean {found_mean}, not {mean}");
    assert!(close(found_p95, p95), "{discovery:?}: p95 {found_p95}, not {p95}");
}

/// A continuous scan, 100 ms of 100 ms, finds a running advertiser (row S11): mean and 95th
/// percentile within 1 %.
#[test]
fn continuous_scan() {
    check([160, 160, 32], Begins::Scan, [13_030, 25_400, 10]);
    check([160, 160, 160], Begins::Scan, [52_900, 100_900, 10]);
    check([160, 160, 244], Begins::Scan, [79_480, 150_800, 10]);
}

/// Duty-cycled scans find an advertiser that begins anywhere in their rhythm (row S12): mean and 95th
/// percentile within 1.5 %.
#[test]
fn duty_cycled_scan() {
    check([1_168, 293, 32], Begins::Advertising, [215_700, 524_000, 15]);
    check([1_168, 293, 160], Begins::Advertising, [247_100, 533_000, 15]);
    check([2_240, 224, 32], Begins::Advertising, [579_100, 1_204_000, 15]);
    check([2_240, 224, 160], Begins::Advertising, [616_200, 1_257_000, 15]);
}
