//! Events of extended advertising and scanning, and of the connections they lead to: their parameters and
//! their form on the wire, Vol 4 Part E 7.7.65.10 to 7.7.65.20.
//!
//! Invariant: decoding is the exact inverse of encoding.

use super::{ErrorCode, Event, LONGEST, subevent};
use crate::wire::{Reader, Writer};
use crate::{Address, AddressKind, DecodeError, Octets};

/// The address type of an advertiser that does not tell its address (Vol 4 Part E 7.7.65.13).
const ANONYMOUS: u8 = 0xFF;

/// The bit of an address type that says that the controller resolved the address (Vol 4 Part E 7.7.65.10).
const IDENTITY: u8 = 0x02;

/// HCI_LE_Enhanced_Connection_Complete, Vol 4 Part E 7.7.65.10.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeEnhancedConnectionComplete {
    /// Why there is no connection, if there is none.
    pub status: ErrorCode,
    /// Connection handle.
    pub handle: u16,
    /// 0 central, 1 peripheral.
    pub role: u8,
    /// The peer.
    pub peer: Address,
    /// The peer's address is the identity behind its resolvable private one: types 0x02 and 0x03.
    pub identity: bool,
    /// The own resolvable private address as a number; 0 if none is used.
    pub local_resolvable: u64,
    /// The peer's resolvable private address as a number; 0 if none is used.
    pub peer_resolvable: u64,
    /// Connection interval, in 1.25 ms.
    pub interval: u16,
    /// Peripheral latency, in connection events.
    pub latency: u16,
    /// Supervision timeout, in 10 ms.
    pub timeout: u16,
    /// Central_Clock_Accuracy: 0 is 500 ppm, 7 is 20 ppm.
    pub clock_accuracy: u8,
}

impl LeEnhancedConnectionComplete {
    /// The peer's address on the air, and the identity behind it if the controller knows it.
    #[must_use]
    pub fn peer_on_the_air(&self) -> (Address, Option<Address>) {
        if !self.identity {
            return (self.peer, None);
        }
        let [_, _, octets @ ..] = self.peer_resolvable.to_be_bytes();
        (Address::random(octets), Some(self.peer))
    }
}

/// One report of HCI_LE_Extended_Advertising_Report, Vol 4 Part E 7.7.65.13.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeExtendedAdvertisingReport {
    /// Event_Type: bit 0 connectable, 1 scannable, 2 directed, 3 scan response, 4 legacy PDU; bits 5 and 6 the
    /// state of the data: 0 complete, 1 more to come, 2 cut off.
    pub kind: u16,
    /// The advertiser, unless it is anonymous.
    pub peer: Option<Address>,
    /// Primary_PHY: 1 LE 1M, 3 LE Coded.
    pub primary_phy: u8,
    /// Secondary_PHY: 0 none, 1 LE 1M, 2 LE 2M, 3 LE Coded.
    pub secondary_phy: u8,
    /// Advertising_SID; 0xFF if there is none.
    pub sid: u8,
    /// TX power in dBm; 127 if not available.
    pub tx_power: i8,
    /// Signal strength in dBm; 127 if not available.
    pub rssi: i8,
    /// Periodic_Advertising_Interval, in 1.25 ms; 0 if there is none.
    pub periodic_interval: u16,
    /// Whom directed advertising is for.
    pub target: Address,
    /// Advertising or scan response data.
    pub data: Octets<229>,
}

/// `None` if the event has no variant of its own, or an address of a type without a value here.
pub(super) fn decode(subevent: u8, r: &mut Reader<'_>) -> Result<Option<Event>, DecodeError> {
    Ok(Some(match subevent {
        subevent::ENHANCED_CONNECTION_COMPLETE => Event::LeEnhancedConnectionComplete(enhanced(r)?),
        subevent::EXTENDED_ADVERTISING_REPORT => match r.u8()? {
            1 => match report(r)? {
                Some(report) => Event::LeExtendedAdvertisingReport(report),
                None => return Ok(None),
            },
            _ => return Ok(None),
        },
        subevent::SCAN_TIMEOUT => Event::LeScanTimeout,
        subevent::ADVERTISING_SET_TERMINATED => Event::LeAdvertisingSetTerminated {
            status: ErrorCode(r.u8()?),
            set: r.u8()?,
            handle: r.u16()?,
            events: r.u8()?,
        },
        subevent::SCAN_REQUEST_RECEIVED => {
            Event::LeScanRequestReceived { set: r.u8()?, scanner: r.address("Scanner_Address_Type")? }
        }
        subevent::CHANNEL_SELECTION_ALGORITHM => {
            Event::LeChannelSelectionAlgorithm { handle: r.u16()?, algorithm: r.u8()? }
        }
        _ => return Ok(None),
    }))
}

/// Public or random; other types have no value here.
const fn address_kind(code: u8) -> Option<AddressKind> {
    match code {
        0 => Some(AddressKind::Public),
        1 => Some(AddressKind::Random),
        _ => None,
    }
}

