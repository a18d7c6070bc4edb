//! Any bytes as a btsnoop file: no panic, and reading ends.
#![no_main]

use blesim_capture::BtsnoopReader;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(reader) = BtsnoopReader::new(octets) {
        for record in reader.flatten() {
            let _packet = record.packet();
        }
    }
});
