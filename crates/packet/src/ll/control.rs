//! LL control PDUs, Vol 6 Part B 2.4.2.
//!
//! Invariants: one row below is one PDU, and names, lengths and both codecs follow from it; bits without a
//! name stay in the number that holds them. This module must never know a procedure.

use super::wire::{Field, U24, exactly};
use super::{AccessAddress, ChannelMap};
use crate::{DecodeError, Octets};

/// The most octets after the opcode that [`LlControl::Unknown`] keeps.
const MAX_UNKNOWN: usize = 63;

macro_rules! control_pdus {
    ($(
        $(#[$about:meta])*
        $variant:ident = $opcode:literal $constant:ident
        $({ $($(#[$meaning:meta])* $field:ident: $kind:ty,)* })?;
    )*) => {
        /// An LL control PDU by its opcode, Vol 6 Part B 2.4.2.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum LlControl {
            $(
                $(#[$about])*
                $variant $({ $($(#[$meaning])* $field: $kind,)* })?,
            )*
            /// A PDU whose opcode has no row here.
            Unknown {
                /// The opcode.
                opcode: u8,
                /// `CtrData` in the order of the air.
                data: Octets<MAX_UNKNOWN>,
            },
        }

        impl LlControl {
            $(
                #[doc = concat!("The opcode of LL_", stringify!($constant), ".")]
                pub const $constant: u8 = $opcode;
            )*

            /// The octets of `CtrData` that follow this opcode, or `None` if it has no row here.
            #[must_use]
            pub const fn data_len(opcode: u8) -> Option<usize> {
                match opcode {
                    $($opcode => Some(0 $($(+ <$kind as Field>::OCTETS)*)?),)*
                    _ => None,
                }
            }

            /// The opcode.
            #[must_use]
            pub const fn opcode(&self) -> u8 {
                match self {
                    $(Self::$variant { .. } => $opcode,)*
                    Self::Unknown { opcode, .. } => *opcode,
                }
            }

            /// The PDU's name in the specification; an [`LlControl::Unknown`] has none.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => concat!("LL_", stringify!($constant)),)*
                    Self::Unknown { .. } => "unknown LL control PDU",
                }
            }

            fn take(opcode: u8, mut data: &[u8]) -> Result<Self, DecodeError> {
                let from = &mut data;
                Ok(match opcode {
                    $($opcode => Self::$variant $({ $($field: Field::take(from)?,)* })?,)*
                    _ => Self::unknown(opcode, from)?,
                })
            }

            fn put(self, into: &mut Octets<64>) {
                match self {
                    $(Self::$variant $({ $($field,)* })? => { $($(Field::put($field, into);)*)? })*
                    Self::Unknown { data, .. } => super::wire::put_octets(&data, into),
                }
            }
        }
    };
}

control_pdus! {
    /// The central's new parameters, Vol 6 Part B 2.4.2.1.
    LlConnectionUpdateInd = 0x00 CONNECTION_UPDATE_IND {
        /// The width of the transmit window in units of 1.25 ms.
        win_size: u8,
        /// The delay of the transmit window in units of 1.25 ms.
        win_offset: u16,
        /// The connection interval in units of 1.25 ms.
        interval: u16,
        /// The peripheral latency in connection events.
        latency: u16,
        /// The supervision timeout in units of 10 ms.
        timeout: u16,
        /// The connection event from which they hold.
        instant: u16,
    };
    /// The central's new channel map, Vol 6 Part B 2.4.2.2.
    LlChannelMapInd = 0x01 CHANNEL_MAP_IND {
        /// The data channels in use.
        channel_map: ChannelMap,
        /// The connection event from which it holds.
        instant: u16,
    };
    /// The link is to end, Vol 6 Part B 2.4.2.3.
    LlTerminateInd = 0x02 TERMINATE_IND {
        /// Why, as an error code of Vol 1 Part F.
        error: u8,
    };
    /// The central asks for encryption, Vol 6 Part B 2.4.2.4.
    LlEncReq = 0x03 ENC_REQ {
        /// Rand, which with EDIV names the key.
        rand: u64,
        /// EDIV, which with Rand names the key.
        ediv: u16,
        /// The central's part of the session key diversifier.
        skd_c: u64,
        /// The central's part of the initialisation vector.
        iv_c: u32,
    };
    /// The peripheral's parts, Vol 6 Part B 2.4.2.5.
    LlEncRsp = 0x04 ENC_RSP {
        /// The peripheral's part of the session key diversifier.
        skd_p: u64,
        /// The peripheral's part of the initialisation vector.
        iv_p: u32,
    };
    /// The peripheral has the key, Vol 6 Part B 2.4.2.6.
    LlStartEncReq = 0x05 START_ENC_REQ;
    /// The sender encrypts from this PDU on, Vol 6 Part B 2.4.2.7.
    LlStartEncRsp = 0x06 START_ENC_RSP;
    /// The sender does not know a PDU it got, Vol 6 Part B 2.4.2.8.
    LlUnknownRsp = 0x07 UNKNOWN_RSP {
        /// The opcode of that PDU (`UnknownType`).
        opcode: u8,
    };
    /// The central's features, Vol 6 Part B 2.4.2.9.
    LlFeatureReq = 0x08 FEATURE_REQ {
        /// Bit k is feature k of Vol 6 Part B 4.6.
        features: u64,
    };
    /// The features both sides have, Vol 6 Part B 2.4.2.10.
    LlFeatureRsp = 0x09 FEATURE_RSP {
        /// Bit k is feature k of Vol 6 Part B 4.6.
        features: u64,
    };
    /// The central asks to pause encryption, Vol 6 Part B 2.4.2.11.
    LlPauseEncReq = 0x0A PAUSE_ENC_REQ;
    /// The sender pauses encryption, Vol 6 Part B 2.4.2.12.
    LlPauseEncRsp = 0x0B PAUSE_ENC_RSP;
    /// The sender's version, Vol 6 Part B 2.4.2.13.
    LlVersionInd = 0x0C VERSION_IND {
        /// The version of the specification, an assigned number.
        version: u8,
        /// The controller's maker, an assigned number.
        company: u16,
        /// The maker's own number of the implementation.
        subversion: u16,
    };
    /// The sender refuses a request, Vol 6 Part B 2.4.2.14.
    LlRejectInd = 0x0D REJECT_IND {
        /// Why, as an error code of Vol 1 Part F.
        error: u8,
    };
    /// The peripheral's features, Vol 6 Part B 2.4.2.15.
    LlPeripheralFeatureReq = 0x0E PERIPHERAL_FEATURE_REQ {
        /// Bit k is feature k of Vol 6 Part B 4.6.
        features: u64,
    };
    /// Asks for new connection parameters, Vol 6 Part B 2.4.2.16.
    LlConnectionParamReq = 0x0F CONNECTION_PARAM_REQ {
        /// The shortest connection interval in units of 1.25 ms.
        interval_min: u16,
        /// The longest connection interval in units of 1.25 ms.
        interval_max: u16,
        /// The peripheral latency in connection events.
        latency: u16,
        /// The supervision timeout in units of 10 ms.
        timeout: u16,
        /// The interval should be a multiple of this, in units of 1.25 ms; 0 for no preference.
        preferred_periodicity: u8,
        /// The connection event that the offsets count from.
        reference_event: u16,
        /// Wished positions of the anchor in units of 1.25 ms, the best first; 0xFFFF where there is none.
        offsets: [u16; 6],
    };
    /// Agrees to new connection parameters, Vol 6 Part B 2.4.2.17.
    LlConnectionParamRsp = 0x10 CONNECTION_PARAM_RSP {
        /// The shortest connection interval in units of 1.25 ms.
        interval_min: u16,
        /// The longest connection interval in units of 1.25 ms.
        interval_max: u16,
        /// The peripheral latency in connection events.
        latency: u16,
        /// The supervision timeout in units of 10 ms.
        timeout: u16,
        /// The interval should be a multiple of this, in units of 1.25 ms; 0 for no preference.
        preferred_periodicity: u8,
        /// The connection event that the offsets count from.
        reference_event: u16,
        /// Wished positions of the anchor in units of 1.25 ms, the best first; 0xFFFF where there is none.
        offsets: [u16; 6],
    };
    /// The sender refuses a request and says which, Vol 6 Part B 2.4.2.18.
    LlRejectExtInd = 0x11 REJECT_EXT_IND {
        /// The opcode of the refused PDU.
        opcode: u8,
        /// Why, as an error code of Vol 1 Part F.
        error: u8,
    };
    /// Asks for a sign of life with a MIC, Vol 6 Part B 2.4.2.19.
    LlPingReq = 0x12 PING_REQ;
    /// The sign of life, Vol 6 Part B 2.4.2.20.
    LlPingRsp = 0x13 PING_RSP;
    /// The sender's longest PDUs, Vol 6 Part B 2.4.2.21.
    LlLengthReq = 0x14 LENGTH_REQ {
        /// The longest payload it receives, in octets without MIC.
        max_rx_octets: u16,
        /// The longest packet it receives, in microseconds.
        max_rx_time: u16,
        /// The longest payload it sends, in octets without MIC.
        max_tx_octets: u16,
        /// The longest packet it sends, in microseconds.
        max_tx_time: u16,
    };
    /// The sender's longest PDUs, in answer, Vol 6 Part B 2.4.2.21.
    LlLengthRsp = 0x15 LENGTH_RSP {
        /// The longest payload it receives, in octets without MIC.
        max_rx_octets: u16,
        /// The longest packet it receives, in microseconds.
        max_rx_time: u16,
        /// The longest payload it sends, in octets without MIC.
        max_tx_octets: u16,
        /// The longest packet it sends, in microseconds.
        max_tx_time: u16,
    };
    /// The PHYs the sender would use, Vol 6 Part B 2.4.2.22.
    LlPhyReq = 0x16 PHY_REQ {
        /// To send with: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded.
        tx_phys: u8,
        /// To receive with, as above.
        rx_phys: u8,
    };
    /// The PHYs the sender would use, in answer, Vol 6 Part B 2.4.2.22.
    LlPhyRsp = 0x17 PHY_RSP {
        /// To send with: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded.
        tx_phys: u8,
        /// To receive with, as above.
        rx_phys: u8,
    };
    /// The PHYs the central settled on, Vol 6 Part B 2.4.2.23.
    LlPhyUpdateInd = 0x18 PHY_UPDATE_IND {
        /// From the central to the peripheral, one bit as above; 0 for no change.
        phy_c_to_p: u8,
        /// From the peripheral to the central.
        phy_p_to_c: u8,
        /// The connection event from which they hold.
        instant: u16,
    };
    /// The fewest channels the peripheral wants on some PHYs, Vol 6 Part B 2.4.2.24.
    LlMinUsedChannelsInd = 0x19 MIN_USED_CHANNELS_IND {
        /// The PHYs it speaks of: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded.
        phys: u8,
        /// 2 to 37 channels.
        min_used_channels: u8,
    };
    /// Asks for a constant tone extension, Vol 6 Part B 2.4.2.25.
    LlCteReq = 0x1A CTE_REQ {
        /// Bits 0 to 4 the least length in units of 8 microseconds, bits 6 and 7 the type.
        request: u8,
    };
    /// Carries a constant tone extension, Vol 6 Part B 2.4.2.26.
    LlCteRsp = 0x1B CTE_RSP;
    /// Where to find a periodic advertising train, Vol 6 Part B 2.4.2.27.
    LlPeriodicSyncInd = 0x1C PERIODIC_SYNC_IND {
        /// A number from the sender's host.
        id: u16,
        /// `SyncInfo` of Vol 6 Part B 2.3.4.6, in the order of the air.
        sync_info: [u8; 18],
        /// The connection event that `SyncInfo` counts from.
        connection_event: u16,
        /// The last periodic advertising event that was heard.
        last_periodic_event: u16,
        /// Bits 0 to 3 the advertising set, bit 4 the kind of its address, bits 5 to 7 the clock accuracy.
        sid_and_accuracy: u8,
        /// The PHY of the train, one bit.
        phy: u8,
        /// The advertiser's address, the 48 bits least significant octet first.
        advertiser: [u8; 6],
        /// The connection event in which the sender heard it.
        sync_connection_event: u16,
    };
    /// Asks for the sleep clock accuracy, Vol 6 Part B 2.4.2.28.
    LlClockAccuracyReq = 0x1D CLOCK_ACCURACY_REQ {
        /// The sender's own, 0 (251 to 500 ppm) to 7 (0 to 20 ppm).
        sca: u8,
    };
    /// Tells the sleep clock accuracy, Vol 6 Part B 2.4.2.28.
    LlClockAccuracyRsp = 0x1E CLOCK_ACCURACY_RSP {
        /// The sender's own, 0 (251 to 500 ppm) to 7 (0 to 20 ppm).
        sca: u8,
    };
    /// Asks for a connected isochronous stream, Vol 6 Part B 2.4.2.29.
    LlCisReq = 0x1F CIS_REQ {
        /// The group.
        cig_id: u8,
        /// The stream in the group.
        cis_id: u8,
        /// The PHY from central to peripheral, one bit.
        phy_c_to_p: u8,
        /// The PHY from peripheral to central, one bit.
        phy_p_to_c: u8,
        /// Bits 0 to 11 the longest SDU from central to peripheral in octets, bit 15 set if framed.
        max_sdu_c_to_p: u16,
        /// Bits 0 to 11 the longest SDU from peripheral to central in octets.
        max_sdu_p_to_c: u16,
        /// Bits 0 to 19 the time between SDUs from central to peripheral in microseconds.
        sdu_interval_c_to_p: U24,
        /// Bits 0 to 19 the time between SDUs from peripheral to central in microseconds.
        sdu_interval_p_to_c: U24,
        /// The longest payload from central to peripheral in octets.
        max_pdu_c_to_p: u16,
        /// The longest payload from peripheral to central in octets.
        max_pdu_p_to_c: u16,
        /// Subevents in an event.
        nse: u8,
        /// The time between subevents in microseconds.
        sub_interval: U24,
        /// Burst numbers: bits 0 to 3 from central to peripheral, bits 4 to 7 the other way.
        bn: u8,
        /// The flush timeout from central to peripheral in units of the ISO interval.
        ft_c_to_p: u8,
        /// The flush timeout from peripheral to central in units of the ISO interval.
        ft_p_to_c: u8,
        /// The ISO interval in units of 1.25 ms.
        iso_interval: u16,
        /// The least offset from the anchor in microseconds.
        cis_offset_min: U24,
        /// The greatest offset from the anchor in microseconds.
        cis_offset_max: U24,
        /// The connection event that the offsets count from.
        connection_event: u16,
    };
    /// Agrees to a connected isochronous stream, Vol 6 Part B 2.4.2.30.
    LlCisRsp = 0x20 CIS_RSP {
        /// The least offset from the anchor in microseconds.
        cis_offset_min: U24,
        /// The greatest offset from the anchor in microseconds.
        cis_offset_max: U24,
        /// The connection event that the offsets count from.
        connection_event: u16,
    };
    /// Starts a connected isochronous stream, Vol 6 Part B 2.4.2.31.
    LlCisInd = 0x21 CIS_IND {
        /// The stream's access address.
        access_address: AccessAddress,
        /// The offset from the anchor in microseconds.
        cis_offset: U24,
        /// The group's synchronisation delay in microseconds.
        cig_sync_delay: U24,
        /// The stream's synchronisation delay in microseconds.
        cis_sync_delay: U24,
        /// The connection event that the offset counts from.
        connection_event: u16,
    };
    /// Ends a connected isochronous stream, Vol 6 Part B 2.4.2.32.
    LlCisTerminateInd = 0x22 CIS_TERMINATE_IND {
        /// The group.
        cig_id: u8,
        /// The stream in the group.
        cis_id: u8,
        /// Why, as an error code of Vol 1 Part F.
        error: u8,
    };
    /// Asks for another transmit power, Vol 6 Part B 2.4.2.33.
    LlPowerControlReq = 0x23 POWER_CONTROL_REQ {
        /// The PHY it is about, one bit.
        phy: u8,
        /// The wished change in dB.
        delta: i8,
        /// The sender's own power in dBm.
        tx_power: i8,
    };
    /// Tells the new transmit power, Vol 6 Part B 2.4.2.34.
    LlPowerControlRsp = 0x24 POWER_CONTROL_RSP {
        /// Bit 0 set at the least power, bit 1 at the greatest.
        limits: u8,
        /// The change in dB.
        delta: i8,
        /// The sender's power in dBm.
        tx_power: i8,
        /// How much less would do, in dB.
        acceptable_reduction: u8,
    };
    /// Tells a change of transmit power, Vol 6 Part B 2.4.2.35.
    LlPowerChangeInd = 0x25 POWER_CHANGE_IND {
        /// The PHYs it is about.
        phy: u8,
        /// Bit 0 set at the least power, bit 1 at the greatest.
        limits: u8,
        /// The change in dB.
        delta: i8,
        /// The sender's power in dBm.
        tx_power: i8,
    };
    /// The peripheral asks for subrating, Vol 6 Part B 2.4.2.36.
    LlSubrateReq = 0x26 SUBRATE_REQ {
        /// The least factor.
        factor_min: u16,
        /// The greatest factor.
        factor_max: u16,
        /// The greatest peripheral latency in subrated events.
        max_latency: u16,
        /// Events to stay awake for after one with data.
        continuation_number: u16,
        /// The supervision timeout in units of 10 ms.
        timeout: u16,
    };
    /// The central's subrating, Vol 6 Part B 2.4.2.37.
    LlSubrateInd = 0x27 SUBRATE_IND {
        /// One event in so many is used.
        factor: u16,
        /// The connection event that they count from.
        base_event: u16,
        /// The peripheral latency in subrated events.
        latency: u16,
        /// Events to stay awake for after one with data.
        continuation_number: u16,
        /// The supervision timeout in units of 10 ms.
        timeout: u16,
    };
    /// Asks for reports on channels, or for none, Vol 6 Part B 2.4.2.38.
    LlChannelReportingInd = 0x28 CHANNEL_REPORTING_IND {
        /// 1 for reports, 0 for none.
        enable: u8,
        /// The least time between reports in units of 200 ms.
        min_spacing: u8,
        /// The greatest delay of a report in units of 200 ms.
        max_delay: u8,
    };
    /// The peripheral's report on channels, Vol 6 Part B 2.4.2.39.
    LlChannelStatusInd = 0x29 CHANNEL_STATUS_IND {
        /// Two bits a channel (0 unknown, 1 good, 3 bad), channel 0 in the lowest bits of the first octet.
        classification: [u8; 10],
    };
}

impl LlControl {
    fn unknown(opcode: u8, data: &[u8]) -> Result<Self, DecodeError> {
        let data =
            Octets::from_slice(data).ok_or(DecodeError::TooLong { limit: MAX_UNKNOWN, got: data.len() })?;
        Ok(Self::Unknown { opcode, data })
    }

    /// Opcode and `CtrData`, the payload of a PDU with [`super::Llid::Control`], decrypted and without MIC.
    ///
    /// # Errors
    /// [`DecodeError::TooShort`] or [`DecodeError::TooLong`] if `CtrData` has not the length its opcode asks
    /// for; [`DecodeError::BadValue`] for a channel map with reserved bits set.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let (&opcode, data) = octets.split_first().ok_or(DecodeError::TooShort { need: 1, got: 0 })?;
        if let Some(need) = Self::data_len(opcode) {
            exactly(need, data)?;
        }
        Self::take(opcode, data)
    }

    /// Opcode and `CtrData`.
    #[must_use]
    pub fn encode(&self) -> Octets<64> {
        let mut octets = Octets::new();
        self.opcode().put(&mut octets);
        self.put(&mut octets);
        octets
    }
}
