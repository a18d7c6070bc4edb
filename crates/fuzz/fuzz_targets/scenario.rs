//! Any text as a scenario: no panic, and every problem can be shown.
#![no_main]

use blesim_scenario::policy::BuiltIn;

libfuzzer_sys::fuzz_target!(|text: &str| {
    match blesim_scenario::parse("fuzz.ron", text, &BuiltIn) {
        Ok(scenario) => _ = scenario.warnings.render(false),
        Err(problems) => _ = problems.render(false),
    }
});
