//! Commands of the filter accept list and of extended advertising: their parameters and their form on the
//! wire, Vol 4 Part E 7.8.14 to 7.8.66.
//!
//! Invariant: decoding is the exact inverse of encoding; values are not judged here.

use super::{Command, LONGEST, opcode};
use crate::wire::{Reader, Writer};
use crate::{Address, AddressKind, DecodeError, Octets};

/// HCI_LE_Set_Extended_Advertising_Parameters, Vol 4 Part E 7.8.53.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeSetExtendedAdvertisingParameters {
    /// Advertising_Handle.
    pub set: u8,
    /// Advertising_Event_Properties: bit 0 connectable, 1 scannable, 2 directed, 3 high duty cycle, 4 legacy PDUs,
    /// 5 anonymous, 6 with TX power.
    pub properties: u16,
    /// Shortest primary advertising interval, in 0.625 ms; the low 24 bits travel.
    pub interval_min: u32,
    /// Longest primary advertising interval, in 0.625 ms; the low 24 bits travel.
    pub interval_max: u32,
    /// Advertising channels: bit 0 is channel 37, bit 1 is 38, bit 2 is 39.
    pub channel_map: u8,
    /// Which own address to use.
    pub own_address_kind: AddressKind,
    /// Whom directed advertising is for.
    pub peer: Address,
    /// Who may scan and connect: 0 anyone.
    pub filter_policy: u8,
    /// Advertising_TX_Power in dBm; 127 for no preference.
    pub tx_power: i8,
    /// Primary_Advertising_PHY: 1 LE 1M, 3 LE Coded.
    pub primary_phy: u8,
    /// Advertising events that may be skipped on the secondary channel.
    pub secondary_max_skip: u8,
    /// Secondary_Advertising_PHY: 1 LE 1M, 2 LE 2M, 3 LE Coded.
    pub secondary_phy: u8,
    /// Advertising_SID.
    pub sid: u8,
    /// Whether to tell the host of scan requests.
    pub scan_request_notification: bool,
}

/// HCI_LE_Set_Extended_Advertising_Data, Vol 4 Part E 7.8.54, and HCI_LE_Set_Extended_Scan_Response_Data, 7.8.55.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeSetExtendedAdvertisingData {
    /// Advertising_Handle.
    pub set: u8,
    /// Operation: 0 middle, 1 first and 2 last piece, 3 all of it, 4 unchanged but for a new data ID.
    pub operation: u8,
    /// Fragment_Preference.
    pub fragment_preference: u8,
    /// The data.
    pub data: Octets<251>,
}

/// One set of HCI_LE_Set_Extended_Advertising_Enable, Vol 4 Part E 7.8.56.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AdvertisingSetEnable {
    /// Advertising_Handle.
    pub set: u8,
    /// In 10 ms; 0 until it is disabled.
    pub duration: u16,
    /// Max_Extended_Advertising_Events; 0 for no bound.
    pub max_events: u8,
}

/// Scanning on one PHY, Vol 4 Part E 7.8.64.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScanningPhy {
    /// Scan_Type: 0 passive, 1 active.
    pub kind: u8,
    /// From one scan's start to the next, in 0.625 ms.
    pub interval: u16,
    /// How long each scan lasts, in 0.625 ms.
    pub window: u16,
}

/// HCI_LE_Set_Extended_Scan_Parameters, Vol 4 Part E 7.8.64.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeSetExtendedScanParameters {
    /// Which own address to use.
    pub own_address_kind: AddressKind,
    /// Whose advertisements count: 0 anyone's.
    pub filter_policy: u8,
    /// Scanning on LE 1M, then on LE Coded.
    pub phys: [Option<ScanningPhy>; 2],
}

/// Initiating on one PHY, Vol 4 Part E 7.8.66.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InitiatingPhy {
    /// From one scan's start to the next, in 0.625 ms.
    pub scan_interval: u16,
    /// How long each scan lasts, in 0.625 ms.
    pub scan_window: u16,
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

/// HCI_LE_Extended_Create_Connection, Vol 4 Part E 7.8.66.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeExtendedCreateConnection {
    /// Initiator_Filter_Policy: 0 the peer named here, 1 the filter accept list.
    pub filter_policy: u8,
    /// Which own address to use.
    pub own_address_kind: AddressKind,
    /// Whom to connect to.
    pub peer: Address,
    /// Initiating on LE 1M, on LE 2M, on LE Coded. Only 1M and Coded are scanned on.
    pub phys: [Option<InitiatingPhy>; 3],
}

