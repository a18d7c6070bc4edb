//! pcap and pcapng files: what we write is read back, by us and by an independent parser; what others write is
//! read; and any bytes end in packets or in an error that says where.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_capture::btsnoop::Direction;
use blesim_capture::pcap::{
    AirPacket, Content, ContentError, LinkType, Mic, Packet, PcapReadErrorKind, Sender,
};
use blesim_capture::{PcapReader, PcapWriter, PcapngWriter};
use blesim_packet::hci::{Command, HciPacket};
use blesim_packet::ll::{AccessAddress, ChannelIndex, Phy};
use proptest::collection::vec;
use proptest::prelude::*;

/// 2000-01-01 in nanoseconds since 1970.
const EPOCH: u64 = 946_684_800_000_000_000;

fn packets(file: &[u8]) -> Vec<Packet> {
    PcapReader::new(file).unwrap().map(Result::unwrap).collect()
}

/// The error a file ends with, and how many packets come before it.
fn failure(file: &[u8]) -> (usize, String) {
    let reader = match PcapReader::new(file) {
        Ok(reader) => reader,
        Err(error) => return (0, error.to_string()),
    };
    let mut before = 0;
    for packet in reader {
        match packet {
            Ok(_) => before += 1,
            Err(error) => return (before, error.to_string()),
        }
    }
    panic!("the file was read to its end");
}

/// A file with two interfaces, three packets and a remark at the end.
fn sample() -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), "a test", "what this is").unwrap();
    let air = writer.interface(LinkType::LE_LL_WITH_PHDR, "air", "all of it").unwrap();
    let host = writer.interface(LinkType::HCI_H4_WITH_PHDR, "phone", "").unwrap();
    writer.packet(air, 1, &[1, 2, 3], &[]).unwrap();
    writer.packet(host, 2_000_000_123, &[0, 0, 0, 1, 4], &["one".into(), "two words".into()]).unwrap();
    writer.packet(air, 3_000_000_000, &[], &["empty".into()]).unwrap();
    writer.remark(air, 4_000_000_000, &["the end".into()]).unwrap();
    writer.finish().unwrap()
}

#[test]
fn pcapng_is_read_as_it_was_written() {
    let read = packets(&sample());
    let check = |index: usize, link, name: &str, time, data: &[u8], comments: &[&str]| {
        let packet = &read[index];
        assert_eq!((packet.number, packet.link_type), (index as u64 + 1, link));
        assert_eq!((&*packet.interface, packet.time_ns), (name, EPOCH + time));
        assert_eq!((&*packet.data, packet.original_length as usize), (data, data.len()));
        assert_eq!(packet.comments, comments);
    };
    check(0, LinkType::LE_LL_WITH_PHDR, "air", 1, &[1, 2, 3], &[]);
    let phone = LinkType::HCI_H4_WITH_PHDR;
    check(1, phone, "phone", 2_000_000_123, &[0, 0, 0, 1, 4], &["one", "two words"]);
    check(2, LinkType::LE_LL_WITH_PHDR, "air", 3_000_000_000, &[], &["empty"]);
    assert_eq!(read.len(), 3);
}

