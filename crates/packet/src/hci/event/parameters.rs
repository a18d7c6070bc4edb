//! What each event's parameters look like on the wire; the sections are at [`Event`].
//!
//! Invariant: decoding is the exact inverse of encoding.

use super::{ErrorCode, Event, LONGEST, LeAdvertisingReport, code, discovery, subevent};
use crate::wire::{Reader, Writer};
use crate::{DecodeError, Octets};

pub(super) fn decode(code: u8, parameters: &Octets<255>) -> Result<Event, DecodeError> {
    let unknown = Event::Unknown { code, parameters: *parameters };
    let mut reader = Reader::new(parameters);
    let r = &mut reader;
    let event = match code {
        code::DISCONNECTION_COMPLETE => Event::DisconnectionComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            reason: ErrorCode(r.u8()?),
        },
        code::ENCRYPTION_CHANGE => {
            Event::EncryptionChange { status: ErrorCode(r.u8()?), handle: r.u16()?, enabled: r.u8()? }
        }
        code::COMMAND_COMPLETE => {
            Event::CommandComplete { packets: r.u8()?, opcode: r.u16()?, parameters: r.rest()? }
        }
        code::COMMAND_STATUS => {
            Event::CommandStatus { status: ErrorCode(r.u8()?), packets: r.u8()?, opcode: r.u16()? }
        }
        // One entry has a variant; none or several travel as they are.
        code::NUMBER_OF_COMPLETED_PACKETS => match r.u8()? {
            1 => Event::NumberOfCompletedPackets { handle: r.u16()?, count: r.u16()? },
            _ => return Ok(unknown),
        },
        code::ENCRYPTION_KEY_REFRESH_COMPLETE => {
            Event::EncryptionKeyRefreshComplete { status: ErrorCode(r.u8()?), handle: r.u16()? }
        }
        code::LE_META => match le_meta(r)? {
            Some(event) => event,
            None => return Ok(unknown),
        },
        code::READ_REMOTE_VERSION_INFORMATION_COMPLETE => Event::ReadRemoteVersionInformationComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            version: r.u8()?,
            company: r.u16()?,
            subversion: r.u16()?,
        },
        code::AUTHENTICATED_PAYLOAD_TIMEOUT_EXPIRED => {
            Event::AuthenticatedPayloadTimeoutExpired { handle: r.u16()? }
        }
        _ => return Ok(unknown),
    };
    reader.end(event)
}

/// `None` if the event has no variant of its own.
fn le_meta(r: &mut Reader<'_>) -> Result<Option<Event>, DecodeError> {
    let subevent = r.u8()?;
    Ok(Some(match subevent {
        subevent::CONNECTION_COMPLETE => Event::LeConnectionComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            role: r.u8()?,
            peer: r.address("Peer_Address_Type")?,
            interval: r.u16()?,
            latency: r.u16()?,
            timeout: r.u16()?,
            clock_accuracy: r.u8()?,
        },
        subevent::ADVERTISING_REPORT => match r.u8()? {
            1 => Event::LeAdvertisingReport(advertising_report(r)?),
            _ => return Ok(None),
        },
        subevent::CONNECTION_UPDATE_COMPLETE => Event::LeConnectionUpdateComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            interval: r.u16()?,
            latency: r.u16()?,
            timeout: r.u16()?,
        },
        subevent::LONG_TERM_KEY_REQUEST => {
            Event::LeLongTermKeyRequest { handle: r.u16()?, rand: r.u64()?, ediv: r.u16()? }
        }
        subevent => return of_connections(subevent, r),
    }))
}

/// What changes on a connection; `None` if it is none of that.
fn of_connections(subevent: u8, r: &mut Reader<'_>) -> Result<Option<Event>, DecodeError> {
    Ok(Some(match subevent {
        subevent::READ_REMOTE_FEATURES_COMPLETE => Event::LeReadRemoteFeaturesComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            features: r.u64()?,
        },
        subevent::REMOTE_CONNECTION_PARAMETER_REQUEST => Event::LeRemoteConnectionParameterRequest {
            handle: r.u16()?,
            interval_min: r.u16()?,
            interval_max: r.u16()?,
            latency: r.u16()?,
            timeout: r.u16()?,
        },
        subevent::DATA_LENGTH_CHANGE => Event::LeDataLengthChange {
            handle: r.u16()?,
            max_tx_octets: r.u16()?,
            max_tx_time: r.u16()?,
            max_rx_octets: r.u16()?,
            max_rx_time: r.u16()?,
        },
        subevent::PHY_UPDATE_COMPLETE => Event::LePhyUpdateComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            tx_phy: r.u8()?,
            rx_phy: r.u8()?,
        },
        subevent::REQUEST_PEER_SCA_COMPLETE => Event::LeRequestPeerScaComplete {
            status: ErrorCode(r.u8()?),
            handle: r.u16()?,
            accuracy: r.u8()?,
        },
        _ => return discovery::decode(subevent, r),
    }))
}