/// The commands of this module; `None` for any other opcode, and for one that carries more than its variant.
pub(super) fn decode(opcode: u16, parameters: &[u8]) -> Result<Option<Command>, DecodeError> {
    let mut reader = Reader::new(parameters);
    let r = &mut reader;
    let command = match opcode {
        opcode::LE_READ_FILTER_ACCEPT_LIST_SIZE => Command::LeReadFilterAcceptListSize,
        opcode::LE_CLEAR_FILTER_ACCEPT_LIST => Command::LeClearFilterAcceptList,
        opcode::LE_ADD_DEVICE_TO_FILTER_ACCEPT_LIST => {
            Command::LeAddDeviceToFilterAcceptList(r.address("Address_Type")?)
        }
        opcode::LE_REMOVE_DEVICE_FROM_FILTER_ACCEPT_LIST => {
            Command::LeRemoveDeviceFromFilterAcceptList(r.address("Address_Type")?)
        }
        opcode::LE_ADD_DEVICE_TO_RESOLVING_LIST => Command::LeAddDeviceToResolvingList {
            peer: r.address("Peer_Identity_Address_Type")?,
            peer_irk: u128::from_le_bytes(r.array()?),
            local_irk: u128::from_le_bytes(r.array()?),
        },
        opcode::LE_REMOVE_DEVICE_FROM_RESOLVING_LIST => {
            Command::LeRemoveDeviceFromResolvingList(r.address("Peer_Identity_Address_Type")?)
        }
        opcode::LE_CLEAR_RESOLVING_LIST => Command::LeClearResolvingList,
        opcode::LE_READ_RESOLVING_LIST_SIZE => Command::LeReadResolvingListSize,
        opcode::LE_SET_ADDRESS_RESOLUTION_ENABLE => match r.u8()? {
            enable @ 0..=1 => Command::LeSetAddressResolutionEnable(enable == 1),
            _ => return Ok(None),
        },
        opcode::LE_SET_PRIVACY_MODE => {
            Command::LeSetPrivacyMode { peer: r.address("Peer_Identity_Address_Type")?, mode: r.u8()? }
        }
        opcode::LE_SET_ADVERTISING_SET_RANDOM_ADDRESS => Command::LeSetAdvertisingSetRandomAddress {
            set: r.u8()?,
            address: Address::from_wire(AddressKind::Random, r.array()?),
        },
        opcode::LE_SET_EXTENDED_ADVERTISING_PARAMETERS => advertising_parameters(r)?,
        opcode::LE_SET_EXTENDED_ADVERTISING_DATA => Command::LeSetExtendedAdvertisingData(data(r)?),
        opcode::LE_SET_EXTENDED_SCAN_RESPONSE_DATA => Command::LeSetExtendedScanResponseData(data(r)?),
        opcode::LE_SET_EXTENDED_ADVERTISING_ENABLE => {
            let (enable, sets) = (r.flag("Enable")?, r.u8()?);
            let set = match sets {
                0 => None,
                1 => Some(AdvertisingSetEnable { set: r.u8()?, duration: r.u16()?, max_events: r.u8()? }),
                _ => return Ok(None),
            };
            Command::LeSetExtendedAdvertisingEnable { enable, set }
        }
        opcode::LE_READ_MAXIMUM_ADVERTISING_DATA_LENGTH => Command::LeReadMaximumAdvertisingDataLength,
        opcode::LE_READ_NUMBER_OF_SUPPORTED_ADVERTISING_SETS => {
            Command::LeReadNumberOfSupportedAdvertisingSets
        }
        opcode::LE_REMOVE_ADVERTISING_SET => Command::LeRemoveAdvertisingSet(r.u8()?),
        opcode::LE_CLEAR_ADVERTISING_SETS => Command::LeClearAdvertisingSets,
        opcode::LE_SET_EXTENDED_SCAN_PARAMETERS => scan_parameters(r)?,
        opcode::LE_SET_EXTENDED_SCAN_ENABLE => Command::LeSetExtendedScanEnable {
            enable: r.flag("Enable")?,
            filter_duplicates: r.u8()?,
            duration: r.u16()?,
            period: r.u16()?,
        },
        opcode::LE_EXTENDED_CREATE_CONNECTION => create_connection(r)?,
        _ => return Ok(None),
    };
    reader.end(Some(command))
}

