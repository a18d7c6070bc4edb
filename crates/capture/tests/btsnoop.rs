//! btsnoop files: bytes by hand, a real log, broken files, and properties.

use blesim_capture::btsnoop::{
    BtsnoopReader, BtsnoopWriter, DataLink, Direction, H4Writer, NO_ADAPTER, Opcode, Priority, RECORD_MAX,
    ReadErrorKind, Record,
};
use blesim_packet::Address;
use blesim_packet::hci::{AclData, Command, HciPacket};
use blesim_packet::l2cap::{CID_LE_SIGNALLING, CID_SMP, Reassembler, Signal};
use blesim_packet::smp::SmpPdu;
use proptest::collection::vec;
use proptest::prelude::*;

/// A failing pairing between a single-board computer and a peripheral, as posted to a public mailing list;
/// the calendar date and the first record are made up.
const LOG: &[u8] = include_bytes!("data/rpi-unspecified-reason.btsnoop");
/// The same packets, one adapter.
const LOG_H4: &[u8] = include_bytes!("data/rpi-unspecified-reason.h4.btsnoop");

fn records(file: &[u8]) -> Vec<Record> {
    let reader = BtsnoopReader::new(file).expect("the header is right");
    reader.collect::<Result<_, _>>().expect("every record is whole")
}

/// The octets after the kind of packet was taken away, as the monitor format holds them.
fn without_indicator(packet: &HciPacket) -> Vec<u8> {
    packet.encode()[1..].to_vec()
}

#[test]
fn the_bytes_of_a_file() {
    // Each field of the file's and the record's header, against doc/btsnoop.txt of BlueZ.
    let mut writer = BtsnoopWriter::new(Vec::new()).unwrap();
    let address = Address::public([0xB8, 0x27, 0xEB, 0x15, 0x50, 0x70]);
    writer.new_index(1, 0, address, "centralised").unwrap();
    writer.packet(1, 0x0102, Direction::FromHost, &HciPacket::Command(Command::Reset)).unwrap();
    writer.system_note(NO_ADAPTER, 0, "hi").unwrap();
    writer.user_logging(1, 0, Priority::Info, "me", "ok").unwrap();
    let expected = [
        &b"btsnoop\0"[..],
        &[0, 0, 0, 1, 0, 0, 0x07, 0xD1],
        &[0, 0, 0, 16, 0, 0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0],
        &[0, 0xE0, 0x3A, 0xB4, 0x4A, 0x67, 0x60, 0],
        &[0, 0, 0x70, 0x50, 0x15, 0xEB, 0x27, 0xB8],
        b"central\0",
        &[0, 0, 0, 3, 0, 0, 0, 3, 0, 1, 0, 2, 0, 0, 0, 0],
        &[0, 0xE0, 0x3A, 0xB4, 0x4A, 0x67, 0x61, 2],
        &[3, 12, 0],
        &[0, 0, 0, 3, 0, 0, 0, 3, 0xFF, 0xFF, 0, 12, 0, 0, 0, 0],
        &[0, 0xE0, 0x3A, 0xB4, 0x4A, 0x67, 0x60, 0],
        b"hi\0",
        &[0, 0, 0, 8, 0, 0, 0, 8, 0, 1, 0, 13, 0, 0, 0, 0],
        &[0, 0xE0, 0x3A, 0xB4, 0x4A, 0x67, 0x60, 0],
        b"\x06\x03me\0ok\0",
    ]
    .concat();
    assert_eq!(writer.finish().unwrap(), expected);
}

#[test]
fn a_real_log_reads_and_encodes_again() {
    // Every packet of the log decodes and gives its bytes again.
    let records = records(LOG);
    assert_eq!(records.len(), 42);
    assert_eq!(records[0].opcode(), Some(Opcode::NEW_INDEX));
    assert!(records[0].packet().is_none());
    for record in &records[1..] {
        assert_eq!((record.adapter(), record.drops), (Some(0), 0));
        let (_, packet) = record.packet().unwrap();
        assert_eq!(without_indicator(&packet.unwrap()), record.data);
    }
}

#[test]
fn a_real_log_writes_again() {
    // The writer gives the reader's file, byte for byte.
    let mut writer = BtsnoopWriter::new(Vec::new()).unwrap();
    for record in records(LOG) {
        let time = u64::try_from(record.time_us()).unwrap();
        let adapter = record.adapter().unwrap();
        match record.packet() {
            Some((direction, packet)) => writer.packet(adapter, time, direction, &packet.unwrap()),
            None => writer.raw(adapter, time, record.opcode().unwrap(), &record.data),
        }
        .unwrap();
    }
    assert!(writer.finish().unwrap() == LOG);
}

