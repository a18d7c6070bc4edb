//! Every command that bt-hci encodes means the same to us.

use blesim_packet::hci::{
    Command, ErrorCode, LeConnectionUpdate, LeCreateConnection, LeSetAdvertisingParameters,
    LeSetScanParameters,
};
use blesim_packet::{Address, AddressKind, Octets};
use bt_hci::cmd::controller_baseband::{Reset, SetEventMask};
use bt_hci::cmd::info::ReadBdAddr;
use bt_hci::cmd::le::{
    LeConnUpdate, LeCreateConn, LeCreateConnCancel, LeEnableEncryption, LeLongTermKeyRequestNegativeReply,
    LeLongTermKeyRequestReply, LeReadBufferSize, LeSetAdvData, LeSetAdvEnable, LeSetAdvParams,
    LeSetEventMask, LeSetRandomAddr, LeSetScanEnable, LeSetScanParams, LeSetScanResponseData,
};
use bt_hci::cmd::link_control::Disconnect;
use bt_hci::param::{
    AddrKind, AdvChannelMap, AdvFilterPolicy, AdvKind, BdAddr, ConnHandle, DisconnectReason, Duration,
    EventMask, LeEventMask, LeScanKind, ScanningFilterPolicy,
};
use bt_hci::{FromHciBytes, WriteHci};
use proptest::prelude::*;

/// What bt-hci writes decodes to our command, which encodes to what bt-hci wrote.
fn check(theirs: &impl WriteHci, ours: Command) {
    let mut octets = vec![0; theirs.size()];
    theirs.write_hci(octets.as_mut_slice()).expect("the buffer has the size it asked for");
    assert_eq!(Command::decode(&octets), Ok(ours));
    assert_eq!(*ours.encode(), *octets);
}

fn kinds(random: bool) -> (AddrKind, AddressKind) {
    if random { (AddrKind::RANDOM, AddressKind::Random) } else { (AddrKind::PUBLIC, AddressKind::Public) }
}

/// The handle as bt-hci allows it (Vol 4 Part E 5.3.1).
fn handle() -> impl Strategy<Value = u16> {
    0..=0x0EFF_u16
}

#[test]
fn commands_without_parameters() {
    // The opcodes alone.
    check(&Reset::new(), Command::Reset);
    check(&ReadBdAddr::new(), Command::ReadBdAddr);
    check(&LeReadBufferSize::new(), Command::LeReadBufferSize);
    check(&LeCreateConnCancel::new(), Command::LeCreateConnectionCancel);
}

#[test]
fn disconnect_reasons() {
    // Every reason that bt-hci lets a host give.
    for (theirs, ours) in [
        (DisconnectReason::AuthenticationFailure, ErrorCode::AUTHENTICATION_FAILURE),
        (DisconnectReason::RemoteUserTerminatedConn, ErrorCode::REMOTE_USER_TERMINATED_CONNECTION),
        (
            DisconnectReason::RemoteDeviceTerminatedConnLowResources,
            ErrorCode::REMOTE_DEVICE_TERMINATED_LOW_RESOURCES,
        ),
        (DisconnectReason::RemoteDeviceTerminatedConnPowerOff, ErrorCode::REMOTE_DEVICE_TERMINATED_POWER_OFF),
        (DisconnectReason::UnsupportedRemoteFeature, ErrorCode::UNSUPPORTED_REMOTE_FEATURE),
        (DisconnectReason::PairingWithUnitKeyNotSupported, ErrorCode::PAIRING_WITH_UNIT_KEY_NOT_SUPPORTED),
        (DisconnectReason::UnacceptableConnParameters, ErrorCode::UNACCEPTABLE_CONNECTION_PARAMETERS),
    ] {
        let command = Command::Disconnect { handle: 0x40, reason: ours };
        check(&Disconnect::new(ConnHandle::new(0x40), theirs), command);
    }
}

#[test]
fn scan_parameters() {
    // Each value of the enumerations once.
    for (index, policy) in [
        ScanningFilterPolicy::BasicUnfiltered,
        ScanningFilterPolicy::BasicFiltered,
        ScanningFilterPolicy::ExtUnfiltered,
        ScanningFilterPolicy::ExtFiltered,
    ]
    .into_iter()
    .enumerate()
    {
        let active = index % 2 == 1;
        let (theirs, own_address_kind) = kinds(!active);
        let scan = if active { LeScanKind::Active } else { LeScanKind::Passive };
        let command = Command::LeSetScanParameters(LeSetScanParameters {
            kind: u8::from(active),
            interval: 0x60,
            window: 0x30,
            own_address_kind,
            filter_policy: u8::try_from(index).unwrap(),
        });
        let (interval, window) = (Duration::from_u16(0x60), Duration::from_u16(0x30));
        check(&LeSetScanParams::new(scan, interval, window, theirs, policy), command);
    }
}

