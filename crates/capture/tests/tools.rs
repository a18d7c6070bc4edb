//! btmon and Wireshark read our files as we mean them.
//!
//! A tool that is not installed is skipped with a message, except where the variable CI is set.

use blesim_capture::btsnoop::{Direction, NO_ADAPTER, Priority};
use blesim_capture::pcap::{AirPacket, LinkType, Mic, Sender};
use blesim_capture::{BtsnoopWriter, PcapWriter};
use blesim_packet::hci::{ACL_DATA_MAX, AclData, Command, ErrorCode, Event, HciPacket, LeCreateConnection};
use blesim_packet::l2cap::{CID_LE_SIGNALLING, CID_SMP, Signal, frame};
use blesim_packet::ll::{AccessAddress, CRC_INIT_ADVERTISING, ChannelIndex, Phy, crc24_octets};
use blesim_packet::smp::{AuthReq, IoCapability, KeyDistribution, Keypress, PairingFeatures, Reason, SmpPdu};
use blesim_packet::{Address, AddressKind, Octets};
use std::io::{self, Write};
use std::process::Command as Process;
use tempfile::NamedTempFile;

const CENTRAL: u16 = 0;
const PERIPHERAL: u16 = 1;
const HANDLE: u16 = 64;
const CENTRAL_ADDRESS: Address = Address::public([0xB8, 0x27, 0xEB, 0x15, 0x50, 0x70]);
const PERIPHERAL_ADDRESS: Address = Address::random([0xD2, 0xA7, 0x4C, 0x76, 0xF3, 0xE0]);

/// What the tool prints; `None` if it is not installed.
fn run(tool: &str, arguments: &[&str], file: &NamedTempFile) -> Option<String> {
    let path = file.path().to_str().expect("temporary paths are UTF-8");
    let arguments = arguments.iter().map(|argument| if *argument == "FILE" { path } else { argument });
    let output = match Process::new(tool).args(arguments).output() {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "{tool} has to be installed where CI is set");
            let _closed = writeln!(io::stderr(), "skipped: {tool} is not installed");
            return None;
        }
        Err(error) => panic!("{tool} does not start: {error}"),
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{tool}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Some(text)
}

/// A file being written, a millisecond from each record to the next.
struct Session {
    writer: BtsnoopWriter<Vec<u8>>,
    now: u64,
}

impl Session {
    fn new() -> Self {
        let mut writer = BtsnoopWriter::new(Vec::new()).expect("memory takes everything");
        writer.new_index(CENTRAL, 0, CENTRAL_ADDRESS, "central").expect("memory takes everything");
        writer.new_index(PERIPHERAL, 0, PERIPHERAL_ADDRESS, "periph").expect("memory takes everything");
        Self { writer, now: 0 }
    }

    fn packet(&mut self, adapter: u16, direction: Direction, packet: &HciPacket) {
        self.now += 1_000;
        self.writer.packet(adapter, self.now, direction, packet).expect("memory takes everything");
    }

    fn command(&mut self, adapter: u16, command: &Command) {
        self.packet(adapter, Direction::FromHost, &HciPacket::Command(*command));
    }

    fn event(&mut self, adapter: u16, event: &Event) {
        self.packet(adapter, Direction::ToHost, &HciPacket::Event(*event));
    }

    /// From one host to the other, as both see it.
    fn acl(&mut self, from: u16, to: u16, data: Octets<ACL_DATA_MAX>) {
        let packet = |boundary| HciPacket::Acl(AclData { handle: HANDLE, boundary, broadcast: 0, data });
        self.packet(from, Direction::FromHost, &packet(0));
        self.packet(to, Direction::ToHost, &packet(2));
    }

    fn smp(&mut self, from: u16, to: u16, pdu: SmpPdu) {
        self.acl(from, to, frame(CID_SMP, &pdu.encode()));
    }

    fn finish(self) -> NamedTempFile {
        let octets = self.writer.finish().expect("memory takes everything");
        let mut file = NamedTempFile::with_suffix(".btsnoop").expect("there is a place for temporary files");
        file.write_all(&octets).expect("there is room for a few kilobytes");
        file
    }
}

