//! Any bytes as the text of btmon: no panic, and reading ends.
#![no_main]

use blesim_capture::BtmonReader;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let _packets = BtmonReader::new(octets).count();
});
