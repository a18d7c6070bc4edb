//! Any bytes as H4 packets: no panic, and what decodes encodes to the same bytes.
#![no_main]

use blesim_packet::hci::HciPacket;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(packet) = HciPacket::decode(octets) {
        assert_eq!(&*packet.encode(), octets);
    }
});