fn advertising_report(r: &mut Reader<'_>) -> Result<LeAdvertisingReport, DecodeError> {
    let kind = r.u8()?;
    let peer = r.address("Address_Type")?;
    let length = r.u8()?;
    let mut data = Octets::new();
    for _ in 0..length {
        let bad = DecodeError::BadValue { field: "Data_Length", value: u64::from(length) };
        data.push(r.u8()?).map_err(|_| bad)?;
    }
    Ok(LeAdvertisingReport { kind, peer, data, rssi: i8::from_le_bytes(r.array()?) })
}

pub(super) fn encode(event: &Event, w: &mut Writer<LONGEST>) {
    match event {
        Event::DisconnectionComplete { status, handle, reason } => w.u8(status.0).u16(*handle).u8(reason.0),
        Event::EncryptionChange { status, handle, enabled } => w.u8(status.0).u16(*handle).u8(*enabled),
        Event::CommandComplete { packets, opcode, parameters } => {
            w.u8(*packets).u16(*opcode).slice(parameters)
        }
        Event::CommandStatus { status, packets, opcode } => w.u8(status.0).u8(*packets).u16(*opcode),
        Event::NumberOfCompletedPackets { handle, count } => w.u8(1).u16(*handle).u16(*count),
        Event::EncryptionKeyRefreshComplete { status, handle } => w.u8(status.0).u16(*handle),
        Event::LeConnectionComplete {
            status,
            handle,
            role,
            peer,
            interval,
            latency,
            timeout,
            clock_accuracy,
        } => w
            .u8(subevent::CONNECTION_COMPLETE)
            .u8(status.0)
            .u16(*handle)
            .u8(*role)
            .address(*peer)
            .u16(*interval)
            .u16(*latency)
            .u16(*timeout)
            .u8(*clock_accuracy),
        Event::LeAdvertisingReport(report) => w
            .u8(subevent::ADVERTISING_REPORT)
            .u8(1)
            .u8(report.kind)
            .address(report.peer)
            .length_u8(&report.data)
            .slice(&report.data)
            .slice(&report.rssi.to_le_bytes()),
        Event::LeConnectionUpdateComplete { status, handle, interval, latency, timeout } => w
            .u8(subevent::CONNECTION_UPDATE_COMPLETE)
            .u8(status.0)
            .u16(*handle)
            .u16(*interval)
            .u16(*latency)
            .u16(*timeout),
        Event::LeLongTermKeyRequest { handle, rand, ediv } => {
            w.u8(subevent::LONG_TERM_KEY_REQUEST).u16(*handle).u64(*rand).u16(*ediv)
        }
        Event::Unknown { parameters, .. } => w.slice(parameters),
        _ => encode_of_connections(event, w),
    };
}

/// What changes on a connection.
fn encode_of_connections<'a>(event: &Event, w: &'a mut Writer<LONGEST>) -> &'a mut Writer<LONGEST> {
    match event {
        Event::ReadRemoteVersionInformationComplete { status, handle, version, company, subversion } => {
            w.u8(status.0).u16(*handle).u8(*version).u16(*company).u16(*subversion)
        }
        Event::AuthenticatedPayloadTimeoutExpired { handle } => w.u16(*handle),
        Event::LeReadRemoteFeaturesComplete { status, handle, features } => {
            w.u8(subevent::READ_REMOTE_FEATURES_COMPLETE).u8(status.0).u16(*handle).u64(*features)
        }
        Event::LeRemoteConnectionParameterRequest {
            handle,
            interval_min,
            interval_max,
            latency,
            timeout,
        } => w
            .u8(subevent::REMOTE_CONNECTION_PARAMETER_REQUEST)
            .u16(*handle)
            .u16(*interval_min)
            .u16(*interval_max)
            .u16(*latency)
            .u16(*timeout),
        Event::LeDataLengthChange { handle, max_tx_octets, max_tx_time, max_rx_octets, max_rx_time } => w
            .u8(subevent::DATA_LENGTH_CHANGE)
            .u16(*handle)
            .u16(*max_tx_octets)
            .u16(*max_tx_time)
            .u16(*max_rx_octets)
            .u16(*max_rx_time),
        Event::LePhyUpdateComplete { status, handle, tx_phy, rx_phy } => {
            w.u8(subevent::PHY_UPDATE_COMPLETE).u8(status.0).u16(*handle).u8(*tx_phy).u8(*rx_phy)
        }
        Event::LeRequestPeerScaComplete { status, handle, accuracy } => {
            w.u8(subevent::REQUEST_PEER_SCA_COMPLETE).u8(status.0).u16(*handle).u8(*accuracy)
        }
        // The others are written by the module of discovery.
        _ => w,
    }
}
