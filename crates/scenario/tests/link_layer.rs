//! Fields of devices and links become the exact numbers that controllers and hosts take.

use blesim_controller::{LinkLayer, Starts, feature};
use blesim_host::{Accepts, Advertising, Ask, Connects, LinkProcedure, Parameters, When};
use blesim_kernel::Span;
use blesim_packet::ll::{ChannelMap, Phy};
use blesim_scenario::parse;
use blesim_scenario::policy::BuiltIn;
use blesim_world::Plan;

/// A scenario of a phone and a lock with these fields.
fn plan(phone: &str, lock: &str, link: &str) -> Plan {
    let text = format!(
        r#"(name: "n", devices: {{ "phone": (role: Central, {phone}), "lock": (role: Peripheral, {lock}) }},
        link: ({link}), compare: (who: "phone", policies: ["never-retry"]))"#
    );
    let parsed = parse("n.ron", &text, &BuiltIn);
    parsed.unwrap_or_else(|problems| panic!("{}", problems.render(false))).plan
}

/// What a link layer is without, prefers and begins.
#[test]
fn link_layers() {
    let lock = "link_layer: (without: [Le2M, Ping], starts: [Features, Phy], max_data_octets: 100,
        max_data_time: us(2120), phys: [Le1M, Coded], updates_during_encryption: true)";
    let plan = plan("", lock, "");
    let link_layer = plan.devices[1].controller.link_layer;
    assert_eq!(link_layer.features, LinkLayer::default().features & !feature::PHY_2M & !feature::PING);
    assert_eq!((link_layer.max_data, link_layer.phys), ((100, 2_120), 0b101));
    assert_eq!(link_layer.starts, Starts { features: true, phy: true, ..Starts::default() });
    assert!(link_layer.updates_during_encryption);
    assert_eq!(plan.devices[0].controller.link_layer, LinkLayer::default());
}

/// Each kind of wish with its time; what is left out of parameters is as on the link.
#[test]
fn wishes() {
    let lock = "asks_for: [
            ConnectionUpdate(after: ms(50), interval: ms(15)),
            ConnectionUpdate(after: Secured, latency: 9, by: L2cap),
            DataLength(after: SecuredFor(s(1)), octets: 60),
            Phy(after: s(2), transmit: [Coded], coding: S2),
            Version(after: s(3)),
        ],
        accepts: (longest_interval: ms(50))";
    let plan = plan(
        "asks_for: [ChannelMap(after: s(1), unused: [0, 36]), Features(after: s(2))]",
        lock,
        "latency: 2",
    );
    let parameters = |interval, latency| Parameters {
        interval_min: interval,
        interval_max: interval,
        latency,
        timeout: 400,
    };
    let up = |millis| When::Connected(Span::from_millis(millis));
    let expected = [
        (up(50), LinkProcedure::ConnectionUpdate(parameters(12, 2))),
        (When::Secured(Span::ZERO), LinkProcedure::L2capUpdate(parameters(24, 9))),
        (When::Secured(Span::from_secs(1)), LinkProcedure::DataLength { octets: 60, time: 17_040 }),
        (up(2_000), LinkProcedure::Phy { transmit: 4, receive: 0, options: 1 }),
        (up(3_000), LinkProcedure::Version),
    ];
    let control = plan.devices[1].host.control;
    assert_eq!(control.asks[..], expected.map(|(when, what)| Ask { when, what }));
    assert_eq!(control.accepts, Accepts { interval_max: 40, ..Accepts::ANY });
    let map = ChannelMap::new(ChannelMap::ALL.bits() & !1 & !(1 << 36)).unwrap();
    assert_eq!(plan.devices[0].host.control.asks[0].what, LinkProcedure::ChannelMap(map));
}

/// Kinds of advertising, and what a central that is to find them has to do; presets of intervals.
#[test]
fn discovery() {
    let check = |lock: &str, phone: &str, kind: Advertising, connects: Connects| {
        let plan = plan(phone, lock, "");
        assert_eq!(plan.devices[1].host.discovery.advertising, kind, "{lock}");
        assert_eq!(plan.devices[0].host.discovery.connects, connects, "{lock}");
    };
    check("", "", Advertising::Legacy, Connects::Legacy);
    let high_duty = Advertising::Directed { high_duty: true };
    check("advertising: Directed(high_duty: true)", "", high_duty, Connects::Legacy);
    let extended = |primary, secondary, directed| Advertising::Extended { primary, secondary, directed };
    let connects = |two_m, coded| Connects::Extended { two_m, coded };
    let fast = extended(Phy::Le1M, Phy::Le2M, true);
    check("advertising: Extended(secondary: Le2M, directed: true)", "", fast, connects(true, false));
    let far = extended(Phy::CodedS8, Phy::CodedS8, false);
    check(
        "advertising: Extended(primary: Coded)",
        "link_layer: (without: [Le2M])",
        far,
        connects(false, true),
    );
    let plan =
        plan("scan: (preset: AndroidBalanced)", "advertising_interval: Apple152", "unused_channels: [3]");
    let link = plan.devices[0].host.link;
    // 730 and 183 ms in 0.625 ms; 152.5 ms.
    assert_eq!((link.scan_interval, link.scan_window), (1_168, 293));
    assert_eq!(plan.devices[1].host.link.advertising_interval, 244);
    assert_eq!(plan.devices[0].host.control.channels.bits(), ChannelMap::ALL.bits() & !8);
}
