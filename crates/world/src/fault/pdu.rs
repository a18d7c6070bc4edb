//! Faults aimed at PDUs of the Security Manager as they come to a host.
//!
//! Invariant: a PDU is known by its first fragment; what is left of one that was taken away is dropped by L2CAP as
//! a continuation without a beginning.

use super::{Effect, Planned, When};
use blesim_host::Step;
use blesim_packet::hci::{AclData, HciPacket};
use blesim_packet::l2cap;

/// The place in the list of the fault that strikes with this packet, if there is one.
pub(crate) fn on_pdu(planned: &mut [Planned], device: usize, packet: &HciPacket) -> Option<usize> {
    let HciPacket::Acl(acl) = packet else { return None };
    let step = step(acl)?;
    let mut found = None;
    for (place, fault) in planned.iter_mut().enumerate() {
        if let When::Pdu(wanted, left) = &mut fault.when
            && (*wanted, fault.device) == (step, device)
        {
            *left = left.saturating_sub(1);
            if *left == 0 {
                fault.when = When::Past;
                found = found.or(Some(place));
            }
        }
    }
    found
}

/// Whether the packet does not come any further.
pub(crate) fn takes_it(fault: &Planned) -> bool {
    fault.effect == Effect::LosePdu
}

/// The step that a PDU belongs to which begins in this packet, by its code (Vol 3 Part H 3.3).
fn step(acl: &AclData) -> Option<Step> {
    let [_, _, low, high, code, ..] = acl.data[..] else { return None };
    if acl.continues() || u16::from_le_bytes([low, high]) != l2cap::CID_SMP {
        return None;
    }
    match code {
        0x01 | 0x02 => Some(Step::PairingFeatures),
        0x03 => Some(Step::Confirm),
        0x04 => Some(Step::Random),
        0x06..=0x0A => Some(Step::KeyDistribution),
        0x0C => Some(Step::PublicKey),
        0x0D => Some(Step::DhKeyCheck),
        _ => None,
    }
}
