//! What each command's parameters look like on the wire; the sections are at [`Command`].
//!
//! Invariant: decoding is the exact inverse of encoding.

use super::{
    Command, ErrorCode, LONGEST, LeConnectionUpdate, LeCreateConnection, LeSetAdvertisingParameters,
    LeSetPhy, LeSetScanParameters, opcode,
};
use crate::wire::{Reader, Writer};
use crate::{Address, AddressKind, DecodeError, Octets};

/// The field for advertising data is always this long, whatever of it is significant (Vol 4 Part E 7.8.7).
const ADVERTISING_DATA: usize = 31;

pub(super) fn decode(opcode: u16, parameters: &Octets<255>) -> Result<Command, DecodeError> {
    let mut reader = Reader::new(parameters);
    let r = &mut reader;
    let command = match opcode {
        opcode::DISCONNECT => Command::Disconnect { handle: r.u16()?, reason: ErrorCode(r.u8()?) },
        opcode::SET_EVENT_MASK => Command::SetEventMask(r.u64()?),
        opcode::RESET => Command::Reset,
        opcode::READ_BD_ADDR => Command::ReadBdAddr,
        opcode::LE_SET_EVENT_MASK => Command::LeSetEventMask(r.u64()?),
        opcode::LE_READ_BUFFER_SIZE => Command::LeReadBufferSize,
        opcode::LE_SET_RANDOM_ADDRESS => {
            Command::LeSetRandomAddress(Address::from_wire(AddressKind::Random, r.array()?))
        }
        opcode::LE_SET_ADVERTISING_PARAMETERS => advertising_parameters(r)?,
        opcode::LE_SET_ADVERTISING_DATA => Command::LeSetAdvertisingData(advertising_data(r)?),
        opcode::LE_SET_SCAN_RESPONSE_DATA => Command::LeSetScanResponseData(advertising_data(r)?),
        opcode::LE_SET_ADVERTISING_ENABLE => Command::LeSetAdvertisingEnable(r.flag("Advertising_Enable")?),
        opcode::LE_SET_SCAN_PARAMETERS => scan_parameters(r)?,
        opcode::LE_SET_SCAN_ENABLE => Command::LeSetScanEnable {
            enable: r.flag("LE_Scan_Enable")?,
            filter_duplicates: r.flag("Filter_Duplicates")?,
        },
        opcode::LE_CREATE_CONNECTION => create_connection(r)?,
        opcode::LE_CREATE_CONNECTION_CANCEL => Command::LeCreateConnectionCancel,
        opcode::LE_CONNECTION_UPDATE => Command::LeConnectionUpdate(connection_parameters(r)?),
        opcode::LE_ENABLE_ENCRYPTION => {
            Command::LeEnableEncryption { handle: r.u16()?, rand: r.u64()?, ediv: r.u16()?, ltk: r.u128()? }
        }
        opcode::LE_LONG_TERM_KEY_REQUEST_REPLY => {
            Command::LeLongTermKeyRequestReply { handle: r.u16()?, ltk: r.u128()? }
        }
        opcode::LE_LONG_TERM_KEY_REQUEST_NEGATIVE_REPLY => {
            Command::LeLongTermKeyRequestNegativeReply { handle: r.u16()? }
        }
        _ => match of_connections(opcode, r)? {
            Some(command) => command,
            None => return Ok(Command::Unknown { opcode, parameters: *parameters }),
        },
    };
    reader.end(command)
}

