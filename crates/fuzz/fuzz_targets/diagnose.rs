//! Any bytes as a capture of any form: no panic in diagnosis, scenario or fit.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(diagnosis) = blesim_diagnose::diagnose(octets) {
        let _scenario = blesim_diagnose::scenario(&diagnosis, "a file");
    }
    if let Ok(fit) = blesim_diagnose::fit::fit(octets) {
        let _text = fit.text("a file");
    }
});
