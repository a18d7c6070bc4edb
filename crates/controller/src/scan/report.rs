//! What the host is told of an advertisement, Vol 4 Part E 7.7.65.2 and 7.7.65.13.
//!
//! Invariant: a host that scans with the legacy commands gets legacy reports only, and the other way round.

use crate::io::Port;
use blesim_packet::hci::{Event, HciPacket, LeAdvertisingReport, LeExtendedAdvertisingReport};
use blesim_packet::ll::{AdvDataInfo, AdvMode, AdvPdu, ExtendedPdu, Phy};
use blesim_packet::{Address, AddressKind, Octets};

/// A value that is not available: TX power and RSSI (Vol 4 Part E 7.7.65.13).
const NOT_AVAILABLE: i8 = 127;
/// No Advertising_SID.
const NO_SID: u8 = 0xFF;
const CONNECTABLE: u16 = 1 << 0;
const SCANNABLE: u16 = 1 << 1;
const DIRECTED: u16 = 1 << 2;
const SCAN_RESPONSE: u16 = 1 << 3;
const LEGACY: u16 = 1 << 4;
/// Who is directed at if nobody is.
const NOBODY: Address = Address { kind: AddressKind::Public, octets: [0; 6] };

/// One advertisement as it was heard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    /// Event_Type of the extended report.
    pub(crate) kind: u16,
    pub(crate) peer: Address,
    pub(crate) target: Option<Address>,
    pub(crate) phys: (Phy, Option<Phy>),
    pub(crate) adi: Option<AdvDataInfo>,
    tx_power: i8,
    data: Octets<229>,
}

/// The code of a PHY in HCI (Vol 4 Part E 7.7.65.13).
const fn code(phy: Phy) -> u8 {
    match phy {
        Phy::Le1M => 1,
        Phy::Le2M => 2,
        Phy::CodedS2 | Phy::CodedS8 => 3,
    }
}

fn widen(data: &[u8]) -> Octets<229> {
    Octets::from_slice(data).expect("legacy data has 31 octets at most")
}

impl Report {
    /// The report of a legacy PDU; `asked` is the Event_Type of what a SCAN_RSP answers.
    pub(crate) fn legacy(pdu: &AdvPdu, asked: u16) -> Option<Self> {
        let (kind, peer, target, data) = match pdu {
            AdvPdu::AdvInd { advertiser, data, .. } => {
                (CONNECTABLE | SCANNABLE, advertiser, None, widen(data))
            }
            AdvPdu::AdvDirectInd { advertiser, target, .. } => {
                (CONNECTABLE | DIRECTED, advertiser, Some(*target), Octets::new())
            }
            AdvPdu::AdvScanInd { advertiser, data } => (SCANNABLE, advertiser, None, widen(data)),
            AdvPdu::AdvNonconnInd { advertiser, data } => (0, advertiser, None, widen(data)),
            AdvPdu::ScanRsp { advertiser, data } => (asked | SCAN_RESPONSE, advertiser, None, widen(data)),
            _ => return None,
        };
        let phys = (Phy::Le1M, None);
        Some(Self {
            kind: kind | LEGACY,
            peer: *peer,
            target,
            phys,
            adi: None,
            tx_power: NOT_AVAILABLE,
            data,
        })
    }

    /// The report of a PDU on a secondary channel, or of an ADV_EXT_IND that points to none; `None` if the
    /// advertiser is anonymous.
    pub(crate) fn extended(pdu: &ExtendedPdu, phys: (Phy, Option<Phy>), response: bool) -> Option<Self> {
        let kind = match pdu.mode {
            AdvMode::Connectable => CONNECTABLE,
            AdvMode::Scannable => SCANNABLE,
            AdvMode::Neither if response => SCANNABLE | SCAN_RESPONSE,
            AdvMode::Neither => 0,
            AdvMode::Reserved => return None,
        };
        let directed = if pdu.target.is_some() && !response { DIRECTED } else { 0 };
        Some(Self {
            kind: kind | directed,
            peer: pdu.advertiser?,
            target: pdu.target,
            phys,
            adi: pdu.adi,
            tx_power: pdu.tx_power.unwrap_or(NOT_AVAILABLE),
            data: pdu.data,
        })
    }

    /// Tells the host that scans with the legacy commands; it hears of nothing but legacy PDUs.
    pub(crate) fn tell_legacy(&self, port: &mut impl Port) {
        // Event_Type of Vol 4 Part E 7.7.65.2.
        let kind = match self.kind & !LEGACY {
            kind if kind & SCAN_RESPONSE != 0 => 4,
            kind if kind & DIRECTED != 0 => 1,
            kind if kind & CONNECTABLE != 0 => 0,
            kind if kind & SCANNABLE != 0 => 2,
            _ => 3,
        };
        if self.kind & LEGACY == 0 {
            return;
        }
        let data = Octets::from_slice(&self.data).expect("legacy data has 31 octets at most");
        let report = LeAdvertisingReport { kind, peer: self.peer, data, rssi: NOT_AVAILABLE };
        port.to_host(&HciPacket::Event(Event::LeAdvertisingReport(report)));
    }

    /// Tells the host that scans with the extended commands.
    pub(crate) fn tell_extended(&self, port: &mut impl Port) {
        let report = LeExtendedAdvertisingReport {
            kind: self.kind,
            peer: Some(self.peer),
            primary_phy: code(self.phys.0),
            secondary_phy: self.phys.1.map_or(0, code),
            sid: self.adi.map_or(NO_SID, |adi| adi.sid),
            tx_power: self.tx_power,
            rssi: NOT_AVAILABLE,
            periodic_interval: 0,
            target: self.target.unwrap_or(NOBODY),
            data: self.data,
        };
        port.to_host(&HciPacket::Event(Event::LeExtendedAdvertisingReport(report)));
    }
}

/// The advertisements the host has been told of lately, for the duplicate filter; the oldest is forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    seen: arrayvec::ArrayVec<(Address, u16, Option<AdvDataInfo>), 32>,
    next: usize,
}

impl Told {
    /// Whether this advertisement is new; it isn't any more.
    pub(crate) fn is_new(&mut self, report: &Report) -> bool {
        let key = (report.peer, report.kind, report.adi);
        if self.seen.contains(&key) {
            return false;
        }
        if let Err(full) = self.seen.try_push(key) {
            self.seen[self.next] = full.element();
            self.next = (self.next + 1) % self.seen.len();
        }
        true
    }
}