/// The commands that control connections; `None` if it is none of them.
fn of_connections(opcode: u16, r: &mut Reader<'_>) -> Result<Option<Command>, DecodeError> {
    Ok(Some(match opcode {
        opcode::READ_REMOTE_VERSION_INFORMATION => Command::ReadRemoteVersionInformation { handle: r.u16()? },
        opcode::READ_AUTHENTICATED_PAYLOAD_TIMEOUT => {
            Command::ReadAuthenticatedPayloadTimeout { handle: r.u16()? }
        }
        opcode::WRITE_AUTHENTICATED_PAYLOAD_TIMEOUT => {
            Command::WriteAuthenticatedPayloadTimeout { handle: r.u16()?, timeout: r.u16()? }
        }
        opcode::LE_READ_LOCAL_SUPPORTED_FEATURES => Command::LeReadLocalSupportedFeatures,
        opcode::LE_SET_HOST_CHANNEL_CLASSIFICATION => Command::LeSetHostChannelClassification(r.array()?),
        opcode::LE_READ_CHANNEL_MAP => Command::LeReadChannelMap { handle: r.u16()? },
        opcode::LE_READ_REMOTE_FEATURES => Command::LeReadRemoteFeatures { handle: r.u16()? },
        opcode::LE_REMOTE_CONNECTION_PARAMETER_REQUEST_REPLY => {
            Command::LeRemoteConnectionParameterRequestReply(connection_parameters(r)?)
        }
        opcode::LE_REMOTE_CONNECTION_PARAMETER_REQUEST_NEGATIVE_REPLY => {
            let (handle, reason) = (r.u16()?, ErrorCode(r.u8()?));
            Command::LeRemoteConnectionParameterRequestNegativeReply { handle, reason }
        }
        opcode::LE_SET_DATA_LENGTH => {
            Command::LeSetDataLength { handle: r.u16()?, octets: r.u16()?, time: r.u16()? }
        }
        opcode::LE_READ_SUGGESTED_DEFAULT_DATA_LENGTH => Command::LeReadSuggestedDefaultDataLength,
        opcode::LE_WRITE_SUGGESTED_DEFAULT_DATA_LENGTH => {
            Command::LeWriteSuggestedDefaultDataLength { octets: r.u16()?, time: r.u16()? }
        }
        opcode::LE_READ_MAXIMUM_DATA_LENGTH => Command::LeReadMaximumDataLength,
        opcode::LE_READ_PHY => Command::LeReadPhy { handle: r.u16()? },
        opcode::LE_SET_DEFAULT_PHY => {
            Command::LeSetDefaultPhy { all_phys: r.u8()?, tx_phys: r.u8()?, rx_phys: r.u8()? }
        }
        opcode::LE_SET_PHY => Command::LeSetPhy(LeSetPhy {
            handle: r.u16()?,
            all_phys: r.u8()?,
            tx_phys: r.u8()?,
            rx_phys: r.u8()?,
            options: r.u16()?,
        }),
        opcode::LE_REQUEST_PEER_SCA => Command::LeRequestPeerSca { handle: r.u16()? },
        _ => return Ok(None),
    }))
}

fn advertising_parameters(r: &mut Reader<'_>) -> Result<Command, DecodeError> {
    Ok(Command::LeSetAdvertisingParameters(LeSetAdvertisingParameters {
        interval_min: r.u16()?,
        interval_max: r.u16()?,
        kind: r.u8()?,
        own_address_kind: r.address_kind("Own_Address_Type")?,
        peer: r.address("Peer_Address_Type")?,
        channel_map: r.u8()?,
        filter_policy: r.u8()?,
    }))
}

fn scan_parameters(r: &mut Reader<'_>) -> Result<Command, DecodeError> {
    Ok(Command::LeSetScanParameters(LeSetScanParameters {
        kind: r.u8()?,
        interval: r.u16()?,
        window: r.u16()?,
        own_address_kind: r.address_kind("Own_Address_Type")?,
        filter_policy: r.u8()?,
    }))
}

fn create_connection(r: &mut Reader<'_>) -> Result<Command, DecodeError> {
    Ok(Command::LeCreateConnection(LeCreateConnection {
        scan_interval: r.u16()?,
        scan_window: r.u16()?,
        filter_policy: r.u8()?,
        peer: r.address("Peer_Address_Type")?,
        own_address_kind: r.address_kind("Own_Address_Type")?,
        interval_min: r.u16()?,
        interval_max: r.u16()?,
        latency: r.u16()?,
        timeout: r.u16()?,
        min_ce_length: r.u16()?,
        max_ce_length: r.u16()?,
    }))
}

fn connection_parameters(r: &mut Reader<'_>) -> Result<LeConnectionUpdate, DecodeError> {
    Ok(LeConnectionUpdate {
        handle: r.u16()?,
        interval_min: r.u16()?,
        interval_max: r.u16()?,
        latency: r.u16()?,
        timeout: r.u16()?,
        min_ce_length: r.u16()?,
        max_ce_length: r.u16()?,
    })
}

