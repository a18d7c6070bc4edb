//! Energy: what each device draws from its battery, and what for.
//!
//! Invariant: sums of exact products, charge in femtocoulomb (microampere times nanosecond), so that the order of
//! adding does not matter. Nothing else depends on it.

use blesim_kernel::Span;

/// The currents of a device, in microampere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Currents {
    /// Sending.
    pub transmit: u32,
    /// Receiving.
    pub receive: u32,
    /// The processor at work, on P-256 or flash.
    pub processor: u32,
    /// Asleep, all the time.
    pub sleep: u32,
}

impl Currents {
    /// nRF52832 at 3 V with DC/DC converter: transmitter at 0 dBm 5.3 mA, receiver 5.4 mA (product specification,
    /// section Current consumption, as quoted by secondary tables); processor 58 uA/MHz at 64 MHz; 1.9 uA asleep with
    /// RTC and full RAM.
    pub const NRF52832: Self = Self { transmit: 5_300, receive: 5_400, processor: 3_700, sleep: 2 };
    /// nRF52840, likewise: 4.8 and 4.6 mA; processor 52 uA/MHz at 64 MHz; 3.16 uA asleep with RTC and full RAM.
    pub const NRF52840: Self = Self { transmit: 4_800, receive: 4_600, processor: 3_300, sleep: 3 };
    /// ESP32: 130 mA at 0 dBm, 95 to 100 mA receiving (data sheet, RF power consumption, Bluetooth LE); processor at
    /// 160 MHz 27 to 34 mA; 0.8 mA in light sleep.
    pub const ESP32: Self = Self { transmit: 130_000, receive: 97_500, processor: 30_000, sleep: 800 };
    /// A device on the mains: nothing is counted.
    pub const NONE: Self = Self { transmit: 0, receive: 0, processor: 0, sleep: 0 };
}

/// What charge is spent on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Purpose {
    /// Advertising, scanning and initiating, while there is no link.
    Discovery,
    /// From the link's beginning until it is secured, before anything has failed.
    Pairing,
    /// Everything after the first failure until the link is secured.
    Retry,
    /// A link that is secured.
    Connection,
}

impl Purpose {
    /// All, in the order of a session, with their names.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Discovery, "advertising"),
        (Self::Pairing, "pairing"),
        (Self::Retry, "retry"),
        (Self::Connection, "connection"),
    ];
}

/// What one device has used for one purpose.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Usage {
    /// Time with the transmitter on.
    pub transmit: Span,
    /// Time with the receiver on.
    pub receive: Span,
    /// Time with the processor at work on P-256 or flash.
    pub processor: Span,
}

impl Usage {
    /// The charge in femtocoulomb.
    #[must_use]
    pub fn charge(&self, currents: &Currents) -> u64 {
        let product = |span: Span, current: u32| span.as_nanos().saturating_mul(u64::from(current));
        product(self.transmit, currents.transmit)
            .saturating_add(product(self.receive, currents.receive))
            .saturating_add(product(self.processor, currents.processor))
    }
}

/// The account of one device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    pub(crate) purpose: Purpose,
    pub(crate) usage: [Usage; Purpose::ALL.len()],
}

impl Account {
    pub(crate) const NEW: Self = Self {
        purpose: Purpose::Discovery,
        usage: [Usage { transmit: Span::ZERO, receive: Span::ZERO, processor: Span::ZERO };
            Purpose::ALL.len()],
    };

    /// What is being used now.
    pub(crate) fn now(&mut self) -> &mut Usage {
        &mut self.usage[self.purpose as usize]
    }

    /// The charge in femtocoulomb, with what is drawn asleep over `time`.
    pub(crate) fn charge(&self, currents: &Currents, time: Span) -> u64 {
        let asleep = time.as_nanos().saturating_mul(u64::from(currents.sleep));
        self.usage.iter().fold(asleep, |sum, usage| sum.saturating_add(usage.charge(currents)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second at 5.3 mA is 5.3 mC; purposes add up, and sleep is drawn all the time.
    #[test]
    fn charges_add_up() {
        let mut account = Account::NEW;
        account.now().transmit += Span::from_secs(1);
        account.purpose = Purpose::Retry;
        account.now().receive += Span::from_millis(500);
        let currents = Currents::NRF52832;
        let femto = |micro: u64| micro * 1_000_000_000;
        assert_eq!(account.usage[0].charge(&currents), femto(5_300));
        assert_eq!(account.charge(&currents, Span::from_secs(10)), femto(5_300 + 2_700 + 20));
        assert_eq!(account.charge(&Currents::NONE, Span::from_secs(10)), 0);
    }
}
