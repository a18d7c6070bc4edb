//! What a host wants of the link layer beside security, and grants to its peer.

use super::device::time;
use super::link::{self, INTERVAL, LATENCY, LATENCY_RULE, Link};
use super::link_layer::{OCTETS, OCTETS_RULE, TIME, phys};
use super::range::whole;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{AcceptsSpec, AfterSpec, AskSpec, CodingWord, DeviceSpec, LinkSpec, RoleWord, WayWord};
use crate::unit::{Time, written};
use blesim_controller::{LinkLayer, feature};
use blesim_host::{Accepts, Ask, Asks, LinkControl, LinkProcedure, MAX_ASKS, Parameters, When};
use blesim_kernel::Span;

pub(super) fn resolve(
    spec: &DeviceSpec,
    link: Link,
    link_layer: &LinkLayer,
    path: &Path,
    cx: &mut Cx,
) -> LinkControl {
    let accepts = accepts(spec.accepts.as_ref(), &path.field("accepts"), cx);
    let mut asks = Asks::NONE;
    let at = path.field("asks_for");
    for (index, ask) in spec.asks_for.iter().flatten().enumerate() {
        let resolved = one(ask, spec.role, link, link_layer, &at.index(index), cx);
        if !asks.push(resolved) {
            let title = format!("a device asks for at most {MAX_ASKS} procedures on a link");
            cx.error(cx.at("S192", &at.index(index), title));
            break;
        }
    }
    LinkControl { channels: link.channels, accepts, asks }
}

fn accepts(spec: Option<&AcceptsSpec>, path: &Path, cx: &mut Cx) -> Accepts {
    let Some(spec) = spec else { return Accepts::ANY };
    let at = path.field("shortest_interval");
    let interval_min = INTERVAL.count(spec.shortest_interval, INTERVAL.least, &at, cx);
    let interval_max =
        INTERVAL.count(spec.longest_interval, INTERVAL.most, &path.field("longest_interval"), cx);
    if interval_min > interval_max {
        let problem = cx.at("S193", &at, "the shortest interval is longer than the longest");
        let most = Span::from_nanos(u64::from(interval_max) * INTERVAL.step);
        cx.error(problem.write("the nearest legal value is", written(most)));
    }
    let latency = whole((spec.latency, LATENCY.1), LATENCY, LATENCY_RULE, &path.field("latency"), cx);
    Accepts { interval_min, interval_max, latency: u16::try_from(latency).expect("it is at most 499") }
}

fn one(spec: &AskSpec, role: RoleWord, link: Link, link_layer: &LinkLayer, path: &Path, cx: &mut Cx) -> Ask {
    let (after, what) = match spec {
        AskSpec::ConnectionUpdate { after, interval, latency, supervision_timeout, by } => {
            let asked = LinkSpec {
                interval: *interval,
                latency: *latency,
                supervision_timeout: *supervision_timeout,
                unused_channels: None,
            };
            let Link { interval, latency, supervision_timeout: timeout, .. } =
                link::parameters(&asked, link, path, cx);
            let parameters = Parameters { interval_min: interval, interval_max: interval, latency, timeout };
            (after, update(parameters, *by, role, path, cx))
        }
        AskSpec::DataLength { after, octets, time } => {
            let octets = whole((*octets, OCTETS.1), OCTETS, OCTETS_RULE, &path.field("octets"), cx);
            let time = TIME.count(*time, TIME.most, &path.field("time"), cx);
            lacks(feature::DATA_LENGTH, "DataLength", link_layer, path, cx);
            let octets = u16::try_from(octets).expect("it is at most 251");
            (after, LinkProcedure::DataLength { octets, time })
        }
        AskSpec::Phy { after, transmit, receive, coding } => {
            let options = match coding {
                None => 0,
                Some(CodingWord::S2) => 1,
                Some(CodingWord::S8) => 2,
            };
            let transmit = phys(transmit, link_layer, &path.field("transmit"), cx);
            let receive = phys(receive, link_layer, &path.field("receive"), cx);
            (after, LinkProcedure::Phy { transmit, receive, options })
        }
        AskSpec::ChannelMap { after, unused } => {
            if role == RoleWord::Peripheral {
                let title = "only a central decides on channels";
                cx.error(cx.at("S194", path, title).note("Vol 6 Part B 5.1.2".to_owned()));
            }
            (after, LinkProcedure::ChannelMap(link::channels(unused, &path.field("unused"), cx)))
        }
        AskSpec::Features { after } => (after, LinkProcedure::Features),
        AskSpec::Version { after } => (after, LinkProcedure::Version),
    };
    Ask { when: when(*after, &path.field("after"), cx), what }
}

fn update(
    parameters: Parameters,
    by: Option<WayWord>,
    role: RoleWord,
    path: &Path,
    cx: &mut Cx,
) -> LinkProcedure {
    if by != Some(WayWord::L2cap) {
        return LinkProcedure::ConnectionUpdate(parameters);
    }
    if role == RoleWord::Central {
        let problem = cx.at("S194", &path.field("by"), "only a peripheral asks by L2CAP");
        let why = "Vol 3 Part A 4.20: the request is sent from the peripheral to the central".to_owned();
        cx.error(problem.note(why).write("a central writes", "LinkLayer"));
    }
    LinkProcedure::L2capUpdate(parameters)
}

fn lacks(needed: u64, name: &str, link_layer: &LinkLayer, path: &Path, cx: &mut Cx) {
    if link_layer.features & needed == 0 {
        let title = format!("this device asks for what its link layer is without: {name}");
        cx.error(cx.at("S195", path, title).help(format!("remove it here, or `{name}` from `without`")));
    }
}

fn when(after: AfterSpec, path: &Path, cx: &mut Cx) -> When {
    let since_up = |time: Time, cx: &mut Cx| When::Connected(self::time(Some(time), Span::ZERO, path, cx));
    match after {
        AfterSpec::us(value) => since_up(Time::us(value), cx),
        AfterSpec::ms(value) => since_up(Time::ms(value), cx),
        AfterSpec::s(value) => since_up(Time::s(value), cx),
        AfterSpec::min(value) => since_up(Time::min(value), cx),
        AfterSpec::Secured => When::Secured(Span::ZERO),
        AfterSpec::SecuredFor(span) => When::Secured(time(Some(span), Span::ZERO, path, cx)),
    }
}
