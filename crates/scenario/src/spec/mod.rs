//! The scenario file as it is written: one struct or enum for each group or word of it.
//!
//! Invariant: nothing is judged here but the form; every field that may be left out is an `Option`.

mod air;
mod attack;
mod controller;
mod device;
mod keeping;
mod named;
mod people;
mod privacy;
mod quirk;
mod script;
mod stack;

pub(crate) use air::{
    AirSpec, InterfererSpec, LossSpec, LostPacketWord, OutageSpec, PairSpec, RadioSpec, SensitivitySpec,
    ShadowingSpec, SignalSpec, WidthWord,
};
pub(crate) use attack::{AttackerSpec, KindSpec};
pub(crate) use controller::{
    AcceptsSpec, AdvertisingTime, AdvertisingWord, AfterSpec, AskSpec, CodingWord, FeatureWord,
    LinkLayerSpec, PhyWord, ScanWord, StartWord, WayWord,
};
pub(crate) use device::{
    AddressSpec, ApplicationSpec, BatteryWord, DeviceSpec, Given, IoWord, KeyWord, ProcessorSpec, RoleWord,
    Scan,
};
pub(crate) use keeping::{BondsSpec, KeptWord, WhenFullWord};
pub(crate) use named::Named;
pub(crate) use people::{BrEdrWord, DebugKeysWord, DelaySpec, RepeatedAttemptsSpec, UserSpec};
pub(crate) use privacy::{LocalWord, PrivacySpec, ResolverWord};
pub(crate) use quirk::{MalformedWord, QuirkWord};
pub(crate) use script::ActSpec;
pub(crate) use stack::StackSpec;

use crate::unit::{Percent, Time};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScenarioSpec {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) about: String,
    pub(crate) devices: Named<DeviceSpec>,
    pub(crate) attackers: Option<Named<AttackerSpec>>,
    pub(crate) link: Option<LinkSpec>,
    pub(crate) air: Option<AirSpec>,
    pub(crate) history: Option<HistorySpec>,
    #[serde(default)]
    pub(crate) faults: Vec<FaultSpec>,
    pub(crate) compare: CompareSpec,
    pub(crate) limits: Option<LimitsSpec>,
    pub(crate) script: Option<Vec<ActSpec>>,
    #[serde(default)]
    pub(crate) expect: Vec<ExpectSpec>,
    pub(crate) sweep: Option<SweepSpec>,
}

#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkSpec {
    pub(crate) interval: Option<Time>,
    pub(crate) latency: Option<i64>,
    pub(crate) supervision_timeout: Option<Time>,
    pub(crate) unused_channels: Option<Vec<i64>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum HistorySpec {
    Strangers,
    Bonded {
        secure_connections: bool,
        #[serde(default)]
        by_just_works: bool,
    },
    HalfBonded {
        secure_connections: bool,
        lost_by: String,
    },
    MismatchedKeys {
        secure_connections: bool,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSpec {
    pub(crate) what: EffectSpec,
    pub(crate) who: String,
    pub(crate) when: TriggerSpec,
    pub(crate) chance: Option<Percent>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) enum EffectSpec {
    ForgetBond,
    ForgetBondWith(String),
    ForgetBondsInRam,
    PowerCut(Time),
    HostSilent(Time),
    AppGivesUp,
    RadioStops(Time),
    StrayData,
    LosePdu,
    LoseFrame,
    BreakFrame,
    CorruptFrame,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) enum TriggerSpec {
    At(Time),
    Between(Time, Time),
    Entering(String),
    EnteringNth(String, i64),
    After(String, Time),
    AfterEach(String, Time),
    Frame(i64),
    Pdu(String, i64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompareSpec {
    pub(crate) who: String,
    pub(crate) policies: Vec<String>,
    #[serde(default)]
    pub(crate) against: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSpec {
    pub(crate) session: Option<Time>,
    pub(crate) stay: Option<Time>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectSpec {
    pub(crate) policy: String,
    pub(crate) secured_at_least: Option<Percent>,
    pub(crate) p95_at_most: Option<Time>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SweepSpec {
    pub(crate) over: Vec<AxisSpec>,
    pub(crate) keeps: Option<Percent>,
    pub(crate) refine: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AxisSpec {
    pub(crate) what: String,
    /// What they are is seen when they stand where they belong.
    pub(crate) values: Vec<IgnoredAny>,
}