fn u24(r: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let [low, middle, high] = r.array()?;
    Ok(u32::from_le_bytes([low, middle, high, 0]))
}

fn advertising_parameters(r: &mut Reader<'_>) -> Result<Command, DecodeError> {
    Ok(Command::LeSetExtendedAdvertisingParameters(LeSetExtendedAdvertisingParameters {
        set: r.u8()?,
        properties: r.u16()?,
        interval_min: u24(r)?,
        interval_max: u24(r)?,
        channel_map: r.u8()?,
        own_address_kind: r.address_kind("Own_Address_Type")?,
        peer: r.address("Peer_Address_Type")?,
        filter_policy: r.u8()?,
        tx_power: i8::from_le_bytes(r.array()?),
        primary_phy: r.u8()?,
        secondary_max_skip: r.u8()?,
        secondary_phy: r.u8()?,
        sid: r.u8()?,
        scan_request_notification: r.flag("Scan_Request_Notification_Enable")?,
    }))
}

fn data(r: &mut Reader<'_>) -> Result<LeSetExtendedAdvertisingData, DecodeError> {
    let (set, operation, fragment_preference) = (r.u8()?, r.u8()?, r.u8()?);
    let says = usize::from(r.u8()?);
    let data: Octets<251> = r.rest()?;
    if data.len() != says {
        return Err(DecodeError::BadLength { says, got: data.len() });
    }
    Ok(LeSetExtendedAdvertisingData { set, operation, fragment_preference, data })
}

/// Checks a field of one bit a PHY, of which only those of `known` may be set.
fn phy_bits(r: &mut Reader<'_>, field: &'static str, known: u8) -> Result<u8, DecodeError> {
    match r.u8()? {
        bits if bits & !known == 0 => Ok(bits),
        bits => Err(DecodeError::BadValue { field, value: u64::from(bits) }),
    }
}

fn scan_parameters(r: &mut Reader<'_>) -> Result<Command, DecodeError> {
    let (own_address_kind, filter_policy) = (r.address_kind("Own_Address_Type")?, r.u8()?);
    let bits = phy_bits(r, "Scanning_PHYs", 0b101)?;
    let mut phys = [None; 2];
    for (phy, bit) in phys.iter_mut().zip([0b001, 0b100]) {
        if bits & bit != 0 {
            *phy = Some(ScanningPhy { kind: r.u8()?, interval: r.u16()?, window: r.u16()? });
        }
    }
    let parameters = LeSetExtendedScanParameters { own_address_kind, filter_policy, phys };
    Ok(Command::LeSetExtendedScanParameters(parameters))
}

fn create_connection(r: &mut Reader<'_>) -> Result<Command, DecodeError> {
    let (filter_policy, own_address_kind) = (r.u8()?, r.address_kind("Own_Address_Type")?);
    let peer = r.address("Peer_Address_Type")?;
    let bits = phy_bits(r, "Initiating_PHYs", 0b111)?;
    let mut phys = [None; 3];
    for (phy, bit) in phys.iter_mut().zip([0b001, 0b010, 0b100]) {
        if bits & bit != 0 {
            *phy = Some(InitiatingPhy {
                scan_interval: r.u16()?,
                scan_window: r.u16()?,
                interval_min: r.u16()?,
                interval_max: r.u16()?,
                latency: r.u16()?,
                timeout: r.u16()?,
                min_ce_length: r.u16()?,
                max_ce_length: r.u16()?,
            });
        }
    }
    let request = LeExtendedCreateConnection { filter_policy, own_address_kind, peer, phys };
    Ok(Command::LeExtendedCreateConnection(request))
}

