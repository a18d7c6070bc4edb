//! Events from their text: those from which the securing of a link is understood.

use super::fields::Fields;
use super::header::{code, opcode_of};
use blesim_packet::hci::{ErrorCode, Event, LeEnhancedConnectionComplete, event_code, opcode, subevent};
use blesim_packet::{Address, Octets};

/// The event with this code; `None` if it is none of these, or its text is cut.
pub(super) fn event(event: u8, fields: &Fields) -> Option<Event> {
    let status = || fields.get(&["Status"]).map(ErrorCode);
    Some(match event {
        event_code::DISCONNECTION_COMPLETE => Event::DisconnectionComplete {
            status: status()?,
            handle: fields.handle()?,
            reason: ErrorCode(fields.get(&["Reason"])?),
        },
        event_code::ENCRYPTION_CHANGE | event_code::ENCRYPTION_CHANGE_V2 => Event::EncryptionChange {
            status: status()?,
            handle: fields.handle()?,
            enabled: fields.get(&["Encryption"])?,
        },
        event_code::ENCRYPTION_KEY_REFRESH_COMPLETE => {
            Event::EncryptionKeyRefreshComplete { status: status()?, handle: fields.handle()? }
        }
        event_code::AUTHENTICATED_PAYLOAD_TIMEOUT_EXPIRED => {
            Event::AuthenticatedPayloadTimeoutExpired { handle: fields.handle()? }
        }
        event_code::COMMAND_STATUS => Event::CommandStatus {
            status: status()?,
            packets: commands(fields),
            opcode: opcode_of(fields.title())?,
        },
        event_code::COMMAND_COMPLETE => command_complete(fields)?,
        event_code::NUMBER_OF_COMPLETED_PACKETS => {
            let one = fields.number(&["Num handles"])? == 1;
            let (handle, count) = (fields.handle()?, fields.get(&["Count"])?);
            one.then_some(Event::NumberOfCompletedPackets { handle, count })?
        }
        event_code::LE_META => le_meta(fields, status()),
        _ => return None,
    })
    .filter(|event| !matches!(event, Event::Unknown { .. }))
}

/// The N of `ncmd N`.
fn commands(fields: &Fields) -> u8 {
    let number = fields.title().split_once("ncmd ").and_then(|(_, rest)| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(1)
}

fn command_complete(fields: &Fields) -> Option<Event> {
    let opcode = opcode_of(fields.title())?;
    let mut parameters = Octets::new();
    if let Some(status) = fields.get(&["Status"]) {
        parameters.push(status).ok()?;
    }
    if opcode == opcode::READ_BD_ADDR {
        let octets = blesim_packet::address::parse_octets(fields.text(&["Address"])?.get(..17)?).ok()?;
        parameters.extend_from_slice(&Address::public(octets).to_wire()).ok()?;
    }
    Some(Event::CommandComplete { packets: commands(fields), opcode, parameters })
}

/// What is told of no subevent here.
const NONE: Event = Event::Unknown { code: event_code::LE_META, parameters: Octets::new() };

fn le_meta(fields: &Fields, status: Option<ErrorCode>) -> Event {
    let made = match code(fields.title()).and_then(|code| u8::try_from(code).ok()) {
        Some(subevent::CONNECTION_COMPLETE) => connection_complete(fields, status),
        Some(subevent::ENHANCED_CONNECTION_COMPLETE) => enhanced(fields, status),
        Some(subevent::CONNECTION_UPDATE_COMPLETE) => update_complete(fields, status),
        Some(subevent::LONG_TERM_KEY_REQUEST) => key_request(fields),
        Some(subevent::REMOTE_CONNECTION_PARAMETER_REQUEST) => parameter_request(fields),
        _ => None,
    };
    made.unwrap_or(NONE)
}

const INTERVAL: &[&str] = &["Connection interval"];
const LATENCY: &[&str] = &["Connection latency"];
const TIMEOUT: &[&str] = &["Supervision timeout"];
const ACCURACY: &[&str] = &["Central clock accuracy", "Master clock accuracy"];

fn connection_complete(fields: &Fields, status: Option<ErrorCode>) -> Option<Event> {
    Some(Event::LeConnectionComplete {
        status: status?,
        handle: fields.handle()?,
        role: fields.get(&["Role"])?,
        peer: peer(fields),
        interval: fields.get(INTERVAL).unwrap_or(0),
        latency: fields.get(LATENCY).unwrap_or(0),
        timeout: fields.get(TIMEOUT).unwrap_or(0),
        clock_accuracy: fields.get(ACCURACY).unwrap_or(0),
    })
}

fn enhanced(fields: &Fields, status: Option<ErrorCode>) -> Option<Event> {
    let private = |name: &str| {
        let octets = fields.text(&[name]).and_then(|text| text.get(..17));
        octets.and_then(|text| text.parse::<Address>().ok()).map_or(0, Address::value)
    };
    Some(Event::LeEnhancedConnectionComplete(LeEnhancedConnectionComplete {
        status: status?,
        handle: fields.handle()?,
        role: fields.get(&["Role"])?,
        peer: peer(fields),
        identity: fields.number(&["Peer address type"]).is_some_and(|kind| kind & 2 != 0),
        local_resolvable: private("Local resolvable private address"),
        peer_resolvable: private("Peer resolvable private address"),
        interval: fields.get(INTERVAL).unwrap_or(0),
        latency: fields.get(LATENCY).unwrap_or(0),
        timeout: fields.get(TIMEOUT).unwrap_or(0),
        clock_accuracy: fields.get(ACCURACY).unwrap_or(0),
    }))
}

/// The peer; nobody where somebody took the address out.
fn peer(fields: &Fields) -> Address {
    let peer = fields.address(&["Peer address type"], &["Peer address", "LE Address"]);
    peer.unwrap_or(Address::public([0; 6]))
}

fn update_complete(fields: &Fields, status: Option<ErrorCode>) -> Option<Event> {
    Some(Event::LeConnectionUpdateComplete {
        status: status?,
        handle: fields.handle()?,
        interval: fields.get(INTERVAL)?,
        latency: fields.get(LATENCY)?,
        timeout: fields.get(TIMEOUT)?,
    })
}

fn key_request(fields: &Fields) -> Option<Event> {
    Some(Event::LeLongTermKeyRequest {
        handle: fields.handle()?,
        rand: fields.number(&["Random number"])?,
        ediv: fields.get(&["Encrypted diversifier"])?,
    })
}

fn parameter_request(fields: &Fields) -> Option<Event> {
    Some(Event::LeRemoteConnectionParameterRequest {
        handle: fields.handle()?,
        interval_min: fields.get(&["Min connection interval"])?,
        interval_max: fields.get(&["Max connection interval"])?,
        latency: fields.get(LATENCY)?,
        timeout: fields.get(TIMEOUT)?,
    })
}
