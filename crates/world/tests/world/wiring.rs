//! What the link layer can do, asked for by hosts: PHYs, kinds of advertising, updates, and the field failure in
//! which an update meets the start of encryption.

use crate::common::{again, plan};
use blesim_controller::{AirPdu, Starts};
use blesim_crypto::SharedSecret;
use blesim_host::{Accepts, Advertising, Ask, Connects, Discovery, LinkProcedure, Parameters, Shown, When};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{ErrorCode, Event, HciPacket};
use blesim_packet::ll::{ChannelMap, Phy};
use blesim_world::{Entry, History, Outcome, Plan, Record, Sim, Trace};

/// What the hosts were told, and what was on the air.
#[derive(Default)]
struct Seen {
    events: Vec<(usize, Event)>,
    /// PHY and channel of every data channel PDU that is not empty.
    data: Vec<(Phy, u8)>,
    advertising: Vec<&'static str>,
}

impl Trace for Seen {
    const ON: bool = true;
    fn entry(&mut self, _: Instant, entry: &Entry<'_>) {
        match *entry {
            Entry::ToHost { device, packet: HciPacket::Event(event) } => self.events.push((device, *event)),
            Entry::Frame { frame, .. } => match &frame.pdu {
                AirPdu::Data(pdu) if !pdu.payload.is_empty() => {
                    self.data.push((frame.phy, frame.channel.0));
                }
                AirPdu::Advertising(pdu) => self.advertising.push(pdu.name_on(frame.channel)),
                AirPdu::Data(_) => {}
            },
            _ => {}
        }
    }
}

impl Seen {
    /// The reasons for which this device's links ended.
    fn ends(&self, device: usize) -> Vec<u8> {
        let own = self.events.iter().filter(|(to, _)| *to == device);
        own.filter_map(|(_, event)| match event {
            Event::DisconnectionComplete { reason, .. } => Some(reason.0),
            _ => None,
        })
        .collect()
    }

    fn names(&self, device: usize) -> Vec<&'static str> {
        self.events.iter().filter(|(to, _)| *to == device).filter_map(|(_, event)| event.name()).collect()
    }
}

fn look(plan: &Plan, seed: u64) -> (Record, Seen) {
    let mut looker = Seen::default();
    let record = Sim::new(plan).run(plan, 0, seed, &mut SharedSecret::new(), &mut looker).expect("no bug");
    (record, looker)
}

fn asks(plan: &mut Plan, device: usize, when: When, what: LinkProcedure) {
    assert!(plan.devices[device].host.control.asks.push(Ask { when, what }));
}

const NOW: When = When::Secured(Span::ZERO);
const SLOWER: Parameters = Parameters { interval_min: 80, interval_max: 80, latency: 2, timeout: 500 };

/// A lock that advertises like this, and a phone that finds it.
fn advertised(advertising: Advertising) -> Plan {
    let mut plan = plan();
    plan.devices[1].host.discovery = Discovery { advertising, connects: Connects::Legacy };
    if let Advertising::Extended { .. } = advertising {
        plan.devices[0].host.discovery.connects = Connects::Extended { two_m: true, coded: true };
    }
    plan
}

/// Every kind of advertising leads to a secured link, by the PDUs of its kind; the connection begins, and stays,
/// on the PHY it was asked for on, and pairing gets by.
#[test]
fn every_kind_of_advertising_leads_to_a_secured_link() {
    let check = |advertising: Advertising, request: &str, phy: Phy| {
        let plan = advertised(advertising);
        for seed in 0..4 {
            let (record, seen) = look(&plan, seed);
            assert_eq!(record.outcome, Outcome::Secured, "{advertising:?} seed {seed}");
            assert!(seen.advertising.contains(&request), "{advertising:?}: {:?}", seen.advertising);
            assert!(seen.data.iter().all(|&(on, _)| on == phy), "{advertising:?}");
        }
    };
    check(Advertising::Legacy, "CONNECT_IND", Phy::Le1M);
    for high_duty in [false, true] {
        check(Advertising::Directed { high_duty }, "ADV_DIRECT_IND", Phy::Le1M);
    }
    for primary in [Phy::Le1M, Phy::CodedS8] {
        for secondary in [Phy::Le1M, Phy::Le2M, Phy::CodedS8] {
            for directed in [false, true] {
                let advertising = Advertising::Extended { primary, secondary, directed };
                check(advertising, "AUX_CONNECT_RSP", secondary);
            }
        }
    }
}