/// Writes the parameters, if the command is one of this module.
pub(super) fn encode(command: &Command, w: &mut Writer<LONGEST>) -> bool {
    match command {
        Command::LeReadFilterAcceptListSize
        | Command::LeClearFilterAcceptList
        | Command::LeClearResolvingList
        | Command::LeReadResolvingListSize
        | Command::LeReadMaximumAdvertisingDataLength
        | Command::LeReadNumberOfSupportedAdvertisingSets
        | Command::LeClearAdvertisingSets => w,
        Command::LeAddDeviceToFilterAcceptList(address)
        | Command::LeRemoveDeviceFromFilterAcceptList(address)
        | Command::LeRemoveDeviceFromResolvingList(address) => w.address(*address),
        Command::LeAddDeviceToResolvingList { peer, peer_irk, local_irk } => {
            w.address(*peer).slice(&peer_irk.to_le_bytes()).slice(&local_irk.to_le_bytes())
        }
        Command::LeSetAddressResolutionEnable(enable) => w.u8(u8::from(*enable)),
        Command::LeSetPrivacyMode { peer, mode } => w.address(*peer).u8(*mode),
        Command::LeSetAdvertisingSetRandomAddress { set, address } => w.u8(*set).slice(&address.to_wire()),
        Command::LeSetExtendedAdvertisingParameters(p) => put_advertising_parameters(p, w),
        Command::LeSetExtendedAdvertisingData(p) | Command::LeSetExtendedScanResponseData(p) => {
            w.u8(p.set).u8(p.operation).u8(p.fragment_preference).length_u8(&p.data).slice(&p.data)
        }
        Command::LeSetExtendedAdvertisingEnable { enable, set } => {
            w.u8(u8::from(*enable)).u8(u8::from(set.is_some()));
            if let Some(AdvertisingSetEnable { set, duration, max_events }) = set {
                w.u8(*set).u16(*duration).u8(*max_events);
            }
            w
        }
        Command::LeRemoveAdvertisingSet(set) => w.u8(*set),
        Command::LeSetExtendedScanParameters(p) => put_scan_parameters(p, w),
        Command::LeSetExtendedScanEnable { enable, filter_duplicates, duration, period } => {
            w.u8(u8::from(*enable)).u8(*filter_duplicates).u16(*duration).u16(*period)
        }
        Command::LeExtendedCreateConnection(p) => put_create_connection(p, w),
        _ => return false,
    };
    true
}

fn put_advertising_parameters<'a>(
    p: &LeSetExtendedAdvertisingParameters,
    w: &'a mut Writer<LONGEST>,
) -> &'a mut Writer<LONGEST> {
    w.u8(p.set)
        .u16(p.properties)
        .slice(&p.interval_min.to_le_bytes()[..3])
        .slice(&p.interval_max.to_le_bytes()[..3])
        .u8(p.channel_map)
        .address_kind(p.own_address_kind)
        .address(p.peer)
        .u8(p.filter_policy)
        .slice(&p.tx_power.to_le_bytes())
        .u8(p.primary_phy)
        .u8(p.secondary_max_skip)
        .u8(p.secondary_phy)
        .u8(p.sid)
        .u8(u8::from(p.scan_request_notification))
}

fn put_scan_parameters<'a>(
    p: &LeSetExtendedScanParameters,
    w: &'a mut Writer<LONGEST>,
) -> &'a mut Writer<LONGEST> {
    let bits = p.phys.iter().zip([0b001, 0b100]).filter(|(phy, _)| phy.is_some()).map(|(_, bit)| bit).sum();
    w.address_kind(p.own_address_kind).u8(p.filter_policy).u8(bits);
    for phy in p.phys.iter().flatten() {
        w.u8(phy.kind).u16(phy.interval).u16(phy.window);
    }
    w
}

fn put_create_connection<'a>(
    p: &LeExtendedCreateConnection,
    w: &'a mut Writer<LONGEST>,
) -> &'a mut Writer<LONGEST> {
    let bits = p.phys.iter().zip([0b001, 0b010, 0b100]);
    let bits = bits.filter(|(phy, _)| phy.is_some()).map(|(_, bit)| bit).sum();
    w.u8(p.filter_policy).address_kind(p.own_address_kind).address(p.peer).u8(bits);
    for phy in p.phys.iter().flatten() {
        w.u16(phy.scan_interval)
            .u16(phy.scan_window)
            .u16(phy.interval_min)
            .u16(phy.interval_max)
            .u16(phy.latency)
            .u16(phy.timeout)
            .u16(phy.min_ce_length)
            .u16(phy.max_ce_length);
    }
    w
}
