//! Logs of real hosts: the other transport beside LE, newer versions of events, and links that began before the log.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use blesim_capture::BtsnoopWriter;
use blesim_capture::btsnoop::Opcode;
use blesim_diagnose::{Diagnosis, Verdict, diagnose};

/// A log with these events, a millisecond apart.
fn log(events: &[&[u8]]) -> Diagnosis {
    let mut writer = BtsnoopWriter::new(Vec::new()).unwrap();
    for (time, event) in (0..).zip(events) {
        let length = u8::try_from(event.len() - 1).unwrap();
        let whole = [&[event[0], length], &event[1..]].concat();
        writer.raw(0, time * 1_000, Opcode::EVENT, &whole).unwrap();
    }
    diagnose(&writer.finish().unwrap()[..]).unwrap()
}

/// LE Connection Complete of a central, in its first form.
const CONNECTED: &[u8] =
    &[0x3E, 0x01, 0, 0x40, 0, 0, 1, 2, 0x53, 0, 0, 0, 0xC0, 0x18, 0, 0, 0, 0x90, 0x01, 0];
/// Disconnection Complete with Connection Timeout.
const LOST: &[u8] = &[0x05, 0, 0x40, 0, 0x08];
/// Encryption Change that failed with PIN or Key Missing.
const KEY_MISSING: &[u8] = &[0x08, 0x06, 0x40, 0, 0];

/// A link of the other transport has its own encryption, which is none of LE's.
#[test]
fn the_other_transport_is_left_alone() {
    let classic: &[u8] = &[0x03, 0, 0x40, 0, 1, 2, 3, 4, 5, 6, 1, 0];
    assert_eq!(log(&[classic, KEY_MISSING, LOST]).verdict(), Verdict::NotVisible);
    // The handle serves LE once the other link is gone.
    let found = log(&[classic, LOST, CONNECTED, KEY_MISSING]);
    let (_, failed) = found.first().unwrap();
    assert_eq!(failed.failure.to_string(), "Encryption / PIN or Key Missing (0x06)");
}

/// The second version of LE Enhanced Connection Complete says what the first does, and more.
#[test]
fn newer_events_are_read() {
    let mut connected = vec![0x3E, 0x29];
    connected.extend(&CONNECTED[2..13]);
    connected.extend([0; 12]);
    connected.extend(&CONNECTED[13..]);
    connected.extend([0xFF, 0xFF, 0xFF]);
    // Encryption Change in its second version: on, with a key of 16 octets.
    let encrypted: &[u8] = &[0x59, 0, 0x40, 0, 1, 16];
    let found = log(&[&connected, encrypted, LOST]);
    let told = &found.connections[0];
    assert_eq!(told.addresses[1].map(|address| address.to_string()), Some("C0:00:00:00:53:02".into()));
    assert_eq!(told.parameters.map(|own| (own.interval, own.timeout)), Some((24, 400)));
    let (_, failed) = found.first().unwrap();
    assert_eq!(failed.failure.to_string(), "Encryption / Connection Timeout (0x08)");
}

/// A link that began before the log fails in it all the same.
#[test]
fn a_link_that_began_before_is_followed() {
    let found = log(&[KEY_MISSING, LOST]);
    let (told, failed) = found.first().unwrap();
    assert_eq!((failed.at.packet, told.addresses), (1, [None, None]));
}
