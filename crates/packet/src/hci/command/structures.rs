//! The parameters of commands that have many.
//!
//! Invariant: values are not judged here; whether a controller can follow them is for it to say.

use crate::{Address, AddressKind};

/// HCI_LE_Set_Advertising_Parameters, Vol 4 Part E 7.8.5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeSetAdvertisingParameters {
    /// Shortest advertising interval, in 0.625 ms.
    pub interval_min: u16,
    /// Longest advertising interval, in 0.625 ms.
    pub interval_max: u16,
    /// Advertising_Type: 0 ADV_IND, 1 ADV_DIRECT_IND high duty, 2 ADV_SCAN_IND, 3 ADV_NONCONN_IND,
    /// 4 ADV_DIRECT_IND low duty.
    pub kind: u8,
    /// Which own address to use.
    pub own_address_kind: AddressKind,
    /// Whom directed advertising is for.
    pub peer: Address,
    /// Advertising channels: bit 0 is channel 37, bit 1 is 38, bit 2 is 39.
    pub channel_map: u8,
    /// Who may scan and connect: 0 anyone.
    pub filter_policy: u8,
}

/// HCI_LE_Set_Scan_Parameters, Vol 4 Part E 7.8.10.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeSetScanParameters {
    /// LE_Scan_Type: 0 passive, 1 active.
    pub kind: u8,
    /// From one scan's start to the next, in 0.625 ms.
    pub interval: u16,
    /// How long each scan lasts, in 0.625 ms.
    pub window: u16,
    /// Which own address to use.
    pub own_address_kind: AddressKind,
    /// Whose advertisements count: 0 anyone's.
    pub filter_policy: u8,
}

/// HCI_LE_Create_Connection, Vol 4 Part E 7.8.12.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeCreateConnection {
    /// From one scan's start to the next, in 0.625 ms.
    pub scan_interval: u16,
    /// How long each scan lasts, in 0.625 ms.
    pub scan_window: u16,
    /// Initiator_Filter_Policy: 0 the peer named here, 1 the filter accept list.
    pub filter_policy: u8,
    /// Whom to connect to.
    pub peer: Address,
    /// Which own address to use.
    pub own_address_kind: AddressKind,
    /// Shortest connection interval, in 1.25 ms.
    pub interval_min: u16,
    /// Longest connection interval, in 1.25 ms.
    pub interval_max: u16,
    /// Max_Latency, in connection events.
    pub latency: u16,
    /// Supervision timeout, in 10 ms.
    pub timeout: u16,
    /// Shortest connection event, in 0.625 ms; for information.
    pub min_ce_length: u16,
    /// Longest connection event, in 0.625 ms; for information.
    pub max_ce_length: u16,
}

/// HCI_LE_Connection_Update, Vol 4 Part E 7.8.18, and the reply to a peer that asks for one, 7.8.31.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeConnectionUpdate {
    /// Connection handle.
    pub handle: u16,
    /// Shortest connection interval, in 1.25 ms.
    pub interval_min: u16,
    /// Longest connection interval, in 1.25 ms.
    pub interval_max: u16,
    /// Max_Latency, in connection events.
    pub latency: u16,
    /// Supervision timeout, in 10 ms.
    pub timeout: u16,
    /// Shortest connection event, in 0.625 ms; for information.
    pub min_ce_length: u16,
    /// Longest connection event, in 0.625 ms; for information.
    pub max_ce_length: u16,
}

/// HCI_LE_Set_PHY, Vol 4 Part E 7.8.49.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeSetPhy {
    /// Connection handle.
    pub handle: u16,
    /// ALL_PHYS: bit 0 no preference to send with, bit 1 none to receive with.
    pub all_phys: u8,
    /// To send with: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded.
    pub tx_phys: u8,
    /// To receive with, as above.
    pub rx_phys: u8,
    /// PHY_options: the coding to send with on LE Coded, 0 any, 1 S = 2, 2 S = 8.
    pub options: u16,
}
