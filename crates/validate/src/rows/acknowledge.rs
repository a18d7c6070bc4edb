//! S8: how many events a packet takes until it is delivered and until that is known.

use super::Row;
use crate::bench::{Bench, CENTRAL, LinkSpec, Loss, PERIPHERAL};
use crate::check::{Check, real};
use crate::effort::{Effort, Moments};
use blesim_kernel::Chance;
use blesim_world::LossMode;

pub(crate) const ROW: Row = Row {
    id: "S8",
    name: "ack-events",
    configuration: "one link of two controllers, a packet each way per event, each lost with chance p: \
                    connection events from a packet's handing over to its arrival and to its \
                    acknowledgement",
    source: "Markov chain of Vol 6 Part B 4.5.9; for the peripheral with the empty PDU that it has in \
             flight",
    tolerance: "0.3 % and the 99 % interval",
    measure,
};

const SLACK: f64 = 0.003;
const PERCENT: [u64; 3] = [10, 30, 50];
/// Packets that one link carries.
const PACKETS: u64 = 200;
const LINKS: u64 = 1_000;

/// The mean number of events until delivery and until acknowledgement.
pub(crate) type Events = (f64, f64);

/// A central whose last packet is acknowledged: its PDU goes out in the next event.
pub(crate) fn central(mode: LossMode, p: f64) -> Events {
    let through = 1.0 - p;
    match mode {
        LossMode::Sync => (1.0 / through, 1.0 / (through * through)),
        LossMode::Crc => (1.0 / through, (1.0 + p) / through),
    }
}

/// A peripheral that has just heard the central. It answered with an empty PDU, which has to be acknowledged
/// before anything else can go out, as an empty one if it has to be sent again: with chance p it was lost,
/// and that costs 1/(1-p)^2 events more where it is only repeated when the central is heard, 1/(1-p) where it
/// is in any case. A central's packet that is heard then brings the acknowledgement and lets the PDU go out.
pub(crate) fn peripheral(mode: LossMode, p: f64) -> Events {
    let through = 1.0 - p;
    let delivered = match mode {
        LossMode::Sync => 1.0 / (through * through) + p / (through * through),
        LossMode::Crc => (1.0 + p) / through + p / through,
    };
    (delivered, delivered + 1.0 / through)
}

/// The same where nothing is in flight, as tables have it.
fn unhindered(mode: LossMode, p: f64) -> Events {
    let through = 1.0 - p;
    match mode {
        LossMode::Sync => (1.0 / (through * through), 1.0 / (through * through) + 1.0 / through),
        LossMode::Crc => (1.0 / through, 2.0 / through),
    }
}

fn measure(effort: Effort) -> Vec<Check> {
    let mut checks = Vec::new();
    for (mode, word) in [(LossMode::Sync, "unheard"), (LossMode::Crc, "bad CRC")] {
        for percent in PERCENT {
            let p = real(percent) / 100.0;
            for (from, who) in [(CENTRAL, "central"), (PERIPHERAL, "peripheral")] {
                let (delivered, acknowledged) = packets(effort, from, percent, mode);
                let reference = if from == CENTRAL { central(mode, p) } else { peripheral(mode, p) };
                let plain = unhindered(mode, p);
                let mut add = |what: &str, reference, plain, moments: &Moments| {
                    let name = format!("{who}'s packet {what}, {word}, p = {p}");
                    let check = Check::mean(name, reference, moments, (1.0, SLACK));
                    let note = format!(
                        "reference corrected from {plain:.5}: an unacknowledged empty PDU is retransmitted as empty"
                    );
                    checks.push(if from == CENTRAL { check } else { check.noted(note) });
                };
                add("delivered", reference.0, plain.0, &delivered);
                add("acknowledged", reference.1, plain.1, &acknowledged);
            }
        }
    }
    checks
}

