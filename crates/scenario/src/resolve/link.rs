//! The link's parameters: ranges, steps, and the one rule that ties them together.

use super::range::{Steps, whole};
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::LinkSpec;
use crate::unit::written;
use blesim_kernel::Span;
use blesim_packet::ll::ChannelMap;

/// Connection_Interval, Vol 4 Part E 7.8.12.
pub(super) const INTERVAL: Steps = Steps {
    name: "connection interval",
    step: 1_250_000,
    least: 0x0006,
    most: 0x0C80,
    rule: "Vol 4 Part E 7.8.12, Connection_Interval",
};
/// Supervision_Timeout, Vol 4 Part E 7.8.12.
const SUPERVISION: Steps = Steps {
    name: "supervision timeout",
    step: 10_000_000,
    least: 0x000A,
    most: 0x0C80,
    rule: "Vol 4 Part E 7.8.12, Supervision_Timeout",
};
/// Max_Latency, Vol 4 Part E 7.8.12.
pub(super) const LATENCY: (i64, i64) = (0, 499);
pub(super) const LATENCY_RULE: (&str, &str) =
    ("peripheral latency", "Vol 4 Part E 7.8.12, Max_Latency: 0 to 499 events");
/// Usual: 30 ms, no latency, 4 s, all channels.
pub(super) const USUAL: Link =
    Link { interval: 24, latency: 0, supervision_timeout: 400, channels: ChannelMap::ALL };

/// The link's parameters in the units of HCI.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) interval: u16,
    pub(super) latency: u16,
    pub(super) supervision_timeout: u16,
    pub(super) channels: ChannelMap,
}

/// What is written at `path`, and for the rest what is usual.
pub(super) fn parameters(spec: &LinkSpec, usual: Link, path: &Path, cx: &mut Cx) -> Link {
    let interval = INTERVAL.count(spec.interval, usual.interval, &path.field("interval"), cx);
    let latency = (spec.latency, i64::from(usual.latency));
    let latency = whole(latency, LATENCY, LATENCY_RULE, &path.field("latency"), cx);
    let at = path.field("supervision_timeout");
    let supervision_timeout = SUPERVISION.count(spec.supervision_timeout, usual.supervision_timeout, &at, cx);
    let unused = spec.unused_channels.as_deref();
    let channels =
        unused.map_or(usual.channels, |unused| channels(unused, &path.field("unused_channels"), cx));

    // Vol 4 Part E 7.8.12: the timeout is larger than (1 + latency) * interval * 2.
    let events = 1 + latency.unsigned_abs();
    let floor = u64::from(interval) * INTERVAL.step * events * 2;
    if u64::from(supervision_timeout) * SUPERVISION.step <= floor {
        let least = (floor / SUPERVISION.step + 1) * SUPERVISION.step;
        let title = "the supervision timeout is too short for this interval and latency";
        let rule = "Vol 4 Part E 7.8.12: it is larger than (1 + latency) x interval x 2";
        let floor = Span::from_nanos(floor);
        let problem = cx.at("S112", &at, title).note(format!("{rule}, which is {floor} here"));
        let possible = least <= u64::from(SUPERVISION.most) * SUPERVISION.step;
        let problem = match (possible, spec.supervision_timeout) {
            (true, Some(_)) => problem.write("the least is", written(Span::from_nanos(least))),
            (true, None) => {
                problem.help(format!("write `supervision_timeout: {}`", written(Span::from_nanos(least))))
            }
            (false, _) => problem.help("no timeout is long enough: lower the latency or the interval"),
        };
        cx.error(problem);
    }
    let latency = u16::try_from(latency).expect("it is at most 499");
    Link { interval, latency, supervision_timeout, channels }
}

/// All data channels but these.
pub(super) fn channels(unused: &[i64], path: &Path, cx: &mut Cx) -> ChannelMap {
    let mut bits = ChannelMap::ALL.bits();
    for (index, channel) in unused.iter().enumerate() {
        let name = ("data channel", "Vol 6 Part B 1.4.1: 0 to 36");
        bits &= !(1 << whole((Some(*channel), 0), (0, 36), name, &path.index(index), cx));
    }
    if bits.count_ones() < 2 {
        let problem = cx.at("S189", path, "a link has at least two channels");
        let rule = "Vol 6 Part B 4.5.8.1: the map has at least two used channels".to_owned();
        let most = (0..35).map(|channel| channel.to_string()).collect::<Vec<_>>().join(", ");
        cx.error(
            problem.note(rule).write("the most that can be unused is, for example", format!("[{most}]")),
        );
        return ChannelMap::ALL;
    }
    ChannelMap::new(bits).expect("no other bits are set")
}
