//! Advertising physical channel PDUs, Vol 6 Part B 2.3.
//!
//! Invariant: whatever the typed forms cannot hold to the bit (an unknown type, a reserved bit that is set)
//! stays as it came, in [`AdvPdu::Other`]. This module must never know who listens.

mod extended;

pub use extended::{AdvDataInfo, AdvMode, AuxPtr, EXTENDED_DATA_MAX, ExtendedPdu};

use super::ChannelIndex;
use super::connect::{ConnectInd, LlData};
use super::wire::{exactly, put_header, put_octets, take_octets};
use crate::{Address, AddressKind, DecodeError, Octets};

/// `PDU Type` of each PDU, Vol 6 Part B 2.3.
mod pdu_type {
    pub(super) const ADV_IND: u8 = 0;
    pub(super) const ADV_DIRECT_IND: u8 = 1;
    pub(super) const ADV_NONCONN_IND: u8 = 2;
    pub(super) const SCAN_REQ: u8 = 3;
    pub(super) const SCAN_RSP: u8 = 4;
    pub(super) const CONNECT_IND: u8 = 5;
    pub(super) const ADV_SCAN_IND: u8 = 6;
    pub(super) const EXTENDED: u8 = 7;
    pub(super) const AUX_CONNECT_RSP: u8 = 8;
}

/// The bits of the header's first octet above the type, Vol 6 Part B 2.3.
const CH_SEL: u8 = 1 << 5;
const TX_ADD: u8 = 1 << 6;
const RX_ADD: u8 = 1 << 7;

/// Octets of an address.
const ADDRESS: usize = 6;
/// The most advertising data of a legacy PDU, Vol 6 Part B 2.3.1.
const MAX_DATA: usize = 31;

/// An advertising physical channel PDU, Vol 6 Part B 2.3. An address's kind is the bit `TxAdd` for the sender
/// and `RxAdd` for the one addressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdvPdu {
    /// ADV_IND: connectable and scannable, undirected, Vol 6 Part B 2.3.1.1.
    AdvInd {
        /// The advertiser has channel selection algorithm #2.
        ch_sel: bool,
        /// `AdvA`.
        advertiser: Address,
        /// `AdvData`.
        data: Octets<31>,
    },
    /// ADV_DIRECT_IND: connectable by one device, Vol 6 Part B 2.3.1.2.
    AdvDirectInd {
        /// The advertiser has channel selection algorithm #2.
        ch_sel: bool,
        /// `AdvA`.
        advertiser: Address,
        /// `TargetA`, whom it is for.
        target: Address,
    },
    /// ADV_NONCONN_IND: neither connectable nor scannable, Vol 6 Part B 2.3.1.3.
    AdvNonconnInd {
        /// `AdvA`.
        advertiser: Address,
        /// `AdvData`.
        data: Octets<31>,
    },
    /// ADV_SCAN_IND: scannable, not connectable, Vol 6 Part B 2.3.1.4.
    AdvScanInd {
        /// `AdvA`.
        advertiser: Address,
        /// `AdvData`.
        data: Octets<31>,
    },
    /// SCAN_REQ: asks for more data, Vol 6 Part B 2.3.2.1; AUX_SCAN_REQ on a secondary channel.
    ScanReq {
        /// `ScanA`.
        scanner: Address,
        /// `AdvA`, whom it asks.
        advertiser: Address,
    },
    /// SCAN_RSP: the data asked for, Vol 6 Part B 2.3.2.2.
    ScanRsp {
        /// `AdvA`.
        advertiser: Address,
        /// `ScanRspData`.
        data: Octets<31>,
    },
    /// CONNECT_IND: opens a connection, Vol 6 Part B 2.3.3.1; AUX_CONNECT_REQ on a secondary channel.
    ConnectInd(ConnectInd),
    /// ADV_EXT_IND on a primary channel, AUX_ADV_IND or AUX_SCAN_RSP on a secondary one: Vol 6 Part B 2.3.1.5,
    /// 2.3.1.6 and 2.3.2.3.
    Extended(ExtendedPdu),
    /// AUX_CONNECT_RSP: takes an AUX_CONNECT_REQ, Vol 6 Part B 2.3.3.2.
    AuxConnectRsp(ExtendedPdu),
    /// A PDU of a type without a form here, or one with reserved bits set.
    Other {
        /// The first octet: type, `ChSel`, `TxAdd` and `RxAdd`.
        header: u8,
        /// The octets after the length, in the order of the air.
        payload: Octets<255>,
    },
}

const fn kind(header: u8, bit: u8) -> AddressKind {
    if header & bit == 0 { AddressKind::Public } else { AddressKind::Random }
}

