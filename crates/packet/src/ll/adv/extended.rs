//! The common extended advertising payload, Vol 6 Part B 2.3.4.
//!
//! Invariant: a payload with a field that has no place here (CTEInfo, SyncInfo, ACAD, a reserved bit) is no
//! [`ExtendedPdu`], so that what is one encodes to the octets it came from.

use super::super::wire::{put_octets, take_octets};
use super::{RX_ADD, TX_ADD, kind, mark};
use crate::ll::{ChannelIndex, Phy};
use crate::{Address, Octets};

/// Extended Header Flags, Vol 6 Part B 2.3.4.
mod flag {
    pub(super) const ADV_A: u8 = 1 << 0;
    pub(super) const TARGET_A: u8 = 1 << 1;
    pub(super) const ADI: u8 = 1 << 3;
    pub(super) const AUX_PTR: u8 = 1 << 4;
    pub(super) const TX_POWER: u8 = 1 << 6;
    pub(super) const ALL: u8 = ADV_A | TARGET_A | ADI | AUX_PTR | TX_POWER;
}

/// The most advertising data of an [`ExtendedPdu`]: what one report to the host holds (Vol 4 Part E 7.7.65.13).
/// A PDU with more, which only one with hardly a field can have, has no place here.
pub const EXTENDED_DATA_MAX: usize = 229;
/// Bits of the AUX offset, Vol 6 Part B 2.3.4.5.
const OFFSET_BITS: u32 = 13;

/// `AdvMode`, Vol 6 Part B 2.3.4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdvMode {
    /// Neither connectable nor scannable.
    Neither,
    /// Connectable.
    Connectable,
    /// Scannable.
    Scannable,
    /// The value reserved for future use.
    Reserved,
}

/// The advertising data info (`ADI`), Vol 6 Part B 2.3.4.4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AdvDataInfo {
    /// Advertising Data ID, 12 bits: changes with the data.
    pub did: u16,
    /// Advertising Set ID, 4 bits.
    pub sid: u8,
}

/// Where and when the auxiliary packet is sent (`AuxPtr`), Vol 6 Part B 2.3.4.5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuxPtr {
    /// The secondary advertising channel.
    pub channel: ChannelIndex,
    /// The advertiser's clock is within 50 ppm; within 500 ppm otherwise.
    pub accurate: bool,
    /// The offset is in units of 300 us; of 30 us otherwise.
    pub coarse: bool,
    /// From the start of this packet to the start of the auxiliary one, in its units; 13 bits.
    pub offset: u16,
    /// `AUX PHY`: 0 LE 1M, 1 LE 2M, 2 LE Coded; 3 bits.
    pub phy: u8,
}

impl AuxPtr {
    /// The pointer to a packet that starts `micros` later, rounded down to its unit (Vol 6 Part B 2.3.4.5), or
    /// `None` from 2.4576 s on.
    #[must_use]
    pub fn new(channel: ChannelIndex, accurate: bool, phy: Phy, micros: u64) -> Option<Self> {
        let fine = micros / 30;
        // Below 245,700 us the units of 30 us are to be used.
        let coarse = micros >= 245_700;
        let offset = u16::try_from(if coarse { micros / 300 } else { fine }).ok()?;
        let code = match phy {
            Phy::Le1M => 0,
            Phy::Le2M => 1,
            Phy::CodedS2 | Phy::CodedS8 => 2,
        };
        (offset < 1 << OFFSET_BITS).then_some(Self { channel, accurate, coarse, offset, phy: code })
    }

    /// The offset and the unit it was rounded down to, both in microseconds.
    #[must_use]
    pub const fn offset_us(self) -> (u32, u32) {
        let unit = if self.coarse { 300 } else { 30 };
        (self.offset as u32 * unit, unit)
    }

    /// The PHY of the auxiliary packet, or `None` if the value is reserved.
    #[must_use]
    pub const fn phy(self) -> Option<Phy> {
        match self.phy {
            0 => Some(Phy::Le1M),
            1 => Some(Phy::Le2M),
            2 => Some(Phy::CodedS8),
            _ => None,
        }
    }

    fn from_wire([first, low, high]: [u8; 3]) -> Self {
        Self {
            channel: ChannelIndex(first & 0x3F),
            accurate: first & 0x40 != 0,
            coarse: first & 0x80 != 0,
            offset: u16::from_le_bytes([low, high & 0x1F]),
            phy: high >> 5,
        }
    }

    fn to_wire(self) -> [u8; 3] {
        let [low, high] = self.offset.to_le_bytes();
        let first = self.channel.0 & 0x3F | u8::from(self.accurate) << 6 | u8::from(self.coarse) << 7;
        [first, low, high & 0x1F | self.phy << 5]
    }
}

impl AdvDataInfo {
    fn from_wire([low, high]: [u8; 2]) -> Self {
        Self { did: u16::from_le_bytes([low, high & 0x0F]), sid: high >> 4 }
    }

