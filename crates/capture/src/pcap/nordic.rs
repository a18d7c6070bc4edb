//! What the nRF Sniffer writes, LINKTYPE_NORDIC_BLE, in versions 1 to 3 of its protocol.
//!
//! Source: the description in Wireshark's dissector. All numbers are least significant octet first.

use super::ContentError;
use super::air::{AirPacket, Mic, PhyBits, Sender};
use blesim_packet::ll::{AccessAddress, ChannelIndex};

/// Board, lengths, version, counter and the kind of packet.
const HEADER: usize = 7;
/// The first octet of version 0, which had a marker in place of the board.
const OLD_MARKER: u8 = 0xBE;
/// A packet on an advertising channel, since version 3.
const ADVERTISING: u8 = 0x02;
/// A packet on any channel, since version 3 on a data channel.
const DATA: u8 = 0x06;
/// Octets of what is known about a packet, before its access address.
const ABOUT: usize = 10;

/// The packet; `None` if the sniffer speaks of something else.
pub(super) fn decode(octets: &[u8]) -> Result<Option<AirPacket>, ContentError> {
    let Some((&[board, _, _, version, _, _, kind], event)) = octets.split_first_chunk::<HEADER>() else {
        return Err(ContentError::TooShort { need: HEADER, got: octets.len() });
    };
    if board == OLD_MARKER || !(1..=3).contains(&version) {
        return Err(ContentError::SnifferVersion(if board == OLD_MARKER { 0 } else { version }));
    }
    if kind != DATA && (kind != ADVERTISING || version < 3) {
        return Ok(None);
    }
    let Some((&[_, flags, channel, rssi, ..], packet)) = event.split_first_chunk::<ABOUT>() else {
        return Err(ContentError::TooShort { need: HEADER + ABOUT, got: octets.len() });
    };
    let phy = u16::from(flags >> 4 & 7);
    let mut air = AirPacket::plain(packet, PhyBits::new(phy).ok_or(ContentError::Phy(phy))?)?;
    air.channel = Some(ChannelIndex::new(channel).ok_or(ContentError::Channel(channel))?);
    // The power is told as a positive number.
    air.signal_dbm = Some(i8::try_from(-i16::from(rssi)).unwrap_or(i8::MIN));
    air.crc_ok = Some(flags & 1 != 0);
    let data = if version < 3 { air.access_address != AccessAddress::ADVERTISING } else { kind == DATA };
    if data {
        air.sender = if flags & 2 == 0 { Sender::Peripheral } else { Sender::Central };
        air.mic = match (flags & 4 != 0, flags & 8 != 0) {
            (false, _) => Mic::Untouched,
            (true, true) => Mic::Right,
            (true, false) => Mic::Wrong,
        };
    } else if air.channel.is_some_and(|channel| !channel.is_advertising()) {
        air.sender = Sender::Auxiliary(flags >> 1 & 3);
    }
    Ok(Some(air))
}
