//! Events, Vol 4 Part E 7.7.
//!
//! Invariant: an event with another code, another subevent code, or more entries than the variant holds
//! (several handles, several reports) travels as [`Event::Unknown`], byte for byte.

mod discovery;
mod parameters;

pub use discovery::{LeEnhancedConnectionComplete, LeExtendedAdvertisingReport};

use super::ErrorCode;
use super::numbers::{event_code as code, subevent};
use crate::wire::{Reader, Writer};
use crate::{Address, DecodeError, Octets};

/// The longest packet: code, length, 255 octets of parameters (Vol 4 Part E 5.4.4).
const LONGEST: usize = 2 + 255;

/// An event, Vol 4 Part E 7.7.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Vol 4 Part E 7.7.5.
    DisconnectionComplete {
        /// Whether the link is gone.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// Why it is gone.
        reason: ErrorCode,
    },
    /// Vol 4 Part E 7.7.8, version 1.
    EncryptionChange {
        /// Why the change failed, if it did.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// Encryption_Enabled: 0 off, 1 on with AES-CCM on LE.
        enabled: u8,
    },
    /// Vol 4 Part E 7.7.14.
    CommandComplete {
        /// Num_HCI_Command_Packets: how many commands the host may send now.
        packets: u8,
        /// Which command.
        opcode: u16,
        /// What it returns, as it travels: the status first where there is one.
        parameters: Octets<252>,
    },
    /// Vol 4 Part E 7.7.15.
    CommandStatus {
        /// Success if the command is under way.
        status: ErrorCode,
        /// Num_HCI_Command_Packets: how many commands the host may send now.
        packets: u8,
        /// Which command.
        opcode: u16,
    },
    /// Vol 4 Part E 7.7.19, for one connection.
    NumberOfCompletedPackets {
        /// Connection handle.
        handle: u16,
        /// Packets sent or flushed since the last such event.
        count: u16,
    },
    /// Vol 4 Part E 7.7.39.
    EncryptionKeyRefreshComplete {
        /// Why the refresh failed, if it did.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.7.65.1.
    LeConnectionComplete {
        /// Why there is no connection, if there is none.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// 0 central, 1 peripheral.
        role: u8,
        /// The peer.
        peer: Address,
        /// Connection interval, in 1.25 ms.
        interval: u16,
        /// Peripheral latency, in connection events.
        latency: u16,
        /// Supervision timeout, in 10 ms.
        timeout: u16,
        /// Central_Clock_Accuracy: 0 is 500 ppm, 7 is 20 ppm.
        clock_accuracy: u8,
    },
    /// Vol 4 Part E 7.7.65.2, one report.
    LeAdvertisingReport(LeAdvertisingReport),
    /// Vol 4 Part E 7.7.65.3.
    LeConnectionUpdateComplete {
        /// Why the parameters did not change, if they did not.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// Connection interval, in 1.25 ms.
        interval: u16,
        /// Peripheral latency, in connection events.
        latency: u16,
        /// Supervision timeout, in 10 ms.
        timeout: u16,
    },
    /// Vol 4 Part E 7.7.65.5.
    LeLongTermKeyRequest {
        /// Connection handle.
        handle: u16,
        /// The number that names the key, with `ediv`.
        rand: u64,
        /// Encrypted diversifier.
        ediv: u16,
    },
    /// Vol 4 Part E 7.7.12.
    ReadRemoteVersionInformationComplete {
        /// Why the version is not known, if it is not.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// The version of the specification, an assigned number.
        version: u8,
        /// The controller's maker, an assigned number.
        company: u16,
        /// The maker's own number of the implementation.
        subversion: u16,
    },
    /// Vol 4 Part E 7.7.75.
    AuthenticatedPayloadTimeoutExpired {
        /// Connection handle.
        handle: u16,
    },
    /// Vol 4 Part E 7.7.65.4.
    LeReadRemoteFeaturesComplete {
        /// Why the features are not known, if they are not.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// Bit k is feature k of Vol 6 Part B 4.6.
        features: u64,
    },
    /// Vol 4 Part E 7.7.65.6.
    LeRemoteConnectionParameterRequest {
        /// Connection handle.
        handle: u16,
        /// Shortest connection interval, in 1.25 ms.
        interval_min: u16,
        /// Longest connection interval, in 1.25 ms.
        interval_max: u16,
        /// Peripheral latency, in connection events.
        latency: u16,
        /// Supervision timeout, in 10 ms.
        timeout: u16,
    },
    /// Vol 4 Part E 7.7.65.7.
    LeDataLengthChange {
        /// Connection handle.
        handle: u16,
        /// The longest payload sent, without MIC.
        max_tx_octets: u16,
        /// The longest packet sent, in microseconds.
        max_tx_time: u16,
        /// The longest payload received, without MIC.
        max_rx_octets: u16,
        /// The longest packet received, in microseconds.
        max_rx_time: u16,
    },
    /// Vol 4 Part E 7.7.65.12.
    LePhyUpdateComplete {
        /// Why the PHYs did not change, if they were to and did not.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// What is sent with: 1 LE 1M, 2 LE 2M, 3 LE Coded.
        tx_phy: u8,
        /// What is received with, as above.
        rx_phy: u8,
    },
    /// Vol 4 Part E 7.7.65.30.
    LeRequestPeerScaComplete {
        /// Why the accuracy is not known, if it is not.
        status: ErrorCode,
        /// Connection handle.
        handle: u16,
        /// 0 is 500 ppm, 7 is 20 ppm.
        accuracy: u8,
    },
    /// Vol 4 Part E 7.7.65.10, version 1.
    LeEnhancedConnectionComplete(LeEnhancedConnectionComplete),
    /// Vol 4 Part E 7.7.65.13, one report.
    LeExtendedAdvertisingReport(LeExtendedAdvertisingReport),
    /// Vol 4 Part E 7.7.65.17.
    LeScanTimeout,
    /// Vol 4 Part E 7.7.65.18.
    LeAdvertisingSetTerminated {
        /// Success if it ended with a connection.
        status: ErrorCode,
        /// Advertising_Handle.
        set: u8,
        /// The connection's handle, if there is one.
        handle: u16,
        /// Num_Completed_Extended_Advertising_Events.
        events: u8,
    },
    /// Vol 4 Part E 7.7.65.19.
    LeScanRequestReceived {
        /// Advertising_Handle.
        set: u8,
        /// Who asked.
        scanner: Address,
    },
    /// Vol 4 Part E 7.7.65.20.
    LeChannelSelectionAlgorithm {
        /// Connection handle.
        handle: u16,
        /// 0 algorithm #1, 1 algorithm #2.
        algorithm: u8,
    },
    /// Any other event.
    Unknown {
        /// Event code.
        code: u8,
        /// The parameters as they travel, subevent code included.
        parameters: Octets<255>,
    },
}

