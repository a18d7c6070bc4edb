//! How devices advertise, scan and find each other.

use super::device::Resolved;
use super::link::Link;
use super::link_layer::{name, phy_bit};
use super::range::Steps;
use crate::cx::Cx;
use crate::locate::Path;
use crate::preset::{ADVERTISINGS, SCANS};
use crate::spec::{AdvertisingTime, AdvertisingWord, DeviceSpec, PhyWord, RoleWord, Scan, ScenarioSpec};
use crate::unit::{Time, written};
use blesim_controller::LinkLayer;
use blesim_host::{Advertising, Connects, Discovery, LinkParameters};
use blesim_kernel::Span;
use blesim_packet::ll::Phy;

/// LE_Scan_Interval and LE_Scan_Window, Vol 4 Part E 7.8.12.
const SCAN: Steps = Steps {
    name: "scan time",
    step: 625_000,
    least: 0x0004,
    most: 0x4000,
    rule: "Vol 4 Part E 7.8.12, LE_Scan_Interval and LE_Scan_Window",
};
/// Advertising_Interval_Min and _Max, Vol 4 Part E 7.8.5.
const ADVERTISING: Steps = Steps {
    name: "advertising interval",
    step: 625_000,
    least: 0x0020,
    most: 0x4000,
    rule: "Vol 4 Part E 7.8.5, Advertising_Interval",
};

/// The parameters of connecting, scanning and advertising, in the units of HCI.
pub(super) fn parameters(spec: &DeviceSpec, link: Link, path: &Path, cx: &mut Cx) -> LinkParameters {
    let (scan_interval, scan_window) = scan(spec.scan.as_ref(), &path.field("scan"), cx);
    let at = path.field("advertising_interval");
    let interval = spec.advertising_interval.map(interval);
    LinkParameters {
        interval: link.interval,
        latency: link.latency,
        supervision_timeout: link.supervision_timeout,
        scan_interval,
        scan_window,
        advertising_interval: ADVERTISING.count(interval, 160, &at, cx),
    }
}

/// An advertising interval in slots, `usual` if none is given.
pub(super) fn advertising(interval: Option<Time>, usual: u16, path: &Path, cx: &mut Cx) -> u16 {
    ADVERTISING.count(interval, usual, path, cx)
}

fn scan(spec: Option<&Scan>, path: &Path, cx: &mut Cx) -> (u16, u16) {
    if let Some(Scan { preset: Some(word), interval, window }) = spec {
        if interval.is_some() || window.is_some() {
            let title = "a preset brings its own interval and window";
            cx.error(cx.at("S196", path, title).help("keep either the preset or the two times"));
        }
        let row = SCANS.iter().find(|row| row.name == format!("{word:?}")).expect("every word has its row");
        let slots = |span: Span| {
            u16::try_from((span.as_nanos() + SCAN.step / 2) / SCAN.step).expect("at most 10.24 s")
        };
        return (slots(row.interval), slots(row.window));
    }
    let (interval, window) = spec.map_or((None, None), |scan| (scan.interval, scan.window));
    // Usual: scan 30 ms in every 60 ms, advertise every 100 ms.
    let scan_interval = SCAN.count(interval, 96, &path.field("interval"), cx);
    let scan_window = SCAN.count(window, 48.min(scan_interval), &path.field("window"), cx);
    if scan_window > scan_interval {
        let problem =
            cx.at("S125", &path.field("window"), "the scan window is longer than the scan interval");
        let most = Span::from_nanos(u64::from(scan_interval) * SCAN.step);
        let rule = "Vol 4 Part E 7.8.12: LE_Scan_Window is at most LE_Scan_Interval".to_owned();
        cx.error(problem.note(rule).write("the longest is", written(most)));
    }
    (scan_interval, scan_window)
}

/// The time that an advertising interval stands for.
#[expect(clippy::cast_precision_loss, reason = "presets have a few million microseconds")]
fn interval(word: AdvertisingTime) -> Time {
    match word {
        AdvertisingTime::us(value) => Time::us(value),
        AdvertisingTime::ms(value) => Time::ms(value),
        AdvertisingTime::s(value) => Time::s(value),
        AdvertisingTime::min(value) => Time::min(value),
        preset => {
            let name = format!("{preset:?}");
            let row = ADVERTISINGS.iter().find(|row| row.name == name).expect("every word has its row");
            Time::us(row.interval.as_micros() as f64)
        }
    }
}