#[test]
fn the_two_framings_agree() {
    // The H4 file holds the same packets, directions and times between them.
    let monitor = records(LOG);
    let h4 = records(LOG_H4);
    assert_eq!(h4[0].data_link, DataLink::H4);
    assert_eq!((h4[0].adapter(), h4[0].opcode()), (None, None));
    assert!(monitor[1..].iter().map(Record::packet).eq(h4.iter().map(Record::packet)));
    let times = |records: &[Record]| -> Vec<i64> {
        records.windows(2).map(|pair| pair[1].timestamp - pair[0].timestamp).collect()
    };
    assert_eq!(times(&monitor[1..]), times(&h4));
}

/// What is above HCI in the log: the PDU's name, with an arrow for its way.
fn told(direction: Direction, acl: &AclData, reassemblers: &mut [Reassembler; 2]) -> Option<String> {
    let (arrow, reassembler) = match direction {
        Direction::FromHost => ("<", &mut reassemblers[0]),
        Direction::ToHost => (">", &mut reassemblers[1]),
    };
    let frame = reassembler.feed(acl.boundary != 1, &acl.data).expect("the log keeps the rules")?;
    let payload = frame.payload;
    Some(match frame.cid {
        CID_SMP => {
            let pdu = SmpPdu::decode(payload).expect("the log keeps the rules");
            assert_eq!(*pdu.encode(), *payload);
            format!("{arrow} {}", pdu.name())
        }
        CID_LE_SIGNALLING => {
            let signal = Signal::decode(payload).expect("the log keeps the rules");
            assert_eq!(*signal.encode(), *payload);
            let update = matches!(
                signal,
                Signal::ConnectionParameterUpdateRequest { .. }
                    | Signal::ConnectionParameterUpdateResponse { .. }
            );
            assert!(update);
            format!("{arrow} signal")
        }
        other => format!("{arrow} channel {other}"),
    })
}

#[test]
fn a_real_log_tells_its_story() {
    // L2CAP and SMP of the log, in the order in which btmon prints them.
    let mut reassemblers = [Reassembler::new(); 2];
    let mut story = Vec::new();
    for record in records(LOG) {
        if let Some((direction, Ok(HciPacket::Acl(acl)))) = record.packet() {
            story.extend(told(direction, &acl, &mut reassemblers));
        }
    }
    assert_eq!(
        story,
        [
            "> signal",
            "< signal",
            "< Pairing Request",
            "> Pairing Response",
            "< Pairing Confirm",
            "> Pairing Confirm",
            "< Pairing Random",
            "> Pairing Random",
            "> Encryption Information",
            "> Central Identification",
            "< Encryption Information",
            "< Central Identification",
            "< Signing Information",
            "> Pairing Failed",
        ]
    );
}

/// The error's words, wherever in the file it is met.
fn error(file: &[u8]) -> String {
    let error = match BtsnoopReader::new(file) {
        Err(error) => error,
        Ok(mut reader) => {
            let error = reader.find_map(Result::err).expect("the file is broken");
            assert!(reader.next().is_none(), "nothing follows an error");
            error
        }
    };
    error.to_string()
}

#[test]
fn broken_files() {
    // What is wrong and where, in words for a person.
    let check = |file: &[u8], expected: &str| assert_eq!(error(file), expected);
    let changed = |place: usize, octets: &[u8]| {
        let mut file = LOG.to_vec();
        file[place..place + octets.len()].copy_from_slice(octets);
        file
    };
    check(b"", "at byte 0: this is not a btsnoop file");
    check(b"\xD4\xC3\xB2\xA1 and so on", "at byte 0: this is not a btsnoop file");
    check(b"btsnoop", "at byte 0: the file ends after 7 of 16 octets");
    check(&LOG[..15], "at byte 0: the file ends after 15 of 16 octets");
    check(&changed(11, &[2]), "at byte 0: btsnoop version 2 where 1 is known");
    check(&LOG[..17], "at byte 16: the file ends after 1 of 24 octets");
    check(&LOG[..55], "at byte 16: the file ends after 15 of 16 octets");
    check(&LOG[..56 + 23], "at byte 56: the file ends after 23 of 24 octets");
    check(&changed(19, &[15]), "at byte 16: 16 octets are included of a packet that had 15");
    check(
        &changed(16, &[0xFF; 8]),
        "at byte 16: a record of 4294967295 octets where at most 65540 are possible",
    );
}

