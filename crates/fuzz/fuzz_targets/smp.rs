//! Any bytes as SMP PDUs: no panic, and what decodes encodes to the same bytes.
#![no_main]

use blesim_packet::smp::SmpPdu;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(pdu) = SmpPdu::decode(octets) {
        assert_eq!(&*pdu.encode(), octets);
    }
});