/// The pcap-parser crate sees the same blocks in our file: it was written by others.
#[test]
fn an_independent_parser_reads_our_file() {
    use pcap_parser::traits::PcapReaderIterator;
    use pcap_parser::{Block, PcapBlockOwned, PcapError, PcapNGReader};
    let file = sample();
    let mut reader = PcapNGReader::new(65_536, &*file).unwrap();
    let mut seen = Vec::new();
    loop {
        match reader.next() {
            Ok((octets, PcapBlockOwned::NG(block))) => {
                seen.push(match block {
                    Block::SectionHeader(header) => format!("section {}", header.major_version),
                    Block::InterfaceDescription(interface) => format!(
                        "interface {} {} {:?}",
                        interface.linktype.0,
                        interface.if_name().unwrap().unwrap(),
                        interface.ts_resolution()
                    ),
                    Block::EnhancedPacket(packet) => format!(
                        "packet {} {:?} {} {}",
                        packet.if_id,
                        packet.decode_ts(0, 1_000_000_000),
                        packet.caplen,
                        packet.options.len()
                    ),
                    Block::InterfaceStatistics(statistics) => format!("statistics {}", statistics.if_id),
                    other => format!("{other:?}"),
                });
                reader.consume(octets);
            }
            Ok(_) => panic!("this is no pcap file"),
            Err(PcapError::Eof) => break,
            Err(PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(
        seen,
        [
            "section 1",
            "interface 256 air Some(1000000000)",
            "interface 201 phone Some(1000000000)",
            "packet 0 (946684800, 1) 3 0",
            // Two comments and the end of the options.
            "packet 1 (946684802, 123) 5 3",
            "packet 0 (946684803, 0) 0 2",
            "statistics 0",
        ]
    );
}

#[test]
fn pcap_is_read_as_it_was_written() {
    // The file keeps microseconds.
    let mut writer = PcapWriter::new(Vec::new(), LinkType::LE_LL_WITH_PHDR).unwrap();
    writer.packet(1_500_000_999, &[7; 12]).unwrap();
    writer.packet(2_000_000_000, &[8; 300]).unwrap();
    let read = packets(&writer.finish().unwrap());
    let times: Vec<u64> = read.iter().map(|packet| packet.time_ns - EPOCH).collect();
    assert_eq!(times, [1_500_000_000, 2_000_000_000]);
    assert_eq!((read[0].data.len(), read[1].data.len()), (12, 300));
    assert!(read.iter().all(|packet| packet.link_type == LinkType::LE_LL_WITH_PHDR));
}

/// One field of a file made by hand.
fn word(big: bool, number: u32) -> [u8; 4] {
    if big { number.to_be_bytes() } else { number.to_le_bytes() }
}

/// A block with its length at both ends.
fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let length = word(big, u32::try_from(body.len()).unwrap() + 12);
    [&word(big, kind), &length, body, &length].concat()
}

/// A section's header.
fn section(big: bool) -> Vec<u8> {
    let version: &[u8] = if big { &[0, 1, 0, 0] } else { &[1, 0, 0, 0] };
    block(big, 0x0A0D_0D0A, &[&word(big, 0x1A2B_3C4D), version, &[0xFF; 8]].concat())
}

/// An interface of link type 251 whose times have this resolution and offset.
fn interface(big: bool, resolution: u8, offset: i64) -> Vec<u8> {
    let half = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let offset = if big { offset.to_be_bytes() } else { offset.to_le_bytes() };
    let resolution = [&half(9)[..], &half(1), &[resolution, 0, 0, 0]].concat();
    let offset = [&half(14)[..], &half(8), &offset].concat();
    block(big, 1, &[&half(251)[..], &[0; 6], &resolution, &offset, &[0; 4]].concat())
}

/// A packet of four octets at this time.
fn packet(big: bool, time: u64) -> Vec<u8> {
    let [high, low] = [u32::try_from(time >> 32).unwrap(), u32::try_from(time & 0xFFFF_FFFF).unwrap()];
    let fields = [0, high, low, 4, 9].map(|field| word(big, field)).concat();
    block(big, 6, &[&fields, &[1, 2, 3, 4][..]].concat())
}

/// Both orders of octets, and every way to count time.
#[test]
fn others_files_are_read() {
    let check = |big: bool, resolution: u8, offset: i64, time: u64, expected: u64| {
        let file = [section(big), interface(big, resolution, offset), packet(big, time)].concat();
        let read = packets(&file);
        assert_eq!(read.len(), 1, "{big} {resolution}");
        assert_eq!((read[0].time_ns, read[0].original_length), (expected, 9), "{big} {resolution}");
        assert_eq!((&*read[0].data, read[0].link_type), (&[1, 2, 3, 4][..], LinkType::LE_LL));
    };
    for big in [false, true] {
        check(big, 6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000);
        check(big, 9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789);
        check(big, 3, 5, 1_000, 6_000_000_000);
        check(big, 0, -3, 10, 7_000_000_000);
        check(big, 0, -11, 10, 0);
        check(big, 0x8A, 0, 1_536, 1_500_000_000);
        check(big, 0xFF, 0, u64::MAX, 0);
        check(big, 127, 0, u64::MAX, 0);
        check(big, 0, i64::MAX, u64::MAX, u64::MAX);
    }
    // Blocks that are not known are passed over, sections may follow each other in different orders, a simple packet
    // has no time, and the old packet block is an old way to say the same.
    let old =
        block(false, 2, &[&[0, 0, 5, 0][..], &[0; 8], &[2, 0, 0, 0, 2, 0, 0, 0], &[8, 9, 0, 0]].concat());
    let simple = block(false, 3, &[4, 0, 0, 0, 5, 6, 7, 8]);
    let file = [
        section(false),
        interface(false, 6, 0),
        block(false, 0xBAD, &[0; 1000]),
        old,
        simple,
        section(true),
        interface(true, 6, 0),
        packet(true, 1),
    ]
    .concat();
    let read: Vec<(u64, Vec<u8>)> =
        packets(&file).into_iter().map(|packet| (packet.time_ns, packet.data)).collect();
    assert_eq!(read, [(0, vec![8, 9]), (0, vec![5, 6, 7, 8]), (1_000, vec![1, 2, 3, 4])]);
}

/// pcap in both orders and resolutions.
#[test]
fn others_pcap_files_are_read() {
    let check = |big: bool, magic: u32, expected: u64| {
        let version: [u8; 4] = if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
        let header = [&word(big, magic), &version[..], &[0; 8], &word(big, 65_535), &word(big, 272)].concat();
        let record = [1_000, 7, 2, 30].map(|field| word(big, field)).concat();
        let read = packets(&[header, record, vec![1, 2]].concat());
        assert_eq!((read[0].time_ns, read[0].link_type), (expected, LinkType::NORDIC_BLE));
        assert_eq!((read[0].original_length, &*read[0].data), (30, &[1, 2][..]));
    };
    for big in [false, true] {
        check(big, 0xA1B2_C3D4, 1_000_000_007_000);
        check(big, 0xA1B2_3C4D, 1_000_000_000_007);
    }
}

/// Every way in which a file can be wrong is told, with the place.
#[test]
fn errors_say_where_reading_stopped() {
    let check =
        |file: &[u8], before: usize, expected: &str| assert_eq!(failure(file), (before, expected.into()));
    let not = "at byte 0: this is neither a pcap nor a pcapng file";
    check(&[], 0, not);
    check(b"btsnoop\0", 0, not);
    check(&[0xD4, 0xC3, 0xB2], 0, not);
    check(&[0xD4, 0xC3, 0xB2, 0xA1, 2, 0], 0, "at byte 0: the file ends after 2 of 20 octets");
    let version = [&[0xD4, 0xC3, 0xB2, 0xA1, 9, 0, 4, 0][..], &[0; 16]].concat();
    check(&version, 0, "at byte 0: version 9.4 of the format is not known");
    let file = sample();
    let interfaces = [section(false), interface(false, 6, 0)].concat();
    let after = interfaces.len();
    // Cut in the middle of a packet, and in the middle of a type.
    let cut = file.len() - 60;
    let (before, text) = failure(&file[..cut]);
    assert!(before == 2 && text.contains("the file ends after"), "{before} {text}");
    check(
        &[&*interfaces, &[6, 0]].concat(),
        0,
        &format!("at byte {after}: the file ends after 2 of 4 octets"),
    );
    let check = |tail: &[u8], expected: &str| {
        let file = [&*interfaces, &packet(false, 1), tail].concat();
        let place = interfaces.len() + 36;
        assert_eq!(failure(&file), (1, format!("at byte {place}: {expected}")));
    };
    check(&[6, 0, 0, 0, 13, 0, 0, 0], "a block of 13 octets, which its end does not confirm");
    check(&[9, 0, 0, 0, 8, 0, 0, 0], "a block of 8 octets, which its end does not confirm");
    check(&[9, 0, 0, 0, 16, 0, 0, 0, 1], "the file ends after 1 of 8 octets");
    check(&[6, 0, 0, 0, 0, 0, 0, 0x7F], "2130706432 octets where at most 524288 are possible");
    check(&block(false, 6, &[0; 4]), "the fields of a block do not fit: packet");
    check(&block(false, 3, &[]), "the fields of a block do not fit: packet");
    check(&block(false, 1, &[0; 4]), "the fields of a block do not fit: interface description");
    check(&block(false, 6, &[1; 20]), "a packet of interface 16843009, which was not described");
    let mut long = packet(false, 1);
    long[20] = 200;
    check(&long, "the fields of a block do not fit: packet");
    let mut ends = packet(false, 1);
    *ends.last_mut().unwrap() = 1;
    check(&ends, "a block of 36 octets, which its end does not confirm");
    let many = [section(false), interface(false, 6, 0).repeat(1_025)].concat();
    assert!(failure(&many).1.ends_with("there are too many interfaces"));
}

/// The error of the source is passed on, not taken for the end of the file.
#[test]
fn a_failing_source_is_reported() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let file = sample();
    let source = std::io::Read::chain(&*file, Failing);
    let error = PcapReader::new(source).unwrap().find_map(Result::err).unwrap();
    assert!(matches!(error.kind, PcapReadErrorKind::Io(_)));
    assert_eq!(error.to_string(), format!("at byte {}: the disk is gone", file.len()));
}

/// A packet of the writer's own longest length passes; a longer one is refused, and nothing is written of it.
#[test]
fn the_writers_refuse_what_no_file_can_hold() {
    let long = vec![0; blesim_capture::pcap::PACKET_MAX + 1];
    let mut writer = PcapngWriter::new(Vec::new(), "", &"x".repeat(70_000)).unwrap();
    let air = writer.interface(LinkType::LE_LL, &"\u{e4}".repeat(40_000), "").unwrap();
    writer.packet(air, 0, &long, &[]).unwrap_err();
    writer.packet(air, u64::MAX, &[], &[]).unwrap_err();
    writer.packet(air, 0, &long[1..], &["y".repeat(70_000)]).unwrap();
    let read = packets(&writer.finish().unwrap());
    assert_eq!((read.len(), read[0].data.len()), (1, long.len() - 1));
    assert_eq!((read[0].comments[0].len(), read[0].interface.len()), (65_535, 65_534));
    let mut writer = PcapWriter::new(Vec::new(), LinkType::LE_LL).unwrap();
    writer.packet(0, &long).unwrap_err();
    writer.packet(u64::MAX - EPOCH, &[]).unwrap_err();
    writer.packet(0, &long[1..]).unwrap();
    assert_eq!(packets(&writer.finish().unwrap()).len(), 1);
}

/// A packet of this link type, with these octets.
fn held(link_type: LinkType, data: &[u8]) -> Packet {
    Packet {
        number: 1,
        offset: 0,
        link_type,
        interface: "".into(),
        time_ns: EPOCH + 5_000,
        original_length: u32::try_from(data.len()).unwrap(),
        data: data.to_vec(),
        comments: Vec::new(),
    }
}

/// HCI comes in three forms, and each tells packet and direction, and the monitor its adapter.
#[test]
fn hci_of_every_form_is_read() {
    let check = |link_type, data: &[u8], adapter, direction| {
        let Content::Hci(record) = held(link_type, data).content().unwrap() else { panic!("no HCI") };
        assert_eq!((record.adapter(), record.time_us()), (adapter, 5));
        let (way, packet) = record.packet().unwrap();
        assert_eq!(way, direction);
        packet.unwrap()
    };
    let reset = HciPacket::Command(Command::Reset);
    let h4 = [1, 3, 0x0C, 0];
    assert_eq!(check(LinkType::HCI_H4, &h4, None, Direction::FromHost), reset);
    let tagged = [&[0, 0, 0, 0], &h4[..]].concat();
    assert_eq!(check(LinkType::HCI_H4_WITH_PHDR, &tagged, None, Direction::FromHost), reset);
    let complete = [4, 0x0E, 4, 1, 3, 0x0C, 0];
    check(LinkType::HCI_H4, &complete, None, Direction::ToHost);
    check(LinkType::HCI_H4_WITH_PHDR, &[&[0, 0, 0, 1], &complete[..]].concat(), None, Direction::ToHost);
    let monitor = [&[0, 7, 0, 2], &h4[1..]].concat();
    assert_eq!(check(LinkType::LINUX_MONITOR, &monitor, Some(7), Direction::FromHost), reset);
    let short = held(LinkType::HCI_H4_WITH_PHDR, &[0, 0]).content();
    assert_eq!(short, Err(ContentError::TooShort { need: 4, got: 2 }));
    let ethernet = held(LinkType(1), &[]).content().unwrap_err().to_string();
    assert_eq!(ethernet, "link type 1; those known are 187, 201, 251, 254, 256 and 272");
}

/// An ADV_IND with its CRC, from the test vectors of the CRC: nRF Sniffer captures hold it like this.
const ADVERTISING: [u8; 18] = [
    0xD6, 0xBE, 0x89, 0x8E, 0x00, 0x09, 0xE0, 0xF3, 0x76, 0x4C, 0xA7, 0xD2, 0x02, 0x01, 0x06, 0x5B, 0x4F,
    0xA5,
];

/// The air comes in three forms, which tell more or less about how it was received.
#[test]
fn the_air_of_every_form_is_read() {
    let check = |link_type, head: &[u8]| {
        let data = [head, &ADVERTISING].concat();
        let Content::Air(air) = held(link_type, &data).content().unwrap() else { panic!("no air") };
        assert_eq!(air.access_address, AccessAddress::ADVERTISING);
        assert_eq!((&*air.pdu, air.crc), (&ADVERTISING[4..15], [0x5B, 0x4F, 0xA5]));
        (air.channel.map(|channel| channel.0), air.signal_dbm, air.crc_ok, air.sender, air.mic)
    };
    assert_eq!(check(LinkType::LE_LL, &[]), (None, None, None, Sender::Untold, Mic::Untouched));
    let header = [12, 0xC4, 0, 0, 0, 0, 0, 0, 0x03, 0x0C];
    let told = (Some(38), Some(-60), Some(true), Sender::Untold, Mic::Untouched);
    assert_eq!(check(LinkType::LE_LL_WITH_PHDR, &header), told);
    for (version, lengths) in [(1, [6, 28]), (2, [28, 0]), (3, [28, 0])] {
        let kind = if version == 3 { 2 } else { 6 };
        let header =
            [&[5][..], &lengths, &[version, 1, 0, kind], &[10, 0x01, 38, 60, 0, 0, 0, 0, 0, 0]].concat();
        assert_eq!(check(LinkType::NORDIC_BLE, &header), told, "version {version}");
    }
    // What the sniffer says of itself is nothing of the air.
    let connected = held(LinkType::NORDIC_BLE, &[5, 0, 0, 3, 1, 0, 5]).content();
    assert_eq!(connected, Ok(Content::Nothing));
    let refused = |link_type, data: &[u8], expected: &str| {
        assert_eq!(held(link_type, data).content().unwrap_err().to_string(), expected);
    };
    let sniffer = LinkType::NORDIC_BLE;
    refused(
        sniffer,
        &[0xBE, 0xEF, 6, 0, 0, 0, 0],
        "version 0 of the nRF Sniffer's protocol where 1 to 3 are known",
    );
    refused(
        sniffer,
        &[5, 0, 0, 4, 0, 0, 6],
        "version 4 of the nRF Sniffer's protocol where 1 to 3 are known",
    );
    refused(sniffer, &[5, 0, 0, 3, 0, 0, 6], "7 octets where at least 17 are needed");
    let air = LinkType::LE_LL_WITH_PHDR;
    let with = |head: [u8; 10]| [&head, &ADVERTISING[..]].concat();
    refused(air, &with([0; 10]), "the packet is still whitened");
    refused(air, &with([40, 0, 0, 0, 0, 0, 0, 0, 1, 0]), "channel 40 where 39 is the last");
    refused(air, &with([0, 0, 0, 0, 0, 0, 0, 0, 1, 0xC0]), "PHY 3 where 2 is the last");
    refused(air, &with([0, 0, 0, 0, 0, 0, 0, 0, 1, 0x80])[..15], "5 octets where at least 9 are needed");
    let mut coded = with([0, 0, 0, 0, 0, 0, 0, 0, 1, 0x80]);
    coded[14] = 2;
    refused(air, &coded, "coding indicator 2 where 1 is the last");
    refused(air, &[0; 3], "3 octets where at least 10 are needed");
    refused(LinkType::LE_LL, &ADVERTISING[..8], "8 octets where at least 9 are needed");
}

fn senders() -> impl Strategy<Value = (Sender, Mic)> {
    let mic = prop_oneof![Just(Mic::Untouched), Just(Mic::Right), Just(Mic::Wrong), Just(Mic::Unchecked)];
    // Advertising is never encrypted.
    prop_oneof![
        (prop_oneof![Just(Sender::Central), Just(Sender::Peripheral), Just(Sender::Untold)], mic),
        (0..4_u8).prop_map(|number| (Sender::Auxiliary(number), Mic::Untouched)),
    ]
}

prop_compose! {
    fn air_packets()(
        channel in 0..40_u8,
        phy in prop_oneof![Just(Phy::Le1M), Just(Phy::Le2M), Just(Phy::CodedS2), Just(Phy::CodedS8)],
        signal_dbm in any::<Option<i8>>(),
        address in any::<u32>(),
        (sender, mic) in senders(),
        pdu in vec(any::<u8>(), 2..258),
        crc in any::<[u8; 3]>(),
        crc_ok in any::<Option<bool>>(),
    ) -> AirPacket {
        let (channel, access_address) = (Some(ChannelIndex(channel)), AccessAddress(address));
        AirPacket { channel, phy, signal_dbm, access_address, sender, pdu, crc, crc_ok, mic }
    }
}

proptest! {
    /// A packet of the air survives its header.
    #[test]
    fn air_packets_survive_their_form(packet in air_packets()) {
        let mut octets = Vec::new();
        packet.encode(&mut octets);
        prop_assert_eq!(AirPacket::decode(&octets), Ok(packet));
    }

    /// What was written is read, whatever it is.
    #[test]
    fn packets_survive_the_file(
        written in vec((any::<u32>(), vec(any::<u8>(), 0..100), vec("[a-z ]{0,20}", 0..3)), 0..20),
    ) {
        let mut ng = PcapngWriter::new(Vec::new(), "", "").unwrap();
        let interfaces =
            [ng.interface(LinkType(1), "a", "").unwrap(), ng.interface(LinkType(2), "b", "").unwrap()];
        let mut classic = PcapWriter::new(Vec::new(), LinkType(3)).unwrap();
        for (time, content, comments) in &written {
            ng.packet(interfaces[content.len() % 2], u64::from(*time), content, comments).unwrap();
            classic.packet(u64::from(*time), content).unwrap();
        }
        let (ng, classic) = (packets(&ng.finish().unwrap()), packets(&classic.finish().unwrap()));
        prop_assert_eq!((ng.len(), classic.len()), (written.len(), written.len()));
        for ((ng, classic), (time, content, comments)) in ng.iter().zip(&classic).zip(&written) {
            let time = EPOCH + u64::from(*time);
            prop_assert_eq!((ng.time_ns, classic.time_ns), (time, time / 1_000 * 1_000));
            prop_assert_eq!((&ng.data, &classic.data, &ng.comments), (content, content, comments));
            prop_assert_eq!(usize::from(ng.link_type.0), 1 + content.len() % 2);
        }
    }

    /// Any bytes, and any change to a file, are read to an end without a panic and without more memory than there
    /// are bytes.
    #[test]
    fn reading_is_total(
        start in prop_oneof![Just(sample()), Just(sample()[..40].to_vec()), Just(Vec::new())],
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in vec(any::<u8>(), 0..100),
    ) {
        let mut file = [start, tail].concat();
        for (place, octet) in changes {
            if !file.is_empty() {
                let place = place.index(file.len());
                file[place] = octet;
            }
        }
        if let Ok(reader) = PcapReader::new(&*file) {
            let mut octets = 0;
            for packet in reader.flatten() {
                octets += packet.data.len();
                let _any = packet.content();
            }
            prop_assert!(octets <= file.len());
        }
    }

    /// Any octets of any link type are content or an error.
    #[test]
    fn content_is_total(
        link in prop_oneof![Just(187), Just(201), Just(251), Just(254), Just(256), Just(272), any::<u16>()],
        data in vec(any::<u8>(), 0..60),
    ) {
        if let Ok(Content::Hci(record)) = held(LinkType(link), &data).content() {
            let _any = record.packet();
        }
    }
}
