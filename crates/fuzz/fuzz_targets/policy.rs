//! Any text as a policy: no panic, and every problem can be shown.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    match blesim_scenario::policy::parse("fuzz.ron", text) {
        Ok(checked) => _ = checked.warnings.render(false),
        Err(problems) => _ = problems.render(false),
    }
});