fn complete(opcode: u16, returned: &[u8]) -> Event {
    let parameters = Octets::from_slice(returned).expect("return parameters are short");
    Event::CommandComplete { packets: 1, opcode, parameters }
}

fn connect(session: &mut Session) {
    session.command(CENTRAL, &Command::Reset);
    session.event(CENTRAL, &complete(0x0C03, &[0]));
    session.command(PERIPHERAL, &Command::LeReadBufferSize);
    session.event(PERIPHERAL, &complete(0x2002, &[0, 251, 0, 8]));
    let data = Octets::from_slice(&[2, 1, 6]).expect("three octets fit");
    session.command(PERIPHERAL, &Command::LeSetAdvertisingData(data));
    session.event(PERIPHERAL, &complete(0x2008, &[0]));
    let request = LeCreateConnection {
        scan_interval: 96,
        scan_window: 48,
        filter_policy: 0,
        peer: PERIPHERAL_ADDRESS,
        own_address_kind: AddressKind::Public,
        interval_min: 40,
        interval_max: 56,
        latency: 0,
        timeout: 420,
        min_ce_length: 0,
        max_ce_length: 0,
    };
    session.command(CENTRAL, &Command::LeCreateConnection(request));
    session.event(CENTRAL, &Event::CommandStatus { status: ErrorCode::SUCCESS, packets: 1, opcode: 0x200D });
    for (adapter, role, peer) in [(CENTRAL, 0, PERIPHERAL_ADDRESS), (PERIPHERAL, 1, CENTRAL_ADDRESS)] {
        session.event(
            adapter,
            &Event::LeConnectionComplete {
                status: ErrorCode::SUCCESS,
                handle: HANDLE,
                role,
                peer,
                interval: 54,
                latency: 0,
                timeout: 420,
                clock_accuracy: 0,
            },
        );
    }
}

/// One of every SMP PDU; the order is not that of a pairing.
fn pairing(session: &mut Session) {
    let keys = KeyDistribution::ENC_KEY.with(KeyDistribution::ID_KEY);
    let features = PairingFeatures {
        io: IoCapability::KeyboardDisplay,
        oob: false,
        auth: AuthReq::BONDING.with(AuthReq::MITM).with(AuthReq::SC),
        max_key_size: 16,
        initiator_keys: keys,
        responder_keys: keys,
    };
    let value = 0x0011_2233_4455_6677_8899_AABB_CCDD_EEFF;
    for pdu in [
        SmpPdu::PairingRequest(features),
        SmpPdu::PairingConfirm(value),
        SmpPdu::PairingRandom(value),
        SmpPdu::PairingPublicKey { x: [0x11; 32], y: [0x22; 32] },
        SmpPdu::PairingDhKeyCheck(value),
        SmpPdu::KeypressNotification(Keypress::DigitEntered),
        SmpPdu::EncryptionInformation { ltk: value },
        SmpPdu::CentralIdentification { ediv: 0xABCD, rand: 0x0102_0304_0506_0708 },
        SmpPdu::IdentityInformation { irk: value },
        SmpPdu::IdentityAddressInformation(CENTRAL_ADDRESS),
        SmpPdu::SigningInformation { csrk: value },
    ] {
        session.smp(CENTRAL, PERIPHERAL, pdu);
    }
    for pdu in [
        SmpPdu::SecurityRequest(features.auth),
        SmpPdu::PairingResponse(features),
        SmpPdu::PairingFailed(Reason::CONFIRM_VALUE_FAILED),
    ] {
        session.smp(PERIPHERAL, CENTRAL, pdu);
    }
}

