//! Any bytes as a pcap or pcapng file: no panic, and reading ends.
#![no_main]

use blesim_capture::PcapReader;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(reader) = PcapReader::new(octets) {
        for packet in reader.flatten() {
            let _content = packet.content();
        }
    }
});
