//! What a link layer can do and does unasked.
//!
//! Invariant: nothing here changes while the controller lives.

use blesim_packet::ll::LlControl;

/// Features of the link layer, Vol 6 Part B 4.6: bit k is feature k.
pub mod feature {
    /// LE Encryption.
    pub const ENCRYPTION: u64 = 1;
    /// Connection Parameters Request procedure.
    pub const CONNECTION_PARAMETERS_REQUEST: u64 = 1 << 1;
    /// Extended Reject Indication.
    pub const EXTENDED_REJECT: u64 = 1 << 2;
    /// Peripheral-initiated Features Exchange.
    pub const PERIPHERAL_FEATURE_EXCHANGE: u64 = 1 << 3;
    /// LE Ping.
    pub const PING: u64 = 1 << 4;
    /// LE Data Packet Length Extension.
    pub const DATA_LENGTH: u64 = 1 << 5;
    /// LE 2M PHY.
    pub const PHY_2M: u64 = 1 << 8;
    /// LE Coded PHY.
    pub const PHY_CODED: u64 = 1 << 11;
    /// LE Extended Advertising, of which peers are not told: the commands with sets.
    pub const EXTENDED_ADVERTISING: u64 = 1 << 12;
    /// Channel Selection Algorithm #2, which [`crate::Config::csa2`] sets.
    pub const CSA2: u64 = 1 << 14;
    /// Minimum Number of Used Channels procedure.
    pub const MINIMUM_USED_CHANNELS: u64 = 1 << 16;
    /// Sleep Clock Accuracy Updates.
    pub const SLEEP_CLOCK_ACCURACY: u64 = 1 << 27;
    /// Every feature of connections that this link layer knows, apart from [`CSA2`].
    pub const ALL: u64 = ENCRYPTION
        | CONNECTION_PARAMETERS_REQUEST
        | EXTENDED_REJECT
        | PERIPHERAL_FEATURE_EXCHANGE
        | PING
        | DATA_LENGTH
        | PHY_2M
        | PHY_CODED
        | MINIMUM_USED_CHANNELS
        | SLEEP_CLOCK_ACCURACY;
}

/// Procedures that a controller begins by itself on every new connection, in this order.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of a configuration")]
pub struct Starts {
    /// Version Exchange.
    pub version: bool,
    /// Feature Exchange.
    pub features: bool,
    /// Data Length Update, to the longest packets that it can send.
    pub data_length: bool,
    /// PHY Update, to what [`LinkLayer::phys`] says.
    pub phy: bool,
}

/// What a link layer can do and does unasked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkLayer {
    /// Bit k is feature k of Vol 6 Part B 4.6; see [`feature`].
    pub features: u64,
    /// The longest payload without MIC in octets, 27..=251, and the longest packet in microseconds,
    /// 328..=17040, that it sends and receives (Vol 6 Part B 4.5.10).
    pub max_data: (u16, u16),
    /// PHYs it prefers until the host says otherwise: bit 0 LE 1M, bit 1 LE 2M, bit 2 LE Coded; those without
    /// their feature do not count.
    pub phys: u8,
    /// What it begins unasked.
    pub starts: Starts,
    /// The version of the specification, an assigned number.
    pub version: u8,
    /// The maker, an assigned number.
    pub company: u16,
    /// The maker's own number.
    pub subversion: u16,
    /// A departure from the specification: parameter, PHY and channel map updates are begun even while
    /// encryption starts or pauses, where Vol 6 Part B 5.1.3 has no place for them.
    pub updates_during_encryption: bool,
    /// A departure from the specification: LL_PING_REQ is left without an answer (Vol 6 Part B 5.1.8).
    pub ignores_pings: bool,
}

impl Default for LinkLayer {
    /// Everything it knows, nothing unasked, LE 1M preferred by none: version 5.4, no maker.
    fn default() -> Self {
        Self {
            features: feature::ALL | feature::EXTENDED_ADVERTISING,
            max_data: (251, 17_040),
            phys: 0b111,
            starts: Starts::default(),
            version: 0x0D,
            company: 0xFFFF,
            subversion: 0,
            updates_during_encryption: false,
            ignores_pings: false,
        }
    }
}

impl LinkLayer {
    /// The PHYs there are: LE 1M always (Vol 6 Part B 4.6).
    #[must_use]
    pub const fn supported_phys(&self) -> u8 {
        let fast = if self.features & feature::PHY_2M == 0 { 0 } else { 2 };
        let coded = if self.features & feature::PHY_CODED == 0 { 0 } else { 4 };
        1 | fast | coded
    }

    /// What it prefers of them.
    pub(crate) const fn preferred_phys(&self) -> u8 {
        let phys = self.phys & self.supported_phys();
        if phys == 0 { 1 } else { phys }
    }

    /// Its longest packets, within the ranges of Vol 6 Part B 4.5.10.
    pub(crate) fn longest(&self) -> (u16, u16) {
        if self.features & feature::DATA_LENGTH == 0 {
            return (27, 328);
        }
        (self.max_data.0.clamp(27, 251), self.max_data.1.clamp(328, 17_040))
    }

    /// Its version as a PDU.
    pub(crate) const fn version_ind(&self) -> LlControl {
        let Self { version, company, subversion, .. } = *self;
        LlControl::LlVersionInd { version, company, subversion }
    }
}
