//! Any value that an HCI packet can hold.

use blesim_packet::hci::{
    AclData, AdvertisingSetEnable, Command, ErrorCode, Event, HciPacket, InitiatingPhy, LeAdvertisingReport,
    LeConnectionUpdate, LeCreateConnection, LeEnhancedConnectionComplete, LeExtendedAdvertisingReport,
    LeExtendedCreateConnection, LeSetAdvertisingParameters, LeSetExtendedAdvertisingData,
    LeSetExtendedAdvertisingParameters, LeSetExtendedScanParameters, LeSetPhy, LeSetScanParameters,
    ScanningPhy,
};
use blesim_packet::{Address, AddressKind, Octets};
use proptest::collection::vec;
use proptest::prelude::*;

pub(crate) fn kind() -> impl Strategy<Value = AddressKind> {
    prop_oneof![Just(AddressKind::Public), Just(AddressKind::Random)]
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    (kind(), any::<[u8; 6]>()).prop_map(|(kind, octets)| Address { kind, octets })
}

pub(crate) fn octets<const N: usize>() -> impl Strategy<Value = Octets<N>> {
    vec(any::<u8>(), 0..=N).prop_map(|octets| Octets::from_slice(&octets).expect("at most N"))
}

fn error() -> impl Strategy<Value = ErrorCode> {
    any::<u8>().prop_map(ErrorCode)
}

fn advertising_parameters() -> impl Strategy<Value = LeSetAdvertisingParameters> {
    (any::<(u16, u16, u8, u8, u8)>(), kind(), address()).prop_map(
        |((interval_min, interval_max, kind, channel_map, filter_policy), own_address_kind, peer)| {
            LeSetAdvertisingParameters {
                interval_min,
                interval_max,
                kind,
                own_address_kind,
                peer,
                channel_map,
                filter_policy,
            }
        },
    )
}

fn create_connection() -> impl Strategy<Value = LeCreateConnection> {
    (any::<([u16; 8], u8)>(), address(), kind()).prop_map(|((n, filter_policy), peer, own_address_kind)| {
        LeCreateConnection {
            scan_interval: n[0],
            scan_window: n[1],
            filter_policy,
            peer,
            own_address_kind,
            interval_min: n[2],
            interval_max: n[3],
            latency: n[4],
            timeout: n[5],
            min_ce_length: n[6],
            max_ce_length: n[7],
        }
    })
}

fn connection_update() -> impl Strategy<Value = LeConnectionUpdate> {
    any::<[u16; 7]>().prop_map(|n| LeConnectionUpdate {
        handle: n[0],
        interval_min: n[1],
        interval_max: n[2],
        latency: n[3],
        timeout: n[4],
        min_ce_length: n[5],
        max_ce_length: n[6],
    })
}

fn scan_parameters() -> impl Strategy<Value = LeSetScanParameters> {
    (any::<(u8, u16, u16, u8)>(), kind()).prop_map(
        |((scan, interval, window, filter_policy), own_address_kind)| LeSetScanParameters {
            kind: scan,
            interval,
            window,
            own_address_kind,
            filter_policy,
        },
    )
}

fn extended_advertising_parameters() -> impl Strategy<Value = LeSetExtendedAdvertisingParameters> {
    (any::<([u8; 7], u16, i8, bool)>(), 0_u32..1 << 24, 0_u32..1 << 24, kind(), address()).prop_map(
        |((n, properties, tx_power, notify), interval_min, interval_max, own_address_kind, peer)| {
            LeSetExtendedAdvertisingParameters {
                set: n[0],
                properties,
                interval_min,
                interval_max,
                channel_map: n[1],
                own_address_kind,
                peer,
                filter_policy: n[2],
                tx_power,
                primary_phy: n[3],
                secondary_max_skip: n[4],
                secondary_phy: n[5],
                sid: n[6],
                scan_request_notification: notify,
            }
        },
    )
}