proptest! {
    /// Masks, switches and the address.
    #[test]
    fn settings(mask: u64, address: [u8; 6], first: bool, second: bool) {
        let wire = mask.to_le_bytes();
        let theirs = EventMask::from_hci_bytes_complete(&wire).unwrap();
        check(&SetEventMask::new(theirs), Command::SetEventMask(mask));
        let theirs = LeEventMask::from_hci_bytes_complete(&wire).unwrap();
        check(&LeSetEventMask::new(theirs), Command::LeSetEventMask(mask));
        let ours = Address::from_wire(AddressKind::Random, address);
        check(&LeSetRandomAddr::new(BdAddr::new(address)), Command::LeSetRandomAddress(ours));
        check(&LeSetAdvEnable::new(first), Command::LeSetAdvertisingEnable(first));
        let scan = Command::LeSetScanEnable { enable: first, filter_duplicates: second };
        check(&LeSetScanEnable::new(first, second), scan);
    }

    /// Advertising data of every length.
    #[test]
    fn advertising_data(data in proptest::collection::vec(any::<u8>(), 0..=31)) {
        let mut field = [0; 31];
        field[..data.len()].copy_from_slice(&data);
        let length = u8::try_from(data.len()).unwrap();
        let ours = Octets::from_slice(&data).unwrap();
        check(&LeSetAdvData::new(length, field), Command::LeSetAdvertisingData(ours));
        check(&LeSetScanResponseData::new(length, field), Command::LeSetScanResponseData(ours));
    }

    /// The order of the advertising parameters.
    #[test]
    fn advertising_parameters(n: [u16; 2], own: bool, peer: bool, address: [u8; 6]) {
        let (their_own, own_address_kind) = kinds(own);
        let (their_peer, peer_kind) = kinds(peer);
        let theirs = LeSetAdvParams::new(
            Duration::from_u16(n[0]),
            Duration::from_u16(n[1]),
            AdvKind::AdvNonconnInd,
            their_own,
            their_peer,
            BdAddr::new(address),
            AdvChannelMap::CHANNEL_39,
            AdvFilterPolicy::FilterConn,
        );
        let ours = LeSetAdvertisingParameters {
            interval_min: n[0],
            interval_max: n[1],
            kind: 3,
            own_address_kind,
            peer: Address::from_wire(peer_kind, address),
            channel_map: 4,
            filter_policy: 2,
        };
        check(&theirs, Command::LeSetAdvertisingParameters(ours));
    }

    /// The order of the parameters of a new connection.
    #[test]
    fn create_connection(n: [u16; 8], accept_list: bool, own: bool, peer: bool, address: [u8; 6]) {
        let (their_own, own_address_kind) = kinds(own);
        let (their_peer, peer_kind) = kinds(peer);
        let theirs = LeCreateConn::new(
            Duration::from_u16(n[0]),
            Duration::from_u16(n[1]),
            accept_list,
            their_peer,
            BdAddr::new(address),
            their_own,
            Duration::from_u16(n[2]),
            Duration::from_u16(n[3]),
            n[4],
            Duration::from_u16(n[5]),
            Duration::from_u16(n[6]),
            Duration::from_u16(n[7]),
        );
        let ours = LeCreateConnection {
            scan_interval: n[0],
            scan_window: n[1],
            filter_policy: u8::from(accept_list),
            peer: Address::from_wire(peer_kind, address),
            own_address_kind,
            interval_min: n[2],
            interval_max: n[3],
            latency: n[4],
            timeout: n[5],
            min_ce_length: n[6],
            max_ce_length: n[7],
        };
        check(&theirs, Command::LeCreateConnection(ours));
    }

    /// The order of the parameters of a connection update.
    #[test]
    fn connection_update(handle in handle(), n: [u16; 6]) {
        let theirs = LeConnUpdate::new(
            ConnHandle::new(handle),
            Duration::from_u16(n[0]),
            Duration::from_u16(n[1]),
            n[2],
            Duration::from_u16(n[3]),
            Duration::from_u16(n[4]),
            Duration::from_u16(n[5]),
        );
        let ours = LeConnectionUpdate {
            handle,
            interval_min: n[0],
            interval_max: n[1],
            latency: n[2],
            timeout: n[3],
            min_ce_length: n[4],
            max_ce_length: n[5],
        };
        check(&theirs, Command::LeConnectionUpdate(ours));
    }

    /// Keys and what names them; bt-hci takes them in the order of the wire.
    #[test]
    fn encryption(handle in handle(), rand: u64, ediv: u16, ltk: u128) {
        let theirs = ConnHandle::new(handle);
        let (rand_wire, ltk_wire) = (rand.to_le_bytes(), ltk.to_le_bytes());
        let ours = Command::LeEnableEncryption { handle, rand, ediv, ltk };
        check(&LeEnableEncryption::new(theirs, rand_wire, ediv, ltk_wire), ours);
        let ours = Command::LeLongTermKeyRequestReply { handle, ltk };
        check(&LeLongTermKeyRequestReply::new(theirs, ltk_wire), ours);
        let ours = Command::LeLongTermKeyRequestNegativeReply { handle };
        check(&LeLongTermKeyRequestNegativeReply::new(theirs), ours);
    }
}