/// High duty lasts 1.28 s (Vol 6 Part B 4.4.2.4.3); a central that comes later finds the lock at a low duty.
#[test]
fn high_duty_goes_on_at_a_low_one() {
    let mut plan = advertised(Advertising::Directed { high_duty: true });
    // The central comes somewhere in the first advertising interval of its peer.
    plan.devices[1].host.link.advertising_interval = 8_000;
    let late = (0..20).map(|seed| look(&plan, seed)).find(|(_, seen)| {
        seen.events.iter().any(|(device, event)| {
            matches!(event, Event::LeConnectionComplete { status, .. } if *device == 1 && status.0 == 0x3C)
        })
    });
    let (record, _) = late.expect("some central is late");
    assert_eq!(record.outcome, Outcome::Secured);
}

/// A PHY update to each PHY, asked for by either side while the pairing is under way: the pairing gets by.
#[test]
fn pairing_gets_by_on_every_phy() {
    for (phys, options, phy) in [(2, 0, Phy::Le2M), (4, 1, Phy::CodedS2), (4, 2, Phy::CodedS8)] {
        for device in [0, 1] {
            let mut plan = plan();
            let what = LinkProcedure::Phy { transmit: phys, receive: phys, options };
            asks(&mut plan, device, When::Connected(Span::ZERO), what);
            let (record, seen) = look(&plan, 1);
            assert_eq!(record.outcome, Outcome::Secured, "{phy:?} by {device}");
            assert!(seen.data.iter().any(|&(on, _)| on == phy), "{phy:?} by {device}");
            assert!(seen.names(device).contains(&"HCI_LE_PHY_Update_Complete"), "{:?}", seen.names(device));
        }
    }
}

/// Whoever asks for parameters gets them, by the link layer, by L2CAP, or by the one where the other is not
/// there; a host that does not grant them refuses, with 0x3B by the link layer (Vol 6 Part B 5.1.7.2).
#[test]
fn parameters_are_asked_for_and_granted_or_not() {
    let check = |device: usize, what: LinkProcedure, change: fn(&mut Plan), expected: Option<u16>| {
        let mut plan = Plan { stay: Span::from_secs(3), ..plan() };
        change(&mut plan);
        asks(&mut plan, device, NOW, what);
        let (record, seen) = look(&plan, 2);
        assert_eq!(record.outcome, Outcome::Secured, "{what:?}");
        let mut updated = seen.events.iter().filter_map(|(to, event)| match event {
            Event::LeConnectionUpdateComplete { status, interval, .. } if *to == 1 && status.0 == 0 => {
                Some(*interval)
            }
            _ => None,
        });
        assert_eq!(updated.next_back(), expected, "{what:?} of {device}: {:?}", seen.events);
        (seen, what)
    };
    let by_link_layer = LinkProcedure::ConnectionUpdate(SLOWER);
    let by_l2cap = LinkProcedure::L2capUpdate(SLOWER);
    let strict: fn(&mut Plan) = |plan| {
        for device in &mut plan.devices {
            device.host.control.accepts = Accepts { interval_max: 40, ..Accepts::ANY };
        }
    };
    let without: fn(&mut Plan) = |plan| {
        plan.devices[1].controller.link_layer.features &=
            !blesim_controller::feature::CONNECTION_PARAMETERS_REQUEST;
    };
    check(0, by_link_layer, |_| {}, Some(80));
    check(1, by_link_layer, |_| {}, Some(80));
    check(1, by_l2cap, |_| {}, Some(80));
    check(1, by_link_layer, without, Some(80));
    check(1, by_l2cap, strict, None);
    let (seen, _) = check(1, by_link_layer, strict, None);
    let refused = seen.events.iter().any(|(to, event)| {
        matches!(event, Event::LeConnectionUpdateComplete { status, .. } if *to == 1 && status.0 == 0x3B)
    });
    assert!(refused, "{:?}", seen.events);
}

