//! Real packets with what they mean, and broken ones with what is wrong.
//!
//! The good rows are taken from a btsnoop log of a failing pairing between a single-board computer and a
//! peripheral that was posted to a public mailing list, or written by hand from Vol 4 Part E 7.

use blesim_packet::hci::{
    AclData, AdvertisingSetEnable, Command, ErrorCode, Event, HciPacket, InitiatingPhy, LeAdvertisingReport,
    LeConnectionUpdate, LeCreateConnection, LeExtendedAdvertisingReport, LeExtendedCreateConnection,
    LeSetAdvertisingParameters, LeSetExtendedAdvertisingParameters, LeSetExtendedScanParameters,
    LeSetScanParameters, ScanningPhy,
};
use blesim_packet::{Address, AddressKind, DecodeError, Octets};

const PEER: Address = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let octet = |pair: &[u8]| {
        let text = core::str::from_utf8(pair).expect("the rows are ASCII");
        u8::from_str_radix(text, 16).expect("the rows are hexadecimal")
    };
    digits.chunks(2).map(octet).collect()
}

fn octets<const N: usize>(text: &str) -> Octets<N> {
    Octets::from_slice(&hex(text)).expect("the row fits")
}

/// The bytes, with their packet indicator, mean the packet, both ways; it has this name.
fn check(text: &str, packet: HciPacket, name: Option<&str>) {
    let bytes = hex(text);
    assert_eq!(HciPacket::decode(&bytes), Ok(packet), "{text}");
    assert_eq!(*packet.encode(), *bytes, "{text}");
    let found = match packet {
        HciPacket::Command(command) => command.name(),
        HciPacket::Event(event) => event.name(),
        HciPacket::Acl(_) => None,
    };
    assert_eq!(found, name, "{text}");
}

fn command(text: &str, command: Command, name: &str) {
    check(text, HciPacket::Command(command), Some(name));
}

fn event(text: &str, event: Event, name: &str) {
    check(text, HciPacket::Event(event), Some(name));
}

#[test]
fn commands_without_a_structure() {
    // Commands with few parameters, each octet checked against Vol 4 Part E 7.
    command("01 030c00", Command::Reset, "HCI_Reset");
    command("01 010c08 fffffbff07f8bf3d", Command::SetEventMask(0x3DBF_F807_FFFB_FFFF), "HCI_Set_Event_Mask");
    command("01 091000", Command::ReadBdAddr, "HCI_Read_BD_ADDR");
    command("01 012008 1f00000000000000", Command::LeSetEventMask(0x1F), "HCI_LE_Set_Event_Mask");
    command("01 022000", Command::LeReadBufferSize, "HCI_LE_Read_Buffer_Size");
    command("01 052006 e0f3764ca7d2", Command::LeSetRandomAddress(PEER), "HCI_LE_Set_Random_Address");
    command("01 0a2001 01", Command::LeSetAdvertisingEnable(true), "HCI_LE_Set_Advertising_Enable");
    let scan = Command::LeSetScanEnable { enable: true, filter_duplicates: false };
    command("01 0c2002 0100", scan, "HCI_LE_Set_Scan_Enable");
    command("01 0e2000", Command::LeCreateConnectionCancel, "HCI_LE_Create_Connection_Cancel");
    let reason = ErrorCode::REMOTE_USER_TERMINATED_CONNECTION;
    command("01 060403 400013", Command::Disconnect { handle: 64, reason }, "HCI_Disconnect");
    let negative = Command::LeLongTermKeyRequestNegativeReply { handle: 64 };
    command("01 1b2002 4000", negative, "HCI_LE_Long_Term_Key_Request_Negative_Reply");
}