/// Events until delivery and until acknowledgement.
fn packets(effort: Effort, from: usize, percent: u64, mode: LossMode) -> (Moments, Moments) {
    let spec = LinkSpec::quick(6, 3_200);
    let trial = |bench: &mut Bench, number: u64, sum: &mut (Moments, Moments)| {
        bench.restart(number * 64 + percent);
        bench.connect();
        // Half an interval beside the anchor points.
        bench.run_until(bench.now + spec.interval() / 2);
        bench.loss = Loss { chance: Chance::ratio(percent, 100), mode };
        for _ in 0..PACKETS {
            settle(bench, from, spec);
            let _ = (bench.acl(CENTRAL), bench.acl(PERIPHERAL));
            bench.send(from, &[0x55; 5]);
            let (mut events, mut delivered) = (0, false);
            loop {
                event(bench, spec);
                events += 1;
                if !delivered && bench.acl(1 - from).0 > 0 {
                    sum.0.add(events);
                    delivered = true;
                }
                if bench.acl(from).1 > 0 {
                    sum.1.add(events);
                    break;
                }
            }
        }
    };
    effort.sum(LINKS, || Bench::new(spec), trial)
}

/// One connection event.
fn event(bench: &mut Bench, spec: LinkSpec) {
    bench.seen = Default::default();
    bench.run_until(bench.now + spec.interval());
}

/// Goes on until the next packet of `from` stands at its beginning: a central's when both packets of an event
/// have come through, a peripheral's when it has heard the central.
fn settle(bench: &mut Bench, from: usize, spec: LinkSpec) {
    loop {
        event(bench, spec);
        let [central, peripheral] = bench.seen;
        if central.whole > 0 && (from == PERIPHERAL || peripheral.whole > 0) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a peripheral's PDU stands.
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum Stage {
        /// Behind an empty PDU that the central has not got.
        Behind,
        /// Behind one that it has got, without the peripheral knowing.
        Next,
        /// Sent and not delivered.
        Sent,
        /// Delivered, without the peripheral knowing.
        Delivered,
    }

    /// Mean events until delivery and acknowledgement by powers of the chain's matrix, one event after
    /// another.
    fn chain(mode: LossMode, p: f64) -> Events {
        const STAGES: [Stage; 4] = [Stage::Behind, Stage::Next, Stage::Sent, Stage::Delivered];
        let through = 1.0 - p;
        let mut now = [p, through, 0.0, 0.0];
        let (mut until_delivered, mut until_known) = (0.0, 0.0);
        for _ in 0..20_000 {
            until_delivered += now[0] + now[1] + now[2];
            until_known += now.iter().sum::<f64>();
            let mut next = [0.0; 4];
            for (stage, weight) in STAGES.into_iter().zip(now) {
                for (heard, chance) in [(true, through), (false, p)] {
                    for (arrives, then) in [(true, through), (false, p)] {
                        let weight = weight * chance * then;
                        let answers = heard || mode == LossMode::Crc;
                        let after = match stage {
                            Stage::Behind if answers && arrives => Stage::Next,
                            Stage::Behind => Stage::Behind,
                            Stage::Next if heard && arrives => Stage::Delivered,
                            Stage::Next if heard => Stage::Sent,
                            Stage::Next => Stage::Next,
                            Stage::Sent if answers && arrives => Stage::Delivered,
                            Stage::Sent => Stage::Sent,
                            Stage::Delivered if heard => continue,
                            Stage::Delivered => Stage::Delivered,
                        };
                        next[STAGES.iter().position(|&known| known == after).unwrap()] += weight;
                    }
                }
            }
            now = next;
        }
        (until_delivered, until_known)
    }

    /// The closed form of the peripheral's columns against the chain itself.
    #[test]
    fn closed_form_is_that_of_the_chain() {
        for mode in [LossMode::Sync, LossMode::Crc] {
            for p in [0.0, 0.1, 0.3, 0.5, 0.7] {
                let (found, expected) = (peripheral(mode, p), chain(mode, p));
                let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
                assert!(
                    near(found.0, expected.0) && near(found.1, expected.1),
                    "{mode:?} {p}: {found:?} {expected:?}"
                );
            }
        }
    }
}