fn extended_data() -> impl Strategy<Value = LeSetExtendedAdvertisingData> {
    (any::<[u8; 3]>(), octets()).prop_map(|([set, operation, fragment_preference], data)| {
        LeSetExtendedAdvertisingData { set, operation, fragment_preference, data }
    })
}

fn extended_create_connection() -> impl Strategy<Value = LeExtendedCreateConnection> {
    let phy = any::<[u16; 8]>().prop_map(|n| InitiatingPhy {
        scan_interval: n[0],
        scan_window: n[1],
        interval_min: n[2],
        interval_max: n[3],
        latency: n[4],
        timeout: n[5],
        min_ce_length: n[6],
        max_ce_length: n[7],
    });
    let phys = prop::array::uniform3(prop::option::of(phy));
    (any::<u8>(), kind(), address(), phys).prop_map(|(filter_policy, own_address_kind, peer, phys)| {
        LeExtendedCreateConnection { filter_policy, own_address_kind, peer, phys }
    })
}

fn extended_scan_parameters() -> impl Strategy<Value = LeSetExtendedScanParameters> {
    let phy =
        any::<(u8, u16, u16)>().prop_map(|(kind, interval, window)| ScanningPhy { kind, interval, window });
    let phys = prop::array::uniform2(prop::option::of(phy));
    (kind(), any::<u8>(), phys).prop_map(|(own_address_kind, filter_policy, phys)| {
        LeSetExtendedScanParameters { own_address_kind, filter_policy, phys }
    })
}

/// The filter accept list and the commands of extended advertising.
fn discovery_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (address(), any::<[u128; 2]>()).prop_map(|(peer, [peer_irk, local_irk])| {
            Command::LeAddDeviceToResolvingList { peer, peer_irk, local_irk }
        }),
        address().prop_map(Command::LeRemoveDeviceFromResolvingList),
        Just(Command::LeClearResolvingList),
        Just(Command::LeReadResolvingListSize),
        any::<bool>().prop_map(Command::LeSetAddressResolutionEnable),
        (address(), 0..2_u8).prop_map(|(peer, mode)| Command::LeSetPrivacyMode { peer, mode }),
        Just(Command::LeReadFilterAcceptListSize),
        Just(Command::LeClearFilterAcceptList),
        address().prop_map(Command::LeAddDeviceToFilterAcceptList),
        address().prop_map(Command::LeRemoveDeviceFromFilterAcceptList),
        any::<(u8, [u8; 6])>().prop_map(|(set, octets)| Command::LeSetAdvertisingSetRandomAddress {
            set,
            address: Address::random(octets)
        }),
        extended_advertising_parameters().prop_map(Command::LeSetExtendedAdvertisingParameters),
        extended_data().prop_map(Command::LeSetExtendedAdvertisingData),
        extended_data().prop_map(Command::LeSetExtendedScanResponseData),
        (any::<bool>(), prop::option::of(any::<(u8, u16, u8)>())).prop_map(|(enable, set)| {
            let set =
                set.map(|(set, duration, max_events)| AdvertisingSetEnable { set, duration, max_events });
            Command::LeSetExtendedAdvertisingEnable { enable, set }
        }),
        Just(Command::LeReadMaximumAdvertisingDataLength),
        Just(Command::LeReadNumberOfSupportedAdvertisingSets),
        any::<u8>().prop_map(Command::LeRemoveAdvertisingSet),
        Just(Command::LeClearAdvertisingSets),
        extended_scan_parameters().prop_map(Command::LeSetExtendedScanParameters),
        any::<(bool, u8, u16, u16)>().prop_map(|(enable, filter_duplicates, duration, period)| {
            Command::LeSetExtendedScanEnable { enable, filter_duplicates, duration, period }
        }),
        extended_create_connection().prop_map(Command::LeExtendedCreateConnection),
    ]
}

