//! Commands from their text: those from which the securing of a link is understood.

use super::fields::Fields;
use blesim_packet::hci::{
    Command, ErrorCode, InitiatingPhy, LeConnectionUpdate, LeCreateConnection, LeExtendedCreateConnection,
    opcode,
};
use blesim_packet::{Address, AddressKind};

/// The command with this opcode; `None` if it is none of these, or its text is cut.
pub(super) fn command(opcode: u16, fields: &Fields) -> Option<Command> {
    Some(match opcode {
        opcode::RESET => Command::Reset,
        opcode::READ_BD_ADDR => Command::ReadBdAddr,
        opcode::LE_CREATE_CONNECTION_CANCEL => Command::LeCreateConnectionCancel,
        opcode::DISCONNECT => {
            Command::Disconnect { handle: fields.handle()?, reason: ErrorCode(fields.get(&["Reason"])?) }
        }
        opcode::LE_SET_RANDOM_ADDRESS => Command::LeSetRandomAddress(random(fields, &["Address"])?),
        opcode::LE_SET_ADVERTISING_SET_RANDOM_ADDRESS => Command::LeSetAdvertisingSetRandomAddress {
            set: fields.get(&["Advertising handle", "Handle"])?,
            address: random(fields, &["Advertising random address", "Address"])?,
        },
        opcode::LE_CREATE_CONNECTION => Command::LeCreateConnection(create_connection(fields)?),
        opcode::LE_EXTENDED_CREATE_CONNECTION => {
            Command::LeExtendedCreateConnection(extended_create_connection(fields)?)
        }
        opcode::LE_CONNECTION_UPDATE => Command::LeConnectionUpdate(LeConnectionUpdate {
            handle: fields.handle()?,
            interval_min: fields.get(&["Min connection interval"])?,
            interval_max: fields.get(&["Max connection interval"])?,
            latency: fields.get(&["Connection latency"])?,
            timeout: fields.get(&["Supervision timeout"])?,
            min_ce_length: fields.get(&["Min connection length"]).unwrap_or(0),
            max_ce_length: fields.get(&["Max connection length"]).unwrap_or(0),
        }),
        opcode::LE_ENABLE_ENCRYPTION => Command::LeEnableEncryption {
            handle: fields.handle()?,
            rand: fields.number(&["Random number"])?,
            ediv: fields.get(&["Encrypted diversifier"])?,
            ltk: fields.key(&["Long term key"])?,
        },
        opcode::LE_LONG_TERM_KEY_REQUEST_REPLY => Command::LeLongTermKeyRequestReply {
            handle: fields.handle()?,
            ltk: fields.key(&["Long term key"])?,
        },
        opcode::LE_LONG_TERM_KEY_REQUEST_NEGATIVE_REPLY => {
            Command::LeLongTermKeyRequestNegativeReply { handle: fields.handle()? }
        }
        _ => return None,
    })
}

fn random(fields: &Fields, names: &[&str]) -> Option<Address> {
    let octets = blesim_packet::address::parse_octets(fields.text(names)?.get(..17)?).ok()?;
    Some(Address::random(octets))
}

fn create_connection(fields: &Fields) -> Option<LeCreateConnection> {
    let own = fields.number(&["Own address type"])? & 1 == 1;
    let peer = fields.address(&["Peer address type"], &["Peer address"]);
    Some(LeCreateConnection {
        scan_interval: fields.get(&["Scan interval"]).unwrap_or(0),
        scan_window: fields.get(&["Scan window"]).unwrap_or(0),
        filter_policy: fields.get(&["Filter policy"]).unwrap_or(0),
        // A peer that the text leaves out is nobody.
        peer: peer.unwrap_or(Address::public([0; 6])),
        own_address_kind: if own { AddressKind::Random } else { AddressKind::Public },
        interval_min: fields.get(&["Min connection interval"]).unwrap_or(0),
        interval_max: fields.get(&["Max connection interval"]).unwrap_or(0),
        latency: fields.get(&["Connection latency"]).unwrap_or(0),
        timeout: fields.get(&["Supervision timeout"]).unwrap_or(0),
        min_ce_length: fields.get(&["Min connection length"]).unwrap_or(0),
        max_ce_length: fields.get(&["Max connection length"]).unwrap_or(0),
    })
}

fn extended_create_connection(fields: &Fields) -> Option<LeExtendedCreateConnection> {
    let own = fields.number(&["Own address type"])? & 1 == 1;
    let peer = fields.address(&["Peer address type"], &["Peer address"]);
    let bits = fields.number(&["Initiating PHYs"])?;
    let mut entries = 0..;
    let phys = [0, 1, 2].map(|phy| {
        let entry = (bits >> phy & 1 == 1).then(|| entries.next()).flatten()?;
        Some(InitiatingPhy {
            scan_interval: fields.nth("Scan interval", entry).unwrap_or(0),
            scan_window: fields.nth("Scan window", entry).unwrap_or(0),
            interval_min: fields.nth("Min connection interval", entry).unwrap_or(0),
            interval_max: fields.nth("Max connection interval", entry).unwrap_or(0),
            latency: fields.nth("Connection latency", entry).unwrap_or(0),
            timeout: fields.nth("Supervision timeout", entry).unwrap_or(0),
            min_ce_length: fields.nth("Min connection length", entry).unwrap_or(0),
            max_ce_length: fields.nth("Max connection length", entry).unwrap_or(0),
        })
    });
    Some(LeExtendedCreateConnection {
        filter_policy: fields.get(&["Filter policy"]).unwrap_or(0),
        own_address_kind: if own { AddressKind::Random } else { AddressKind::Public },
        // A peer that the text leaves out is nobody.
        peer: peer.unwrap_or(Address::public([0; 6])),
        phys,
    })
}
