//! Departures from the specification as they are written.

use super::KeyWord;
use crate::unit::Time;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(crate) enum QuirkWord {
    DistributesUnnegotiated(Vec<KeyWord>),
    RefusesUnnegotiated,
    FixedPasskey(i64),
    ConstantKeys(String),
    CountingKeys(u8),
    ReusesKeyPair,
    SkipsPointCheck,
    ReflectsPublicKey,
    SkipsDhKeyCheck,
    IgnoresPairingRequest,
    PairsAsPeripheral,
    LinkUsableAfterTimeout,
    NoSmpTimer,
    Sends(String, MalformedWord),
    NeedsRest(Time),
    EndsUnauthenticated,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum MalformedWord {
    Wrong,
    Short,
    Oversized,
    Unknown,
    Twice,
    Missing,
    OutOfOrder,
}
