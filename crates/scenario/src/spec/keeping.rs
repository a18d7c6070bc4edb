//! How a device keeps its bonds, as it is written.

use crate::unit::{Percent, Time};
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BondsSpec {
    pub(crate) capacity: Option<i64>,
    pub(crate) others: Option<i64>,
    pub(crate) when_full: Option<WhenFullWord>,
    pub(crate) kept: Option<KeptWord>,
    pub(crate) write_time: Option<Time>,
    pub(crate) write_fails: Option<Percent>,
    pub(crate) reports_failure: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum WhenFullWord {
    PairWithoutBond,
    FailPairing,
    EvictOldest,
    EvictLeastRecentlyUsed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum KeptWord {
    Flash,
    Ram,
}
