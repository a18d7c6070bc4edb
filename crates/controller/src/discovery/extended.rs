//! The commands of extended advertising and scanning, Vol 4 Part E 7.8.52 to 7.8.65.
//!
//! Invariant: there is one advertising set, which the host may create, change and remove.

use super::Scan;
use super::legacy::scan_is_legal;
use crate::advertise::settings::{DATA_MAX, Extended, LEGACY_DATA_MAX, Settings as AdvertisingSettings};
use crate::command::{Outcome, complete};
use crate::controller::Controller;
use crate::io::Port;
use crate::scan::windows::Windows;
use crate::scan::{Parameters, Scanner};
use crate::timing::{SLOT, TIMEOUT_UNIT};
use blesim_kernel::{Instant, Span};
use blesim_packet::hci::{
    AdvertisingSetEnable, Command, ErrorCode, LeSetExtendedAdvertisingData,
    LeSetExtendedAdvertisingParameters, LeSetExtendedScanParameters,
};
use blesim_packet::ll::Phy;
use blesim_packet::{Address, Octets};

/// The highest Advertising_Handle (Vol 4 Part E 7.8.53).
const LAST_HANDLE: u8 = 0xEF;
/// The bit of LE Extended Advertising Report in the LE event mask (Vol 4 Part E 7.8.1).
const EXTENDED_ADVERTISING_REPORT: u64 = 1 << 12;
/// High duty cycle directed advertising lasts at most 1.28 s, in units of 10 ms (Vol 4 Part E 7.8.56).
const HIGH_DUTY_DURATION: u16 = 128;

/// Advertising_Event_Properties (Vol 4 Part E 7.8.53).
mod property {
    pub(super) const CONNECTABLE: u16 = 1 << 0;
    pub(super) const SCANNABLE: u16 = 1 << 1;
    pub(super) const DIRECTED: u16 = 1 << 2;
    pub(super) const HIGH_DUTY: u16 = 1 << 3;
    pub(super) const LEGACY: u16 = 1 << 4;
}

/// Operation (Vol 4 Part E 7.8.54).
mod operation {
    pub(super) const MIDDLE: u8 = 0;
    pub(super) const FIRST: u8 = 1;
    pub(super) const LAST: u8 = 2;
    pub(super) const WHOLE: u8 = 3;
    pub(super) const UNCHANGED: u8 = 4;
}

/// A PHY by its code in HCI (Vol 4 Part E 7.8.53); LE Coded advertises with S = 8.
const fn phy(code: u8) -> Option<Phy> {
    match code {
        1 => Some(Phy::Le1M),
        2 => Some(Phy::Le2M),
        3 => Some(Phy::CodedS8),
        _ => None,
    }
}

impl Controller {
    pub(super) fn extended_command(&mut self, now: Instant, command: &Command, port: &mut impl Port) -> bool {
        let outcome = match command {
            Command::LeSetAdvertisingSetRandomAddress { set, address } => self.set_random_of(*set, *address),
            Command::LeSetExtendedAdvertisingParameters(parameters) => {
                let outcome = self.set_parameters(parameters);
                // Selected_TX_Power: 0 dBm, the one there is.
                complete(command, outcome, &[0], port);
                return true;
            }
            Command::LeSetExtendedAdvertisingData(data) => self.set_data(data, false),
            Command::LeSetExtendedScanResponseData(data) => self.set_data(data, true),
            Command::LeSetExtendedAdvertisingEnable { enable, set } => self.enable(now, *enable, *set),
            Command::LeReadMaximumAdvertisingDataLength => {
                let longest = u16::try_from(DATA_MAX).expect("it is below 256").to_le_bytes();
                complete(command, Ok(()), &longest, port);
                return true;
            }
            Command::LeReadNumberOfSupportedAdvertisingSets => {
                complete(command, Ok(()), &[1], port);
                return true;
            }
            Command::LeRemoveAdvertisingSet(set) => self.remove(Some(*set)),
            Command::LeClearAdvertisingSets => self.remove(None),
            Command::LeSetExtendedScanParameters(parameters) => self.set_extended_scan(parameters),
            Command::LeSetExtendedScanEnable { enable, filter_duplicates, duration, period } => {
                self.scan_extended(now, *enable, *filter_duplicates, (*duration, *period))
            }
            _ => return false,
        };
        complete(command, outcome, &[], port);
        true
    }