#[test]
fn a_cut_packet_is_read() {
    // A record may include less than the packet had; its packet then fails to decode.
    let mut file = LOG.to_vec();
    file.truncate(56 + 24 + 2);
    file[56 + 7] = 2;
    let records = records(&file);
    assert_eq!((records[1].original_length, records[1].data.len()), (3, 2));
    assert!(records[1].packet().unwrap().1.is_err());
}

#[test]
fn a_failing_source_is_reported() {
    // The error of the source is passed on, not taken for the end of the file.
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let source = std::io::Read::chain(LOG, Failing);
    let error = BtsnoopReader::new(source).unwrap().find_map(Result::err).unwrap();
    assert!(matches!(error.kind, ReadErrorKind::Io(_)));
    assert_eq!(error.to_string(), format!("at byte {}: the disk is gone", LOG.len()));
}

#[test]
fn the_writer_refuses_what_no_file_can_hold() {
    // And writes nothing of it.
    let mut writer = BtsnoopWriter::new(Vec::new()).unwrap();
    let content = vec![0; RECORD_MAX + 1];
    writer.raw(0, 0, Opcode::EVENT, &content).unwrap_err();
    writer.system_note(0, u64::MAX, "late").unwrap_err();
    writer.user_logging(0, 0, Priority::Error, &"x".repeat(255), "").unwrap_err();
    writer.raw(0, 0, Opcode::EVENT, &content[1..]).unwrap();
    let file = writer.finish().unwrap();
    assert_eq!(records(&file)[0].data.len(), RECORD_MAX);
}

/// The log of one host, read and written again, is the same file: times, flags and packets.
#[test]
fn a_real_log_survives_being_written_again() {
    let first = records(LOG_H4)[0].time_us();
    let mut writer = H4Writer::new(Vec::new()).unwrap();
    for record in records(LOG_H4) {
        let (direction, packet) = record.packet().unwrap();
        let time = u64::try_from(record.time_us() - first).unwrap();
        writer.packet(time, direction, &packet.unwrap()).unwrap();
    }
    let file = writer.finish().unwrap();
    for (written, read) in records(&file).iter().zip(records(LOG_H4)) {
        assert_eq!((&written.data, written.flags), (&read.data, read.flags));
        assert_eq!(written.time_us(), read.time_us() - first);
    }
    assert_eq!(file.len(), LOG_H4.len());
}

proptest! {
    /// What was written is read.
    #[test]
    fn records_survive_the_file(
        written in vec((any::<(u16, u32, u16)>(), vec(any::<u8>(), 0..100)), 0..20),
    ) {
        let mut writer = BtsnoopWriter::new(Vec::new()).unwrap();
        for ((adapter, time, opcode), content) in &written {
            writer.raw(*adapter, u64::from(*time), Opcode(*opcode), content).unwrap();
        }
        let file = writer.finish().unwrap();
        let read = records(&file);
        prop_assert_eq!(read.len(), written.len());
        for (record, ((adapter, time, opcode), content)) in read.iter().zip(&written) {
            prop_assert_eq!(record.adapter(), Some(*adapter));
            prop_assert_eq!(record.time_us(), i64::from(*time));
            prop_assert_eq!(record.opcode(), Some(Opcode(*opcode)));
            prop_assert_eq!(&record.data, content);
        }
    }

    /// Any bytes, and any change to a real log, are read to an end without a panic.
    #[test]
    fn reading_is_total(
        start in prop_oneof![Just(LOG), Just(LOG_H4), Just(&LOG[..16]), Just(&LOG[..0])],
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        tail in vec(any::<u8>(), 0..100),
    ) {
        let mut file = [start, &tail].concat();
        for (place, octet) in changes {
            if !file.is_empty() {
                let place = place.index(file.len());
                file[place] = octet;
            }
        }
        if let Ok(reader) = BtsnoopReader::new(&*file) {
            let mut octets = 0;
            for record in reader.flatten() {
                octets += record.data.len();
                if let Some((_, Ok(packet))) = record.packet() {
                    let encoded = packet.encode();
                    prop_assert!(encoded.ends_with(&record.data));
                }
            }
            prop_assert!(octets <= file.len());
        }
    }
}