#[test]
fn extended_discovery_commands() {
    // Written by hand from Vol 4 Part E 7.8.53, 7.8.56, 7.8.64 and 7.8.66.
    let parameters = LeSetExtendedAdvertisingParameters {
        set: 1,
        properties: 0x0001,
        interval_min: 0x30,
        interval_max: 0x0001_0030,
        channel_map: 7,
        own_address_kind: AddressKind::Random,
        peer: PEER,
        filter_policy: 0,
        tx_power: -20,
        primary_phy: 1,
        secondary_max_skip: 0,
        secondary_phy: 2,
        sid: 9,
        scan_request_notification: true,
    };
    command(
        "01 362019 01 0100 300000 300001 07 01 01e0f3764ca7d2 00 ec 01 00 02 09 01",
        Command::LeSetExtendedAdvertisingParameters(parameters),
        "HCI_LE_Set_Extended_Advertising_Parameters",
    );
    let set = Some(AdvertisingSetEnable { set: 1, duration: 500, max_events: 3 });
    command(
        "01 392006 01 01 01 f401 03",
        Command::LeSetExtendedAdvertisingEnable { enable: true, set },
        "HCI_LE_Set_Extended_Advertising_Enable",
    );
    let phy = |kind| Some(ScanningPhy { kind, interval: 0x60, window: 0x30 });
    let phys = [phy(1), phy(0)];
    let scan = LeSetExtendedScanParameters { own_address_kind: AddressKind::Public, filter_policy: 1, phys };
    command(
        "01 41200d 00 01 05 01 6000 3000 00 6000 3000",
        Command::LeSetExtendedScanParameters(scan),
        "HCI_LE_Set_Extended_Scan_Parameters",
    );
    let phy = InitiatingPhy {
        scan_interval: 0x60,
        scan_window: 0x30,
        interval_min: 0x18,
        interval_max: 0x28,
        latency: 1,
        timeout: 0x2A,
        min_ce_length: 2,
        max_ce_length: 3,
    };
    let (own_address_kind, phys) = (AddressKind::Random, [None, Some(phy), None]);
    let request = LeExtendedCreateConnection { filter_policy: 0, own_address_kind, peer: PEER, phys };
    command(
        "01 43201a 00 01 01e0f3764ca7d2 02 6000 3000 1800 2800 0100 2a00 0200 0300",
        Command::LeExtendedCreateConnection(request),
        "HCI_LE_Extended_Create_Connection",
    );
}

#[test]
fn extended_discovery_events() {
    // Written by hand from Vol 4 Part E 7.7.65.13 and 7.7.65.18.
    let report = LeExtendedAdvertisingReport {
        kind: 0x0001,
        peer: Some(PEER),
        primary_phy: 1,
        secondary_phy: 2,
        sid: 9,
        tx_power: 127,
        rssi: -60,
        periodic_interval: 0,
        target: Address::public([0; 6]),
        data: octets("020106"),
    };
    event(
        "04 3e1d 0d 01 0100 01e0f3764ca7d2 01 02 09 7f c4 0000 00000000000000 03 020106",
        Event::LeExtendedAdvertisingReport(report),
        "HCI_LE_Extended_Advertising_Report",
    );
    event(
        "04 3e1a 0d 01 1000 ff000000000000 01 00 ff 7f 7f 0000 00000000000000 00",
        Event::LeExtendedAdvertisingReport(LeExtendedAdvertisingReport {
            kind: 0x0010,
            peer: None,
            secondary_phy: 0,
            sid: 0xFF,
            rssi: 127,
            data: Octets::new(),
            ..report
        }),
        "HCI_LE_Extended_Advertising_Report",
    );
    let status = ErrorCode::LIMIT_REACHED;
    event(
        "04 3e06 12 43 01 0000 03",
        Event::LeAdvertisingSetTerminated { status, set: 1, handle: 0, events: 3 },
        "HCI_LE_Advertising_Set_Terminated",
    );
}

#[test]
fn commands_with_keys() {
    // Keys are numbers here and least significant octet first on the wire.
    let ltk = 0x1F1E_1D1C_1B1A_1918_1716_1514_1312_1110;
    command(
        "01 19201c 4000 0000000000000000 0000 7689a6b5371537b24f2c7c7805688df6",
        Command::LeEnableEncryption {
            handle: 64,
            rand: 0,
            ediv: 0,
            ltk: 0xF68D_6805_787C_2C4F_B237_1537_B5A6_8976,
        },
        "HCI_LE_Enable_Encryption",
    );
    command(
        "01 19201c 0100 0807060504030201 cdab 101112131415161718191a1b1c1d1e1f",
        Command::LeEnableEncryption { handle: 1, rand: 0x0102_0304_0506_0708, ediv: 0xABCD, ltk },
        "HCI_LE_Enable_Encryption",
    );
    command(
        "01 1a2012 0100 101112131415161718191a1b1c1d1e1f",
        Command::LeLongTermKeyRequestReply { handle: 1, ltk },
        "HCI_LE_Long_Term_Key_Request_Reply",
    );
}

