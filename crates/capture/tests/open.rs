//! Any file: its form is known by its first octets, what is no capture says what it looks like, and what breaks
//! off says where.

use blesim_capture::{CaptureReader, Form, OpenError, What};
use proptest::prelude::*;
use std::io::{BufReader, Read};

const RECORDED: &[u8] = include_bytes!("data/rpi-unspecified-reason.btsnoop");
const H4: &[u8] = include_bytes!("data/rpi-unspecified-reason.h4.btsnoop");
const TEXT: &[u8] = include_bytes!("data/rpi-unspecified-reason.btmon.txt");

/// How many items come before the end, and the error there.
fn read(octets: &[u8]) -> Result<(Form, usize, Option<String>), OpenError> {
    let reader = CaptureReader::new(octets)?;
    let (form, mut items, mut end) = (reader.form(), 0, None);
    for item in reader {
        match item {
            Ok(_) => items += 1,
            Err(error) => end = Some(error.to_string()),
        }
    }
    Ok((form, items, end))
}

#[test]
fn the_form_is_known_by_the_octets() {
    let check = |octets: &[u8], form: Form, items: usize| {
        assert_eq!(read(octets).unwrap(), (form, items, None));
    };
    check(RECORDED, Form::Monitor, 42);
    check(H4, Form::H4, 41);
    check(TEXT, Form::Btmon, 41);
    // A mail in Latin-1 is text all the same.
    check(&[b"Gr\xFC\xDFe\n", TEXT].concat(), Form::Btmon, 41);
}

#[test]
fn what_is_no_capture_says_so() {
    let check = |octets: &[u8], expected: &str| {
        let error = match read(octets) {
            Err(error) => error.to_string(),
            Ok((_, items, end)) => format!("{items} items, {end:?}"),
        };
        assert!(error.contains(expected), "{error}");
    };
    check(b"", "the file is empty");
    check(b"PK\x03\x04\0\0\0\0", "a zip archive");
    check(b"\x1F\x8B\x08\0\0", "packed with gzip");
    check(b"\xFF\xFE<\0 \0", "UTF-16");
    check(b"\0\x01\x02\x03", "no capture that is known");
    check(b"Dear all,\nno packets here\n", "no packet begins in 2 lines of text");
    check(b"btsnoop\0\0\0\0\x01\0\0\x03\xEB", "data link 1003");
    check(b"btsnoop\0\0\0\0\x07\0\0\x03\xE9", "version 7");
    check(&RECORDED[..10], "the file ends after 10 of 16");
}

/// A file that breaks off gives what came before, and says where.
#[test]
fn a_cut_file_is_read_as_far_as_it_goes() {
    for length in [40, 100, 900, RECORDED.len() - 1] {
        let (_, items, end) = read(&RECORDED[..length]).unwrap();
        let end = end.unwrap();
        assert!(items < 42 && end.contains("at byte"), "{length}: {items} items, {end}");
    }
}

/// Commands, events and data without packet indicators, told apart by the flags (data link 1001).
#[test]
fn h1_is_read_like_h4() {
    let mut file = H4.to_vec();
    file[15] = 0xE9;
    let mut at = 16;
    let mut out = file[..16].to_vec();
    while at < file.len() {
        let included = u32::from_be_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        let less = u32::try_from(included - 1).unwrap().to_be_bytes();
        out.extend([less, less].concat());
        out.extend(&file[at + 8..at + 24]);
        out.extend(&file[at + 25..at + 24 + included]);
        at += 24 + included;
    }
    let of = |octets: &[u8]| -> Vec<What> {
        CaptureReader::new(octets).unwrap().map(|item| item.unwrap().what).collect()
    };
    assert_eq!(of(&out), of(H4));
}

/// A record that repeats for ever, as far as it is asked for.
struct Endless<'a> {
    head: &'a [u8],
    unit: &'a [u8],
    at: usize,
    left: u64,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let from = if self.head.is_empty() { &self.unit[self.at..] } else { self.head };
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let length = from.len().min(buffer.len()).min(most);
        buffer[..length].copy_from_slice(&from[..length]);
        self.left -= length as u64;
        if self.head.is_empty() {
            self.at = (self.at + length) % self.unit.len();
        } else {
            self.head = &self.head[length..];
        }
        Ok(length)
    }
}

/// A large file is read item by item: the reader holds one, whatever comes.
#[test]
fn a_large_file_is_read_item_by_item() {
    let size = 32 << 20;
    let check = |head: &[u8], unit: &[u8], least: u64| {
        let source = Endless { head, unit, at: 0, left: size };
        let reader = CaptureReader::new(BufReader::new(source)).unwrap();
        let items = reader.flatten().count() as u64;
        assert!(items >= least, "{items} items");
    };
    check(&RECORDED[..16], &RECORDED[16..], 500_000);
    check(TEXT, TEXT, 80_000);
    // One line without an end.
    let source =
        Endless { head: b"< HCI Command: Reset (0x03|0x0003) plen 0\n", unit: b"x", at: 0, left: size };
    assert_eq!(CaptureReader::new(BufReader::new(source)).unwrap().count(), 1);
}

proptest! {
    /// Any octets end in items or in one error, and so does any damage to a true file.
    #[test]
    fn any_file_ends(octets in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(reader) = CaptureReader::new(&octets[..]) {
            let errors = reader.filter(Result::is_err).count();
            prop_assert!(errors <= 1);
        }
    }

    #[test]
    fn a_damaged_file_ends(which in 0..3_usize, at in any::<prop::sample::Index>(), new in any::<u8>()) {
        let mut file = [RECORDED, H4, TEXT][which].to_vec();
        let at = at.index(file.len());
        file[at] = new;
        if let Ok(reader) = CaptureReader::new(&file[..]) {
            prop_assert!(reader.filter(Result::is_err).count() <= 1);
        }
    }
}
