//! Commands, Vol 4 Part E 7.1 to 7.8.
//!
//! Invariant: every command of [`COMMANDS`] has its own variant, its own decoding and its own encoding; any
//! other opcode travels as [`Command::Unknown`].

mod parameters;
mod structures;

pub use structures::{
    LeConnectionUpdate, LeCreateConnection, LeSetAdvertisingParameters, LeSetScanParameters,
};

use super::ErrorCode;
use crate::wire::{Reader, Writer};
use crate::{Address, DecodeError, Octets};

/// The longest packet: opcode, length, 255 octets of parameters (Vol 4 Part E 5.4.1).
const LONGEST: usize = 3 + 255;

/// A command, Vol 4 Part E 7.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "a value that is copied and never allocated")]
pub enum Command {
    /// Vol 4 Part E 7.1.6.
    Disconnect {
        /// Connection handle.
        handle: u16,
        /// What the peer is told.
        reason: ErrorCode,
    },
    /// Vol 4 Part E 7.3.1: the mask.
    SetEventMask(u64),
    /// Vol 4 Part E 7.3.2.
    Reset,
    /// Vol 4 Part E 7.4.6.
    ReadBdAddr,
    /// Vol 4 Part E 7.8.1: the mask.
    LeSetEventMask(u64),
    /// Vol 4 Part E 7.8.2, version 1.
    LeReadBufferSize,
    /// Vol 4 Part E 7.8.4: a random address; the kind does not travel.
    LeSetRandomAddress(Address),
    /// Vol 4 Part E 7.8.5.
    LeSetAdvertisingParameters(LeSetAdvertisingParameters),
    /// Vol 4 Part E 7.8.7: the significant octets.
    LeSetAdvertisingData(Octets<31>),
    /// Vol 4 Part E 7.8.8: the significant octets.
    LeSetScanResponseData(Octets<31>),
    /// Vol 4 Part E 7.8.9.
    LeSetAdvertisingEnable(bool),
    /// Vol 4 Part E 7.8.10.
    LeSetScanParameters(LeSetScanParameters),
    /// Vol 4 Part E 7.8.11.
    LeSetScanEnable {
        /// Whether to scan.
        enable: bool,
        /// Whether to report each advertiser once.
        filter_duplicates: bool,
    },
    /// Vol 4 Part E 7.8.12.
    LeCreateConnection(LeCreateConnection),
    /// Vol 4 Part E 7.8.13.
    LeCreateConnectionCancel,
    /// Vol 4 Part E 7.8.18.
    LeConnectionUpdate(LeConnectionUpdate),
    /// Vol 4 Part E 7.8.24.
    LeEnableEncryption {
        /// Connection handle.
        handle: u16,
        /// The number that names the key, with `ediv`.
        rand: u64,
        /// Encrypted diversifier.
        ediv: u16,
        /// Long term key.
        ltk: u128,
    },
    /// Vol 4 Part E 7.8.25.
    LeLongTermKeyRequestReply {
        /// Connection handle.
        handle: u16,
        /// Long term key.
        ltk: u128,
    },
    /// Vol 4 Part E 7.8.26.
    LeLongTermKeyRequestNegativeReply {
        /// Connection handle.
        handle: u16,
    },
    /// Any other opcode.
    Unknown {
        /// OGF in the top 6 bits, OCF in the low 10.
        opcode: u16,
        /// The parameters as they travel.
        parameters: Octets<255>,
    },
}

macro_rules! opcodes {
    ($($constant:ident $opcode:literal $name:literal)*) => {
        /// OGF in the top 6 bits, OCF in the low 10 (Vol 4 Part E 5.4.1); the sections are at [`Command`].
        mod opcode {
            $(pub(super) const $constant: u16 = $opcode;)*
        }

        /// Every command with a variant of its own: opcode and name.
        const COMMANDS: &[(u16, &str)] = &[$(($opcode, $name)),*];
    };
}

