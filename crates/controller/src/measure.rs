//! How long it takes to be found: advertiser and scanner on a bench, measured again and again.
//!
//! Invariant: the samples are a function of the setup and of the numbers that `random` gives.

use crate::Config;
use crate::bench::Bench;
use crate::timing::SLOT;
use blesim_kernel::Span;
use blesim_packet::hci::{Command, Event, LeSetAdvertisingParameters, LeSetScanParameters};
use blesim_packet::{Address, AddressKind, Octets};

/// What begins last, at which the time begins to count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begins {
    /// The scan: the advertiser has been running for long.
    Scan,
    /// Advertising: the scanner is anywhere in its rhythm.
    Advertising,
}

/// One measurement of discovery; times in units of 0.625 ms, as in HCI (Vol 4 Part E 7.8.5 and 7.8.10).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Discovery {
    /// Scan interval.
    pub scan_interval: u16,
    /// Scan window.
    pub scan_window: u16,
    /// Advertising interval, at least 20 ms.
    pub advertising_interval: u16,
    /// What begins last.
    pub begins: Begins,
}

const ADVERTISER: usize = 0;
const SCANNER: usize = 1;
/// advDelay in the mean (Vol 6 Part B 4.4.2.2).
const MEAN_DELAY: Span = Span::from_millis(5);
/// Nobody waits longer to be found; none of the settings in use comes near it.
const PATIENCE: Span = Span::from_secs(600);

impl Discovery {
    /// The time from the beginning to the end of the first ADV_IND of 31 octets that is received, `samples`
    /// times; fewer if the parameters are refused or nothing is found.
    pub fn times(self, samples: usize, random: impl FnMut() -> u64) -> Vec<Span> {
        let config = |last| Config::new(Address::public([0, 0, 0, 0, 0, last]));
        let mut bench = Bench::new(&[config(1), config(2)], random);
        self.set_up(&mut bench);
        let mut times = Vec::with_capacity(samples);
        for _ in 0..samples {
            let Some(time) = self.sample(&mut bench) else { break };
            times.push(time);
        }
        times
    }

    fn set_up<R: FnMut() -> u64>(self, bench: &mut Bench<R>) {
        let nobody = Address::public([0; 6]);
        let advertising = LeSetAdvertisingParameters {
            interval_min: self.advertising_interval,
            interval_max: self.advertising_interval,
            kind: 0,
            own_address_kind: AddressKind::Public,
            peer: nobody,
            channel_map: 0b111,
            filter_policy: 0,
        };
        let scan = LeSetScanParameters {
            kind: 0,
            interval: self.scan_interval,
            window: self.scan_window,
            own_address_kind: AddressKind::Public,
            filter_policy: 0,
        };
        let full = Octets::from_slice(&[0xFF; 31]).expect("it is the longest there is");
        bench.command(ADVERTISER, Command::LeSetAdvertisingParameters(advertising));
        bench.command(ADVERTISER, Command::LeSetAdvertisingData(full));
        bench.command(SCANNER, Command::LeSetScanParameters(scan));
        if self.begins == Begins::Scan {
            bench.command(ADVERTISER, Command::LeSetAdvertisingEnable(true));
        }
    }

    fn sample<R: FnMut() -> u64>(self, bench: &mut Bench<R>) -> Option<Span> {
        let scan = |enable| Command::LeSetScanEnable { enable, filter_duplicates: false };
        let advertise = Command::LeSetAdvertisingEnable;
        let nanos = |slots: u16| (SLOT * u64::from(slots)).as_nanos();
        let wait = match self.begins {
            // Some 16 events of mean length on (with half of advDelay's 10 ms). One uniform wait would begin
            // in the first events, whose rhythm is known, too often; the sum of two does so hardly ever.
            Begins::Scan => {
                let wait = 16 * (nanos(self.advertising_interval) + MEAN_DELAY.as_nanos());
                bench.below(wait) + bench.below(wait)
            }
            // Anywhere in the three channels of the scanner.
            Begins::Advertising => {
                bench.command(SCANNER, scan(true));
                bench.below(3 * nanos(self.scan_interval))
            }
        };
        let begin = bench.now() + Span::from_nanos(wait);
        bench.run(begin);
        bench.seats.iter_mut().for_each(|seat| seat.events.clear());
        match self.begins {
            Begins::Scan => bench.command(SCANNER, scan(true)),
            Begins::Advertising => bench.command(ADVERTISER, advertise(true)),
        }
        let report = |event: &Event| matches!(event, Event::LeAdvertisingReport(_));
        let found = bench.run_to(SCANNER, begin + PATIENCE, report)?;
        bench.command(SCANNER, scan(false));
        if self.begins == Begins::Advertising {
            bench.command(ADVERTISER, advertise(false));
        }
        Some(found.since(begin))
    }
}

/// The mean of the samples and the value that 95 of 100 do not exceed.
///
/// # Panics
/// If there are none.
#[must_use]
pub fn mean_and_p95(mut times: Vec<Span>) -> (Span, Span) {
    assert!(!times.is_empty(), "no samples");
    times.sort_unstable();
    let count = u64::try_from(times.len()).expect("it is counted in 64 bits");
    let total = times.iter().fold(0, |total, time| total + time.as_nanos());
    (Span::from_nanos(total / count), times[(times.len() * 95).div_ceil(100) - 1])
}