/// The channels that the central's host leaves out are never used, from the first packet, and those it gives up
/// later not for long.
#[test]
fn channels_are_left_out() {
    let map = ChannelMap::new(0b11 << 20 | 0b111).expect("data channels");
    let mut plan = plan();
    plan.devices[0].host.control.channels = map;
    let (record, seen) = look(&plan, 3);
    assert_eq!(record.outcome, Outcome::Secured);
    let used = |channel: u8| map.bits() >> channel & 1 == 1;
    assert!(seen.data.iter().all(|&(_, channel)| used(channel)), "{:?}", seen.data);
}

/// The field failure: the peripheral's update goes out while encryption starts. The central takes it for an
/// attack and ends the link at once with MIC Failure (Vol 6 Part B 5.1.3.1); the peripheral hears nothing more and
/// shows Connection Timeout. A peripheral by the book waits, and both are content.
#[test]
fn an_update_meets_the_start_of_encryption() {
    let session = |departs: bool, after: u64, seed: u64| {
        let mut plan = Plan { history: History::Bonded { secure_connections: true }, ..plan() };
        plan.limit = Span::from_secs(20);
        plan.devices[1].controller.link_layer.updates_during_encryption = departs;
        let when = When::Connected(Span::from_millis(after));
        asks(&mut plan, 1, when, LinkProcedure::ConnectionUpdate(SLOWER));
        plan.policies = vec![again(3)];
        look(&plan, seed)
    };
    let (mut collided, mut timeouts) = (0, 0);
    for after in (0..200).step_by(10) {
        let (record, _) = session(false, after, after);
        assert_eq!(record.outcome, Outcome::Secured, "by the book, after {after} ms");
        let (record, seen) = session(true, after, after);
        if seen.ends(0).is_empty() {
            assert_eq!(record.outcome, Outcome::Secured, "no collision after {after} ms");
            continue;
        }
        collided += 1;
        let shown = record.first_failure().map(|failure| failure.shown);
        assert_eq!(shown, Some(Shown::Hci(ErrorCode::MIC_FAILURE)), "after {after} ms");
        assert!(seen.ends(0).iter().all(|&reason| reason == 0x3D), "{:?}", seen.ends(0));
        assert!(seen.ends(1).iter().all(|&reason| reason == 0x08), "{:?}", seen.ends(1));
        timeouts += seen.ends(1).len();
    }
    assert!(timeouts > 0, "the peripheral shows it when its timeout is over");
    assert!((1..20).contains(&collided), "{collided} of 20 moments collide");
}

/// What the controllers begin by themselves on a new link does not disturb a pairing.
#[test]
fn unasked_procedures_come_before_pairing() {
    let mut plan = plan();
    for device in &mut plan.devices {
        device.controller.link_layer.starts =
            Starts { version: true, features: true, data_length: true, phy: true };
    }
    for seed in 0..6 {
        let (record, seen) = look(&plan, seed);
        assert_eq!(record.outcome, Outcome::Secured, "seed {seed}");
        assert!(seen.names(0).contains(&"HCI_LE_Data_Length_Change"), "{:?}", seen.names(0));
        assert!(seen.data.iter().any(|&(phy, _)| phy == Phy::Le2M), "seed {seed}");
    }
}