opcodes! {
    DISCONNECT 0x0406 "HCI_Disconnect"
    SET_EVENT_MASK 0x0C01 "HCI_Set_Event_Mask"
    RESET 0x0C03 "HCI_Reset"
    READ_BD_ADDR 0x1009 "HCI_Read_BD_ADDR"
    LE_SET_EVENT_MASK 0x2001 "HCI_LE_Set_Event_Mask"
    LE_READ_BUFFER_SIZE 0x2002 "HCI_LE_Read_Buffer_Size"
    LE_SET_RANDOM_ADDRESS 0x2005 "HCI_LE_Set_Random_Address"
    LE_SET_ADVERTISING_PARAMETERS 0x2006 "HCI_LE_Set_Advertising_Parameters"
    LE_SET_ADVERTISING_DATA 0x2008 "HCI_LE_Set_Advertising_Data"
    LE_SET_SCAN_RESPONSE_DATA 0x2009 "HCI_LE_Set_Scan_Response_Data"
    LE_SET_ADVERTISING_ENABLE 0x200A "HCI_LE_Set_Advertising_Enable"
    LE_SET_SCAN_PARAMETERS 0x200B "HCI_LE_Set_Scan_Parameters"
    LE_SET_SCAN_ENABLE 0x200C "HCI_LE_Set_Scan_Enable"
    LE_CREATE_CONNECTION 0x200D "HCI_LE_Create_Connection"
    LE_CREATE_CONNECTION_CANCEL 0x200E "HCI_LE_Create_Connection_Cancel"
    LE_CONNECTION_UPDATE 0x2013 "HCI_LE_Connection_Update"
    LE_ENABLE_ENCRYPTION 0x2019 "HCI_LE_Enable_Encryption"
    LE_LONG_TERM_KEY_REQUEST_REPLY 0x201A "HCI_LE_Long_Term_Key_Request_Reply"
    LE_LONG_TERM_KEY_REQUEST_NEGATIVE_REPLY 0x201B "HCI_LE_Long_Term_Key_Request_Negative_Reply"
}

impl Command {
    /// The opcode: OGF in the top 6 bits, OCF in the low 10.
    #[must_use]
    pub const fn opcode(&self) -> u16 {
        match self {
            Self::Disconnect { .. } => opcode::DISCONNECT,
            Self::SetEventMask(_) => opcode::SET_EVENT_MASK,
            Self::Reset => opcode::RESET,
            Self::ReadBdAddr => opcode::READ_BD_ADDR,
            Self::LeSetEventMask(_) => opcode::LE_SET_EVENT_MASK,
            Self::LeReadBufferSize => opcode::LE_READ_BUFFER_SIZE,
            Self::LeSetRandomAddress(_) => opcode::LE_SET_RANDOM_ADDRESS,
            Self::LeSetAdvertisingParameters(_) => opcode::LE_SET_ADVERTISING_PARAMETERS,
            Self::LeSetAdvertisingData(_) => opcode::LE_SET_ADVERTISING_DATA,
            Self::LeSetScanResponseData(_) => opcode::LE_SET_SCAN_RESPONSE_DATA,
            Self::LeSetAdvertisingEnable(_) => opcode::LE_SET_ADVERTISING_ENABLE,
            Self::LeSetScanParameters(_) => opcode::LE_SET_SCAN_PARAMETERS,
            Self::LeSetScanEnable { .. } => opcode::LE_SET_SCAN_ENABLE,
            Self::LeCreateConnection(_) => opcode::LE_CREATE_CONNECTION,
            Self::LeCreateConnectionCancel => opcode::LE_CREATE_CONNECTION_CANCEL,
            Self::LeConnectionUpdate(_) => opcode::LE_CONNECTION_UPDATE,
            Self::LeEnableEncryption { .. } => opcode::LE_ENABLE_ENCRYPTION,
            Self::LeLongTermKeyRequestReply { .. } => opcode::LE_LONG_TERM_KEY_REQUEST_REPLY,
            Self::LeLongTermKeyRequestNegativeReply { .. } => opcode::LE_LONG_TERM_KEY_REQUEST_NEGATIVE_REPLY,
            Self::Unknown { opcode, .. } => *opcode,
        }
    }

    /// The name in the specification, or `None` for [`Self::Unknown`].
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Self::name_of(self.opcode())
    }

    /// The name of the command with this opcode, if it has a variant of its own.
    #[must_use]
    pub fn name_of(opcode: u16) -> Option<&'static str> {
        COMMANDS.iter().find(|(known, _)| *known == opcode).map(|(_, name)| *name)
    }

    /// Decodes a packet without its transport's packet indicator.
    ///
    /// # Errors
    /// [`DecodeError`] if the header is cut, the length disagrees, or a known command's parameters break
    /// their format.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let opcode = reader.u16()?;
        let says = usize::from(reader.u8()?);
        let parameters: Octets<255> = match octets.get(3..) {
            Some(rest) if rest.len() == says => reader.rest()?,
            rest => return Err(DecodeError::BadLength { says, got: rest.map_or(0, <[u8]>::len) }),
        };
        parameters::decode(opcode, &parameters)
    }

    /// The packet without its transport's packet indicator.
    #[must_use]
    pub fn encode(&self) -> Octets<LONGEST> {
        let mut writer = Writer::new();
        writer.u16(self.opcode()).u8(0);
        parameters::encode(self, &mut writer);
        writer.with_length_u8(2)
    }
}
