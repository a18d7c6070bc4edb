//! Sets of channels, and which of them a Wi-Fi signal covers.
//!
//! Invariant: a set holds channel indices from 0 to 39, advertising channels included.

use blesim_packet::ll::ChannelIndex;

/// The number of channel indices, Vol 6 Part B 1.4.1.
const CHANNELS: u8 = 40;

/// A set of physical channels: bit k stands for channel index k.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ChannelSet(u64);

impl ChannelSet {
    /// No channel.
    pub const NONE: Self = Self(0);
    /// All forty.
    pub const ALL: Self = Self((1 << CHANNELS) - 1);
    /// The thirty-seven data channels.
    pub const DATA: Self = Self((1 << 37) - 1);

    /// The set with `channel` in it as well.
    ///
    /// # Panics
    /// If the index is above 39.
    #[must_use]
    pub const fn with(self, channel: ChannelIndex) -> Self {
        assert!(channel.0 < CHANNELS, "a channel index is at most 39");
        Self(self.0 | 1 << channel.0)
    }

    /// Whether `channel` is in it.
    #[inline]
    #[must_use]
    pub const fn contains(self, channel: ChannelIndex) -> bool {
        self.0 >> channel.0 & 1 == 1
    }

    /// How many channels it has.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Its channel of rank `rank`, ascending, counted from 0.
    ///
    /// # Panics
    /// If it has no more than `rank` channels.
    #[must_use]
    pub fn nth(self, rank: u32) -> ChannelIndex {
        let index = self.iter().nth(rank as usize);
        index.expect("the rank is below the count")
    }

    /// Its channels, ascending.
    pub fn iter(self) -> impl Iterator<Item = ChannelIndex> {
        (0..CHANNELS).map(ChannelIndex).filter(move |channel| self.contains(*channel))
    }
}

impl FromIterator<ChannelIndex> for ChannelSet {
    fn from_iter<I: IntoIterator<Item = ChannelIndex>>(channels: I) -> Self {
        channels.into_iter().fold(Self::NONE, Self::with)
    }
}

/// How wide a Wi-Fi channel is, and for 40 MHz where its second half lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WiFiWidth {
    /// 20 MHz around the channel's own centre.
    Mhz20,
    /// 40 MHz, the secondary channel above the primary.
    Mhz40Above,
    /// 40 MHz, the secondary channel below the primary.
    Mhz40Below,
}

/// The channels that a Wi-Fi signal of the 2.4 GHz band covers, or `None` if there is no such Wi-Fi channel.
///
/// The centre is 2407 MHz + 5 MHz x channel, and 2484 MHz for channel 14 (IEEE 802.11-2020, 15.4.4.3). A 40
/// MHz signal is centred 10 MHz beside its primary channel and stays among the channels 1 to 13 (19.3.15).
/// The spectral mask is flat for 9 and 19 MHz either side (17.3.9.3, 19.3.18.1), for the DSSS of channel 14
/// for 11 (15.4.5.5): a channel, 2 MHz wide around its centre (Vol 6 Part A 2), is covered if it reaches into
/// that. For the Wi-Fi channels 1, 6 and 11 what remains of the data channels is 9, 10, 21 to 23 and 33 to
/// 36, the map of the sample data of Vol 6 Part C 3.
#[must_use]
pub fn wifi_channels(channel: u8, width: WiFiWidth) -> Option<ChannelSet> {
    let (own, half) = match channel {
        1..=13 => (2407 + 5 * u16::from(channel), 9),
        14 => (2484, 11),
        _ => return None,
    };
    let (centre, flat) = match (width, channel) {
        (WiFiWidth::Mhz20, _) => (own, half),
        (WiFiWidth::Mhz40Above, 1..=9) => (own + 10, 19),
        (WiFiWidth::Mhz40Below, 5..=13) => (own - 10, 19),
        (WiFiWidth::Mhz40Above | WiFiWidth::Mhz40Below, _) => return None,
    };
    let covered = |channel: &ChannelIndex| channel.frequency_mhz().abs_diff(centre) < flat + 1;
    Some(ChannelSet::ALL.iter().filter(covered).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(set: ChannelSet) -> Vec<u8> {
        set.iter().map(|channel| channel.0).collect()
    }

    /// Wi-Fi channels and the channels they cover, computed by hand from the centre frequencies. Advertising
    /// channels 37, 38 and 39 lie at 2402, 2426 and 2480 MHz, beside the usual Wi-Fi channels on purpose.
    #[test]
    fn wifi_covers_these_channels() {
        let check = |channel, width, expected: &[u8]| {
            let covered = wifi_channels(channel, width).map(listed).unwrap_or_default();
            assert_eq!(covered, expected, "Wi-Fi channel {channel}, {width:?}");
        };
        let range = |from, to| (from..=to).collect::<Vec<u8>>();
        check(1, WiFiWidth::Mhz20, &range(0, 8));
        check(2, WiFiWidth::Mhz20, &[range(2, 10), vec![38]].concat());
        check(3, WiFiWidth::Mhz20, &[range(5, 12), vec![38]].concat());
        check(6, WiFiWidth::Mhz20, &range(11, 20));
        check(11, WiFiWidth::Mhz20, &range(24, 32));
        check(13, WiFiWidth::Mhz20, &[range(29, 36), vec![39]].concat());
        check(14, WiFiWidth::Mhz20, &[range(34, 36), vec![39]].concat());
        check(1, WiFiWidth::Mhz40Above, &[range(0, 17), vec![38]].concat());
        check(6, WiFiWidth::Mhz40Below, &[range(2, 20), vec![38]].concat());
        check(11, WiFiWidth::Mhz40Below, &range(14, 32));
        check(0, WiFiWidth::Mhz20, &[]);
        check(15, WiFiWidth::Mhz20, &[]);
        check(10, WiFiWidth::Mhz40Above, &[]);
        check(4, WiFiWidth::Mhz40Below, &[]);
        check(14, WiFiWidth::Mhz40Below, &[]);
    }

    /// What Wi-Fi 1, 6 and 11 leave of the data channels is the map of the specification's sample data.
    #[test]
    fn three_wifi_networks_leave_the_sample_map() {
        let busy: Vec<u8> = [1, 6, 11]
            .iter()
            .flat_map(|&wifi| listed(wifi_channels(wifi, WiFiWidth::Mhz20).unwrap()))
            .collect();
        let free: Vec<u8> = (0..37).filter(|channel| !busy.contains(channel)).collect();
        assert_eq!(free, [9, 10, 21, 22, 23, 33, 34, 35, 36]);
        assert_eq!(ChannelSet::DATA.nth(36), ChannelIndex(36));
    }
}