/// A length octet, then always 31 octets; those beyond the length are zero (Vol 4 Part E 7.8.7, 7.8.8).
fn advertising_data(r: &mut Reader<'_>) -> Result<Octets<ADVERTISING_DATA>, DecodeError> {
    let length = r.u8()?;
    let field: [u8; ADVERTISING_DATA] = r.array()?;
    let bad = DecodeError::BadValue { field: "Advertising_Data_Length", value: u64::from(length) };
    let (significant, padding) = field.split_at_checked(usize::from(length)).ok_or(bad)?;
    if let Some(&octet) = padding.iter().find(|&&octet| octet != 0) {
        return Err(DecodeError::BadValue { field: "Advertising_Data padding", value: u64::from(octet) });
    }
    Ok(Octets::from_slice(significant).expect("a part of 31 octets"))
}

pub(super) fn encode(command: &Command, w: &mut Writer<LONGEST>) {
    match command {
        Command::Disconnect { handle, reason } => w.u16(*handle).u8(reason.0),
        Command::SetEventMask(mask) | Command::LeSetEventMask(mask) => w.u64(*mask),
        Command::LeSetRandomAddress(address) => w.slice(&address.to_wire()),
        Command::LeSetAdvertisingParameters(p) => w
            .u16(p.interval_min)
            .u16(p.interval_max)
            .u8(p.kind)
            .address_kind(p.own_address_kind)
            .address(p.peer)
            .u8(p.channel_map)
            .u8(p.filter_policy),
        Command::LeSetAdvertisingData(data) | Command::LeSetScanResponseData(data) => {
            w.length_u8(data).slice(data).slice(&[0; ADVERTISING_DATA][data.len()..])
        }
        Command::LeSetAdvertisingEnable(enable) => w.u8(u8::from(*enable)),
        Command::LeSetScanParameters(p) => {
            w.u8(p.kind).u16(p.interval).u16(p.window).address_kind(p.own_address_kind).u8(p.filter_policy)
        }
        Command::LeSetScanEnable { enable, filter_duplicates } => {
            w.u8(u8::from(*enable)).u8(u8::from(*filter_duplicates))
        }
        Command::LeCreateConnection(p) => w
            .u16(p.scan_interval)
            .u16(p.scan_window)
            .u8(p.filter_policy)
            .address(p.peer)
            .address_kind(p.own_address_kind)
            .u16(p.interval_min)
            .u16(p.interval_max)
            .u16(p.latency)
            .u16(p.timeout)
            .u16(p.min_ce_length)
            .u16(p.max_ce_length),
        Command::LeConnectionUpdate(p) | Command::LeRemoteConnectionParameterRequestReply(p) => w
            .u16(p.handle)
            .u16(p.interval_min)
            .u16(p.interval_max)
            .u16(p.latency)
            .u16(p.timeout)
            .u16(p.min_ce_length)
            .u16(p.max_ce_length),
        Command::LeEnableEncryption { handle, rand, ediv, ltk } => {
            w.u16(*handle).u64(*rand).u16(*ediv).u128(*ltk)
        }
        Command::LeLongTermKeyRequestReply { handle, ltk } => w.u16(*handle).u128(*ltk),
        Command::LeLongTermKeyRequestNegativeReply { handle }
        | Command::ReadRemoteVersionInformation { handle }
        | Command::ReadAuthenticatedPayloadTimeout { handle }
        | Command::LeReadChannelMap { handle }
        | Command::LeReadRemoteFeatures { handle }
        | Command::LeReadPhy { handle }
        | Command::LeRequestPeerSca { handle } => w.u16(*handle),
        Command::WriteAuthenticatedPayloadTimeout { handle, timeout } => w.u16(*handle).u16(*timeout),
        Command::LeSetHostChannelClassification(map) => w.slice(map),
        Command::LeRemoteConnectionParameterRequestNegativeReply { handle, reason } => {
            w.u16(*handle).u8(reason.0)
        }
        Command::LeSetDataLength { handle, octets, time } => w.u16(*handle).u16(*octets).u16(*time),
        Command::LeWriteSuggestedDefaultDataLength { octets, time } => w.u16(*octets).u16(*time),
        Command::LeSetDefaultPhy { all_phys, tx_phys, rx_phys } => w.u8(*all_phys).u8(*tx_phys).u8(*rx_phys),
        Command::LeSetPhy(p) => w.u16(p.handle).u8(p.all_phys).u8(p.tx_phys).u8(p.rx_phys).u16(p.options),
        Command::Unknown { parameters, .. } => w.slice(parameters),
        // The others have no parameters, or are written by the module of extended advertising.
        _ => w,
    };
}
