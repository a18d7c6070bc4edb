//! The PDUs of an advertiser, Vol 6 Part B 2.3.1, 2.3.2 and 2.3.4.

use super::settings::{Extended, Settings};
use blesim_packet::ll::{AdvDataInfo, AdvMode, AdvPdu, AuxPtr, ConnectInd, ExtendedPdu};
use blesim_packet::{Address, Octets};

/// What is sent on a primary channel of a legacy event.
pub(super) fn legacy(set: &Settings, advertiser: Address, ch_sel: bool) -> AdvPdu {
    let data = Settings::legacy(&set.data);
    match (set.target, set.connectable, set.scannable) {
        (Some(target), ..) => AdvPdu::AdvDirectInd { ch_sel, advertiser, target },
        (None, true, _) => AdvPdu::AdvInd { ch_sel, advertiser, data },
        (None, false, true) => AdvPdu::AdvScanInd { advertiser, data },
        (None, false, false) => AdvPdu::AdvNonconnInd { advertiser, data },
    }
}

const fn mode(set: &Settings) -> AdvMode {
    match (set.connectable, set.scannable) {
        (true, _) => AdvMode::Connectable,
        (false, true) => AdvMode::Scannable,
        (false, false) => AdvMode::Neither,
    }
}

const fn adi(set: &Settings, extended: Extended) -> AdvDataInfo {
    AdvDataInfo { did: set.did, sid: extended.sid }
}

/// ADV_EXT_IND, which does no more than point to the auxiliary packet (Vol 6 Part B 2.3.1.5).
pub(super) fn pointing(set: &Settings, extended: Extended, aux: Option<AuxPtr>) -> AdvPdu {
    AdvPdu::Extended(ExtendedPdu { adi: Some(adi(set, extended)), aux, ..ExtendedPdu::new(mode(set)) })
}

/// AUX_ADV_IND (Vol 6 Part B 2.3.1.6); a scannable one has no data.
pub(super) fn auxiliary(set: &Settings, extended: Extended, advertiser: Address) -> AdvPdu {
    let data = if mode(set) == AdvMode::Scannable { Octets::new() } else { widen(&set.data) };
    let (advertiser, target, adi) = (Some(advertiser), set.target, Some(adi(set, extended)));
    AdvPdu::Extended(ExtendedPdu { advertiser, target, adi, data, ..ExtendedPdu::new(mode(set)) })
}

/// SCAN_RSP, or AUX_SCAN_RSP (Vol 6 Part B 2.3.2.2 and 2.3.2.3).
pub(super) fn scan_response(set: &Settings, advertiser: Address) -> AdvPdu {
    match set.extended {
        None => AdvPdu::ScanRsp { advertiser, data: Settings::legacy(&set.scan_response) },
        Some(extended) => {
            let (advertiser, adi, data) =
                (Some(advertiser), Some(adi(set, extended)), widen(&set.scan_response));
            AdvPdu::Extended(ExtendedPdu { advertiser, adi, data, ..ExtendedPdu::new(AdvMode::Neither) })
        }
    }
}

/// AUX_CONNECT_RSP (Vol 6 Part B 2.3.3.2).
pub(super) fn connect_response(request: &ConnectInd) -> AdvPdu {
    let (advertiser, target) = (Some(request.advertiser), Some(request.initiator));
    AdvPdu::AuxConnectRsp(ExtendedPdu { advertiser, target, ..ExtendedPdu::new(AdvMode::Neither) })
}

fn widen(data: &[u8]) -> Octets<229> {
    Octets::from_slice(data).expect("a set has less data than a report")
}
