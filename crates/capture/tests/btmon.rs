//! The text of btmon: what it shows is what the btsnoop file holds from which it came, however it was pasted, and any
//! text ends in packets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_capture::btmon::{TextContent, TextPacket};
use blesim_capture::btsnoop::Direction;
use blesim_capture::{BtmonReader, CaptureReader, Item, What};
use blesim_packet::hci::{AclData, Command, ErrorCode, Event, HciPacket};
use blesim_packet::l2cap::{CID_SMP, Frame};
use blesim_packet::smp::SmpPdu;
use blesim_packet::{Address, Octets};
use proptest::prelude::*;

const RECORDED: &[u8] = include_bytes!("data/rpi-unspecified-reason.btsnoop");
const TEXT: &str = include_str!("data/rpi-unspecified-reason.btmon.txt");
const QUOTED: &str = include_str!("data/rpi-unspecified-reason.quoted.btmon.txt");

fn packets(text: &str) -> Vec<TextPacket> {
    BtmonReader::new(text.as_bytes()).map(Result::unwrap).collect()
}

/// The only packet of a text.
fn only(text: &str) -> TextPacket {
    let mut all = packets(text);
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn hci(packet: TextPacket) -> HciPacket {
    match packet.content {
        TextContent::Packet(packet) => packet,
        other => panic!("{other:?}"),
    }
}

/// The Security Manager's PDU in an ACL packet.
fn smp(packet: TextPacket) -> SmpPdu {
    let HciPacket::Acl(AclData { data, .. }) = hci(packet) else { panic!("no data") };
    let frame = Frame::decode(&data).unwrap();
    assert_eq!(frame.cid, CID_SMP);
    SmpPdu::decode(frame.payload).unwrap()
}

fn items(capture: &[u8]) -> Vec<Item> {
    CaptureReader::new(capture)
        .unwrap()
        .map(Result::unwrap)
        .filter(|item| matches!(item.what, What::Hci { .. }))
        .collect()
}

/// The recorded failure reads the same from its text, plain and quoted, as from its btsnoop file: the same packets at
/// the same times, but for those that the text shows without their parameters.
#[test]
fn the_recording_reads_the_same_from_its_text() {
    let recorded = items(RECORDED);
    for text in [TEXT, QUOTED] {
        let read = packets(text);
        assert_eq!(read.len(), 41);
        assert_eq!(recorded.len(), read.len());
        let mut same = 0;
        for (recorded, read) in recorded.iter().zip(&read) {
            // The New Index record of the file is at the text's zero.
            assert_eq!(Some(recorded.time_us), read.time_us, "line {}", read.line);
            let What::Hci { direction, packet, .. } = &recorded.what else { panic!("no packet") };
            assert_eq!(*direction, read.direction, "line {}", read.line);
            match &read.content {
                TextContent::Packet(shown) if shown == packet => same += 1,
                // Filters and masks; and two parameters that are for information only.
                TextContent::Title(title) => assert!(title.contains("HCI"), "{title}"),
                shown => panic!("line {}: {shown:?} is not {packet:?}", read.line),
            }
        }
        assert_eq!(same, 37, "all but four commands");
    }
}

/// Words, widths and wrappings that are found in mails and issues, of several versions.
#[test]
fn a_packet_is_read_however_it_was_pasted() {
    let confirm = 0x2FAA_6751_C288_8AC9_FF08_8F5A_CCE0_0B6E_u128;
    let check = |text: &str| assert_eq!(smp(only(text)), SmpPdu::PairingConfirm(confirm), "{text}");
    // Old, with its misspelling; newer; with a packet number; with the program; with the handle's address.
    check(
        "> ACL Data RX: Handle 64 flags 0x02 dlen 21        [hci0] 315.202330
      SMP: Pairing Confirm (0x03) len 16
        Confim value: 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
    check(
        "> ACL Data RX: Handle 64 flags 0x02 dlen 21   #12 [hci0] 12:35:01.738352
      SMP: Pairing Confirm (0x03) len 16
        Confirm value: 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
    check(
        "> LE-ACL: Handle 64 [66:B0:26:F1:D3:BC] [1/6] flags 0x02 dlen 21  #493 [hci0] 12:36:18.977915
      SMP: Pairing Confirm (0x03) len 16
        Confirm value: 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
    check(
        "bluetoothd[888]: < ACL Data TX: Handle 64 [1.. flags 0x00 dlen 21  #493 [hci0] 12:36:18.977915
      SMP: Pairing Confirm (0x03) len 16
        Confirm value: 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
    // Quoted once, twice, and without a blank; wrapped; with a soft break of the transfer encoding.
    check(
        "> > ACL Data RX: Handle 64 flags 0x02 dlen 21
>                          [hci0] 315.202330
>       SMP: Pairing Confirm (0x03) len 16
>         Confim value:
> 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
    check(
        ">> > ACL Data RX: Handle 64 flags 0x02 dlen 21                         #=
12 [hci0] 8.104041
>>      SMP: Pairing Confirm (0x03) len 16
>>        Confirm value: 6e0be0cc5a8f08ff=
c98a88c25167aa2f\n",
    );
    check(
        ">> ACL Data RX: Handle 64 flags 0x02 dlen 21
>      SMP: Pairing Confirm (0x03) len 16
>        Confirm value: 6e0be0cc5a8f08ffc98a88c25167aa2f
>
> I wonder why this fails.
> Reason: none is given.\n",
    );
    // Set in as a block of code, and without details' blanks.
    check(
        "    > ACL Data RX: Handle 64 flags 0x02 dlen 21
          SMP: Pairing Confirm (0x03) len 16
            Confirm value: 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
    check(
        "> ACL Data RX: Handle 64 flags 0x02 dlen 21
SMP: Pairing Confirm (0x03) len 16
Confirm value: 6e0be0cc5a8f08ffc98a88c25167aa2f\n",
    );
}

/// A role is Master or Central, a latency in milliseconds or events, an address there or taken out.
#[test]
fn a_connection_is_read_in_the_words_of_several_versions() {
    let check = |details: &str, role: u8, peer: Address| {
        let text = format!("> HCI Event: LE Meta Event (0x3e) plen 19     #20 [hci1] 0.216527\n{details}");
        let packet = only(&text);
        assert_eq!((packet.adapter, packet.time_us), (1, Some(216_527)));
        let HciPacket::Event(Event::LeConnectionComplete {
            handle,
            role: read,
            peer: seen,
            interval,
            timeout,
            ..
        }) = hci(packet)
        else {
            panic!("{details}")
        };
        assert_eq!((handle, read, seen, interval, timeout), (64, role, peer, 54, 42));
    };
    let peer = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);
    check(
        "      LE Connection Complete (0x01)\n        Status: Success (0x00)\n        Handle: 64\n        \
         Role: Master (0x00)\n        Peer address type: Random (0x01)\n        Peer address: D2:A7:4C:76:F3:E0 \
         (Static)\n        Connection interval: 67.50 msec (0x0036)\n        \
         Connection latency: 0.00 msec (0x0000)\n        \
         Supervision timeout: 420 msec (0x002a)\n        Master clock accuracy: 0x00\n",
        0,
        peer,
    );
    check(
        "      LE Connection Complete (0x01)\n        Status: Success (0x00)\n        \
         Handle: 64 Address: D2:A7:4C:76:F3:E0 (Static)\n        Role: Peripheral (0x01)\n        \
         Peer address type: Random (0x01)\n        Peer address: (removed)\n        \
         Connection interval: 67.50 msec (0x0036)\n        Connection latency: 0 (0x0000)\n        \
         Supervision timeout: 420 msec (0x002a)\n        Central clock accuracy: 0x00\n",
        1,
        Address::public([0; 6]),
    );
}

/// What stands between packets, and what is missing, does no harm.
#[test]
fn gaps_and_other_lines_are_passed_over() {
    let text = "Hello,\nthis is what I see:\n\n\
        = Note: Linux version 6.13.2 (x86_64)                 0.820009\n\
        @ MGMT Open: bluetoothd (privileged) version 1.23  {0x0001} 0.820015\n\
        @ MGMT Command: Pair Device (0x0019) plen 8  {0x0001} [hci0] 1.0\n        \
        LE Address: D2:A7:4C:76:F3:E0 (Static)\n        Reason: not of this packet (0x05)\n\
        < ACL Data TX: Handle 64 flags 0x00 dlen 6  #5 [hci0] 2.000000\n      \
        SMP: Pairing Failed (0x05) len 1\n        Reason: Confirm value failed (0x04)\n\
        [...]\n\
        > HCI Event: Disconnect Complete (0x05) plen 4  #9 [hci0] 3.500000\n        \
        Status: Success (0x00)\n        Handle: 64\n        Reason: Remote User Terminated Connection (0x13)\n\
        > HCI Event: Disconnect Comple.. (0x05) plen 4  #10 [hci0] 3.600000\n        Status: Success (0x00)\n";
    let read = packets(text);
    let times: Vec<_> = read.iter().map(|packet| packet.time_us.unwrap()).collect();
    assert_eq!(times, [2_000_000, 3_500_000, 3_600_000]);
    assert_eq!(read[0].direction, Direction::FromHost);
    let reason = ErrorCode::REMOTE_USER_TERMINATED_CONNECTION;
    let gone = Event::DisconnectionComplete { status: ErrorCode::SUCCESS, handle: 64, reason };
    assert_eq!(read[1].content, TextContent::Packet(HciPacket::Event(gone)));
    assert!(
        matches!(&read[2].content, TextContent::Title(title) if title.contains("Disconnect")),
        "it is cut"
    );
}

/// What btmon could not read comes back from its octets.
#[test]
fn a_pdu_that_breaks_its_format_comes_back_from_the_dump() {
    let text = "< ACL Data TX: Handle 64 flags 0x00 dlen 20                 #23 [hci1] 0.338377
      SMP: Pairing Random (0x04) len 15
        invalid size
        18 9f 7a 7a b8 c4 b3 7e 47 c5 ea 9e 2d 1f 28     ..zz...~G...-.( \n";
    let HciPacket::Acl(AclData { data, .. }) = hci(only(text)) else { panic!("no data") };
    let expected = [
        16, 0, 6, 0, 4, 0x18, 0x9F, 0x7A, 0x7A, 0xB8, 0xC4, 0xB3, 0x7E, 0x47, 0xC5, 0xEA, 0x9E, 0x2D, 0x1F,
        0x28,
    ];
    assert_eq!(&*data, &expected);
}

/// Keys for encryption are printed as they travel, and so is what names them.
#[test]
fn keys_and_their_names_are_read() {
    let text = "< HCI Command: LE Long Ter.. (0x08|0x001a) plen 18  #1042 [hci1] 837.031865
        Handle: 0 Address: 48:B0:2D:02:81:0A (NVIDIA Corporation)
        Long term key: ea06c5bdb5409c43d3935b7e5b79877a\n";
    let ltk = 0x7A87_795B_7E5B_93D3_439C_40B5_BDC5_06EA;
    assert_eq!(hci(only(text)), HciPacket::Command(Command::LeLongTermKeyRequestReply { handle: 0, ltk }));
    let text = "> HCI Event: LE Meta Event (0x3e) plen 13           #1041 [hci1] 837.031821
      LE Long Term Key Request (0x05)
        Handle: 0 Address: 48:B0:2D:02:81:0A (NVIDIA Corporation)
        Random number: 0xef5a5ac662490108
        Encrypted diversifier: 0x6555\n";
    let event = Event::LeLongTermKeyRequest { handle: 0, rand: 0xEF5A_5AC6_6249_0108, ediv: 0x6555 };
    assert_eq!(hci(only(text)), HciPacket::Event(event));
}

/// A fragment and data that do not matter leave a packet without content: that it passed matters.
#[test]
fn other_data_is_known_to_have_passed() {
    let text = "> ACL Data RX: Handle 64 flags 0x01 dlen 27                 #22 [hci1] 0.279101\n";
    let expected = AclData { handle: 64, boundary: 1, broadcast: 0, data: Octets::new() };
    assert_eq!(hci(only(text)), HciPacket::Acl(expected));
}

proptest! {
    /// Any text, any octets and any damage to a true text end in packets.
    #[test]
    fn any_text_ends_in_packets(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _packets: Vec<_> = BtmonReader::new(&octets[..]).collect();
    }

    #[test]
    fn damaged_text_ends_in_packets(at in 0..TEXT.len(), cut in 0..200_usize, new in "[ -~\n]{0,12}") {
        let mut text = TEXT.as_bytes().to_vec();
        let end = (at + cut).min(text.len());
        text.splice(at..end, new.bytes());
        let read = BtmonReader::new(&text[..]).map(Result::unwrap).count();
        prop_assert!(read <= 41 + 1);
    }
}
