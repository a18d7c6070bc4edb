//! Physical channels and maps of them, Vol 6 Part B 1.4.
//!
//! Invariant: a map never holds an advertising channel. This module must never know how a channel is chosen.

/// The data channels are 0 to 36, Vol 6 Part B 1.4.1.
const DATA_CHANNELS: u8 = 37;
/// The highest channel index, Vol 6 Part B 1.4.1.
const LAST: u8 = 39;

/// The index of a physical channel, 0 to 39, Vol 6 Part B 1.4.1; those from 37 on are the primary advertising
/// channels.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelIndex(pub u8);

impl ChannelIndex {
    /// The channel, or `None` above 39.
    #[must_use]
    pub const fn new(index: u8) -> Option<Self> {
        if index <= LAST { Some(Self(index)) } else { None }
    }

    /// True for the primary advertising channels 37, 38 and 39.
    #[must_use]
    pub const fn is_advertising(self) -> bool {
        self.0 >= DATA_CHANNELS
    }

    /// The RF channel, 0 to 39 in the order of frequency, Vol 6 Part B 1.4.1.
    ///
    /// # Panics
    /// If the index is above 39.
    #[must_use]
    pub const fn rf_channel(self) -> u8 {
        match self.0 {
            37 => 0,
            index @ 0..=10 => index + 1,
            38 => 12,
            index @ 11..=36 => index + 2,
            LAST => 39,
            _ => panic!("a channel index is at most 39"),
        }
    }

    /// The centre frequency in MHz, Vol 6 Part A 2: 2402 + 2k for RF channel k.
    ///
    /// # Panics
    /// If the index is above 39.
    #[must_use]
    pub const fn frequency_mhz(self) -> u16 {
        2402 + 2 * self.rf_channel() as u16
    }
}

/// Which of the 37 data channels a connection uses, Vol 6 Part B 2.3.3.1 (ChM).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelMap(u64);

impl ChannelMap {
    /// All 37 data channels.
    pub const ALL: Self = Self((1 << DATA_CHANNELS) - 1);

    /// The map in which bit k stands for channel k, or `None` if a bit above 36 is set.
    #[must_use]
    pub const fn new(bits: u64) -> Option<Self> {
        if bits <= Self::ALL.0 { Some(Self(bits)) } else { None }
    }

    /// Bit k stands for channel k.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The map from its five octets in the order of the air (channel 0 first), or `None` if one of the three
    /// bits reserved for future use is set.
    #[must_use]
    pub fn from_wire(wire: [u8; 5]) -> Option<Self> {
        Self::new(wire.iter().rev().fold(0, |bits, &octet| bits << 8 | u64::from(octet)))
    }

    /// The five octets in the order of the air, channel 0 first.
    #[must_use]
    pub fn to_wire(self) -> [u8; 5] {
        let octets = self.0.to_le_bytes();
        core::array::from_fn(|index| octets[index])
    }

    /// True if the channel is used; never true of an advertising channel.
    #[must_use]
    pub const fn contains(self, channel: ChannelIndex) -> bool {
        channel.0 < DATA_CHANNELS && self.0 >> channel.0 & 1 == 1
    }

    /// How many channels are used, 0 to 37.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a map has 37 bits")]
    pub const fn count(self) -> u8 {
        self.0.count_ones() as u8
    }

    /// True if a connection may use it: at least two channels, Vol 6 Part B 1.4.1.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.count() >= 2
    }

    /// The `n`-th used channel, ascending, counted from 0: the remapping table of Vol 6 Part B 4.5.8.
    ///
    /// # Panics
    /// If no more than `n` channels are used.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a map has 37 bits")]
    pub const fn nth_used(self, n: u8) -> ChannelIndex {
        assert!(n < self.count(), "the map has no channel of that rank");
        let mut bits = self.0;
        let mut rank = 0;
        while rank < n {
            bits &= bits - 1;
            rank += 1;
        }
        ChannelIndex(bits.trailing_zeros() as u8)
    }
}
