//! Commands, Vol 4 Part E 7.1 to 7.8.
//!
//! Invariant: every command of [`COMMANDS`] has its own variant, its own decoding and its own encoding; any
//! other opcode travels as [`Command::Unknown`].

mod extended;
mod information;
mod parameters;
mod structures;

pub use extended::{
    AdvertisingSetEnable, InitiatingPhy, LeExtendedCreateConnection, LeSetExtendedAdvertisingData,
    LeSetExtendedAdvertisingParameters, LeSetExtendedScanParameters, ScanningPhy,
};
pub use structures::{
    LeConnectionUpdate, LeCreateConnection, LeSetAdvertisingParameters, LeSetPhy, LeSetScanParameters,
};

use super::ErrorCode;
use crate::wire::{Reader, Writer};
use crate::{Address, DecodeError, Octets};

/// The longest packet: opcode, length, 255 octets of parameters (Vol 4 Part E 5.4.1).
const LONGEST: usize = 3 + 255;

/// A command, Vol 4 Part E 7.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    /// Vol 4 Part E 7.8.38.
    LeAddDeviceToResolvingList {
        /// The peer's identity address.
        peer: Address,
        /// The peer's IRK; zeros if it has none.
        peer_irk: u128,
        /// The own IRK for this peer; zeros if there is none.
        local_irk: u128,
    },
    /// Vol 4 Part E 7.8.39: the peer's identity address.
    LeRemoveDeviceFromResolvingList(Address),
    /// Vol 4 Part E 7.8.40.
    LeClearResolvingList,
    /// Vol 4 Part E 7.8.41.
    LeReadResolvingListSize,
    /// Vol 4 Part E 7.8.44.
    LeSetAddressResolutionEnable(bool),
    /// Vol 4 Part E 7.8.77.
    LeSetPrivacyMode {
        /// The peer's identity address.
        peer: Address,
        /// 0 network privacy, 1 device privacy: the identity address is accepted too.
        mode: u8,
    },
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
    /// Vol 4 Part E 7.1.23.
    ReadRemoteVersionInformation {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.3.93.
    ReadAuthenticatedPayloadTimeout {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.3.94.
    WriteAuthenticatedPayloadTimeout {
        /// Connection handle.
        handle: u16,
        /// In 10 ms.
        timeout: u16,
    },
    /// Vol 4 Part E 7.8.3.
    LeReadLocalSupportedFeatures,
    /// Vol 4 Part E 7.8.19: bit k is set if data channel k may be used.
    LeSetHostChannelClassification([u8; 5]),
    /// Vol 4 Part E 7.8.20.
    LeReadChannelMap {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.8.21.
    LeReadRemoteFeatures {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.8.31.
    LeRemoteConnectionParameterRequestReply(LeConnectionUpdate),
    /// Vol 4 Part E 7.8.32.
    LeRemoteConnectionParameterRequestNegativeReply {
        /// Connection handle.
        handle: u16,
        /// What the peer is told.
        reason: ErrorCode,
    },
    /// Vol 4 Part E 7.8.33.
    LeSetDataLength {
        /// Connection handle.
        handle: u16,
        /// TX_Octets: the longest payload to send, without MIC.
        octets: u16,
        /// TX_Time: the longest packet to send, in microseconds.
        time: u16,
    },
    /// Vol 4 Part E 7.8.34.
    LeReadSuggestedDefaultDataLength,
    /// Vol 4 Part E 7.8.35.
    LeWriteSuggestedDefaultDataLength {
        /// The longest payload to send on new connections, without MIC.
        octets: u16,
        /// The longest packet to send on new connections, in microseconds.
        time: u16,
    },
    /// Vol 4 Part E 7.8.46.
    LeReadMaximumDataLength,
    /// Vol 4 Part E 7.8.47.
    LeReadPhy {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.8.48.
    LeSetDefaultPhy {
        /// ALL_PHYS: bit 0 no preference to send with, bit 1 none to receive with.
        all_phys: u8,
        /// To send with: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded.
        tx_phys: u8,
        /// To receive with, as above.
        rx_phys: u8,
    },
    /// Vol 4 Part E 7.8.49.
    LeSetPhy(LeSetPhy),
    /// Vol 4 Part E 7.8.108.
    LeRequestPeerSca {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.8.14.
    LeReadFilterAcceptListSize,
    /// Vol 4 Part E 7.8.15.
    LeClearFilterAcceptList,
    /// Vol 4 Part E 7.8.16.
    LeAddDeviceToFilterAcceptList(Address),
    /// Vol 4 Part E 7.8.17.
    LeRemoveDeviceFromFilterAcceptList(Address),
    /// Vol 4 Part E 7.8.52.
    LeSetAdvertisingSetRandomAddress {
        /// Advertising_Handle.
        set: u8,
        /// A random address; the kind does not travel.
        address: Address,
    },
    /// Vol 4 Part E 7.8.53, version 1.
    LeSetExtendedAdvertisingParameters(LeSetExtendedAdvertisingParameters),
    /// Vol 4 Part E 7.8.54.
    LeSetExtendedAdvertisingData(LeSetExtendedAdvertisingData),
    /// Vol 4 Part E 7.8.55.
    LeSetExtendedScanResponseData(LeSetExtendedAdvertisingData),
    /// Vol 4 Part E 7.8.56, for one set or, with `None`, for all; with several sets it travels as
    /// [`Self::Unknown`].
    LeSetExtendedAdvertisingEnable {
        /// Whether to advertise.
        enable: bool,
        /// Which set, and for how long.
        set: Option<AdvertisingSetEnable>,
    },
    /// Vol 4 Part E 7.8.57.
    LeReadMaximumAdvertisingDataLength,
    /// Vol 4 Part E 7.8.58.
    LeReadNumberOfSupportedAdvertisingSets,
    /// Vol 4 Part E 7.8.59: Advertising_Handle.
    LeRemoveAdvertisingSet(u8),
    /// Vol 4 Part E 7.8.60.
    LeClearAdvertisingSets,
    /// Vol 4 Part E 7.8.64.
    LeSetExtendedScanParameters(LeSetExtendedScanParameters),
    /// Vol 4 Part E 7.8.65.
    LeSetExtendedScanEnable {
        /// Whether to scan.
        enable: bool,
        /// Filter_Duplicates: 0 every report, 1 each advertiser once, 2 once a period.
        filter_duplicates: u8,
        /// In 10 ms; 0 until it is disabled.
        duration: u16,
        /// In 1.28 s; 0 for one period only.
        period: u16,
    },
    /// Vol 4 Part E 7.8.66, version 1.
    LeExtendedCreateConnection(LeExtendedCreateConnection),
    /// Vol 4 Part E 7.3.69: the mask.
    SetEventMaskPage2(u64),
    /// Vol 4 Part E 7.3.38: bit 0 for ACL data, bit 1 for synchronous data.
    SetControllerToHostFlowControl(u8),
    /// Vol 4 Part E 7.3.39.
    HostBufferSize {
        /// The longest ACL data the host takes.
        acl_length: u16,
        /// The longest synchronous data it takes.
        synchronous_length: u8,
        /// ACL packets it has room for.
        acl_packets: u16,
        /// Synchronous packets it has room for.
        synchronous_packets: u16,
    },
    /// Vol 4 Part E 7.3.40, for one connection; with another number of them it travels as [`Self::Unknown`].
    HostNumberOfCompletedPackets {
        /// Connection handle.
        handle: u16,
        /// Packets that the host has done with.
        count: u16,
    },
    /// Vol 4 Part E 7.3.35.
    ReadTransmitPowerLevel {
        /// Connection handle.
        handle: u16,
        /// 0 the present level, 1 the highest.
        kind: u8,
    },
    /// Vol 4 Part E 7.4.1.
    ReadLocalVersionInformation,
    /// Vol 4 Part E 7.4.2.
    ReadLocalSupportedCommands,
    /// Vol 4 Part E 7.4.3.
    ReadLocalSupportedFeatures,
    /// Vol 4 Part E 7.4.5.
    ReadBufferSize,
    /// Vol 4 Part E 7.5.4.
    ReadRssi {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.8.6.
    LeReadAdvertisingPhysicalChannelTxPower,
    /// Vol 4 Part E 7.8.22.
    LeEncrypt {
        /// The key as a number: its most significant octet is key[0] of FIPS-197.
        key: u128,
        /// What is to be encrypted, likewise.
        plaintext: u128,
    },
    /// Vol 4 Part E 7.8.23.
    LeRand,
    /// Vol 4 Part E 7.8.27.
    LeReadSupportedStates,
    /// Vol 4 Part E 7.8.45: in seconds.
    LeSetResolvablePrivateAddressTimeout(u16),
    /// Vol 4 Part E 7.8.74.
    LeReadTransmitPower,
    /// Vol 4 Part E 7.8.2, version 2.
    LeReadBufferSizeV2,
    /// Any other opcode.
    Unknown {
        /// OGF in the top 6 bits, OCF in the low 10.
        opcode: u16,
        /// The parameters as they travel.
        parameters: Octets<255>,
    },
}

macro_rules! opcodes {
    ($($constant:ident $opcode:literal $place:tt $name:literal)*) => {
        /// OGF in the top 6 bits, OCF in the low 10 (Vol 4 Part E 5.4.1); the sections are at [`Command`].
        pub mod opcode {
            $(#[doc = concat!("`", $name, "`")] pub const $constant: u16 = $opcode;)*
        }

        /// Every command with a variant of its own: opcode, name, and octet and bit of Supported_Commands (Vol 4
        /// Part E 6.27).
        const COMMANDS: &[(u16, &str, (u8, u8))] = &[$(($opcode, $name, $place)),*];
    };
}

opcodes! {
    DISCONNECT 0x0406 (0, 5) "HCI_Disconnect"
    SET_EVENT_MASK 0x0C01 (5, 6) "HCI_Set_Event_Mask"
    RESET 0x0C03 (5, 7) "HCI_Reset"
    READ_BD_ADDR 0x1009 (15, 1) "HCI_Read_BD_ADDR"
    LE_SET_EVENT_MASK 0x2001 (25, 0) "HCI_LE_Set_Event_Mask"
    LE_READ_BUFFER_SIZE 0x2002 (25, 1) "HCI_LE_Read_Buffer_Size"
    LE_SET_RANDOM_ADDRESS 0x2005 (25, 4) "HCI_LE_Set_Random_Address"
    LE_SET_ADVERTISING_PARAMETERS 0x2006 (25, 5) "HCI_LE_Set_Advertising_Parameters"
    LE_SET_ADVERTISING_DATA 0x2008 (25, 7) "HCI_LE_Set_Advertising_Data"
    LE_SET_SCAN_RESPONSE_DATA 0x2009 (26, 0) "HCI_LE_Set_Scan_Response_Data"
    LE_SET_ADVERTISING_ENABLE 0x200A (26, 1) "HCI_LE_Set_Advertising_Enable"
    LE_SET_SCAN_PARAMETERS 0x200B (26, 2) "HCI_LE_Set_Scan_Parameters"
    LE_SET_SCAN_ENABLE 0x200C (26, 3) "HCI_LE_Set_Scan_Enable"
    LE_CREATE_CONNECTION 0x200D (26, 4) "HCI_LE_Create_Connection"
    LE_CREATE_CONNECTION_CANCEL 0x200E (26, 5) "HCI_LE_Create_Connection_Cancel"
    LE_READ_FILTER_ACCEPT_LIST_SIZE 0x200F (26, 6) "HCI_LE_Read_Filter_Accept_List_Size"
    LE_CLEAR_FILTER_ACCEPT_LIST 0x2010 (26, 7) "HCI_LE_Clear_Filter_Accept_List"
    LE_ADD_DEVICE_TO_FILTER_ACCEPT_LIST 0x2011 (27, 0) "HCI_LE_Add_Device_To_Filter_Accept_List"
    LE_REMOVE_DEVICE_FROM_FILTER_ACCEPT_LIST 0x2012 (27, 1) "HCI_LE_Remove_Device_From_Filter_Accept_List"
    LE_ADD_DEVICE_TO_RESOLVING_LIST 0x2027 (34, 3) "HCI_LE_Add_Device_To_Resolving_List"
    LE_REMOVE_DEVICE_FROM_RESOLVING_LIST 0x2028 (34, 4) "HCI_LE_Remove_Device_From_Resolving_List"
    LE_CLEAR_RESOLVING_LIST 0x2029 (34, 5) "HCI_LE_Clear_Resolving_List"
    LE_READ_RESOLVING_LIST_SIZE 0x202A (34, 6) "HCI_LE_Read_Resolving_List_Size"
    LE_SET_ADDRESS_RESOLUTION_ENABLE 0x202D (35, 1) "HCI_LE_Set_Address_Resolution_Enable"
    LE_SET_PRIVACY_MODE 0x204E (39, 2) "HCI_LE_Set_Privacy_Mode"
    LE_CONNECTION_UPDATE 0x2013 (27, 2) "HCI_LE_Connection_Update"
    LE_ENABLE_ENCRYPTION 0x2019 (28, 0) "HCI_LE_Enable_Encryption"
    LE_LONG_TERM_KEY_REQUEST_REPLY 0x201A (28, 1) "HCI_LE_Long_Term_Key_Request_Reply"
    LE_LONG_TERM_KEY_REQUEST_NEGATIVE_REPLY 0x201B (28, 2) "HCI_LE_Long_Term_Key_Request_Negative_Reply"
    READ_REMOTE_VERSION_INFORMATION 0x041D (2, 7) "HCI_Read_Remote_Version_Information"
    READ_AUTHENTICATED_PAYLOAD_TIMEOUT 0x0C7B (32, 4) "HCI_Read_Authenticated_Payload_Timeout"
    WRITE_AUTHENTICATED_PAYLOAD_TIMEOUT 0x0C7C (32, 5) "HCI_Write_Authenticated_Payload_Timeout"
    LE_READ_LOCAL_SUPPORTED_FEATURES 0x2003 (25, 2) "HCI_LE_Read_Local_Supported_Features"
    LE_SET_HOST_CHANNEL_CLASSIFICATION 0x2014 (27, 3) "HCI_LE_Set_Host_Channel_Classification"
    LE_READ_CHANNEL_MAP 0x2015 (27, 4) "HCI_LE_Read_Channel_Map"
    LE_READ_REMOTE_FEATURES 0x2016 (27, 5) "HCI_LE_Read_Remote_Features"
    LE_REMOTE_CONNECTION_PARAMETER_REQUEST_REPLY 0x2020 (33, 4)
        "HCI_LE_Remote_Connection_Parameter_Request_Reply"
    LE_REMOTE_CONNECTION_PARAMETER_REQUEST_NEGATIVE_REPLY 0x2021 (33, 5)
        "HCI_LE_Remote_Connection_Parameter_Request_Negative_Reply"
    LE_SET_DATA_LENGTH 0x2022 (33, 6) "HCI_LE_Set_Data_Length"
    LE_READ_SUGGESTED_DEFAULT_DATA_LENGTH 0x2023 (33, 7) "HCI_LE_Read_Suggested_Default_Data_Length"
    LE_WRITE_SUGGESTED_DEFAULT_DATA_LENGTH 0x2024 (34, 0) "HCI_LE_Write_Suggested_Default_Data_Length"
    LE_READ_MAXIMUM_DATA_LENGTH 0x202F (35, 3) "HCI_LE_Read_Maximum_Data_Length"
    LE_READ_PHY 0x2030 (35, 4) "HCI_LE_Read_PHY"
    LE_SET_DEFAULT_PHY 0x2031 (35, 5) "HCI_LE_Set_Default_PHY"
    LE_SET_PHY 0x2032 (35, 6) "HCI_LE_Set_PHY"
    LE_REQUEST_PEER_SCA 0x206D (43, 2) "HCI_LE_Request_Peer_SCA"
    LE_SET_ADVERTISING_SET_RANDOM_ADDRESS 0x2035 (36, 1) "HCI_LE_Set_Advertising_Set_Random_Address"
    LE_SET_EXTENDED_ADVERTISING_PARAMETERS 0x2036 (36, 2) "HCI_LE_Set_Extended_Advertising_Parameters"
    LE_SET_EXTENDED_ADVERTISING_DATA 0x2037 (36, 3) "HCI_LE_Set_Extended_Advertising_Data"
    LE_SET_EXTENDED_SCAN_RESPONSE_DATA 0x2038 (36, 4) "HCI_LE_Set_Extended_Scan_Response_Data"
    LE_SET_EXTENDED_ADVERTISING_ENABLE 0x2039 (36, 5) "HCI_LE_Set_Extended_Advertising_Enable"
    LE_READ_MAXIMUM_ADVERTISING_DATA_LENGTH 0x203A (36, 6) "HCI_LE_Read_Maximum_Advertising_Data_Length"
    LE_READ_NUMBER_OF_SUPPORTED_ADVERTISING_SETS 0x203B (36, 7)
        "HCI_LE_Read_Number_of_Supported_Advertising_Sets"
    LE_REMOVE_ADVERTISING_SET 0x203C (37, 0) "HCI_LE_Remove_Advertising_Set"
    LE_CLEAR_ADVERTISING_SETS 0x203D (37, 1) "HCI_LE_Clear_Advertising_Sets"
    LE_SET_EXTENDED_SCAN_PARAMETERS 0x2041 (37, 5) "HCI_LE_Set_Extended_Scan_Parameters"
    LE_SET_EXTENDED_SCAN_ENABLE 0x2042 (37, 6) "HCI_LE_Set_Extended_Scan_Enable"
    LE_EXTENDED_CREATE_CONNECTION 0x2043 (37, 7) "HCI_LE_Extended_Create_Connection"
    SET_EVENT_MASK_PAGE_2 0x0C63 (22, 2) "HCI_Set_Event_Mask_Page_2"
    SET_CONTROLLER_TO_HOST_FLOW_CONTROL 0x0C31 (10, 5) "HCI_Set_Controller_To_Host_Flow_Control"
    HOST_BUFFER_SIZE 0x0C33 (10, 6) "HCI_Host_Buffer_Size"
    HOST_NUMBER_OF_COMPLETED_PACKETS 0x0C35 (10, 7) "HCI_Host_Number_Of_Completed_Packets"
    READ_TRANSMIT_POWER_LEVEL 0x0C2D (10, 2) "HCI_Read_Transmit_Power_Level"
    READ_LOCAL_VERSION_INFORMATION 0x1001 (14, 3) "HCI_Read_Local_Version_Information"
    READ_LOCAL_SUPPORTED_COMMANDS 0x1002 (14, 4) "HCI_Read_Local_Supported_Commands"
    READ_LOCAL_SUPPORTED_FEATURES 0x1003 (14, 5) "HCI_Read_Local_Supported_Features"
    READ_BUFFER_SIZE 0x1005 (14, 7) "HCI_Read_Buffer_Size"
    READ_RSSI 0x1405 (15, 5) "HCI_Read_RSSI"
    LE_READ_ADVERTISING_PHYSICAL_CHANNEL_TX_POWER 0x2007 (25, 6)
        "HCI_LE_Read_Advertising_Physical_Channel_Tx_Power"
    LE_ENCRYPT 0x2017 (27, 6) "HCI_LE_Encrypt"
    LE_RAND 0x2018 (27, 7) "HCI_LE_Rand"
    LE_READ_SUPPORTED_STATES 0x201C (28, 3) "HCI_LE_Read_Supported_States"
    LE_SET_RESOLVABLE_PRIVATE_ADDRESS_TIMEOUT 0x202E (35, 2) "HCI_LE_Set_Resolvable_Private_Address_Timeout"
    LE_READ_TRANSMIT_POWER 0x204B (38, 7) "HCI_LE_Read_Transmit_Power"
    LE_READ_BUFFER_SIZE_V2 0x2060 (41, 5) "HCI_LE_Read_Buffer_Size [v2]"
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
            Self::ReadRemoteVersionInformation { .. } => opcode::READ_REMOTE_VERSION_INFORMATION,
            Self::ReadAuthenticatedPayloadTimeout { .. } => opcode::READ_AUTHENTICATED_PAYLOAD_TIMEOUT,
            Self::WriteAuthenticatedPayloadTimeout { .. } => opcode::WRITE_AUTHENTICATED_PAYLOAD_TIMEOUT,
            Self::LeReadLocalSupportedFeatures => opcode::LE_READ_LOCAL_SUPPORTED_FEATURES,
            Self::LeSetHostChannelClassification(_) => opcode::LE_SET_HOST_CHANNEL_CLASSIFICATION,
            Self::LeReadChannelMap { .. } => opcode::LE_READ_CHANNEL_MAP,
            Self::LeReadRemoteFeatures { .. } => opcode::LE_READ_REMOTE_FEATURES,
            Self::LeRemoteConnectionParameterRequestReply(_) => {
                opcode::LE_REMOTE_CONNECTION_PARAMETER_REQUEST_REPLY
            }
            Self::LeRemoteConnectionParameterRequestNegativeReply { .. } => {
                opcode::LE_REMOTE_CONNECTION_PARAMETER_REQUEST_NEGATIVE_REPLY
            }
            Self::LeSetDataLength { .. } => opcode::LE_SET_DATA_LENGTH,
            Self::LeReadSuggestedDefaultDataLength => opcode::LE_READ_SUGGESTED_DEFAULT_DATA_LENGTH,
            Self::LeWriteSuggestedDefaultDataLength { .. } => opcode::LE_WRITE_SUGGESTED_DEFAULT_DATA_LENGTH,
            Self::LeReadMaximumDataLength => opcode::LE_READ_MAXIMUM_DATA_LENGTH,
            Self::LeReadPhy { .. } => opcode::LE_READ_PHY,
            Self::LeSetDefaultPhy { .. } => opcode::LE_SET_DEFAULT_PHY,
            Self::LeSetPhy(_) => opcode::LE_SET_PHY,
            Self::LeRequestPeerSca { .. } => opcode::LE_REQUEST_PEER_SCA,
            Self::LeAddDeviceToResolvingList { .. } => opcode::LE_ADD_DEVICE_TO_RESOLVING_LIST,
            Self::LeRemoveDeviceFromResolvingList(_) => opcode::LE_REMOVE_DEVICE_FROM_RESOLVING_LIST,
            Self::LeClearResolvingList => opcode::LE_CLEAR_RESOLVING_LIST,
            Self::LeReadResolvingListSize => opcode::LE_READ_RESOLVING_LIST_SIZE,
            Self::LeSetAddressResolutionEnable(_) => opcode::LE_SET_ADDRESS_RESOLUTION_ENABLE,
            Self::LeSetPrivacyMode { .. } => opcode::LE_SET_PRIVACY_MODE,
            Self::LeReadFilterAcceptListSize => opcode::LE_READ_FILTER_ACCEPT_LIST_SIZE,
            Self::LeClearFilterAcceptList => opcode::LE_CLEAR_FILTER_ACCEPT_LIST,
            Self::LeAddDeviceToFilterAcceptList(_) => opcode::LE_ADD_DEVICE_TO_FILTER_ACCEPT_LIST,
            Self::LeRemoveDeviceFromFilterAcceptList(_) => opcode::LE_REMOVE_DEVICE_FROM_FILTER_ACCEPT_LIST,
            Self::LeSetAdvertisingSetRandomAddress { .. } => opcode::LE_SET_ADVERTISING_SET_RANDOM_ADDRESS,
            Self::LeSetExtendedAdvertisingParameters(_) => opcode::LE_SET_EXTENDED_ADVERTISING_PARAMETERS,
            Self::LeSetExtendedAdvertisingData(_) => opcode::LE_SET_EXTENDED_ADVERTISING_DATA,
            Self::LeSetExtendedScanResponseData(_) => opcode::LE_SET_EXTENDED_SCAN_RESPONSE_DATA,
            Self::LeSetExtendedAdvertisingEnable { .. } => opcode::LE_SET_EXTENDED_ADVERTISING_ENABLE,
            Self::LeReadMaximumAdvertisingDataLength => opcode::LE_READ_MAXIMUM_ADVERTISING_DATA_LENGTH,
            Self::LeReadNumberOfSupportedAdvertisingSets => {
                opcode::LE_READ_NUMBER_OF_SUPPORTED_ADVERTISING_SETS
            }
            Self::LeRemoveAdvertisingSet(_) => opcode::LE_REMOVE_ADVERTISING_SET,
            Self::LeClearAdvertisingSets => opcode::LE_CLEAR_ADVERTISING_SETS,
            Self::LeSetExtendedScanParameters(_) => opcode::LE_SET_EXTENDED_SCAN_PARAMETERS,
            Self::LeSetExtendedScanEnable { .. } => opcode::LE_SET_EXTENDED_SCAN_ENABLE,
            Self::LeExtendedCreateConnection(_) => opcode::LE_EXTENDED_CREATE_CONNECTION,
            Self::Unknown { opcode, .. } => *opcode,
            _ => self.opcode_of_information(),
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
        COMMANDS.iter().find(|(known, ..)| *known == opcode).map(|(_, name, _)| *name)
    }

    /// Whether it is answered by Command Status, with an event of its own later, and not by Command Complete (the
    /// sections are at the variants).
    #[must_use]
    pub const fn is_answered_by_status(&self) -> bool {
        matches!(
            self.opcode(),
            opcode::DISCONNECT
                | opcode::READ_REMOTE_VERSION_INFORMATION
                | opcode::LE_CREATE_CONNECTION
                | opcode::LE_EXTENDED_CREATE_CONNECTION
                | opcode::LE_CONNECTION_UPDATE
                | opcode::LE_READ_REMOTE_FEATURES
                | opcode::LE_ENABLE_ENCRYPTION
                | opcode::LE_SET_PHY
                | opcode::LE_REQUEST_PEER_SCA
        )
    }

    /// The opcode of every command that has a variant of its own.
    pub fn opcodes() -> impl Iterator<Item = u16> {
        COMMANDS.iter().map(|&(opcode, ..)| opcode)
    }

    /// Octet and bit of Supported_Commands that stand for the command with this opcode, if it has a variant of its
    /// own (Vol 4 Part E 6.27).
    #[must_use]
    pub fn supported_at(opcode: u16) -> Option<(u8, u8)> {
        COMMANDS.iter().find(|(known, ..)| *known == opcode).map(|&(.., place)| place)
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
        if let Some(command) = extended::decode(opcode, &parameters)? {
            return Ok(command);
        }
        match information::decode(opcode, &parameters)? {
            Some(command) => Ok(command),
            None => parameters::decode(opcode, &parameters),
        }
    }

    /// The packet without its transport's packet indicator.
    #[must_use]
    pub fn encode(&self) -> Octets<LONGEST> {
        let mut writer = Writer::new();
        writer.u16(self.opcode()).u8(0);
        if !extended::encode(self, &mut writer) && !information::encode(self, &mut writer) {
            parameters::encode(self, &mut writer);
        }
        writer.with_length_u8(2)
    }
}
