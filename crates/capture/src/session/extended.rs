//! Words for advertising channel PDUs, extended advertising among them.
//!
//! Invariant: a PDU that other PDUs share a type with is named by the channel it is on; where that is not enough,
//! by no more than is known.

use super::control::parameters;
use super::links::request;
use blesim_kernel::Span;
use blesim_packet::Address;
use blesim_packet::AddressKind;
use blesim_packet::ll::{AdvPdu, ChannelIndex};

/// Bits of `Extended Header Flags`, Vol 6 Part B 2.3.4, in the order of the fields they announce, with the octets
/// of each.
const FIELDS: [(u8, usize, Field); 7] = [
    (0, 6, Field::Advertiser),
    (1, 6, Field::Target),
    (2, 1, Field::Other),
    (3, 2, Field::AdvDataInfo),
    (4, 3, Field::AuxPtr),
    (5, 18, Field::Other),
    (6, 1, Field::TxPower),
];

/// What of a field is worth a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Advertiser,
    Target,
    AdvDataInfo,
    AuxPtr,
    TxPower,
    Other,
}

/// An advertising channel PDU on this channel.
pub(super) fn advertising(pdu: &AdvPdu, channel: ChannelIndex) -> String {
    let name = name(pdu, channel);
    if let Some(request) = request(pdu) {
        let ll = &request.ll;
        let asked = parameters((ll.interval, ll.interval), ll.latency, ll.timeout);
        return format!("{name} {asked}, hop {}, access address {}", ll.hop, ll.access_address);
    }
    let octets = pdu.encode();
    let extended = matches!(pdu.header() & 0xF, 7 | 8);
    match octets.get(2..).filter(|_| extended).and_then(|payload| header(payload, pdu.header())) {
        Some(fields) if !fields.is_empty() => format!("{name} {fields}"),
        _ => name.to_owned(),
    }
}

/// Vol 6 Part B 2.3, table of PDU types: one whose fields do not fit has the name of its type all the same.
fn name(pdu: &AdvPdu, channel: ChannelIndex) -> &'static str {
    match (pdu, pdu.header() & 0xF, channel.is_advertising()) {
        (AdvPdu::Other { .. }, 7, true) => "ADV_EXT_IND",
        (AdvPdu::Other { .. }, 7, false) => "AUX_ADV_IND",
        (AdvPdu::Other { .. }, 8, false) => "AUX_CONNECT_RSP",
        _ => pdu.name_on(channel),
    }
}

/// The common extended advertising payload, Vol 6 Part B 2.3.4; `None` if its fields do not fit.
fn header(payload: &[u8], first: u8) -> Option<String> {
    let (&lengths, rest) = payload.split_first()?;
    let mut words = Vec::new();
    match lengths >> 6 {
        1 => words.push("connectable".to_owned()),
        2 => words.push("scannable".to_owned()),
        _ => {}
    }
    let (mut header, data) = rest.split_at_checked(usize::from(lengths & 0x3F))?;
    let Some((&flags, fields)) = header.split_first() else { return Some(words.join(", ")) };
    header = fields;
    for (bit, octets, field) in FIELDS {
        if flags >> bit & 1 == 0 {
            continue;
        }
        let (value, rest) = header.split_at_checked(octets)?;
        header = rest;
        words.extend(field.words(value, first));
    }
    if !data.is_empty() {
        words.push(format!("{} octets of data", data.len()));
    }
    Some(words.join(", "))
}

impl Field {
    /// `first` is the first octet of the PDU, with the kinds of the addresses.
    fn words(self, value: &[u8], first: u8) -> Option<String> {
        let address = |bit: u8| {
            let kind = if first >> bit & 1 == 0 { AddressKind::Public } else { AddressKind::Random };
            value.try_into().ok().map(|wire| Address::from_wire(kind, wire))
        };
        match (self, value) {
            (Self::Advertiser, _) => address(6).map(|address| format!("from {address}")),
            (Self::Target, _) => address(7).map(|address| format!("to {address}")),
            (Self::AdvDataInfo, &[low, high]) => {
                let info = u16::from_le_bytes([low, high]);
                Some(format!("set {}, data {:#05x}", info >> 12, info & 0xFFF))
            }
            (Self::AuxPtr, &[channel, low, high]) => {
                // Offset in units of 30 or 300 us, Vol 6 Part B 2.3.4.5.
                let unit = if channel & 0x80 == 0 { 30 } else { 300 };
                let offset = u64::from(u16::from_le_bytes([low, high]) & 0x1FFF);
                let phy = ["1M", "2M", "Coded"].get(usize::from(high >> 5)).copied().unwrap_or("?");
                let after = Span::from_micros(unit) * offset;
                Some(format!("goes on at channel {} after {after} on {phy}", channel & 0x3F))
            }
            (Self::TxPower, &[power]) => Some(format!("{} dBm", power.cast_signed())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PDU of extended advertising tells what it is and where it goes on; one whose fields do not fit tells its
    /// name.
    #[test]
    fn extended_advertising_is_read_from_its_octets() {
        let check = |channel: u8, octets: &[u8], expected: &str| {
            let pdu = AdvPdu::decode(octets).unwrap();
            assert_eq!(advertising(&pdu, ChannelIndex(channel)), expected);
        };
        let pointer = [0x07, 7, 0x06, 0x18, 0x34, 0x12, 0x0C, 0x64, 0x20];
        check(37, &pointer, "ADV_EXT_IND set 1, data 0x234, goes on at channel 12 after 3 ms on 2M");
        let auxiliary = [0x47, 12, 0x49, 0x09, 6, 5, 4, 3, 2, 1, 0x34, 0x12, 0xAA, 0xBB];
        check(
            12,
            &auxiliary,
            "AUX_ADV_IND connectable, from 01:02:03:04:05:06, set 1, data 0x234, 2 octets of data",
        );
        check(12, &[0x08, 3, 0x3F, 0x01, 6], "AUX_CONNECT_RSP");
        check(39, &[0x07, 0], "ADV_EXT_IND");
    }
}
