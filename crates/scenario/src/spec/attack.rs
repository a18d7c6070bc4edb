//! The attackers of the scenario file as they are written.

use super::RadioSpec;
use super::device::IoWord;
use crate::unit::Time;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttackerSpec {
    pub(crate) kind: KindSpec,
    pub(crate) starts: Option<Time>,
    pub(crate) tries: Option<i64>,
    pub(crate) lasts: Option<Time>,
    pub(crate) pause: Option<Time>,
    pub(crate) addresses: Option<i64>,
    #[serde(default)]
    pub(crate) spoils: bool,
    pub(crate) io: Option<IoWord>,
    pub(crate) mitm: Option<bool>,
    pub(crate) bonding: Option<bool>,
    pub(crate) secure_connections: Option<bool>,
    pub(crate) max_key_size: Option<i64>,
    pub(crate) advertising_interval: Option<Time>,
    pub(crate) requests_security_after: Option<Time>,
    pub(crate) radio: Option<RadioSpec>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum KindSpec {
    /// Takes the address of a device.
    Impostor { of: String },
    /// Takes nobody's address, and connects to a peripheral.
    Stranger { to: String },
    /// Takes both addresses of a pair, the central's first.
    Middle {
        of: String,
        to: String,
        #[serde(default)]
        confuses: bool,
    },
    /// Only hears.
    Listener,
}
