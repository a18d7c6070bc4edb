//! What a device asks of a pairing, and what its user is like, as it is written.

use crate::unit::{Percent, Time};
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSpec {
    pub(crate) reads: Option<DelaySpec>,
    pub(crate) types: Option<DelaySpec>,
    pub(crate) mistypes: Option<Percent>,
    pub(crate) misjudges: Option<Percent>,
    pub(crate) confuses: Option<Percent>,
    pub(crate) cancels: Option<Percent>,
    pub(crate) walks_away: Option<Percent>,
    pub(crate) consents: Option<Percent>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelaySpec {
    pub(crate) least: Time,
    pub(crate) mean_more: Time,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepeatedAttemptsSpec {
    pub(crate) first: Time,
    pub(crate) cap: Time,
    pub(crate) reward: Time,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum DebugKeysWord {
    Refused,
    Accepted,
    Used,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum BrEdrWord {
    Silent,
    Pairing,
    GuardsItsKeys,
}
