//! The air and the radios of the scenario file as they are written.

use crate::unit::{Decibels, Length, Percent, Power, Time};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AirSpec {
    pub(crate) loss: Option<LossSpec>,
    pub(crate) lost_packet: Option<LostPacketWord>,
    #[serde(default)]
    pub(crate) pairs: Vec<PairSpec>,
    #[serde(default)]
    pub(crate) interferers: Vec<InterfererSpec>,
    #[serde(default)]
    pub(crate) outages: Vec<OutageSpec>,
    pub(crate) signal: Option<SignalSpec>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum LossSpec {
    None,
    Independent(Percent),
    Burst {
        good: Percent,
        bad: Percent,
        mean_good: Time,
        mean_bad: Time,
    },
    Slots {
        worsens: Percent,
        recovers: Percent,
        good: Option<Percent>,
        bad: Option<Percent>,
        slot: Option<Time>,
    },
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum LostPacketWord {
    Unheard,
    BadCrc,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairSpec {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) both_ways: Option<bool>,
    pub(crate) loss: LossSpec,
    pub(crate) lost_packet: Option<LostPacketWord>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum InterfererSpec {
    WiFi {
        channel: i64,
        width: Option<WidthWord>,
        duty: Option<Percent>,
        mean_burst: Option<Time>,
        breaks: Option<Percent>,
        power: Option<Power>,
    },
    BleLink {
        interval: Time,
        airtime: Option<Time>,
        channels: Option<Vec<i64>>,
        breaks: Option<Percent>,
        power: Option<Power>,
    },
    Noise {
        channels: Vec<i64>,
        duty: Option<Percent>,
        mean_burst: Option<Time>,
        breaks: Option<Percent>,
        power: Option<Power>,
    },
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum WidthWord {
    Mhz20,
    Mhz40Above,
    Mhz40Below,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutageSpec {
    pub(crate) begins: Time,
    pub(crate) lasts: Time,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) both_ways: Option<bool>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalSpec {
    pub(crate) exponent: Option<f64>,
    pub(crate) loss_at_1m: Option<Decibels>,
    pub(crate) shadowing: Option<ShadowingSpec>,
    pub(crate) co_channel: Option<Decibels>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShadowingSpec {
    pub(crate) sigma: Decibels,
    pub(crate) coherence: Time,
}

/// The radio of a device.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RadioSpec {
    pub(crate) power: Option<Power>,
    pub(crate) sensitivity: Option<SensitivitySpec>,
    pub(crate) place: Option<(Length, Length)>,
    pub(crate) path: Option<Vec<(Time, Length, Length)>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SensitivitySpec {
    pub(crate) le_1m: Option<Power>,
    pub(crate) le_2m: Option<Power>,
    pub(crate) coded_s2: Option<Power>,
    pub(crate) coded_s8: Option<Power>,
}