/// An address as a number, least significant octet first.
fn number(r: &mut Reader<'_>) -> Result<u64, DecodeError> {
    let octets: [u8; 6] = r.array()?;
    Ok(octets.iter().rev().fold(0, |value, &octet| value << 8 | u64::from(octet)))
}

fn enhanced(r: &mut Reader<'_>) -> Result<LeEnhancedConnectionComplete, DecodeError> {
    let (status, handle, role, kind) = (ErrorCode(r.u8()?), r.u16()?, r.u8()?, r.u8()?);
    let bad = DecodeError::BadValue { field: "Peer_Address_Type", value: u64::from(kind) };
    let address = address_kind(kind & !IDENTITY).filter(|_| kind <= IDENTITY | 1).ok_or(bad)?;
    Ok(LeEnhancedConnectionComplete {
        status,
        handle,
        role,
        peer: Address::from_wire(address, r.array()?),
        identity: kind & IDENTITY != 0,
        local_resolvable: number(r)?,
        peer_resolvable: number(r)?,
        interval: r.u16()?,
        latency: r.u16()?,
        timeout: r.u16()?,
        clock_accuracy: r.u8()?,
    })
}

fn report(r: &mut Reader<'_>) -> Result<Option<LeExtendedAdvertisingReport>, DecodeError> {
    let kind = r.u16()?;
    let (peer_kind, peer) = (r.u8()?, r.array()?);
    let peer = match (address_kind(peer_kind), peer) {
        (Some(kind), peer) => Some(Address::from_wire(kind, peer)),
        (None, [0, 0, 0, 0, 0, 0]) if peer_kind == ANONYMOUS => None,
        (None, _) => return Ok(None),
    };
    let (primary_phy, secondary_phy, sid) = (r.u8()?, r.u8()?, r.u8()?);
    let [tx_power, rssi] = [i8::from_le_bytes(r.array()?), i8::from_le_bytes(r.array()?)];
    let periodic_interval = r.u16()?;
    let (target_kind, target) = (r.u8()?, r.array()?);
    let Some(target_kind) = address_kind(target_kind) else { return Ok(None) };
    let target = Address::from_wire(target_kind, target);
    let says = usize::from(r.u8()?);
    let data: Octets<229> = r.rest()?;
    if data.len() != says {
        return Err(DecodeError::BadLength { says, got: data.len() });
    }
    Ok(Some(LeExtendedAdvertisingReport {
        kind,
        peer,
        primary_phy,
        secondary_phy,
        sid,
        tx_power,
        rssi,
        periodic_interval,
        target,
        data,
    }))
}

/// Writes the parameters, if the event is one of this module.
pub(super) fn encode(event: &Event, w: &mut Writer<LONGEST>) -> bool {
    match event {
        Event::LeEnhancedConnectionComplete(e) => {
            w.u8(subevent::ENHANCED_CONNECTION_COMPLETE).u8(e.status.0).u16(e.handle).u8(e.role);
            let kind = u8::from(e.peer.kind == AddressKind::Random);
            let identity = if e.identity { IDENTITY } else { 0 };
            w.u8(kind | identity)
                .slice(&e.peer.to_wire())
                .slice(&e.local_resolvable.to_le_bytes()[..6])
                .slice(&e.peer_resolvable.to_le_bytes()[..6])
                .u16(e.interval)
                .u16(e.latency)
                .u16(e.timeout)
                .u8(e.clock_accuracy)
        }
        Event::LeExtendedAdvertisingReport(report) => put_report(report, w),
        Event::LeScanTimeout => w.u8(subevent::SCAN_TIMEOUT),
        Event::LeAdvertisingSetTerminated { status, set, handle, events } => {
            w.u8(subevent::ADVERTISING_SET_TERMINATED).u8(status.0).u8(*set).u16(*handle).u8(*events)
        }
        Event::LeScanRequestReceived { set, scanner } => {
            w.u8(subevent::SCAN_REQUEST_RECEIVED).u8(*set).address(*scanner)
        }
        Event::LeChannelSelectionAlgorithm { handle, algorithm } => {
            w.u8(subevent::CHANNEL_SELECTION_ALGORITHM).u16(*handle).u8(*algorithm)
        }
        _ => return false,
    };
    true
}

fn put_report<'a>(
    report: &LeExtendedAdvertisingReport,
    w: &'a mut Writer<LONGEST>,
) -> &'a mut Writer<LONGEST> {
    w.u8(subevent::EXTENDED_ADVERTISING_REPORT).u8(1).u16(report.kind);
    match report.peer {
        Some(peer) => w.address(peer),
        None => w.u8(ANONYMOUS).slice(&[0; 6]),
    };
    w.u8(report.primary_phy)
        .u8(report.secondary_phy)
        .u8(report.sid)
        .slice(&report.tx_power.to_le_bytes())
        .slice(&report.rssi.to_le_bytes())
        .u16(report.periodic_interval)
        .address(report.target)
        .length_u8(&report.data)
        .slice(&report.data)
}
