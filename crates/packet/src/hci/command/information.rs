//! The commands by which a host gets to know its controller, and the flow of data towards it, Vol 4 Part E 7.3,
//! 7.4, 7.5 and 7.8.
//!
//! Invariant: decoding is the exact inverse of encoding.

use super::{Command, LONGEST, opcode};
use crate::DecodeError;
use crate::wire::{Reader, Writer};

/// The commands of this module; `None` for any other opcode, and for one that carries more than its variant.
pub(super) fn decode(opcode: u16, parameters: &[u8]) -> Result<Option<Command>, DecodeError> {
    let mut reader = Reader::new(parameters);
    let r = &mut reader;
    let command = match opcode {
        opcode::SET_EVENT_MASK_PAGE_2 => Command::SetEventMaskPage2(r.u64()?),
        opcode::SET_CONTROLLER_TO_HOST_FLOW_CONTROL => Command::SetControllerToHostFlowControl(r.u8()?),
        opcode::HOST_BUFFER_SIZE => Command::HostBufferSize {
            acl_length: r.u16()?,
            synchronous_length: r.u8()?,
            acl_packets: r.u16()?,
            synchronous_packets: r.u16()?,
        },
        opcode::HOST_NUMBER_OF_COMPLETED_PACKETS => match r.u8()? {
            1 => Command::HostNumberOfCompletedPackets { handle: r.u16()?, count: r.u16()? },
            _ => return Ok(None),
        },
        opcode::READ_TRANSMIT_POWER_LEVEL => {
            Command::ReadTransmitPowerLevel { handle: r.u16()?, kind: r.u8()? }
        }
        opcode::READ_LOCAL_VERSION_INFORMATION => Command::ReadLocalVersionInformation,
        opcode::READ_LOCAL_SUPPORTED_COMMANDS => Command::ReadLocalSupportedCommands,
        opcode::READ_LOCAL_SUPPORTED_FEATURES => Command::ReadLocalSupportedFeatures,
        opcode::READ_BUFFER_SIZE => Command::ReadBufferSize,
        opcode::READ_RSSI => Command::ReadRssi { handle: r.u16()? },
        opcode::LE_READ_ADVERTISING_PHYSICAL_CHANNEL_TX_POWER => {
            Command::LeReadAdvertisingPhysicalChannelTxPower
        }
        opcode::LE_ENCRYPT => Command::LeEncrypt {
            key: u128::from_le_bytes(r.array()?),
            plaintext: u128::from_le_bytes(r.array()?),
        },
        opcode::LE_RAND => Command::LeRand,
        opcode::LE_READ_SUPPORTED_STATES => Command::LeReadSupportedStates,
        opcode::LE_SET_RESOLVABLE_PRIVATE_ADDRESS_TIMEOUT => {
            Command::LeSetResolvablePrivateAddressTimeout(r.u16()?)
        }
        opcode::LE_READ_TRANSMIT_POWER => Command::LeReadTransmitPower,
        opcode::LE_READ_BUFFER_SIZE_V2 => Command::LeReadBufferSizeV2,
        _ => return Ok(None),
    };
    reader.end(Some(command))
}

/// Writes the parameters, if the command is one of this module.
pub(super) fn encode(command: &Command, w: &mut Writer<LONGEST>) -> bool {
    match command {
        Command::SetEventMaskPage2(mask) => w.u64(*mask),
        Command::SetControllerToHostFlowControl(mode) => w.u8(*mode),
        Command::HostBufferSize { acl_length, synchronous_length, acl_packets, synchronous_packets } => {
            w.u16(*acl_length).u8(*synchronous_length).u16(*acl_packets).u16(*synchronous_packets)
        }
        Command::HostNumberOfCompletedPackets { handle, count } => w.u8(1).u16(*handle).u16(*count),
        Command::ReadTransmitPowerLevel { handle, kind } => w.u16(*handle).u8(*kind),
        Command::ReadRssi { handle } => w.u16(*handle),
        Command::LeEncrypt { key, plaintext } => w.slice(&key.to_le_bytes()).slice(&plaintext.to_le_bytes()),
        Command::LeSetResolvablePrivateAddressTimeout(timeout) => w.u16(*timeout),
        Command::ReadLocalVersionInformation
        | Command::ReadLocalSupportedCommands
        | Command::ReadLocalSupportedFeatures
        | Command::ReadBufferSize
        | Command::LeReadAdvertisingPhysicalChannelTxPower
        | Command::LeRand
        | Command::LeReadSupportedStates
        | Command::LeReadTransmitPower
        | Command::LeReadBufferSizeV2 => w,
        _ => return false,
    };
    true
}

impl Command {
    /// The opcode of a command of this module.
    ///
    /// # Panics
    /// If it is of another.
    pub(super) const fn opcode_of_information(&self) -> u16 {
        match self {
            Self::SetEventMaskPage2(_) => opcode::SET_EVENT_MASK_PAGE_2,
            Self::SetControllerToHostFlowControl(_) => opcode::SET_CONTROLLER_TO_HOST_FLOW_CONTROL,
            Self::HostBufferSize { .. } => opcode::HOST_BUFFER_SIZE,
            Self::HostNumberOfCompletedPackets { .. } => opcode::HOST_NUMBER_OF_COMPLETED_PACKETS,
            Self::ReadTransmitPowerLevel { .. } => opcode::READ_TRANSMIT_POWER_LEVEL,
            Self::ReadLocalVersionInformation => opcode::READ_LOCAL_VERSION_INFORMATION,
            Self::ReadLocalSupportedCommands => opcode::READ_LOCAL_SUPPORTED_COMMANDS,
            Self::ReadLocalSupportedFeatures => opcode::READ_LOCAL_SUPPORTED_FEATURES,
            Self::ReadBufferSize => opcode::READ_BUFFER_SIZE,
            Self::ReadRssi { .. } => opcode::READ_RSSI,
            Self::LeReadAdvertisingPhysicalChannelTxPower => {
                opcode::LE_READ_ADVERTISING_PHYSICAL_CHANNEL_TX_POWER
            }
            Self::LeEncrypt { .. } => opcode::LE_ENCRYPT,
            Self::LeRand => opcode::LE_RAND,
            Self::LeReadSupportedStates => opcode::LE_READ_SUPPORTED_STATES,
            Self::LeSetResolvablePrivateAddressTimeout(_) => {
                opcode::LE_SET_RESOLVABLE_PRIVATE_ADDRESS_TIMEOUT
            }
            Self::LeReadTransmitPower => opcode::LE_READ_TRANSMIT_POWER,
            Self::LeReadBufferSizeV2 => opcode::LE_READ_BUFFER_SIZE_V2,
            _ => panic!("the opcodes of the other commands are in `Command::opcode`"),
        }
    }
}
