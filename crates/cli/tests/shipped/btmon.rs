//! What `btmon -r` prints of our captures, at several widths, is read back: the same packets at the same times as
//! in the btsnoop file, as far as the text shows them.

use crate::{cases, field_cases, tool};
use blesim_capture::btsnoop::Direction;
use blesim_capture::{CaptureReader, What};
use blesim_packet::hci::{Command, Event, HciPacket};
use blesim_packet::l2cap::{CID_ATT, CID_LE_SIGNALLING, CID_SMP, Reassembler, Signal};
use blesim_packet::smp::SmpPdu;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command as Process;

/// What a packet comes to: the adapter, the time, which way, and what it says.
type Told = (u16, i64, Direction, String);

/// What a capture shows of the packets that text shows.
fn told(capture: &[u8]) -> Vec<Told> {
    let mut frames: BTreeMap<(u16, u16, bool), Reassembler> = BTreeMap::new();
    let mut all = Vec::new();
    for item in CaptureReader::new(capture).expect("a capture") {
        let item = item.expect("it is whole");
        let What::Hci { host, direction, packet } = item.what else { continue };
        let words = match packet {
            HciPacket::Command(command) => command_words(&command),
            HciPacket::Event(event) => event_words(&event),
            HciPacket::Acl(acl) => {
                let down = direction == Direction::FromHost;
                let frame = frames.entry((host, acl.handle, down)).or_default();
                match frame.feed(acl.boundary != 1, &acl.data) {
                    Ok(Some(frame)) => frame_words(frame.cid, frame.payload),
                    _ => None,
                }
            }
        };
        all.extend(words.map(|words| (host, item.time_us, direction, words)));
    }
    all
}

/// A command that text shows whole.
fn command_words(command: &Command) -> Option<String> {
    let shown = matches!(
        command,
        Command::Reset
            | Command::Disconnect { .. }
            | Command::LeSetRandomAddress(_)
            | Command::LeCreateConnection(_)
            | Command::LeExtendedCreateConnection(_)
            | Command::LeCreateConnectionCancel
            | Command::LeConnectionUpdate(_)
            | Command::LeEnableEncryption { .. }
            | Command::LeLongTermKeyRequestReply { .. }
            | Command::LeLongTermKeyRequestNegativeReply { .. }
    );
    shown.then(|| format!("{command:?}"))
}

fn event_words(event: &Event) -> Option<String> {
    match event {
        Event::CommandStatus { .. }
        | Event::DisconnectionComplete { .. }
        | Event::EncryptionChange { .. }
        | Event::EncryptionKeyRefreshComplete { .. }
        | Event::LeConnectionComplete { .. }
        | Event::LeEnhancedConnectionComplete(_)
        | Event::LeConnectionUpdateComplete { .. }
        | Event::LeLongTermKeyRequest { .. }
        | Event::NumberOfCompletedPackets { .. }
        | Event::AuthenticatedPayloadTimeoutExpired { .. } => Some(format!("{event:?}")),
        _ => None,
    }
}

fn frame_words(cid: u16, payload: &[u8]) -> Option<String> {
    match cid {
        CID_SMP => Some(match SmpPdu::decode(payload) {
            Ok(pdu) => format!("{pdu:?}"),
            Err(_) => format!("{payload:02x?}"),
        }),
        CID_LE_SIGNALLING => match Signal::decode(payload) {
            Ok(signal @ Signal::ConnectionParameterUpdateRequest { .. }) => Some(format!("{signal:?}")),
            _ => None,
        },
        CID_ATT => None,
        other => panic!("channel {other}"),
    }
}

/// The text at a width.
fn text(file: &str, columns: &str) -> Option<String> {
    tool("btmon", &["--version"])?;
    let output =
        Process::new("btmon").args(["-r", file]).env("COLUMNS", columns).output().expect("it was there");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn btmon_text_gives_the_packets_of_its_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut compared, mut pdus) = (0, 0);
    for case in cases().into_iter().chain(field_cases()) {
        let path = case.file(folder.path(), "monitor");
        let file = path.to_str().expect("temporary paths are UTF-8");
        let mut expected = told(&fs::read(&path).expect("it was written"));
        // btmon shows no adapter beyond the sixteenth.
        expected.retain(|(adapter, ..)| *adapter < 16);
        for columns in ["60", "200"] {
            let Some(text) = text(file, columns) else { return };
            let read = told(text.as_bytes());
            // Fragments of several links of one host confuse btmon, and it shows less.
            if text.contains("unexpected continuation") {
                assert!(read.iter().all(|told| expected.contains(told)), "{case}, {columns} columns");
                assert!(read.len() + 40 > expected.len(), "{case}: {} of {}", read.len(), expected.len());
                continue;
            }
            for (expected, read) in expected.iter().zip(&read) {
                assert_eq!(expected, read, "{case}, {columns} columns");
            }
            assert_eq!(expected.len(), read.len(), "{case}, {columns} columns");
            compared += read.len();
            pdus += read.iter().filter(|(.., words)| words.starts_with("Pairing")).count();
        }
    }
    assert!(compared > 2_000 && pdus > 200, "{compared} packets, {pdus} PDUs of pairings");
}
