//! What a device is built from: its clock, its processor and its battery.

use super::device::time;
use super::range::whole;
use crate::cx::Cx;
use crate::locate::Path;
use crate::spec::{BatteryWord, DeviceSpec, ProcessorSpec};
use blesim_kernel::Span;
use blesim_world::Work;
use blesim_world::energy::Currents;

const CLOCK: (&str, &str) = ("sleep clock accuracy", "Vol 6 Part B 4.2.2: at most 500 ppm");
const ERROR: (&str, &str) = ("error of the sleep clock in ppm", "");
const PACKETS: (&str, &str) = ("number of packets a device sends in one connection event", "");

/// The declared accuracy as the SCA field, and the real error in parts per thousand million.
pub(super) fn clock(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> (u8, i32) {
    let ppm = whole((spec.clock_ppm, 50), (0, 500), CLOCK, &path.field("clock_ppm"), cx);
    let error = whole((spec.clock_error_ppm, 0), (-5_000, 5_000), ERROR, &path.field("clock_error_ppm"), cx);
    if error.abs() > ppm {
        let title = format!("this clock is off by {error} ppm, which is more than the {ppm} ppm it declares");
        let problem = cx.at("S185", &path.field("clock_error_ppm"), title);
        cx.warn(problem.note("the peer's receive window may miss it (Vol 6 Part B 4.2.4)".to_owned()));
    }
    (sleep_clock_accuracy(ppm), i32::try_from(error * 1_000).expect("it is at most 5,000,000"))
}

/// The SCA field that promises this accuracy, Vol 6 Part B 2.3.3.1.
fn sleep_clock_accuracy(ppm: i64) -> u8 {
    match ppm {
        ..=20 => 7,
        21..=30 => 6,
        31..=50 => 5,
        51..=75 => 4,
        76..=100 => 3,
        101..=150 => 2,
        151..=250 => 1,
        _ => 0,
    }
}

/// Packets of one connection event; 0 for no bound.
pub(super) fn packets_per_event(spec: &DeviceSpec, path: &Path, cx: &mut Cx) -> u8 {
    let Some(packets) = spec.packets_per_event else { return 0 };
    let packets = whole((Some(packets), 1), (1, 200), PACKETS, &path.field("packets_per_event"), cx);
    u8::try_from(packets).expect("it is at most 200")
}

/// What keeps the processor busy.
pub(super) fn work(spec: Option<&ProcessorSpec>, path: &Path, cx: &mut Cx) -> Work {
    let Some(spec) = spec else { return Work::NONE };
    Work {
        key_pair: time(spec.key_pair_time, Span::ZERO, &path.field("key_pair_time"), cx),
        bond_write: time(spec.bond_write_time, Span::ZERO, &path.field("bond_write_time"), cx),
        stops_radio: spec.stops_radio,
    }
}

/// The battery's table of currents.
pub(super) fn currents(word: Option<BatteryWord>) -> Currents {
    match word.unwrap_or(BatteryWord::Nrf52840) {
        BatteryWord::Nrf52832 => Currents::NRF52832,
        BatteryWord::Nrf52840 => Currents::NRF52840,
        BatteryWord::Esp32 => Currents::ESP32,
        BatteryWord::Mains => Currents::NONE,
        BatteryWord::Currents { transmit_ua, receive_ua, processor_ua, sleep_ua } => {
            Currents { transmit: transmit_ua, receive: receive_ua, processor: processor_ua, sleep: sleep_ua }
        }
    }
}