/// How a device advertises; [`connects`] has the rest.
pub(super) fn resolve(spec: &DeviceSpec, link_layer: &LinkLayer, path: &Path, cx: &mut Cx) -> Discovery {
    let path = path.field("advertising");
    let advertising = match spec.advertising.unwrap_or(AdvertisingWord::Legacy) {
        AdvertisingWord::Legacy => Advertising::Legacy,
        AdvertisingWord::Directed { high_duty } => Advertising::Directed { high_duty },
        AdvertisingWord::Extended { primary, secondary, directed } => {
            let primary = primary.unwrap_or(PhyWord::Le1M);
            let secondary = secondary.unwrap_or(primary);
            if primary == PhyWord::Le2M {
                let problem = cx.at("S197", &path.field("primary"), "nobody advertises on LE 2M first");
                let rule = "Vol 6 Part B 4.4.2.1: primary channels carry LE 1M and LE Coded".to_owned();
                cx.error(problem.note(rule).write("the nearest legal value is", "Le1M"));
            }
            for (field, word) in [("primary", primary), ("secondary", secondary)] {
                let missing = phy_bit(word) & !link_layer.supported_phys();
                if missing != 0 {
                    let title = format!("this device has no {}", name(missing));
                    let problem = cx.at("S191", &path.field(field), title);
                    cx.error(problem.write("the nearest legal value is", "Le1M"));
                }
            }
            Advertising::Extended { primary: phy(primary), secondary: phy(secondary), directed }
        }
    };
    if spec.advertising.is_some() && spec.role == RoleWord::Central {
        cx.error(cx.at("S198", &path, "a central does not advertise").help("remove `advertising` here"));
    }
    Discovery { advertising, connects: Connects::Legacy }
}

/// LE Coded advertises with S = 8.
const fn phy(word: PhyWord) -> Phy {
    match word {
        PhyWord::Le1M => Phy::Le1M,
        PhyWord::Le2M => Phy::Le2M,
        PhyWord::Coded => Phy::CodedS8,
    }
}

/// Centrals of which a peer advertises in the extended way use the extended commands; directed advertising
/// needs somebody it is for.
pub(super) fn connects(spec: &ScenarioSpec, devices: &mut [Resolved], cx: &mut Cx) {
    let root = Path::root().field("devices");
    for place in 0..devices.len() {
        let Resolved { group, plan, .. } = &devices[place];
        let path = root.field(group).field("advertising");
        let (advertising, peer) = (plan.host.discovery.advertising, plan.host.peers.first().copied());
        let central = devices.iter().position(|device| Some(device.plan.host.address) == peer);
        if spec.devices.0.iter().any(|(name, device)| name == group && device.role == RoleWord::Central) {
            continue;
        }
        let directed = matches!(
            advertising,
            Advertising::Directed { .. } | Advertising::Extended { directed: true, .. }
        );
        if directed && peer.is_none() {
            cx.error(cx.at("S199", &path, "directed advertising is for a central, and this device has none"));
        }
        let (Advertising::Extended { primary, secondary, .. }, Some(central)) = (advertising, central) else {
            continue;
        };
        let on = [primary, secondary].map(bit);
        let supported = devices[central].plan.controller.link_layer.supported_phys();
        let missing = (on[0] | on[1]) & !supported;
        if missing != 0 {
            let title =
                format!("\"{}\" has no {}: it never finds this device", devices[central].name, name(missing));
            cx.warn(cx.at("S200", &path, title));
        }
        let before = devices[central].plan.host.discovery.connects;
        let coded =
            matches!(before, Connects::Extended { coded: true, .. }) || (on[0] | on[1]) & supported & 4 != 0;
        let two_m = supported & 2 != 0;
        devices[central].plan.host.discovery.connects = Connects::Extended { two_m, coded };
    }
}

const fn bit(phy: Phy) -> u8 {
    match phy {
        Phy::Le1M => 1,
        Phy::Le2M => 2,
        Phy::CodedS2 | Phy::CodedS8 => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word of a preset finds its row, and is rounded to the nearest step.
    #[test]
    fn presets_have_rows() {
        use crate::spec::ScanWord as Word;
        let words = [
            Word::AndroidLowLatency,
            Word::AndroidBalanced,
            Word::AndroidLowPower,
            Word::AndroidScreenOff,
            Word::AndroidOldLowPower,
            Word::BluezConnect,
            Word::ZephyrFast,
        ];
        assert_eq!(
            words.map(|word| format!("{word:?}"))[..],
            SCANS.iter().map(|row| row.name).collect::<Vec<_>>()
        );
        let check = |word, micros: f64| assert_eq!(interval(word), Time::us(micros));
        check(AdvertisingTime::Apple20, 20_000.0);
        check(AdvertisingTime::Apple152, 152_500.0);
        check(AdvertisingTime::Apple211, 211_250.0);
        check(AdvertisingTime::Apple318, 318_750.0);
        check(AdvertisingTime::Apple417, 417_500.0);
        check(AdvertisingTime::Apple546, 546_250.0);
        check(AdvertisingTime::Apple760, 760_000.0);
        check(AdvertisingTime::Apple852, 852_500.0);
        check(AdvertisingTime::Apple1022, 1_022_500.0);
        check(AdvertisingTime::Apple1285, 1_285_000.0);
        check(AdvertisingTime::Zephyr60, 60_000.0);
        check(AdvertisingTime::Zephyr150, 150_000.0);
    }
}