/// One report of LE Advertising Report, Vol 4 Part E 7.7.65.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeAdvertisingReport {
    /// Event_Type: 0 ADV_IND, 1 ADV_DIRECT_IND, 2 ADV_SCAN_IND, 3 ADV_NONCONN_IND, 4 SCAN_RSP.
    pub kind: u8,
    /// The advertiser.
    pub peer: Address,
    /// Advertising or scan response data.
    pub data: Octets<31>,
    /// Signal strength in dBm; 127 if not available.
    pub rssi: i8,
}

impl Event {
    /// Becomes equal to `other`; of what comes most often, which is short, not much more is copied than there is.
    pub(super) fn copy_from(&mut self, other: &Self) {
        match (other, &mut *self) {
            (
                Self::NumberOfCompletedPackets { handle, count },
                Self::NumberOfCompletedPackets { handle: own_handle, count: own_count },
            ) => (*own_handle, *own_count) = (*handle, *count),
            (
                Self::CommandComplete { packets, opcode, parameters },
                Self::CommandComplete { packets: own_packets, opcode: own_opcode, parameters: own },
            ) => {
                (*own_packets, *own_opcode) = (*packets, *opcode);
                own.copy_from(parameters);
            }
            _ => *self = *other,
        }
    }

    /// The event code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::DisconnectionComplete { .. } => code::DISCONNECTION_COMPLETE,
            Self::EncryptionChange { .. } => code::ENCRYPTION_CHANGE,
            Self::CommandComplete { .. } => code::COMMAND_COMPLETE,
            Self::CommandStatus { .. } => code::COMMAND_STATUS,
            Self::NumberOfCompletedPackets { .. } => code::NUMBER_OF_COMPLETED_PACKETS,
            Self::EncryptionKeyRefreshComplete { .. } => code::ENCRYPTION_KEY_REFRESH_COMPLETE,
            Self::LeConnectionComplete { .. }
            | Self::LeAdvertisingReport(_)
            | Self::LeConnectionUpdateComplete { .. }
            | Self::LeLongTermKeyRequest { .. }
            | Self::LeReadRemoteFeaturesComplete { .. }
            | Self::LeRemoteConnectionParameterRequest { .. }
            | Self::LeDataLengthChange { .. }
            | Self::LePhyUpdateComplete { .. }
            | Self::LeRequestPeerScaComplete { .. }
            | Self::LeEnhancedConnectionComplete(_)
            | Self::LeExtendedAdvertisingReport(_)
            | Self::LeScanTimeout
            | Self::LeAdvertisingSetTerminated { .. }
            | Self::LeScanRequestReceived { .. }
            | Self::LeChannelSelectionAlgorithm { .. } => code::LE_META,
            Self::ReadRemoteVersionInformationComplete { .. } => {
                code::READ_REMOTE_VERSION_INFORMATION_COMPLETE
            }
            Self::AuthenticatedPayloadTimeoutExpired { .. } => code::AUTHENTICATED_PAYLOAD_TIMEOUT_EXPIRED,
            Self::Unknown { code, .. } => *code,
        }
    }

    /// The name in the specification, or `None` for [`Self::Unknown`].
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::DisconnectionComplete { .. } => "HCI_Disconnection_Complete",
            Self::EncryptionChange { .. } => "HCI_Encryption_Change",
            Self::CommandComplete { .. } => "HCI_Command_Complete",
            Self::CommandStatus { .. } => "HCI_Command_Status",
            Self::NumberOfCompletedPackets { .. } => "HCI_Number_Of_Completed_Packets",
            Self::EncryptionKeyRefreshComplete { .. } => "HCI_Encryption_Key_Refresh_Complete",
            Self::LeConnectionComplete { .. } => "HCI_LE_Connection_Complete",
            Self::LeAdvertisingReport(_) => "HCI_LE_Advertising_Report",
            Self::LeConnectionUpdateComplete { .. } => "HCI_LE_Connection_Update_Complete",
            Self::LeLongTermKeyRequest { .. } => "HCI_LE_Long_Term_Key_Request",
            Self::ReadRemoteVersionInformationComplete { .. } => {
                "HCI_Read_Remote_Version_Information_Complete"
            }
            Self::AuthenticatedPayloadTimeoutExpired { .. } => "HCI_Authenticated_Payload_Timeout_Expired",
            Self::LeReadRemoteFeaturesComplete { .. } => "HCI_LE_Read_Remote_Features_Complete",
            Self::LeRemoteConnectionParameterRequest { .. } => "HCI_LE_Remote_Connection_Parameter_Request",
            Self::LeDataLengthChange { .. } => "HCI_LE_Data_Length_Change",
            Self::LePhyUpdateComplete { .. } => "HCI_LE_PHY_Update_Complete",
            Self::LeRequestPeerScaComplete { .. } => "HCI_LE_Request_Peer_SCA_Complete",
            Self::LeEnhancedConnectionComplete(_) => "HCI_LE_Enhanced_Connection_Complete",
            Self::LeExtendedAdvertisingReport(_) => "HCI_LE_Extended_Advertising_Report",
            Self::LeScanTimeout => "HCI_LE_Scan_Timeout",
            Self::LeAdvertisingSetTerminated { .. } => "HCI_LE_Advertising_Set_Terminated",
            Self::LeScanRequestReceived { .. } => "HCI_LE_Scan_Request_Received",
            Self::LeChannelSelectionAlgorithm { .. } => "HCI_LE_Channel_Selection_Algorithm",
            Self::Unknown { .. } => return None,
        })
    }

    /// Decodes a packet without its transport's packet indicator.
    ///
    /// # Errors
    /// [`DecodeError`] if the header is cut, the length disagrees, or a known event's parameters break their
    /// format.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let code = reader.u8()?;
        let says = usize::from(reader.u8()?);
        let got = octets.len() - 2;
        if says != got {
            return Err(DecodeError::BadLength { says, got });
        }
        parameters::decode(code, &reader.rest()?)
    }

    /// The packet without its transport's packet indicator.
    #[must_use]
    pub fn encode(&self) -> Octets<LONGEST> {
        let mut writer = Writer::new();
        writer.u8(self.code()).u8(0);
        if !discovery::encode(self, &mut writer) {
            parameters::encode(self, &mut writer);
        }
        writer.with_length_u8(1)
    }
}
