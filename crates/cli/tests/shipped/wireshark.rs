//! Wireshark's view of our captures: nothing malformed, no sequence or CRC wrong but where a fault is marked, and the
//! same pairing in the air as in HCI as in our own text.

use crate::{Case, cases, field_cases, pcapng, tool};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

/// The least severity that is a complaint: a warning. Below are notes, chats and our own comments.
const WARNING: u32 = 0x0060_0000;
/// The flags that tell a CRC was checked and right, in the high octet.
const CRC_FLAGS: u8 = 0x0C;

/// What tshark tells of a packet.
#[derive(Default)]
struct Row {
    number: String,
    interface: String,
    comments: String,
    access_address: String,
    decrypted: bool,
    malformed: bool,
    severity: u32,
    remarks: String,
    smp: Vec<u8>,
    direction: String,
}

const FIELDS: [&str; 10] = [
    "frame.number",
    "frame.interface_name",
    "frame.comment",
    "btle.access_address",
    "btle_rf.flags.decrypted",
    "_ws.malformed",
    "_ws.expert.severity",
    "_ws.expert.message",
    "btsmp.opcode",
    "btle_rf.pdu_type",
];

/// Every packet of a file; `None` if tshark is not installed.
fn rows(file: &str) -> Option<Vec<Row>> {
    let mut args = vec!["-r", file, "-T", "fields", "-E", "aggregator=;"];
    args.extend(FIELDS.iter().flat_map(|field| ["-e", field]));
    args.extend(["-e", "hci_h4.direction"]);
    let text = tool("tshark", &args)?;
    let row = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [number, interface, comments, address, decrypted, malformed, severity, remarks, smp, kind, hci] =
            fields[..]
        else {
            panic!("{file}: {line}");
        };
        let hex = |code: &str| u8::from_str_radix(code.trim_start_matches("0x"), 16).expect("an opcode");
        Row {
            number: number.to_owned(),
            interface: interface.to_owned(),
            comments: comments.to_owned(),
            access_address: address.to_owned(),
            decrypted: decrypted == "1",
            malformed: !malformed.is_empty(),
            severity: severity.split(';').filter_map(|number| number.parse().ok()).max().unwrap_or(0),
            remarks: remarks.to_owned(),
            smp: smp.split(';').filter(|code| !code.is_empty()).map(hex).collect(),
            direction: [kind, hci].concat(),
        }
    };
    Some(text.lines().map(row).collect())
}

/// A log of HCI alone has nothing to complain about.
pub(crate) fn complaint_about_hci(file: &str) {
    for row in rows(file).unwrap_or_default() {
        assert!(!row.malformed && row.severity < WARNING, "{file}: {}: {}", row.number, row.remarks);
    }
}

/// Complaints of tshark about a capture, where none is due.
///
/// Wireshark has no notion of encryption on the air, so what it reads into ciphertext says nothing: those frames are
/// known by their twins, which come right after them.
fn complaints(case: &Case, rows: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    let mut troubled = HashSet::new();
    for (index, row) in rows.iter().enumerate() {
        let twin = rows.get(index + 1).filter(|twin| row.interface == "air" && twin.interface != "air");
        let ciphertext = twin.is_some_and(|twin| twin.decrypted);
        let link = (&row.interface, &row.access_address);
        if !row.comments.is_empty() {
            troubled.insert(link);
        }
        let fault = row.comments.contains("fault");
        let wrong = (row.malformed || row.severity >= WARNING) && !fault && !ciphertext;
        // A frame is sent again, and another not acknowledged, only where one did not arrive.
        let sequence = ["Retransmission", "Not acknowledged"].iter().any(|word| row.remarks.contains(word));
        if wrong || sequence && !troubled.contains(&link) {
            found.push(format!("{case}: {} on {}: {}", row.number, row.interface, row.remarks));
        }
    }
    found
}

/// What tshark complains of in a session's capture, where no complaint is due; nothing if it is not installed.
pub(crate) fn complaints_about(case: &Case, folder: &Path) -> Vec<String> {
    let path = case.file(folder, "pcapng");
    let rows = rows(path.to_str().expect("temporary paths are UTF-8"));
    rows.map_or_else(Vec::new, |rows| complaints(case, &rows))
}

#[test]
fn wireshark_complains_only_of_faults() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut faults = 0;
    for case in cases().into_iter().chain(field_cases()) {
        let path = case.file(folder.path(), "pcapng");
        let Some(rows) = rows(path.to_str().expect("temporary paths are UTF-8")) else { return };
        let complaints = complaints(&case, &rows);
        assert!(complaints.is_empty(), "{complaints:#?}");
        faults += rows.iter().filter(|row| row.comments.contains("fault")).count();
    }
    assert!(faults > 8, "{faults} marked packets are too few to believe in");
}

