//! What the host sets for advertising, scanning and initiating, and the HCI commands it does it with,
//! Vol 4 Part E 7.8.
//!
//! Invariant: every command gets its one answer; the legacy and the extended commands never mix (Vol 4 Part E
//! 3.1.1).

mod connect;
mod events;
mod extended;
mod legacy;
pub(crate) mod resolving;

use crate::advertise::Advertiser;
use crate::advertise::settings::Settings as AdvertisingSettings;
use crate::command::{Outcome, complete};
use crate::controller::Controller;
use crate::initiate::Initiator;
use crate::io::Port;
use arrayvec::ArrayVec;
use blesim_kernel::Instant;
use blesim_packet::hci::{Command, ErrorCode, LeSetExtendedScanParameters, LeSetScanParameters};
use blesim_packet::{Address, AddressKind};
use resolving::ResolvingList;

/// The devices that the filter accept list holds.
const ACCEPT_LIST: usize = 16;
/// The events a host that sets no mask gets: the first five (Vol 4 Part E 7.8.1).
const DEFAULT_EVENT_MASK: u64 = 0x1F;

/// Which commands the host has used since the reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    Legacy,
    Extended,
}

/// What a scanner will be set to.
#[derive(Clone, Copy, Debug)]
enum Scan {
    Legacy(LeSetScanParameters),
    Extended(LeSetExtendedScanParameters),
}

/// All that the host has set.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    random_address: Address,
    pub(crate) le_event_mask: u64,
    accept_list: ArrayVec<Address, ACCEPT_LIST>,
    style: Option<Style>,
    /// What the legacy commands set.
    advertising: AdvertisingSettings,
    /// The one advertising set, once it is created.
    set: Option<AdvertisingSettings>,
    scan: Scan,
    pub(crate) resolving: ResolvingList,
}

impl Settings {
    pub(crate) fn new() -> Self {
        Self {
            random_address: Address { kind: AddressKind::Random, octets: [0; 6] },
            le_event_mask: DEFAULT_EVENT_MASK,
            accept_list: ArrayVec::new(),
            style: None,
            advertising: AdvertisingSettings::new(None),
            set: None,
            scan: Scan::Legacy(legacy::DEFAULT_SCAN),
            resolving: ResolvingList::default(),
        }
    }

    pub(crate) fn accept_list(&self) -> &[Address] {
        &self.accept_list
    }
}

/// The commands of one style, in which a host that has used the other may not go on (Vol 4 Part E 3.1.1).
const fn style(command: &Command) -> Option<Style> {
    match command {
        Command::LeSetAdvertisingParameters(_)
        | Command::LeReadAdvertisingPhysicalChannelTxPower
        | Command::LeSetAdvertisingData(_)
        | Command::LeSetScanResponseData(_)
        | Command::LeSetAdvertisingEnable(_)
        | Command::LeSetScanParameters(_)
        | Command::LeSetScanEnable { .. }
        | Command::LeCreateConnection(_) => Some(Style::Legacy),
        Command::LeSetAdvertisingSetRandomAddress { .. }
        | Command::LeSetExtendedAdvertisingParameters(_)
        | Command::LeSetExtendedAdvertisingData(_)
        | Command::LeSetExtendedScanResponseData(_)
        | Command::LeSetExtendedAdvertisingEnable { .. }
        | Command::LeReadMaximumAdvertisingDataLength
        | Command::LeReadNumberOfSupportedAdvertisingSets
        | Command::LeRemoveAdvertisingSet(_)
        | Command::LeClearAdvertisingSets
        | Command::LeSetExtendedScanParameters(_)
        | Command::LeSetExtendedScanEnable { .. }
        | Command::LeExtendedCreateConnection(_) => Some(Style::Extended),
        _ => None,
    }
}

/// Whether an opcode is one of the extended commands: those from 0x2035 to 0x203D and from 0x2041 to 0x2043.
pub(crate) const fn is_extended(opcode: u16) -> bool {
    matches!(opcode, 0x2035..=0x203D | 0x2041..=0x2043)
}

