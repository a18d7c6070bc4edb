//! Any bytes as link layer PDUs: no panic, and what decodes encodes to the same bytes.
#![no_main]

use blesim_packet::ll::{AdvPdu, DataPdu, LlControl};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(pdu) = AdvPdu::decode(octets) {
        assert_eq!(&*pdu.encode(), octets);
    }
    if let Ok(pdu) = DataPdu::decode(octets) {
        assert_eq!(&*pdu.encode(), octets);
    }
    if let Ok(pdu) = LlControl::decode(octets) {
        assert_eq!(&*pdu.encode(), octets);
    }
});
