//! What one host sends, and what the other one gets.

use super::Cause;
use crate::connection::Connection;
use crate::finding::Findings;
use crate::step::{Happening, Moment, Side, View};
use blesim_packet::smp::SmpPdu;

/// Compares the PDUs of the Security Manager at both hosts, as far as the capture has both.
pub(crate) fn same_pdus(connection: &Connection, findings: &mut Findings) {
    let (Some(central), Some(peripheral)) = (&connection.central, &connection.peripheral) else { return };
    for side in Side::BOTH {
        let (at_sender, at_receiver) = match side {
            Side::Central => (central, peripheral),
            Side::Peripheral => (peripheral, central),
        };
        let (sent, got) = (pdus(at_sender, side), pdus(at_receiver, side));
        let changed = sent.iter().zip(&got).find(|((_, sent), (_, got))| sent != got);
        let Some(((_, sent), (at, got))) = changed else { continue };
        let name = sent.first().and_then(|code| SmpPdu::name_of(*code)).unwrap_or("PDU");
        if sent.first() == got.first() && sent.len() == got.len() {
            let text = format!("the {}'s {name} arrives changed at the {}", side.name(), side.other().name());
            findings.proves(*at, Cause::CorruptedPacket, text);
        } else {
            let text =
                format!("the {}'s {name} does not arrive at the {}'s host", side.name(), side.other().name());
            findings.proves(*at, Cause::HostSilent, text);
        }
    }
}

fn pdus(view: &View, from: Side) -> Vec<(Moment, &[u8])> {
    let of = view.steps.iter().filter_map(|step| match &step.what {
        Happening::Smp { from: sender, octets, .. } if *sender == from => Some((step.at, octets.as_slice())),
        _ => None,
    });
    of.collect()
}
