//! How a device keeps its address private, as it is written.

use crate::unit::{Percent, Time};
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivacySpec {
    pub(crate) local: Option<LocalWord>,
    pub(crate) rotates_every: Option<Time>,
    pub(crate) resolves_late: Option<Time>,
    pub(crate) resolves: Option<Percent>,
    pub(crate) resolver: Option<ResolverWord>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum ResolverWord {
    Host,
    Controller,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
pub(crate) enum LocalWord {
    Identity,
    Resolvable,
}
