//! Channel selection algorithms #1 and #2, Vol 6 Part B 4.5.8.
//!
//! Invariant: the channel of an event is a function of the connection's parameters and the event's number,
//! whatever came before, so that events can be slept through.

use blesim_packet::ll::{AccessAddress, ChannelIndex, ChannelMap};

/// Data channels.
const DATA_CHANNELS: u8 = 37;

/// The channel of an event by algorithm #1 (Vol 6 Part B 4.5.8.2): a fixed hop in 5..=16, remapped onto the used
/// channels. Events are numbered from zero and, unlike connEventCounter, without end.
///
/// # Panics
/// If the map is empty.
#[must_use]
pub fn csa1_channel(hop: u8, event: u64, map: ChannelMap) -> ChannelIndex {
    let hops = (event + 1) % u64::from(DATA_CHANNELS);
    let unmapped = u64::from(hop) * hops % u64::from(DATA_CHANNELS);
    let unmapped = u8::try_from(unmapped).expect("it is below 37");
    let channel = ChannelIndex(unmapped);
    if map.contains(channel) { channel } else { map.nth_used(unmapped % map.count()) }
}

/// Reverses the bits of each of the two octets (PERM, Vol 6 Part B 4.5.8.3.2).
#[inline]
const fn permute(value: u16) -> u16 {
    let [low, high] = value.to_le_bytes();
    u16::from_le_bytes([REVERSED[low as usize], REVERSED[high as usize]])
}

/// Every octet with its bits reversed: for every event of every link, so looked up.
static REVERSED: [u8; 256] = {
    let (mut reversed, mut octet) = ([0; 256], 0_u8);
    loop {
        reversed[octet as usize] = octet.reverse_bits();
        if octet == u8::MAX {
            break reversed;
        }
        octet += 1;
    }
};

/// prn_e of an event (Vol 6 Part B 4.5.8.3.3): three rounds of permute, multiply and add.
#[must_use]
#[inline]
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
#[inline]
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
    /// At least one side lacks algorithm #2: the hop increment.
    One(u8),
    /// Both sides have it.
    Two(AccessAddress),
}

impl Hopping {
    #[inline]
    pub(crate) fn channel(self, event: u64, map: ChannelMap) -> ChannelIndex {
        match self {
            Self::One(hop) => csa1_channel(hop, event, map),
            Self::Two(access_address) => csa2_channel(access_address, event_counter(event), map),
        }
    }
}

/// connEventCounter: the number of an event as it travels, which wraps (Vol 6 Part B 4.5.1).
pub(crate) fn event_counter(event: u64) -> u16 {
    u16::try_from(event & 0xFFFF).expect("it is masked")
}