#[test]
fn commands_with_a_structure() {
    // The order of the fields, with a different value in each.
    command(
        "01 0d2019 6000 3000 00 01 e0f3764ca7d2 00 2800 3800 0000 2a00 0000 0000",
        Command::LeCreateConnection(LeCreateConnection {
            scan_interval: 0x60,
            scan_window: 0x30,
            filter_policy: 0,
            peer: PEER,
            own_address_kind: AddressKind::Public,
            interval_min: 40,
            interval_max: 56,
            latency: 0,
            timeout: 42,
            min_ce_length: 0,
            max_ce_length: 0,
        }),
        "HCI_LE_Create_Connection",
    );
    command(
        "01 13200e 4000 0600 0c00 0000 9001 0000 0000",
        Command::LeConnectionUpdate(LeConnectionUpdate {
            handle: 64,
            interval_min: 6,
            interval_max: 12,
            latency: 0,
            timeout: 400,
            min_ce_length: 0,
            max_ce_length: 0,
        }),
        "HCI_LE_Connection_Update",
    );
    command(
        "01 06200f a000 f000 00 01 01 e0f3764ca7d2 07 02",
        Command::LeSetAdvertisingParameters(LeSetAdvertisingParameters {
            interval_min: 160,
            interval_max: 240,
            kind: 0,
            own_address_kind: AddressKind::Random,
            peer: PEER,
            channel_map: 7,
            filter_policy: 2,
        }),
        "HCI_LE_Set_Advertising_Parameters",
    );
    command(
        "01 0b2007 01 6000 3000 01 00",
        Command::LeSetScanParameters(LeSetScanParameters {
            kind: 1,
            interval: 96,
            window: 48,
            own_address_kind: AddressKind::Random,
            filter_policy: 0,
        }),
        "HCI_LE_Set_Scan_Parameters",
    );
}

#[test]
fn advertising_data_is_padded() {
    // The field is 31 octets long whatever is significant.
    let zeros = "00".repeat(28);
    let data = octets("020106");
    command(
        &format!("01 082020 03 020106 {zeros}"),
        Command::LeSetAdvertisingData(data),
        "HCI_LE_Set_Advertising_Data",
    );
    command(
        &format!("01 092020 03 020106 {zeros}"),
        Command::LeSetScanResponseData(data),
        "HCI_LE_Set_Scan_Response_Data",
    );
}

#[test]
fn events() {
    // One row for each event, most from the log.
    let status = ErrorCode::SUCCESS;
    let complete = |opcode, parameters| Event::CommandComplete { packets: 1, opcode, parameters };
    event("04 0e04 01 030c 00", complete(0x0C03, octets("00")), "HCI_Command_Complete");
    event(
        "04 0e0a 01 0910 00705015eb27b8",
        complete(0x1009, octets("00705015eb27b8")),
        "HCI_Command_Complete",
    );
    event(
        "04 0f04 00 01 0d20",
        Event::CommandStatus { status, packets: 1, opcode: 0x200D },
        "HCI_Command_Status",
    );
    let sent = Event::NumberOfCompletedPackets { handle: 64, count: 2 };
    event("04 1305 01 4000 0200", sent, "HCI_Number_Of_Completed_Packets");
    let change = Event::EncryptionChange { status, handle: 64, enabled: 1 };
    event("04 0804 00 4000 01", change, "HCI_Encryption_Change");
    let refresh = Event::EncryptionKeyRefreshComplete { status: ErrorCode::MIC_FAILURE, handle: 64 };
    event("04 3003 3d 4000", refresh, "HCI_Encryption_Key_Refresh_Complete");
    let reason = ErrorCode::REMOTE_USER_TERMINATED_CONNECTION;
    let gone = Event::DisconnectionComplete { status, handle: 64, reason };
    event("04 0504 00 4000 13", gone, "HCI_Disconnection_Complete");
}

