//! The commands by which a host gets to know its controller, octet by octet, and where Supported_Commands has each.
//!
//! The rows are written by hand from Vol 4 Part E 7.3 to 7.8 and 6.27; that of LE Encrypt has the sample of FIPS-197.

use blesim_packet::hci::{Command, HciPacket};
use std::collections::BTreeSet;

#[test]
fn every_command_stands_as_the_specification_has_it() {
    let check = |text: &str, command: Command, name: &str, place: (u8, u8)| {
        let octets: Vec<u8> = text
            .split(' ')
            .flat_map(|word| word.as_bytes().chunks(2))
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        assert_eq!(HciPacket::decode(&octets), Ok(HciPacket::Command(command)), "{name}");
        assert_eq!(*HciPacket::Command(command).encode(), *octets, "{name}");
        assert_eq!(command.name(), Some(name));
        assert_eq!(Command::supported_at(command.opcode()), Some(place), "{name}");
    };
    let mask = Command::SetEventMaskPage2(0x0080_0000);
    check("01 630c08 0000800000000000", mask, "HCI_Set_Event_Mask_Page_2", (22, 2));
    let flow = Command::SetControllerToHostFlowControl(1);
    check("01 310c01 01", flow, "HCI_Set_Controller_To_Host_Flow_Control", (10, 5));
    let size = Command::HostBufferSize {
        acl_length: 255,
        synchronous_length: 0,
        acl_packets: 7,
        synchronous_packets: 0,
    };
    check("01 330c07 ff00 00 0700 0000", size, "HCI_Host_Buffer_Size", (10, 6));
    let done = Command::HostNumberOfCompletedPackets { handle: 0x40, count: 2 };
    check("01 350c05 01 4000 0200", done, "HCI_Host_Number_Of_Completed_Packets", (10, 7));
    let level = Command::ReadTransmitPowerLevel { handle: 0x40, kind: 1 };
    check("01 2d0c03 4000 01", level, "HCI_Read_Transmit_Power_Level", (10, 2));
    check("01 011000", Command::ReadLocalVersionInformation, "HCI_Read_Local_Version_Information", (14, 3));
    check("01 021000", Command::ReadLocalSupportedCommands, "HCI_Read_Local_Supported_Commands", (14, 4));
    check("01 031000", Command::ReadLocalSupportedFeatures, "HCI_Read_Local_Supported_Features", (14, 5));
    check("01 051000", Command::ReadBufferSize, "HCI_Read_Buffer_Size", (14, 7));
    check("01 051402 4000", Command::ReadRssi { handle: 0x40 }, "HCI_Read_RSSI", (15, 5));
    let power = Command::LeReadAdvertisingPhysicalChannelTxPower;
    check("01 072000", power, "HCI_LE_Read_Advertising_Physical_Channel_Tx_Power", (25, 6));
    let encrypt = Command::LeEncrypt {
        key: 0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F,
        plaintext: 0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF,
    };
    let text = "01 172020 0f0e0d0c0b0a09080706050403020100 ffeeddccbbaa99887766554433221100";
    check(text, encrypt, "HCI_LE_Encrypt", (27, 6));
    check("01 182000", Command::LeRand, "HCI_LE_Rand", (27, 7));
    check("01 1c2000", Command::LeReadSupportedStates, "HCI_LE_Read_Supported_States", (28, 3));
    let timeout = Command::LeSetResolvablePrivateAddressTimeout(900);
    check("01 2e2002 8403", timeout, "HCI_LE_Set_Resolvable_Private_Address_Timeout", (35, 2));
    check("01 4b2000", Command::LeReadTransmitPower, "HCI_LE_Read_Transmit_Power", (38, 7));
    check("01 602000", Command::LeReadBufferSizeV2, "HCI_LE_Read_Buffer_Size [v2]", (41, 5));
}

/// No two commands share a bit, and the opcodes that hosts look for first are where they should be.
#[test]
fn places_are_of_one_command_each() {
    let places: BTreeSet<_> = Command::opcodes().filter_map(Command::supported_at).collect();
    assert_eq!(places.len(), Command::opcodes().count());
    for (opcode, place) in
        [(0x0406, (0, 5)), (0x0C03, (5, 7)), (0x200D, (26, 4)), (0x2019, (28, 0)), (0x2043, (37, 7))]
    {
        assert_eq!(Command::supported_at(opcode), Some(place), "{opcode:#06x}");
    }
}