fn mark(address: Address, bit: u8) -> u8 {
    match address.kind {
        AddressKind::Public => 0,
        AddressKind::Random => bit,
    }
}

fn address_and_data(header: u8, payload: &[u8]) -> Result<(Address, Octets<31>), DecodeError> {
    let mut rest = payload;
    let address = Address::from_wire(kind(header, TX_ADD), take_octets(&mut rest)?);
    let limit = ADDRESS + MAX_DATA;
    let data = Octets::from_slice(rest).ok_or(DecodeError::TooLong { limit, got: payload.len() })?;
    Ok((address, data))
}

/// The sender's address and that of the one addressed, taken off the front.
fn two_addresses(header: u8, from: &mut &[u8]) -> Result<(Address, Address), DecodeError> {
    let sender = Address::from_wire(kind(header, TX_ADD), take_octets(from)?);
    let addressed = Address::from_wire(kind(header, RX_ADD), take_octets(from)?);
    Ok((sender, addressed))
}

impl AdvPdu {
    /// Header, length and payload, Vol 6 Part B 2.3.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] or [`DecodeError::TooLong`] if the payload has not the length its type asks
    /// for; [`DecodeError::BadLength`] if the length field does not match what follows.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let &[header, length, ref payload @ ..] = octets else {
            return Err(DecodeError::TooShort { need: 2, got: octets.len() });
        };
        if usize::from(length) != payload.len() {
            return Err(DecodeError::BadLength { says: usize::from(length), got: payload.len() });
        }
        let typed = Self::decode_typed(header, payload)?;
        // A reserved bit that is set has no place in the typed form, and shows by its absence here.
        if let Some(pdu) = typed.filter(|pdu| pdu.header() == header) {
            return Ok(pdu);
        }
        let limit = usize::from(u8::MAX);
        let payload =
            Octets::from_slice(payload).ok_or(DecodeError::TooLong { limit, got: payload.len() })?;
        Ok(Self::Other { header, payload })
    }

    fn decode_typed(header: u8, payload: &[u8]) -> Result<Option<Self>, DecodeError> {
        let ch_sel = header & CH_SEL != 0;
        let mut rest = payload;
        let pdu = match header & 0xF {
            pdu_type::ADV_IND => {
                let (advertiser, data) = address_and_data(header, payload)?;
                Self::AdvInd { ch_sel, advertiser, data }
            }
            pdu_type::ADV_NONCONN_IND => {
                let (advertiser, data) = address_and_data(header, payload)?;
                Self::AdvNonconnInd { advertiser, data }
            }
            pdu_type::ADV_SCAN_IND => {
                let (advertiser, data) = address_and_data(header, payload)?;
                Self::AdvScanInd { advertiser, data }
            }
            pdu_type::SCAN_RSP => {
                let (advertiser, data) = address_and_data(header, payload)?;
                Self::ScanRsp { advertiser, data }
            }
            pdu_type::ADV_DIRECT_IND => {
                exactly(2 * ADDRESS, payload)?;
                let (advertiser, target) = two_addresses(header, &mut rest)?;
                Self::AdvDirectInd { ch_sel, advertiser, target }
            }
            pdu_type::SCAN_REQ => {
                exactly(2 * ADDRESS, payload)?;
                let (scanner, advertiser) = two_addresses(header, &mut rest)?;
                Self::ScanReq { scanner, advertiser }
            }
            pdu_type::CONNECT_IND => {
                exactly(2 * ADDRESS + LlData::OCTETS, payload)?;
                let (initiator, advertiser) = two_addresses(header, &mut rest)?;
                // The length is right, so all that can be wrong is a reserved bit of the channel map.
                let Ok(ll) = LlData::take(&mut rest) else { return Ok(None) };
                Self::ConnectInd(ConnectInd { ch_sel, initiator, advertiser, ll })
            }
            pdu_type::EXTENDED => return Ok(ExtendedPdu::take(header, payload).map(Self::Extended)),
            pdu_type::AUX_CONNECT_RSP => {
                return Ok(ExtendedPdu::take(header, payload).map(Self::AuxConnectRsp));
            }
            _ => return Ok(None),
        };
        Ok(Some(pdu))
    }

    /// The first octet of the header: type, `ChSel`, `TxAdd` and `RxAdd`, Vol 6 Part B 2.3.
    #[must_use]
    pub fn header(&self) -> u8 {
        let ch_sel = |set: bool| if set { CH_SEL } else { 0 };
        match *self {
            Self::AdvInd { ch_sel: set, advertiser, .. } => {
                pdu_type::ADV_IND | ch_sel(set) | mark(advertiser, TX_ADD)
            }
            Self::AdvDirectInd { ch_sel: set, advertiser, target } => {
                pdu_type::ADV_DIRECT_IND | ch_sel(set) | mark(advertiser, TX_ADD) | mark(target, RX_ADD)
            }
            Self::AdvNonconnInd { advertiser, .. } => pdu_type::ADV_NONCONN_IND | mark(advertiser, TX_ADD),
            Self::AdvScanInd { advertiser, .. } => pdu_type::ADV_SCAN_IND | mark(advertiser, TX_ADD),
            Self::ScanReq { scanner, advertiser } => {
                pdu_type::SCAN_REQ | mark(scanner, TX_ADD) | mark(advertiser, RX_ADD)
            }
            Self::ScanRsp { advertiser, .. } => pdu_type::SCAN_RSP | mark(advertiser, TX_ADD),
            Self::ConnectInd(ConnectInd { ch_sel: set, initiator, advertiser, .. }) => {
                pdu_type::CONNECT_IND | ch_sel(set) | mark(initiator, TX_ADD) | mark(advertiser, RX_ADD)
            }
            Self::Extended(pdu) => pdu_type::EXTENDED | pdu.address_bits(),
            Self::AuxConnectRsp(pdu) => pdu_type::AUX_CONNECT_RSP | pdu.address_bits(),
            Self::Other { header, .. } => header,
        }
    }

    /// Octets of the payload: what the length field says.
    #[must_use]
    pub fn payload_len(&self) -> usize {
        match self {
            Self::AdvInd { data, .. }
            | Self::AdvNonconnInd { data, .. }
            | Self::AdvScanInd { data, .. }
            | Self::ScanRsp { data, .. } => ADDRESS + data.len(),
            Self::AdvDirectInd { .. } | Self::ScanReq { .. } => 2 * ADDRESS,
            Self::ConnectInd(_) => 2 * ADDRESS + LlData::OCTETS,
            Self::Extended(pdu) | Self::AuxConnectRsp(pdu) => pdu.payload_len(),
            Self::Other { payload, .. } => payload.len(),
        }
    }

    /// Header, length and payload.
    #[must_use]
    pub fn encode(&self) -> Octets<257> {
        let mut octets = Octets::new();
        put_header(self.header(), self.payload_len(), &mut octets);
        match self {
            Self::AdvInd { advertiser, data, .. }
            | Self::AdvNonconnInd { advertiser, data }
            | Self::AdvScanInd { advertiser, data }
            | Self::ScanRsp { advertiser, data } => {
                put_octets(&advertiser.to_wire(), &mut octets);
                put_octets(data, &mut octets);
            }
            Self::AdvDirectInd { advertiser: first, target: second, .. }
            | Self::ScanReq { scanner: first, advertiser: second } => {
                put_octets(&first.to_wire(), &mut octets);
                put_octets(&second.to_wire(), &mut octets);
            }
            Self::ConnectInd(ConnectInd { initiator, advertiser, ll, .. }) => {
                put_octets(&initiator.to_wire(), &mut octets);
                put_octets(&advertiser.to_wire(), &mut octets);
                ll.put(&mut octets);
            }
            Self::Extended(pdu) | Self::AuxConnectRsp(pdu) => pdu.put(&mut octets),
            Self::Other { payload, .. } => put_octets(payload, &mut octets),
        }
        octets
    }

    /// The PDU's name in the specification on this channel: PDUs of one format have another name on a secondary
    /// channel (Vol 6 Part B 2.3). AUX_ADV_IND and AUX_SCAN_RSP differ in nothing but what they follow, and go
    /// by the first name.
    #[must_use]
    pub const fn name_on(&self, channel: ChannelIndex) -> &'static str {
        match self {
            Self::ScanReq { .. } if !channel.is_advertising() => "AUX_SCAN_REQ",
            Self::ConnectInd(_) if !channel.is_advertising() => "AUX_CONNECT_REQ",
            Self::Extended(_) if !channel.is_advertising() => "AUX_ADV_IND",
            other => other.name(),
        }
    }

    /// The PDU's name in the specification on a primary channel; an [`AdvPdu::Other`] has none.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AdvInd { .. } => "ADV_IND",
            Self::AdvDirectInd { .. } => "ADV_DIRECT_IND",
            Self::AdvNonconnInd { .. } => "ADV_NONCONN_IND",
            Self::AdvScanInd { .. } => "ADV_SCAN_IND",
            Self::ScanReq { .. } => "SCAN_REQ",
            Self::ScanRsp { .. } => "SCAN_RSP",
            Self::ConnectInd(_) => "CONNECT_IND",
            Self::Extended(_) => "ADV_EXT_IND",
            Self::AuxConnectRsp(_) => "AUX_CONNECT_RSP",
            Self::Other { .. } => "other advertising PDU",
        }
    }
}
