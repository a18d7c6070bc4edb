//! S3 and S4: which channels events are on.

use super::{EXACT, Row};
use crate::check::Check;
use crate::effort::Effort;
use blesim_controller::{csa1_channel, csa2_channel, csa2_event_random};
use blesim_packet::ll::{AccessAddress, ChannelIndex, ChannelMap};
use std::fmt::Write;

pub(crate) const VECTORS: Row = Row {
    id: "S3",
    name: "csa2-vectors",
    configuration: "access address 0x8E89BED6; all channels, and channels 9, 10, 21, 22, 23, 33, 34, 35, \
                    36",
    source: "sample data, Vol 6 Part C 3",
    tolerance: EXACT,
    measure: vectors,
};

pub(crate) const SHARES: Row = Row {
    id: "S4",
    name: "csa-shares",
    configuration: "all channels but 11 to 20; 37 events of algorithm #1 for each hop, 65,536 of algorithm \
                    #2",
    source: "remapping, Vol 6 Part B 4.5.8: unused channel u goes to used channel u mod 27",
    tolerance: EXACT,
    measure: shares,
};

const SAMPLE: AccessAddress = AccessAddress(0x8E89_BED6);
const NINE: [u8; 9] = [9, 10, 21, 22, 23, 33, 34, 35, 36];

fn map(channels: impl IntoIterator<Item = u8>) -> ChannelMap {
    let bits = channels.into_iter().fold(0, |bits, channel| bits | 1_u64 << channel);
    ChannelMap::new(bits).expect("data channels only")
}

fn list(numbers: impl IntoIterator<Item = u64>) -> String {
    let mut text = String::new();
    for number in numbers {
        let _ = write!(text, "{number} ");
    }
    text.truncate(text.trim_end().len());
    text
}

fn vectors(_: Effort) -> Vec<Check> {
    let channels =
        |events: &[u16], map| list(events.iter().map(|&event| u64::from(csa2_channel(SAMPLE, event, map).0)));
    let numbers =
        |events: &[u16]| list(events.iter().map(|&event| u64::from(csa2_event_random(SAMPLE, event))));
    vec![
        Check::exact(
            "channels of events 0 to 3, all used",
            "25 20 6 21",
            &channels(&[0, 1, 2, 3], ChannelMap::ALL),
        ),
        Check::exact("channels of events 6 to 8, nine used", "23 9 34", &channels(&[6, 7, 8], map(NINE))),
        Check::exact("prn_e of events 0 to 3", "56857 1685 38301 27475", &numbers(&[0, 1, 2, 3])),
        Check::exact("prn_e of events 6 to 8", "10975 5490 46970", &numbers(&[6, 7, 8])),
    ]
}

fn shares(_: Effort) -> Vec<Check> {
    let used = || (0..37).filter(|channel| !(11..=20).contains(channel));
    let map = map(used());
    let hops = list((0..12).map(|event| u64::from(csa1_channel(7, event, map).0)));
    let mut as_said = true;
    for hop in 5..=16 {
        let mut counts = [0_u32; 37];
        (0..37).for_each(|event| counts[usize::from(csa1_channel(hop, event, map).0)] += 1);
        // Unused 11 to 20 go to the used channels of rank 11 to 20, which are 21 to 30.
        as_said &= (0_u8..37).zip(counts).all(|(channel, count)| {
            count
                == if (21..=30).contains(&channel) {
                    2
                } else {
                    u32::from(map.contains(ChannelIndex(channel)))
                }
        });
    }
    let mut counts = [0_u32; 37];
    (0..=u16::MAX).for_each(|event| counts[usize::from(csa2_channel(SAMPLE, event, map).0)] += 1);
    let counted = || used().map(|channel| counts[usize::from(channel)]);
    let share = |count: Option<u32>| format!("{:.5}", f64::from(count.unwrap_or(0)) / 65_536.0);
    let found = format!("{} to {}", share(counted().min()), share(counted().max()));
    vec![
        Check::exact("#1, hop 7: first channels", "7 24 21 28 35 5 22 29 26 33 3 10", &hops),
        Check::exact(
            "#1: channels 21 to 30 have 2/37, the other 17 used ones 1/37, for hops 5 to 16",
            "true",
            &as_said.to_string(),
        ),
        Check::exact("#2: smallest and largest share", "0.03694 to 0.03711", &found),
    ]
}
