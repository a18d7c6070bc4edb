//! Interferers: on which channels, when, and what they do to a packet.

use super::lasting;
use crate::cx::Cx;
use crate::locate::Path;
use crate::resolve::range::{level, whole};
use crate::spec::{InterfererSpec, WidthWord};
use crate::unit::{Percent, Power, Time, Unfit};
use blesim_kernel::{Chance, Span};
use blesim_packet::ll::ChannelIndex;
use blesim_world::{ChannelSet, Harm, Interferer, Rhythm, WiFiWidth, wifi_channels};

/// What an interferer does to a packet, as it is written.
type HarmSpec = (Option<Percent>, Option<Power>);

/// An interferer; `signal` tells whether levels are known.
pub(super) fn resolve(spec: &InterfererSpec, signal: bool, path: &Path, cx: &mut Cx) -> Option<Interferer> {
    let (channels, rhythm, written) = match *spec {
        InterfererSpec::WiFi { channel, width, duty, mean_burst, breaks, power } => {
            let channels = wifi(channel, width.unwrap_or(WidthWord::Mhz20), path, cx);
            // A duty and a burst of a network in moderate use: frames of a millisecond.
            let (duty, mean_burst) =
                (duty.unwrap_or(Percent::percent(30.0)), mean_burst.unwrap_or(Time::ms(1.0)));
            (channels, bursts(duty, mean_burst, path, cx), (breaks, power))
        }
        InterfererSpec::BleLink { interval, airtime, ref channels, breaks, power } => {
            let channels = channels.as_ref().map_or(Some(ChannelSet::DATA), |list| set(list, path, cx));
            (channels, Some(hops(interval, airtime, path, cx)), (breaks, power))
        }
        InterfererSpec::Noise { ref channels, duty, mean_burst, breaks, power } => {
            let (duty, mean_burst) =
                (duty.unwrap_or(Percent::percent(100.0)), mean_burst.unwrap_or(Time::ms(1.0)));
            (set(channels, path, cx), bursts(duty, mean_burst, path, cx), (breaks, power))
        }
    };
    let harm = harm(written, signal, path, cx);
    Some(Interferer { channels: channels?, rhythm: rhythm?, harm })
}

fn wifi(channel: i64, width: WidthWord, path: &Path, cx: &mut Cx) -> Option<ChannelSet> {
    let (width, least, most) = match width {
        WidthWord::Mhz20 => (WiFiWidth::Mhz20, 1, 14),
        WidthWord::Mhz40Above => (WiFiWidth::Mhz40Above, 1, 9),
        WidthWord::Mhz40Below => (WiFiWidth::Mhz40Below, 5, 13),
    };
    let rule = ("Wi-Fi channel of this width", "IEEE 802.11-2020, 15.4.4.3 and 19.3.15");
    let channel = whole((Some(channel), 1), (least, most), rule, &path.field("channel"), cx);
    wifi_channels(u8::try_from(channel).expect("it is at most 14"), width)
}

fn set(list: &[i64], path: &Path, cx: &mut Cx) -> Option<ChannelSet> {
    let path = path.field("channels");
    if list.is_empty() {
        cx.error(
            cx.at("S172", &path, "an interferer needs a channel")
                .help("0 to 36 carry data, 37 to 39 advertise"),
        );
        return None;
    }
    let rule = ("channel index", "Vol 6 Part B 1.4.1: 0 to 36 for data, 37 to 39 for advertising");
    let mut channels = ChannelSet::NONE;
    for (place, &channel) in list.iter().enumerate() {
        let index = whole((Some(channel), 0), (0, 39), rule, &path.index(place), cx);
        let index = ChannelIndex(u8::try_from(index).expect("it is at most 39"));
        if channels.contains(index) && i64::from(index.0) == channel {
            cx.error(cx.at("S172", &path.index(place), format!("channel {channel} is there twice")));
        }
        channels = channels.with(index);
    }
    Some(channels)
}

/// Exponential bursts of a mean length that fill this share of time.
fn bursts(duty: Percent, mean_burst: Time, path: &Path, cx: &mut Cx) -> Option<Rhythm> {
    let bounds = (Span::from_micros(100), Span::from_secs(60));
    let title = "a mean burst lasts between 100 us and a minute";
    let on = lasting(mean_burst, bounds, title, &path.field("mean_burst"), cx);
    let path = path.field("duty");
    let nearest = match duty.chance() {
        Ok(chance) if chance == Chance::ALWAYS => return Some(Rhythm::Steady),
        Ok(chance) if chance >= Chance::ratio(1, 1_000) => {
            let parts = u128::from(chance.parts_per_billion());
            let off = u128::from(on.as_nanos()) * (1_000_000_000 - parts) / parts;
            let off = Span::from_nanos(u64::try_from(off).expect("a thousand minutes at most"));
            return Some(Rhythm::Bursts { on, off: off.max(Span::from_micros(1)) });
        }
        Ok(_) | Err(Unfit::Negative | Unfit::TooFine) => "percent(0.1)",
        Err(Unfit::TooMuch) => "percent(100)",
    };
    let title = "an interferer sends between 0.1 and 100 percent of the time";
    cx.error(cx.at("S173", &path, title).write("the nearest legal value is", nearest));
    None
}

fn hops(interval: Time, airtime: Option<Time>, path: &Path, cx: &mut Cx) -> Rhythm {
    let bounds = (Span::from_micros(7_500), Span::from_secs(4));
    let title = "a connection interval lies between 7.5 ms and 4 s";
    let interval = lasting(interval, bounds, title, &path.field("interval"), cx);
    // Usual: two empty PDUs on LE 1M with T_IFS between them, 80 + 150 + 80 us.
    let airtime = airtime.unwrap_or(Time::us(310.0));
    let bounds = (Span::from_micros(44), interval);
    let title = "the airtime of an event lies between 44 us and the interval";
    let airtime = lasting(airtime, bounds, title, &path.field("airtime"), cx);
    Rhythm::Hops { interval, airtime }
}

fn harm((breaks, power): HarmSpec, signal: bool, path: &Path, cx: &mut Cx) -> Harm {
    let Some(power) = power else {
        return Harm::Breaks(
            breaks.map_or(Chance::ALWAYS, |breaks| cx.chance(breaks, &path.field("breaks"))),
        );
    };
    let at = path.field("power");
    if breaks.is_some() {
        let problem = cx.at("S174", &at, "an interferer has `breaks` or `power`, not both");
        cx.error(problem.help("`power` tells by itself which packets are broken"));
    } else if !signal {
        let title = "the power of an interferer counts only against the level of signals";
        let problem = cx.at("S174", &at, title);
        cx.error(problem.help("write `signal: ()` in `air`, or `breaks: percent(..)` here"));
    }
    let name = ("power of an interferer at a receiver", "");
    Harm::Power(level(Some(power.hundredths()), 0, (-13_000, 2_000), name, &at, cx))
}
