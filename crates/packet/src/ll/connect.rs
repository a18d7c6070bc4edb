//! The request for a connection, Vol 6 Part B 2.3.3.1.
//!
//! Invariant: numbers here are the fields' own, in the fields' own units. This module must never know which
//! values make sense for a device.

use super::wire::{Field, U24};
use super::{AccessAddress, ChannelMap};
use crate::{Address, DecodeError, Octets};

/// CONNECT_IND, Vol 6 Part B 2.3.3.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConnectInd {
    /// The initiator has channel selection algorithm #2 (`ChSel`).
    pub ch_sel: bool,
    /// `InitA`, who will be the central; its kind is the bit `TxAdd`.
    pub initiator: Address,
    /// `AdvA`, who will be the peripheral; its kind is the bit `RxAdd`.
    pub advertiser: Address,
    /// The connection's parameters.
    pub ll: LlData,
}

/// The parameters of a connection to be, Vol 6 Part B 2.3.3.1 (LLData).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LlData {
    /// AA, the connection's access address.
    pub access_address: AccessAddress,
    /// `CRCInit`; the low 24 bits travel.
    pub crc_init: u32,
    /// `WinSize`, the width of the transmit window in units of 1.25 ms.
    pub win_size: u8,
    /// `WinOffset`, the delay of the transmit window in units of 1.25 ms.
    pub win_offset: u16,
    /// The connection interval in units of 1.25 ms.
    pub interval: u16,
    /// The peripheral latency in connection events.
    pub latency: u16,
    /// The supervision timeout in units of 10 ms.
    pub timeout: u16,
    /// `ChM`, the data channels in use.
    pub channel_map: ChannelMap,
    /// The hop increment of channel selection algorithm #1; the low five bits travel.
    pub hop: u8,
    /// The central's sleep clock accuracy, 0 (251 to 500 ppm) to 7 (0 to 20 ppm); the low three bits travel.
    pub sca: u8,
}

impl LlData {
    /// Octets on the wire, Vol 6 Part B 2.3.3.1.
    pub const OCTETS: usize = 22;

    /// Adds the 22 octets; there must be room for them.
    pub(super) fn put<const CAPACITY: usize>(self, into: &mut Octets<CAPACITY>) {
        self.access_address.put(into);
        U24::new(self.crc_init & 0xFF_FFFF).expect("it is masked").put(into);
        self.win_size.put(into);
        [self.win_offset, self.interval, self.latency, self.timeout].put(into);
        self.channel_map.put(into);
        (self.hop & 0x1F | self.sca << 5).put(into);
    }

    /// Takes 22 octets off the front. The one field that can be refused is the channel map, for its reserved
    /// bits.
    pub(super) fn take(from: &mut &[u8]) -> Result<Self, DecodeError> {
        let access_address = Field::take(from)?;
        let crc_init = U24::take(from)?.value();
        let win_size = Field::take(from)?;
        let [win_offset, interval, latency, timeout] = Field::take(from)?;
        let channel_map = Field::take(from)?;
        let last = u8::take(from)?;
        let (hop, sca) = (last & 0x1F, last >> 5);
        Ok(Self {
            access_address,
            crc_init,
            win_size,
            win_offset,
            interval,
            latency,
            timeout,
            channel_map,
            hop,
            sca,
        })
    }
}