/// Answers with an error, in the event that the command is answered with.
fn refuse(command: &Command, error: ErrorCode, port: &mut impl Port) {
    if matches!(command, Command::LeCreateConnection(_) | Command::LeExtendedCreateConnection(_)) {
        crate::command::status(command, Err(error), port);
    } else {
        complete(command, Err(error), &[], port);
    }
}

impl Controller {
    /// Carries the command out, if it is one of discovery.
    pub(crate) fn discovery(&mut self, now: Instant, command: &Command, port: &mut impl Port) -> bool {
        if let Some(style) = style(command) {
            if self.settings.style.is_some_and(|before| before != style) {
                refuse(command, ErrorCode::COMMAND_DISALLOWED, port);
                return true;
            }
            self.settings.style = Some(style);
        }
        self.list_command(command, port)
            || self.resolving_command(command, port)
            || self.legacy_command(now, command, port)
            || self.extended_command(now, command, port)
            || self.connect_command(now, command, port)
    }

    fn own(&self, kind: AddressKind) -> Address {
        match kind {
            AddressKind::Public => self.config.public_address,
            AddressKind::Random => self.settings.random_address,
        }
    }

    /// Vol 4 Part E 7.8.4: not while the address is in use on the advertising channels.
    fn set_random_address(&mut self, address: Address) -> Outcome {
        if self.advertiser.is_some() || self.initiator.is_some() || self.scanner.is_some() {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        self.settings.random_address = address;
        Ok(())
    }

    /// The masks, the address and the filter accept list, which both styles share.
    fn list_command(&mut self, command: &Command, port: &mut impl Port) -> bool {
        let outcome = match command {
            Command::LeSetEventMask(mask) => {
                self.settings.le_event_mask = *mask;
                Ok(())
            }
            Command::LeSetRandomAddress(address) => self.set_random_address(*address),
            Command::LeReadFilterAcceptListSize => {
                let size = u8::try_from(ACCEPT_LIST).expect("a handful of devices");
                complete(command, Ok(()), &[size], port);
                return true;
            }
            Command::LeClearFilterAcceptList
            | Command::LeAddDeviceToFilterAcceptList(_)
            | Command::LeRemoveDeviceFromFilterAcceptList(_) => self.change_accept_list(command),
            _ => return false,
        };
        complete(command, outcome, &[], port);
        true
    }

    /// Vol 4 Part E 7.8.15 to 7.8.17: not while the list is in use.
    fn change_accept_list(&mut self, command: &Command) -> Outcome {
        let advertising = self.advertiser.as_ref().is_some_and(Advertiser::uses_accept_list);
        let scanning = self.scanner.is_some() && self.settings.scan.accept_list_only();
        let initiating = self.initiator.as_ref().is_some_and(Initiator::uses_accept_list);
        if advertising || scanning || initiating {
            return Err(ErrorCode::COMMAND_DISALLOWED);
        }
        let list = &mut self.settings.accept_list;
        match command {
            Command::LeAddDeviceToFilterAcceptList(address) if !list.contains(address) => {
                list.try_push(*address).map_err(|_| ErrorCode::MEMORY_CAPACITY_EXCEEDED)
            }
            Command::LeRemoveDeviceFromFilterAcceptList(address) => {
                list.retain(|listed| listed != address);
                Ok(())
            }
            Command::LeClearFilterAcceptList => {
                list.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Scan {
    const fn accept_list_only(&self) -> bool {
        let (Self::Legacy(LeSetScanParameters { filter_policy, .. })
        | Self::Extended(LeSetExtendedScanParameters { filter_policy, .. })) = self;
        // Bit 0 of Scanning_Filter_Policy (Vol 4 Part E 7.8.10); bit 1 matters with privacy only.
        *filter_policy & 1 != 0
    }
}
