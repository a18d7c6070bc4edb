//! What a host wants of the link layer beside security: connection parameters, channels, packet lengths, PHYs.
//!
//! Invariant: nothing here changes while the host lives. It must never know a session.

use blesim_kernel::Span;
use blesim_packet::ll::ChannelMap;

/// The most procedures that a host asks for on one link.
pub const MAX_ASKS: usize = 8;

/// What a host wants of the link layer, and grants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkControl {
    /// The data channels that a central uses from the first packet (Vol 4 Part E 7.8.19).
    pub channels: ChannelMap,
    /// The connection parameters it agrees to.
    pub accepts: Accepts,
    /// What it asks for on every link.
    pub asks: Asks,
}

impl LinkControl {
    /// All channels, any parameters, and no wishes.
    pub const NONE: Self = Self { channels: ChannelMap::ALL, accepts: Accepts::ANY, asks: Asks::NONE };
}

/// The procedures that a host asks for, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asks {
    list: [Ask; MAX_ASKS],
    count: usize,
}

impl Asks {
    /// None.
    pub const NONE: Self = Self {
        list: [Ask { when: When::Connected(Span::ZERO), what: Procedure::Features }; MAX_ASKS],
        count: 0,
    };

    /// Adds one; false if there is no room for it.
    pub fn push(&mut self, ask: Ask) -> bool {
        let Some(place) = self.list.get_mut(self.count) else { return false };
        *place = ask;
        self.count += 1;
        true
    }
}

impl core::ops::Deref for Asks {
    type Target = [Ask];

    fn deref(&self) -> &[Ask] {
        &self.list[..self.count]
    }
}

/// Connection parameters that a peer may ask for (Vol 3 Part A 4.20, Vol 6 Part B 5.1.7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accepts {
    /// The shortest connection interval in 1.25 ms.
    pub interval_min: u16,
    /// The longest connection interval in 1.25 ms.
    pub interval_max: u16,
    /// The greatest peripheral latency in events.
    pub latency: u16,
}

impl Accepts {
    /// Whatever Vol 4 Part E 7.8.18 allows.
    pub const ANY: Self = Self { interval_min: 6, interval_max: 3_200, latency: 499 };

    /// What it grants of these: an interval within both ranges; `None` if there is none, or more latency, or
    /// parameters that are not legal.
    #[must_use]
    pub fn grants(self, asked: Parameters) -> Option<Parameters> {
        let interval_min = asked.interval_min.max(self.interval_min);
        let interval_max = asked.interval_max.min(self.interval_max);
        let granted = Parameters { interval_min, interval_max, ..asked };
        (asked.legal() && interval_min <= interval_max && asked.latency <= self.latency).then_some(granted)
    }
}

/// Connection parameters (Vol 4 Part E 7.8.18).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameters {
    /// The shortest connection interval in 1.25 ms.
    pub interval_min: u16,
    /// The longest connection interval in 1.25 ms.
    pub interval_max: u16,
    /// Peripheral latency in events.
    pub latency: u16,
    /// Supervision timeout in 10 ms.
    pub timeout: u16,
}

impl Parameters {
    /// The ranges of Vol 4 Part E 7.8.18.
    #[must_use]
    pub fn legal(self) -> bool {
        let Self { interval_min, interval_max, latency, timeout } = self;
        (6..=interval_max).contains(&interval_min)
            && interval_max <= 3_200
            && latency <= 499
            && (10..=3_200).contains(&timeout)
            // The timeout exceeds (1 + latency) x interval x 2: in units of 10 ms and 1.25 ms.
            && u32::from(timeout) * 4 > (1 + u32::from(latency)) * u32::from(interval_max)
    }
}

/// A procedure that a host asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask {
    /// When, on every link.
    pub when: When,
    /// What.
    pub what: Procedure,
}

/// The moment of an [`Ask`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// So long after the link is up.
    Connected(Span),
    /// So long after it is secured.
    Secured(Span),
}

/// What a host can ask of its link layer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Procedure {
    /// LE Connection Update (Vol 4 Part E 7.8.18). A peripheral whose link layers have no procedure for it asks
    /// the central's host instead.
    ConnectionUpdate(Parameters),
    /// L2CAP Connection Parameter Update Request, by a peripheral only (Vol 3 Part A 4.20).
    L2capUpdate(Parameters),
    /// LE Set Data Length (Vol 4 Part E 7.8.33).
    DataLength {
        /// The longest payload without MIC, 27..=251.
        octets: u16,
        /// The longest packet in microseconds, 328..=17040.
        time: u16,
    },
    /// LE Set PHY (Vol 4 Part E 7.8.49): bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded; none is no preference.
    Phy {
        /// To send with.
        transmit: u8,
        /// To receive with.
        receive: u8,
        /// The coding to send with: 0 any, 1 S = 2, 2 S = 8.
        options: u16,
    },
    /// LE Set Host Channel Classification, by a central only (Vol 4 Part E 7.8.19).
    ChannelMap(ChannelMap),
    /// LE Read Remote Features (Vol 4 Part E 7.8.21).
    Features,
    /// Read Remote Version Information (Vol 4 Part E 7.1.23).
    Version,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host grants what lies within its own range, and no more than that of it.
    #[test]
    fn grants() {
        let own = Accepts { interval_min: 12, interval_max: 40, latency: 4 };
        let check = |(min, max): (u16, u16), latency, timeout, expected: Option<(u16, u16)>| {
            let asked = Parameters { interval_min: min, interval_max: max, latency, timeout };
            let granted = own.grants(asked).map(|granted| (granted.interval_min, granted.interval_max));
            assert_eq!(granted, expected, "{asked:?}");
        };
        check((12, 40), 4, 400, Some((12, 40)));
        check((6, 24), 0, 400, Some((12, 24)));
        check((30, 80), 0, 400, Some((30, 40)));
        check((6, 11), 0, 400, None);
        check((41, 80), 0, 400, None);
        check((12, 40), 5, 400, None);
        // Not legal, whoever asks: too short a timeout, a range that is none, an interval of 0.
        check((40, 40), 0, 10, None);
        check((30, 20), 0, 400, None);
        check((0, 24), 0, 400, None);
        check((24, 24), 0, 3_201, None);
    }
}
