//! A device's link layer, discovery and wishes as they are written.

use crate::unit::Time;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkLayerSpec {
    #[serde(default)]
    pub(crate) without: Vec<FeatureWord>,
    #[serde(default)]
    pub(crate) starts: Vec<StartWord>,
    pub(crate) max_data_octets: Option<i64>,
    pub(crate) max_data_time: Option<Time>,
    pub(crate) phys: Option<Vec<PhyWord>>,
    #[serde(default)]
    pub(crate) updates_during_encryption: bool,
    #[serde(default)]
    pub(crate) ignores_pings: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum FeatureWord {
    Encryption,
    ConnectionParametersRequest,
    ExtendedReject,
    PeripheralFeatureExchange,
    Ping,
    DataLength,
    Le2M,
    Coded,
    MinimumUsedChannels,
    SleepClockAccuracy,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum StartWord {
    Version,
    Features,
    DataLength,
    Phy,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum PhyWord {
    Le1M,
    Le2M,
    Coded,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum AdvertisingWord {
    Legacy,
    Directed {
        #[serde(default)]
        high_duty: bool,
    },
    Extended {
        primary: Option<PhyWord>,
        secondary: Option<PhyWord>,
        #[serde(default)]
        directed: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum ScanWord {
    AndroidLowLatency,
    AndroidBalanced,
    AndroidLowPower,
    AndroidScreenOff,
    AndroidOldLowPower,
    BluezConnect,
    ZephyrFast,
}

/// An advertising interval: a time, or what accessory guidelines ask for or a stack does.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "units are as people write them")]
pub(crate) enum AdvertisingTime {
    us(f64),
    ms(f64),
    s(f64),
    min(f64),
    Apple20,
    Apple152,
    Apple211,
    Apple318,
    Apple417,
    Apple546,
    Apple760,
    Apple852,
    Apple1022,
    Apple1285,
    Zephyr60,
    Zephyr150,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptsSpec {
    pub(crate) shortest_interval: Option<Time>,
    pub(crate) longest_interval: Option<Time>,
    pub(crate) latency: Option<i64>,
}

/// When a procedure is asked for: so long after the link is up or secured.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize)]
#[expect(non_camel_case_types, reason = "units are as people write them")]
pub(crate) enum AfterSpec {
    us(f64),
    ms(f64),
    s(f64),
    min(f64),
    Secured,
    SecuredFor(Time),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum WayWord {
    LinkLayer,
    L2cap,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum CodingWord {
    S2,
    S8,
}

/// A procedure that a host asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum AskSpec {
    ConnectionUpdate {
        after: AfterSpec,
        interval: Option<Time>,
        latency: Option<i64>,
        supervision_timeout: Option<Time>,
        by: Option<WayWord>,
    },
    DataLength {
        after: AfterSpec,
        octets: Option<i64>,
        time: Option<Time>,
    },
    Phy {
        after: AfterSpec,
        #[serde(default)]
        transmit: Vec<PhyWord>,
        #[serde(default)]
        receive: Vec<PhyWord>,
        coding: Option<CodingWord>,
    },
    ChannelMap {
        after: AfterSpec,
        unused: Vec<i64>,
    },
    Features {
        after: AfterSpec,
    },
    Version {
        after: AfterSpec,
    },
}
