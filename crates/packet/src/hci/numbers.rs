//! The numbers of events, Vol 4 Part E 7.7 and, below LE Meta, 7.7.65.
//!
//! Invariant: each is here once, whether or not [`super::Event`] has a variant for it.

/// Event codes, Vol 4 Part E 7.7.
pub mod event_code {
    /// `HCI_Connection_Complete`
    pub const CONNECTION_COMPLETE: u8 = 0x03;
    /// `HCI_Disconnection_Complete`
    pub const DISCONNECTION_COMPLETE: u8 = 0x05;
    /// `HCI_Encryption_Change`
    pub const ENCRYPTION_CHANGE: u8 = 0x08;
    /// `HCI_Read_Remote_Version_Information_Complete`
    pub const READ_REMOTE_VERSION_INFORMATION_COMPLETE: u8 = 0x0C;
    /// `HCI_Command_Complete`
    pub const COMMAND_COMPLETE: u8 = 0x0E;
    /// `HCI_Command_Status`
    pub const COMMAND_STATUS: u8 = 0x0F;
    /// `HCI_Number_Of_Completed_Packets`
    pub const NUMBER_OF_COMPLETED_PACKETS: u8 = 0x13;
    /// `HCI_Encryption_Key_Refresh_Complete`
    pub const ENCRYPTION_KEY_REFRESH_COMPLETE: u8 = 0x30;
    /// `HCI_LE_Meta`
    pub const LE_META: u8 = 0x3E;
    /// `HCI_Authenticated_Payload_Timeout_Expired`
    pub const AUTHENTICATED_PAYLOAD_TIMEOUT_EXPIRED: u8 = 0x57;
    /// `HCI_Encryption_Change [v2]`
    pub const ENCRYPTION_CHANGE_V2: u8 = 0x59;
}

/// Subevent codes of the LE Meta event, Vol 4 Part E 7.7.65.
pub mod subevent {
    /// `HCI_LE_Connection_Complete`
    pub const CONNECTION_COMPLETE: u8 = 0x01;
    /// `HCI_LE_Advertising_Report`
    pub const ADVERTISING_REPORT: u8 = 0x02;
    /// `HCI_LE_Connection_Update_Complete`
    pub const CONNECTION_UPDATE_COMPLETE: u8 = 0x03;
    /// `HCI_LE_Read_Remote_Features_Complete`
    pub const READ_REMOTE_FEATURES_COMPLETE: u8 = 0x04;
    /// `HCI_LE_Long_Term_Key_Request`
    pub const LONG_TERM_KEY_REQUEST: u8 = 0x05;
    /// `HCI_LE_Remote_Connection_Parameter_Request`
    pub const REMOTE_CONNECTION_PARAMETER_REQUEST: u8 = 0x06;
    /// `HCI_LE_Data_Length_Change`
    pub const DATA_LENGTH_CHANGE: u8 = 0x07;
    /// `HCI_LE_Generate_DHKey_Complete`
    pub const GENERATE_DHKEY_COMPLETE: u8 = 0x09;
    /// `HCI_LE_Enhanced_Connection_Complete`
    pub const ENHANCED_CONNECTION_COMPLETE: u8 = 0x0A;
    /// `HCI_LE_PHY_Update_Complete`
    pub const PHY_UPDATE_COMPLETE: u8 = 0x0C;
    /// `HCI_LE_Extended_Advertising_Report`
    pub const EXTENDED_ADVERTISING_REPORT: u8 = 0x0D;
    /// `HCI_LE_Scan_Timeout`
    pub const SCAN_TIMEOUT: u8 = 0x11;
    /// `HCI_LE_Advertising_Set_Terminated`
    pub const ADVERTISING_SET_TERMINATED: u8 = 0x12;
    /// `HCI_LE_Scan_Request_Received`
    pub const SCAN_REQUEST_RECEIVED: u8 = 0x13;
    /// `HCI_LE_Channel_Selection_Algorithm`
    pub const CHANNEL_SELECTION_ALGORITHM: u8 = 0x14;
    /// `HCI_LE_Request_Peer_SCA_Complete`
    pub const REQUEST_PEER_SCA_COMPLETE: u8 = 0x1F;
    /// `HCI_LE_Enhanced_Connection_Complete [v2]`
    pub const ENHANCED_CONNECTION_COMPLETE_V2: u8 = 0x29;
}