fn encrypt_and_leave(session: &mut Session) {
    let (rand, ediv, ltk) = (0x0102_0304_0506_0708, 0xABCD, 0x42);
    session.command(CENTRAL, &Command::LeEnableEncryption { handle: HANDLE, rand, ediv, ltk });
    session.event(PERIPHERAL, &Event::LeLongTermKeyRequest { handle: HANDLE, rand, ediv });
    session.command(PERIPHERAL, &Command::LeLongTermKeyRequestNegativeReply { handle: HANDLE });
    let status = ErrorCode::PIN_OR_KEY_MISSING;
    session.event(CENTRAL, &Event::EncryptionChange { status, handle: HANDLE, enabled: 0 });
    session.event(CENTRAL, &Event::NumberOfCompletedPackets { handle: HANDLE, count: 12 });
    let request = Signal::ConnectionParameterUpdateRequest {
        identifier: 1,
        interval_min: 6,
        interval_max: 12,
        latency: 0,
        timeout: 400,
    };
    session.acl(PERIPHERAL, CENTRAL, frame(CID_LE_SIGNALLING, &request.encode()));
    let reason = ErrorCode::AUTHENTICATION_FAILURE;
    session.command(CENTRAL, &Command::Disconnect { handle: HANDLE, reason });
    let status = ErrorCode::SUCCESS;
    session.event(PERIPHERAL, &Event::DisconnectionComplete { status, handle: HANDLE, reason });
}

fn sample() -> (NamedTempFile, u64) {
    let mut session = Session::new();
    session.writer.system_note(NO_ADAPTER, 0, "scenario lost-bond, seed 7").expect("memory takes it");
    connect(&mut session);
    pairing(&mut session);
    encrypt_and_leave(&mut session);
    let text = "gave up after 3 attempts";
    session
        .writer
        .user_logging(CENTRAL, session.now, Priority::Warning, "blesim", text)
        .expect("memory takes it");
    let packets = session.now / 1_000;
    (session.finish(), packets)
}

#[test]
fn btmon_reads_a_session() {
    // The lines that a maintainer of a stack would look for, and no complaint.
    let (file, packets) = sample();
    let Some(text) = run("btmon", &["-r", "FILE", "-t", "-C", "160", "-c", "never"], &file) else { return };
    for expected in [
        "= Note: scenario lost-bond, seed 7",
        "= New Index: B8:27:EB:15:50:70 (Primary,Virtual,central)",
        "= New Index: D2:A7:4C:76:F3:E0 (Primary,Virtual,periph)",
        "< HCI Command: Reset (0x03|0x0003) plen 0",
        "> HCI Event: Command Complete (0x0e) plen 4",
        "packets: 8",
        "Flags: 0x06",
        "Peer address: D2:A7:4C:76:F3:E0 (Static)",
        "Max connection interval: 70.00 msec (0x0038)",
        "Role: Peripheral (0x01)",
        "Connection interval: 67.50 msec (0x0036)",
        "SMP: Pairing Request (0x01) len 6",
        "Authentication requirement: Bonding, MITM, SC, No Keypresses (0x0d)",
        "SMP: Pairing Response (0x02) len 6",
        "SMP: Pairing Public Key (0x0c) len 64",
        "SMP: Pairing DHKey Check (0x0d) len 16",
        "EDIV: 0xabcd",
        "Rand: 0x0102030405060708",
        "Address: B8:27:EB:15:50:70",
        "Reason: Confirm value failed (0x04)",
        "LE Long Term Key Request (0x05)",
        "Status: PIN or Key Missing (0x06)",
        "LE L2CAP: Connection Parameter Update Request (0x12) ident 1 len 8",
        "Timeout multiplier: 400",
        "Reason: Authentication Failure (0x05)",
        "= blesim: gave up after 3 attempts",
        "00:00:00.001000",
    ] {
        assert!(text.contains(expected), "btmon does not print {expected:?}:\n{text}");
    }
    for complaint in ["nvalid", "nknown", "eserved", "alformed", "nexpected"] {
        assert!(!text.contains(complaint), "btmon prints {complaint:?}:\n{text}");
    }
    let headers = text.lines().filter(|line| line.starts_with(['<', '>'])).count();
    assert_eq!(u64::try_from(headers).unwrap(), packets);
}

