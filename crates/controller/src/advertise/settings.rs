//! What an advertiser is set to: by the legacy commands or for one advertising set, Vol 4 Part E 7.8.5 and 7.8.53.

use blesim_kernel::Span;
use blesim_packet::ll::Phy;
use blesim_packet::{Address, AddressKind, Octets};

/// The most advertising data of a set: what one PDU carries beside the longest extended header
/// (Vol 6 Part B 2.3.4), so that no chain is needed.
pub(crate) const DATA_MAX: usize = 191;
/// The most data of a legacy PDU (Vol 6 Part B 2.3.1).
pub(crate) const LEGACY_DATA_MAX: usize = 31;

/// The parts of an extended advertising event that a legacy one has not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extended {
    /// LE 1M or LE Coded.
    pub(crate) primary: Phy,
    pub(crate) secondary: Phy,
    /// Advertising_SID.
    pub(crate) sid: u8,
}

/// An advertising set, or what the legacy commands set.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own in HCI")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Advertising_Handle; `None` for the legacy commands.
    pub(crate) handle: Option<u8>,
    pub(crate) connectable: bool,
    pub(crate) scannable: bool,
    /// Whom directed advertising is for.
    pub(crate) target: Option<Address>,
    pub(crate) high_duty: bool,
    /// `None` with legacy PDUs.
    pub(crate) extended: Option<Extended>,
    pub(crate) interval: Span,
    /// Bit 0 is channel 37, bit 1 is 38, bit 2 is 39; at least one is set.
    pub(crate) channels: u8,
    pub(crate) own_kind: AddressKind,
    /// The set's own random address.
    pub(crate) random: Option<Address>,
    /// Bit 0: scan requests from the filter accept list only; bit 1: connection requests.
    pub(crate) filter_policy: u8,
    /// The host wants to know of scan requests.
    pub(crate) notify: bool,
    /// Advertising DID, 12 bits: another one with other data.
    pub(crate) did: u16,
    pub(crate) data: Octets<DATA_MAX>,
    pub(crate) scan_response: Octets<DATA_MAX>,
}

impl Settings {
    /// The defaults of Vol 4 Part E 7.8.5, undirected and connectable.
    pub(crate) const fn new(handle: Option<u8>) -> Self {
        Self {
            handle,
            connectable: true,
            scannable: true,
            target: None,
            high_duty: false,
            extended: None,
            interval: Span::from_millis(1_280),
            channels: 0b111,
            own_kind: AddressKind::Public,
            random: None,
            filter_policy: 0,
            notify: false,
            did: 0,
            data: Octets::new(),
            scan_response: Octets::new(),
        }
    }

    /// The first 31 octets, which are all that a legacy PDU has.
    pub(super) fn legacy(data: &[u8]) -> Octets<LEGACY_DATA_MAX> {
        let length = data.len().min(LEGACY_DATA_MAX);
        Octets::from_slice(&data[..length]).expect("it is cut to fit")
    }
}