    fn to_wire(self) -> [u8; 2] {
        let [low, high] = self.did.to_le_bytes();
        [low, high & 0x0F | self.sid << 4]
    }
}

/// A PDU with the common extended advertising payload, Vol 6 Part B 2.3.4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtendedPdu {
    /// `AdvMode`.
    pub mode: AdvMode,
    /// `AdvA`.
    pub advertiser: Option<Address>,
    /// `TargetA`.
    pub target: Option<Address>,
    /// `ADI`.
    pub adi: Option<AdvDataInfo>,
    /// `AuxPtr`.
    pub aux: Option<AuxPtr>,
    /// `TxPower` in dBm.
    pub tx_power: Option<i8>,
    /// `AdvData`.
    pub data: Octets<EXTENDED_DATA_MAX>,
}

impl ExtendedPdu {
    /// A PDU of this mode without any field.
    #[must_use]
    pub const fn new(mode: AdvMode) -> Self {
        Self {
            mode,
            advertiser: None,
            target: None,
            adi: None,
            aux: None,
            tx_power: None,
            data: Octets::new(),
        }
    }

    fn flags(&self) -> u8 {
        let mark = |present: bool, flag: u8| if present { flag } else { 0 };
        mark(self.advertiser.is_some(), flag::ADV_A)
            | mark(self.target.is_some(), flag::TARGET_A)
            | mark(self.adi.is_some(), flag::ADI)
            | mark(self.aux.is_some(), flag::AUX_PTR)
            | mark(self.tx_power.is_some(), flag::TX_POWER)
    }

    /// Octets of the extended header, flags included.
    fn header_len(&self) -> usize {
        let size = |present: bool, octets: usize| if present { octets } else { 0 };
        size(self.flags() != 0, 1)
            + size(self.advertiser.is_some(), 6)
            + size(self.target.is_some(), 6)
            + size(self.adi.is_some(), 2)
            + size(self.aux.is_some(), 3)
            + size(self.tx_power.is_some(), 1)
    }

    /// Octets of the payload.
    pub(super) fn payload_len(&self) -> usize {
        1 + self.header_len() + self.data.len()
    }

    /// `TxAdd` and `RxAdd` of the header.
    pub(super) fn address_bits(&self) -> u8 {
        self.advertiser.map_or(0, |address| mark(address, TX_ADD))
            | self.target.map_or(0, |address| mark(address, RX_ADD))
    }

    pub(super) fn put<const CAPACITY: usize>(&self, into: &mut Octets<CAPACITY>) {
        let mode = match self.mode {
            AdvMode::Neither => 0,
            AdvMode::Connectable => 1,
            AdvMode::Scannable => 2,
            AdvMode::Reserved => 3,
        };
        let length = u8::try_from(self.header_len()).expect("the fields make at most 19 octets");
        put_octets(&[length | mode << 6], into);
        if length > 0 {
            put_octets(&[self.flags()], into);
        }
        for address in [self.advertiser, self.target].into_iter().flatten() {
            put_octets(&address.to_wire(), into);
        }
        self.adi.iter().for_each(|adi| put_octets(&adi.to_wire(), into));
        self.aux.iter().for_each(|aux| put_octets(&aux.to_wire(), into));
        self.tx_power.iter().for_each(|power| put_octets(&power.to_le_bytes(), into));
        put_octets(&self.data, into);
    }

    /// The PDU, or `None` if a field is cut or has no place here.
    pub(super) fn take(header: u8, payload: &[u8]) -> Option<Self> {
        let (&first, rest) = payload.split_first()?;
        let mode = match first >> 6 {
            0 => AdvMode::Neither,
            1 => AdvMode::Connectable,
            2 => AdvMode::Scannable,
            _ => AdvMode::Reserved,
        };
        let (mut fields, data) = rest.split_at_checked(usize::from(first & 0x3F))?;
        let mut pdu = Self { data: Octets::from_slice(data)?, ..Self::new(mode) };
        let Some((&flags, after)) = fields.split_first() else { return Some(pdu) };
        fields = after;
        // A header of flags alone, none of them set, could be left out: it has no place here either.
        if flags & !flag::ALL != 0 || flags == 0 {
            return None;
        }
        let from = &mut fields;
        if flags & flag::ADV_A != 0 {
            pdu.advertiser = Some(Address::from_wire(kind(header, TX_ADD), take_octets(from).ok()?));
        }
        if flags & flag::TARGET_A != 0 {
            pdu.target = Some(Address::from_wire(kind(header, RX_ADD), take_octets(from).ok()?));
        }
        if flags & flag::ADI != 0 {
            pdu.adi = Some(AdvDataInfo::from_wire(take_octets(from).ok()?));
        }
        if flags & flag::AUX_PTR != 0 {
            pdu.aux = Some(AuxPtr::from_wire(take_octets(from).ok()?));
        }
        if flags & flag::TX_POWER != 0 {
            pdu.tx_power = Some(i8::from_le_bytes(take_octets(from).ok()?));
        }
        // What is left is ACAD.
        fields.is_empty().then_some(pdu)
    }
}
