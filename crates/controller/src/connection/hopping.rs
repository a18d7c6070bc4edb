//! Channel selection algorithms #1 and #2, Vol 6 Part B 4.5.8.
//!
//! Invariant: the channel of an event is a function of the connection's parameters and the event's counter;
//! algorithm #1 gets there by stepping once per event, used or not.

use blesim_packet::ll::{AccessAddress, ChannelIndex, ChannelMap};

/// Data channels.
const DATA_CHANNELS: u8 = 37;

/// Algorithm #1 (Vol 6 Part B 4.5.8.2): a fixed hop, remapped onto the used channels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Csa1 {
    hop: u8,
    unmapped: u8,
}

impl Csa1 {
    /// Before the first event; `hop` lies in 5..=16.
    #[must_use]
    pub const fn new(hop: u8) -> Self {
        Self { hop, unmapped: 0 }
    }

    /// The channel of the next event.
    pub fn next(&mut self, map: ChannelMap) -> ChannelIndex {
        self.unmapped = (self.unmapped + self.hop) % DATA_CHANNELS;
        let unmapped = ChannelIndex(self.unmapped);
        if map.contains(unmapped) { unmapped } else { map.nth_used(self.unmapped % map.count()) }
    }
}

/// Reverses the bits of each of the two octets (PERM, Vol 6 Part B 4.5.8.3.2).
const fn permute(value: u16) -> u16 {
    let [low, high] = value.to_le_bytes();
    u16::from_le_bytes([low.reverse_bits(), high.reverse_bits()])
}

/// prn_e of an event (Vol 6 Part B 4.5.8.3.3): three rounds of permute, multiply and add.
#[must_use]
pub const fn csa2_event_random(access_address: AccessAddress, event_counter: u16) -> u16 {
    let [a, b, c, d] = access_address.0.to_le_bytes();
    let channel_identifier = u16::from_le_bytes([a, b]) ^ u16::from_le_bytes([c, d]);
    let mut number = event_counter ^ channel_identifier;
    let mut round = 0;
    while round < 3 {
        number = permute(number).wrapping_mul(17).wrapping_add(channel_identifier);
        round += 1;
    }
    number ^ channel_identifier
}

/// The channel of an event by algorithm #2 (Vol 6 Part B 4.5.8.3.4).
///
/// # Panics
/// If the map is empty.
#[must_use]
pub fn csa2_channel(access_address: AccessAddress, event_counter: u16, map: ChannelMap) -> ChannelIndex {
    let random = csa2_event_random(access_address, event_counter);
    let unmapped = ChannelIndex(u8::try_from(random % u16::from(DATA_CHANNELS)).expect("it is below 37"));
    if map.contains(unmapped) {
        return unmapped;
    }
    let index = (u32::from(map.count()) * u32::from(random)) >> 16;
    map.nth_used(u8::try_from(index).expect("it is below the number of channels"))
}

/// The algorithm a connection uses, settled by the ChSel bits of ADV_IND and CONNECT_IND.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hopping {
    /// At least one side lacks algorithm #2.
    One(Csa1),
    /// Both sides have it.
    Two(AccessAddress),
}

impl Hopping {
    pub(crate) fn channel(&mut self, event_counter: u16, map: ChannelMap) -> ChannelIndex {
        match self {
            Self::One(algorithm) => algorithm.next(map),
            Self::Two(access_address) => csa2_channel(*access_address, event_counter, map),
        }
    }
}
