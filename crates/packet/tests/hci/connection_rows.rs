//! The packets that control connections, octet by octet as Vol 4 Part E 7 has them.

use blesim_packet::hci::{Command, ErrorCode, Event, HciPacket, LeConnectionUpdate, LeSetPhy};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|digit| !digit.is_whitespace()).collect();
    let octet = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    digits.chunks(2).map(|pair| octet(pair).expect("the rows are hexadecimal")).collect()
}

/// The bytes, with their packet indicator, mean the packet, both ways; it has this name.
fn check(text: &str, packet: HciPacket, name: &str) {
    let bytes = hex(text);
    assert_eq!(HciPacket::decode(&bytes), Ok(packet), "{text}");
    assert_eq!(*packet.encode(), *bytes, "{text}");
    let found = match packet {
        HciPacket::Command(command) => command.name(),
        HciPacket::Event(event) => event.name(),
        HciPacket::Acl(_) => None,
    };
    assert_eq!(found, Some(name), "{text}");
}

/// Each command once, with other values in each field.
#[test]
fn commands() {
    let handle = 0x0E40;
    let reason = ErrorCode::UNACCEPTABLE_CONNECTION_PARAMETERS;
    let reply = LeConnectionUpdate {
        handle,
        interval_min: 6,
        interval_max: 0x0C80,
        latency: 499,
        timeout: 3_200,
        min_ce_length: 1,
        max_ce_length: 2,
    };
    let set_phy = LeSetPhy { handle, all_phys: 1, tx_phys: 2, rx_phys: 4, options: 1 };
    let rows = [
        ("01 1d0402 400e", Command::ReadRemoteVersionInformation { handle }),
        ("01 7b0c02 400e", Command::ReadAuthenticatedPayloadTimeout { handle }),
        ("01 7c0c04 400e b80b", Command::WriteAuthenticatedPayloadTimeout { handle, timeout: 3_000 }),
        ("01 032000", Command::LeReadLocalSupportedFeatures),
        ("01 142005 ffffffff1f", Command::LeSetHostChannelClassification([0xFF, 0xFF, 0xFF, 0xFF, 0x1F])),
        ("01 152002 400e", Command::LeReadChannelMap { handle }),
        ("01 162002 400e", Command::LeReadRemoteFeatures { handle }),
        (
            "01 20200e 400e 0600 800c f301 800c 0100 0200",
            Command::LeRemoteConnectionParameterRequestReply(reply),
        ),
        ("01 212003 400e 3b", Command::LeRemoteConnectionParameterRequestNegativeReply { handle, reason }),
        ("01 222006 400e fb00 4808", Command::LeSetDataLength { handle, octets: 251, time: 2_120 }),
        ("01 232000", Command::LeReadSuggestedDefaultDataLength),
        ("01 242004 fb00 4808", Command::LeWriteSuggestedDefaultDataLength { octets: 251, time: 2_120 }),
        ("01 2f2000", Command::LeReadMaximumDataLength),
        ("01 302002 400e", Command::LeReadPhy { handle }),
        ("01 312003 010204", Command::LeSetDefaultPhy { all_phys: 1, tx_phys: 2, rx_phys: 4 }),
        ("01 322007 400e 010204 0100", Command::LeSetPhy(set_phy)),
        ("01 6d2002 400e", Command::LeRequestPeerSca { handle }),
    ];
    for (text, command) in rows {
        check(text, HciPacket::Command(command), command.name().expect("it has a variant"));
    }
    assert_eq!(Command::LeSetPhy(set_phy).name(), Some("HCI_LE_Set_PHY"));
}

/// Each event once, with other values in each field.
#[test]
fn events() {
    let (status, handle) = (ErrorCode::UNSUPPORTED_REMOTE_FEATURE, 0x0E40);
    let (version, company, subversion) = (9, 0x0102, 0x0304);
    let rows = [
        (
            "04 0c08 1a 400e 09 0201 0403",
            Event::ReadRemoteVersionInformationComplete { status, handle, version, company, subversion },
            "HCI_Read_Remote_Version_Information_Complete",
        ),
        (
            "04 5702 400e",
            Event::AuthenticatedPayloadTimeoutExpired { handle },
            "HCI_Authenticated_Payload_Timeout_Expired",
        ),
        (
            "04 3e0c 04 1a 400e 0807060504030201",
            Event::LeReadRemoteFeaturesComplete { status, handle, features: 0x0102_0304_0506_0708 },
            "HCI_LE_Read_Remote_Features_Complete",
        ),
        (
            "04 3e0b 06 400e 0600 800c f301 0a00",
            Event::LeRemoteConnectionParameterRequest {
                handle,
                interval_min: 6,
                interval_max: 0x0C80,
                latency: 499,
                timeout: 10,
            },
            "HCI_LE_Remote_Connection_Parameter_Request",
        ),
        (
            "04 3e0b 07 400e fb00 4808 1b00 4801",
            Event::LeDataLengthChange {
                handle,
                max_tx_octets: 251,
                max_tx_time: 2_120,
                max_rx_octets: 27,
                max_rx_time: 328,
            },
            "HCI_LE_Data_Length_Change",
        ),
        (
            "04 3e06 0c 1a 400e 02 03",
            Event::LePhyUpdateComplete { status, handle, tx_phy: 2, rx_phy: 3 },
            "HCI_LE_PHY_Update_Complete",
        ),
        (
            "04 3e05 1f 1a 400e 05",
            Event::LeRequestPeerScaComplete { status, handle, accuracy: 5 },
            "HCI_LE_Request_Peer_SCA_Complete",
        ),
    ];
    for (text, event, name) in rows {
        check(text, HciPacket::Event(event), name);
    }
}