/// What a host asks of its controller about itself, and what it says of its own buffers.
fn information_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<u64>().prop_map(Command::SetEventMaskPage2),
        any::<u8>().prop_map(Command::SetControllerToHostFlowControl),
        any::<(u16, u8, u16, u16)>().prop_map(
            |(acl_length, synchronous_length, acl_packets, synchronous_packets)| Command::HostBufferSize {
                acl_length,
                synchronous_length,
                acl_packets,
                synchronous_packets,
            }
        ),
        any::<(u16, u16)>()
            .prop_map(|(handle, count)| Command::HostNumberOfCompletedPackets { handle, count }),
        any::<(u16, u8)>().prop_map(|(handle, kind)| Command::ReadTransmitPowerLevel { handle, kind }),
        Just(Command::ReadLocalVersionInformation),
        Just(Command::ReadLocalSupportedCommands),
        Just(Command::ReadLocalSupportedFeatures),
        Just(Command::ReadBufferSize),
        any::<u16>().prop_map(|handle| Command::ReadRssi { handle }),
        Just(Command::LeReadAdvertisingPhysicalChannelTxPower),
        any::<(u128, u128)>().prop_map(|(key, plaintext)| Command::LeEncrypt { key, plaintext }),
        Just(Command::LeRand),
        Just(Command::LeReadSupportedStates),
        any::<u16>().prop_map(Command::LeSetResolvablePrivateAddressTimeout),
        Just(Command::LeReadTransmitPower),
        Just(Command::LeReadBufferSizeV2),
    ]
}

/// Every variant; `Unknown` with an opcode of the vendor's group, which no variant has.
pub(crate) fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        (any::<u16>(), error()).prop_map(|(handle, reason)| Command::Disconnect { handle, reason }),
        any::<u64>().prop_map(Command::SetEventMask),
        Just(Command::Reset),
        Just(Command::ReadBdAddr),
        any::<u64>().prop_map(Command::LeSetEventMask),
        Just(Command::LeReadBufferSize),
        any::<[u8; 6]>().prop_map(|octets| Command::LeSetRandomAddress(Address::random(octets))),
        advertising_parameters().prop_map(Command::LeSetAdvertisingParameters),
        octets().prop_map(Command::LeSetAdvertisingData),
        octets().prop_map(Command::LeSetScanResponseData),
        any::<bool>().prop_map(Command::LeSetAdvertisingEnable),
        scan_parameters().prop_map(Command::LeSetScanParameters),
        any::<(bool, bool)>().prop_map(|(enable, filter_duplicates)| {
            Command::LeSetScanEnable { enable, filter_duplicates }
        }),
        create_connection().prop_map(Command::LeCreateConnection),
        Just(Command::LeCreateConnectionCancel),
        connection_update().prop_map(Command::LeConnectionUpdate),
        any::<(u16, u64, u16, u128)>().prop_map(|(handle, rand, ediv, ltk)| Command::LeEnableEncryption {
            handle,
            rand,
            ediv,
            ltk
        }),
        any::<(u16, u128)>().prop_map(|(handle, ltk)| Command::LeLongTermKeyRequestReply { handle, ltk }),
        any::<u16>().prop_map(|handle| Command::LeLongTermKeyRequestNegativeReply { handle }),
        discovery_command(),
        discovery_command(),
        discovery_command(),
        (0xFC00_u16.., octets()).prop_map(|(opcode, parameters)| Command::Unknown { opcode, parameters }),
        connection_command(),
        information_command(),
    ]
}

