//! Idle stretches gone through at once leave every result as it is.

use crate::common::{again, plan};
use blesim_crypto::SharedSecret;
use blesim_host::{Advertising, Ask, Connects, Discovery, LinkProcedure, Parameters, When};
use blesim_kernel::{Chance, Instant, Span};
use blesim_packet::ll::{ChannelMap, Phy};
use blesim_world::fault::{Effect, FaultPlan, Trigger};
use blesim_world::{
    AirPlan, Harm, Interferer, Loss, LossMode, NoTrace, Outage, Plan, Record, Rhythm, Sim, WiFiWidth,
    wifi_channels,
};

fn run(plan: &Plan, seeds: u64, on: bool) -> Vec<Record> {
    let mut sim = Sim::new(plan);
    sim.go_through_idle_stretches(on);
    (0..seeds)
        .map(|seed| sim.run(plan, 0, seed, &mut SharedSecret::new(), &mut NoTrace).expect("no bug"))
        .collect()
}

/// A link that stays for a minute after it was secured.
fn staying(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = Plan { stay: Span::from_secs(60), limit: Span::from_secs(90), ..plan() };
    plan.policies = vec![again(3)];
    change(&mut plan);
    plan
}

fn lossy(percent: u64) -> AirPlan {
    AirPlan { loss: Loss::Independent(Chance::ratio(percent, 100)), ..AirPlan::default() }
}

fn check(what: &str, plan: &Plan) {
    let (with, without) = (run(plan, 6, true), run(plan, 6, false));
    assert_eq!(with, without, "{what}");
    assert!(with.iter().any(|record| record.frames > 50), "{what}: there was a stretch to go through");
}

/// Digests, counts of frames and events, charges: all of a record is the same with and without.
#[test]
fn nothing_depends_on_it() {
    check("clean air", &staying(|_| {}));
    check(
        "clean air for long",
        &staying(|plan| {
            (plan.stay, plan.limit) = (Span::from_secs(600), Span::from_secs(700));
        }),
    );
    check("loss", &staying(|plan| plan.air = lossy(3)));
    check("bad CRCs", &staying(|plan| plan.air = AirPlan { loss_mode: LossMode::Crc, ..lossy(3) }));
    check(
        "many packets in an event",
        &staying(|plan| {
            plan.devices.iter_mut().for_each(|device| device.controller.exchanges = 0);
            plan.air = lossy(2);
        }),
    );
    check("algorithm #1", &staying(|plan| plan.devices[0].controller.csa2 = false));
    check(
        "latency",
        &staying(|plan| {
            plan.devices[0].host.link.latency = 4;
            plan.air = lossy(1);
        }),
    );
}

/// The same where the two sides do not agree on time, or the air changes.
#[test]
fn nothing_depends_on_it_in_changing_air() {
    check(
        "drift",
        &staying(|plan| {
            plan.devices[0].controller.drift = 48_000;
            plan.devices[1].controller.drift = -37_000;
            plan.devices[0].host.link.latency = 9;
        }),
    );
    check(
        "a clock that is worse than it says",
        &staying(|plan| {
            plan.devices[0].host.link.interval = 800;
            plan.devices[0].host.link.latency = 1;
            plan.devices[0].host.link.supervision_timeout = 600;
            plan.devices[1].controller.drift = 900_000;
        }),
    );
    check(
        "Wi-Fi on some channels",
        &staying(|plan| {
            plan.air.interferers.push(Interferer {
                channels: wifi_channels(6, WiFiWidth::Mhz20).unwrap(),
                rhythm: Rhythm::Bursts { on: Span::from_millis(2), off: Span::from_millis(5) },
                harm: Harm::Breaks(Chance::ratio(1, 2)),
            });
        }),
    );
    check(
        "bursts",
        &staying(|plan| {
            plan.air.loss = Loss::Burst {
                good: Chance::NEVER,
                bad: Chance::ratio(9, 10),
                mean_good: Span::from_secs(1),
                mean_bad: Span::from_millis(200),
            };
        }),
    );
    check(
        "an outage and a power cut",
        &staying(|plan| {
            plan.air.outages.push(Outage {
                from: Some(0),
                to: None,
                both_ways: false,
                begins: Instant::ZERO + Span::from_secs(20),
                ends: Instant::ZERO + Span::from_secs(30),
            });
            plan.faults.push(FaultPlan {
                effect: Effect::PowerCut(Span::from_secs(2)),
                device: 1,
                trigger: Trigger::Between(Span::from_secs(35), Span::from_secs(50)),
                chance: Chance::ALWAYS,
            });
        }),
    );
}

/// The same where a link changes after a long rest: parameters, channels, PHY, packet lengths; where it begins on
/// another PHY; and where a request waits for the end of a stretch.
#[test]
fn nothing_depends_on_it_when_links_change() {
    let slower = Parameters { interval_min: 60, interval_max: 60, latency: 3, timeout: 600 };
    let map = ChannelMap::new(0xFF_FFF0).expect("data channels");
    let changes = [
        (0, LinkProcedure::ConnectionUpdate(slower)),
        (1, LinkProcedure::ConnectionUpdate(slower)),
        (1, LinkProcedure::L2capUpdate(slower)),
        (0, LinkProcedure::ChannelMap(map)),
        (0, LinkProcedure::Phy { transmit: 2, receive: 4, options: 1 }),
        (1, LinkProcedure::Phy { transmit: 4, receive: 2, options: 2 }),
        (0, LinkProcedure::DataLength { octets: 251, time: 2_120 }),
        (1, LinkProcedure::Features),
        (0, LinkProcedure::Version),
    ];
    for (device, what) in changes {
        let plan = staying(|plan| {
            plan.air = lossy(2);
            for millis in [3_210, 20_000] {
                let ask = Ask { when: When::Secured(Span::from_millis(millis)), what };
                assert!(plan.devices[device].host.control.asks.push(ask));
            }
        });
        check(&format!("{what:?} by {device}"), &plan);
    }
    for secondary in [Phy::Le2M, Phy::CodedS8] {
        let plan = staying(|plan| {
            let advertising = Advertising::Extended { primary: Phy::Le1M, secondary, directed: false };
            plan.devices[1].host.discovery.advertising = advertising;
            let connects = Connects::Extended { two_m: true, coded: true };
            plan.devices[0].host.discovery = Discovery { connects, ..Discovery::LEGACY };
            plan.air = lossy(2);
        });
        check(&format!("begun on {secondary:?}"), &plan);
    }
}
