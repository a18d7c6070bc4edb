//! ACL data from its text: the Security Manager's PDUs and requests for other connection parameters.
//!
//! The text shows a frame below its last fragment: the whole of it stands there again as one packet.

use super::fields::Fields;
use crate::btsnoop::Direction;
use blesim_packet::hci::AclData;
use blesim_packet::l2cap::{CID_LE_SIGNALLING, CID_SMP, Signal, frame};
use blesim_packet::smp::{LONGEST, SmpPdu};
use blesim_packet::{Address, AddressKind, Octets};

/// The beginning of a packet from the host, and of one from the controller (Vol 4 Part E 5.4.2).
const STARTS: [u8; 2] = [0b00, 0b10];
/// The bits of the flags that say so.
const BOUNDARY: u8 = 0b11;

/// The packet; `None` where the title lost its handle.
pub(super) fn acl(direction: Direction, handle: Option<u16>, flags: u8, fields: &Fields) -> Option<AclData> {
    let handle = handle?;
    let start = STARTS[usize::from(direction == Direction::ToHost)];
    let whole = |cid: u16, payload: &Octets<LONGEST>| {
        Some(AclData { handle, boundary: start, broadcast: 0, data: frame(cid, payload) })
    };
    if let Some(pdu) = fields.text(&["SMP", "BR/EDR SMP"]) {
        return whole(CID_SMP, &smp(pdu, fields)?);
    }
    if let Some(signal) = fields.text(&["LE L2CAP"]).and_then(|title| signal(title, fields)) {
        return whole(CID_LE_SIGNALLING, &Octets::from_slice(&signal.encode())?);
    }
    // Fragments of several links confuse btmon: it shows the octets of one that it did not expect.
    let data = if fields.title().starts_with("unexpected") { fields.dump() } else { &[] };
    // Something that does not matter, or a fragment: that it passed matters.
    Some(AclData { handle, boundary: flags & BOUNDARY, broadcast: 0, data: Octets::from_slice(data)? })
}

/// A PDU of the Security Manager: put together from its fields, or, where btmon could not read it, from its octets.
fn smp(title: &str, fields: &Fields) -> Option<Octets<LONGEST>> {
    let code = u8::try_from(super::header::code(title)?).ok()?;
    if let Some(body) = body(code, fields) {
        let mut octets = Octets::new();
        octets.push(code).ok()?;
        octets.extend_from_slice(&body).ok()?;
        // What does not decode was cut in the text.
        return SmpPdu::decode(&octets).is_ok().then_some(octets);
    }
    if fields.dump().is_empty() {
        return None;
    }
    let mut octets = Octets::new();
    octets.push(code).ok()?;
    octets.extend_from_slice(fields.dump()).ok()?;
    Some(octets)
}

/// What follows the code, Vol 3 Part H 3.5 and 3.6.
fn body(code: u8, fields: &Fields) -> Option<Vec<u8>> {
    let octet = |name: &str| fields.get::<u8>(&[name]);
    let block = |names: &[&str]| fields.octets::<16>(names).map(Vec::from);
    match code {
        0x01 | 0x02 => Some(vec![
            octet("IO capability")?,
            octet("OOB data")?,
            octet("Authentication requirement")?,
            octet("Max encryption key size")?,
            octet("Initiator key distribution")?,
            octet("Responder key distribution")?,
        ]),
        // Versions before 5.68 spell it with a letter less.
        0x03 => block(&["Confirm value", "Confim value"]),
        0x04 => block(&["Random value"]),
        0x05 => Some(vec![octet("Reason")?]),
        0x06 => block(&["Long term key"]),
        0x07 => {
            let (ediv, rand) = (fields.get::<u16>(&["EDIV"])?, fields.number(&["Rand"])?);
            Some([&ediv.to_le_bytes()[..], &rand.to_le_bytes()].concat())
        }
        0x08 => block(&["Identity resolving key"]),
        0x09 => {
            let address = fields.address(&["Address type"], &["Address"])?;
            let kind = u8::from(address.kind == AddressKind::Random);
            Some([&[kind][..], &Address::to_wire(address)].concat())
        }
        0x0A => block(&["Signature key"]),
        0x0B => Some(vec![octet("Authentication requirement")?]),
        0x0C => Some([fields.octets::<32>(&["X"])?, fields.octets::<32>(&["Y"])?].concat()),
        0x0D => block(&["E"]),
        0x0E => Some(vec![octet("Type")?]),
        _ => None,
    }
}

/// The request for other connection parameters, and its answer.
fn signal(title: &str, fields: &Fields) -> Option<Signal> {
    let identifier = title.split_once("ident ")?.1.split_whitespace().next()?.parse().ok()?;
    match super::header::code(title)? {
        0x12 => Some(Signal::ConnectionParameterUpdateRequest {
            identifier,
            interval_min: fields.get(&["Min interval"])?,
            interval_max: fields.get(&["Max interval"])?,
            latency: fields.get(&["Slave latency", "Peripheral latency"])?,
            timeout: fields.get(&["Timeout multiplier"])?,
        }),
        0x13 => {
            Some(Signal::ConnectionParameterUpdateResponse { identifier, result: fields.get(&["Result"])? })
        }
        _ => None,
    }
}