/// Every variant that controls a connection.
fn connection_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        any::<u16>().prop_map(|handle| Command::ReadRemoteVersionInformation { handle }),
        any::<u16>().prop_map(|handle| Command::ReadAuthenticatedPayloadTimeout { handle }),
        any::<(u16, u16)>()
            .prop_map(|(handle, timeout)| { Command::WriteAuthenticatedPayloadTimeout { handle, timeout } }),
        Just(Command::LeReadLocalSupportedFeatures),
        any::<[u8; 5]>().prop_map(Command::LeSetHostChannelClassification),
        any::<u16>().prop_map(|handle| Command::LeReadChannelMap { handle }),
        any::<u16>().prop_map(|handle| Command::LeReadRemoteFeatures { handle }),
        connection_update().prop_map(Command::LeRemoteConnectionParameterRequestReply),
        (any::<u16>(), error()).prop_map(|(handle, reason)| {
            Command::LeRemoteConnectionParameterRequestNegativeReply { handle, reason }
        }),
        any::<[u16; 3]>().prop_map(|[handle, octets, time]| Command::LeSetDataLength {
            handle,
            octets,
            time
        }),
        Just(Command::LeReadSuggestedDefaultDataLength),
        any::<[u16; 2]>()
            .prop_map(|[octets, time]| { Command::LeWriteSuggestedDefaultDataLength { octets, time } }),
        Just(Command::LeReadMaximumDataLength),
        any::<u16>().prop_map(|handle| Command::LeReadPhy { handle }),
        any::<[u8; 3]>().prop_map(|[all_phys, tx_phys, rx_phys]| {
            Command::LeSetDefaultPhy { all_phys, tx_phys, rx_phys }
        }),
        any::<(u16, [u8; 3], u16)>().prop_map(|(handle, [all_phys, tx_phys, rx_phys], options)| {
            Command::LeSetPhy(LeSetPhy { handle, all_phys, tx_phys, rx_phys, options })
        }),
        any::<u16>().prop_map(|handle| Command::LeRequestPeerSca { handle }),
    ]
}

fn report() -> impl Strategy<Value = LeExtendedAdvertisingReport> {
    (any::<(u16, [u8; 3], [i8; 2], u16)>(), prop::option::of(address()), address(), octets()).prop_map(
        |((kind, n, [tx_power, rssi], periodic_interval), peer, target, data)| LeExtendedAdvertisingReport {
            kind,
            peer,
            primary_phy: n[0],
            secondary_phy: n[1],
            sid: n[2],
            tx_power,
            rssi,
            periodic_interval,
            target,
            data,
        },
    )
}

/// Events of extended advertising and of the connections it leads to.
fn discovery_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (
            error(),
            any::<[u16; 4]>(),
            any::<[u8; 2]>(),
            (address(), any::<bool>()),
            [0_u64..1 << 48, 0..1 << 48]
        )
            .prop_map(
                |(
                    status,
                    n,
                    [role, clock_accuracy],
                    (peer, identity),
                    [local_resolvable, peer_resolvable],
                )| {
                    Event::LeEnhancedConnectionComplete(LeEnhancedConnectionComplete {
                        status,
                        handle: n[0],
                        role,
                        peer,
                        identity,
                        local_resolvable,
                        peer_resolvable,
                        interval: n[1],
                        latency: n[2],
                        timeout: n[3],
                        clock_accuracy,
                    })
                }
            ),
        report().prop_map(Event::LeExtendedAdvertisingReport),
        Just(Event::LeScanTimeout),
        (error(), any::<(u8, u16, u8)>()).prop_map(|(status, (set, handle, events))| {
            Event::LeAdvertisingSetTerminated { status, set, handle, events }
        }),
        (any::<u8>(), address()).prop_map(|(set, scanner)| Event::LeScanRequestReceived { set, scanner }),
        any::<(u16, u8)>()
            .prop_map(|(handle, algorithm)| { Event::LeChannelSelectionAlgorithm { handle, algorithm } }),
    ]
}

fn le_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (error(), any::<[u16; 4]>(), any::<[u8; 2]>(), address()).prop_map(|(status, n, small, peer)| {
            Event::LeConnectionComplete {
                status,
                handle: n[0],
                role: small[0],
                peer,
                interval: n[1],
                latency: n[2],
                timeout: n[3],
                clock_accuracy: small[1],
            }
        }),
        (any::<(u8, i8)>(), address(), octets()).prop_map(|((kind, rssi), peer, data)| {
            Event::LeAdvertisingReport(LeAdvertisingReport { kind, peer, data, rssi })
        }),
        (error(), any::<[u16; 4]>()).prop_map(|(status, [handle, interval, latency, timeout])| {
            Event::LeConnectionUpdateComplete { status, handle, interval, latency, timeout }
        }),
        any::<(u16, u64, u16)>().prop_map(|(handle, rand, ediv)| Event::LeLongTermKeyRequest {
            handle,
            rand,
            ediv
        }),
    ]
}

