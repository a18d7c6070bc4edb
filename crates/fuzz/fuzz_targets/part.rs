//! Any bytes as a part of a study: no panic, and reading ends.
#![no_main]

use blesim_report::part::{Paragraph, PartReader};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok((_header, mut reader)) = PartReader::open(octets) {
        while let Ok(Some(Paragraph::Rows(_rows))) = reader.read() {}
    }
});
