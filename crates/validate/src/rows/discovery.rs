//! S11 and S12: how long a scanner takes to find an advertiser.

use super::Row;
use crate::bench::{Bench, CENTRAL, LinkSpec};
use crate::check::{Check, LEVEL, real};
use crate::effort::{Effort, Moments};
use blesim_kernel::{Instant, Span};
use blesim_study::stats::{Interval, Quantile, SecureTimes};

pub(crate) const CONTINUOUS: Row = Row {
    id: "S11",
    name: "discovery-cont",
    configuration: "two controllers; a scan of 100 ms in 100 ms begins while the other one advertises (31 \
                    octets); ms to the end of the advertisement that is heard",
    source: "residual life of interval + advDelay: ((T + 5)^2 + 100/12) / (2 (T + 5)) + 0.376 ms and a \
             numeric model",
    tolerance: "1 % and the 99 % interval",
    measure: continuous,
};

pub(crate) const DUTY_CYCLED: Row = Row {
    id: "S12",
    name: "discovery-duty",
    configuration: "two controllers; advertising (31 octets) begins while the other one scans a part of \
                    the time",
    source: "numeric model of windows, channels and advDelay; scan settings of Android (ScanManager)",
    tolerance: "1.5 % and the 99 % interval",
    measure: duty_cycled,
};

/// 0.625 ms.
const SLOT: Span = Span::from_micros(625);
/// Inter frame space, after which the central answers what it has found (Vol 6 Part B 4.1.1).
const T_IFS: Span = Span::from_micros(150);
const TRIALS: u64 = 100_000;

fn spec(scan: (u16, u16), advertising: u16) -> LinkSpec {
    LinkSpec { scan, advertising, data: 31, ..LinkSpec::quick(24, 400) }
}

fn continuous(effort: Effort) -> Vec<Check> {
    let mut checks = Vec::new();
    for (advertising, mean, p95) in [(32, 13.03, 25.4), (160, 52.90, 100.9), (244, 79.48, 150.8)] {
        let spec = spec((160, 160), advertising);
        let event = SLOT * u64::from(advertising) + Span::from_millis(5);
        let (moments, times): (Moments, Vec<u64>) = effort.sum(
            TRIALS,
            || Bench::new(spec),
            |bench, number, sum: &mut (Moments, Vec<u64>)| {
                bench.restart(number);
                bench.advertise();
                // Long enough for advertising to be in any phase.
                let begins = event * 8 + bench.below(event * 8);
                bench.run_until(Instant::ZERO + begins);
                bench.initiate();
                let found = found(bench).since(Instant::ZERO + begins).as_micros();
                sum.0.add(found);
                sum.1.push(found);
            },
        );
        let interval = f64::from(advertising) * 0.625;
        checks.push(Check::mean(format!("interval {interval} ms, mean"), mean, &moments, (0.001, 0.01)));
        let times: Vec<Option<u64>> = times.into_iter().map(Some).collect();
        let found = SecureTimes::new(&times).quantile(Quantile::P95, LEVEL);
        let ms = |time: Option<u64>| time.map_or(f64::INFINITY, |time| real(time) / 1_000.0);
        let estimate = (ms(found.at), Interval { low: ms(found.low), high: ms(found.high) });
        checks.push(Check::estimated(
            format!("interval {interval} ms, 95 of 100 within"),
            p95,
            estimate,
            0.01,
        ));
    }
    checks
}

fn duty_cycled(effort: Effort) -> Vec<Check> {
    let check = |scan: (u16, u16), advertising: u16, mean: f64| {
        let spec = spec(scan, advertising);
        // Any phase of the scanner, on any of its three channels.
        let phases = SLOT * u64::from(scan.0) * 3;
        let moments: Moments = effort.sum(
            TRIALS,
            || Bench::new(spec),
            |bench, number, sum: &mut Moments| {
                bench.restart(number);
                bench.initiate();
                let begins = bench.below(phases);
                bench.run_until(Instant::ZERO + begins);
                bench.advertise();
                sum.add(found(bench).since(Instant::ZERO + begins).as_micros());
            },
        );
        let ms = |slots: u16| f64::from(slots) * 0.625;
        let name = format!("{} ms in {} ms, interval {} ms, mean", ms(scan.1), ms(scan.0), ms(advertising));
        Check::mean(name, mean, &moments, (0.001, 0.015))
    };
    vec![
        check((1_168, 293), 32, 215.7),
        check((1_168, 293), 160, 247.1),
        check((2_240, 224), 32, 579.1),
        check((2_240, 224), 160, 616.2),
    ]
}

/// When the advertisement that the central answers ended.
fn found(bench: &mut Bench) -> Instant {
    loop {
        if let Some(request) = bench.seen[CENTRAL].last {
            return request.saturating_sub(T_IFS);
        }
        bench.step();
    }
}