#[test]
fn wireshark_reads_a_session() {
    // Every packet is dissected to its top layer, none is malformed, and nobody has a remark.
    let (file, packets) = sample();
    let fields = "-e frame.protocols -e btsmp.opcode -e _ws.malformed -e _ws.expert.message";
    let mut arguments = vec!["-r", "FILE", "-T", "fields"];
    arguments.extend(fields.split(' '));
    let Some(text) = run("tshark", &arguments, &file) else { return };
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let count = |protocol: &str| rows.iter().filter(|row| row[0].contains(protocol)).count();
    assert_eq!((count("bthci_cmd") + count("bthci_evt") + count("bthci_acl")) as u64, packets, "{text}");
    assert_eq!(count("btsmp"), 28, "{text}");
    let mut codes: Vec<&str> = rows.iter().map(|row| row[1]).filter(|code| !code.is_empty()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 14, "{text}");
    // Wireshark 4.0 takes the length of a message's identifier for the width of a number and calls any such
    // record malformed, so only HCI is asked about.
    for row in rows.iter().filter(|row| row[0].contains("bthci")) {
        assert!(row[2..].iter().all(|remark| remark.is_empty()), "{row:?}\n{text}");
    }
}

/// A packet of the air with its CRC as on an advertising channel.
fn air(channel: u8, phy: Phy, sender: Sender, pdu: &[u8]) -> Vec<u8> {
    let packet = AirPacket {
        channel: Some(ChannelIndex(channel)),
        phy,
        signal_dbm: Some(-60),
        access_address: AccessAddress::ADVERTISING,
        sender,
        pdu: pdu.to_vec(),
        crc: crc24_octets(CRC_INIT_ADVERTISING, pdu),
        // Where it computes a CRC itself, Wireshark 4.0 takes the coding indicator for a part of the PDU.
        crc_ok: matches!(phy, Phy::CodedS2 | Phy::CodedS8).then_some(true),
        mic: Mic::Untouched,
    };
    let mut octets = Vec::new();
    packet.encode(&mut octets);
    octets
}

#[test]
fn wireshark_reads_every_phy() {
    // Extended advertising from its pointer to its request for a connection, on every PHY.
    let pointer = [0x07, 7, 0x06, 0x18, 0x34, 0x12, 0x0C, 0x64, 0x00];
    let auxiliary = [0x47, 10, 0x49, 0x09, 6, 5, 4, 3, 2, 0xC1, 0x34, 0x12];
    let response = [0x08, 14, 0x0D, 0x03, 6, 5, 4, 3, 2, 0xC1, 1, 0, 0x5E, 0, 0x53, 1];
    let packets = [
        air(37, Phy::Le1M, Sender::Untold, &pointer),
        air(12, Phy::Le1M, Sender::Auxiliary(0), &auxiliary),
        air(12, Phy::Le2M, Sender::Auxiliary(0), &auxiliary),
        air(12, Phy::CodedS2, Sender::Auxiliary(0), &auxiliary),
        air(12, Phy::CodedS8, Sender::Auxiliary(0), &auxiliary),
        air(12, Phy::Le2M, Sender::Auxiliary(0), &response),
    ];
    let mut writer = PcapWriter::new(Vec::new(), LinkType::LE_LL_WITH_PHDR).expect("memory takes it");
    for packet in &packets {
        writer.packet(0, packet).expect("memory takes it");
    }
    let mut file = NamedTempFile::with_suffix(".pcap").expect("there is a place for temporary files");
    file.write_all(&writer.finish().expect("memory takes it")).expect("there is room");
    let fields = "-e btle_rf.channel -e btle_rf.signal_dbm -e btle_rf.phy -e btle.coding_indicator -e _ws.col.Info \
                  -e _ws.malformed -e _ws.expert.message";
    let mut arguments = vec!["-r", "FILE", "-T", "fields"];
    arguments.extend(fields.split_whitespace());
    let Some(text) = run("tshark", &arguments, &file) else { return };
    let expected = [
        "0\t-60\t0\t\tADV_EXT_IND\t\t",
        "14\t-60\t0\t\tAUX_ADV_IND\t\t",
        "14\t-60\t1\t\tAUX_ADV_IND\t\t",
        "14\t-60\t2\t1\tAUX_ADV_IND\t\t",
        "14\t-60\t2\t0\tAUX_ADV_IND\t\t",
        "14\t-60\t1\t\tAUX_CONNECT_RSP\t\t",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}
