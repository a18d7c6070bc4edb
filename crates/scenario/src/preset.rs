//! Intervals and windows of discovery as stacks and platforms have them, by the name a scenario can give.
//!
//! Invariant: every row names where it is from; times are milliseconds of the source, rounded to units of
//! 0.625 ms only when they are used.

use blesim_kernel::Span;

/// How a stack scans or initiates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScanPreset {
    /// The name in a scenario.
    pub name: &'static str,
    /// From one scan's start to the next.
    pub interval: Span,
    /// How long each scan lasts.
    pub window: Span,
    /// Where the numbers are from.
    pub source: &'static str,
}

/// How a device advertises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AdvertisingPreset {
    /// The name in a scenario.
    pub name: &'static str,
    /// The advertising interval.
    pub interval: Span,
    /// Where the number is from.
    pub source: &'static str,
}

const fn scan(name: &'static str, interval: u64, window: u64, source: &'static str) -> ScanPreset {
    ScanPreset { name, interval: Span::from_millis(interval), window: Span::from_millis(window), source }
}

const fn advertise(name: &'static str, micros: u64, source: &'static str) -> AdvertisingPreset {
    AdvertisingPreset { name, interval: Span::from_micros(micros), source }
}

const AOSP: &str = "AOSP ScanManager";
const APPLE: &str = "Apple QA1931";
const ZEPHYR: &str = "Zephyr, include/zephyr/bluetooth/gap.h";

/// Scanning as it is found in the field.
pub const SCANS: &[ScanPreset] = &[
    scan("AndroidLowLatency", 100, 100, AOSP),
    scan("AndroidBalanced", 730, 183, AOSP),
    scan("AndroidLowPower", 1_400, 140, AOSP),
    scan("AndroidScreenOff", 10_240, 512, AOSP),
    scan("AndroidOldLowPower", 5_120, 512, "older AOSP ScanManager"),
    scan("BluezConnect", 60, 60, "btmon traces of BlueZ"),
    scan("ZephyrFast", 60, 30, ZEPHYR),
];

/// Advertising as accessory guidelines ask for it, 20 ms first, then one of the longer ones; and as a stack does it
/// by default, at the upper end of its range.
pub const ADVERTISINGS: &[AdvertisingPreset] = &[
    advertise("Apple20", 20_000, APPLE),
    advertise("Apple152", 152_500, APPLE),
    advertise("Apple211", 211_250, APPLE),
    advertise("Apple318", 318_750, APPLE),
    advertise("Apple417", 417_500, APPLE),
    advertise("Apple546", 546_250, APPLE),
    advertise("Apple760", 760_000, APPLE),
    advertise("Apple852", 852_500, APPLE),
    advertise("Apple1022", 1_022_500, APPLE),
    advertise("Apple1285", 1_285_000, APPLE),
    advertise("Zephyr60", 60_000, ZEPHYR),
    advertise("Zephyr150", 150_000, ZEPHYR),
];

/// The scan preset of this name.
#[must_use]
pub fn scan_preset(name: &str) -> Option<&'static ScanPreset> {
    SCANS.iter().find(|preset| preset.name == name)
}

/// The advertising preset of this name.
#[must_use]
pub fn advertising_preset(name: &str) -> Option<&'static AdvertisingPreset> {
    ADVERTISINGS.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are unique and found, windows fit their intervals, and advertising intervals are whole units of
    /// 0.625 ms within Vol 4 Part E 7.8.5.
    #[test]
    fn rows() {
        for preset in SCANS {
            assert_eq!(scan_preset(preset.name), Some(preset));
            assert!(preset.window <= preset.interval, "{}", preset.name);
        }
        for preset in ADVERTISINGS {
            assert_eq!(advertising_preset(preset.name), Some(preset));
            assert_eq!(preset.interval.as_micros() % 625, 0, "{}", preset.name);
            assert!((20_000..=10_240_000).contains(&preset.interval.as_micros()), "{}", preset.name);
        }
        assert_eq!(scan_preset("Nobody"), None);
    }
}