/// Wireshark computes the CRC of advertising itself where a capture does not claim to have checked it. (That of
/// connections it never computes.)
#[test]
fn wireshark_finds_the_crc_of_advertising_right() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut computed = 0;
    for case in cases() {
        let path = case.file(folder.path(), "pcapng");
        let mut file = fs::read(&path).expect("it was written just now");
        // Wireshark counts the coding indicator of LE Coded among the octets of the CRC: our own check has those.
        let air =
            pcapng::packets(&file).into_iter().filter(|found| found.interface <= 1 && !found.is_coded());
        let flags: Vec<usize> = air.map(|found| found.at + 9).collect();
        for at in flags {
            assert_ne!(file[at] & CRC_FLAGS, 0, "{case}: the sniffer checks every CRC");
            file[at] &= !CRC_FLAGS;
        }
        fs::write(&path, file).expect("there is room for a few kilobytes");
        let Some(rows) = rows(path.to_str().expect("temporary paths are UTF-8")) else { return };
        for row in rows.iter().filter(|row| row.access_address == "0x8e89bed6") {
            let wrong = ["Incorrect CRC", "CRC unchecked"].iter().any(|word| row.remarks.contains(word));
            assert!(!wrong, "{case}: {}: {}", row.number, row.remarks);
            computed += 1;
        }
    }
    assert!(computed > 100, "{computed} advertising packets");
}

/// The SMP PDUs that our own text shows each device sending, by their codes (Vol 3 Part H 3.3).
fn told(case: &Case) -> HashMap<String, Vec<u8>> {
    const NAMES: [(&str, u8); 14] = [
        ("Pairing Request", 0x01),
        ("Pairing Response", 0x02),
        ("Pairing Confirm", 0x03),
        ("Pairing Random", 0x04),
        ("Pairing Failed", 0x05),
        ("Encryption Information", 0x06),
        ("Central Identification", 0x07),
        ("Identity Information", 0x08),
        ("Identity Address Information", 0x09),
        ("Signing Information", 0x0A),
        ("Security Request", 0x0B),
        ("Pairing Public Key", 0x0C),
        ("Pairing DHKey Check", 0x0D),
        ("Keypress Notification", 0x0E),
    ];
    let text = String::from_utf8(case.trace("text")).expect("text");
    let mut sent: HashMap<String, Vec<u8>> = HashMap::new();
    for line in text.lines() {
        let Some((before, pdu)) = line.split_once(" smp >   ") else { continue };
        // Seconds, microseconds, and a name that may have blanks in it.
        let device = before.split_whitespace().skip(2).collect::<Vec<_>>().join(" ");
        let code = NAMES.iter().find(|(name, _)| pdu.starts_with(name)).expect("a PDU has a name").1;
        sent.entry(device).or_default().push(code);
    }
    sent
}

/// Whether `part` is what is left of `whole` when some of it is taken away.
fn is_within(part: &[u8], whole: &[u8]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|wanted| rest.any(|code| code == wanted))
}

#[test]
fn wireshark_sees_the_pairing_that_we_tell() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut pdus, mut same) = (0, 0);
    for case in cases() {
        let path = case.file(folder.path(), "pcapng");
        let Some(rows) = rows(path.to_str().expect("temporary paths are UTF-8")) else { return };
        let seen = |interface: &str, direction: &str| -> Vec<u8> {
            let wanted = |row: &&Row| {
                row.interface == interface
                    && row.direction == direction
                    && !row.remarks.contains("Retransmission")
            };
            rows.iter().filter(wanted).flat_map(|row| row.smp.clone()).collect()
        };
        let told = told(&case);
        for (device, sent) in &told {
            assert_eq!(&seen(device, "0x00"), sent, "{case}: {device} sends this over HCI");
            pdus += sent.len();
        }
        // The central sends with kind 2, the peripheral with kind 3; the names are those of the shipped scenarios.
        for (kind, sender) in [("2", ["phone", "computer"]), ("3", ["lock", "peripheral"])] {
            // With more devices than two the air has more senders of a kind.
            let alone = told.len() <= 2;
            let sent = sender.iter().filter(|_| alone).find_map(|name| told.get(*name));
            let Some(sent) = sent else { continue };
            let air = seen("air decrypted", kind);
            assert!(is_within(&air, sent), "{case}: {air:02x?} of {sent:02x?}");
            same += usize::from(air == *sent);
        }
    }
    assert!(pdus > 60 && same > 6, "{pdus} PDUs, and {same} times all of them on the air");
}
