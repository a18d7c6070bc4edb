//! One device of the scenario file as it is written.

use super::RadioSpec;
use super::controller::{AcceptsSpec, AdvertisingTime, AdvertisingWord, AskSpec, LinkLayerSpec, ScanWord};
use super::keeping::BondsSpec;
use super::people::{BrEdrWord, DebugKeysWord, RepeatedAttemptsSpec, UserSpec};
use super::privacy::PrivacySpec;
use super::quirk::QuirkWord;
use crate::unit::Time;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceSpec {
    pub(crate) role: RoleWord,
    pub(crate) stack: Option<String>,
    pub(crate) address: Option<AddressSpec>,
    pub(crate) io: Option<IoWord>,
    pub(crate) bonding: Option<bool>,
    pub(crate) mitm: Option<bool>,
    pub(crate) secure_connections: Option<bool>,
    pub(crate) max_key_size: Option<i64>,
    pub(crate) min_key_size: Option<i64>,
    pub(crate) initiator_keys: Option<Vec<KeyWord>>,
    pub(crate) responder_keys: Option<Vec<KeyWord>>,
    pub(crate) dh_key_time: Option<Time>,
    pub(crate) connect_timeout: Option<Time>,
    pub(crate) bonds: Option<BondsSpec>,
    pub(crate) privacy: Option<PrivacySpec>,
    pub(crate) scan: Option<Scan>,
    pub(crate) advertising_interval: Option<AdvertisingTime>,
    pub(crate) advertising: Option<AdvertisingWord>,
    pub(crate) link_layer: Option<LinkLayerSpec>,
    pub(crate) asks_for: Option<Vec<AskSpec>>,
    pub(crate) accepts: Option<AcceptsSpec>,
    pub(crate) host_delay: Option<Time>,
    pub(crate) hci_delay: Option<Time>,
    pub(crate) clock_ppm: Option<i64>,
    pub(crate) clock_error_ppm: Option<i64>,
    pub(crate) packets_per_event: Option<i64>,
    pub(crate) fast_encryption: Option<bool>,
    pub(crate) processor: Option<ProcessorSpec>,
    pub(crate) battery: Option<BatteryWord>,
    pub(crate) connects_to: Option<Vec<String>>,
    pub(crate) copies: Option<i64>,
    pub(crate) csa2: Option<bool>,
    pub(crate) radio: Option<RadioSpec>,
    pub(crate) quirks: Option<Vec<QuirkWord>>,
    pub(crate) given: Option<Given>,
    pub(crate) policy: Option<String>,
    pub(crate) keypress: Option<bool>,
    pub(crate) ct2: Option<bool>,
    pub(crate) security_level: Option<i64>,
    pub(crate) oob: Option<bool>,
    pub(crate) asks_before_just_works: Option<bool>,
    pub(crate) pairable: Option<bool>,
    pub(crate) debug_keys: Option<DebugKeysWord>,
    pub(crate) br_edr: Option<BrEdrWord>,
    pub(crate) requests_security_after: Option<Time>,
    pub(crate) repeated_attempts: Option<RepeatedAttemptsSpec>,
    pub(crate) user: Option<UserSpec>,
    pub(crate) application: Option<ApplicationSpec>,
    pub(crate) guards_level: Option<i64>,
    pub(crate) comes_after: Option<Time>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationSpec {
    pub(crate) every: Time,
    pub(crate) octets: Option<i64>,
    pub(crate) needs_level: Option<i64>,
    #[serde(default)]
    pub(crate) signed: bool,
    #[serde(default)]
    pub(crate) requests: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessorSpec {
    pub(crate) key_pair_time: Option<Time>,
    pub(crate) bond_write_time: Option<Time>,
    #[serde(default)]
    pub(crate) stops_radio: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum BatteryWord {
    Nrf52832,
    Nrf52840,
    Esp32,
    Mains,
    Currents { transmit_ua: u32, receive_ua: u32, processor_ua: u32, sleep_ua: u32 },
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
pub(crate) enum RoleWord {
    #[default]
    Central,
    Peripheral,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) enum AddressSpec {
    Public(String),
    Static(String),
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum IoWord {
    DisplayOnly,
    DisplayYesNo,
    KeyboardOnly,
    NoInputNoOutput,
    KeyboardDisplay,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum KeyWord {
    EncKey,
    IdKey,
    Sign,
    LinkKey,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scan {
    pub(crate) preset: Option<ScanWord>,
    pub(crate) interval: Option<Time>,
    pub(crate) window: Option<Time>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) pairing_random: Option<String>,
    pub(crate) ltk: Option<String>,
    pub(crate) ediv: Option<u16>,
    pub(crate) rand: Option<u64>,
    pub(crate) csrk: Option<String>,
    pub(crate) irk: Option<String>,
}
