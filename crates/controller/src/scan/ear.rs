//! The receiver of a scanner or an initiator: open in its scan windows, or at one place for one packet.
//!
//! Invariant: a packet of a primary channel lies wholly in its scan window (a receiver that is retuned in the
//! middle of it hears nothing); an auxiliary packet and a response need no window.

use super::windows::Windows;
use crate::io::Listening;
use crate::timing::{ACTIVE_JITTER, T_IFS, WIDENING_BASE, sync_time};
use blesim_kernel::{Instant, Span};
use blesim_packet::ll::{AccessAddress, AuxPtr, ChannelIndex, Phy};

/// The one place and time of a packet that is expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    pub(crate) channel: ChannelIndex,
    pub(crate) phy: Phy,
    from: Instant,
    until: Instant,
}

impl Slot {
    /// That of the packet an `AuxPtr` in a packet that began at `start` points to; `None` if it cannot be
    /// followed. The advertiser's clock widens it, by 50 or 500 ppm (Vol 6 Part B 2.3.4.5, 4.2.4).
    pub(crate) fn of(aux: AuxPtr, start: Instant) -> Option<Self> {
        let phy = aux.phy()?;
        let channel = ChannelIndex::new(aux.channel.0).filter(|channel| !channel.is_advertising())?;
        let (offset, unit) = aux.offset_us();
        let (offset, unit) = (Span::from_micros(u64::from(offset)), Span::from_micros(u64::from(unit)));
        let ppm = if aux.accurate { 50 } else { 500 };
        let widening = WIDENING_BASE + Span::from_nanos(offset.as_nanos() * ppm / 1_000_000);
        let opens = start + offset;
        let until = opens + unit + widening + sync_time(phy);
        (aux.offset > 0).then_some(Self { channel, phy, from: opens.saturating_sub(widening), until })
    }

    /// That of the answer to a packet whose last bit is sent at `sent`.
    pub(crate) fn answer(channel: ChannelIndex, phy: Phy, sent: Instant) -> Self {
        let opens = sent + T_IFS;
        let until = opens + ACTIVE_JITTER + sync_time(phy);
        Self { channel, phy, from: opens.saturating_sub(ACTIVE_JITTER), until }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Windows,
    /// Hears a packet on a primary channel.
    Primary(ChannelIndex, Phy),
    Waits(Slot),
    /// Hears the packet that was expected.
    Hears(Slot),
    /// Sends, or is about to.
    Off,
}

/// The receiver.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ear {
    windows: Windows,
    state: State,
}

impl Ear {
    pub(crate) fn new(windows: Windows) -> Self {
        Self { windows, state: State::Windows }
    }

    /// Goes back to the scan windows.
    pub(crate) fn scan(&mut self) {
        self.state = State::Windows;
    }

    pub(crate) fn wait(&mut self, slot: Slot) {
        self.state = State::Waits(slot);
    }

    pub(crate) fn off(&mut self) {
        self.state = State::Off;
    }

    /// When a packet that is waited for is not to be expected any more.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if let State::Waits(slot) = self.state { Some(slot.until) } else { None }
    }

    /// Whether it waits for a packet whose time has not come.
    pub(crate) fn is_early(&self, now: Instant) -> bool {
        matches!(self.state, State::Waits(slot) if now < slot.from)
    }

    pub(crate) fn listening(&self, now: Instant) -> Option<Listening> {
        let (channel, phy) = match self.state {
            State::Windows => {
                let (channel, phy, _) = self.windows.at(now)?;
                (channel, phy)
            }
            State::Waits(slot) if slot.from <= now && now < slot.until => (slot.channel, slot.phy),
            State::Waits(_) | State::Primary(..) | State::Hears(_) | State::Off => return None,
        };
        Some(Listening { channel, access_address: AccessAddress::ADVERTISING, phy })
    }

    /// Follows a frame, unless its scan window closes before its end.
    pub(crate) fn sync(&mut self, now: Instant, end: Instant) {
        match self.state {
            State::Windows => {
                if let Some((channel, phy, closes)) = self.windows.at(now)
                    && end <= closes
                {
                    self.state = State::Primary(channel, phy);
                }
            }
            State::Waits(slot) => self.state = State::Hears(slot),
            State::Primary(..) | State::Hears(_) | State::Off => {}
        }
    }

    /// Where the packet that has ended was heard, if one was; back to the scan windows.
    pub(crate) fn heard(&mut self) -> Option<(ChannelIndex, Phy)> {
        let before = core::mem::replace(&mut self.state, State::Windows);
        match before {
            State::Primary(channel, phy) | State::Hears(Slot { channel, phy, .. }) => Some((channel, phy)),
            State::Windows | State::Waits(_) | State::Off => {
                self.state = before;
                None
            }
        }
    }

    /// How long it was on between two instants in which its state was the same.
    pub(crate) fn on_between(&self, from: Instant, to: Instant) -> Span {
        match self.state {
            State::Windows => self.windows.open_between(from, to),
            State::Primary(..) | State::Hears(_) => to.since(from),
            State::Waits(slot) => {
                let (from, to) = (from.max(slot.from), to.min(slot.until));
                if from < to { to.since(from) } else { Span::ZERO }
            }
            State::Off => Span::ZERO,
        }
    }
}
