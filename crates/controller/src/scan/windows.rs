//! Scan windows: when a scanning or initiating receiver is on, and on which channel and PHY.
//!
//! Invariant: the channel changes with every scan interval (Vol 6 Part B 4.4.3); two PHYs take turns, an
//! interval each.

use crate::timing::SLOT;
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{ChannelIndex, Phy};

/// The scan intervals and windows of up to two PHYs, in units of 0.625 ms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    started: Instant,
    turns: [Turn; 2],
}

/// One scan interval, with its window at the start.
#[derive(Clone, Copy, Debug)]
struct Turn {
    phy: Phy,
    interval: u64,
    window: u64,
}

impl Windows {
    /// Scanning that starts at `started`: interval and window on LE 1M, and on LE Coded.
    pub(crate) fn new(started: Instant, uncoded: Option<(u16, u16)>, coded: Option<(u16, u16)>) -> Self {
        let turn = |phy, timing: Option<(u16, u16)>| {
            let (interval, window) = timing.unwrap_or((0, 0));
            let nanos = |slots: u16| (SLOT * u64::from(slots)).as_nanos();
            Turn { phy, interval: nanos(interval), window: nanos(window) }
        };
        Self { started, turns: [turn(Phy::Le1M, uncoded), turn(Phy::CodedS8, coded)] }
    }

    /// From the start of a turn of the first PHY to the next; never zero.
    fn period(&self) -> u64 {
        self.turns.iter().map(|turn| turn.interval).sum::<u64>().max(1)
    }

    /// The channel and the PHY of the scan window that is open at `now`, and when it closes.
    pub(crate) fn at(&self, now: Instant) -> Option<(ChannelIndex, Phy, Instant)> {
        let elapsed = now.since(self.started).as_nanos();
        let index = u8::try_from(elapsed / self.period() % 3).expect("it is below three");
        let mut into = elapsed % self.period();
        for turn in self.turns {
            if into < turn.interval {
                let left = turn.window.checked_sub(into).filter(|&left| left > 0)?;
                return Some((ChannelIndex(37 + index), turn.phy, now + Span::from_nanos(left)));
            }
            into -= turn.interval;
        }
        None
    }

    /// How long windows were open in all from the start to `at`.
    fn open_until(&self, at: Instant) -> u64 {
        let elapsed = at.since(self.started).as_nanos();
        let whole = elapsed / self.period() * self.turns.iter().map(|turn| turn.window).sum::<u64>();
        let mut into = elapsed % self.period();
        let mut part = 0;
        for turn in self.turns {
            part += into.min(turn.window);
            into = into.saturating_sub(turn.interval);
        }
        whole + part
    }

    /// How long windows were open between two instants.
    pub(crate) fn open_between(&self, from: Instant, to: Instant) -> Span {
        Span::from_nanos(self.open_until(to) - self.open_until(from))
    }
}
