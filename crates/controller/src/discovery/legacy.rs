//! The legacy commands of advertising and scanning, Vol 4 Part E 7.8.5 to 7.8.11.

use super::Scan;
use crate::advertise::Advertiser;
use crate::advertise::settings::Settings as AdvertisingSettings;
use crate::command::{Outcome, complete};
use crate::controller::Controller;
use crate::information::TX_POWER;
use crate::io::Port;
use crate::scan::windows::Windows;
use crate::scan::{Parameters, Scanner};
use crate::timing::SLOT;
use blesim_kernel::Instant;
use blesim_packet::hci::{Command, ErrorCode, LeSetAdvertisingParameters, LeSetScanParameters};
use blesim_packet::{AddressKind, Octets};

/// Sleep clock accuracies up to 50 ppm (Vol 6 Part B 2.3.3.1).
const FIFTY_PPM: u8 = 5;
/// The bit of LE Advertising Report in the LE event mask (Vol 4 Part E 7.8.1).
const ADVERTISING_REPORT: u64 = 1 << 1;

/// The defaults of Vol 4 Part E 7.8.10: passive, 10 ms of 10 ms.
pub(super) const DEFAULT_SCAN: LeSetScanParameters = LeSetScanParameters {
    kind: 0,
    interval: 0x0010,
    window: 0x0010,
    own_address_kind: AddressKind::Public,
    filter_policy: 0,
};

/// Advertising_Type (Vol 4 Part E 7.8.5).
mod kind {
    pub(super) const ADV_IND: u8 = 0;
    pub(super) const ADV_DIRECT_IND_HIGH: u8 = 1;
    pub(super) const ADV_SCAN_IND: u8 = 2;
    pub(super) const ADV_DIRECT_IND_LOW: u8 = 4;
}

impl Controller {
    pub(super) fn legacy_command(&mut self, now: Instant, command: &Command, port: &mut impl Port) -> bool {
        let outcome = match command {
            Command::LeReadAdvertisingPhysicalChannelTxPower => {
                complete(command, Ok(()), &TX_POWER.to_le_bytes(), port);
                return true;
            }
            Command::LeSetAdvertisingParameters(parameters) => self.set_advertising_parameters(parameters),
            Command::LeSetAdvertisingData(data) => {
                let data = Octets::from_slice(data).expect("legacy data is short");
                self.settings.advertising.data = data;
                self.refresh_data();
                Ok(())
            }
            Command::LeSetScanResponseData(data) => {
                let data = Octets::from_slice(data).expect("legacy data is short");
                self.settings.advertising.scan_response = data;
                self.refresh_data();
                Ok(())
            }
            Command::LeSetAdvertisingEnable(enable) => self.advertise(now, *enable),
            Command::LeSetScanParameters(parameters) => self.set_scan_parameters(*parameters),
            Command::LeSetScanEnable { enable, filter_duplicates } => {
                self.scan(now, *enable, *filter_duplicates);
                Ok(())
            }
            _ => return false,
        };
        complete(command, outcome, &[], port);
        true
    }

    fn refresh_data(&mut self) {
        let settings = &self.settings.advertising;
        self.advertiser.iter_mut().for_each(|advertiser| advertiser.set_data(settings));
    }

    /// Vol 4 Part E 7.8.5: from 20 ms to 10.24 s, and not while advertising.
    fn set_advertising_parameters(&mut self, parameters: &LeSetAdvertisingParameters) -> Outcome {
        let &LeSetAdvertisingParameters { interval_min, interval_max, peer, channel_map, .. } = parameters;
        if self.advertiser.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let high_duty = parameters.kind == kind::ADV_DIRECT_IND_HIGH;
        // High duty has an interval of its own, and those given are ignored.
        let interval_is_legal =
            high_duty || interval_min >= 0x0020 && interval_max <= 0x4000 && interval_min <= interval_max;
        let channels = channel_map & 0b111;
        let legal = channels != 0 && parameters.filter_policy <= 3 && interval_is_legal;
        if !legal || parameters.kind > kind::ADV_DIRECT_IND_LOW {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        let directed = high_duty || parameters.kind == kind::ADV_DIRECT_IND_LOW;
        let AdvertisingSettings { data, scan_response, .. } = self.settings.advertising;
        self.settings.advertising = AdvertisingSettings {
            connectable: directed || parameters.kind == kind::ADV_IND,
            scannable: matches!(parameters.kind, kind::ADV_IND | kind::ADV_SCAN_IND),
            target: directed.then_some(peer),
            high_duty,
            interval: SLOT * u64::from(interval_max),
            channels,
            own_kind: parameters.own_address_kind,
            filter_policy: parameters.filter_policy,
            data,
            scan_response,
            ..AdvertisingSettings::new(None)
        };
        Ok(())
    }

    fn advertise(&mut self, now: Instant, enable: bool) -> Outcome {
        if !enable {
            self.advertiser = None;
            return Ok(());
        }
        // Vol 4 Part E 7.8.9: enabling twice changes nothing; a connection needs room.
        if self.advertiser.is_some() {
            return Ok(());
        }
        let settings = self.settings.advertising;
        self.start_advertiser(now, &settings)
    }

    /// Starts advertising as set, for as long as it may.
    pub(super) fn start_advertiser(&mut self, now: Instant, settings: &AdvertisingSettings) -> Outcome {
        if settings.connectable {
            self.check_room()?;
        }
        let own = match (settings.own_kind, settings.random) {
            (AddressKind::Random, Some(random)) => random,
            (kind, _) => self.own(kind),
        };
        let accurate = self.config.sca >= FIFTY_PPM;
        self.advertiser = Some(Advertiser::new(own, self.config.csa2, accurate, settings, now));
        Ok(())
    }

    /// Vol 4 Part E 7.8.10: from 2.5 ms to 10.24 s, and not while scanning.
    fn set_scan_parameters(&mut self, parameters: LeSetScanParameters) -> Outcome {
        if self.scanner.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let LeSetScanParameters { kind, interval, window, filter_policy, .. } = parameters;
        if kind > 1 || !scan_is_legal(interval, window, 0x4000) || filter_policy > 3 {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        self.settings.scan = Scan::Legacy(parameters);
        Ok(())
    }

    /// Vol 4 Part E 7.8.11: enabling again begins anew.
    fn scan(&mut self, now: Instant, enable: bool, filter_duplicates: bool) {
        self.scanner = None;
        let (true, Scan::Legacy(set)) = (enable, self.settings.scan) else { return };
        self.scanner = Some(Scanner::new(Parameters {
            own: self.own(set.own_address_kind),
            active: [set.kind == 1, false],
            accept_list_only: self.settings.scan.accept_list_only(),
            extended: false,
            filter_duplicates,
            reports: self.settings.le_event_mask & ADVERTISING_REPORT != 0,
            windows: Windows::new(now, Some((set.interval, set.window)), None),
            ends: None,
        }));
    }
}

/// Scan interval and window, Vol 4 Part E 7.8.10: at least 2.5 ms, the window no longer than the interval.
pub(super) const fn scan_is_legal(interval: u16, window: u16, longest: u16) -> bool {
    4 <= window && window <= interval && interval <= longest
}