/// Every variant that tells of a procedure on a connection.
fn connection_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (error(), any::<[u16; 3]>(), any::<u8>()).prop_map(
            |(status, [handle, company, subversion], version)| {
                Event::ReadRemoteVersionInformationComplete { status, handle, version, company, subversion }
            }
        ),
        any::<u16>().prop_map(|handle| Event::AuthenticatedPayloadTimeoutExpired { handle }),
        (error(), any::<(u16, u64)>()).prop_map(|(status, (handle, features))| {
            Event::LeReadRemoteFeaturesComplete { status, handle, features }
        }),
        any::<[u16; 5]>().prop_map(|[handle, interval_min, interval_max, latency, timeout]| {
            Event::LeRemoteConnectionParameterRequest { handle, interval_min, interval_max, latency, timeout }
        }),
        any::<[u16; 5]>().prop_map(|[handle, max_tx_octets, max_tx_time, max_rx_octets, max_rx_time]| {
            Event::LeDataLengthChange { handle, max_tx_octets, max_tx_time, max_rx_octets, max_rx_time }
        }),
        (error(), any::<(u16, u8, u8)>()).prop_map(|(status, (handle, tx_phy, rx_phy))| {
            Event::LePhyUpdateComplete { status, handle, tx_phy, rx_phy }
        }),
        (error(), any::<(u16, u8)>()).prop_map(|(status, (handle, accuracy))| {
            Event::LeRequestPeerScaComplete { status, handle, accuracy }
        }),
    ]
}

/// Every variant; `Unknown` with the vendor's event code, which no variant has.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => le_event(),
        4 => connection_event(),
        4 => discovery_event(),
        1 => (error(), any::<u16>(), error()).prop_map(|(status, handle, reason)| {
            Event::DisconnectionComplete { status, handle, reason }
        }),
        1 => (error(), any::<(u16, u8)>()).prop_map(|(status, (handle, enabled))| {
            Event::EncryptionChange { status, handle, enabled }
        }),
        1 => (any::<(u8, u16)>(), octets()).prop_map(|((packets, opcode), parameters)| {
            Event::CommandComplete { packets, opcode, parameters }
        }),
        1 => (error(), any::<(u8, u16)>()).prop_map(|(status, (packets, opcode))| {
            Event::CommandStatus { status, packets, opcode }
        }),
        1 => any::<(u16, u16)>().prop_map(|(handle, count)| {
            Event::NumberOfCompletedPackets { handle, count }
        }),
        1 => (error(), any::<u16>()).prop_map(|(status, handle)| {
            Event::EncryptionKeyRefreshComplete { status, handle }
        }),
        1 => octets().prop_map(|parameters| Event::Unknown { code: 0xFF, parameters }),
    ]
}

pub(crate) fn acl() -> impl Strategy<Value = AclData> {
    (0..0x1000_u16, 0..4_u8, 0..4_u8, octets()).prop_map(|(handle, boundary, broadcast, data)| AclData {
        handle,
        boundary,
        broadcast,
        data,
    })
}

pub(crate) fn packet() -> impl Strategy<Value = HciPacket> {
    prop_oneof![
        command().prop_map(HciPacket::Command),
        event().prop_map(HciPacket::Event),
        acl().prop_map(HciPacket::Acl),
    ]
}

/// Arbitrary bytes whose beginning often looks like a packet: with an indicator, a known code and a length
/// that may fit.
pub(crate) fn nearly_packet() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..300),
        (packet(), any::<(prop::sample::Index, u8)>()).prop_map(|(packet, (place, octet))| {
            let mut octets = packet.encode().to_vec();
            let place = place.index(octets.len());
            octets[place] = octet;
            octets
        }),
        (packet(), 0..8_usize).prop_map(|(packet, cut)| {
            let octets = packet.encode();
            octets[..octets.len().saturating_sub(cut)].to_vec()
        }),
    ]
}