    /// The set with this handle, or Unknown Advertising Identifier.
    fn set_mut(&mut self, handle: u8) -> Result<&mut AdvertisingSettings, ErrorCode> {
        let set = self.settings.set.as_mut().filter(|set| set.handle == Some(handle));
        set.ok_or(ErrorCode::UNKNOWN_ADVERTISING_IDENTIFIER)
    }

    /// Vol 4 Part E 7.8.52: not while the set is connectable and enabled.
    fn set_random_of(&mut self, handle: u8, address: Address) -> Outcome {
        let busy = self.advertiser.is_some();
        let set = self.set_mut(handle)?;
        if busy {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        set.random = Some(address);
        Ok(())
    }

    /// Vol 4 Part E 7.8.53.
    fn set_parameters(&mut self, p: &LeSetExtendedAdvertisingParameters) -> Outcome {
        if p.set > LAST_HANDLE {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        if self.advertiser.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let before = match self.settings.set {
            Some(set) if set.handle == Some(p.set) => set,
            Some(_) => return Err(ErrorCode::MEMORY_CAPACITY_EXCEEDED),
            None => AdvertisingSettings::new(Some(p.set)),
        };
        self.settings.set = Some(settings(p, &before)?);
        Ok(())
    }

    /// Vol 4 Part E 7.8.54 and 7.8.55. While advertising data is replaced whole or not at all.
    fn set_data(&mut self, p: &LeSetExtendedAdvertisingData, response: bool) -> Outcome {
        let busy = self.advertiser.is_some();
        let set = self.set_mut(p.set)?;
        let before = if response { set.scan_response } else { set.data };
        let whole = matches!(p.operation, operation::WHOLE | operation::UNCHANGED);
        if busy && !whole {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let limit = if set.extended.is_some() { DATA_MAX } else { LEGACY_DATA_MAX };
        let mut data = match p.operation {
            operation::MIDDLE | operation::LAST => before,
            operation::FIRST | operation::WHOLE => Octets::new(),
            operation::UNCHANGED if !response && !before.is_empty() && set.extended.is_some() => before,
            _ => return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS),
        };
        if data.len() + p.data.len() > limit {
            return Err(ErrorCode::MEMORY_CAPACITY_EXCEEDED);
        }
        data.extend_from_slice(&p.data).expect("it is within the limit");
        *(if response { &mut set.scan_response } else { &mut set.data }) = data;
        set.did = (set.did + 1) & 0x0FFF;
        let set = *set;
        self.advertiser.iter_mut().for_each(|advertiser| advertiser.set_data(&set));
        Ok(())
    }

    /// Vol 4 Part E 7.8.56: enabling again begins anew.
    fn enable(&mut self, now: Instant, enable: bool, set: Option<AdvertisingSetEnable>) -> Outcome {
        let Some(AdvertisingSetEnable { set: handle, duration, max_events }) = set else {
            // Disabling needs no set to be named, enabling does.
            self.advertiser = None;
            return if enable { Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS) } else { Ok(()) };
        };
        let set = *self.set_mut(handle)?;
        if !enable {
            self.advertiser = None;
            return Ok(());
        }
        if set.high_duty && !(1..=HIGH_DUTY_DURATION).contains(&duration) {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        // An extended scannable set without a response has nothing to offer (Vol 4 Part E 7.8.56).
        if set.extended.is_some() && set.scannable && set.scan_response.is_empty() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        self.advertiser = None;
        self.start_advertiser(now, &set)?;
        let duration = TIMEOUT_UNIT * u64::from(duration);
        self.advertiser.iter_mut().for_each(|advertiser| advertiser.limit(duration, max_events));
        Ok(())
    }

    /// Vol 4 Part E 7.8.59 and 7.8.60: not while advertising.
    fn remove(&mut self, handle: Option<u8>) -> Outcome {
        if let Some(handle) = handle {
            self.set_mut(handle)?;
        }
        if self.advertiser.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        self.settings.set = None;
        Ok(())
    }

    /// Vol 4 Part E 7.8.64: not while scanning.
    fn set_extended_scan(&mut self, parameters: &LeSetExtendedScanParameters) -> Outcome {
        if self.scanner.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let mut phys = parameters.phys.iter().flatten();
        let legal = parameters.phys.iter().any(Option::is_some)
            && parameters.filter_policy <= 3
            && phys.all(|phy| phy.kind <= 1 && scan_is_legal(phy.interval, phy.window, u16::MAX));
        if !legal {
            return Err(ErrorCode::INVALID_HCI_COMMAND_PARAMETERS);
        }
        self.settings.scan = Scan::Extended(*parameters);
        Ok(())
    }

    /// Vol 4 Part E 7.8.65. Scanning in periods is not supported.
    fn scan_extended(
        &mut self,
        now: Instant,
        enable: bool,
        filter_duplicates: u8,
        (duration, period): (u16, u16),
    ) -> Outcome {
        if !enable {
            self.scanner = None;
            return Ok(());
        }
        if filter_duplicates > 1 || period != 0 {
            return Err(ErrorCode::UNSUPPORTED_FEATURE_OR_PARAMETER_VALUE);
        }
        let Scan::Extended(set) = self.settings.scan else { return Err(ErrorCode::COMMAND_DISALLOWED) };
        let timing = |index: usize| set.phys[index].map(|phy| (phy.interval, phy.window));
        let active = set.phys.map(|phy| phy.is_some_and(|phy| phy.kind == 1));
        let lasts = TIMEOUT_UNIT * u64::from(duration);
        self.scanner = Some(Scanner::new(Parameters {
            own: self.own(set.own_address_kind),
            active,
            accept_list_only: self.settings.scan.accept_list_only(),
            extended: true,
            filter_duplicates: filter_duplicates == 1,
            reports: self.settings.le_event_mask & EXTENDED_ADVERTISING_REPORT != 0,
            windows: Windows::new(now, timing(0), timing(1)),
            ends: (lasts != Span::ZERO).then(|| now + lasts),
        }));
        Ok(())
    }
}

/// The parameters as an advertiser takes them, or what is wrong with them (Vol 4 Part E 7.8.53).
fn settings(
    p: &LeSetExtendedAdvertisingParameters,
    before: &AdvertisingSettings,
) -> Result<AdvertisingSettings, ErrorCode> {
    use property::{CONNECTABLE, DIRECTED, HIGH_DUTY, LEGACY, SCANNABLE};
    const INVALID: ErrorCode = ErrorCode::INVALID_HCI_COMMAND_PARAMETERS;
    let has = |property: u16| p.properties & property != 0;
    // Anonymous advertising and TX power in the header are not supported.
    if p.properties & !(CONNECTABLE | SCANNABLE | DIRECTED | HIGH_DUTY | LEGACY) != 0 {
        return Err(ErrorCode::UNSUPPORTED_FEATURE_OR_PARAMETER_VALUE);
    }
    let interval_is_legal = 0x20 <= p.interval_min && p.interval_min <= p.interval_max;
    let channels = p.channel_map & 0b111;
    if !interval_is_legal || channels == 0 || p.filter_policy > 3 || p.sid > 0x0F {
        return Err(INVALID);
    }
    let extended = if has(LEGACY) {
        let kinds = [
            CONNECTABLE | SCANNABLE,
            CONNECTABLE | DIRECTED,
            CONNECTABLE | DIRECTED | HIGH_DUTY,
            SCANNABLE,
            0,
        ];
        if !kinds.contains(&(p.properties & !LEGACY)) || p.primary_phy != 1 {
            return Err(INVALID);
        }
        None
    } else {
        // Extended advertising is not both connectable and scannable, and has no high duty cycle; only
        // connectable advertising is directed here.
        let both = has(CONNECTABLE) && has(SCANNABLE);
        if both || has(HIGH_DUTY) || has(DIRECTED) && !has(CONNECTABLE) {
            return Err(INVALID);
        }
        let primary = phy(p.primary_phy).filter(|&phy| phy != Phy::Le2M).ok_or(INVALID)?;
        let secondary = phy(p.secondary_phy).ok_or(INVALID)?;
        Some(Extended { primary, secondary, sid: p.sid })
    };
    let limit = if extended.is_some() { DATA_MAX } else { LEGACY_DATA_MAX };
    if before.data.len() > limit || before.scan_response.len() > limit {
        return Err(INVALID);
    }
    Ok(AdvertisingSettings {
        connectable: has(CONNECTABLE),
        scannable: has(SCANNABLE),
        target: has(DIRECTED).then_some(p.peer),
        high_duty: has(HIGH_DUTY),
        extended,
        interval: SLOT * u64::from(p.interval_max),
        channels,
        own_kind: p.own_address_kind,
        filter_policy: p.filter_policy,
        notify: p.scan_request_notification,
        ..*before
    })
}