#[test]
fn le_events() {
    // One row for each LE event, two of them from the log.
    let status = ErrorCode::SUCCESS;
    event(
        "04 3e13 01 00 4000 00 01 e0f3764ca7d2 3600 0000 2a00 05",
        Event::LeConnectionComplete {
            status,
            handle: 64,
            role: 0,
            peer: PEER,
            interval: 54,
            latency: 0,
            timeout: 42,
            clock_accuracy: 5,
        },
        "HCI_LE_Connection_Complete",
    );
    event(
        "04 3e0a 03 00 4000 0c00 0000 9001",
        Event::LeConnectionUpdateComplete { status, handle: 64, interval: 12, latency: 0, timeout: 400 },
        "HCI_LE_Connection_Update_Complete",
    );
    event(
        "04 3e0d 05 0100 0807060504030201 cdab",
        Event::LeLongTermKeyRequest { handle: 1, rand: 0x0102_0304_0506_0708, ediv: 0xABCD },
        "HCI_LE_Long_Term_Key_Request",
    );
    event(
        "04 3e0f 02 01 04 01 e0f3764ca7d2 03 020106 c4",
        Event::LeAdvertisingReport(LeAdvertisingReport {
            kind: 4,
            peer: PEER,
            data: octets("020106"),
            rssi: -60,
        }),
        "HCI_LE_Advertising_Report",
    );
}

#[test]
fn what_has_no_variant_is_kept() {
    // Other codes, and known ones with another number of entries, pass through as bytes.
    let unknown = |opcode, parameters| HciPacket::Command(Command::Unknown { opcode, parameters });
    check("01 6d0c02 0101", unknown(0x0C6D, octets("0101")), None);
    let unknown = |code, parameters| HciPacket::Event(Event::Unknown { code, parameters });
    check("04 1001 05", unknown(0x10, octets("05")), None);
    check("04 1309 02 4000 0100 4100 0100", unknown(0x13, octets("024000010041000100")), None);
    check("04 3e02 02 00", unknown(0x3E, octets("0200")), None);
    check("04 3e02 0b 00", unknown(0x3E, octets("0b00")), None);
}

#[test]
fn acl_data() {
    // The handle shares its 16 bits with the two flags.
    let check_acl = |text: &str, handle, boundary, broadcast, data: &str| {
        let data = octets(data);
        check(text, HciPacket::Acl(AclData { handle, boundary, broadcast, data }), None);
    };
    check_acl("02 4000 0600 0200 0600 0508", 64, 0, 0, "020006000508");
    check_acl("02 4020 0600 0200 0600 0508", 64, 2, 0, "020006000508");
    check_acl("02 ff1e 0000", 0xEFF, 1, 0, "");
    check_acl("02 01f0 0100 aa", 1, 3, 3, "aa");
}

#[test]
fn broken_packets() {
    // What is wrong is told apart, so that a controller can answer and a log can explain.
    let check = |text: &str, expected: DecodeError| {
        assert_eq!(HciPacket::decode(&hex(text)), Err(expected), "{text}");
    };
    let bad = |field, value| DecodeError::BadValue { field, value };
    check("", DecodeError::TooShort { need: 1, got: 0 });
    check("05", DecodeError::UnknownCode { code: 5 });
    check("01 03", DecodeError::TooShort { need: 2, got: 1 });
    check("01 030c", DecodeError::TooShort { need: 3, got: 2 });
    check("01 030c01", DecodeError::BadLength { says: 1, got: 0 });
    check("01 030c00 00", DecodeError::BadLength { says: 0, got: 1 });
    check("01 030c01 00", DecodeError::TooLong { limit: 0, got: 1 });
    check("01 060402 4000", DecodeError::TooShort { need: 3, got: 2 });
    check("01 0a2001 02", bad("Advertising_Enable", 2));
    check("01 0b2007 00 1000 1000 02 00", bad("Own_Address_Type", 2));
    check(&format!("01 082020 20 {}", "00".repeat(31)), bad("Advertising_Data_Length", 32));
    check(&format!("01 082020 01 0107 {}", "00".repeat(29)), bad("Advertising_Data padding", 7));
    check("04 0e", DecodeError::TooShort { need: 2, got: 1 });
    check("04 0e02 01", DecodeError::BadLength { says: 2, got: 1 });
    check("04 0f03 00 01 0d", DecodeError::TooShort { need: 4, got: 3 });
    check("04 1306 01 4000 0200 00", DecodeError::TooLong { limit: 5, got: 6 });
    check(&format!("04 3e2b 02 01 00 00 e0f3764ca7d2 20 {} c4", "00".repeat(31)), bad("Data_Length", 32));
    check("02 4000 0600 0200", DecodeError::BadLength { says: 6, got: 2 });
    check(&format!("02 4000 fc00 {}", "00".repeat(252)), DecodeError::TooLong { limit: 251, got: 252 });
}
