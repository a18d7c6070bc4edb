//! The acts of a script as they are written.

use crate::unit::Time;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum ActSpec {
    Pair,
    Stay(Time),
    Wait(Time),
    Disconnect,
    Reconnect { times: Option<i64>, after: Option<Time> },
    Forget(String),
    PowerCycle(String, Time),
    UpdateFirmware(String),
}
