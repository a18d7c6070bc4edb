//! The times of the radio that the specification fixes, and the airtime of a PDU.
//!
//! Invariant: every constant names its section; nothing here depends on a state.

use blesim_kernel::Span;
use blesim_packet::ll::{Phy, airtime_us};

/// Units of connInterval, transmit window offset and size: 1.25 ms (Vol 6 Part B 2.3.3.1).
pub(crate) const INTERVAL_UNIT: Span = Span::from_micros(1_250);
/// Units of the supervision timeout: 10 ms (Vol 6 Part B 2.3.3.1).
pub(crate) const TIMEOUT_UNIT: Span = Span::from_millis(10);
/// Units of scan interval and window, and of the advertising interval: 0.625 ms (Vol 4 Part E 7.8.5, 7.8.12).
pub(crate) const SLOT: Span = Span::from_micros(625);
/// transmitWindowDelay after a CONNECT_IND PDU: 1.25 ms (Vol 6 Part B 4.5.3).
pub(crate) const TRANSMIT_WINDOW_DELAY: Span = Span::from_micros(1_250);
/// Inter frame space: 150 us (Vol 6 Part B 4.1.1).
pub(crate) const T_IFS: Span = Span::from_micros(150);
/// Allowed deviation of an active clock, both sides: 2 us each way (Vol 6 Part B 4.2.1).
pub(crate) const ACTIVE_JITTER: Span = Span::from_micros(2);
/// The part of window widening that does not grow: 32 us (Vol 6 Part B 4.2.4).
pub(crate) const WIDENING_BASE: Span = Span::from_micros(32);

/// Upper bound in ppm of the sleep clock accuracy field (Vol 6 Part B 2.3.3.1, table 2.14).
pub(crate) const fn worst_ppm(sca: u8) -> u64 {
    match sca & 7 {
        0 => 500,
        1 => 250,
        2 => 150,
        3 => 100,
        4 => 75,
        5 => 50,
        6 => 30,
        _ => 20,
    }
}

/// Preamble and access address, after which a receiver has synchronised (Vol 6 Part B 2.1 and 2.2).
pub(crate) const fn sync_time(phy: Phy) -> Span {
    Span::from_micros(match phy {
        Phy::Le1M => 40,
        Phy::Le2M => 24,
        Phy::CodedS2 | Phy::CodedS8 => 336,
    })
}

/// Airtime of a PDU by the octets of its payload, with the MIC if it has one.
pub(crate) fn airtime(phy: Phy, payload_len: usize) -> Span {
    Span::from_micros(u64::from(airtime_us(phy, payload_len)))
}
